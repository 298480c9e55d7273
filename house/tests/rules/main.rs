//! The rules of the house, held by tests.

mod documents;
mod layers;
mod sizes;
