//! One WebSocket from its opening to its close.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::Message;
use casebook_app::Access;
use futures::{Sink, Stream};
use serde_json::{Map, Value};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::close::Close;
use super::line::{Broken, Line};
use super::message::{Said, Say};
use super::operations::{Operations, Told};
use crate::auth::{self, Credentials};
use crate::problem::{Problem, report};
use crate::state::Shared;
use crate::streams::{AtDoor, Seat, stopped};

/// What the opening request said about the caller.
pub(super) struct Handshake {
    pub(super) authorization: Option<Vec<u8>>,
    pub(super) agent: Option<Vec<u8>>,
}

/// An open WebSocket.
pub(super) struct Connection<S> {
    shared: Arc<Shared>,
    line: Line<S>,
    handshake: Handshake,
    access: Option<Access>,
    operations: Operations,
    place: Place,
}

/// The place that a connection takes up, for as long as it is held.
#[expect(dead_code, reason = "held for what dropping them gives back")]
enum Place {
    /// Until it is known who the caller is.
    Door(AtDoor),
    /// From then on.
    Seat(Seat),
}

/// Why a connection ends.
enum End {
    /// We close it.
    Close(Close),
    /// The other side closes it.
    Left,
    /// The other side is gone.
    Gone,
}

impl From<Broken> for End {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Slow => Self::Close(Close::TOO_SLOW),
            Broken::Gone => Self::Gone,
        }
    }
}

impl<S, E> Connection<S>
where
    S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
{
    pub(super) fn new(
        shared: Arc<Shared>,
        line: Line<S>,
        handshake: Handshake,
        at_door: AtDoor,
    ) -> Self {
        let (operations, place) = (Operations::default(), Place::Door(at_door));
        Self { shared, line, handshake, access: None, operations, place }
    }

    /// Talks until one side ends it.
    pub(super) async fn run(mut self, speaks_protocol: bool) {
        let mut stopping = self.shared.stopping.clone();
        let end = tokio::select! {
            // A message that is not taken must not hold up the end of the process.
            () = stopped(&mut stopping) => End::Close(Close::GOING_AWAY),
            end = self.talk(speaks_protocol) => end,
        };
        let Self { line, shared, operations, place: _place, .. } = self;
        // Nobody waits for the other side to take its leave.
        drop((shared, operations));
        match end {
            End::Close(close) => {
                let code = close.code.to_string();
                metrics::counter!("casebook_websockets_closed_total", "code" => code).increment(1);
                line.close(close).await;
            }
            End::Left => line.answer_close().await,
            End::Gone => {}
        }
    }

    async fn talk(&mut self, speaks_protocol: bool) -> End {
        if !speaks_protocol {
            return End::Close(Close::OTHER_PROTOCOL);
        }
        let settings = &self.shared.settings.api.streams;
        let init_by = Instant::now() + Duration::from_millis(settings.init_timeout_ms);
        let pause = Duration::from_millis(settings.heartbeat_ms);
        let mut heartbeat = interval_at(Instant::now() + pause, pause);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_alive = true;
        loop {
            let going_on = tokio::select! {
                // What the client said comes first: it may be the answer to the last ping.
                biased;
                message = self.line.next() => {
                    is_alive = true;
                    match message {
                        Some(message) => self.hear(message).await,
                        None => Err(End::Gone),
                    }
                }
                () = sleep_until(init_by), if self.access.is_none() => {
                    Err(End::Close(Close::INIT_TIMEOUT))
                }
                // A client that has not even answered the last ping is gone.
                _ = heartbeat.tick() => if std::mem::take(&mut is_alive) {
                    self.line.send(Message::Ping(bytes::Bytes::new())).await.map_err(End::from)
                } else {
                    Err(End::Gone)
                },
                told = self.operations.next() => {
                    // While something is on its way, the answer to a ping may lie behind it.
                    is_alive = true;
                    self.tell(told).await
                }
            };
            if let Err(end) = going_on {
                return end;
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Left),
            Message::Binary(_) => return Err(End::Close(Close::BAD_MESSAGE)),
        };
        match Said::read(&text).ok_or(End::Close(Close::BAD_MESSAGE))? {
            Said::ConnectionInit { payload } => self.let_in(&payload.unwrap_or_default()).await,
            Said::Ping { payload } => self.say(&Say::Pong { payload }).await,
            Said::Pong {} => Ok(()),
            Said::Subscribe { id, payload } => {
                let Some(access) = self.access.clone() else {
                    return Err(End::Close(Close::UNAUTHORIZED));
                };
                if self.operations.contains(&id) {
                    return Err(End::Close(Close::ID_TAKEN));
                }
                let begun = self
                    .room()
                    .and_then(|()| self.operations.begin(&id, &self.shared, access, *payload));
                match begun {
                    Ok(()) => Ok(()),
                    Err(problem) => {
                        let payload = &[problem.into_error()];
                        self.say(&Say::Error { id: &id, payload }).await
                    }
                }
            }
            Said::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    /// Whether one more operation may run.
    fn room(&self) -> Result<(), Problem> {
        let max = self.shared.settings.api.streams.operations_max;
        if self.operations.len() < max {
            return Ok(());
        }
        let name = "api.streams.operations_max";
        let message = format!("{max} operations run already on this connection");
        Err(casebook_app::AppError::Limit { name, message }.into())
    }

    /// Asks the credentials that came by `connection_init`, else those of the opening request.
    async fn let_in(&mut self, payload: &Map<String, Value>) -> Result<(), End> {
        if self.access.is_some() {
            return Err(End::Close(Close::SECOND_INIT));
        }
        let given = |name: &str| {
            let mut fields = payload.iter();
            let field = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
            field.map(|(_, value)| value.as_str().unwrap_or_default().as_bytes())
        };
        let credentials = Credentials {
            authorization: given("authorization").or(self.handshake.authorization.as_deref()),
            agent: given(auth::AGENT).or(self.handshake.agent.as_deref()),
        };
        match auth::authorise(&self.shared.settings.api, credentials) {
            Ok(access) => {
                let seat = self.shared.seats.take("websocket");
                self.place = Place::Seat(seat.map_err(|_| End::Close(Close::FULL))?);
                self.access = Some(access);
                self.say(&Say::ConnectionAck).await
            }
            Err(error) => {
                report(&error);
                Err(End::Close(Close::FORBIDDEN))
            }
        }
    }

    async fn tell(&mut self, told: Told) -> Result<(), End> {
        match told {
            Told::Next(id, result) => self.say(&Say::Next { id: &id, payload: &result }).await,
            Told::Error(id, errors) => self.say(&Say::Error { id: &id, payload: &errors }).await,
            Told::Complete(id) => self.say(&Say::Complete { id: &id }).await,
        }
    }

    async fn say(&mut self, say: &Say<'_>) -> Result<(), End> {
        Ok(self.line.send(say.text()).await?)
    }
}
