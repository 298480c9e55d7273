//! A run over one ticket whose texts try to be something else.

use std::collections::BTreeMap;

use casebook_app::{BacktestRun, PolicyName};
use casebook_domain::backtest::{AnswerVerdict, Ledger, MessageVerdict, Seen};
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::triage::Confidence;
use uuid::Uuid;

use super::Account;

/// A gate fires before and does not fire after; subject, gate and tenant hold markup.
pub fn hostile() -> BacktestRun {
    let mut ledger = Ledger::default();
    let (ticket, message) = (TicketId(Uuid::nil()), MessageId(Uuid::nil()));
    let seen = Seen { tenant: "<b>", ticket, message, position: 1, opens: true };
    let subject = Some("<script>alert(1)</script>\u{1b}[2J\"' onload='x".to_owned());
    let after = MessageVerdict { subject: subject.clone(), ..MessageVerdict::default() };
    let before = MessageVerdict {
        gates: vec!["\"><img src=x>".to_owned()],
        subject,
        gated_subject: None,
        gated_category: "escalation".to_owned(),
    };
    ledger.message(&seen, &before, &after);
    let answer = AnswerVerdict::Accepted {
        category: "delivery".to_owned(),
        confidence: Confidence::rounded(0.93).unwrap_or_default(),
        unsure: false,
        notify: false,
        autonomous: true,
        escalates: false,
        draft: "Friday.".to_owned(),
        subject: String::new(),
    };
    ledger.answer((ticket, message), &answer, &answer);
    BacktestRun {
        tenant: "<b>acme</b>".to_owned(),
        policy: PolicyName { name: "a & b".to_owned(), version: "0123456789abcdef".to_owned() },
        against: None,
        ledger,
        short_facts: 1,
        unread: BTreeMap::from([("erased", 2)]),
        position: 7,
    }
}

/// The account of a run, with all its changes.
pub fn account(run: &BacktestRun) -> Account<'_> {
    let (totals, shown) = (run.ledger.totals(), run.ledger.changes().collect());
    Account { run, totals, shown, from: Some("2026-04-01"), to: None }
}
