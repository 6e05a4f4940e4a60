//! A launch, checked in the order of §10.2: form → state → browser → token → message → [`Launch`].
//!
//! ```text
//! Form::parse      steps 1-4, 9, 10   launch/form.rs      is it a launch?
//! State::open      step 5             state.rs            did a login of ours begin it?
//! bind             steps 6, 7         here                in this browser?  → Progress
//! token::peek      11, §5 1-5         launch/token.rs     which key?
//! token::verify    §5 6-13, 13        launch/token.rs     did this platform sign it, now, for this login?
//! validate         steps 14-25        launch/message.rs   does it make sense?  → Launch
//! ```
//!
//! Step 8 (used once) and 26 (what follows) are the application's.

pub mod form;
mod message;
pub mod token;

use chrono::{DateTime, Utc};

pub use form::{Answer, Form};
pub use message::{Launch, validate};

use crate::{
    progress::{Check, Progress},
    refusal::Refusal,
    registration::Switches,
    state::State,
};

/// What the application knows about the token's deployment (§2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On record.
    Known {
        /// Accepted and not switched off.
        enabled: bool,
    },
    /// New, and this registration takes new deployments in once the launch is good.
    WillBeAccepted,
    /// New or pending: somebody must approve it.
    Unknown,
}

/// Ties the launch to the browser that began the login (§10.2 steps 6 and 7, §9.3).
///
/// `secret` is the cookie named after [`State::login_key`], or what the platform's storage gave back.
/// On [`Refusal::BrowserUnbound`] with a [`State::storage_target`], the application asks the storage
/// before it gives up.
///
/// # Errors
/// [`Refusal::StateExpired`], [`Refusal::StateBrowserMismatch`], [`Refusal::BrowserUnbound`].
pub fn bind(
    state: &State,
    secret: Option<&str>,
    switches: &Switches,
    now: DateTime<Utc>,
) -> Result<Progress, Refusal> {
    state.check_time(now)?;
    let mut progress = Progress::started();
    for check in [Check::Form, Check::State, Check::StateTime] {
        progress.passed(check);
    }
    match secret {
        Some(secret) if state.is_secret(secret) => progress.passed(Check::Browser),
        Some(_) => return Err(Refusal::StateBrowserMismatch),
        // Accepted but not passed: the record must not claim what was not seen.
        None if switches.allow_unbound_launch => progress.warn("unbound_browser", None),
        None => return Err(Refusal::BrowserUnbound),
    }
    Ok(progress)
}
