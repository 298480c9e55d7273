//! Figures of a small desk, counted by hand.

mod csv;

use casebook_projections::testing::{History, Mail};
use casebook_tests::{TestDatabase, both_databases, wait};
use serde_json::{Value, json};

use crate::desk::{PAYLOAD, Sure};
use crate::harness::{Edge, HALLO, mail, settings, sick};

both_databases!(
    figures_are_those_of_the_day,
    figures_can_be_grouped_and_filtered,
    days_have_snapshots,
    limits_are_named,
);

/// What the stand-in for a model proposes.
const DRAFT: &str = "Your box leaves our kitchen on Monday.";

const FIGURES: &str = "tickets { received outbound ended resolved closed reopened resolutionRate
        categoryCorrected categoryCorrectionRate repliesSent } queueDepth
    firstResponse { count averageSeconds medianSeconds p90Seconds }
    resolution { count averageSeconds medianSeconds p90Seconds }
    drafts { counted hadDraft edited accuracy acceptanceRate usages { usage count share } }
    triage { decisions gated byModel byBuiltIn failed gateRate gates { code triggers fired }
        escalated escalationRate averageConfidence confidenceHistogram { from to count }
        lowConfidence lowConfidenceRate tokens costMicroUsd
        models { provider model answers inputTokens outputTokens cacheReadTokens
            cacheWriteTokens costMicroUsd averageDurationMs } }
    satisfaction { ratings average }
    backlog { open over24Hours over48Hours age { count averageSeconds medianSeconds p90Seconds }
        oldestSeconds byDate { date count } }";

/// Two hours around the desk's work.
fn hours() -> Value {
    json!({ "from": "2026-04-08T09:00:00Z", "to": "2026-04-08T11:00:00Z" })
}

/// A morning:
///
/// | at       | ticket | what happens |
/// | -------- | ------ | ------------ |
/// | 09:30:01 | one    | received; the model answers at 09:30:04; Ada claims it |
/// | 09:30:02 | two    | received, gated: a sick dog |
/// | 09:30:03 | three  | received; the model answers at 09:30:04 |
/// | 09:30:04 | four   | received; the model answers |
/// | 09:30:05 | five   | received by the other tenant; for Eve and the team sales |
/// | 09:31:20 | one    | Ada's reply goes out, the draft as it was: resolved |
/// | 09:31:20 | three  | Kim's reply goes out, the draft with one word changed: resolved |
/// | 09:31:20 | four   | Kim's reply goes out, another text: resolved |
/// | 09:33:00 | two    | Ada closes it |
/// | 10:33:00 | four   | Kim opens it again |
///
/// And a mail of a tenant that nobody here may see.
async fn morning(database: TestDatabase) -> Edge {
    let edge = Edge::new(database).await;
    let sure = Sure::new();
    let classifying = edge.classify(sure.clone());
    let one = edge.ticket("one").await;
    let two = edge.mail(crate::harness::HELLO, sick("two")).await.json()["ticket_id"].clone();
    let (three, four) = (edge.ticket("three").await, edge.ticket("four").await);
    sure.0.add_permits(3);
    count(&edge, "PENDING", 3).await;
    let text = "Wann beginnt der nächste Kurs?";
    let five = mail("five", HALLO, "Max <max@kunde.example>", "Kurs", text);
    let five = edge.mail(HALLO, five).await.json()["ticket_id"].clone();
    let act = async |agent: &str, name: &str, input: Value| {
        let done = edge.mutate_as(agent, name, PAYLOAD, input).await;
        assert!(done["error"].is_null(), "{name}: {done}");
    };
    let second = 1_000_000;
    act("ada", "claimTicket", json!({ "ticketId": one })).await;
    let assigned = json!({ "ticketId": five, "agent": "eve", "team": "sales" });
    act("ada", "assignTicket", assigned).await;
    edge.database.clock.advance(55 * second);
    let changed = DRAFT.replace("Monday", "Tuesday");
    act("ada", "approveReply", json!({ "ticketId": one, "text": DRAFT })).await;
    act("kim", "approveReply", json!({ "ticketId": three, "text": changed })).await;
    let other = json!({ "ticketId": four, "text": "We are sorry, it is late." });
    act("kim", "approveReply", other).await;
    edge.database.clock.advance(20 * second);
    let sending = edge.send_mail();
    count(&edge, "RESOLVED", 3).await;
    edge.database.clock.advance(100 * second);
    act("ada", "closeTicket", json!({ "ticketId": two })).await;
    edge.database.clock.advance(3_600 * second);
    act("kim", "reopenTicket", json!({ "ticketId": four })).await;
    let mut foreign = History::new();
    Mail::new("stranger", 1).gated(&["legal_threat"]).add_to(&mut foreign);
    foreign.append(edge.app.store()).await.unwrap();
    edge.stop.send_replace(true);
    sending.await.unwrap();
    // It waits for an answer about the fifth ticket, which nobody gives.
    classifying.abort();
    edge.settle().await;
    edge
}

