//! Tickets with every kind of end, told by what figures look at, over sixty days and two tenants.

use casebook_domain::Personal;
use casebook_domain::Timestamp;
use casebook_domain::contact::{
    ContactContextChanged, ContactEvent, CustomerContext, Subscription,
};
use casebook_domain::draft;
use casebook_domain::ids::{MessageId, derive};
use casebook_domain::ticket::{
    AfterSending, Classified, DeliveryCommand, DeliveryOutcome, ReplyCommand, TicketCommand,
    TriageCommand, WorkCommand,
};
use casebook_domain::triage::Confidence;
use casebook_projections::Projections;
use casebook_projections::testing::{History, Life, Mail, answer, mixed, reply, worked};
use casebook_store::Store;
use casebook_tests::TestDatabase;
use casebook_tests::database::START;
use casebook_tests::models::small_settings;

/// Tickets of the main story.
const TICKETS: i64 = 48;
pub const MINUTE: i64 = 60_000_000;
pub const DAY: i64 = 1440 * MINUTE;

const DRAFT: &str = "one two three four five six seven eight nine ten";
/// What is sent: the draft, most of it, half of it, next to nothing of it.
const REPLIES: [&str; 4] = [
    DRAFT,
    "one two three four five six seven eight and more",
    "one two three four five and then something else",
    "one word of it",
];
const CATEGORIES: [&str; 4] = ["delivery", "quality", "feeding", "escalation"];
const CONFIDENCES: [f64; 6] = [0.95, 0.69, 0.7, 1.0, 0.05, 0.88];

/// A filled database with its read models caught up.
pub struct Filled {
    pub store: Store,
    pub projections: Projections,
}

impl Filled {
    /// Tells the stories, some tickets with arbitrary lives, and mails of every kind.
    pub async fn new(database: &TestDatabase) -> Self {
        let store = database.open().await;
        let told: Vec<History> = (0..TICKETS.unsigned_abs()).map(story).collect();
        // So that decisions are recorded in several hours.
        for part in told.chunks(12) {
            append_all(&store, part).await;
            database.clock.advance(50 * MINUTE);
        }
        append_all(&store, &[mixed(5_000, 20), worked(6_000, 3), worked(6_003, 3)]).await;
        Self::on(store).await
    }

    /// Read models over what the store holds.
    pub async fn on(store: Store) -> Self {
        let projections = Projections::start(&store, &small_settings()).await.expect("started");
        let filled = Self { store, projections };
        filled.caught_up().await;
        filled
    }

    /// Waits until the read models show everything.
    pub async fn caught_up(&self) {
        let last = self.store.log().last_position().await.expect("the last position");
        let patience = casebook_tests::wait::CONDITION_LIMIT;
        self.projections.caught_up(last, patience).await.expect("caught up");
    }

    pub async fn close(self) {
        self.projections.stop().await;
        self.store.close().await;
    }
}

/// Appends histories that share no stream, at the same time.
pub async fn append_all(store: &Store, histories: &[History]) {
    let appends = histories.iter().map(|history| history.append(store));
    futures::future::try_join_all(appends).await.expect("appended");
}

/// The mail that opens a ticket.
pub fn opening(number: u64) -> Mail {
    let tenant = if number.is_multiple_of(3) { "tenant-b" } else { "tenant-a" };
    let age = (TICKETS - i64::try_from(number).expect("a small number")) * DAY * 5 / 4;
    let mail = Mail { at: START.plus_micros(-age - 1), ..Mail::new(tenant, number) };
    match number % 6 {
        5 => mail.gated(&["health_blood", "legal_threat"]),
        2 if number.is_multiple_of(4) => mail.gated(&["media_threat"]),
        _ => mail,
    }
}

