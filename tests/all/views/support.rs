//! Schema `support`: conversations, messages and daily figures.

use std::collections::BTreeMap;

use casebook_domain::Timestamp;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::Event;
use casebook_tests::{TestDatabase, desk, inspect, postgres_only};

use super::stories::{Filled, opening};
use super::told::{Told, ToldTicket};
use super::{assert_same, row};

postgres_only!(daily_figures_are_those_of_the_events, conversations_and_messages_are_whole);

const DAY: i64 = 86_400_000_000;

fn date(at: Timestamp) -> String {
    Timestamp::from_micros(at.as_micros() / DAY * DAY).to_string()[..10].to_owned()
}

#[derive(Debug, Default)]
struct Figures {
    new: i64,
    resolved: i64,
    response: Vec<i64>,
    resolution: Vec<i64>,
}

/// Minutes with two decimals, rounded half up.
fn average(micros: &[i64]) -> String {
    let Some(count) = i64::try_from(micros.len()).ok().filter(|count| *count > 0) else {
        return String::new();
    };
    let hundredths = (micros.iter().sum::<i64>() * 2 + count * 600_000) / (count * 1_200_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn figures(told: &Told) -> BTreeMap<(String, String), Figures> {
    let mut days: BTreeMap<(String, String), Figures> = BTreeMap::new();
    let day = |ticket: &ToldTicket, at: Timestamp| (ticket.tenant.clone(), date(at));
    for ticket in told.tickets.values() {
        let since = |at: Timestamp| (at.as_micros() - ticket.arrived.as_micros()).max(0);
        days.entry(day(ticket, ticket.arrived)).or_default().new += 1;
        if let Some(replied) = ticket.first_reply.filter(|_| !ticket.begun_by_us) {
            days.entry(day(ticket, replied)).or_default().response.push(since(replied));
        }
        if let Some(resolved) = ticket.resolved {
            let figures = days.entry(day(ticket, resolved)).or_default();
            figures.resolved += 1;
            figures.resolution.push(since(resolved));
        }
    }
    days
}

async fn daily_figures_are_those_of_the_events(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let told = Told::of(&filled.store).await;
    let (mut expected, mut totals) = (Vec::new(), BTreeMap::new());
    for ((tenant, date), figures) in figures(&told) {
        let total = totals.entry(tenant.clone()).or_insert(0);
        *total += figures.new;
        let channels = if figures.new > 0 { figures.new.to_string() } else { String::new() };
        expected.push(row([
            &tenant,
            &date,
            &total.to_string(),
            &figures.new.to_string(),
            &figures.resolved.to_string(),
            &average(&figures.response),
            &average(&figures.resolution),
            "",
            &channels,
            &channels,
        ]));
    }
    assert!(expected.len() > 40 && totals.len() == 2, "{expected:?}");
    let mut raw = database.raw().await;
    let sql = "SELECT tenant, date, total_conversations, new_conversations, \
         resolved_conversations, avg_first_response_minutes, avg_resolution_minutes, csat_average, \
         conversations_by_channel ->> 'email', (SELECT sum(value::int) \
         FROM jsonb_each_text(conversations_by_team)) FROM support.support_analytics \
         WHERE new_conversations > 0 OR avg_resolution_minutes IS NOT NULL \
         OR avg_first_response_minutes IS NOT NULL ORDER BY tenant, date";
    assert_same(raw.rows(sql).await, expected);
    // Every day has its row, and only one, under an id of its own.
    let sql = "SELECT count(*) = count(DISTINCT (tenant, date)), count(*) = count(DISTINCT id), \
         count(*) = sum(last - first + 1) FILTER (WHERE date = first) FROM (SELECT *, \
         min(date) OVER (PARTITION BY tenant) AS first, max(date) OVER (PARTITION BY tenant) \
         AS last FROM support.support_analytics) AS a";
    assert_eq!(raw.rows(sql).await, [row(["t", "t", "t"])]);
    filled.close().await;
}

async fn conversations_and_messages_are_whole(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let told = Told::of(&filled.store).await;
    let mut raw = database.raw().await;
    let count = "SELECT count(*) FROM support.support_conversations";
    assert_eq!(raw.number(count).await as usize, told.tickets.len());

    let (mut messages, mut notes) = (BTreeMap::new(), 0);
    for stored in inspect::read_all(filled.store.log()).await {
        let Event::Conversation(event) = desk::decode(&stored) else { continue };
        match event {
            ConversationEvent::MessageReceived(message) if message.ticket_id.is_some() => {
                let sender = message.from.get().and_then(|from| from.name.clone());
                let text = message.text.beginning().to_owned();
                let at = message.counted_at().to_string();
                let id = message.message_id.to_string();
                messages.insert(
                    id.clone(),
                    row([&id, "contact", &sender.unwrap_or_default(), &text, "f", &at]),
                );
            }
            ConversationEvent::MessageSent(sent) => {
                let (id, at) = (sent.message_id.to_string(), sent.sent_at.to_string());
                messages.insert(id.clone(), row([&id, "agent", "", sent.text.text(), "f", &at]));
            }
            ConversationEvent::NoteAdded(note) => {
                let (id, at) = (note.note_id.to_string(), note.written_at.to_string());
                messages.insert(
                    id.clone(),
                    row([&id, "agent", &note.author, note.text.text(), "t", &at]),
                );
                notes += 1;
            }
            _ => {}
        }
    }
    assert!(notes > 0);
    let sql = "SELECT id, sender_type, sender_name, content, is_private, \
         to_char(created_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM support.support_messages";
    let exact = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
        let instant = |mut row: Vec<String>| {
            let at: Timestamp = row.pop().and_then(|at| at.parse().ok()).expect("an instant");
            row.push(at.as_micros().to_string());
            row
        };
        rows.into_iter().map(instant).collect()
    };
    assert_same(exact(raw.rows(sql).await), exact(messages.into_values().collect()));
    one_conversation(&mut raw).await;
    filled.close().await;
}

/// The fourth ticket was classified, answered, resolved and noted on.
async fn one_conversation(raw: &mut casebook_tests::Raw) {
    let mail = opening(20);
    let sql = format!(
        "SELECT contact_email, contact_name, channel, status, priority, team, labels, user_id, \
         first_response_at = resolved_at, created_at, metadata ->> 'ticket_id', \
         metadata ->> 'message_count' FROM support.support_conversations WHERE id = '{}'",
        mail.conversation_id()
    );
    let at = mail.at.to_string().replace('T', " ");
    let expected = row([
        "customer20@mail.example",
        "Ada L\u{fffd}ove",
        "email",
        "resolved",
        "normal",
        "",
        "{}",
        "00000000-0000-4000-8000-000000000020",
        "t",
        &at.replace('Z', "+00"),
        &mail.ticket_id().to_string(),
        "2",
    ]);
    assert_eq!(raw.rows(&sql).await, [expected]);
}
