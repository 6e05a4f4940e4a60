//! Platform storage (§9.2): where third-party cookies are blocked, the platform's own page keeps the browser
//! secret for us, asked by `postMessage`. Here is what our page says, to whom, and for how long it waits; the
//! script only carries it out.
//!
//! # What the script does with a [`Plan`]
//!
//! 1. `w = window.opener || window.parent`; `target = plan.frame === null ? w : w.frames[plan.frame]`, or `w`
//!    where that throws, is undefined, or has no `postMessage`.
//! 2. Post every `plan.capabilities[i].message` to `w` with target origin `*`: nothing in it is secret. Wait for
//!    the first reply of the named subject, at most `capabilities_ms`. It is a hint and may come from any
//!    origin: post only those of `plan.exchanges` whose `message.subject` it lists in `supported_messages`, to
//!    the `frame` it names for them. Without a reply, or if it lists neither, post all of them.
//! 3. Post each exchange's message once per origin in `plan.origins`, with that target origin, never `*`.
//! 4. Accept a reply only if `event.origin` is in `plan.origins`, `event.source` is the window posted to,
//!    `data.subject` is the exchange's `reply` and `data.message_id` its message's. A reply with `error`, a
//!    malformed one, and none within `total_ms` since the page loaded all mean "not available".
//! 5. Go on, in any case: after a `put` to the authentication request; after a `get` by posting the launch's
//!    fields to `/lti/launch/continue`, with `browser_secret` if a reply's `value` is a string.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use crate::{address::web_url, registration::Registration, state::State};

/// How long a page waits for the list of capabilities, in milliseconds.
const CAPABILITIES_MS: u32 = 300;
/// How long a page waits in all; with the redirect that stays within a second (B03).
const TOTAL_MS: u32 = 900;

/// The prefixes of subjects: as the standard has them, and as older platforms do.
const PREFIXES: [&str; 2] = ["lti.", "org.imsglobal.lti."];

/// The platform's storage for one login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    frame: Option<String>,
    origins: Vec<String>,
    key: String,
}

/// What one page says. Serialise it into the page; a `put` plan carries the secret.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The frame to post to, by its name within `opener || parent`; `null`: that window itself.
    pub frame: Option<String>,
    /// The only origins that may see the messages, and that may answer.
    pub origins: Vec<String>,
    /// Which subjects are there? To be posted to anybody.
    pub capabilities: Vec<Exchange>,
    /// The messages themselves, in the standard's form and in the older one.
    pub exchanges: Vec<Exchange>,
    /// How long to wait for the capabilities, in milliseconds.
    pub capabilities_ms: u32,
    /// How long to wait in all, in milliseconds.
    pub total_ms: u32,
}

/// A message and the subject of its reply.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The `subject` that a reply must have.
    pub reply: String,
    /// To be posted as it is, as an object.
    pub message: PostedMessage,
}

/// A message as it is posted.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PostedMessage {
    /// What it is.
    pub subject: String,
    /// Ties a reply to it.
    pub message_id: String,
    /// The key, for put and get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The secret, for put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

// A plan may hold the browser secret (O02).
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("frame", &self.frame)
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("reply", &self.reply).finish_non_exhaustive()
    }
}

impl fmt::Debug for PostedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostedMessage").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Storage {
    /// The storage that the login of this state was offered; `None` when it was offered none.
    #[must_use]
    pub fn of_state(state: &State, registration: &Registration) -> Option<Self> {
        Self::new(state.storage_target()?, registration, state.login_key())
    }

    /// `None` when the registration's authorization endpoint has no origin to trust.
    pub(crate) fn new(target: &str, registration: &Registration, login_key: &str) -> Option<Self> {
        let mut origins = vec![registration.authorization_origin()?];
        for extra in registration.switches.storage_origins.iter().filter_map(|text| origin(text)) {
            if !origins.contains(&extra) {
                origins.push(extra);
            }
        }
        Some(Self {
            frame: (target != "_parent").then(|| target.to_owned()),
            origins,
            key: format!("lti_state_{login_key}"),
        })
    }

    /// Keep the browser secret: for the page that answers a login, before it goes on (B02). `random` makes the
    /// message ids.
    #[must_use]
    pub fn put(&self, secret: &str, random: [u8; 16]) -> Plan {
        self.plan("put_data", Some(secret), random)
    }

    /// Give the secret back: for the page that answers a launch without a cookie (B04).
    #[must_use]
    pub fn get(&self, random: [u8; 16]) -> Plan {
        self.plan("get_data", None, random)
    }

    /// The origins that the pages talk to; the first is the authorization endpoint's.
    #[must_use]
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    fn plan(&self, verb: &str, secret: Option<&str>, random: [u8; 16]) -> Plan {
        let id = URL_SAFE_NO_PAD.encode(random);
        let exchange = |prefix: &str, verb: &str, key: Option<&String>, value: Option<&str>, at: usize| {
            let subject = format!("{prefix}{verb}");
            Exchange {
                reply: format!("{subject}.response"),
                message: PostedMessage {
                    message_id: format!("{id}-{verb}-{at}"),
                    subject,
                    key: key.cloned(),
                    value: value.map(str::to_owned),
                },
            }
        };
        let all = || PREFIXES.into_iter().zip(0..);
        Plan {
            frame: self.frame.clone(),
            origins: self.origins.clone(),
            capabilities: all()
                .map(|(prefix, at)| exchange(prefix, "capabilities", None, None, at))
                .collect(),
            exchanges: all()
                .map(|(prefix, at)| exchange(prefix, verb, Some(&self.key), secret, at))
                .collect(),
            capabilities_ms: CAPABILITIES_MS,
            total_ms: TOTAL_MS,
        }
    }
}

/// The origin of a web address; nothing that browsers would not compare.
fn origin(text: &str) -> Option<String> {
    web_url(text, true).map(|url| url.origin().ascii_serialization())
}
