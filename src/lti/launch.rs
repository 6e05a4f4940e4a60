//! A launch, checked in the order of §10.2: form → state → browser → token → message → [`Launch`].
//!
//! ```text
//! Form::parse      steps 1-4, 9, 10   launch/form.rs      is it a launch?
//! State::open      step 5             state.rs            did a login of ours begin it?
//! bind             steps 6, 7         here                in this browser?  → Progress
//! token::peek      11, §5 1-5         launch/token.rs     which key?
//! token::verify    §5 6-13, 13        launch/token.rs     did this platform sign it, now, for this login?
//! validate         steps 14-25        launch/validate.rs  does it make sense?  → Launch
//! ```
//!
//! Step 8 (used once) and 26 (what follows) are the application's.

mod digest;
pub mod form;
mod message;
pub mod review;
pub mod token;
pub(crate) mod validate;

use chrono::{DateTime, Utc};

pub use form::{Answer, Form, Sender};
pub use message::{History, Kind, Launch, Message};
pub use review::Review;
pub use validate::validate;

use crate::{
    progress::{Check, Progress},
    refusal::Refusal,
    registration::{Registration, Switches},
    state::State,
    storage::Storage,
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
/// `secret` is the cookie named after [`State::login_key`]. [`bind_or_ask`] also knows of the platform's storage.
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

/// What the browser binding needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Nothing: go on.
    Bound(Progress),
    /// The cookie is lost, but the platform offered storage: answer with a page that asks it ([`Storage::get`])
    /// and posts [`Form::continued_fields`] and the secret to `/lti/launch/continue`. The state is not used up.
    Ask(Storage),
}

/// The binding at `/lti/launch` (§9.3): by cookie, else by asking the platform's storage.
///
/// # Errors
/// As [`bind`].
pub fn bind_or_ask(
    state: &State,
    cookie: Option<&str>,
    registration: &Registration,
    now: DateTime<Utc>,
) -> Result<Binding, Refusal> {
    state.check_time(now)?;
    match (cookie, Storage::of_state(state, registration)) {
        (None, Some(storage)) => Ok(Binding::Ask(storage)),
        (cookie, _) => bind(state, cookie, &registration.switches, now).map(Binding::Bound),
    }
}

/// The binding at `/lti/launch/continue` (§9.3, B04, B05): by cookie if there is one after all, else by what the
/// storage gave. Only now the state may be used up. A secret that does not fit is as good as none.
///
/// # Errors
/// [`Refusal::StateExpired`], [`Refusal::StateBrowserMismatch`] for a wrong cookie, [`Refusal::BrowserUnbound`]
/// otherwise: advise a new window (§9.4).
pub fn bind_continued(
    state: &State,
    cookie: Option<&str>,
    form: &Form,
    switches: &Switches,
    now: DateTime<Utc>,
) -> Result<Progress, Refusal> {
    let stored = form.browser_secret.as_deref().filter(|secret| state.is_secret(secret));
    bind(state, cookie.or(stored), switches, now)
}