async fn count(edge: &Edge, status: &str, tickets: i64) {
    let query = format!("{{ queue(filter: {{ status: [{status}] }}) {{ totalCount }} }}");
    wait::until(status, || async {
        edge.settle().await;
        let found = edge.data(&query, json!({})).await;
        (found["queue"]["totalCount"] == tickets).then_some(())
    })
    .await;
}

/// Asks for figures; the variables beside the range.
async fn ask(edge: &Edge, asks: &str, more: Value) -> Value {
    let query = format!(
        "query($range: AnalyticsRange!, $by: [AnalyticsDimension!], $filter: AnalyticsFilter, \
         $timezone: String! = \"UTC\") {{ analytics(range: $range, groupBy: $by, filter: $filter, \
         timezone: $timezone) {{ definitionVersion position from to timezone {asks} }} }}"
    );
    let mut variables = json!({ "range": hours() });
    variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    edge.data(&query, variables).await["analytics"].clone()
}

async fn figures_are_those_of_the_day(database: TestDatabase) {
    let edge = morning(database).await;
    let answer = ask(&edge, &format!("total {{ {FIGURES} }} groups {{ tenant }}"), json!({})).await;
    assert_eq!((&answer["definitionVersion"], &answer["timezone"]), (&json!(2), &json!("UTC")));
    assert_eq!(answer["from"], "2026-04-08T09:00:00.000000Z");
    let head = edge.data("{ position }", json!({})).await["position"].clone();
    assert_eq!((&answer["position"], &answer["groups"]), (&head, &json!([])));
    let mut total = answer["total"].clone();
    let expected = json!({
        "tickets": {
            "received": 5, "outbound": 0, "ended": 3, "resolved": 2, "closed": 1, "reopened": 1,
            "resolutionRate": 0.6, "categoryCorrected": 0, "categoryCorrectionRate": 0.0,
            "repliesSent": 3,
        },
        "queueDepth": 2,
        // 79 s, 77 s and 76 s.
        "firstResponse": {
            "count": 3, "averageSeconds": 232.0 / 3.0, "medianSeconds": 77.0, "p90Seconds": 79.0,
        },
        // 79 s, 77 s and 178 s.
        "resolution": {
            "count": 3, "averageSeconds": 334.0 / 3.0, "medianSeconds": 79.0, "p90Seconds": 178.0,
        },
        "drafts": {
            "counted": 2, "hadDraft": 2, "edited": 1, "accuracy": 0.5, "acceptanceRate": 0.5,
            "usages": [
                { "usage": "SENT_AS_IS", "count": 1, "share": 0.5 },
                { "usage": "MINOR_EDITS", "count": 1, "share": 0.5 },
                { "usage": "MAJOR_REWRITE", "count": 0, "share": 0.0 },
                { "usage": "REPLACED", "count": 0, "share": 0.0 },
                { "usage": "NO_DRAFT", "count": 0, "share": 0.0 },
            ],
        },
        "satisfaction": { "ratings": 0, "average": null },
        "backlog": {
            "open": 2, "over24Hours": 0, "over48Hours": 0, "oldestSeconds": 3_776.0,
            "age": {
                "count": 2, "averageSeconds": 3_775.5, "medianSeconds": 3_775.0,
                "p90Seconds": 3_776.0,
            },
            "byDate": [{ "date": "2026-04-08", "count": 2 }],
        },
    });
    let mut triage = total.as_object_mut().unwrap().remove("triage").unwrap();
    // By way of text, as the answer came.
    let expected: Value = serde_json::from_str(&expected.to_string()).unwrap();
    assert_eq!(total, expected, "{total:#}");

    let bars = triage.as_object_mut().unwrap().remove("confidenceHistogram").unwrap();
    let counts: Vec<_> = bars.as_array().unwrap().iter().map(|bar| bar["count"].clone()).collect();
    assert_eq!(counts, [0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
    assert_eq!((&bars[9]["from"], &bars[9]["to"]), (&json!(0.9), &json!(1.0)));
    let took = triage["models"][0].as_object_mut().unwrap().remove("averageDurationMs").unwrap();
    assert!(took.as_f64().unwrap() >= 0.0);
    let expected = json!({
        "decisions": 4, "gated": 1, "byModel": 3, "byBuiltIn": 0, "failed": 0, "gateRate": 0.25,
        "gates": [{ "code": "health_vomiting", "triggers": 1, "fired": 1 }],
        "escalated": 1, "escalationRate": 0.25, "averageConfidence": 0.92,
        "lowConfidence": 0, "lowConfidenceRate": 0.0, "tokens": 30.0, "costMicroUsd": 33.0,
        "models": [{
            "provider": "stand-in", "model": "sure-1", "answers": 3, "inputTokens": 21.0,
            "outputTokens": 9.0, "cacheReadTokens": 0.0, "cacheWriteTokens": 0.0,
            "costMicroUsd": 33.0,
        }],
    });
    assert_eq!(triage, expected, "{triage:#}");
}

async fn figures_can_be_grouped_and_filtered(database: TestDatabase) {
    let edge = morning(database).await;
    let asks = "groups { tenant channel inbox category team agent period { from to label } \
                figures { tickets { received ended repliesSent } queueDepth \
                firstResponse { averageSeconds } drafts { accuracy } \
                triage { decisions gateRate } satisfaction { average } backlog { open } } }";
    let groups = async |more: Value| {
        let answer = ask(&edge, asks, more).await;
        answer["groups"].as_array().unwrap().clone()
    };
    let pick = |groups: &[Value], names: &[&str]| -> Vec<Value> {
        let value = |group: &Value, path: &str| group.pointer(path).unwrap().clone();
        groups.iter().map(|g| names.iter().map(|path| value(g, path)).collect()).collect()
    };

    let agents = groups(json!({ "by": ["AGENT"] })).await;
    let counts = [
        "/agent",
        "/figures/tickets/received",
        "/figures/tickets/ended",
        "/figures/tickets/repliesSent",
        "/figures/queueDepth",
        "/figures/triage/decisions",
    ];
    let expected = [
        json!([null, 3, 0, 0, 1, 3]),
        json!(["ada", 1, 2, 1, 0, 1]),
        json!(["eve", 1, 0, 0, 1, 0]),
        json!(["kim", 0, 1, 2, 0, 0]),
    ];
    assert_eq!(pick(&agents, &counts), expected);
    assert_eq!(agents[3]["figures"]["firstResponse"]["averageSeconds"], 76.5);
    assert_eq!(agents[3]["figures"]["backlog"], json!({ "open": 0 }));

    let categories = groups(json!({ "by": ["CATEGORY"] })).await;
    let counts = [
        "/category",
        "/figures/tickets/received",
        "/figures/drafts/accuracy",
        "/figures/triage/decisions",
        "/figures/satisfaction/average",
    ];
    let expected = [
        json!([null, 1, null, 0, null]),
        json!(["delivery", 3, 0.5, 3, null]),
        json!(["escalation", 1, null, 1, null]),
    ];
    assert_eq!(pick(&categories, &counts), expected);

    let hourly = json!({ "by": ["HOUR"], "timezone": "Europe/Vienna" });
    let counts = [
        "/period/label",
        "/period/from",
        "/figures/tickets/received",
        "/figures/queueDepth",
        "/figures/triage/gateRate",
        "/figures/backlog",
    ];
    let expected = [
        json!(["2026-04-08T11:00:00+02:00", "2026-04-08T09:00:00.000000Z", 5, 1, 0.25, null]),
        json!(["2026-04-08T12:00:00+02:00", "2026-04-08T10:00:00.000000Z", 0, 2, null, null]),
    ];
    assert_eq!(pick(&groups(hourly).await, &counts), expected);

    let counts = ["/tenant", "/channel", "/inbox", "/team", "/figures/tickets/received"];
    let tenants = groups(json!({ "by": ["TENANT", "CHANNEL"] })).await;
    let expected = [
        json!(["ozean-licht", "EMAIL", null, null, 1]),
        json!(["protocol-raw", "EMAIL", null, null, 4]),
    ];
    assert_eq!(pick(&tenants, &counts), expected);
    let teams = groups(json!({ "by": ["TEAM"] })).await;
    let expected = [json!([null, null, null, null, 4]), json!([null, null, null, "sales", 1])];
    assert_eq!(pick(&teams, &counts), expected);

    let asks = "total { tickets { received repliesSent } }";
    for (filter, received, sent) in [
        (json!({ "tenants": ["ozean-licht"] }), 1, 0),
        (json!({ "tenants": ["ozean-licht", "protocol-raw"] }), 5, 3),
        (json!({ "categories": ["delivery"] }), 3, 3),
        (json!({ "agents": ["kim"] }), 0, 2),
        (json!({ "teams": ["sales"] }), 1, 0),
        (json!({ "channels": ["WHATSAPP"] }), 0, 0),
        (json!({ "channels": ["EMAIL", "TELEGRAM"], "inboxes": ["nobody"] }), 0, 0),
    ] {
        let total = ask(&edge, asks, json!({ "filter": filter })).await["total"].clone();
        let expected = json!({ "tickets": { "received": received, "repliesSent": sent } });
        assert_eq!(total, expected, "{filter}");
    }
}

async fn days_have_snapshots(database: TestDatabase) {
    let edge = morning(database).await;
    let query = "query($range: AnalyticsRange!, $tenants: [String!], $timezone: String! = \"UTC\") \
                 { dailySnapshots(range: $range, tenants: $tenants, timezone: $timezone) { \
                 definitionVersion position timezone days { tenant date totalConversations \
                 newConversations resolvedConversations avgFirstResponseMinutes \
                 avgResolutionMinutes csatAverage conversationsByChannel { channel count } \
                 conversationsByTeam { team count } } } }";
    let range = json!({ "from": "2026-04-08T00:00:00Z", "to": "2026-04-10T00:00:00Z" });
    let answer = edge.data(query, json!({ "range": range })).await["dailySnapshots"].clone();
    let day = |tenant: &str, date: &str, total: u32| {
        json!({
            "tenant": tenant, "date": date, "totalConversations": total, "newConversations": 0,
            "resolvedConversations": 0, "avgFirstResponseMinutes": null,
            "avgResolutionMinutes": null, "csatAverage": null, "conversationsByChannel": [],
            "conversationsByTeam": [],
        })
    };
    let mut expected = [
        day("ozean-licht", "2026-04-08", 1),
        day("ozean-licht", "2026-04-09", 1),
        day("protocol-raw", "2026-04-08", 4),
        day("protocol-raw", "2026-04-09", 4),
    ];
    expected[0]["newConversations"] = json!(1);
    expected[0]["conversationsByChannel"] = json!([{ "channel": "EMAIL", "count": 1 }]);
    expected[0]["conversationsByTeam"] = json!([{ "team": "sales", "count": 1 }]);
    let first = &mut expected[2];
    first["newConversations"] = json!(4);
    first["resolvedConversations"] = json!(3);
    // 232 s / 3 and 334 s / 3.
    first["avgFirstResponseMinutes"] = json!(1.29);
    first["avgResolutionMinutes"] = json!(1.86);
    first["conversationsByChannel"] = json!([{ "channel": "EMAIL", "count": 4 }]);
    first["conversationsByTeam"] = json!([{ "team": null, "count": 4 }]);
    assert_eq!(answer["days"], json!(expected), "{answer:#}");
    assert_eq!((&answer["definitionVersion"], &answer["timezone"]), (&json!(2), &json!("UTC")));

    // Before the work began in the east, and for one tenant.
    let range = json!({ "from": "2026-04-08T09:00:00Z", "to": "2026-04-08T12:00:00Z" });
    let one = json!({ "range": range, "tenants": ["ozean-licht"], "timezone": "Pacific/Auckland" });
    let days = edge.data(query, one).await["dailySnapshots"]["days"].clone();
    assert_eq!((days.as_array().unwrap().len(), &days[0]["date"]), (1, &json!("2026-04-08")));
    let foreign = json!({ "range": hours(), "tenants": ["stranger"] });
    assert_eq!(edge.fault(query, foreign).await["code"], "NOT_FOUND");
}

async fn limits_are_named(database: TestDatabase) {
    let mut settings = settings();
    settings.api.analytics_rows_max = 1;
    let edge = Edge::with(database, settings).await;
    let query = "query($range: AnalyticsRange!, $by: [AnalyticsDimension!], $filter: \
                 AnalyticsFilter, $timezone: String! = \"UTC\") { analytics(range: $range, \
                 groupBy: $by, filter: $filter, timezone: $timezone) { total { queueDepth } } }";
    let range = |from: &str, to: &str| json!({ "from": from, "to": to });
    let year = range("2025-04-08T00:00:00Z", "2026-04-08T00:00:00Z");
    let years = range("2020-01-01T00:00:00Z", "2026-04-08T00:00:00Z");
    let backwards = range("2026-04-08T00:00:00Z", "2026-04-07T00:00:00Z");
    let many = vec!["x"; 51];
    for (variables, code, field) in [
        (json!({ "range": backwards }), "INVALID", "range"),
        (json!({ "range": hours(), "timezone": "Europe/Atlantis" }), "INVALID", "timezone"),
        (json!({ "range": hours(), "by": ["DAY", "WEEK"] }), "INVALID", "groupBy"),
        (json!({ "range": hours(), "by": ["TEAM", "TEAM"] }), "INVALID", "groupBy"),
        (json!({ "range": hours(), "by": ["TEAM", "AGENT", "INBOX"] }), "INVALID", "groupBy"),
        (json!({ "range": hours(), "filter": { "teams": many } }), "INVALID", "filter.teams"),
        (json!({ "range": years }), "LIMIT", "api.analytics_range_days_max"),
        (json!({ "range": year, "by": ["HOUR"] }), "LIMIT", "api.analytics_groups_max"),
    ] {
        let fault = edge.fault(query, variables.clone()).await;
        let named = if code == "LIMIT" { &fault["limit"] } else { &fault["field"] };
        assert_eq!((&fault["code"], named), (&json!(code), &json!(field)), "{variables}");
    }
    let nobody = json!({ "range": hours(), "filter": { "tenants": ["nobody"] } });
    assert_eq!(edge.fault(query, nobody).await["code"], "NOT_FOUND");
    let asked = json!({ "range": hours() });
    assert_eq!(edge.data(query, asked.clone()).await["analytics"]["total"]["queueDepth"], 0);
    edge.ticket("one").await;
    edge.ticket("two").await;
    edge.settle().await;
    assert_eq!(edge.fault(query, asked).await["limit"], "api.analytics_rows_max");
}
