//! Claim names and what stands in the claims (§11, §17.1, §18.1; §13 is in `custom`), read leniently.
//!
//! What is needed must have its type, or the message is refused by that claim's name. What is merely
//! nice and comes broken is left out with a warning; `""` and `null` mean absent. Texts lose their control
//! characters (a NUL cannot be stored, a line break has no place in a name); ids are never changed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{address::web_url, progress::Progress, refusal::Refusal};

/// `LtiResourceLinkRequest`, …
pub const MESSAGE_TYPE: &str = "https://purl.imsglobal.org/spec/lti/claim/message_type";
/// `1.3.0`
pub const VERSION: &str = "https://purl.imsglobal.org/spec/lti/claim/version";
/// Names the deployment within its registration.
pub const DEPLOYMENT_ID: &str = "https://purl.imsglobal.org/spec/lti/claim/deployment_id";
/// The page to open.
pub const TARGET_LINK_URI: &str = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri";
/// The link that was clicked.
pub const RESOURCE_LINK: &str = "https://purl.imsglobal.org/spec/lti/claim/resource_link";
/// What the person is.
pub const ROLES: &str = "https://purl.imsglobal.org/spec/lti/claim/roles";
/// Whom a mentor may see.
pub const ROLE_SCOPE_MENTOR: &str = "https://purl.imsglobal.org/spec/lti/claim/role_scope_mentor";
/// The course.
pub const CONTEXT: &str = "https://purl.imsglobal.org/spec/lti/claim/context";
/// The platform's name of itself.
pub const TOOL_PLATFORM: &str = "https://purl.imsglobal.org/spec/lti/claim/tool_platform";
/// Frame, language, way back.
pub const LAUNCH_PRESENTATION: &str = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
/// Custom parameters.
pub const CUSTOM: &str = "https://purl.imsglobal.org/spec/lti/claim/custom";
/// Assignment and Grade Services.
pub const AGS_ENDPOINT: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
/// Names and Role Provisioning.
pub const NRPS_ENDPOINT: &str = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";

/// Longest id that is taken in (§2.2). `sub` and `deployment_id` have 255.
const MAX_ID: usize = 2048;

/// What the platform says about the person; any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// A delivery address, not proven to be theirs.
    pub email: Option<String>,
    /// Their language, hyphenated.
    pub locale: Option<String>,
}

/// The course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Unique within the deployment.
    pub id: String,
    /// Short name.
    pub label: Option<String>,
    /// Name.
    pub title: Option<String>,
    /// Kinds, as sent.
    pub types: Vec<String>,
}

/// The link that was clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Unique within the deployment; a copied link gets a new one.
    pub id: String,
    /// Name.
    pub title: Option<String>,
    /// Description, plain text.
    pub description: Option<String>,
}

/// What the platform is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolPlatform {
    /// Names this installation.
    pub guid: Option<String>,
    /// `moodle`, `canvas`, …
    pub product_family: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

/// The service addresses of this launch; the newest launch's are the ones to use (V33).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Services {
    /// Grades.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ags: Option<Ags>,
    /// Roster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nrps: Option<Nrps>,
}

/// Assignment and Grade Services (§17.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ags {
    /// What may be asked for.
    pub scope: Vec<String>,
    /// The container of all line items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineitems: Option<String>,
    /// The one line item of this link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineitem: Option<String>,
}

/// Names and Role Provisioning Services (§18.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrps {
    /// The roster's address.
    pub url: String,
}

/// The claims that must have their type (§10.2 step 14), borrowed from the payload.
#[derive(Debug)]
pub(crate) struct Typed<'a> {
    pub version: Option<&'a str>,
    pub message_type: Option<&'a str>,
    pub deployment_id: Option<&'a str>,
    pub roles: Option<Vec<&'a str>>,
    pub target_link_uri: Option<&'a str>,
    pub sub: Option<&'a str>,
    pub resource_link: Option<Object<'a>>,
    pub context: Option<Object<'a>>,
    pub custom: Option<Object<'a>>,
    pub ags: Option<Object<'a>>,
    pub nrps: Option<Object<'a>>,
}

