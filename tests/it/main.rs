//! Tests of the program: one binary, a file per part.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod architecture;
mod client;
mod config;
mod judges;
<<<<<<< HEAD
mod lti;
mod mail;
=======
>>>>>>> 0588789 (Tests of store and outbox; a worker never waits for the database without its jobs)
mod launch_writer;
mod mail;
mod outbox;
mod schema;
mod store;
mod support;
mod texts;
mod vault;
mod views;
