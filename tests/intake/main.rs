//! Intake through the use cases, on both databases: from raw bytes to a gated ticket.

mod audit;
mod automatic;
mod bursts;
mod concurrent;
mod faults;
mod forward;
mod gates;
mod hostile;
mod opening;
mod policies;
mod threads;
mod triage;
