//! Sends `lti`'s requests to platforms through the guarded client; what an answer means is decided in `lti`.
//!
//! [`keys`]: the keys a platform publishes (lti-1.3-tool §4.2). [`token`]: access tokens, kept in memory
//! (§16). [`service`]: one request of a service with its token, and how a platform that cannot be reached
//! reads (§17, §18). `outcome`: how it went last, for operators; [`probe`]: how it goes now. Nothing here knows
//! courses or learners, and nothing logs a token, an assertion or a body.

pub mod keys;
mod outcome;
pub mod probe;
pub mod service;
pub mod token;

pub use keys::key_set;
pub use outcome::failed;
pub use service::{Fetched, Peer, call, exchange, fetch, fetch_openly};
