//! Tests of the program: one binary, a file per part.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod client;
mod config;
mod texts;
mod vault;
