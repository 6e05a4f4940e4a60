//! Whether an answer to a deep-linking request is right in every point of lti-1.3-tool.md §15.2 and §15.3.
//! Platforms are laxer; a tool that passes here passes there.

use chrono::DateTime;
use serde_json::Value;

use super::{CONTENT_ITEMS, DATA, ERROR_MSG, MSG, Request};
use crate::{
    claims,
    fields::Fields,
    lms::{Lms, lock},
    manners::DeepLinkingManners,
    registration::secure,
    tool::ToolRegistration,
};

/// Clocks may differ by this many seconds.
const LEEWAY: i64 = 60;
/// An answer is valid for ten minutes at most (case D03).
const LONGEST: i64 = 600;
const TITLE_LIMIT: usize = 255;

/// A good answer.
#[derive(Debug)]
pub(super) struct Verified {
    pub items: Vec<Value>,
    pub message: Option<String>,
    pub error: Option<String>,
}

impl Lms {
    /// Judges a form posted to a return address. The claims are left in `seen` as soon as the signature is good.
    pub(super) async fn verified_response(
        &self,
        request: &Request,
        form: &Fields,
        seen: &mut Option<Value>,
    ) -> Result<Verified, String> {
        let mut tokens = form.iter().filter(|(name, _)| name == "JWT");
        let (Some((_, token)), None) = (tokens.next(), tokens.next()) else {
            return Err("the form must have one field JWT, in capital letters".to_owned());
        };
        let tool = self.registration(&request.client_id).ok_or("the tool is not registered any more")?;
        let jwks = tool.jwks_url.as_deref().ok_or("the tool has registered no keys")?;
        let claims = self.verify_tool_signature(jwks, token).await.map_err(|error| error.description)?;
        *seen = Some(claims.clone());
        self.check_claims(request, &claims)?;
        let settings = &request.settings;
        check_data(settings.get("data"), claims.get(DATA))?;
        let items = claims.get(CONTENT_ITEMS).and_then(Value::as_array);
        let items = items.ok_or("content_items must be an array, also when nothing is chosen")?;
        let manners = self.manners().deep_linking;
        if items.len() > 1 && !DeepLinkingManners::says(settings.get("accept_multiple")) {
            return Err(format!("{} items, but accept_multiple is not true", items.len()));
        }
        for item in items {
            check_item(item, settings, &tool, &manners)?;
        }
        let said = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("{name} must be a text")),
        };
        Ok(Verified { items: items.clone(), message: said(MSG)?, error: said(ERROR_MSG)? })
    }

    fn check_claims(&self, request: &Request, claims: &Value) -> Result<(), String> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let ours = |value: &Value| value == self.issuer();
        if text("iss") != Some(&request.client_id) {
            return Err("iss must be the client_id".to_owned());
        }
        let audience = match claims.get("aud") {
            Some(Value::Array(all)) => all.len() == 1 && all.iter().all(ours),
            Some(one) => ours(one),
            None => false,
        };
        if !audience {
            return Err("aud must be the issuer of this platform".to_owned());
        }
        if claims.get("azp").is_some_and(|azp| !ours(azp)) {
            return Err("azp, if there, must be the same as aud".to_owned());
        }
        if claims.get("sub").is_some() {
            return Err("there must be no sub".to_owned());
        }
        let number = |name: &str| claims.get(name).and_then(Value::as_i64);
        let (Some(issued), Some(expires)) = (number("iat"), number("exp")) else {
            return Err("iat and exp must be whole numbers of seconds".to_owned());
        };
        let now = self.now().timestamp();
        if expires <= now - LEEWAY || issued > now + LEEWAY || issued < now - LONGEST {
            return Err("expired, from the future, or signed long ago".to_owned());
        }
        if expires <= issued || expires - issued > LONGEST {
            return Err("valid for longer than ten minutes, or never".to_owned());
        }
        let nonce = text("nonce").filter(|nonce| !nonce.is_empty()).ok_or("nonce is missing")?;
        let repeated = lock(&self.messages.responses).iter().any(|other| {
            let earlier = other.claims.as_ref().filter(|_| other.refusal.is_none());
            other.client_id.as_ref() == Some(&request.client_id)
                && earlier.and_then(|claims| claims.get("nonce")).and_then(Value::as_str) == Some(nonce)
        });
        if repeated {
            return Err("the nonce was used before".to_owned());
        }
        let wanted = [
            (claims::MESSAGE_TYPE, "LtiDeepLinkingResponse"),
            (claims::VERSION, "1.3.0"),
            (claims::DEPLOYMENT_ID, request.deployment_id.as_str()),
        ];
        match wanted.iter().find(|(name, value)| text(name) != Some(value)) {
            Some((name, value)) => Err(format!("{name} must be {value}")),
            None => Ok(()),
        }
    }
}

