//! The binary from outside: its commands, its HTTP routes, and what it survives.

mod crash;
mod edge;
mod exports;
mod house;
mod imports;
mod operator;
mod policies;
mod shutdown;
mod tools;
