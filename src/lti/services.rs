//! The services of LTI Advantage from the tool's side: what to send and what an answer means (§16-18).
//!
//! Nothing is sent here. A function or a small state machine gives a [`Request`]; the application sends
//! it through its guarded client and hands the [`Answer`] back, which becomes typed values or a coded
//! [`Failure`] that says what to do next. What platforms do differently is in [`crate::quirks`].

pub mod ags;
pub mod failure;
pub mod groups;
pub mod nrps;
pub mod paging;
pub mod scope;
mod text;
pub mod token;
mod walk;
mod wire;

pub use failure::{Failure, Next};
pub use scope::Scopes;
pub use walk::Position;
pub use wire::{Answer, Body, Method, Request};
