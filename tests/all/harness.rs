//! The harness itself: its server really starts, and really ends with the process.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use casebook_tests::postgres::{PostgresServer, Stop, create_database};
use casebook_tests::proxy::{Line, Proxy};
use casebook_tests::{Ids, Raw, wait};
use sqlx::{Connection, PgConnection};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_starts_restarts_and_ends() {
    let server = PostgresServer::start();
    let name = create_database(&server, None).await;
    let mut raw = Raw::postgres(&server.url(&name)).await;
    assert_eq!(raw.rows("SELECT 1, NULL, 'é'").await, [["1", "", "é"]]);
    assert_eq!(raw.rows("SHOW fsync").await, [["on"]]);
    let rows = raw.rows("SELECT current_setting('data_directory')").await;
    let folder = std::path::PathBuf::from(&rows[0][0]);
    for how in [Stop::Immediate, Stop::Fast] {
        server.stop(how);
        server.start_again();
        assert_eq!(Raw::postgres(&server.url(&name)).await.number("SELECT 7").await, 7);
    }
    let port = server.port();
    assert!(folder.exists());
    drop(server);
    assert!(!folder.exists(), "the folder is gone");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "nobody listens");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_ends_when_its_process_is_killed() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sample_log"))
        .arg("postgres")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("sample_log starts");
    let mut url = String::new();
    let output = child.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut url).expect("the address of its database");
    let mut raw = Raw::postgres(url.trim()).await;
    let rows = raw.rows("SELECT current_setting('data_directory')").await;
    child.kill().expect("killed");
    child.wait().expect("ended");
    let folder = std::path::PathBuf::from(&rows[0][0]);
    wait::until("the server to end", || async {
        (!folder.exists() && PgConnection::connect(url.trim()).await.is_err()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxy_passes_cuts_and_falsifies() {
    let server = casebook_tests::postgres::shared();
    let proxy = Proxy::start(server.port()).await;
    let url = server.url_through(proxy.port(), "postgres");
    let mut raw = Raw::postgres(&url).await;
    assert_eq!(raw.number("SELECT 7").await, 7);
    proxy.set(Line::DiskFullFor(b"a-marker".to_vec()));
    let refused = raw.execute("SELECT 'a-marker'").await.expect_err("a false refusal");
    assert!(refused.contains("No space left"), "{refused}");
    assert_eq!(raw.number("SELECT 8").await, 8);
    proxy.set(Line::LoseAnswerTo(b"a-marker".to_vec()));
    raw.execute("SELECT 'a-marker'").await.expect_err("no answer");
    let mut raw = Raw::postgres(&url).await;
    proxy.set(Line::Cut);
    raw.execute("SELECT 9").await.expect_err("no connection");
    assert_eq!(proxy.hits(), 2);
    proxy.set(Line::Open);
    wait::until("the line to be open", || async {
        Some(Raw::postgres(&url).await.number("SELECT 9").await).filter(|n| *n == 9)
    })
    .await;
}

#[test]
fn seeded_ids_repeat_and_differ() {
    let (one, again, other) = (Ids::new(1), Ids::new(1), Ids::new(2));
    let mut seen = std::collections::HashSet::new();
    for n in 0..1_000 {
        let id = one.next();
        assert_eq!(id, again.next());
        assert_eq!(id, Ids::nth(1, n));
        assert_eq!(id.get_version_num(), 7);
        assert!(seen.insert(id) && seen.insert(other.next()));
    }
}
