//! A platform's configuration (§20.2): what is missing and fatal, what is odd and only noted, and whether
//! the host that serves it may speak for its issuer.
//!
//! `openidconnect`'s type is strict about members that platforms get wrong, so the document is first copied
//! member by member into one that it can read; everything else in it is left behind.

use serde_json::{Map, Value, json};
use url::Url;

use super::{
    document::{MessageSupport, PLATFORM_CONFIGURATION, PlatformDocument},
    initiation::{Initiation, host_of},
};
use crate::{
    Refusal,
    address::web_url,
    claims::is_printable,
    progress::Warning,
    quirks::{FAMILIES, Family, STANDARD, ServiceQuirks},
    services::{Answer, Failure, Next},
};

/// What we trust beyond the rules.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trust<'a> {
    /// Issuers that an operator allows to be served from another host: a self-hosted Canvas with its
    /// default issuer.
    pub issuers: &'a [String],
    /// Development only: accept `http` on loopback hosts.
    pub allow_loopback_http: bool,
}

/// A configuration that passed all checks. Only [`Configuration::read`] makes one.
#[derive(Clone, Debug)]
pub struct Configuration {
    document: PlatformDocument,
    token_audience: Option<String>,
    family: Option<&'static Family>,
    warnings: Vec<Warning>,
}

/// Lists that must hold a value if they are there at all.
const DEMANDED: [(&str, &str); 4] = [
    ("token_endpoint_auth_methods_supported", "private_key_jwt"),
    ("token_endpoint_auth_signing_alg_values_supported", "RS256"),
    ("response_types_supported", "id_token"),
    ("id_token_signing_alg_values_supported", "RS256"),
];

/// Longest list that is read.
const MOST: usize = 500;

impl Configuration {
    /// Reads the answer to [`Initiation::request`].
    ///
    /// # Errors
    /// `lti.dr.config_unreachable` in the same words whatever happened, `lti.dr.config_invalid` and
    /// `lti.dr.unsupported_platform` with the member's name, `lti.dr.issuer_mismatch`.
    pub fn read(answer: &Answer<'_>, initiation: &Initiation, trust: Trust<'_>) -> Result<Self, Failure> {
        if answer.status != 200 {
            return Err(Failure::new(Refusal::DrConfigUnreachable, Next::Stop));
        }
        let invalid = |member| Failure::new(Refusal::DrConfigInvalid(member), Next::Stop);
        let source: Map<String, Value> = answer.json().ok_or_else(|| invalid("document"))?;
        let mut clean = Clean { source: &source, target: Map::new(), warnings: Vec::new() };

        let issuer = clean.text("issuer").ok_or_else(|| invalid("issuer"))?;
        let url = web_url(issuer, trust.allow_loopback_http)
            .filter(|_| is_bare(issuer) && !issuer.contains('?'))
            .ok_or_else(|| invalid("issuer"))?;
        for member in ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"] {
            let usable = |text: &&str| is_bare(text) && web_url(text, trust.allow_loopback_http).is_some();
            clean.text(member).filter(usable).ok_or_else(|| invalid(member))?;
        }
        if !may_speak_for(initiation.host(), &url, issuer, trust) {
            return Err(Failure::new(Refusal::DrIssuerMismatch, Next::Stop));
        }
        for (member, value) in DEMANDED {
            if !clean.list_with(member, value) {
                return Err(Failure::new(Refusal::DrUnsupportedPlatform(member), Next::Stop));
            }
        }
        if !clean.list("subject_types_supported") {
            clean.target.insert("subject_types_supported".into(), json!(["public"]));
        }
        clean.list("scopes_supported");
        clean.list("claims_supported");
        let server = clean.text("authorization_server");
        clean.platform().ok_or_else(|| invalid(PLATFORM_CONFIGURATION))?;

