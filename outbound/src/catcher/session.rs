//! One conversation of the catcher with a client (RFC 5321, AUTH by RFC 4954).

use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::script::{Act, Script, Step};
use super::{Caught, Shared};

/// Longest command or line of a mail, in bytes.
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// Largest mail, in bytes.
const MAIL_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A client's connection and what it has said so far.
pub struct Session {
    stream: BufReader<TcpStream>,
    shared: Arc<Shared>,
    script: Script,
    logged_in: bool,
    from: Option<(String, String)>,
    to: Vec<String>,
}

impl Session {
    /// A conversation over `stream` that goes by `script`.
    pub fn new(stream: TcpStream, shared: Arc<Shared>, script: Script) -> Self {
        let logged_in = shared.settings.login.is_none();
        let stream = BufReader::new(stream);
        Self { stream, shared, script, logged_in, from: None, to: Vec::new() }
    }

    /// Talks until either side closes the connection.
    ///
    /// # Errors
    /// When the client goes away in the middle, or by script.
    pub async fn run(mut self) -> Result<()> {
        self.stream.get_ref().set_nodelay(true)?;
        if !self.answer(Step::Connect, "220 catcher.invalid ESMTP").await? {
            return Ok(());
        }
        while let Some(line) = self.line().await? {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" => self.hello().await?,
                "AUTH" => self.auth(rest).await?,
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.rcpt(rest).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.forget();
                    self.answer(Step::Reset, "250 2.0.0 forgotten").await?;
                }
                "NOOP" => self.say("250 2.0.0 here").await?,
                "QUIT" => return self.say("221 2.0.0 bye").await,
                _ => self.say("502 5.5.1 not known here").await?,
            }
        }
        Ok(())
    }

    async fn hello(&mut self) -> Result<()> {
        self.forget();
        let mut words = String::from("250-catcher.invalid\r\n");
        for offer in &self.shared.settings.offers {
            words.push_str(&format!("250-{offer}\r\n"));
        }
        let auth_is_offered =
            self.shared.settings.offers.iter().any(|offer| offer.starts_with("AUTH"));
        if self.shared.settings.login.is_some() && !auth_is_offered {
            words.push_str("250-AUTH PLAIN LOGIN\r\n");
        }
        words.push_str("250 ENHANCEDSTATUSCODES");
        self.answer(Step::Hello, &words).await.map(drop)
    }

    async fn auth(&mut self, rest: &str) -> Result<()> {
        let Some((user, password)) = self.shared.settings.login.clone() else {
            return self.say("503 5.5.1 no login here").await;
        };
        let given = match rest.split_once(' ') {
            Some((_, first)) => first.to_owned(),
            None => {
                let user = self.ask("334 VXNlcm5hbWU6").await?;
                format!("{user} {}", self.ask("334 UGFzc3dvcmQ6").await?)
            }
        };
        let plain = BASE64.encode(format!("\0{user}\0{password}"));
        let login = format!("{} {}", BASE64.encode(&user), BASE64.encode(&password));
        if given != plain && given != login {
            return self.say("535 5.7.8 wrong user name or password").await;
        }
        self.logged_in = self.answer(Step::Auth, "235 2.7.0 welcome").await?;
        Ok(())
    }

    async fn mail(&mut self, rest: &str) -> Result<()> {
        if !self.logged_in {
            return self.say("530 5.7.0 log in first").await;
        }
        let Some((from, parameters)) = path(rest, "FROM:") else {
            return self.say("501 5.5.4 MAIL FROM:<address>").await;
        };
        if self.answer(Step::Mail, "250 2.1.0 sender ok").await? {
            self.forget();
            self.from = Some((from, parameters));
        }
        Ok(())
    }

    async fn rcpt(&mut self, rest: &str) -> Result<()> {
        let Some((to, _)) = path(rest, "TO:").filter(|_| self.from.is_some()) else {
            return self.say("503 5.5.1 MAIL first, then RCPT TO:<address>").await;
        };
        if self.answer(Step::Rcpt, "250 2.1.5 recipient ok").await? {
            self.to.push(to);
        }
        Ok(())
    }

    async fn data(&mut self) -> Result<()> {
        let Some((from, parameters)) = self.from.clone().filter(|_| !self.to.is_empty()) else {
            return self.say("503 5.5.1 MAIL and RCPT first").await;
        };
        if !self.answer(Step::Data, "354 end with a line of one dot").await? {
            return Ok(());
        }
        let mut raw = Vec::new();
        let mut first = true;
        loop {
            let line = self.line().await?.ok_or(ErrorKind::UnexpectedEof)?;
            if std::mem::take(&mut first) && !self.act(Step::Content).await? {
                return Ok(());
            }
            if line == b".\r\n" {
                break;
            }
            raw.extend(line.strip_prefix(b".").unwrap_or(&line));
            if raw.len() > MAIL_BYTES_MAX {
                self.say("552 5.3.4 too large").await?;
                return Err(Error::other("a mail beyond the limit"));
            }
        }
        if self.act(Step::End).await? {
            let to = std::mem::take(&mut self.to);
            self.shared.keep(Caught { from, to, parameters, raw });
            self.answer(Step::Kept, "250 2.0.0 kept").await?;
        }
        self.forget();
        Ok(())
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// Gives the answer of a step, or what the script has instead; false when that refuses.
    async fn answer(&mut self, at: Step, words: &str) -> Result<bool> {
        loop {
            match self.script.next(at) {
                None => {
                    self.say(words).await?;
                    return Ok(true);
                }
                Some(act) => {
                    if let Some(accepted) = self.perform(act).await? {
                        return Ok(accepted);
                    }
                }
            }
        }
    }

    /// Does what the script has for a step that is not answered; false when that refuses.
    async fn act(&mut self, at: Step) -> Result<bool> {
        while let Some(act) = self.script.next(at) {
            if let Some(accepted) = self.perform(act).await? {
                return Ok(accepted);
            }
        }
        Ok(true)
    }

    /// Does one act; `None` when the step is still to be answered.
    async fn perform(&mut self, act: Act) -> Result<Option<bool>> {
        match act {
            Act::Say(words) => {
                self.say(&words).await?;
                Ok(Some(!words.starts_with(['4', '5'])))
            }
            Act::Close => Err(ErrorKind::ConnectionAborted.into()),
            Act::Silence => {
                tokio::io::copy_buf(&mut self.stream, &mut tokio::io::sink()).await?;
                Err(ErrorKind::ConnectionAborted.into())
            }
            Act::Delay(delay) => {
                tokio::time::sleep(delay).await;
                Ok(None)
            }
        }
    }

    async fn ask(&mut self, words: &str) -> Result<String> {
        self.say(words).await?;
        let line = self.line().await?.ok_or(ErrorKind::UnexpectedEof)?;
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    async fn say(&mut self, words: &str) -> Result<()> {
        self.stream.write_all(format!("{words}\r\n").as_bytes()).await
    }

    /// The next line with its end; `None` when the client has closed the connection.
    async fn line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let count = (&mut self.stream).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await?;
        match count {
            0 => Ok(None),
            _ if line.ends_with(b"\n") => Ok(Some(line)),
            _ => Err(ErrorKind::InvalidData.into()),
        }
    }
}

/// The address and the parameters after `FROM:` or `TO:`.
fn path(rest: &str, keyword: &str) -> Option<(String, String)> {
    let head = rest.get(..keyword.len()).filter(|head| head.eq_ignore_ascii_case(keyword))?;
    let (address, parameters) =
        rest[head.len()..].trim_start().strip_prefix('<')?.split_once('>')?;
    Some((address.to_owned(), parameters.trim().to_owned()))
}
