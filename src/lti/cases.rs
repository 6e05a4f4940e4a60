//! Conformance cases of `spec/lti-conformance-cases.md` that can be judged without I/O, by their ids.

mod catalogue;
mod dynamic;
mod fixture;
mod keys;
mod login;
mod message;
mod properties;
mod quirks;
mod roles;
mod services;
mod state;
mod token;
mod valid;