        let Clean { target, mut warnings, .. } = clean;
        let document: PlatformDocument =
            serde_json::from_value(Value::Object(target)).map_err(|_| invalid("document"))?;
        let platform = &document.additional_metadata().platform;
        let family = family_of(issuer, platform.product_family_code.as_deref());
        let token_endpoint = document.token_endpoint().map(|url| url.url());
        let token_audience = audience(server, token_endpoint, family, &mut warnings);
        Ok(Self { token_audience, family, warnings, document })
    }

    /// `iss`, byte for byte.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.document.issuer().as_str()
    }

    /// Where authentication requests go.
    #[must_use]
    pub fn authorization_endpoint(&self) -> &str {
        self.document.authorization_endpoint().as_str()
    }

    /// Where access tokens are given out.
    #[must_use]
    pub fn token_endpoint(&self) -> &str {
        self.document.token_endpoint().map(|url| url.as_str()).unwrap_or_default()
    }

    /// The assertion's `aud`, where it is not the token endpoint.
    #[must_use]
    pub fn token_audience(&self) -> Option<&str> {
        self.token_audience.as_deref()
    }

    /// The platform's keys.
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        self.document.jwks_uri().as_str()
    }

    /// Where the registration goes.
    #[must_use]
    pub fn registration_endpoint(&self) -> &str {
        self.document.registration_endpoint().map(|url| url.as_str()).unwrap_or_default()
    }

    /// The scopes that the platform lists; may be less than it has (Sakai).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.document.scopes_supported().into_iter().flatten().map(|scope| scope.as_str())
    }

    /// The kinds of messages that it lists; empty when it lists none.
    #[must_use]
    pub fn messages(&self) -> &[MessageSupport] {
        &self.document.additional_metadata().platform.messages_supported
    }

    /// The substitution variables that it lists.
    #[must_use]
    pub fn variables(&self) -> &[String] {
        &self.document.additional_metadata().platform.variables
    }

    /// The kinds of notices that it lists.
    #[must_use]
    pub fn notice_types(&self) -> &[String] {
        &self.document.additional_metadata().platform.notice_types_supported
    }

    /// `product_family_code` as sent.
    #[must_use]
    pub fn product_code(&self) -> Option<&str> {
        self.document.additional_metadata().platform.product_family_code.as_deref()
    }

    /// The product's version as sent.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.document.additional_metadata().platform.version.as_deref()
    }

    /// The family of platforms that we know it by.
    #[must_use]
    pub fn family(&self) -> Option<&'static Family> {
        self.family
    }

    /// How its services and its registration differ.
    #[must_use]
    pub fn quirks(&self) -> &'static ServiceQuirks {
        self.family.map_or(&STANDARD, |family| &family.services)
    }

    /// What was odd.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// Whether a host may serve the configuration of an issuer: its own, or an exception of the families' table
/// or of an operator (G05, G06).
fn may_speak_for(host: &str, issuer_url: &Url, issuer: &str, trust: Trust<'_>) -> bool {
    if host_of(issuer_url) == host || trust.issuers.iter().any(|trusted| trusted == issuer) {
        return true;
    }
    let fits = |pattern: &&str| match pattern.strip_prefix('*') {
        Some(end) => host.len() > end.len() && host.ends_with(end),
        None => host == *pattern,
    };
    FAMILIES
        .iter()
        .filter(|family| family.addresses.issuer == issuer)
        .any(|family| family.services.configured_from.iter().any(fits))
}

/// The family by issuer where that is a fixed name, else by product; of a product that is also sold as a
/// shared service, the one that customers run themselves.
fn family_of(issuer: &str, product: Option<&str>) -> Option<&'static Family> {
    let of_product = |family: &&Family| {
        product.is_some_and(|code| family.product_codes.iter().any(|known| known.eq_ignore_ascii_case(code)))
    };
    FAMILIES
        .iter()
        .find(|family| family.addresses.issuer == issuer && family.shared_issuer)
        .or_else(|| FAMILIES.iter().filter(of_product).find(|family| !family.shared_issuer))
        .or_else(|| FAMILIES.iter().find(of_product))
}

/// The assertion's audience: the authorization server where it is at home with the token endpoint or in the
/// family's row; without one, the row's if its token endpoint is this one's. Anything else could be somebody
/// else's audience.
fn audience(
    server: Option<&str>,
    token_endpoint: Option<&Url>,
    family: Option<&'static Family>,
    warnings: &mut Vec<Warning>,
) -> Option<String> {
    let token_endpoint = token_endpoint?;
    let row = family.map(|family| family.addresses);
    let audience = row.and_then(|row| row.token_audience);
    let is_home = |url: &str| Url::parse(url).is_ok_and(|url| url.origin() == token_endpoint.origin());
    if let Some(server) = server {
        if audience == Some(server) || is_home(server) {
            return Some(server.to_owned());
        }
        let about = Some("authorization_server".to_owned());
        warnings.push(Warning { code: "authorization_server_ignored", about });
    }
    audience.filter(|_| row.is_some_and(|row| is_home(row.token))).map(str::to_owned)
}

