//! `casebook backtest`: what another policy would have made of the recorded past.

mod page;
mod source;
mod table;
#[cfg(test)]
mod testing;

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use casebook_app::{Access, Backtest, BacktestRun};
use casebook_domain::Timestamp;
use casebook_domain::backtest::{Forecast, Human, Pair, TicketChange, Totals};
use casebook_domain::time::MICROS_PER_DAY;
use casebook_store::Mode;
use serde_json::json;

use super::target::Target;
use crate::cli::Backtest as Arguments;
use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::wiring;

/// Pause between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(1);

/// What is told about a run.
struct Account<'a> {
    run: &'a BacktestRun,
    totals: Totals,
    /// The changed tickets that are shown.
    shown: Vec<TicketChange>,
    from: Option<&'a str>,
    to: Option<&'a str>,
}

impl Account<'_> {
    /// Tickets that were foretold one thing and met another.
    fn cell(&self, forecast: Forecast, human: Human) -> Pair {
        let cells = &self.totals.confusion;
        let found = cells.iter().find(|cell| cell.forecast == forecast && cell.human == human);
        found.map(|cell| cell.tickets).unwrap_or_default()
    }
}

/// Tries a policy beside a running server and tells what would change.
pub async fn run(settings: &Settings, arguments: Arguments) -> Result<Exit, Failure> {
    let from = arguments.from.as_deref().map(|text| instant(text, 0)).transpose()?;
    let to = arguments.to.as_deref().map(|text| instant(text, 1)).transpose()?;
    let store = wiring::open_store(settings, Mode::ReadOnly).await?;
    let app = wiring::open_app(settings, store).await?;
    let access = Access::operator("backtest");
    let source = source::Source { settings, app: &app, access: &access };
    let policy = source.policy(arguments.tenant.as_deref(), &arguments.policy).await?;
    let against = match &arguments.against {
        Some(text) => Some(source.policy(Some(&policy.tenant), text).await?),
        None => None,
    };
    let asked = Backtest {
        policy,
        against,
        from,
        to,
        messages_max: ("backtest.messages_max", settings.backtest.messages_max),
        tickets_max: ("backtest.tickets_max", settings.backtest.tickets_max),
    };
    let mut told = Instant::now();
    let tell = |run: &BacktestRun| {
        if told.elapsed() >= PROGRESS {
            told = Instant::now();
            let (messages, tickets) = (run.ledger.messages(), run.ledger.tickets());
            eprintln!("position {}, {messages} messages, {tickets} tickets", run.position);
        }
    };
    let run = app.backtest(&access, asked, tell).await?;
    let account = Account {
        totals: run.ledger.totals(),
        shown: run.ledger.changes().take(arguments.changes).collect(),
        from: arguments.from.as_deref(),
        to: arguments.to.as_deref(),
        run: &run,
    };
    if let Some(file) = &arguments.html {
        write(file, &page::page(&account))?;
    }
    match arguments.json {
        true => printed(print_json(&account))?,
        false => printed(io::stdout().write_all(table::table(&account).as_bytes()))?,
    }
    Ok(exit::OK)
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let mut target = Target::open(Some(file))?;
    target.write_all(text.as_bytes())?;
    target.keep()
}

/// A reader who has seen enough, such as `head`, is no failure.
fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// One line for each changed ticket, and one with the totals at the end.
fn print_json(account: &Account<'_>) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for change in account.run.ledger.changes() {
        writeln!(out, "{}", serde_json::to_string(&json!({ "change": change }))?)?;
    }
    let run = account.run;
    let last = json!({
        "tenant": run.tenant,
        "policy": run.policy,
        "against": run.against,
        "from": account.from,
        "to": account.to,
        "position": run.position,
        "short_facts": run.short_facts,
        "unread": run.unread,
        "totals": account.totals,
    });
    writeln!(out, "{}", serde_json::to_string(&last)?)?;
    out.flush()
}

/// An instant, or a day in UTC: its beginning, or so many days later.
fn instant(text: &str, days: i64) -> Result<Timestamp, Failure> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let midnight = format!("{text}T00:00:00Z").parse::<Timestamp>();
    let midnight = midnight.map_err(|_| {
        let form = "a date such as 2026-04-08, or an instant such as 2026-04-08T09:30:00Z";
        Failure::usage(format!("{text} is not {form}"))
    })?;
    Ok(midnight.plus_micros(days * MICROS_PER_DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_meant_as_a_whole_and_an_instant_as_it_stands() {
        let start = instant("2026-04-08", 0).expect("a day");
        assert_eq!(start.to_string(), "2026-04-08T00:00:00.000000Z");
        assert_eq!(instant("2026-04-08", 1).expect("a day"), start.plus_micros(MICROS_PER_DAY));
        let noon = instant("2026-04-08T12:00:00Z", 1).expect("an instant");
        assert_eq!(noon.to_string(), "2026-04-08T12:00:00.000000Z");
        assert!(instant("last week", 0).is_err_and(|e| e.message.contains("2026-04-08")));
    }
}
