//! Conformance cases of `spec/lti-conformance-cases.md` that can be judged without I/O, by their ids.

mod around;
mod catalogue;
mod deep_linking;
mod dynamic;
mod fixture;
mod keys;
mod login;
mod message;
mod migration;
mod notices;
mod properties;
mod quirks;
mod review;
mod roles;
mod services;
mod state;
mod storage;
mod token;
mod valid;
