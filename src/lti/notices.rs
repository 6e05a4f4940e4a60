//! Platform Notification Service (§21): what the platform tells us without a browser.
//!
//! ```text
//! Envelope::parse     the body of POST /lti/notices/{platform}     → tokens; a bad one spoils only itself
//! token::peek         readable; which key                           as for a launch
//! notices::verify     signature, parties, times, a nonce            no state, no browser
//! notices::validate   version, deployment, notice                   → Notice
//! status              one answer for all of them
//! ```
//!
//! The registration is the one in the address, never one named by the token. Used once: the application stores
//! (platform, deployment, notice id) and reports [`Refusal::PnsDuplicate`], which is good news (X10); then
//! (platform, nonce), [`Refusal::NonceReplayed`]. Notices are not trusted to arrive: what they say is also
//! found without them ([`crate::Launch::history`]). [`Handler`] asks a platform to send them.

mod handler;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

pub use handler::{Handler, HandlerUrl, list, listed, wanted};

use crate::{
    claims::{self, Context, Lenient},
    keys::KeySet,
    launch::{
        Standing,
        token::{self, Unverified, VerifiedToken},
        validate::{check_deployment_id, check_standing, check_version},
    },
    progress::{Check, Progress, Warning},
    refusal::Refusal,
    registration::{Registration, Tool},
};

/// Longest body, in bytes; the same as a launch's.
const MAX_BODY: usize = 1024 * 1024;
/// Most notices in one envelope.
const MAX_NOTICES: usize = 100;

/// A kind of notice that we serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoticeType {
    /// Proves that notices arrive.
    HelloWorld,
    /// A course was copied.
    ContextCopy,
}

impl NoticeType {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::HelloWorld, Self::ContextCopy];

    /// As the protocol writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HelloWorld => "LtiHelloWorldNotice",
            Self::ContextCopy => "LtiContextCopyNotice",
        }
    }

    /// The type of that name, compared exactly.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Notices arrive.
    HelloWorld,
    /// A course was copied: prepare its set-up, never its awards.
    ContextCopy {
        /// The new course.
        context: Context,
        /// Where it comes from: context ids, as the platform orders them.
        origins: Vec<String>,
    },
    /// Nothing that we serve: acknowledge and forget. The type, as sent.
    Other(String),
}

/// A good notice: signed, fresh, for us, of an accepted deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// Unique within the deployment.
    pub id: String,
    /// Where it comes from, within its registration.
    pub deployment_id: String,
    /// What it says.
    pub said: Said,
    /// When it happened, if the platform says so readably.
    pub happened_at: Option<DateTime<Utc>>,
    /// Used once.
    pub nonce: String,
    /// `iat`.
    pub issued_at: DateTime<Utc>,
    /// `exp`, the year 9999 at most: remember the nonce until then.
    pub expires_at: DateTime<Utc>,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// The tokens of one delivery, in order. What is not even a text is refused in its place.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope(Vec<Result<String, Refusal>>);

// Tokens stay out of logs (O02).
impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Envelope of {}", self.0.len())
    }
}

impl Envelope {
    /// Reads `{"notices": [{"jwt": "…"}, …]}`.
    ///
    /// # Errors
    /// [`Refusal::PnsMalformed`] when the body is no such envelope, or too large.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        struct Delivered {
            notices: Vec<Value>,
        }
        if body.len() > MAX_BODY {
            return Err(Refusal::PnsMalformed);
        }
        let delivered: Delivered = serde_json::from_slice(body).map_err(|_| Refusal::PnsMalformed)?;
        if delivered.notices.len() > MAX_NOTICES {
            return Err(Refusal::PnsMalformed);
        }
        let jwt = |notice: Value| match notice.get("jwt") {
            Some(Value::String(jwt)) if !jwt.is_empty() => Ok(jwt.clone()),
            _ => Err(Refusal::PnsMalformed),
        };
        Ok(Self(delivered.notices.into_iter().map(jwt).collect()))
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> impl Iterator<Item = Result<&str, &Refusal>> {
        self.0.iter().map(|token| token.as_ref().map(String::as_str))
    }
}

