//! What a registration request must look like (lti-1.3-tool.md §20.3; Moodle's way: moodle-platform.md §3).

use serde_json::Value;
use url::Url;

use super::TOOL_CONFIGURATION;
use crate::manners::{RegistrationChecks, RegistrationManners};

/// Why a registration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {description}")]
pub struct Rejection {
    /// The status.
    pub status: u16,
    /// A code, or Moodle's bare words.
    pub error: String,
    /// A sentence.
    pub description: String,
}

impl Rejection {
    pub(super) fn new(status: u16, error: &str, description: impl Into<String>) -> Self {
        Self { status, error: error.to_owned(), description: description.into() }
    }
}

fn invalid(description: impl Into<String>) -> Rejection {
    Rejection::new(400, "invalid_client_metadata", description)
}

/// Refuses what this LMS would refuse.
pub(super) fn check(request: &Value, manners: &RegistrationManners) -> Result<(), Rejection> {
    if !request.is_object() {
        return Err(invalid("the body must be a JSON object"));
    }
    match manners.checks {
        RegistrationChecks::Moodle => moodle(request),
        RegistrationChecks::Lax => working(request),
        RegistrationChecks::Strict => working(request).and_then(|()| strict(request, manners)),
    }
}

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn contains(object: &Value, name: &str, wanted: &str) -> bool {
    let list = object.get(name).and_then(Value::as_array);
    list.is_some_and(|list| list.iter().any(|value| value == wanted))
}

fn moodle(request: &Value) -> Result<(), Rejection> {
    let bare = |words: String| Rejection::new(400, &words, "");
    for name in ["response_types", "initiate_login_uri", "redirect_uris", "client_name", "jwks_uri"] {
        if request.get(name).is_none_or(|value| value.is_null() || value == "") {
            return Err(bare(format!("missing required attribute {name}")));
        }
    }
    let method = text(request, "token_endpoint_auth_method");
    let Some(method) = method else {
        return Err(bare("missing required attribute token_endpoint_auth_method".to_owned()));
    };
    if !contains(request, "response_types", "id_token") {
        return Err(bare("invalid_response_types".to_owned()));
    }
    if method != "private_key_jwt" {
        return Err(bare("invalid_token_endpoint_auth_method".to_owned()));
    }
    if !request.get("redirect_uris").is_some_and(Value::is_array) {
        return Err(bare("invalid_redirect_uris".to_owned()));
    }
    let tool = request.get(TOOL_CONFIGURATION);
    let Some(tool) = tool.filter(|tool| tool.is_object()) else {
        return Err(bare(format!("missing required attribute {TOOL_CONFIGURATION}")));
    };
    let domain = text(tool, "domain").ok_or_else(|| bare("missing_domain".to_owned()))?;
    if let Some(target) = text(tool, "target_link_uri") {
        let authority = Url::parse(target).ok().and_then(|url| authority(&url));
        let inside = authority.is_some_and(|host| host == domain || host.ends_with(&format!(".{domain}")));
        if !inside {
            return Err(bare("domain_targetlinkuri_mismatch".to_owned()));
        }
    }
    Ok(())
}

/// Host and port as written.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// What nothing works without.
fn working(request: &Value) -> Result<(), Rejection> {
    for name in ["client_name", "initiate_login_uri", "jwks_uri"] {
        if text(request, name).is_none() {
            return Err(invalid(format!("{name} must be a text")));
        }
    }
    let uris = request.get("redirect_uris").and_then(Value::as_array);
    if !uris.is_some_and(|uris| !uris.is_empty() && uris.iter().all(Value::is_string)) {
        return Err(Rejection::new(400, "invalid_redirect_uri", "redirect_uris must be a list of addresses"));
    }
    if !request.get(TOOL_CONFIGURATION).is_some_and(Value::is_object) {
        return Err(invalid(format!("{TOOL_CONFIGURATION} must be an object")));
    }
    Ok(())
}