/// A JSON object, or the `[]` that PHP writes for an empty one.
pub(crate) type Object<'a> = Option<&'a Map<String, Value>>;

impl<'a> Typed<'a> {
    pub(crate) fn read(payload: &'a Map<String, Value>) -> Result<Self, Refusal> {
        Ok(Self {
            version: string(payload, VERSION)?,
            message_type: string(payload, MESSAGE_TYPE)?,
            deployment_id: string(payload, DEPLOYMENT_ID)?,
            roles: strings(payload, ROLES)?,
            target_link_uri: string(payload, TARGET_LINK_URI)?,
            sub: string(payload, "sub")?,
            resource_link: object(payload, RESOURCE_LINK)?,
            context: object(payload, CONTEXT)?,
            custom: object(payload, CUSTOM)?,
            ags: object(payload, AGS_ENDPOINT)?,
            nrps: object(payload, NRPS_ENDPOINT)?,
        })
    }
}

fn present<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

fn string<'a>(payload: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    present(payload, name).map(|value| value.as_str().ok_or(Refusal::MsgClaimType(name))).transpose()
}

fn strings<'a>(payload: &'a Map<String, Value>, name: &'static str) -> Result<Option<Vec<&'a str>>, Refusal> {
    let wrong = || Refusal::MsgClaimType(name);
    present(payload, name)
        .map(|value| {
            value.as_array().ok_or_else(wrong)?.iter().map(|one| one.as_str().ok_or_else(wrong)).collect()
        })
        .transpose()
}

fn object<'a>(payload: &'a Map<String, Value>, name: &'static str) -> Result<Option<Object<'a>>, Refusal> {
    match present(payload, name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(Some(object))),
        Some(Value::Array(empty)) if empty.is_empty() => Ok(Some(None)),
        Some(_) => Err(Refusal::MsgClaimType(name)),
    }
}

/// Reads what is merely nice. Remembers what was odd.
pub(crate) struct Lenient<'p> {
    pub progress: &'p mut Progress,
    pub allow_loopback_http: bool,
}

