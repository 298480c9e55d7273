//! The operations that run on one WebSocket.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError, Value};
use casebook_app::Access;
use futures::stream::{AbortHandle, BoxStream, SelectAll, StreamExt, abortable, once};

use super::super::document;
use super::super::execute;
use super::super::http::overdue;
use super::super::params::Params;
use crate::problem::Problem;
use crate::state::Shared;

/// What became of an operation.
pub(super) enum News {
    /// A result, the first of its operation or a further one.
    Result(Box<Response>),
    /// There are no further results.
    End,
}

/// All operations of a WebSocket, each under the client's name for it.
#[derive(Default)]
pub(super) struct Operations {
    running: SelectAll<BoxStream<'static, (Arc<str>, News)>>,
    /// How to end each of them, and whether it has given a result.
    known: HashMap<Arc<str>, Known>,
}

struct Known {
    abort: AbortHandle,
    has_begun: bool,
}

/// What is told about an operation.
pub(super) enum Told {
    /// A result.
    Next(Arc<str>, Box<Response>),
    /// It was not begun.
    Error(Arc<str>, Vec<ServerError>),
    /// It has ended.
    Complete(Arc<str>),
}

impl Operations {
    pub(super) fn contains(&self, id: &str) -> bool {
        self.known.contains_key(id)
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Begins an operation.
    pub(super) fn begin(
        &mut self,
        id: &str,
        shared: &Arc<Shared>,
        access: Access,
        params: Params,
    ) -> Result<(), Problem> {
        let request = params.into_request(&shared.documents)?;
        let results = run(shared, access, request);
        let id: Arc<str> = id.into();
        let name = Arc::clone(&id);
        let results = results.map(|result| News::Result(Box::new(result)));
        let news = results.chain(once(async { News::End }));
        let (news, abort) = abortable(news.map(move |news| (Arc::clone(&name), news)));
        self.running.push(news.boxed());
        self.known.insert(id, Known { abort, has_begun: false });
        Ok(())
    }

    /// Ends an operation of which the client wants no more.
    pub(super) fn end(&mut self, id: &str) {
        if let Some(known) = self.known.remove(id) {
            known.abort.abort();
        }
    }

    /// What happens next; waits for ever while there is no operation. Dropping the future loses
    /// nothing.
    pub(super) async fn next(&mut self) -> Told {
        loop {
            let Some((id, news)) = self.running.next().await else {
                return std::future::pending().await;
            };
            let Some(known) = self.known.get_mut(&id) else { continue };
            match news {
                News::Result(result) if !known.has_begun && is_refusal(&result) => {
                    self.end(&id);
                    return Told::Error(id, result.errors);
                }
                News::Result(result) => {
                    known.has_begun = true;
                    return Told::Next(id, result);
                }
                News::End => {
                    self.known.remove(&id);
                    return Told::Complete(id);
                }
            }
        }
    }
}

/// Whether nothing was executed: the request was wrong, or the subscription could not begin.
fn is_refusal(result: &Response) -> bool {
    result.data == Value::Null && !result.errors.is_empty()
}

/// The results of a request: many of a subscription, else one in the time that requests have.
fn run(shared: &Arc<Shared>, access: Access, mut request: Request) -> BoxStream<'static, Response> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok();
    let kind = document.and_then(|document| document::operation(document, name.as_deref()));
    if kind == Some(OperationType::Subscription) {
        return execute::execute_stream(shared, access, request);
    }
    let timeout = Duration::from_millis(shared.settings.api.graphql_timeout_ms);
    let shared = Arc::clone(shared);
    once(async move {
        let executing = execute::execute(&shared, access, request);
        let executed = tokio::time::timeout(timeout, executing).await;
        executed.unwrap_or_else(|_| Response::from_errors(vec![overdue().into_error()]))
    })
    .boxed()
}
