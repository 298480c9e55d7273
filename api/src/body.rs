//! Bodies that are read under a limit of size and time.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;

use crate::problem::Problem;

/// Bytes reserved at once for a body that announces its length.
const RESERVE_BYTES_MAX: usize = 1024 * 1024;

/// How much of a body is taken, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimit {
    /// Name of the limit in the configuration.
    pub(crate) name: &'static str,
    /// Largest body, in bytes.
    pub(crate) bytes_max: usize,
    /// Time it may take to arrive.
    pub(crate) timeout: Duration,
}

/// Reads a body; one that announces or turns out to have too many bytes is refused at once.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: BodyLimit,
) -> Result<Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > limit.bytes_max) {
        return Err(Problem::too_large(limit.name, limit.bytes_max));
    }
    let collected = collect(body, announced.unwrap_or_default(), limit);
    tokio::time::timeout(limit.timeout, collected).await.unwrap_or_else(|_| {
        let message = "the body did not arrive in time (api.body_timeout_ms)";
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "LIMIT", message))
    })
}

async fn collect(body: Body, announced: usize, limit: BodyLimit) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::with_capacity(announced.min(RESERVE_BYTES_MAX));
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "INVALID", "the body broke off"))?;
        if bytes.len() + chunk.len() > limit.bytes_max {
            return Err(Problem::too_large(limit.name, limit.bytes_max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