impl Lenient<'_> {
    /// A text for people: no control characters, trimmed, `""` is absent.
    fn text(&mut self, object: &Map<String, Value>, name: &str) -> Option<String> {
        match present(object, name)? {
            Value::String(text) => cleaned(text),
            _ => {
                self.progress.warn("claim_ignored", Some(name));
                None
            }
        }
    }

    /// A language tag: `pl_PL` reads `pl-PL`.
    fn locale(&mut self, object: &Map<String, Value>, name: &str) -> Option<String> {
        let tag = self.text(object, name)?.replace('_', "-");
        let is_tag = tag.len() <= 35 && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !is_tag {
            self.progress.warn("claim_ignored", Some(name));
        }
        is_tag.then_some(tag)
    }

    pub(crate) fn person(&mut self, payload: &Map<String, Value>) -> Person {
        let email = self.text(payload, "email");
        let is_address =
            |text: &String| text.contains('@') && text.len() <= 320 && !text.contains(char::is_whitespace);
        if email.as_ref().is_some_and(|text| !is_address(text)) {
            self.progress.warn("claim_ignored", Some("email"));
        }
        for unused in ["picture", "middle_name"] {
            if present(payload, unused).is_some_and(|value| !value.is_string()) {
                self.progress.warn("claim_ignored", Some(unused));
            }
        }
        Person {
            name: self.text(payload, "name"),
            given_name: self.text(payload, "given_name"),
            family_name: self.text(payload, "family_name"),
            email: email.filter(is_address),
            locale: self.locale(payload, "locale"),
        }
    }

    /// `None` when there is no usable id.
    pub(crate) fn link(&mut self, object: &Map<String, Value>) -> Option<Link> {
        Some(Link {
            id: id(object)?,
            title: self.text(object, "title"),
            description: self.text(object, "description"),
        })
    }

    /// `None` when there is no usable id.
    pub(crate) fn context(&mut self, object: &Map<String, Value>) -> Option<Context> {
        Some(Context {
            id: id(object)?,
            label: self.text(object, "label"),
            title: self.text(object, "title"),
            types: self.list(object, "type"),
        })
    }

    pub(crate) fn mentored(&mut self, payload: &Map<String, Value>) -> Vec<String> {
        self.list(payload, ROLE_SCOPE_MENTOR)
    }

    fn list(&mut self, object: &Map<String, Value>, name: &str) -> Vec<String> {
        match present(object, name) {
            None => Vec::new(),
            Some(Value::Array(several)) => {
                several.iter().filter_map(Value::as_str).filter(|one| is_id(one)).map(str::to_owned).collect()
            }
            Some(_) => {
                self.progress.warn("claim_ignored", Some(name));
                Vec::new()
            }
        }
    }

    fn optional<'a>(
        &mut self,
        payload: &'a Map<String, Value>,
        name: &str,
    ) -> Option<&'a Map<String, Value>> {
        match present(payload, name)? {
            Value::Object(object) => Some(object),
            Value::Array(empty) if empty.is_empty() => None,
            _ => {
                self.progress.warn("claim_ignored", Some(name));
                None
            }
        }
    }

    pub(crate) fn tool_platform(&mut self, payload: &Map<String, Value>) -> Option<ToolPlatform> {
        let object = self.optional(payload, TOOL_PLATFORM)?;
        Some(ToolPlatform {
            guid: self.text(object, "guid"),
            product_family: self.text(object, "product_family_code"),
            version: self.text(object, "version"),
            name: self.text(object, "name"),
        })
    }

    /// The language of the page and the way back.
    pub(crate) fn presentation(&mut self, payload: &Map<String, Value>) -> (Option<String>, Option<String>) {
        let Some(object) = self.optional(payload, LAUNCH_PRESENTATION) else { return (None, None) };
        let return_url = return_url(payload);
        if return_url.is_none() && present(object, "return_url").is_some_and(|url| url != "") {
            self.progress.warn("claim_ignored", Some("return_url"));
        }
        (self.locale(object, "locale"), return_url)
    }

    /// A service's address: absolute, `https`.
    fn service_url(&mut self, object: &Map<String, Value>, name: &str) -> Option<String> {
        let text = match present(object, name)? {
            Value::String(text) if text.is_empty() => return None,
            Value::String(text) => Some(text),
            _ => None,
        };
        let url = text.filter(|text| is_printable(text) && web_url(text, self.allow_loopback_http).is_some());
        if url.is_none() {
            self.progress.warn("service_url_ignored", Some(name));
        }
        url.cloned()
    }

    pub(crate) fn services(&mut self, ags: Option<Object<'_>>, nrps: Option<Object<'_>>) -> Services {
        let ags = ags.flatten().map(|object| Ags {
            scope: self.list(object, "scope"),
            lineitems: self.service_url(object, "lineitems"),
            lineitem: self.service_url(object, "lineitem"),
        });
        let nrps = nrps
            .flatten()
            .and_then(|object| Some(Nrps { url: self.service_url(object, "context_memberships_url")? }));
        Services { ags, nrps }
    }
}

/// The way back to the platform: http(s) only, since a page will link to it.
pub(crate) fn return_url(payload: &Map<String, Value>) -> Option<String> {
    let text = payload.get(LAUNCH_PRESENTATION)?.get("return_url")?.as_str()?;
    let url = url::Url::parse(text).ok()?;
    let is_web =
        matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    (is_web && is_printable(text)).then(|| text.to_owned())
}

/// A usable `id` member.
fn id(object: &Map<String, Value>) -> Option<String> {
    object.get("id").and_then(Value::as_str).filter(|id| is_id(id)).map(str::to_owned)
}

/// Not empty, of sane length, and something that databases and headers can hold.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID && !text.contains(char::is_control)
}

fn is_printable(url: &str) -> bool {
    url.len() <= 8192 && !url.contains(|c: char| c.is_control() || c.is_whitespace())
}

fn cleaned(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if !text.contains(char::is_control) {
        return Some(text.to_owned());
    }
    let spaced = text.replace(char::is_control, " ");
    let text = spaced.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
