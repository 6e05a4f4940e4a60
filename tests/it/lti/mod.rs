//! LTI conformance over real HTTP, by the case ids of `spec/lti-conformance-cases.md`.

mod operation;
