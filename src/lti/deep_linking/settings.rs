//! What a deep linking request accepts (§15.1), read leniently: only the way back and the accepted types must
//! be there.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    address::web_url,
    claims::{DEEP_LINKING_SETTINGS, Lenient, is_printable, present},
    refusal::Refusal,
};

/// A kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ItemType {
    /// A link that launches us, with grades and custom parameters.
    #[serde(rename = "ltiResourceLink")]
    ResourceLink,
    /// A plain web address.
    #[serde(rename = "link")]
    Link,
    /// A file to be fetched.
    #[serde(rename = "file")]
    File,
    /// A piece of HTML.
    #[serde(rename = "html")]
    Html,
    /// A picture.
    #[serde(rename = "image")]
    Image,
}

impl ItemType {
    /// All that we know.
    pub const ALL: [Self; 5] = [Self::ResourceLink, Self::Link, Self::File, Self::Html, Self::Image];

    /// As the protocol writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ResourceLink => "ltiResourceLink",
            Self::Link => "link",
            Self::File => "file",
            Self::Html => "html",
            Self::Image => "image",
        }
    }
}

/// How the platform can show content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentTarget {
    /// Within the page's text.
    Embed,
    /// In a frame within the page.
    Iframe,
    /// In Moodle's own frame.
    Frame,
    /// In a window of its own.
    Window,
}

impl DocumentTarget {
    /// All that we know.
    pub const ALL: [Self; 4] = [Self::Embed, Self::Iframe, Self::Frame, Self::Window];

    /// As the protocol writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::Iframe => "iframe",
            Self::Frame => "frame",
            Self::Window => "window",
        }
    }
}

/// What the platform accepts, to be kept until the author has picked. Only a good request makes one, or the
/// application's own record of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Where the answer goes: absolute, `https`; its query stays.
    pub return_url: String,
    /// Accepted types that we know; what else was named does not matter.
    pub accept_types: Vec<ItemType>,
    /// How content can be shown.
    pub accept_targets: Vec<DocumentTarget>,
    /// Media types of files, as sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept_media_types: Vec<String>,
    /// Whether more than one thing may be picked; no, if nothing is said.
    pub accept_multiple: bool,
    /// Whether a line item of an item is honoured; `None`: not said, so try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_line_item: Option<bool>,
    /// Whether the platform creates what comes without asking again.
    pub auto_create: bool,
    /// A name that the author has begun with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A description that the author has begun with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Opaque; goes back byte for byte, also when empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

impl Settings {
    /// Reads the claim.
    pub(crate) fn read(
        object: Option<&Map<String, Value>>,
        lenient: &mut Lenient<'_>,
    ) -> Result<Self, Refusal> {
        let object = object.ok_or(Refusal::DlSettingsMissing)?;
        let return_url = match present(object, "deep_link_return_url") {
            None => return Err(Refusal::DlSettingsMissing),
            Some(Value::String(url)) if url.is_empty() => return Err(Refusal::DlSettingsMissing),
            Some(Value::String(url)) => url,
            Some(_) => return Err(Refusal::MsgClaimType(DEEP_LINKING_SETTINGS)),
        };
        if !is_printable(return_url) || web_url(return_url, lenient.allow_loopback_http).is_none() {
            return Err(Refusal::DlReturnUrlInvalid);
        }
        let accept_types = match present(object, "accept_types") {
            None => return Err(Refusal::DlSettingsMissing),
            Some(value) => list(value).ok_or(Refusal::MsgClaimType(DEEP_LINKING_SETTINGS))?,
        };
        let data = match present(object, "data") {
            None => None,
            Some(Value::String(data)) => Some(data.clone()),
            Some(_) => return Err(Refusal::MsgClaimType(DEEP_LINKING_SETTINGS)),
        };
        let mut soft = |name: &str| match present(object, name) {
            None => Vec::new(),
            Some(value) => list(value).unwrap_or_else(|| {
                lenient.progress.warn("claim_ignored", Some(name));
                Vec::new()
            }),
        };
        let targets = soft("accept_presentation_document_targets");
        let media_types = soft("accept_media_types");
        Ok(Self {
            return_url: return_url.clone(),
            accept_types: named(&accept_types, &ItemType::ALL, ItemType::name),
            accept_targets: named(&targets, &DocumentTarget::ALL, DocumentTarget::name),
            accept_media_types: media_types.into_iter().map(str::to_owned).collect(),
            accept_multiple: flag(object, "accept_multiple", lenient).unwrap_or(false),
            accept_line_item: flag(object, "accept_lineitem", lenient),
            auto_create: flag(object, "auto_create", lenient).unwrap_or(false),
            title: lenient.text(object, "title"),
            text: lenient.text(object, "text"),
            data,
        })
    }

    /// Whether the platform takes this type.
    #[must_use]
    pub fn accepts(&self, kind: ItemType) -> bool {
        self.accept_types.contains(&kind)
    }

    /// The first of our offers, best first, that the platform takes.
    ///
    /// # Errors
    /// [`Refusal::DlNoAcceptableType`]: say so in the picker, and let the author go back (D08).
    pub fn choose(&self, offers: &[ItemType]) -> Result<ItemType, Refusal> {
        offers.iter().copied().find(|offer| self.accepts(*offer)).ok_or(Refusal::DlNoAcceptableType)
    }

    /// Whether a line item may be sent along (D18).
    #[must_use]
    pub fn takes_line_item(&self) -> bool {
        self.accept_line_item != Some(false)
    }

    /// Whether content can be shown in that way.
    #[must_use]
    pub fn takes_target(&self, target: DocumentTarget) -> bool {
        self.accept_targets.contains(&target)
    }
}

/// An array of texts, or one text with commas: Moodle and old schemas mix them up (D14).
fn list(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::Array(several) => several.iter().map(Value::as_str).collect(),
        Value::String(text) => Some(text.split(',').map(str::trim).filter(|one| !one.is_empty()).collect()),
        _ => None,
    }
}

/// Those of `texts` that we know, each once, in our order.
fn named<T: Copy>(texts: &[&str], known: &[T], name: impl Fn(T) -> &'static str) -> Vec<T> {
    known.iter().copied().filter(|one| texts.contains(&name(*one))).collect()
}

/// A boolean, or the text of one.
fn flag(object: &Map<String, Value>, name: &str, lenient: &mut Lenient<'_>) -> Option<bool> {
    let found = match present(object, name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    if found.is_none() {
        lenient.progress.warn("claim_ignored", Some(name));
    }
    found
}
