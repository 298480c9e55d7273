//! The binary from outside: its commands, its HTTP routes, and what it survives.

mod crash;
mod edge;
mod house;
mod imports;
mod policies;
mod shutdown;
mod tools;
