//! LTI conformance over real HTTP, by the case ids of `spec/lti-conformance-cases.md`: the practice LMS is bent
//! on purpose, the answer's status and code are on the page, and nothing is left behind that should not be.
//!
//! The digest's `/lti/home` is `/course`, its `/lti/badge/17` is `/course/placements/{id}`, its `/lti/review` is
//! `/course/review`.

mod binding;
mod blocked;
mod keys;
pub mod launches;
mod login;
mod message;
mod migration;
mod notices;
mod operation;
mod review;
mod roles;
mod state;
mod storage;
mod token;
