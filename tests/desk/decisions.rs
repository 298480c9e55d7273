//! Every decision is performed again from what is recorded: a lived history gives the same bytes,
//! and what does not follow from its inputs is named.

use std::collections::BTreeMap;

use casebook_app::{Access, DecisionCheck, DecisionNews, Difference, Rule, Side, VerifyDecisions};
use casebook_domain::ids::TicketId;
use casebook_store::{Mode, StoreSettings};
use casebook_tests::desk::{Desk, OTHER_TENANT, TENANT, operator, shipped};
use casebook_tests::forms::to_new;
use casebook_tests::letters::mail;
use casebook_tests::oracle::DRAFT;
use casebook_tests::{TestDatabase, append, both_databases};
use serde_json::json;
use uuid::Uuid;

use crate::forgeries::{copy, forged, forgeries, orphan_draft, orphan_gate};
use crate::history::{Lived, asked_about, by, lived, ticket};

both_databases!(
    a_lived_history_follows_from_what_is_recorded,
    what_does_not_follow_is_named,
    the_same_words_in_other_bytes_are_found,
    ranges_and_tickets_narrow_the_check,
    a_tenant_that_wrote_seldom_is_checked_to_the_end,
    blobs_that_cannot_be_reached_are_no_difference,
);

/// What a check saw, and each difference.
async fn check(desk: &Desk, what: VerifyDecisions) -> (DecisionCheck, Vec<Difference>) {
    let mut found = Vec::new();
    let tell = |news: DecisionNews<'_>| {
        if let DecisionNews::Differs(difference) = news {
            found.push(difference.clone());
        }
    };
    let check = desk.app.verify_decisions(&operator(), &what, tell).await.expect("checked");
    (check, found)
}

/// How often a rule was performed.
fn performed(check: &DecisionCheck, rule: Rule) -> u64 {
    check.performed.get(&rule).copied().unwrap_or_default()
}

async fn a_lived_history_follows_from_what_is_recorded(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let lived = lived(&desk).await;
    desk.publish(&shipped(TENANT)).await;
    let length = desk.length().await;
    let (check, found) = check(&desk, VerifyDecisions::default()).await;
    assert_eq!(found, [], "{check:?}");
    assert!(check.is_clean());
    assert_eq!((check.events, check.position), (length, length));
    let messages = lived.len() as u64;
    for rule in [Rule::Parsing, Rule::Intake, Rule::Gates] {
        assert_eq!(performed(&check, rule), messages, "{rule}");
    }
    let log = desk.log().await;
    let count = |name| log.iter().filter(|event| event.event_type == name).count() as u64;
    assert!(count("TicketClassified") >= asked_about().len() as u64);
    assert_eq!(performed(&check, Rule::Answer), count("TicketClassified"));
    assert_eq!(performed(&check, Rule::DraftUsage), 4);
    // What a person took because nobody answered is told apart.
    let unanswered = BTreeMap::from([("no_answer_accepted", count("TriageFailed"))]);
    assert_eq!(check.not_performed, unanswered);
    // The same by a process that only reads, beside the one that writes; nothing was written.
    let reader = desk.database.try_open(Mode::ReadOnly, StoreSettings::default()).await;
    let beside = desk.on(reader.expect("a reader")).await;
    let what = VerifyDecisions { tenant: Some(TENANT.to_owned()), ..VerifyDecisions::default() };
    let again = beside.verify_decisions(&operator(), &what, |_| {}).await.expect("checked");
    assert_eq!(again, check);
    assert_eq!(desk.length().await, length);
    beside.store().clone().close().await;
}

