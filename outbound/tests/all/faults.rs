//! What each misbehaviour of a server means for the mail.

use std::time::Duration;

use casebook_app::{MailTransport, TransportError};
use casebook_outbound::SmtpTransport;
use casebook_outbound::catcher::{CatcherSettings, Fault, Step};
use tokio::net::TcpListener;

use crate::line::{FROM, Line, RAW, TO, settings};

/// One connection with these faults, one mail.
async fn outcome(
    faults: impl IntoIterator<Item = Fault>,
) -> (Result<String, TransportError>, Line) {
    let line = Line::scripted([faults]).await;
    (line.send().await, line)
}

async fn failure(fault: Fault) -> TransportError {
    let (outcome, line) = outcome([fault.clone()]).await;
    let error = outcome.expect_err("a failure");
    assert_eq!(line.caught().len(), usize::from(fault.at == Step::Kept), "{fault:?}");
    assert!(!error.reason.to_lowercase().contains("kim.lee"), "{error}");
    error
}

#[tokio::test]
async fn a_mail_goes_byte_for_byte() {
    let (outcome, line) = outcome([]).await;
    assert_eq!(outcome.as_deref(), Ok("250 2.0.0 kept"));
    let caught = line.caught();
    assert_eq!((caught[0].from.as_str(), &caught[0].to[..]), (FROM, &[TO.to_owned()][..]));
    assert_eq!(caught[0].raw, RAW);
}

#[tokio::test]
async fn refusals_of_the_mail_are_final_or_not_as_the_server_says() {
    for at in [Step::Mail, Step::Rcpt, Step::Data, Step::End] {
        let error = failure(Fault::say(at, "451 4.7.1 try later, kim.lee@mail.example")).await;
        assert_eq!(error, TransportError::temporary("451 4.7.1 try later, ..."), "{at:?}");
        let error = failure(Fault::say(at, "550-5.1.1 no user\r\n550 5.1.1 Kim.Lee here")).await;
        assert_eq!(error, TransportError::permanent("550 5.1.1 no user ... here"), "{at:?}");
    }
}

#[tokio::test]
async fn a_server_that_takes_nobody_is_asked_again() {
    for at in [Step::Connect, Step::Hello] {
        for words in ["421 4.3.2 closed", "554 5.3.2 not for you"] {
            let error = failure(Fault::say(at, words)).await;
            assert_eq!(error, TransportError::temporary(format!("connecting: {words}")));
        }
    }
    let error = failure(Fault::say(Step::Mail, "530 5.7.0 log in first")).await;
    assert_eq!(error, TransportError::temporary("530 5.7.0 log in first"));
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = taken.local_addr().expect("an address").port();
    drop(taken);
    let away = SmtpTransport::new(&settings(port), None).expect("settings");
    let error = away.hand_over(RAW.into(), Some(FROM), TO).await.expect_err("nobody there");
    assert!(!error.permanent && !error.uncertain && error.reason.contains("refused"), "{error}");
}

#[tokio::test]
async fn greylisting_is_overcome_by_trying_again() {
    let line = Line::scripted([[Fault::say(Step::Rcpt, "450 4.2.0 greylisted")]]).await;
    assert_eq!(line.send().await, Err(TransportError::temporary("450 4.2.0 greylisted")));
    assert_eq!(line.send().await.as_deref(), Ok("250 2.0.0 kept"));
    assert_eq!((line.caught().len(), line.catcher.connections()), (1, 1));
}

#[tokio::test]
async fn delays_within_the_limits_are_waited_for() {
    let slow = [Step::Connect, Step::Hello, Step::Mail, Step::Rcpt, Step::Data, Step::Kept];
    let faults = slow.map(|at| Fault::delay(at, Duration::from_millis(20)));
    assert_eq!(outcome(faults).await.0.as_deref(), Ok("250 2.0.0 kept"));
}

#[tokio::test]
async fn before_the_end_of_the_mail_a_lost_connection_is_certain() {
    for at in [Step::Connect, Step::Hello, Step::Mail, Step::Rcpt, Step::Data] {
        for fault in [Fault::close(at), Fault::silence(at), Fault::say(at, "nonsense")] {
            let error = failure(fault.clone()).await;
            assert!(!error.permanent && !error.uncertain, "{fault:?}: {error}");
        }
    }
    // Larger than what the connection buffers, so the writer notices.
    let line = Line::scripted([[Fault::close(Step::Content)]]).await;
    let large = format!("Subject: Large\r\n\r\n{}", "A line.\r\n".repeat(4_000_000));
    let error = line.send_raw(large).await.expect_err("a broken connection");
    assert_eq!(error, TransportError::temporary("the connection broke"));
}

