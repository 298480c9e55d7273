//! Executes requests. What surrounds an execution is done here and not by extensions of the library:
//! with any of those, it runs every single field by way of them.

use std::sync::Arc;

use async_graphql::{Request, Response};
use casebook_app::Access;
use futures::stream::{BoxStream, StreamExt};

use super::codes::with_codes;
use super::context;
use crate::state::Shared;

/// The answer to a query or mutation, once what it shows is recorded.
pub(super) async fn execute(shared: &Arc<Shared>, access: Access, request: Request) -> Response {
    let context = context::Request::new(Arc::clone(shared), access);
    let recorder = context.recorder();
    let answer = shared.schema.execute(request.data(context)).await;
    with_codes(recorder.record(answer).await)
}

/// The answers of a subscription, each once what it shows is recorded.
pub(super) fn execute_stream(
    shared: &Arc<Shared>,
    access: Access,
    request: Request,
) -> BoxStream<'static, Response> {
    let context = context::Request::new(Arc::clone(shared), access);
    let recorder = context.recorder();
    let answers = shared.schema.execute_stream(request.data(context));
    let record = move |answer| {
        let recorder = recorder.clone();
        async move { with_codes(recorder.record(answer).await) }
    };
    answers.then(record).boxed()
}
