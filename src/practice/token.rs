//! The token endpoint: client credentials, the assertion checked against the tool's own JWKS
//! (lti-1.3-tool.md §16; case K04).

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, KeyAlgorithm, PublicKeyUse},
};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use url::Url;

use crate::{
    dice, fields,
    lms::{Lms, lock},
    services::{Quirks, Reply, ServiceRequest, quirks::Audience},
    tool::ToolRegistration,
};

/// An assertion may not be valid longer than this.
const LONGEST_ASSERTION: Duration = Duration::seconds(3600);
/// Tolerated difference between the clocks.
const LEEWAY: Duration = Duration::seconds(60);
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An access token that was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The opaque token.
    pub access_token: String,
    /// Whose it is.
    pub client_id: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// The deployment that the assertion named, if it did.
    pub deployment_id: Option<String>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Why no token is given: an OAuth error and a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct TokenError {
    /// `invalid_client`, `invalid_scope`, …
    pub code: &'static str,
    /// What exactly is wrong.
    pub description: String,
    /// Whether it is because the tool's keys could not be fetched.
    pub keys_out_of_reach: bool,
}

fn problem(code: &'static str, description: impl Into<String>) -> TokenError {
    TokenError { code, description: description.into(), keys_out_of_reach: false }
}

/// Tokens given out, and assertion ids used, until they expire.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    grants: HashMap<String, Grant>,
    used: HashMap<(String, String), DateTime<Utc>>,
    /// Key sets of tools by address, for products that keep them.
    key_sets: HashMap<String, Value>,
}

impl Tokens {
    pub(crate) fn revoke(&mut self) {
        self.grants.clear();
    }
}

