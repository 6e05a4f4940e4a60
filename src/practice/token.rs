//! The token endpoint: client credentials, the assertion checked against the tool's own JWKS
//! (lti-1.3-tool.md §16; case K04).

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, KeyAlgorithm, PublicKeyUse},
};
use reqwest::{Method, header::HeaderMap};
use serde_json::Value;
use url::Url;

use crate::{
    dice,
    fields::{self, Fields},
    lms::{Lms, lock},
};

/// How long an access token is valid.
const LIFETIME: Duration = Duration::seconds(3600);
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
}

fn problem(code: &'static str, description: impl Into<String>) -> TokenError {
    TokenError { code, description: description.into() }
}

/// Tokens given out, and assertion ids used, until they expire.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    grants: HashMap<String, Grant>,
    used: HashMap<(String, String), DateTime<Utc>>,
}

impl Lms {
    /// The grant behind an access token, if it is still valid.
    #[must_use]
    pub fn grant(&self, access_token: &str) -> Option<Grant> {
        let now = self.now();
        lock(&self.tokens).grants.get(access_token).filter(|grant| grant.expires_at > now).cloned()
    }

    /// Answers a request to the token endpoint.
    pub(crate) async fn grant_token(&self, request: &Fields) -> Result<Grant, TokenError> {
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
        let (client_id, allowed) = self.check_assertion(field("client_assertion")).await?;
        let scopes: Vec<String> = field("scope")
            .split_ascii_whitespace()
            .filter(|scope| allowed.iter().any(|known| known == scope))
            .map(str::to_owned)
            .collect();
        if scopes.is_empty() {
            return Err(problem("invalid_scope", "none of the scopes is granted to this tool"));
        }
        let now = self.now();
        let grant = Grant { access_token: dice::token(), client_id, scopes, expires_at: now + LIFETIME };
        let mut tokens = lock(&self.tokens);
        tokens.grants.retain(|_, other| other.expires_at > now);
        tokens.grants.insert(grant.access_token.clone(), grant.clone());
        Ok(grant)
    }

    /// Checks a client assertion; returns the client and the scopes it may ask for.
    async fn check_assertion(&self, assertion: &str) -> Result<(String, Vec<String>), TokenError> {
        let invalid = |description: &str| problem("invalid_client", description);
        let peeked: Value = jsonwebtoken::dangerous::insecure_decode(assertion)
            .map_err(|_| invalid("client_assertion is no JWT"))?
            .claims;
        let client_id = peeked.get("sub").and_then(Value::as_str).unwrap_or_default();
        let tool = self.registration(client_id).ok_or_else(|| invalid("sub is no known client_id"))?;
        let url = tool.jwks_url.as_deref().ok_or_else(|| invalid("the tool has registered no keys"))?;
        let claims = self.verify_tool_signature(url, assertion).await?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(client_id) || text("sub") != Some(client_id) {
            return Err(invalid("iss and sub must both be the client_id"));
        }
        let endpoint = self.token_endpoint();
        let audience = match claims.get("aud") {
            Some(Value::String(one)) => *one == endpoint,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(&endpoint)),
            _ => false,
        };
        if !audience {
            return Err(invalid("aud must be the token endpoint"));
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
        if tokens.used.insert((client_id.to_owned(), jti.to_owned()), expires + LEEWAY).is_some() {
            return Err(invalid("jti was already used"));
        }
        Ok((tool.client_id, tool.scopes))
    }

    /// Fetches a tool's JWKS and checks a token's RS256 signature with the key its `kid` names. Returns the claims;
    /// their meaning is not checked.
    ///
    /// # Errors
    /// `invalid_client`, saying what is wrong: keys out of reach, no `kid`, unknown `kid`, wrong signature.
    pub async fn verify_tool_signature(&self, jwks_url: &str, token: &str) -> Result<Value, TokenError> {
        let invalid = |description: String| problem("invalid_client", description);
        let header = decode_header(token).map_err(|error| invalid(format!("no JWT header: {error}")))?;
        let kid = header.kid.filter(|kid| !kid.is_empty()).ok_or_else(|| invalid("no kid".to_owned()))?;
        let url = Url::parse(jwks_url).map_err(|error| invalid(format!("the JWKS address: {error}")))?;
        let answer = self
            .wire
            .send(Method::GET, &url, HeaderMap::new(), None)
            .await
            .map_err(|error| invalid(format!("the tool's keys are out of reach: {error}")))?;
        if answer.status != 200 {
            return Err(invalid(format!("the tool's JWKS answers {}", answer.status)));
        }
        let set: Value = serde_json::from_slice(&answer.body)
            .map_err(|error| invalid(format!("the tool's JWKS is no JSON: {error}")))?;
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
}