async fn what_does_not_follow_is_named(database: TestDatabase) {
    let donor = Desk::open(TestDatabase::sqlite().await).await;
    let lived = lived(&donor).await;
    let desk = Desk::open(database).await;
    let forgeries = forgeries();
    copy(&donor, &desk, |event| forged(event, &lived, &forgeries)).await;
    // Two events that nobody decided.
    let plain = ticket(&lived, "plain").to_string();
    for (event, id) in [(orphan_gate(&lived), &plain), (orphan_draft(&lived), &plain)] {
        let stray = append("ticket", id, 0, 1).any_version().tenant(TENANT);
        let stray = stray.events(vec![to_new(&event)]).done();
        desk.app.store().log().append(stray).await.expect("appended");
    }
    let (check, found) = check(&desk, VerifyDecisions::default()).await;
    let mut expected: Vec<(String, String, Rule, &str)> = Vec::new();
    for forgery in &forgeries {
        let received = &lived[forgery.name];
        let id = match forgery.event_type {
            "MessageReceived" | "MailSetAside" => {
                format!("conversation/{}", received.conversation_id)
            }
            _ => format!("ticket/{}", ticket(&lived, forgery.name)),
        };
        let event_type = forgery.event_type.to_owned();
        let differ = forgery.found.iter();
        expected.extend(differ.map(|(rule, path)| (id.clone(), event_type.clone(), *rule, *path)));
    }
    for (event_type, rule) in [("TicketGated", Rule::Gates), ("ReplyDrafted", Rule::Draft)] {
        expected.push((format!("ticket/{plain}"), event_type.to_owned(), rule, ""));
    }
    let told = |d: &Difference| (d.stream.clone(), d.event_type.clone(), d.rule, d.path.clone());
    let mut told: Vec<_> = found.iter().map(told).collect();
    let mut expected: Vec<_> = expected
        .into_iter()
        .map(|(id, name, rule, path)| (id, name, rule, path.to_owned()))
        .collect();
    told.sort();
    expected.sort();
    assert_eq!(told, expected, "{found:#?}");
    assert_eq!(check.differing.values().sum::<u64>(), found.len() as u64);
    let hidden = serde_json::to_string(&found).expect("JSON") + &format!("{}", found[0]);
    assert!(!hidden.contains("Another draft"), "nothing personal is told unasked");
    shows_when_asked(&desk).await;
}

async fn the_same_words_in_other_bytes_are_found(database: TestDatabase) {
    let donor = Desk::open(TestDatabase::sqlite().await).await;
    donor.receive(&mail("a")).await;
    let desk = Desk::open(database).await;
    // Fields in another order, and one that is null instead of left out.
    let rewritten = |payload: &str| {
        let mut value: serde_json::Value = serde_json::from_str(payload).expect("JSON");
        let event = value.as_object_mut().expect("an event").values_mut().next().expect("a name");
        event["added_by_somebody"] = serde_json::Value::Null;
        value.to_string()
    };
    copy(&donor, &desk, |event| Some(rewritten(&event.payload))).await;
    let (check, found) = check(&desk, VerifyDecisions::default()).await;
    let events = desk.log().await;
    assert!(events.len() > 4, "{}", events.len());
    assert_eq!(found.len(), events.len() - 1, "all but the policy: {found:#?}");
    for difference in &found {
        assert_eq!(difference.path, "", "{difference:?}");
        let side = |side: &Option<Side>| side.clone().expect("both are there");
        let (recorded, follows) = (side(&difference.recorded), side(&difference.recomputed));
        let added = ",\"added_by_somebody\":null".len() as u64;
        assert_eq!(recorded.bytes, follows.bytes + added, "{difference:?}");
        assert_ne!(recorded.sha256, follows.sha256);
    }
    assert!(!check.is_clean());
}

async fn shows_when_asked(desk: &Desk) {
    let what = VerifyDecisions { show: true, ..VerifyDecisions::default() };
    let (_, found) = check(desk, what).await;
    let draft = found.iter().find(|d| d.rule == Rule::Draft && d.path == "/text/$p");
    let draft = draft.expect("the draft");
    let value = |side: &Option<Side>| side.as_ref().and_then(|side| side.value.clone());
    assert_eq!(value(&draft.recorded), Some(json!("Another draft.")));
    assert_eq!(value(&draft.recomputed), Some(json!(DRAFT)));
    assert!(draft.to_string().contains("Another draft"));
}

