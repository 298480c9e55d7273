//! Executes requests. What surrounds an execution is done here and not by extensions of the library:
//! with any of those, it runs every single field by way of them.

use std::sync::Arc;

use async_graphql::{Request, Response};
use casebook_app::Access;
use futures::stream::{BoxStream, StreamExt, unfold};

use super::codes::with_codes;
use super::context;
use super::reads::Recorder;
use crate::state::Shared;

/// The answer to a query or mutation, once what it shows is recorded.
pub(super) async fn execute(shared: &Arc<Shared>, access: Access, request: Request) -> Response {
    let context = context::Request::new(Arc::clone(shared), access);
    let recorder = context.recorder();
    let answer = shared.schema.execute(request.data(context)).await;
    let (Ok(answer) | Err(answer)) = recorder.record(answer).await;
    with_codes(answer)
}

/// The answers of a subscription, each once what it shows is recorded. One that is withheld is the
/// last: whoever comes back begins before it.
pub(super) fn execute_stream(
    shared: &Arc<Shared>,
    access: Access,
    request: Request,
) -> BoxStream<'static, Response> {
    let context = context::Request::new(Arc::clone(shared), access);
    let recorder = context.recorder();
    let answers = shared.schema.execute_stream(request.data(context));
    let next = async |rest: Option<(BoxStream<'static, Response>, Recorder)>| {
        let (mut answers, recorder) = rest?;
        let answer = answers.next().await?;
        Some(match recorder.record(answer).await {
            Ok(answer) => (with_codes(answer), Some((answers, recorder))),
            Err(withheld) => (with_codes(withheld), None),
        })
    };
    unfold(Some((answers.boxed(), recorder)), next).boxed()
}
