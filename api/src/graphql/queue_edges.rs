//! The entries of a page, the list that is asked for most.
//!
//! The library resolves every field of every entry by a future of its own, which takes longer than
//! the database. Where an answer needs nothing but what the rows hold, the fields are looked up
//! once for the whole page; everything else goes the common way.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};

use super::queue::{QueueEdge, QueueEntry};
use super::ticket::{Leaf, Ticket, leaf};

/// Types that a ticket in the queue has, as fragments name them.
const TICKET_TYPES: [&str; 3] = ["Ticket", "QueueEntry", "Node"];

/// The entries of a page with their cursors.
pub(super) struct QueueEdges(pub(super) Vec<QueueEdge>);

impl OutputType for QueueEdges {
    fn type_name() -> Cow<'static, str> {
        <Vec<QueueEdge> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<QueueEdge> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<QueueEdge> as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let planned = Plan::of(ctx).and_then(|plan| plan.list(&self.0, ctx));
        match planned {
            Some(list) => Ok(list),
            None => self.0.resolve(ctx, field).await,
        }
    }
}

/// What is asked of each entry, in the order of the answer.
struct Plan<'a>(Vec<(&'a Name, OfEdge<'a>)>);

enum OfEdge<'a> {
    Typename,
    Cursor,
    Node(Vec<(&'a Name, OfNode<'a>)>),
}

enum OfNode<'a> {
    Typename,
    Leaf(Leaf, &'a Positioned<Field>),
}

impl<'a> Plan<'a> {
    /// `None` when something is asked for that must be resolved the common way.
    fn of(ctx: &ContextSelectionSet<'a>) -> Option<Self> {
        let mut fields: Vec<(&'a Name, OfEdge<'a>)> = Vec::new();
        for item in &ctx.item.node.items {
            let Selection::Field(field) = &item.node else { return None };
            let asked = match plain(&field.node)? {
                "__typename" => OfEdge::Typename,
                "cursor" => OfEdge::Cursor,
                "node" => {
                    let mut leaves = Vec::new();
                    collect(ctx, &field.node.selection_set.node, &mut leaves)?;
                    OfEdge::Node(leaves)
                }
                _ => return None,
            };
            let key = &field.node.response_key().node;
            if fields.iter().any(|(known, _)| *known == key) {
                // The same again, which may ask more of the node.
                return None;
            }
            fields.push((key, asked));
        }
        Some(Self(fields))
    }

    fn list(&self, edges: &[QueueEdge], ctx: &ContextSelectionSet<'_>) -> Option<Value> {
        let edges = edges.iter().map(|edge| self.edge(edge, ctx));
        edges.collect::<Option<Vec<_>>>().map(Value::List)
    }

    fn edge(&self, edge: &QueueEdge, ctx: &ContextSelectionSet<'_>) -> Option<Value> {
        let QueueEntry::Ticket(ticket) = &edge.node else { return None };
        let mut object = IndexMap::with_capacity(self.0.len());
        for (key, asked) in &self.0 {
            let value = match asked {
                OfEdge::Typename => Value::from("QueueEdge"),
                OfEdge::Cursor => Value::from(edge.cursor.as_str()),
                OfEdge::Node(leaves) => node(ticket, leaves, ctx)?,
            };
            object.insert((*key).clone(), value);
        }
        Some(Value::Object(object))
    }
}

fn node(
    ticket: &Ticket,
    leaves: &[(&Name, OfNode<'_>)],
    ctx: &ContextSelectionSet<'_>,
) -> Option<Value> {
    let mut object = IndexMap::with_capacity(leaves.len());
    for (key, asked) in leaves {
        let value = match asked {
            OfNode::Typename => Value::from("Ticket"),
            OfNode::Leaf(leaf, field) => leaf(ticket, ctx, field)?,
        };
        object.insert((*key).clone(), value);
    }
    Some(Value::Object(object))
}

/// Adds what a selection asks of a ticket; `None` when that is not all in the row.
fn collect<'a>(
    ctx: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    leaves: &mut Vec<(&'a Name, OfNode<'a>)>,
) -> Option<()> {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let asked = match plain(&field.node)? {
                    "__typename" => OfNode::Typename,
                    name => OfNode::Leaf(leaf(name)?, field),
                };
                let key = &field.node.response_key().node;
                // Validation has seen to it that the same key means the same field.
                if leaves.iter().all(|(known, _)| *known != key) {
                    leaves.push((key, asked));
                }
            }
            Selection::InlineFragment(inline) => {
                let inline = &inline.node;
                let on = inline.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                without(&inline.directives)?;
                if on.is_none_or(|on| TICKET_TYPES.contains(&on)) {
                    collect(ctx, &inline.selection_set.node, leaves)?;
                }
            }
            Selection::FragmentSpread(spread) => {
                without(&spread.node.directives)?;
                let fragment = ctx.query_env.fragments.get(&spread.node.fragment_name.node)?;
                let on = fragment.node.type_condition.node.on.node.as_str();
                if TICKET_TYPES.contains(&on) {
                    collect(ctx, &fragment.node.selection_set.node, leaves)?;
                }
            }
        }
    }
    Some(())
}

/// The name of a field without directives.
fn plain(field: &Field) -> Option<&str> {
    without(&field.directives)?;
    Some(field.name.node.as_str())
}

fn without<D>(directives: &[D]) -> Option<()> {
    directives.is_empty().then_some(())
}
