//! A run as text for the console.

use std::fmt::{self, Write};

use casebook_domain::backtest::{DraftChange, Forecast, Human, Outcome, Pair, TicketChange};

use super::Account;

/// Characters of a subject that are shown.
const SUBJECT_CHARS: usize = 40;

/// The whole account.
pub fn table(account: &Account<'_>) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = head(&mut out, account)
        .and_then(|()| totals(&mut out, account))
        .and_then(|()| confusion(&mut out, account))
        .and_then(|()| changes(&mut out, account));
    out
}

fn short(version: &str) -> &str {
    version.get(..12).unwrap_or(version)
}

fn head(f: &mut String, account: &Account<'_>) -> fmt::Result {
    let (run, totals) = (account.run, &account.totals);
    let against = match &run.against {
        Some(policy) => format!("{} v{}", policy.name, short(&policy.version)),
        None => "what was recorded".to_owned(),
    };
    let (name, version) = (&run.policy.name, short(&run.policy.version));
    writeln!(f, "{}: {name} v{version} against {against}", run.tenant)?;
    writeln!(
        f,
        "{} messages of {} tickets; {} tickets come out otherwise",
        totals.messages, totals.tickets, totals.changed
    )?;
    if run.short_facts > 0 {
        let few = "messages have facts that reach less far back than this policy looks";
        writeln!(f, "{} {few}; counts may be too low", run.short_facts)?;
    }
    for (reason, times) in &run.unread {
        writeln!(f, "not judged again: {times} ({reason})")?;
    }
    Ok(())
}

fn row(f: &mut String, name: &str, pair: Pair) -> fmt::Result {
    let change = i128::from(pair.after) - i128::from(pair.before);
    writeln!(f, "  {name:<28} {:>10} {:>10} {change:>+10}", pair.before, pair.after)
}

fn totals(f: &mut String, account: &Account<'_>) -> fmt::Result {
    let totals = &account.totals;
    writeln!(f, "\n  {:<28} {:>10} {:>10} {:>10}", "", "before", "after", "change")?;
    writeln!(f, "messages by gate")?;
    for gate in &totals.gates {
        row(f, &gate.code, gate.messages)?;
    }
    writeln!(f, "tickets by category")?;
    for category in &totals.categories {
        row(f, category.code.as_deref().unwrap_or("(undecided)"), category.tickets)?;
    }
    writeln!(f, "tickets by priority")?;
    for total in &totals.priorities {
        let name = total.priority.map_or("(undecided)".to_owned(), |number| number.to_string());
        row(f, &name, total.tickets)?;
    }
    writeln!(f, "tickets and answers")?;
    row(f, "escalated tickets", totals.escalated)?;
    row(f, "answers below notify", totals.notified)?;
    row(f, "answers fit for autonomy", totals.autonomous)?;
    row(f, "answers refused", totals.refused)?;
    for (change, tickets) in &totals.drafts {
        writeln!(f, "  {:<28} {tickets:>10}", format!("drafts {}", change.name()))?;
    }
    writeln!(f, "  {:<28} {:>10}", "subjects changed", totals.subjects_changed)?;
    writeln!(f, "  {:<28} {:>10}", "sign-offs changed", totals.sign_offs_changed)?;
    writeln!(f, "  {:<28} {:>10}", "reply subjects changed", totals.reply_subjects_changed)
}

/// Tickets by what was foretold and what humans did, before and after.
fn confusion(f: &mut String, account: &Account<'_>) -> fmt::Result {
    writeln!(f, "\nwhat humans did, by what triage foretells (before > after)")?;
    write!(f, "  {:<12}", "")?;
    for human in Human::ALL {
        write!(f, " {:>15}", human.name())?;
    }
    writeln!(f)?;
    for forecast in Forecast::ALL {
        write!(f, "  {:<12}", forecast.name())?;
        for human in Human::ALL {
            let pair = account.cell(forecast, human);
            write!(f, " {:>15}", format!("{} > {}", pair.before, pair.after))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

fn changes(f: &mut String, account: &Account<'_>) -> fmt::Result {
    if account.shown.is_empty() {
        return Ok(());
    }
    let (shown, all) = (account.shown.len(), account.totals.changed);
    writeln!(f, "\ntickets that come out otherwise ({shown} of {all}; --changes sets how many)")?;
    for change in &account.shown {
        writeln!(f, "  {}  {}", change.ticket_id, parts(change).join("; "))?;
    }
    Ok(())
}

/// What differs on a ticket, in words.
pub fn parts(change: &TicketChange) -> Vec<String> {
    let (before, after) = (&change.before, &change.after);
    let mut parts = Vec::new();
    let mut differ = |name: &str, left: String, right: String| {
        if left != right {
            parts.push(format!("{name} {left} > {right}"));
        }
    };
    differ("gates", list(&before.gates), list(&after.gates));
    let yes = |outcome: &Outcome| if outcome.escalated { "yes" } else { "no" }.to_owned();
    differ("escalated", yes(before), yes(after));
    let number = |outcome: &Outcome| outcome.priority.map_or("-".to_owned(), |n| n.to_string());
    differ("priority", number(before), number(after));
    let category = |outcome: &Outcome| outcome.category.clone().unwrap_or_else(|| "-".to_owned());
    differ("category", category(before), category(after));
    let sure = |outcome: &Outcome| {
        outcome.confidence.map_or_else(|| "-".to_owned(), |share| format!("{share:.2}"))
    };
    differ("confidence", sure(before), sure(after));
    differ("subject", subject(before), subject(after));
    if change.draft != DraftChange::Same {
        parts.push(format!("draft {}", change.draft.name()));
    }
    if change.sign_off_changed {
        parts.push("another sign-off".to_owned());
    }
    if change.reply_subject_changed {
        parts.push("another subject of the reply".to_owned());
    }
    parts
}

fn list(codes: &[String]) -> String {
    if codes.is_empty() { "none".to_owned() } else { codes.join(", ") }
}

fn subject(outcome: &Outcome) -> String {
    let mut shown = String::new();
    let text = outcome.subject.as_deref().unwrap_or("-");
    // What a customer wrote may hold control characters; a console must not obey them.
    for c in text.chars().take(SUBJECT_CHARS) {
        let _ = shown.write_char(if c.is_control() { ' ' } else { c });
    }
    format!("\"{shown}\"")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{account, hostile};
    use super::*;

    #[test]
    fn the_table_names_what_changes_and_obeys_no_control_character() {
        let run = hostile();
        let table = table(&account(&run));
        for part in ["1 messages of 1 tickets; 1 tickets come out otherwise", "priority 1 > 3"] {
            assert!(table.contains(part), "{part}: {table}");
        }
        assert!(!table.contains('\u{1b}'), "an escape sequence of a mail reaches the console");
        let foretold = table.lines().find(|line| line.trim_start().starts_with("confident"));
        assert!(foretold.is_some_and(|line| line.contains("0 > 1")), "{table}");
    }
}