#[tokio::test]
async fn after_the_end_of_the_mail_only_an_answer_is_certain() {
    for at in [Step::Content, Step::End, Step::Kept] {
        let error = failure(Fault::close(at)).await;
        let reason = "the connection broke after the whole mail was sent";
        assert_eq!(error, TransportError::uncertain(reason), "{at:?}");
    }
    let error = failure(Fault::silence(Step::Kept)).await;
    assert!(error.uncertain && error.reason.contains("in time"), "{error}");
    for words in ["what?", "354 go on", "999 hm", "2"] {
        let error = failure(Fault::say(Step::Kept, words)).await;
        assert!(error.uncertain && !error.permanent, "{words}: {error}");
    }
}

#[tokio::test]
async fn a_mail_that_was_taken_unheard_comes_twice_when_sent_again() {
    let line = Line::scripted([[Fault::close(Step::Kept)]]).await;
    assert!(line.send().await.expect_err("no answer").uncertain);
    assert_eq!(line.send().await.as_deref(), Ok("250 2.0.0 kept"));
    let raws: Vec<Vec<u8>> = line.caught().into_iter().map(|caught| caught.raw).collect();
    assert_eq!(raws, [RAW, RAW]);
}

#[tokio::test]
async fn a_mail_cannot_hide_another() {
    let hostile = "Subject: x\n\nbody\n.\nMAIL FROM:<a@b.example>\n\r.\rQUIT\r\n.\r\nRSET";
    let line = Line::scripted([[]]).await;
    line.send_raw(hostile).await.expect("taken");
    let caught = line.caught();
    assert_eq!(caught.len(), 1);
    let lines = "Subject: x\r\n\r\nbody\r\n.\r\nMAIL FROM:<a@b.example>\r\n\r\n.\r\nQUIT\r\n.\r\n\
                 RSET\r\n";
    assert_eq!(String::from_utf8_lossy(&caught[0].raw), lines);
}

#[tokio::test]
async fn addresses_are_checked_and_domains_travel_in_ascii() {
    let line = Line::scripted([[]]).await;
    for bad in ["", "nobody", "a@b.example>\r\nRCPT TO:<c@d.example", "a b@c.example"] {
        let error = line.transport.hand_over(RAW.into(), None, bad).await.expect_err("malformed");
        assert_eq!(error, TransportError::permanent("the recipient's address is malformed"));
    }
    assert_eq!(line.catcher.connections(), 0);
    let sender = Some("no address");
    line.transport.hand_over(RAW.into(), sender, "kim@bücher.example").await.expect("taken");
    let caught = &line.caught()[0];
    assert_eq!((caught.from.as_str(), caught.to[0].as_str()), ("", "kim@xn--bcher-kva.example"));
}

#[tokio::test]
async fn what_is_beyond_ascii_needs_the_servers_consent() {
    let bytes = "Subject: x\r\n\r\nGrüße\r\n";
    let plain = Line::scripted([[]]).await;
    assert!(plain.send_raw(bytes).await.expect_err("no 8BITMIME").permanent);
    let error = plain.transport.hand_over(RAW.into(), None, "käthe@mail.example").await;
    assert!(error.expect_err("no SMTPUTF8").permanent);
    assert!(plain.send().await.is_ok(), "the connection is still good");
    let offers = ["8BITMIME", "SMTPUTF8"].map(str::to_owned).to_vec();
    let able = CatcherSettings { offers, ..CatcherSettings::default() };
    let line = Line::with(able, |settings| settings, None).await;
    line.send_raw(bytes).await.expect("taken");
    line.transport.hand_over(RAW.into(), None, "käthe@mail.example").await.expect("taken");
    let caught = line.caught();
    assert_eq!(
        (&caught[0].raw[..], &caught[0].parameters[..]),
        (bytes.as_bytes(), "BODY=8BITMIME")
    );
    assert_eq!(
        (&caught[1].to[0][..], &caught[1].parameters[..]),
        ("käthe@mail.example", "SMTPUTF8")
    );
}
