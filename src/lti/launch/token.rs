//! The signed token, in the order of §5: form, header, key, signature, then who, for whom, and when.
//!
//! jsonwebtoken checks the signature and nothing else; times are compared with the `now` that is given.
//! Nothing of the payload is believed, or even remembered by name, before the signature is good.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{
    Deserialize,
    de::{Deserializer, Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::{
    claims::{self, Lenient, present},
    deep_linking::Settings,
    keys::KeySet,
    progress::{Check, Progress},
    refusal::Refusal,
    registration::{Algorithm, Registration, Tool},
    roles::Roles,
    state::State,
};

const MAX_TOKEN: usize = 256 * 1024;

/// The token's header, as far as it may be believed: an allowed algorithm and the name of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// On the registration's list.
    pub alg: Algorithm,
    /// `None` only where the registration's key was typed in.
    pub kid: Option<String>,
}

/// A readable token whose signature has not been checked. Only its header can be seen.
#[derive(Clone)]
pub struct Unverified<'t> {
    message: &'t str,
    signature: &'t str,
    header: Header,
    payload: Map<String, Value>,
}

impl Unverified<'_> {
    /// Which key is needed.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }
}

/// A token that this registration's platform signed for us, for this login, and that is valid now.
#[derive(Clone)]
pub struct VerifiedToken {
    pub(crate) payload: Map<String, Value>,
    pub(crate) nonce: String,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl VerifiedToken {
    /// The deployment, for the application to look up before [`crate::launch::validate()`].
    #[must_use]
    pub fn deployment_id(&self) -> Option<&str> {
        self.payload.get(claims::DEPLOYMENT_ID).and_then(Value::as_str)
    }

    /// Where the person may go back to, also when the message is refused (§10.5): an http(s) URL.
    #[must_use]
    pub fn return_url(&self) -> Option<String> {
        claims::return_url(&self.payload)
    }

    /// The settings of a deep linking request, also when the message is refused: who may not pick still gets a
    /// way back ([`crate::deep_linking::Response::failed`], D12).
    #[must_use]
    pub fn deep_linking(&self, tool: &Tool) -> Option<Settings> {
        let object = self.payload.get(claims::DEEP_LINKING_SETTINGS)?.as_object();
        let mut unheard = Progress::default();
        let mut lenient = Lenient { progress: &mut unheard, allow_loopback_http: tool.allow_loopback_http };
        Settings::read(object, &mut lenient).ok()
    }

    /// Whether the person teaches or administers, is no learner of this course and no preview account: only
    /// such a one may say whose a new deployment is. Roles that cannot be read are none.
    #[must_use]
    pub fn may_claim_deployment(&self) -> bool {
        let roles = self.payload.get(claims::ROLES).and_then(Value::as_array);
        let roles = Roles::parse(roles.into_iter().flatten().filter_map(Value::as_str));
        roles.is_staff_here() && !roles.is_learner_here() && !roles.is_test_user()
    }

    /// The platform's own name of itself, to show beside a deployment that waits for approval.
    #[must_use]
    pub fn platform_guid(&self) -> Option<&str> {
        self.payload
            .get(claims::TOOL_PLATFORM)
            .and_then(|platform| platform.get("guid"))
            .and_then(Value::as_str)
    }
}

// Tokens stay out of logs (O02).
impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken").field("deployment_id", &self.deployment_id()).finish_non_exhaustive()
    }
}

/// Reads the token as far as its key (§10.2 step 11, §5 steps 1-5).
///
/// # Errors
/// [`Refusal::RegistrationDisabled`], then the `lti.jwt.*` refusals up to [`Refusal::KidMissing`].
pub fn peek<'t>(
    token: &'t str,
    registration: &Registration,
    progress: &mut Progress,
) -> Result<Unverified<'t>, Refusal> {
    if !registration.active {
        return Err(Refusal::RegistrationDisabled);
    }
    progress.passed(Check::Registration);

    if token.len() > MAX_TOKEN {
        return Err(Refusal::TokenTooLarge);
    }
    let parts: Vec<&str> = token.split('.').take(6).collect();
    let (header, payload, signature) = match *parts.as_slice() {
        [header, payload, signature] => (header, payload, signature),
        [_, _, _, _, _] => return Err(Refusal::EncryptedUnsupported),
        _ => return Err(Refusal::TokenMalformed),
    };
    let message = token.get(..header.len() + 1 + payload.len()).ok_or(Refusal::TokenMalformed)?;
    let (header, payload) = (part(header)?, part(payload)?);
    part(signature)?;
    progress.passed(Check::TokenForm);

    let (header, payload) = (members(&header)?, members(&payload)?);
    progress.passed(Check::TokenJson);

    let header = believed(&header, registration, progress)?;
    Ok(Unverified { message, signature, header, payload })
}

