//! Subscriptions whose connection breaks again and again, at any place: whoever goes on behind the
//! last position seen misses nothing and meets nothing twice, compared with what the log says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use casebook_api::EdgeSettings;
use casebook_projections::testing::worked;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, calm, mail, settings, sick};
use crate::served::{Client, Served};

both_databases!(
    events_survive_cuts_at_any_place,
    queue_changes_survive_cuts_at_any_place,
    changes_of_a_ticket_survive_cuts_at_any_place,
);

const STALL: Duration = Duration::from_secs(30);
/// An address that is no inbox.
const SALES: &str = "sales@protocolraw.co.uk";
/// Connections of each test; the last one is read to the end.
const PARTS: u64 = 12;

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

/// Somebody who comes back with the last position seen.
struct Follower {
    query: &'static str,
    field: &'static str,
    variables: Value,
    begin: u64,
    items: Vec<Value>,
}

impl Follower {
    fn new(field: &'static str, query: &'static str, variables: Value) -> Self {
        let begin = variables["after"].as_str().and_then(|after| after.rsplit_once(':'));
        let begin = begin.map_or(0, |(_, number)| number.parse().unwrap());
        Self { query, field, variables, begin, items: Vec::new() }
    }

    fn reached(&self) -> u64 {
        self.items.last().map_or(self.begin, place)
    }

    async fn open(&self, served: &Served) -> Client {
        let mut client = served.let_in(json!({})).await;
        client.subscribe("s", self.query, self.variables.clone()).await;
        client
    }

    /// Takes at most so many items, up to what happened at `last`; then the line breaks, or the
    /// subscription is ended while items are on their way.
    async fn take(&mut self, mut client: Client, most: u64, last: u64, dice: &mut Dice) {
        for _ in 0..most {
            if self.reached() >= last {
                break;
            }
            let item = client.data("s").await[self.field].clone();
            self.variables["after"] = item["position"].clone();
            self.items.push(item);
        }
        if dice.roll(2) == 0 {
            client.say(json!({ "type": "complete", "id": "s" })).await;
        }
    }

    /// Items with the stretch of the log that each is about: behind its first position, up to its
    /// second.
    fn stretches(&self) -> Vec<(u64, u64, &Value)> {
        let mut before = self.begin;
        let stretch = |item| {
            let from = std::mem::replace(&mut before, place(item));
            assert!(from < before, "{item} comes after {from}");
            (from, before, item)
        };
        self.items.iter().map(stretch).collect()
    }
}

