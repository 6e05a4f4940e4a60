//! Access tokens for services (§16): the signed request, the reading of the reply, and what follows from
//! a refusal.
//!
//! Keeping tokens, asking once for many and repeating after 401 are the application's; an entry of its
//! cache is named by platform, deployment (if the assertion names it) and [`Scopes`]. Nothing here prints
//! a token or an assertion (T15).

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value, json};

use super::{
    failure::{Failure, Next, is_later, later, said},
    scope::Scopes,
    text::oauth_error,
    wire::{Answer, Body, Method, Request},
};
use crate::{
    Refusal,
    address::append_query,
    claims::DEPLOYMENT_ID,
    hex::hex,
    keys::{ToolKey, ToolKeyError},
};

/// How long a refused scope is not asked for again.
pub const REFUSED_FOR: Duration = Duration::hours(24);

/// Our clock may run ahead of the platform's: `iat` lies this far back.
const SKEW: Duration = Duration::seconds(5);
/// From `iat` to `exp`.
const ASSERTION_LIFE: Duration = Duration::seconds(300);
/// Assumed when the reply has no `expires_in`.
const ASSUMED_LIFE: i64 = 300;
/// No token is kept longer, whatever it says.
const LONGEST_LIFE: i64 = 86_400;

const GRANT: &str = "client_credentials";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Who asks whom.
#[derive(Clone, Copy, Debug)]
pub struct Party<'a> {
    /// Our name at the platform.
    pub client_id: &'a str,
    /// Where tokens are given out.
    pub token_endpoint: &'a str,
    /// The assertion's `aud`; `None` means the token endpoint.
    pub token_audience: Option<&'a str>,
    /// The deployment on whose behalf we ask; `None` under `send_deployment_in_assertion = false`.
    pub deployment_id: Option<&'a str>,
}

impl Party<'_> {
    /// The request for a token (§16.1, §16.2). `jti` is random and used for this request only, also not
    /// for its repetition.
    ///
    /// # Errors
    /// [`ToolKeyError::NotSigned`].
    pub fn request(
        &self,
        key: &ToolKey,
        scopes: &Scopes,
        jti: &[u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Request, ToolKeyError> {
        let issued = (now - SKEW).timestamp();
        let mut claims = Map::new();
        claims.insert("iss".into(), json!(self.client_id));
        claims.insert("sub".into(), json!(self.client_id));
        claims.insert("aud".into(), json!(self.token_audience.unwrap_or(self.token_endpoint)));
        claims.insert("iat".into(), json!(issued));
        claims.insert("exp".into(), json!(issued + ASSERTION_LIFE.num_seconds()));
        claims.insert("jti".into(), json!(hex(jti)));
        if let Some(deployment) = self.deployment_id {
            claims.insert(DEPLOYMENT_ID.into(), json!(deployment));
        }
        let assertion = key.sign(&claims)?;
        let scope = scopes.to_string();
        // A query and a form are written alike; the leading question mark is not part of the form.
        let mut form = String::new();
        append_query(
            &mut form,
            &[
                ("grant_type", GRANT),
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", &assertion),
                ("scope", &scope),
            ],
        );
        Ok(Request {
            method: Method::Post,
            url: self.token_endpoint.to_owned(),
            accept: JSON,
            body: Some(Body { content_type: FORM, bytes: form.trim_start_matches('?').as_bytes().to_vec() }),
            scope: None,
        })
    }
}

/// A token that the platform gave. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Granted {
    token: String,
    scopes: Scopes,
    usable_until: DateTime<Utc>,
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted")
            .field("scopes", &self.scopes)
            .field("usable_until", &self.usable_until)
            .finish_non_exhaustive()
    }
}

impl Granted {
    /// The token, for the `Authorization: Bearer` header. Keep it in memory or sealed, out of logs.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What it allows, as the platform says.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Until when it may be taken from the cache (§16.4): a minute before it ends, or half of its life
    /// when that is shorter than two minutes.
    #[must_use]
    pub fn usable_until(&self) -> DateTime<Utc> {
        self.usable_until
    }

    /// Whether it may still be taken from the cache.
    #[must_use]
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        now < self.usable_until
    }

    /// Refuses to call a service for which the token does not suffice.
    ///
    /// # Errors
    /// [`Refusal::TokenScopeInsufficient`], naming the scope.
    pub fn require(&self, scope: &str) -> Result<(), Failure> {
        // Full line item management includes reading them.
        let is_read = scope == super::scope::LINEITEM_READONLY;
        if self.scopes.contains(scope) || (is_read && self.scopes.contains(super::scope::LINEITEM)) {
            return Ok(());
        }
        Err(insufficient(&[scope].into_iter().collect()))
    }
}

fn insufficient(scopes: &Scopes) -> Failure {
    Failure::about(Refusal::TokenScopeInsufficient, Next::Alarm, scopes.to_string())
}

/// One asking for a set of scopes, which may take several requests: a platform that refuses the set is
/// asked once per single scope, and then for what it did not refuse (§16.3, T10).
///
/// Make a request of [`Asking::now`], hand its answer to [`Asking::heard`], until that is done or failed.
/// Afterwards remember [`Asking::refused`] for [`REFUSED_FOR`], and leave those scopes out next time.
#[derive(Clone, Debug)]
pub struct Asking {
    now: Scopes,
    singles: Vec<String>,
    granted: Vec<(String, Granted)>,
    refused: Scopes,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Together,
    Single,
    Remainder,
}

/// What an answer led to.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send another request, for these scopes and with a fresh `jti`.
    Ask,
    /// Here is the token.
    Done(Granted),
    /// There is none.
    Failed(Failure),
}

