//! Cross-crate tests in one binary: what Casebook promises, on both databases.

mod append;
mod blobs;
mod cache;
mod cancel;
mod commands;
mod crash;
mod crash_models;
mod faults;
mod harness;
mod immutable;
mod keys;
mod leases;
mod limits;
mod migrations;
mod processes;
mod race;
mod read_models;
mod reading;
mod restore;
mod stranger;
mod tables;
mod time;
mod turns;
