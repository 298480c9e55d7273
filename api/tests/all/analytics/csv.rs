//! The same figures as lines.

use super::*;

both_databases!(figures_leave_as_csv, the_token_is_asked_for,);

async fn figures_leave_as_csv(database: TestDatabase) {
    let edge = morning(database).await;
    let range = "from=2026-04-08T09:00:00Z&to=2026-04-08T11:00:00Z";
    let read = async |query: &str| -> Vec<Vec<String>> {
        let reply = edge.get(&format!("/analytics.csv?{range}{query}")).await;
        let text = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, 200, "{text}");
        assert!(reply.header("content-type").starts_with("text/csv"));
        assert!(reply.header("content-disposition").starts_with("attachment"));
        let mut lines = ::csv::Reader::from_reader(reply.body.as_slice());
        assert_eq!(lines.headers().unwrap().iter().collect::<Vec<_>>().join(","), HEAD);
        let line = |line: ::csv::StringRecord| line.iter().map(str::to_owned).collect();
        lines.records().map(|record| line(record.unwrap())).collect()
    };
    let value = |lines: &[Vec<String>], agent: &str, metric: &str, part: &str| -> String {
        let is = |l: &&Vec<String>| l[9] == agent && l[10] == metric && l[11] == part;
        let found: Vec<_> = lines.iter().filter(is).collect();
        assert_eq!(found.len(), 1, "{agent} {metric} {part}");
        found[0][13].clone()
    };
    let total = read("").await;
    assert_eq!(value(&total, "", "tickets_received", ""), "5");
    assert_eq!(value(&total, "", "resolution_rate", ""), "0.6");
    assert_eq!(value(&total, "", "csat_average", ""), "");
    assert_eq!(value(&total, "", "gate_triggers", "health_vomiting"), "1");
    assert_eq!(value(&total, "", "model_cost", "stand-in/sure-1"), "33");
    assert_eq!(value(&total, "", "resolution_time", "p90"), "178");
    let start = ["2", "2026-04-08T09:00:00.000000Z", "2026-04-08T11:00:00.000000Z", ""];
    assert_eq!(total[0][..4], start);
    let grouped = read("&groupBy=agent,day&tenant=protocol-raw&timezone=Europe/Vienna").await;
    assert_eq!(value(&grouped, "kim", "replies_sent", ""), "2");
    assert_eq!(value(&grouped, "ada", "tickets_ended", ""), "2");
    assert!(grouped.iter().all(|line| line[3] == "2026-04-08" && line[9] != "eve"));

    for (query, status, code, field) in [
        (String::new(), 400, "INVALID", "from"),
        (format!("{range}&timezone=Mars"), 400, "INVALID", "timezone"),
        (format!("{range}&groupBy=day,hour"), 400, "INVALID", "groupBy"),
        (format!("{range}&tenant=stranger"), 404, "NOT_FOUND", ""),
    ] {
        let refusal = edge.get(&format!("/analytics.csv?{query}")).await.refusal();
        assert_eq!(refusal, (status, code.to_owned(), field.to_owned()), "{query}");
    }
}

const HEAD: &str = "definition_version,period_from,period_to,period,tenant,channel,inbox,category,\
                    team,agent,metric,part,unit,value";

async fn the_token_is_asked_for(database: TestDatabase) {
    let mut settings = settings();
    settings.api.token = Some(casebook_api::Secret::new("t0ken"));
    let edge = Edge::with(database, settings).await;
    let unknown = edge.get("/analytics.csv?from=x").await;
    assert_eq!(unknown.refusal().1, "UNAUTHENTICATED");
}