/// What happens to a ticket.
pub fn story(number: u64) -> History {
    let mail = opening(number);
    let mut life = Life::new(mail.clone());
    if mail.gates.is_empty() && number % 11 != 10 {
        classify(&mut life, number);
    }
    let minutes = 30 + i64::try_from(number * number % 997).expect("a small number");
    let end = mail.at.plus_micros(minutes * MINUTE);
    match number % 8 {
        7 => assert!(life.ask(work(WorkCommand::Close { now: end }))),
        6 => {}
        5 => send(&mut life, number, end, AfterSending::KeepOpen),
        _ => send(&mut life, number, end, AfterSending::Resolve),
    }
    if number % 16 == 3 {
        assert!(life.ask(work(WorkCommand::Reopen)));
    }
    if number % 16 == 4 {
        assert!(life.choose(22), "a note");
    }
    let mut history = life.history().clone();
    if number % 3 != 1 {
        know(&mut history, &mail);
    }
    history
}

pub const fn work(command: WorkCommand) -> TicketCommand {
    TicketCommand::Work(command)
}

pub fn classify(life: &mut Life, number: u64) {
    let pick = |count: usize| usize::try_from(number).expect("a small number") % count;
    let mut decision = answer(life.mail().message_id());
    decision.answer.category = CATEGORIES[pick(CATEGORIES.len())].to_owned();
    let confidence = CONFIDENCES[pick(CONFIDENCES.len())];
    decision.answer.confidence = Confidence::rounded(confidence).expect("a confidence");
    decision.unsure = confidence < 0.7;
    decision.answer.draft_response = DRAFT.into();
    if number % 9 == 4 {
        decision.answer.escalation_reason = Some("Asks for a vet".into());
        decision.answer.draft_response = "".into();
    }
    if number % 7 == 1 {
        decision.run.model_used = "built-in-1".to_owned();
        decision.run.provider = "built_in".to_owned();
    }
    let classified = Classified { decision, fallback_subject: "Your delivery".to_owned() };
    assert!(life.ask(TicketCommand::Triage(TriageCommand::Classified(Box::new(classified)))));
}

pub fn send(life: &mut Life, number: u64, at: Timestamp, after: AfterSending) {
    let reply_id = MessageId(derive(&["story", &number.to_string()]));
    let draft = life.ticket().draft().map(|draft| draft.text.clone());
    let mut approved = reply(life.mail(), reply_id, None, at);
    let text = REPLIES[usize::try_from(number / 3 % 4).expect("a small number")];
    approved.comparison = draft::compare(draft.as_deref(), text);
    approved.text = text.into();
    approved.after = after;
    assert!(life.ask(TicketCommand::Reply(ReplyCommand::Approve(Box::new(approved)))));
    let start = DeliveryCommand::Start {
        reply_id,
        raw_sha256: "05".repeat(32),
        size_bytes: 400,
        now: at.plus_micros(MINUTE),
        repeatable: true,
        attempts_max: 8,
    };
    assert!(life.ask(TicketCommand::Deliver(start)));
    let outcome = DeliveryOutcome::Sent { answer: "250 Ok".to_owned(), at };
    let record = DeliveryCommand::Record { reply_id, attempt: 1, outcome };
    assert!(life.ask(TicketCommand::Deliver(record)));
}

/// The directory tells about the person, for most with a subscription.
pub fn know(history: &mut History, mail: &Mail) {
    let subscription = Subscription {
        status: "active".to_owned(),
        plan: Some("monthly".to_owned()),
        frequency_weeks: Some(4),
        external_id: Some(format!("seal-{}", mail.number)),
        next_billing_date: Some("2026-04-30".to_owned()),
    };
    let context = CustomerContext {
        customer_id: Some(format!("00000000-0000-4000-8000-{:012}", mail.number)),
        first_name: Some("Ada".to_owned()),
        last_name: Some("L\u{0}ove".to_owned()),
        subscription: (!mail.number.is_multiple_of(5)).then_some(subscription),
        box_size: Some("8 kg".to_owned()),
        credits: Vec::new(),
    };
    let changed =
        ContactContextChanged { context: Personal::new(context), source: "import".to_owned() };
    history.begin(&mail.tenant);
    history.push(mail.contact_id(), &ContactEvent::ContactContextChanged(changed));
}
