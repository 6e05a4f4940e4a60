//! LTI conformance over real HTTP, by the case ids of `spec/lti-conformance-cases.md`: the practice LMS is bent
//! on purpose, the answer's status and code are on the page, and nothing is left behind that should not be.
//!
//! The digest's `/lti/home` is `/course`, its `/lti/badge/17` is `/course/placements/{id}`. Not here: M15's
//! services, V25's Polish, R05 (nothing shows a mentor anybody yet).

mod binding;
mod blocked;
mod keys;
pub mod launches;
mod login;
mod message;
mod notices;
mod operation;
mod roles;
mod state;
mod storage;
mod token;