/// The header (§5 steps 3-5).
fn believed(
    header: &Map<String, Value>,
    registration: &Registration,
    progress: &mut Progress,
) -> Result<Header, Refusal> {
    let named = header.get("alg").and_then(Value::as_str).ok_or(Refusal::AlgNotAllowed)?;
    let allowed = registration.switches.id_token_algs.iter().find(|alg| alg.name() == named);
    let alg = *allowed.ok_or(Refusal::AlgNotAllowed)?;
    progress.passed(Check::Algorithm);

    // RFC 7797's `b64` must stand in `crit`; alone it is as bad.
    if header.contains_key("crit") || header.get("b64") == Some(&Value::Bool(false)) {
        return Err(Refusal::CritUnsupported);
    }
    progress.passed(Check::Critical);

    let kid = match header.get("kid") {
        Some(Value::String(kid)) if !kid.is_empty() => Some(kid.clone()),
        None if registration.inline_keys => None,
        _ => return Err(Refusal::KidMissing),
    };
    progress.passed(Check::KeyId);
    Ok(Header { alg, kid })
}

/// Checks key, signature, parties, times and nonce (§5 steps 6-13, §10.2 step 13).
///
/// On [`Refusal::KidUnknown`] the application may have the keys fetched again once; ask
/// [`KeySet::has`] or [`crate::keys::KeyCache::decide`] before coming here.
///
/// # Errors
/// The `lti.jwt.*` refusals from [`Refusal::KidUnknown`] on; [`Refusal::StateInvalid`] when the state is
/// another platform's.
pub fn verify(
    token: Unverified<'_>,
    state: &State,
    registration: &Registration,
    keys: &KeySet,
    now: DateTime<Utc>,
    progress: &mut Progress,
) -> Result<VerifiedToken, Refusal> {
    // The state chooses the registration; anything else would be a mistake of the application.
    if state.platform() != registration.platform {
        return Err(Refusal::StateInvalid);
    }
    signed(token, registration, keys, now, progress, |nonce| state.is_nonce(nonce))
}

/// Everything of [`verify`] but the state: a notice has none (§21).
pub(crate) fn signed(
    token: Unverified<'_>,
    registration: &Registration,
    keys: &KeySet,
    now: DateTime<Utc>,
    progress: &mut Progress,
    is_nonce: impl Fn(&str) -> bool,
) -> Result<VerifiedToken, Refusal> {
    let key = keys.choose(&token.header)?;
    progress.passed(Check::Key);

    key.verify(token.message, token.signature)?;
    progress.passed(Check::Signature);
    let payload = token.payload;
    progress.saw_claims(payload.keys());

    check_parties(&payload, registration, progress)?;
    let (issued_at, expires_at) = check_times(&payload, registration, now, progress)?;

    let nonce = match present(&payload, "nonce") {
        None => return Err(Refusal::NonceMissing),
        Some(Value::String(nonce)) if nonce.is_empty() => return Err(Refusal::NonceMissing),
        Some(Value::String(nonce)) if is_nonce(nonce) => nonce.clone(),
        Some(Value::String(_)) => return Err(Refusal::NonceMismatch),
        Some(_) => return Err(Refusal::JwtClaimType("nonce")),
    };
    progress.passed(Check::Nonce);
    Ok(VerifiedToken { payload, nonce, issued_at, expires_at })
}