impl Asking {
    /// Begins to ask for `wanted`, but not for what was refused lately.
    ///
    /// # Errors
    /// [`Refusal::TokenScopeInsufficient`] when nothing is left to ask for.
    pub fn new(wanted: &Scopes, refused_lately: &Scopes) -> Result<Self, Failure> {
        let now = wanted.without(refused_lately);
        if now.is_empty() {
            return Err(insufficient(wanted));
        }
        Ok(Self {
            now,
            singles: Vec::new(),
            granted: Vec::new(),
            refused: Scopes::default(),
            stage: Stage::Together,
        })
    }

    /// The scopes to ask for in the next request.
    #[must_use]
    pub fn now(&self) -> &Scopes {
        &self.now
    }

    /// The scopes that the platform refused.
    #[must_use]
    pub fn refused(&self) -> &Scopes {
        &self.refused
    }

    /// Takes in an answer.
    pub fn heard(&mut self, answer: &Answer<'_>, now: DateTime<Utc>) -> Step {
        let failure = match read(answer, &self.now, now) {
            Ok(granted) if self.stage != Stage::Single => return Step::Done(granted),
            Ok(granted) => {
                self.granted.push((self.now.to_string(), granted));
                return self.next_single();
            }
            Err(failure) => failure,
        };
        if !is_invalid_scope(answer) {
            return Step::Failed(failure);
        }
        match self.stage {
            Stage::Together if self.now.len() > 1 => {
                self.singles = self.now.iter().map(str::to_owned).collect();
                self.singles.reverse();
                self.stage = Stage::Single;
                self.next_single()
            }
            Stage::Single => {
                self.refused = self.refused.iter().chain(self.now.iter()).collect();
                self.next_single()
            }
            Stage::Together | Stage::Remainder => {
                self.refused = self.refused.iter().chain(self.now.iter()).collect();
                Step::Failed(Failure {
                    refusal: Refusal::TokenScopeInsufficient,
                    next: Next::Alarm,
                    ..failure
                })
            }
        }
    }

    fn next_single(&mut self) -> Step {
        if let Some(scope) = self.singles.pop() {
            self.now = [scope].into_iter().collect();
            return Step::Ask;
        }
        match self.granted.len() {
            0 => Step::Failed(insufficient(&self.refused)),
            1 => match self.granted.pop() {
                Some((_, granted)) => Step::Done(granted),
                None => Step::Failed(insufficient(&self.refused)),
            },
            _ => {
                self.now = self.granted.iter().map(|(scope, _)| scope).collect();
                self.stage = Stage::Remainder;
                Step::Ask
            }
        }
    }
}

fn is_invalid_scope(answer: &Answer<'_>) -> bool {
    matches!(answer.status, 400 | 401 | 403) && oauth_error(answer.body).as_deref() == Some("invalid_scope")
}

/// Reads one reply (§16.3). JSON served as `text/html` is JSON.
///
/// # Errors
/// [`Failure`] with one of the `lti.token` codes.
pub fn read(answer: &Answer<'_>, asked: &Scopes, now: DateTime<Utc>) -> Result<Granted, Failure> {
    if is_later(answer.status) {
        return Err(Failure::of(answer, Refusal::TokenUnreachable, later(answer, now)));
    }
    if !answer.is_success() {
        return Err(Failure::of(answer, Refusal::TokenRefused(said(answer)), Next::Alarm));
    }
    let invalid = |what: &str| Failure {
        words: Some(what.to_owned()),
        ..Failure::of(answer, Refusal::TokenInvalidResponse, Next::Alarm)
    };
    let reply: Map<String, Value> = answer.json().ok_or_else(|| invalid("no JSON"))?;
    // Some answer 200 with an error inside.
    if reply.contains_key("error") && !reply.contains_key("access_token") {
        return Err(Failure::of(answer, Refusal::TokenRefused(said(answer)), Next::Alarm));
    }
    let token = reply.get("access_token").and_then(Value::as_str).unwrap_or_default();
    if token.is_empty() || token.len() > 16_384 || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("access_token"));
    }
    match reply.get("token_type") {
        Some(Value::String(kind)) if kind.trim().eq_ignore_ascii_case("bearer") => {}
        // RFC 6749 demands it; its absence can only mean the one kind that there is.
        None | Some(Value::Null) => {}
        Some(_) => return Err(invalid("token_type")),
    }
    let scopes = match reply.get("scope") {
        None | Some(Value::Null) => asked.clone(),
        Some(Value::String(text)) if text.trim().is_empty() => asked.clone(),
        Some(Value::String(text)) => Scopes::parse(text),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        Some(_) => return Err(invalid("scope")),
    };
    let life = match reply.get("expires_in") {
        None | Some(Value::Null) => ASSUMED_LIFE,
        Some(value) => whole_seconds(value).ok_or_else(|| invalid("expires_in"))?,
    };
    let life = life.clamp(0, LONGEST_LIFE);
    let usable = if life < 120 { life / 2 } else { life - 60 };
    Ok(Granted { token: token.to_owned(), scopes, usable_until: now + Duration::seconds(usable) })
}

/// Seconds as a number or, from careless platforms, as its text.
fn whole_seconds(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let whole = text.split('.').next().unwrap_or_default();
    match whole.parse() {
        Ok(seconds) => Some(seconds),
        // More digits than fit, or `1e9`: longer than we keep any token.
        Err(_) => text.parse::<f64>().ok().filter(|number| *number > 0.0).map(|_| LONGEST_LIFE),
    }
}