/// `data` comes back byte for byte, and only if it was sent.
fn check_data(sent: Option<&Value>, came: Option<&Value>) -> Result<(), String> {
    match (sent, came) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err("data came back that was never sent".to_owned()),
        (Some(sent), came) if Some(sent) == came => Ok(()),
        (Some(_), _) => Err("data did not come back unchanged".to_owned()),
    }
}

fn lists(settings: &Value, name: &str, wanted: &str) -> bool {
    let list = settings.get(name).and_then(Value::as_array);
    list.is_some_and(|list| list.iter().any(|value| value == wanted))
}

fn check_item(
    item: &Value,
    settings: &Value,
    tool: &ToolRegistration,
    manners: &DeepLinkingManners,
) -> Result<(), String> {
    let kind = item.get("type").and_then(Value::as_str).ok_or("an item has no type")?;
    if manners.checks_items && !lists(settings, "accept_types", kind) {
        return Err(format!("items of type {kind} are not accepted"));
    }
    for name in ["title", "text"] {
        if item.get(name).is_some_and(|value| !value.is_string()) {
            return Err(format!("{name} of an item must be a text"));
        }
    }
    if super::items::title(item).chars().count() > TITLE_LIMIT {
        return Err(format!("a title is longer than {TITLE_LIMIT} characters"));
    }
    let url = item.get("url").map(|url| url.as_str().unwrap_or_default());
    match kind {
        "ltiResourceLink" => {
            if let Some(url) = url {
                own_address(url, tool)?;
            }
        }
        "link" | "file" | "image" if !url.is_some_and(secure) => {
            return Err(format!("a {kind} needs an absolute https address"));
        }
        "html" if !item.get("html").is_some_and(Value::is_string) => {
            return Err("an html item needs html".to_owned());
        }
        _ => {}
    }
    for picture in ["icon", "thumbnail"] {
        let address = item.get(picture).map(|picture| picture.get("url").and_then(Value::as_str));
        if address.is_some_and(|address| !address.is_some_and(secure)) {
            return Err(format!("the {picture} needs an absolute https address"));
        }
    }
    if let Some(custom) = item.get("custom")
        && !custom.as_object().is_some_and(|all| all.values().all(Value::is_string))
    {
        return Err("custom must be an object of texts".to_owned());
    }
    for target in ["window", "iframe"] {
        if item.get(target).is_some() && !lists(settings, "accept_presentation_document_targets", target) {
            return Err(format!("{target} is not an accepted target"));
        }
    }
    for span in ["available", "submission"] {
        check_dates(item.get(span), span)?;
    }
    check_column(item.get("lineItem"), settings, manners)
}

/// The address comes back as `target_link_uri`, so it must be the tool's.
fn own_address(address: &str, tool: &ToolRegistration) -> Result<(), String> {
    if secure(address) && tool.is_at(address) {
        Ok(())
    } else {
        Err(format!("{address} is no https address of the tool"))
    }
}

fn check_dates(span: Option<&Value>, name: &str) -> Result<(), String> {
    let Some(span) = span else { return Ok(()) };
    let dates = span.as_object().ok_or_else(|| format!("{name} must be an object"))?;
    let is_date = |date: &Value| date.as_str().is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok());
    if dates.values().all(is_date) {
        Ok(())
    } else {
        Err(format!("{name} must have dates of ISO 8601 with a zone"))
    }
}

fn check_column(
    column: Option<&Value>,
    settings: &Value,
    manners: &DeepLinkingManners,
) -> Result<(), String> {
    let Some(column) = column else { return Ok(()) };
    let refuses = settings.get("accept_lineitem");
    if refuses.is_some_and(|accepts| accepts == &Value::Bool(false) || accepts == "false") {
        return Err("a lineItem, but accept_lineitem is false".to_owned());
    }
    let maximum = column.get("scoreMaximum").and_then(Value::as_f64).filter(|maximum| *maximum > 0.0);
    let maximum = maximum.ok_or("lineItem needs a scoreMaximum above 0")?;
    if manners.whole_scores && (maximum.fract() != 0.0 || maximum > 100.0) {
        return Err("scoreMaximum must be a whole number from 1 to 100 here".to_owned());
    }
    for name in ["label", "resourceId", "tag"] {
        if column.get(name).is_some_and(|value| !value.is_string()) {
            return Err(format!("{name} of a lineItem must be a text"));
        }
    }
    Ok(())
}
