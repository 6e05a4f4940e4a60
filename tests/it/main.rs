//! Tests of the program: one binary, a file per part.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

/// Says what is skipped and why, past the harness, which shows only what failing tests print.
macro_rules! skipped {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod access;
mod access_keys;
mod api_examples;
mod api_once;
mod api_shape;
mod architecture;
mod cases;
mod client;
mod client_tls;
mod config;
mod config_read;
mod crash;
mod design;
mod event_channels;
mod flow;
mod judges;
mod launch_writer;
mod life;
mod lti;
mod mail;
mod mail_smtp;
mod mail_tls;
mod matrix;
mod open_badges;
mod openapi;
mod openapi_published;
mod operating;
mod operation;
mod outbox;
mod passes;
mod picking;
mod prerequisites;
mod queue;
mod reconciling;
mod records;
mod registering;
mod registration;
mod roster;
mod schema;
mod services;
mod simulating;
mod store;
mod support;
mod teaching;
mod texts;
mod vault;
mod views;