/// The status of the answer to a delivery (§21): good as soon as one notice is good, or known already.
#[must_use]
pub fn status<'a>(outcomes: impl IntoIterator<Item = Result<(), &'a Refusal>>) -> u16 {
    let mut worst = None;
    for outcome in outcomes {
        match outcome {
            Err(refusal) if refusal.status() >= 400 => worst = worst.or(Some(refusal.status())),
            _ => return 200,
        }
    }
    worst.unwrap_or(200)
}

/// A notice's token that this registration's platform signed for us, and that is valid now. It cannot be taken
/// for a launch.
#[derive(Clone, Debug)]
pub struct VerifiedNotice(VerifiedToken);

impl VerifiedNotice {
    /// The deployment, for the application to look up before [`validate`].
    #[must_use]
    pub fn deployment_id(&self) -> Option<&str> {
        self.0.deployment_id()
    }
}

/// Checks key, signature, parties and times, and that there is a nonce (§5 steps 6-13). As
/// [`token::verify`], without a state.
///
/// # Errors
/// The `lti.jwt.*` refusals from [`Refusal::KidUnknown`] on, but [`Refusal::NonceMismatch`].
pub fn verify(
    token: Unverified<'_>,
    registration: &Registration,
    keys: &KeySet,
    now: DateTime<Utc>,
    progress: &mut Progress,
) -> Result<VerifiedNotice, Refusal> {
    token::signed(token, registration, keys, now, progress, |_| true).map(VerifiedNotice)
}

/// Checks the notice and makes the [`Notice`] that nothing else can make.
///
/// # Errors
/// [`Refusal::MsgClaimType`], [`Refusal::VersionMissing`], [`Refusal::VersionUnsupported`],
/// [`Refusal::DeploymentMissing`], [`Refusal::DeploymentUnknown`], [`Refusal::DeploymentDisabled`],
/// [`Refusal::PnsNoticeMissing`], [`Refusal::ContextInvalid`], in this order.
pub fn validate(
    token: VerifiedNotice,
    tool: &Tool,
    standing: Standing,
    progress: &mut Progress,
) -> Result<Notice, Refusal> {
    let VerifiedToken { payload, nonce, issued_at, expires_at } = token.0;
    let typed = claims::Typed::read(&payload)?;
    progress.passed(Check::ClaimTypes);
    check_version(typed.version, progress)?;
    let deployment_id = check_deployment_id(typed.deployment_id, progress)?;
    check_standing(standing, progress)?;

    let notice = claims::object(&payload, claims::NOTICE)?.flatten().ok_or(Refusal::PnsNoticeMissing)?;
    let text = |name: &str| notice.get(name).and_then(Value::as_str).filter(|text| claims::is_id(text));
    let (Some(id), Some(kind)) = (text("id"), text("type")) else { return Err(Refusal::PnsNoticeMissing) };
    progress.passed(Check::Message);

    let mut lenient = Lenient { progress: &mut *progress, allow_loopback_http: tool.allow_loopback_http };
    let happened_at = time(notice, &mut lenient);
    let said = match NoticeType::named(kind) {
        None => Said::Other(kind.to_owned()),
        Some(NoticeType::HelloWorld) => Said::HelloWorld,
        Some(NoticeType::ContextCopy) => {
            let context = typed.context.flatten().and_then(|object| lenient.context(object));
            let context = context.ok_or(Refusal::ContextInvalid)?;
            lenient.progress.passed(Check::Context);
            Said::ContextCopy { context, origins: lenient.list(&payload, claims::ORIGIN_CONTEXTS) }
        }
    };
    Ok(Notice {
        id: id.to_owned(),
        deployment_id: deployment_id.to_owned(),
        said,
        happened_at,
        nonce,
        issued_at,
        expires_at,
        warnings: progress.warnings().to_vec(),
    })
}

/// When it happened, if that can be read.
fn time(notice: &Map<String, Value>, lenient: &mut Lenient<'_>) -> Option<DateTime<Utc>> {
    let text = notice.get("timestamp").filter(|value| !value.is_null())?;
    let time = text.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    if time.is_none() {
        lenient.progress.warn("claim_ignored", Some("timestamp"));
    }
    time.map(|time| time.with_timezone(&Utc))
}
