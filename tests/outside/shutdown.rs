//! Starting, stopping, and who may write.

use casebook_tests::letters::{INBOX, mail};
use casebook_tests::{TestDatabase, both_databases, postgres_only, sqlite_only, wait};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{House, SECRET};

both_databases!(asked_to_stop_it_answers_what_it_has_begun, wrong_settings_are_named);
sqlite_only!(second_writer_is_refused_and_names_the_holder, reading_commands_run_beside_the_server);
postgres_only!(writers_share_one_database);

async fn asked_to_stop_it_answers_what_it_has_begun(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    let sent = mail("a").text(&"A line of a long letter.\r\n".repeat(1000));
    let raw = sent.raw();
    let mut line = TcpStream::connect(server.socket()).await.expect("a connection");
    let head = format!(
        "POST /intake/email HTTP/1.1\r\nhost: {}\r\nx-internal-secret: {SECRET}\r\n\
         x-envelope-to: {INBOX}\r\nconnection: close\r\nexpect: 100-continue\r\n\
         content-length: {}\r\n\r\n",
        server.socket(),
        raw.len()
    );
    line.write_all(head.as_bytes()).await.expect("sent");
    // Begun means that the server asks for the body.
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    line.read_exact(&mut go_on).await.expect("an answer");
    assert!(go_on.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&go_on));
    line.write_all(&raw[..1000]).await.expect("sent");
    server.signal("TERM");
    // It takes nobody new any more, so it has heard.
    wait::until("the door to be closed", || async {
        TcpStream::connect(server.socket()).await.is_err().then_some(())
    })
    .await;
    line.write_all(&raw[1000..]).await.expect("sent");
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    assert_eq!(server.ended().await, Some(0));
    let server = house.serve().await;
    assert_eq!(server.mail(&sent).await["outcome"], "duplicate");
    server.stop().await;
}

async fn wrong_settings_are_named(database: TestDatabase) {
    let mut house = House::new(database);
    for (name, value, named) in [
        ("CASEBOOK_INTAKE__MAIL_SIZE", "1", "mail_size"),
        ("CASEBOOK_INTAKE__MAIL_BYTES_MAX", "many", "mail_bytes_max"),
        ("CASEBOOK_LISTEN", "nowhere", "CASEBOOK_LISTEN"),
        ("CASEBOOK_DATABASE_URL", "mysql://localhost/x", "database"),
        ("CASEBOOK_INTAKE__SECRET", " ", "CASEBOOK_INTAKE__SECRET"),
        ("CASEBOOK_API__TOKEN_FILE", "/no/such/file", "CASEBOOK_API__TOKEN_FILE"),
    ] {
        let before = house.set(name, value);
        let ran = before.run(&["serve"]).await;
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.err);
        assert!(ran.err.contains(named), "{name}: {}", ran.err);
        let url = before.database.url().to_owned();
        house = before
            .unset(name)
            .set("CASEBOOK_DATABASE_URL", &url)
            .set("CASEBOOK_LISTEN", "127.0.0.1:0")
            .set("CASEBOOK_INTAKE__SECRET", SECRET);
    }
    house.write("casebook.toml", b"[intake]\nmail_bytes_max = \"many\"\n");
    let ran = house.run(&["serve"]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("mail_bytes_max"), "{}", ran.err);
    assert_eq!(house.run(&["no-such-command"]).await.code, Some(2));
    // Everybody could reach it, and nobody would have to say who they are.
    std::fs::remove_file(house.folder().join("casebook.toml")).expect("removed");
    let open = house.set("CASEBOOK_LISTEN", "0.0.0.0:0");
    let ran = open.run(&["serve"]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("token") || ran.err.contains("TOKEN"), "{}", ran.err);
}

async fn second_writer_is_refused_and_names_the_holder(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    house.write("a.eml", &mail("a").raw());
    for arguments in [
        &["serve"][..],
        &["import", "--tenant", "protocol-raw", "a.eml"],
        &["policy", "publish", "--tenant", "protocol-raw"],
        &["migrate"],
    ] {
        let ran = house.run(arguments).await;
        assert_eq!(ran.code, Some(3), "{arguments:?}: {}{}", ran.out, ran.err);
        let holder = server.process_id().to_string();
        assert!(ran.err.contains(&holder), "{arguments:?} names {holder}: {}", ran.err);
    }
    server.mail(&mail("b")).await;
    server.stop().await;
    let arguments = ["import", "--tenant", "protocol-raw", "a.eml"];
    house.run(&arguments).await.success();
}

async fn reading_commands_run_beside_the_server(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    let receipt = server.mail(&mail("a").text("My dog vomited.\r\n")).await;
    let ticket = receipt["ticket_id"].as_str().expect("a ticket").to_owned();
    for arguments in [
        &["verify"][..],
        &["replay", &ticket],
        &["doctor"],
        &["policy", "list", "--tenant", "protocol-raw"],
        &["policy", "diff", "--tenant", "protocol-raw"],
        &["policy", "check", "--tenant", "protocol-raw"],
        &["config"],
    ] {
        let ran = house.run(arguments).await;
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(!ran.out.contains(SECRET), "{arguments:?} shows a secret");
    }
    server.stop().await;
}

async fn writers_share_one_database(database: TestDatabase) {
    let house = House::new(database);
    let (one, two) = (house.serve().await, house.serve().await);
    let first = one.mail(&mail("a")).await;
    let again = two.mail(&mail("a")).await;
    assert_eq!(
        (&again["outcome"], &again["ticket_id"]),
        (&"duplicate".into(), &first["ticket_id"])
    );
    house.write("b.eml", &mail("b").answers("a").raw());
    let arguments = ["import", "--json", "--tenant", "protocol-raw", "b.eml"];
    let line = house.run(&arguments).await.json_lines().remove(0);
    assert_eq!(line["ticket"], first["ticket_id"]);
    one.stop().await;
    let second = two.mail(&mail("c").answers("b")).await;
    assert_eq!(second["ticket_id"], first["ticket_id"]);
    two.stop().await;
    assert_eq!(house.run(&["verify"]).await.code, Some(0));
}
