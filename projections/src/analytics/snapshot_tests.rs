//! Given facts, then daily snapshots.

use casebook_domain::channel::Channel;
use uuid::Uuid;

use super::*;
use crate::read_model::{ReadModel, RowKey};
use crate::ticket_facts::TicketFacts;

const DAY: i64 = 86_400;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn ticket(received: i64, first_reply: Option<i64>, ended: Option<i64>) -> TicketFact {
    let mut fact = TicketFacts::new_row(&RowKey::new("a", Uuid::nil()));
    fact.received_at = at(received);
    fact.first_reply_at = first_reply.map(at);
    fact.ended_at = ended.map(at);
    fact
}

fn snapshots(days: i64) -> Snapshots {
    let before = BTreeMap::from([("a".to_owned(), 5), ("b".to_owned(), 0)]);
    let range = Range { from: at(0), to: at(days * DAY) };
    Snapshots::new(range, &Calendar::utc(), before, 100).expect("days")
}

#[test]
fn each_tenant_has_a_row_for_each_date() {
    let mut snapshots = snapshots(2);
    snapshots.ticket(&TicketFact {
        channel: Channel::Whatsapp,
        team: Some("vets".to_owned()),
        ..ticket(10, Some(70), Some(DAY + 10))
    });
    snapshots.ticket(&ticket(DAY, None, None));
    // Began before the range: counted among those before it.
    snapshots.ticket(&ticket(-90, Some(10), Some(30)));
    let rows = snapshots.finish();
    let keys: Vec<_> = rows.iter().map(|row| (row.tenant.as_str(), row.date.as_str())).collect();
    let dates = ["1970-01-01", "1970-01-02"];
    assert_eq!(keys, [("a", dates[0]), ("a", dates[1]), ("b", dates[0]), ("b", dates[1])]);
    let [first, second, none, _] = &rows[..] else { panic!("four rows") };
    let counts = |row: &DailySnapshot| {
        (row.total_conversations, row.new_conversations, row.resolved_conversations)
    };
    assert_eq!((counts(first), counts(second), counts(none)), ((6, 1, 1), (7, 1, 1), (0, 0, 0)));
    // 60 s and 100 s: 80 s are 1.333.. minutes.
    assert_eq!(first.avg_first_response_minutes, Some(1.33));
    assert_eq!(
        (first.avg_resolution_minutes, second.avg_resolution_minutes),
        (Some(2.0), Some(1440.0))
    );
    assert_eq!((second.avg_first_response_minutes, second.csat_average), (None, None));
    assert_eq!(first.conversations_by_channel, BTreeMap::from([("whatsapp".to_owned(), 1)]));
    assert_eq!(first.conversations_by_team, BTreeMap::from([(Some("vets".to_owned()), 1)]));
    assert_eq!(second.conversations_by_team, BTreeMap::from([(None, 1)]));
}

#[test]
fn an_agents_first_word_is_no_response() {
    let mut snapshots = snapshots(1);
    snapshots.ticket(&TicketFact { is_outbound: true, ..ticket(0, Some(10), None) });
    assert_eq!(snapshots.finish()[0].avg_first_response_minutes, None);
}

#[test]
fn ratings_have_a_mean() {
    let mut snapshots = snapshots(1);
    for rating in [5, 4, 4] {
        snapshots.ticket(&TicketFact {
            rating: Some(rating),
            rated_at: Some(at(9)),
            ..ticket(0, None, None)
        });
    }
    assert_eq!(snapshots.finish()[0].csat_average, Some(4.33));
}

#[test]
fn too_many_days_are_refused() {
    let before = BTreeMap::from([("a".to_owned(), 0), ("b".to_owned(), 0)]);
    let range = Range { from: at(0), to: at(3 * DAY) };
    let refused = Snapshots::new(range, &Calendar::utc(), before.clone(), 5).err();
    assert_eq!(refused, Some(PlanError::TooManyGroups { max: 5 }));
    let empty = Range { from: at(1), to: at(1) };
    let refused = Snapshots::new(empty, &Calendar::utc(), before, 5).err();
    assert_eq!(refused, Some(PlanError::EmptyRange));
}
