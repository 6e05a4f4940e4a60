//! Laurel: a badge-issuing server that learning platforms use as an LTI 1.3 tool.
//!
//! ```text
//!   web · cli                                       <- edges: requests in, no decisions
//!   jobs · domain                                   <- what Laurel decides
//!   lti · criteria · open_badges · (practice)       <- pure cores, packages of their own under src/
//!   app · platform_client                           <- the parts, put together once
//!   store · outbox · client · mail · vault · design <- the ground: what talks to the world
//!   ids · clock · error · config · telemetry · texts<- base: everybody may use it
//! ```
//!
//! Dependencies point downwards; `tests/it/architecture.rs` reads the source and holds us to it.
//! One launch, file by file: `web/tool/launch.rs` (who knocks) → `lti::launch` (is it true) →
//! `domain/launch/` (what follows) → `domain/award.rs` (what is given) → `jobs/mail_award.rs`
//! (what is sent) → `mail/` (how it reads).

pub mod app;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod design;
pub mod domain;
pub mod error;
pub mod ids;
pub mod jobs;
pub mod mail;
pub mod outbox;
pub mod platform_client;
pub mod store;
pub mod telemetry;
pub mod texts;
pub mod vault;
pub mod web;
