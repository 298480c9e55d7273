//! The floor: one INSERT and one commit per command, nothing else.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use casebook_store::Dialect;
use casebook_tests::TestDatabase;
use casebook_tests::forms::to_new;
use casebook_tests::report::Figure;
use casebook_tests::workload::{LoadCommand, LoadTicket};
use sqlx::{Connection, PgConnection};

const TABLE: &str = "aggregate_type text NOT NULL, aggregate_id text NOT NULL, \
    sequence bigint NOT NULL, event_type text NOT NULL, event_version text NOT NULL, \
    payload text NOT NULL, metadata text NOT NULL, \
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)";
const METADATA: &str = r#"{"actor":"agent:test","policy":"0123456789abcdef"}"#;

/// Inserts with `clients` connections (SQLite: with one, which takes turns) until `limit` is over.
pub async fn run(database: &TestDatabase, clients: usize, limit: Duration) -> Figure {
    let payload = to_new(&LoadTicket::default().decide(LoadCommand::Receive).expect("first"));
    let payload: Arc<str> = payload.payload.into();
    let sql = format!("CREATE TABLE floor ({TABLE})");
    database.raw().await.execute(&sql).await.expect("a table");
    let start = Instant::now();
    let mut all = Vec::new();
    match database.dialect() {
        Dialect::Sqlite => {
            let connection = Arc::new(Mutex::new(sqlite(database)));
            let threads: Vec<_> = (0..clients)
                .map(|client| {
                    let (connection, payload) = (Arc::clone(&connection), Arc::clone(&payload));
                    std::thread::spawn(move || {
                        insert_sqlite(&connection, client, &payload, start + limit)
                    })
                })
                .collect();
            for thread in threads {
                all.extend(thread.join().expect("no panic"));
            }
        }
        Dialect::Postgres => {
            let tasks: Vec<_> = (0..clients)
                .map(|client| {
                    let url = database.url().to_owned();
                    tokio::spawn(insert_postgres(url, client, Arc::clone(&payload), start + limit))
                })
                .collect();
            for task in tasks {
                all.extend(task.await.expect("no panic"));
            }
        }
    }
    let name = format!("{:?}", database.dialect()).to_lowercase();
    Figure::of("insert", &name, clients, start.elapsed(), all)
}

fn sqlite(database: &TestDatabase) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(database.file()).expect("the file opens");
    connection.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL").expect("settings");
    connection
}

fn insert_sqlite(
    connection: &Mutex<rusqlite::Connection>,
    client: usize,
    payload: &str,
    end: Instant,
) -> Vec<Duration> {
    let mut latencies = Vec::new();
    for n in 0_i64.. {
        let start = Instant::now();
        if start > end {
            break;
        }
        let connection = connection.lock().expect("the connection");
        let sql = "INSERT INTO floor VALUES ('ticket', ?1, ?2, 'Received', '1', ?3, ?4)";
        let mut statement = connection.prepare_cached(sql).expect("the statement");
        let values = rusqlite::params![format!("{client}-{}", n / 5), n % 5, payload, METADATA];
        statement.execute(values).expect("inserted");
        latencies.push(start.elapsed());
    }
    latencies
}

async fn insert_postgres(
    url: String,
    client: usize,
    payload: Arc<str>,
    end: Instant,
) -> Vec<Duration> {
    let mut connection = PgConnection::connect(&url).await.expect("connected");
    let mut latencies = Vec::new();
    for n in 0_i64.. {
        let start = Instant::now();
        if start > end {
            break;
        }
        sqlx::query("INSERT INTO floor VALUES ('ticket', $1, $2, 'Received', '1', $3, $4)")
            .bind(format!("{client}-{}", n / 5))
            .bind(n % 5)
            .bind(&*payload)
            .bind(METADATA)
            .execute(&mut connection)
            .await
            .expect("inserted");
        latencies.push(start.elapsed());
    }
    latencies
}