/// Number of the position of an item or event.
fn place(item: &Value) -> u64 {
    item["position"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap()
}

/// How many items are read before a cut; all of them in the last part.
fn most(part: u64, sides: u64, dice: &mut Dice) -> u64 {
    if part + 1 < PARTS { dice.roll(sides) } else { u64::MAX }
}

/// Few events in each item, so that cuts fall between many.
fn small_items() -> EdgeSettings {
    let mut settings = settings();
    settings.api.streams.buffer_events = 3;
    settings
}

async fn append(edge: &Edge, from: u64, count: u64) -> u64 {
    worked(from, count).append(edge.app.store()).await.unwrap()
}

/// All public events of the log, by pages.
async fn log(edge: &Edge) -> Vec<Value> {
    let mut path = "/events?limit=1000".to_owned();
    let mut all = Vec::new();
    loop {
        let reply = edge.get(&path).await;
        all.extend(serde_json::from_slice::<Vec<Value>>(&reply.body).unwrap());
        let Some(link) = reply.header("link").strip_prefix('<') else { return all };
        path = link.split('>').next().unwrap().to_owned();
    }
}

async fn events_survive_cuts_at_any_place(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let served = Served::start(&edge, STALL).await;
    append(&edge, 1, 5).await;
    let query = "subscription($after: Position) { events(after: $after) { position id } }";
    let mut follower = Follower::new("events", query, json!({ "after": "earliest" }));
    let mut dice = Dice(7);
    for part in 0..PARTS {
        let client = follower.open(&served).await;
        let last = append(&edge, 100 + part, 1).await;
        let most = most(part, 40, &mut dice);
        follower.take(client, most, last, &mut dice).await;
    }
    let of = |item: &Value| (item["position"].clone(), item["id"].clone());
    let seen: Vec<_> = follower.items.iter().map(of).collect();
    assert_eq!(seen, log(&edge).await.iter().map(of).collect::<Vec<_>>());
}

/// The entry of the queue that an event is about.
fn entry_of(event: &Value) -> Option<String> {
    if event["type"] == "casebook.message.set_aside.v1" {
        return Some(format!("message/{}", event["data"]["message_id"].as_str()?));
    }
    let subject = event["subject"].as_str()?;
    subject.starts_with("ticket/").then(|| subject.to_owned())
}

/// The same of an entry as GraphQL shows it.
fn name_of(entry: &Value) -> String {
    match entry["__typename"].as_str().unwrap() {
        "Ticket" => format!("ticket/{}", entry["uuid"].as_str().unwrap()),
        _ => format!("message/{}", entry["message"]["uuid"].as_str().unwrap()),
    }
}

async fn queue_changes_survive_cuts_at_any_place(database: TestDatabase) {
    let edge = Edge::with(database, small_items()).await;
    let served = Served::start(&edge, STALL).await;
    let query = "subscription($after: Position) { queueChanged(after: $after) { position entries \
                 { __typename id subject ... on Ticket { uuid status priority assignee version } \
                 ... on SetAsideMail { message { uuid } } } } }";
    let begin = edge.data("{ position }", Value::Null).await["position"].clone();
    let mut follower = Follower::new("queueChanged", query, json!({ "after": begin }));
    let (mut dice, mut tickets) = (Dice(11), Vec::new());
    for part in 0..PARTS {
        let client = follower.open(&served).await;
        // To an address that is no inbox: it is set aside.
        let aside = mail(&format!("aside{part}"), SALES, "jo@customer.example", "Offer", "Hello");
        edge.mail(SALES, aside).await;
        let sick = edge.mail(HELLO, sick(&format!("sick{part}"))).await.json();
        tickets.push(sick["ticket_id"].clone());
        for number in 0..6 {
            let ticket = dice.roll(tickets.len() as u64);
            let id = &tickets[usize::try_from(ticket).unwrap()];
            work(&edge, id, part * 6 + number, &mut dice).await;
        }
        let events = log(&edge).await;
        let last = events.iter().rfind(|event| entry_of(event).is_some()).map_or(0, place);
        let most = most(part, 20, &mut dice);
        follower.take(client, most, last, &mut dice).await;
    }
    let events = log(&edge).await;
    let mut told: BTreeMap<String, &Value> = BTreeMap::new();
    for (from, to, item) in follower.stretches() {
        let within = events.iter().filter(|event| (from + 1..=to).contains(&place(event)));
        let expected: BTreeSet<String> = within.filter_map(entry_of).collect();
        let entries = item["entries"].as_array().unwrap();
        let names: Vec<String> = entries.iter().map(name_of).collect();
        assert_eq!(names.len(), expected.len(), "each once: {item}");
        assert_eq!(BTreeSet::from_iter(names.iter().cloned()), expected, "{item}");
        told.extend(names.into_iter().zip(entries));
    }
    let changed = events.iter().filter(|event| place(event) > follower.begin);
    assert!(told.keys().any(|name| name.starts_with("message/")), "messages are set aside");
    assert_eq!(
        told.keys().cloned().collect::<BTreeSet<_>>(),
        changed.filter_map(entry_of).collect(),
        "every entry was told"
    );
    edge.settle().await;
    let node = "query($id: ID!) { node(id: $id) { __typename id ... on Ticket { uuid subject \
                status priority assignee version } ... on SetAsideMail { subject message { uuid } } \
                } }";
    for entry in told.values() {
        let last = edge.data(node, json!({ "id": entry["id"] })).await["node"].clone();
        assert_eq!(**entry, last, "as it stands in the end");
    }
}

/// An agent's work on a ticket.
async fn work(edge: &Edge, id: &Value, number: u64, dice: &mut Dice) {
    let command = match dice.roll(4) {
        0 => format!("addNote(input: {{ ticketId: $id, text: \"Note {number}\" }})"),
        1 => format!("labelTicket(input: {{ ticketId: $id, add: [\"label-{number}\"] }})"),
        2 => "escalateTicket(input: { ticketId: $id, reason: \"Ask\" })".to_owned(),
        _ => {
            let agent = format!("agent: \"agent-{number}\"");
            format!("assignTicket(input: {{ ticketId: $id, {agent} }})")
        }
    };
    let mutation = format!("mutation($id: ID!) {{ done: {command} {{ error {{ message }} }} }}");
    let done = edge.data(&mutation, json!({ "id": id })).await["done"].clone();
    assert_eq!(done["error"], Value::Null);
}

/// Something that happens to a ticket, its notes or its thread.
async fn happen(edge: &Edge, id: &Value, number: u64, dice: &mut Dice) {
    let header = match dice.roll(3) {
        0 => "In-Reply-To: <a@mail.example>\r\nSubject:",
        1 => "In-Reply-To: <a@mail.example>\r\nAuto-Submitted: auto-replied\r\nSubject:",
        _ => return work(edge, id, number, dice).await,
    };
    let again = calm(&format!("again{number}")).replacen("Subject:", header, 1);
    assert_eq!(edge.mail(HELLO, again).await.status, 202);
}

async fn changes_of_a_ticket_survive_cuts_at_any_place(database: TestDatabase) {
    let edge = Edge::with(database, small_items()).await;
    let served = Served::start(&edge, STALL).await;
    let received = edge.mail(HELLO, calm("a")).await.json();
    let id = received["ticket_id"].clone();
    let query = "subscription($id: ID!, $after: Position) { ticketChanged(id: $id, after: $after) \
                 { position types ticket { status assignee labels version conversation { \
                 messageCount notes { text } } } } }";
    let variables = json!({ "id": id, "after": received["position"] });
    let mut follower = Follower::new("ticketChanged", query, variables);
    let ticket = format!("ticket/{}", id.as_str().unwrap());
    let thread = format!("conversation/{}", received["conversation_id"].as_str().unwrap());
    let is_about = |event: &Value| {
        event["subject"] == ticket
            || event["data"]["ticket_id"] == id
            || (event["subject"] == thread && event["data"]["ticket_id"].is_null())
    };
    let mut dice = Dice(13);
    for part in 0..PARTS {
        let client = follower.open(&served).await;
        for number in 0..4 {
            happen(&edge, &id, part * 4 + number, &mut dice).await;
            // What others do comes between.
            edge.mail(HELLO, sick(&format!("{part}-{number}"))).await;
        }
        let events = log(&edge).await;
        let last = events.iter().rfind(|event| is_about(event)).map_or(0, place);
        let most = most(part, 8, &mut dice);
        follower.take(client, most, last, &mut dice).await;
    }
    let events = log(&edge).await;
    for (from, to, item) in follower.stretches() {
        let within = events.iter().filter(|event| (from + 1..=to).contains(&place(event)));
        let types = within.filter(|event| is_about(event)).map(|event| event["type"].clone());
        assert_eq!(item["types"], Value::from_iter(types), "{item}");
    }
    assert!(!events.iter().any(|event| is_about(event) && place(event) > follower.reached()));
    edge.settle().await;
    let ask = "query($id: ID!) { ticket(id: $id) { status assignee labels version conversation { \
               messageCount notes { text } } } }";
    let last = edge.data(ask, json!({ "id": id })).await["ticket"].clone();
    assert_eq!(follower.items.last().unwrap()["ticket"], last, "as it stands in the end");
}
