//! The rules of the house, held by tests.

mod documents;
mod edge;
mod layers;
mod metrics;
mod sizes;
