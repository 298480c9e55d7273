//! The root of all mutations: each field carries out one use case of `casebook-app`.
//!
//! What a caller can expect to be refused is told in the payload, so that a client sees it in the
//! types; only faults, and what stands in the way for a while, are errors of the answer.

mod bulk;
mod error;
mod exports;
mod input;
mod operations;
mod outcome;
mod policy;
mod replies;
mod start;
mod webhooks;
mod work;

use async_graphql::MergedObject;

/// The root of all mutations. Each gives a payload; `error` in it tells why nothing was done. A
/// repeat with the same `idempotencyKey` does nothing and gives the answer of the first time.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    work::WorkMutations,
    replies::ReplyMutations,
    start::StartMutations,
    bulk::BulkMutations,
    policy::PolicyMutations,
    operations::OperationsMutations,
    exports::ExportMutations,
    webhooks::WebhookMutations,
);