async fn ranges_and_tickets_narrow_the_check(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    let second = desk.receive(&by("b", "My dog vomited.\r\n")).await;
    let other = desk.receive(&by("c", "And I?\r\n")).await;
    let all = check(&desk, VerifyDecisions::default()).await.0;
    assert_eq!(performed(&all, Rule::Parsing), 3);
    let tickets = vec![ticket(&Lived::from([("b", second.clone())]), "b")];
    let what = VerifyDecisions { tickets, ..VerifyDecisions::default() };
    let one = check(&desk, what.clone()).await.0;
    assert_eq!((performed(&one, Rule::Parsing), one.position), (1, second.position));
    // A command is checked as a whole, wherever the range cuts it.
    for (from, to) in
        [(first.position + 2, second.position - 1), (second.position, second.position)]
    {
        let what = VerifyDecisions { from: Some(from), to: Some(to), ..VerifyDecisions::default() };
        let (part, found) = check(&desk, what).await;
        assert_eq!(found, []);
        assert_eq!((performed(&part, Rule::Gates), part.position), (1, second.position));
    }
    let behind = VerifyDecisions { from: Some(other.position + 1), ..VerifyDecisions::default() };
    let misspelt =
        VerifyDecisions { tenant: Some("acme".to_owned()), ..VerifyDecisions::default() };
    for (what, code) in [
        (behind, "INVALID"),
        (misspelt, "NOT_FOUND"),
        (VerifyDecisions { tickets: vec![TicketId(Uuid::nil())], ..what.clone() }, "NOT_FOUND"),
        (VerifyDecisions { tenant: Some("acme".to_owned()), ..what.clone() }, "NOT_FOUND"),
        (VerifyDecisions { from: Some(2), to: Some(1), ..what }, "INVALID"),
    ] {
        let refused = desk.app.verify_decisions(&operator(), &what, |_| {}).await;
        assert_eq!(refused.expect_err("refused").code(), code);
    }
    let refused = desk.app.verify_decisions(&Access::intake(None), &empty_check(), |_| {}).await;
    assert_eq!(refused.expect_err("refused").code(), "FORBIDDEN");
}

fn empty_check() -> VerifyDecisions {
    VerifyDecisions::default()
}

async fn a_tenant_that_wrote_seldom_is_checked_to_the_end(database: TestDatabase) {
    let desk = Desk::open(database).await;
    desk.publish(&shipped(OTHER_TENANT)).await;
    for name in ["x", "y", "z"] {
        desk.receive(&mail(name).to("hallo@ozean-licht.at")).await;
    }
    let last = desk.receive(&mail("a")).await;
    // One read looks at fewer positions than lie between two events of the tenant.
    let settings = StoreSettings { read_window_max: 5, ..StoreSettings::default() };
    let reader = desk.database.try_open(Mode::ReadOnly, settings).await;
    let beside = desk.on(reader.expect("a reader")).await;
    let what = VerifyDecisions { tenant: Some(TENANT.to_owned()), ..VerifyDecisions::default() };
    let check = beside.verify_decisions(&operator(), &what, |_| {}).await.expect("checked");
    assert_eq!((performed(&check, Rule::Gates), check.position), (1, last.position));
    beside.store().clone().close().await;
}

async fn blobs_that_cannot_be_reached_are_no_difference(database: TestDatabase) {
    let desk = Desk::open(database).await;
    desk.receive(&by("long", &"Where is my box? I have been waiting.\r\n".repeat(3000))).await;
    let folder = desk.blob_folder().join(TENANT);
    let aside = desk.blob_folder().join("aside");
    std::fs::rename(&folder, &aside).expect("moved");
    std::fs::create_dir(&folder).expect("an empty folder");
    for file in std::fs::read_dir(&aside).expect("the blobs") {
        let file = folder.join(file.expect("a blob").file_name());
        // A link to itself is there and cannot be read, not even by the superuser.
        std::os::unix::fs::symlink(&file, &file).expect("a link");
    }
    let refused = desk.app.verify_decisions(&operator(), &empty_check(), |_| {}).await;
    assert_eq!(refused.expect_err("refused").code(), "UNAVAILABLE");
    std::fs::remove_dir_all(&folder).expect("gone");
    let (lost, found) = check(&desk, empty_check()).await;
    let paths: Vec<_> = found.iter().map(|d| (d.rule, d.path.as_str())).collect();
    assert_eq!(paths, [(Rule::Parsing, "/receipt/sha256")], "{lost:?}");
    std::fs::rename(&aside, &folder).expect("moved back");
    let (whole, found) = check(&desk, empty_check()).await;
    assert_eq!((found, whole.not_performed.len()), (vec![], 0));
}
