//! The binary from outside: its commands, its HTTP routes, and what it survives.

mod collector;
mod crash;
mod edge;
mod exports;
mod house;
mod imports;
mod operator;
mod policies;
mod shutdown;
mod three;
mod tools;
mod traces;
mod webhooks;
