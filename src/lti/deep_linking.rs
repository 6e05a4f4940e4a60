//! Deep Linking 2.0 (§15): an author picks, and what was picked goes back to the platform.
//!
//! ```text
//! launch::validate          LtiDeepLinkingRequest → Message::DeepLinking(Settings), for people who may pick
//! Settings::choose          which of what we offer is accepted
//! ContentItem               what was picked
//! Response::post            checked against the settings, signed now → the form that the browser posts
//! ```
//!
//! The application keeps the [`Settings`] on its side, tied to platform, deployment and person, answers a
//! request once, and sends an answer also when the author cancels.

mod item;
mod response;
mod settings;

pub use item::{
    ContentItem, File, Frame, Html, Image, ItemProblem, LineItem, Link, Picture, ResourceLink, Reviewable,
    ScoreMaximum, Span, Window,
};
pub use response::{Asked, Post, Response, ResponseError};
pub use settings::{DocumentTarget, ItemType, Settings};
