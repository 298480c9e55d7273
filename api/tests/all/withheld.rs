//! What cannot be recorded as a look is not shown, and a stream that met it ends.

use std::time::Duration;

use casebook_store::Dialect;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, calm};
use crate::served::Served;

both_databases!(nothing_is_shown_that_cannot_be_recorded);

/// A trigger that refuses to record looks and nothing else.
const REFUSE_SQLITE: &str = "CREATE TRIGGER no_looks BEFORE INSERT ON events \
     WHEN NEW.event_type = 'PersonalDataRead' BEGIN SELECT RAISE(ABORT, 'no room'); END";
const REFUSE_POSTGRES: &str = "CREATE FUNCTION no_looks() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN RAISE EXCEPTION 'no room'; END $$; \
     CREATE TRIGGER no_looks BEFORE INSERT ON events FOR EACH ROW \
     WHEN (NEW.event_type = 'PersonalDataRead') EXECUTE FUNCTION no_looks()";

async fn nothing_is_shown_that_cannot_be_recorded(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let served = Served::start(&edge, Duration::from_secs(30)).await;
    let received = edge.mail(HELLO, calm("a")).await.json();
    edge.settle().await;
    let mut raw = edge.database.raw().await;
    let (refuse, allow) = match edge.database.dialect() {
        Dialect::Sqlite => (REFUSE_SQLITE, "DROP TRIGGER no_looks"),
        Dialect::Postgres => (REFUSE_POSTGRES, "DROP TRIGGER no_looks ON events"),
    };
    raw.execute(refuse).await.unwrap();
    let id = received["ticket_id"].clone();
    let query = "query($id: ID!) { ticket(id: $id) { subject } }";
    let answer = edge.ask(query, json!({ "id": id })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
    assert!(answer["data"].is_null(), "{answer}");

    let follow = "subscription($id: ID!, $after: Position) { ticketChanged(id: $id, after: $after) \
                  { position ticket { subject } } }";
    let from = json!({ "id": id, "after": received["position"] });
    let mut client = served.let_in(json!({})).await;
    client.subscribe("t", follow, from.clone()).await;
    let claim = "mutation($id: ID!) { claimTicket(input: { ticketId: $id }) { version } }";
    edge.data(claim, json!({ "id": id })).await;
    let withheld = client.hear().await;
    assert_eq!((&withheld["type"], &withheld["id"]), (&json!("error"), &json!("t")));
    assert_eq!(withheld["payload"][0]["extensions"]["code"], "UNAVAILABLE", "{withheld}");

    raw.execute(allow).await.unwrap();
    // Its identifier is free again, since an error is the end of a subscription.
    client.subscribe("t", follow, from).await;
    let shown = client.data("t").await["ticketChanged"]["ticket"]["subject"].clone();
    assert_ne!(shown, Value::Null, "what was withheld comes again");
    let looks = "SELECT count(*) FROM events WHERE event_type = 'PersonalDataRead'";
    assert_eq!(raw.number(looks).await, 1);
}
