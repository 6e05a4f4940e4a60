//! What the tests lean on: a file per helper.

pub mod smtp_sink;
