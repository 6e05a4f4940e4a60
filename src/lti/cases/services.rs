//! Cases of the services: tokens (T), grades (A), rosters and groups (N), and what hostile platforms say.

mod ags;
mod find;
mod hostile;
mod nrps;
mod paging;
mod results;
mod score;
mod token;
mod words;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::services::{Answer, Request};

/// An answer without headers.
pub fn answer(status: u16, body: &str) -> Answer<'_> {
    Answer::new(status, [], body.as_bytes())
}

/// An answer with one `Link` header.
pub fn linked<'a>(link: &'a str, body: &'a str) -> Answer<'a> {
    Answer::new(200, [("Link", link.as_bytes())], body.as_bytes())
}

pub fn now() -> DateTime<Utc> {
    super::fixture::t0()
}

pub fn json_of(request: &Request) -> Value {
    serde_json::from_slice(&request.body.as_ref().unwrap().bytes).unwrap()
}
