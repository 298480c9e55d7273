//! Protection of the connection, and logging in.

use std::io::Write as _;
use std::sync::Arc;

use casebook_outbound::catcher::{CatcherSettings, Fault, Script, Step};
use casebook_outbound::{SmtpSettings, SmtpTls, SmtpTransport};
use rcgen::generate_simple_self_signed;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::line::{Line, RAW};

/// The right answer to STARTTLS.
const GO_ON: &[u8] = b"220 go on\r\n";

/// A door with TLS in front of a catcher.
struct Door {
    port: u16,
    authority: NamedTempFile,
}

impl Door {
    /// TLS from the first byte, or after STARTTLS is answered with these words.
    async fn before(line: &Line, names: &[&str], starttls: Option<&'static [u8]>) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = generate_simple_self_signed(names).expect("a certificate");
        let mut authority = NamedTempFile::new().expect("a file");
        authority.write_all(made.cert.pem().as_bytes()).expect("written");
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a usable certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let inside = line.catcher.address();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let server = TcpStream::connect(inside).await.expect("the catcher");
                    // A client that does not trust the certificate goes away.
                    let _ = carry(client, server, acceptor, starttls).await;
                });
            }
        });
        Self { port, authority }
    }

    fn settings(&self, tls: SmtpTls) -> SmtpSettings {
        let ca_file = Some(self.authority.path().to_owned());
        SmtpSettings { tls, ca_file, ..crate::line::settings(self.port) }
    }
}

async fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    acceptor: TlsAcceptor,
    starttls: Option<&'static [u8]>,
) -> std::io::Result<()> {
    if let Some(words) = starttls {
        let (mut said, mut answered) = (BufReader::new(&mut client), BufReader::new(&mut server));
        let mut line = String::new();
        answered.read_line(&mut line).await?;
        said.write_all(line.as_bytes()).await?;
        loop {
            line.clear();
            said.read_line(&mut line).await?;
            if line == "STARTTLS\r\n" {
                said.write_all(words).await?;
                break;
            }
            answered.write_all(line.as_bytes()).await?;
            let mut answer = String::new();
            while answer.lines().last().is_none_or(|last| last.as_bytes().get(3) != Some(&b' ')) {
                if answered.read_line(&mut answer).await? == 0 {
                    return Ok(());
                }
            }
            said.write_all(answer.as_bytes()).await?;
        }
    }
    let mut client = acceptor.accept(client).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

fn offering(offers: &[&str]) -> CatcherSettings {
    let offers = offers.iter().map(|offer| (*offer).to_owned()).collect();
    CatcherSettings { offers, ..CatcherSettings::default() }
}

fn guarded(offers: &[&str]) -> CatcherSettings {
    let login = Some(("desk".to_owned(), "open sesame".to_owned()));
    CatcherSettings { login, ..offering(offers) }
}

async fn send(settings: &SmtpSettings, password: Option<&str>) -> Result<String, String> {
    let transport = SmtpTransport::new(settings, password.map(str::to_owned))?;
    let sent = casebook_app::MailTransport::hand_over(&transport, RAW.into(), None, "a@b.example");
    sent.await.map_err(|error| {
        assert!(!error.permanent && !error.uncertain, "{error}");
        error.reason
    })
}

#[tokio::test]
async fn tls_from_the_first_byte() {
    let line = Line::with(offering(&[]), |settings| settings, None).await;
    let door = Door::before(&line, &["127.0.0.1"], None).await;
    assert_eq!(
        send(&door.settings(SmtpTls::Implicit), None).await.as_deref(),
        Ok("250 2.0.0 kept")
    );
    assert_eq!(line.caught()[0].raw, RAW);
    let unknown = SmtpSettings { ca_file: None, ..door.settings(SmtpTls::Implicit) };
    let error = send(&unknown, None).await.expect_err("nobody vouches");
    assert!(error.contains("certificate"), "{error}");
    let other = Door::before(&line, &["mail.example"], None).await;
    let error = send(&other.settings(SmtpTls::Implicit), None).await.expect_err("another's name");
    assert!(error.contains("certificate"), "{error}");
    assert_eq!(line.caught().len(), 1);
}

#[tokio::test]
async fn starttls_and_a_login_behind_it() {
    for mechanisms in ["AUTH PLAIN LOGIN", "AUTH LOGIN", "AUTH PLAIN"] {
        let catcher = guarded(&["STARTTLS", mechanisms]);
        let line = Line::with(catcher, |settings| settings, None).await;
        let door = Door::before(&line, &["127.0.0.1"], Some(GO_ON)).await;
        for tls in [SmtpTls::Required, SmtpTls::Opportunistic] {
            let user = Some("desk".to_owned());
            let settings = SmtpSettings { user, ..door.settings(tls) };
            send(&settings, Some("open sesame")).await.expect("taken");
            let error = send(&settings, Some("open barley")).await.expect_err("not let in");
            assert_eq!(error, "logging in: 535 5.7.8 wrong user name or password");
        }
        assert_eq!(line.caught().len(), 2);
    }
}

#[tokio::test]
async fn words_slipped_in_before_tls_begins_are_not_taken_for_answers() {
    let slipped: &[u8] = b"220 go on\r\n250-gone\r\n250 AUTH PLAIN\r\n";
    for login in [false, true] {
        let catcher = if login { guarded(&["STARTTLS"]) } else { offering(&["STARTTLS"]) };
        let line = Line::with(catcher, |settings| settings, None).await;
        let door = Door::before(&line, &["127.0.0.1"], Some(slipped)).await;
        let user = login.then(|| "desk".to_owned());
        let settings = SmtpSettings { user, ..door.settings(SmtpTls::Required) };
        let error = send(&settings, Some("open sesame")).await.expect_err("out of step");
        assert!(error.contains("made no sense"), "{error}");
        assert!(line.caught().is_empty());
    }
}

#[tokio::test]
async fn without_tls_nothing_goes_where_it_is_required() {
    let line = Line::with(offering(&[]), |settings| settings, None).await;
    let settings = SmtpSettings {
        tls: SmtpTls::Required,
        ..crate::line::settings(line.catcher.address().port())
    };
    let error = send(&settings, None).await.expect_err("in the clear");
    assert_eq!(error, "the server offers no STARTTLS");
    let opportunistic = SmtpSettings { tls: SmtpTls::Opportunistic, ..settings };
    assert!(send(&opportunistic, None).await.is_ok());
    assert_eq!(line.caught().len(), 1);
}

#[tokio::test]
async fn the_password_is_not_said_in_the_clear_unless_that_is_asked_for() {
    let line = Line::with(guarded(&[]), |settings| settings, None).await;
    let user = Some("desk".to_owned());
    let plain = SmtpSettings { user, ..crate::line::settings(line.catcher.address().port()) };
    let settings = SmtpSettings { tls: SmtpTls::Opportunistic, ..plain.clone() };
    let error = send(&settings, Some("open sesame")).await.expect_err("kept back");
    assert_eq!(error, "the server offers no TLS, so the password was kept back");
    assert!(send(&plain, Some("open sesame")).await.is_ok());
    assert!(send(&plain, None).await.expect_err("no password").contains("no password"));
}

#[tokio::test]
async fn a_server_without_a_known_way_to_log_in_is_said_so() {
    for catcher in [guarded(&["AUTH GSSAPI"]), offering(&[])] {
        let line = Line::with(catcher, |settings| settings, None).await;
        let user = Some("desk".to_owned());
        let plain = SmtpSettings { user, ..crate::line::settings(line.catcher.address().port()) };
        let error = send(&plain, Some("open sesame")).await.expect_err("no way in");
        assert!(error.starts_with("logging in: "), "{error}");
    }
}

#[tokio::test]
async fn a_login_that_is_not_answered_or_answered_late_is_no_refusal_of_the_mail() {
    for fault in [Fault::silence(Step::Auth), Fault::close(Step::Auth)] {
        let scripts = vec![Script::new([fault])];
        let catcher = CatcherSettings { scripts, ..guarded(&[]) };
        let line = Line::with(catcher, |settings| settings, None).await;
        let user = Some("desk".to_owned());
        let plain = SmtpSettings { user, ..crate::line::settings(line.catcher.address().port()) };
        assert!(
            send(&plain, Some("open sesame")).await.expect_err("no answer").contains("logging")
        );
    }
}

#[tokio::test]
async fn a_handshake_with_a_server_that_speaks_no_tls_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        // Takes the connection and never speaks.
        let (mut client, _) = listener.accept().await.expect("a client");
        let mut rest = Vec::new();
        let _ = client.read_to_end(&mut rest).await;
    });
    let settings = SmtpSettings { tls: SmtpTls::Implicit, ..crate::line::settings(port) };
    let error = send(&settings, None).await.expect_err("no handshake");
    assert!(error.contains("in time"), "{error}");
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let base = crate::line::settings(25);
    let missing = SmtpSettings { ca_file: Some("/nonexistent/ca.pem".into()), ..base.clone() };
    assert!(SmtpTransport::new(&missing, None).err().expect("refused").contains("ca_file"));
    let hello_name = Some("desk example\r\nMAIL".to_owned());
    let hello = SmtpSettings { hello_name, ..base };
    assert!(SmtpTransport::new(&hello, None).err().expect("refused").contains("hello_name"));
}