fn strict(request: &Value, manners: &RegistrationManners) -> Result<(), Rejection> {
    let wanted = [("application_type", "web"), ("token_endpoint_auth_method", "private_key_jwt")];
    for (name, value) in wanted {
        if text(request, name) != Some(value) {
            return Err(invalid(format!("{name} must be {value}")));
        }
    }
    let lists =
        [("response_types", "id_token"), ("grant_types", "implicit"), ("grant_types", "client_credentials")];
    for (name, value) in lists {
        if !contains(request, name, value) {
            return Err(invalid(format!("{name} must contain {value}")));
        }
    }
    let mut addresses = vec![text(request, "initiate_login_uri"), text(request, "jwks_uri")];
    for optional in ["logo_uri", "client_uri", "policy_uri", "tos_uri"] {
        if request.get(optional).is_some() {
            addresses.push(text(request, optional));
        }
    }
    let redirects = request.get("redirect_uris").and_then(Value::as_array);
    addresses.extend(redirects.into_iter().flatten().map(Value::as_str));
    if let Some(wrong) = addresses.iter().find(|url| !url.is_some_and(secure)) {
        return Err(invalid(format!("{} is no https address", wrong.unwrap_or("(nothing)"))));
    }
    if !request.get("scope").is_some_and(Value::is_string) {
        return Err(invalid("scope must be one text, separated by spaces"));
    }
    let tool = request.get(TOOL_CONFIGURATION).unwrap_or(&Value::Null);
    let domain = text(tool, "domain").ok_or_else(|| invalid("domain must be a text"))?;
    if domain.contains('/') || domain.contains("://") {
        return Err(invalid("domain must be a bare host"));
    }
    let target = text(tool, "target_link_uri").ok_or_else(|| invalid("target_link_uri must be a text"))?;
    inside(target, domain)?;
    if !tool
        .get("claims")
        .is_some_and(|claims| claims.as_array().is_some_and(|all| all.iter().all(Value::is_string)))
    {
        return Err(invalid("claims must be a list of texts"));
    }
    if let Some(custom) = tool.get("custom_parameters")
        && !custom.as_object().is_some_and(|all| all.values().all(Value::is_string))
    {
        return Err(invalid("custom_parameters must be an object of texts"));
    }
    let messages = tool.get("messages").and_then(Value::as_array);
    for message in messages.ok_or_else(|| invalid("messages must be a list"))? {
        check_message(message, domain, manners)?;
    }
    Ok(())
}

/// A message may be of a type and in places that the configuration offers (case G08).
fn check_message(message: &Value, domain: &str, manners: &RegistrationManners) -> Result<(), Rejection> {
    let kind = text(message, "type").ok_or_else(|| invalid("a message has no type"))?;
    let Some((_, offered)) = manners.messages.iter().find(|(name, _)| name == kind) else {
        return Err(invalid(format!("the message type {kind} is not supported here")));
    };
    if let Some(target) = text(message, "target_link_uri") {
        inside(target, domain)?;
    }
    let places = message.get("placements").and_then(Value::as_array);
    match places.into_iter().flatten().find(|place| !offered.iter().any(|name| *place == name)) {
        Some(place) => Err(invalid(format!("the placement {place} of {kind} is not supported here"))),
        None => Ok(()),
    }
}

/// Below the domain, with or without its port.
fn inside(target: &str, domain: &str) -> Result<(), Rejection> {
    let url = Url::parse(target).ok().filter(|_| secure(target));
    let host = url.as_ref().and_then(Url::host_str).map(str::to_owned);
    let authority = url.as_ref().and_then(authority);
    let is_inside = [host, authority]
        .into_iter()
        .flatten()
        .any(|name| name == domain || name.ends_with(&format!(".{domain}")));
    if is_inside { Ok(()) } else { Err(invalid(format!("{target} is not in the domain {domain}"))) }
}

/// https, or plain http on this machine.
pub(crate) fn secure(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let host = url.host_str().unwrap_or_default();
    let loopback =
        host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}