fn is_bare(text: &str) -> bool {
    is_printable(text) && !text.contains('#')
}

/// The copying of a document.
struct Clean<'a> {
    source: &'a Map<String, Value>,
    target: Map<String, Value>,
    warnings: Vec<Warning>,
}

impl<'a> Clean<'a> {
    fn warn(&mut self, code: &'static str, member: &str) {
        if self.warnings.len() < 50 {
            self.warnings.push(Warning { code, about: Some(member.to_owned()) });
        }
    }

    fn text(&mut self, member: &str) -> Option<&'a str> {
        let text = self.source.get(member)?.as_str().filter(|text| !text.is_empty())?;
        self.target.insert(member.to_owned(), text.into());
        Some(text)
    }

    /// Copies a list of texts, also a single text. `false` when there is none.
    fn list(&mut self, member: &str) -> bool {
        let list = match self.source.get(member) {
            Some(value @ (Value::Array(_) | Value::String(_))) => texts(value),
            Some(_) => {
                self.warn("member_ignored", member);
                return false;
            }
            None => {
                self.warn("member_missing", member);
                return false;
            }
        };
        self.target.insert(member.to_owned(), json!(list));
        true
    }

    /// Copies a list that must hold a value; an absent one is only noted (§20.2).
    fn list_with(&mut self, member: &str, value: &str) -> bool {
        if !self.list(member) {
            self.target.insert(member.to_owned(), json!([value]));
            return true;
        }
        let holds = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(|one| one == value));
        self.target.get(member).is_some_and(holds)
    }

    /// Copies LTI's block; its members are advisory.
    fn platform(&mut self) -> Option<()> {
        let block = self.source.get(PLATFORM_CONFIGURATION)?.as_object()?;
        let text = |name: &str| match block.get(name) {
            Some(Value::String(text)) if !text.is_empty() => {
                json!(text.chars().take(200).collect::<String>())
            }
            Some(Value::Number(number)) => json!(number.to_string()),
            _ => Value::Null,
        };
        let list = |name: &str| block.get(name).map(texts).unwrap_or_default();
        let shared = list("placements");
        let mut messages: Vec<Value> = Vec::new();
        let mut is_odd = false;
        for entry in
            block.get("messages_supported").and_then(Value::as_array).into_iter().flatten().take(MOST)
        {
            match entry {
                // Old Moodle: the names alone, and the placements beside them (G16).
                Value::String(kind) => {
                    is_odd = true;
                    messages.push(json!({ "type": kind, "placements": shared }));
                }
                Value::Object(members) if members.get("type").is_some_and(Value::is_string) => {
                    let placements = members.get("placements").map(texts).unwrap_or_default();
                    messages.push(json!({ "type": members.get("type"), "placements": placements }));
                }
                _ => is_odd = true,
            }
        }
        let clean = json!({
            "product_family_code": text("product_family_code"),
            "version": text("version"),
            "messages_supported": messages,
            "variables": list("variables"),
            "notice_types_supported": list("notice_types_supported"),
        });
        if is_odd {
            self.warn("member_odd", "messages_supported");
        }
        self.target.insert(PLATFORM_CONFIGURATION.to_owned(), clean);
        Some(())
    }
}

/// The texts of a list, or a single text; objects by their `type` or `name`.
fn texts(value: &Value) -> Vec<String> {
    let text = |one: &Value| match one {
        Value::String(text) => Some(text.clone()),
        Value::Object(members) => {
            members.get("type").or_else(|| members.get("name"))?.as_str().map(str::to_owned)
        }
        _ => None,
    };
    match value {
        Value::Array(several) => several.iter().filter_map(text).take(MOST).collect(),
        one => text(one).into_iter().collect(),
    }
}