/// The token of an `Authorization: Bearer …`.
pub(crate) fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Lms {
    /// The grant behind an access token, if it is still valid.
    #[must_use]
    pub fn grant(&self, access_token: &str) -> Option<Grant> {
        let now = self.now();
        lock(&self.gate().tokens).grants.get(access_token).filter(|grant| grant.expires_at > now).cloned()
    }

    /// Answers a request to the token endpoint, in the manner of the product.
    pub(crate) async fn answer_token(&self, request: &ServiceRequest) -> Reply {
        if request.method != "POST" {
            let mut reply = Reply::text(405, "Tokens are asked for by POST.");
            reply.header("allow", b"POST");
            return reply;
        }
        let quirks = self.quirks(|quirks| quirks.clone());
        match self.grant_token(request, &quirks).await {
            Ok(grant) => {
                let seconds = (grant.expires_at - self.now()).num_seconds();
                let body = json!({"access_token": grant.access_token, "token_type": "bearer",
                                  "expires_in": seconds, "scope": grant.scopes.join(" ")});
                Reply::json(200, quirks.token_content_type, &body)
            }
            Err(error) if error.keys_out_of_reach && quirks.html_when_keys_fail => Reply::html(404),
            Err(error) => {
                let usual = if error.code == "invalid_client" { 401 } else { 400 };
                let status = quirks.token_refusal_status.unwrap_or(usual);
                let body = json!({"error": error.code, "error_description": error.description});
                Reply::json(status, quirks.token_content_type, &body)
            }
        }
    }

    async fn grant_token(&self, request: &ServiceRequest, quirks: &Quirks) -> Result<Grant, TokenError> {
        if !request.is_form() {
            return Err(problem("invalid_request", "the body must be a form"));
        }
        if request.header("authorization").is_some() {
            return Err(problem("invalid_request", "the client is named by its assertion only"));
        }
        let request = &request.form();
        if let Some(name) = fields::repeated(request) {
            return Err(problem("invalid_request", format!("{name} is given twice")));
        }
        let field = |name: &str| fields::first(request, name).unwrap_or_default();
        if field("grant_type") != "client_credentials" {
            return Err(problem("unsupported_grant_type", "grant_type must be client_credentials"));
        }
        if field("client_assertion_type") != JWT_BEARER {
            return Err(problem("invalid_request", format!("client_assertion_type must be {JWT_BEARER}")));
        }
        let (tool, deployment_id) = self.check_assertion(field("client_assertion"), quirks).await?;
        let allowed = self.grantable(&tool, quirks);
        let (scopes, refused): (Vec<String>, Vec<String>) = field("scope")
            .split_ascii_whitespace()
            .map(str::to_owned)
            .partition(|scope| allowed.iter().any(|known| known == scope));
        if scopes.is_empty() || (quirks.refuses_any_unknown_scope && !refused.is_empty()) {
            return Err(problem("invalid_scope", "not all of these scopes are granted to this tool"));
        }
        let now = self.now();
        let grant = Grant {
            access_token: dice::token(),
            client_id: tool.client_id,
            scopes,
            deployment_id,
            expires_at: now + quirks.access_token_lifetime,
        };
        let mut tokens = lock(&self.tokens);
        tokens.grants.retain(|_, other| other.expires_at > now);
        tokens.grants.insert(grant.access_token.clone(), grant.clone());
        Ok(grant)
    }

    /// Checks a client assertion; returns the tool and the deployment it speaks for, if it names one.
    async fn check_assertion(
        &self,
        assertion: &str,
        quirks: &Quirks,
    ) -> Result<(ToolRegistration, Option<String>), TokenError> {
        let invalid = |description: &str| problem("invalid_client", description);
        let peeked: Value = jsonwebtoken::dangerous::insecure_decode(assertion)
            .map_err(|_| invalid("client_assertion is no JWT"))?
            .claims;
        let client_id = peeked.get("sub").and_then(Value::as_str).unwrap_or_default();
        let tool = self.registration(client_id).ok_or_else(|| invalid("sub is no known client_id"))?;
        if self.is_closed(&tool) {
            return Err(invalid("no administrator has activated the tool"));
        }
        let url = tool.jwks_url.as_deref().ok_or_else(|| invalid("the tool has registered no keys"))?;
        let claims = self.verify_assertion(url, assertion, quirks).await?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let strict = quirks.token_audience != Audience::Ignored;
        if strict && (text("iss") != Some(client_id) || text("sub") != Some(client_id)) {
            return Err(invalid("iss and sub must both be the client_id"));
        }
        let wanted = self.token_audience();
        let audience = match claims.get("aud") {
            Some(Value::String(one)) => *one == wanted,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(&wanted)),
            _ => false,
        };
        if strict && !audience {
            return Err(invalid(&format!("aud must be {wanted}")));
        }
        let now = self.now();
        let time = |name: &str| {
            let seconds = claims.get(name).and_then(Value::as_i64);
            seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        };
        let (Some(issued), Some(expires)) = (time("iat"), time("exp")) else {
            return Err(invalid("iat and exp must be numbers of seconds"));
        };
        if expires + LEEWAY <= now || issued - LEEWAY > now || expires - issued > LONGEST_ASSERTION {
            return Err(invalid("the assertion is expired, from the future, or valid too long"));
        }
        let jti = text("jti").filter(|jti| !jti.is_empty()).ok_or_else(|| invalid("jti is missing"))?;
        let mut tokens = lock(&self.tokens);
        tokens.used.retain(|_, until| *until > now);
        let used = tokens.used.insert((client_id.to_owned(), jti.to_owned()), expires + LEEWAY).is_some();
        if used && !quirks.accepts_used_jti {
            return Err(invalid("jti was already used"));
        }
        let deployment = text(crate::claims::DEPLOYMENT_ID).map(str::to_owned);
        drop(tokens);
        Ok((tool, deployment))
    }

    /// Fetches a tool's JWKS and checks a token's RS256 signature with the key its `kid` names. Returns the claims;
    /// their meaning is not checked.
    ///
    /// # Errors
    /// `invalid_client`, saying what is wrong: keys out of reach, no `kid`, unknown `kid`, wrong signature.
    pub async fn verify_tool_signature(&self, jwks_url: &str, token: &str) -> Result<Value, TokenError> {
        verified(token, &self.fetch_keys(jwks_url).await?)
    }

    /// The same for an assertion, where the product may keep keys until a signature fails.
    async fn verify_assertion(&self, url: &str, token: &str, quirks: &Quirks) -> Result<Value, TokenError> {
        let kept = lock(&self.tokens).key_sets.get(url).filter(|_| quirks.caches_tool_keys).cloned();
        if let Some(Ok(claims)) = kept.map(|set| verified(token, &set)) {
            return Ok(claims);
        }
        let set = self.fetch_keys(url).await?;
        lock(&self.tokens).key_sets.insert(url.to_owned(), set.clone());
        verified(token, &set)
    }

    async fn fetch_keys(&self, url: &str) -> Result<Value, TokenError> {
        let lost = |description: String| TokenError {
            keys_out_of_reach: true,
            ..problem("invalid_client", description)
        };
        let url = Url::parse(url).map_err(|error| lost(format!("the JWKS address: {error}")))?;
        let answer = self
            .wire
            .send(Method::GET, &url, HeaderMap::new(), None)
            .await
            .map_err(|error| lost(format!("the tool's keys are out of reach: {error}")))?;
        if answer.status != 200 {
            return Err(lost(format!("the tool's JWKS answers {}", answer.status)));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|error| lost(format!("the tool's JWKS is no JSON: {error}")))
    }
}

/// Checks a token's RS256 signature with the key of this set that its `kid` names.
fn verified(token: &str, set: &Value) -> Result<Value, TokenError> {
    let invalid = |description: String| problem("invalid_client", description);
    let header = decode_header(token).map_err(|error| invalid(format!("no JWT header: {error}")))?;
    let kid = header.kid.filter(|kid| !kid.is_empty()).ok_or_else(|| invalid("no kid".to_owned()))?;
    let key = set
        .get("keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|entry| serde_json::from_value::<Jwk>(entry.clone()).ok())
        .find(|jwk| jwk.common.key_id.as_deref() == Some(&kid))
        .ok_or_else(|| invalid(format!("the tool publishes no key {kid}")))?;
    if key.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature)
        || key.common.key_algorithm.is_some_and(|alg| alg != KeyAlgorithm::RS256)
    {
        return Err(invalid(format!("the key {kid} is not for RS256 signatures")));
    }
    let key = DecodingKey::from_jwk(&key).map_err(|error| invalid(format!("the key {kid}: {error}")))?;
    // Times are checked by the caller, against the clock of this LMS.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    decode::<Value>(token, &key, &validation)
        .map(|data| data.claims)
        .map_err(|error| invalid(format!("the signature: {error}")))
}
