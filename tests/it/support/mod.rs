//! What the tests lean on: a file per helper.

pub mod api;
pub mod app;
pub mod attempt;
pub mod database;
pub mod log;
pub mod play;
pub mod process;
pub mod rows;
pub mod smtp_sink;
pub mod stored;
pub mod tls;