/// Who and for whom (§5 steps 8-10).
fn check_parties(
    payload: &Map<String, Value>,
    registration: &Registration,
    progress: &mut Progress,
) -> Result<(), Refusal> {
    match present(payload, "iss") {
        Some(Value::String(iss)) if *iss == registration.issuer => {}
        Some(Value::String(_)) | None => return Err(Refusal::IssMismatch),
        Some(_) => return Err(Refusal::JwtClaimType("iss")),
    }
    progress.passed(Check::Issuer);

    let us = registration.client_id.as_str();
    let audiences: Vec<&str> = match present(payload, "aud") {
        None => Vec::new(),
        Some(Value::String(aud)) => vec![aud],
        Some(Value::Array(several)) => {
            several.iter().map(Value::as_str).collect::<Option<_>>().ok_or(Refusal::JwtClaimType("aud"))?
        }
        Some(_) => return Err(Refusal::JwtClaimType("aud")),
    };
    if !audiences.contains(&us) {
        return Err(Refusal::AudMismatch);
    }
    let trusted = &registration.switches.trusted_audiences;
    if audiences.iter().any(|aud| *aud != us && !trusted.iter().any(|known| known == aud)) {
        return Err(Refusal::AudUntrusted);
    }
    progress.passed(Check::Audience);

    match present(payload, "azp") {
        Some(Value::String(azp)) if azp == us => {}
        Some(Value::String(_)) => return Err(Refusal::AzpMismatch),
        Some(_) => return Err(Refusal::JwtClaimType("azp")),
        None if audiences.iter().any(|aud| *aud != us) => return Err(Refusal::AzpMissing),
        None => {}
    }
    progress.passed(Check::AuthorizedParty);
    Ok(())
}

/// When (§5 steps 11-13).
fn check_times(
    payload: &Map<String, Value>,
    registration: &Registration,
    now: DateTime<Utc>,
    progress: &mut Progress,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Refusal> {
    let seconds = now.timestamp_micros() as f64 / 1e6;
    let leeway = f64::from(registration.switches.leeway_s);
    let max_age = f64::from(registration.switches.max_token_age_s);

    let exp = date(payload, "exp")?.ok_or(Refusal::ExpMissing)?;
    if seconds >= exp + leeway {
        return Err(Refusal::Expired);
    }
    progress.passed(Check::Expiry);

    let iat = date(payload, "iat")?.ok_or(Refusal::IatMissing)?;
    if iat > seconds + leeway {
        return Err(Refusal::IatFuture);
    }
    if iat < seconds - max_age - leeway {
        return Err(Refusal::TooOld);
    }
    if exp <= iat {
        return Err(Refusal::Expired);
    }
    progress.passed(Check::Age);

    if date(payload, "nbf")?.is_some_and(|nbf| nbf > seconds + leeway) {
        return Err(Refusal::NotYetValid);
    }
    progress.passed(Check::NotBefore);
    Ok((instant(iat), instant(exp)))
}

/// Seconds since the epoch, whole or with a fraction.
pub(crate) fn date(payload: &Map<String, Value>, name: &'static str) -> Result<Option<f64>, Refusal> {
    match present(payload, name) {
        None => Ok(None),
        Some(Value::Number(number)) => number.as_f64().map(Some).ok_or(Refusal::JwtClaimType(name)),
        Some(_) => Err(Refusal::JwtClaimType(name)),
    }
}

/// A time that databases can hold: the year 9999 at most.
fn instant(seconds: f64) -> DateTime<Utc> {
    const LAST: f64 = 253_402_300_799.0;
    #[expect(clippy::cast_possible_truncation, reason = "clamped to 14 digits before")]
    let micros = (seconds.clamp(0.0, LAST) * 1e6) as i64;
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// One part of the compact form: not empty, base64url, no padding.
pub(crate) fn part(text: &str) -> Result<Vec<u8>, Refusal> {
    if text.is_empty() {
        return Err(Refusal::TokenMalformed);
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::TokenMalformed)
}

/// A JSON object in which no top-level member comes twice (§5 step 2).
pub(crate) fn members(json: &[u8]) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice::<Members>(json).map(|members| members.0).map_err(|_| Refusal::TokenMalformed)
}

struct Members(Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object without repeated members")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut input: A) -> Result<Members, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = input.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member came twice"));
                    }
                }
                Ok(Members(members))
            }
        }

        input.deserialize_map(Object)
    }
}
