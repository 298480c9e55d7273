//! `casebook replay --verify`: every decision again, from its recorded inputs.

use std::time::{Duration, Instant};

use casebook_app::{Access, DecisionCheck, DecisionNews, Difference, VerifyDecisions};
use casebook_store::Mode;

use super::replay::ticket;
use crate::cli::Replay;
use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::wiring;

/// Pause between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(1);

/// Performs decisions again beside a running server; exit 0 when all of them give what is
/// recorded, 1 with what differs.
pub async fn run(settings: &Settings, replay: Replay) -> Result<Exit, Failure> {
    let asked = replay.decisions.tickets.iter().chain(&replay.ticket);
    let what = VerifyDecisions {
        tickets: asked.map(|text| ticket(text)).collect::<Result<_, _>>()?,
        tenant: replay.decisions.tenant,
        from: replay.decisions.from,
        to: replay.decisions.to,
        show: replay.decisions.show,
    };
    let store = wiring::open_store(settings, Mode::ReadOnly).await?;
    let app = wiring::open_app(settings, store).await?;
    let mut told = Instant::now();
    let tell = |news: DecisionNews<'_>| match news {
        DecisionNews::Progress(check) if told.elapsed() >= PROGRESS => {
            told = Instant::now();
            eprintln!("position {}, {} events", check.position, check.events);
        }
        DecisionNews::Progress(_) => {}
        DecisionNews::Differs(difference) => differs(difference, replay.json),
    };
    let check = app.verify_decisions(&Access::operator("replay"), &what, tell).await?;
    if replay.json {
        let line = serde_json::to_string(&check).map_err(|e| Failure::failed(e.to_string()))?;
        println!("{line}");
    } else {
        print(&check);
    }
    Ok(if check.is_clean() { exit::OK } else { exit::FAILED })
}

fn differs(difference: &Difference, json: bool) {
    match serde_json::to_string(difference) {
        Ok(line) if json => println!("{line}"),
        _ => println!("{difference}"),
    }
}

fn print(check: &DecisionCheck) {
    println!("{:<14} {:>10} {:>10}", "rule", "performed", "differing");
    let rules = check.performed.keys().chain(check.differing.keys());
    let rules: std::collections::BTreeSet<_> = rules.collect();
    for rule in rules {
        let count = |of: Option<&u64>| of.copied().unwrap_or(0);
        let (performed, differing) = (check.performed.get(rule), check.differing.get(rule));
        println!("{:<14} {:>10} {:>10}", rule.name(), count(performed), count(differing));
    }
    for (reason, times) in &check.not_performed {
        println!("not re-performable: {times} ({reason})");
    }
    let verdict = match (check.is_clean(), check.not_performed.is_empty()) {
        (true, true) => "every decision follows",
        (true, false) => "every decision that could be performed again follows",
        (false, _) => "NOT all follow",
    };
    println!("{} events: {verdict} from what is recorded", check.events);
}
