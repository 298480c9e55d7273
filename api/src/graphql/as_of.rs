//! Reading as of an earlier moment: everything below a root field with `asOf` is as of there.
//!
//! What such a field loads is remembered under the root field's name in the answer, and every
//! field below finds it by that. So no field below can forget to be as of that moment, as long as
//! it loads what it shows by [`Request::get`].

use async_graphql::{Context, OneofObject, QueryPathNode, QueryPathSegment, Result};
use casebook_app::AppError;
use casebook_app::queries::Moment;

use super::context::{Request, request};
use super::error;
use super::scalars::{DateTime, Position};

/// Fields that a queue as of an earlier moment counts as: it is folded, not looked up.
const QUEUE_COST: usize = 5_000;

/// A moment of the log. Give exactly one field.
#[derive(Clone, Debug, OneofObject)]
pub(super) enum AsOf {
    /// Right after the event at this position.
    Position(Position),
    /// After the last event that was recorded at or before this instant.
    Time(DateTime),
}

/// What a queue as of a moment costs beside its entries.
pub(super) const fn queue_cost(as_of: Option<&AsOf>) -> usize {
    if as_of.is_some() { QUEUE_COST } else { 0 }
}

/// The request as of the moment that a root field asks for, and its position; as of now without.
pub(super) async fn begin<'a>(
    ctx: &Context<'a>,
    as_of: Option<AsOf>,
) -> Result<(&'a Request, Option<u64>)> {
    let request = request(ctx)?;
    let Some(as_of) = as_of else { return Ok((request, None)) };
    let moment = match as_of {
        AsOf::Position(position) => Moment::Position(position.cursor("asOf")?),
        AsOf::Time(at) => Moment::Time(at.0),
    };
    let position = request.app().position_of(&request.access, moment).await.map_err(error::of)?;
    // The live read models tell which rows belong together.
    request.reach(position).await.map_err(error::of)?;
    let then = request.app().as_of(&request.access, position).await.map_err(error::of)?;
    let Some(root) = root(ctx) else { return Err(error::of(AppError::fault("no root field"))) };
    Ok((request.begin_at(root, then), Some(position)))
}

/// The name in the answer of the root field that a resolver works for.
pub(super) fn root<'a>(ctx: &Context<'a>) -> Option<&'a str> {
    let mut node: QueryPathNode<'a> = ctx.path_node?;
    while let Some(parent) = node.parent {
        node = *parent;
    }
    match node.segment {
        QueryPathSegment::Name(name) => Some(name),
        QueryPathSegment::Index(_) => None,
    }
}
