//! How claims are read: strictly where a message needs them ([`Typed`]), leniently elsewhere ([`Lenient`]).
//!
//! What is needed must have its type, or the message is refused by that claim's name. What is merely
//! nice and comes broken is left out with a warning.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    AGS_ENDPOINT, Ags, CONTEXT, CUSTOM, Context, DEEP_LINKING_SETTINGS, DEPLOYMENT_ID, FOR_USER, ForUser,
    GROUPS_SERVICE, Groups, LAUNCH_PRESENTATION, Link, MESSAGE_TYPE, NOTIFICATION_SERVICE, NRPS_ENDPOINT,
    NoticeService, Nrps, Person, RESOURCE_LINK, ROLE_SCOPE_MENTOR, ROLES, Services, TARGET_LINK_URI,
    TOOL_PLATFORM, ToolPlatform, VERSION,
};
use crate::{address::web_url, launch::Kind, progress::Progress, refusal::Refusal, roles::Roles};

/// Longest id that is taken in (§2.2). `sub` and `deployment_id` have 255.
const MAX_ID: usize = 2048;

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
    pub for_user: Option<Object<'a>>,
    pub deep_linking: Option<Object<'a>>,
}

/// A JSON object, or the `[]` that PHP writes for an empty one.
pub(crate) type Object<'a> = Option<&'a Map<String, Value>>;

impl<'a> Typed<'a> {
    pub(crate) fn read(payload: &'a Map<String, Value>) -> Result<Self, Refusal> {
        let message_type = string(payload, MESSAGE_TYPE)?;
        // What a message does not need cannot spoil it: Blackboard and Open edX send a link with deep linking.
        let of = |kind: Kind, name| {
            if message_type == Some(kind.name()) { object(payload, name) } else { Ok(None) }
        };
        Ok(Self {
            version: string(payload, VERSION)?,
            message_type,
            deployment_id: string(payload, DEPLOYMENT_ID)?,
            roles: strings(payload, ROLES)?,
            target_link_uri: string(payload, TARGET_LINK_URI)?,
            sub: string(payload, "sub")?,
            resource_link: match message_type {
                Some(name) if name == Kind::DeepLinking.name() => None,
                _ => object(payload, RESOURCE_LINK)?,
            },
            context: object(payload, CONTEXT)?,
            custom: object(payload, CUSTOM)?,
            ags: object(payload, AGS_ENDPOINT)?,
            nrps: object(payload, NRPS_ENDPOINT)?,
            for_user: of(Kind::SubmissionReview, FOR_USER)?,
            deep_linking: of(Kind::DeepLinking, DEEP_LINKING_SETTINGS)?,
        })
    }
}

/// A member that is there; `null` is absent (§11).
pub(crate) fn present<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
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

pub(crate) fn object<'a>(
    payload: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<Object<'a>>, Refusal> {
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
    pub(crate) fn text(&mut self, object: &Map<String, Value>, name: &str) -> Option<String> {
        match present(object, name)? {
            Value::String(text) => clean(Cow::Borrowed(text.as_str())).map(Cow::into_owned),
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
        if email.as_ref().is_some_and(|text| !is_email(text)) {
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
            email: email.filter(|text| is_email(text)),
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

    /// Whose work it is; `None` when there is no usable user id.
    pub(crate) fn for_user(&mut self, object: &Map<String, Value>) -> Option<ForUser> {
        let user_id = object.get("user_id").and_then(Value::as_str).filter(|id| is_id(id))?;
        Some(ForUser {
            user_id: user_id.to_owned(),
            person: self.person(object),
            roles: Roles::parse(self.list(object, "roles").iter().map(String::as_str)),
        })
    }

    pub(crate) fn mentored(&mut self, payload: &Map<String, Value>) -> Vec<String> {
        self.list(payload, ROLE_SCOPE_MENTOR)
    }

    pub(crate) fn list(&mut self, object: &Map<String, Value>, name: &str) -> Vec<String> {
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

    pub(crate) fn optional<'a>(
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

    pub(crate) fn services(
        &mut self,
        ags: Option<Object<'_>>,
        nrps: Option<Object<'_>>,
        payload: &Map<String, Value>,
    ) -> Services {
        let ags = ags.flatten().map(|object| Ags {
            scope: self.list(object, "scope"),
            lineitems: self.service_url(object, "lineitems"),
            lineitem: self.service_url(object, "lineitem"),
        });
        let nrps = nrps
            .flatten()
            .and_then(|object| Some(Nrps { url: self.service_url(object, "context_memberships_url")? }));
        let groups = self.optional(payload, GROUPS_SERVICE).and_then(|object| {
            Some(Groups {
                url: self.service_url(object, "context_groups_url")?,
                scope: self.list(object, "scope"),
                sets_url: self.service_url(object, "context_group_sets_url"),
            })
        });
        let notices = self.optional(payload, NOTIFICATION_SERVICE).and_then(|object| {
            Some(NoticeService {
                url: self.service_url(object, "platform_notification_service_url")?,
                scope: self.list(object, "scope"),
                types: self.list(object, "notice_types_supported"),
            })
        });
        Services { ags, nrps, groups, notices }
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

/// An address of sane length without white space and control characters.
pub(crate) fn is_printable(url: &str) -> bool {
    url.len() <= 8192 && !url.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// A delivery address, as far as its looks say.
pub(crate) fn is_email(text: &str) -> bool {
    text.contains('@') && text.len() <= 320 && !text.contains(char::is_whitespace)
}

/// A text for people, as a platform sends it: trimmed, without control characters; blank is absent.
pub(crate) fn clean(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if text.contains(char::is_control) {
        let spaced = text.replace(char::is_control, " ");
        let text = spaced.trim();
        return (!text.is_empty()).then(|| Cow::Owned(text.to_owned()));
    }
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    (!text.is_empty()).then_some(text)
}
