//! Content items (§15.3): what was picked, in types that cannot say what a platform would choke on.
//!
//! Items are built freely and checked when they are sent ([`super::Response`]): what the platform did not ask
//! for is left out, what is wrong is an [`ItemProblem`].

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::settings::{DocumentTarget, ItemType, Settings};
use crate::{address::web_url, registration::Tool};

/// Longest title, in characters.
const MAX_TITLE: usize = 255;
/// Longest resource id and tag of a line item, in characters.
const MAX_TAG: usize = 256;

/// Why an item cannot be sent. A mistake of the application, or of somebody who bends its forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ItemProblem {
    /// It would come back as a target link, so it must be one of our launchable pages.
    #[error("the link's address is not a page of this tool that can be launched")]
    NotOurs,
    /// Absolute `https` only.
    #[error("an address is not an absolute https address")]
    BadAddress,
    /// `resourceId` and `tag` have 256 characters at most; a label is needed.
    #[error("the line item's label is blank, or its resource id or tag is too long")]
    BadLineItem,
    /// Ends before it begins.
    #[error("a time ends before it begins")]
    BadSpan,
}

/// One thing that was picked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum ContentItem {
    /// A link that launches us.
    #[serde(rename = "ltiResourceLink")]
    ResourceLink(Box<ResourceLink>),
    /// A plain web address.
    #[serde(rename = "link")]
    Link(Box<Link>),
    /// A file to be fetched.
    #[serde(rename = "file")]
    File(File),
    /// A piece of HTML.
    #[serde(rename = "html")]
    Html(Html),
    /// A picture.
    #[serde(rename = "image")]
    Image(Image),
}

/// A link that launches us.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceLink {
    /// One of our launchable pages; `None`: the target link that is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Name; cut to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A small picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Picture>,
    /// A larger picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Picture>,
    /// Custom parameters of this link. A course author can read and change them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, String>,
    /// The column to create; left out where the platform does not want one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_item: Option<LineItem>,
    /// When it can be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<Span>,
    /// When work can be handed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<Span>,
    /// How it shows in a frame; left out where frames are not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iframe: Option<Frame>,
    /// How it shows in a window; left out where windows are not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// A plain web address.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Link {
    /// The address.
    pub url: String,
    /// Name; cut to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A small picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Picture>,
    /// A larger picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Picture>,
    /// How it shows in a frame, with the address of the frame: Open edX wants all three members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iframe: Option<Frame>,
    /// How it shows in a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// A file to be fetched.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// The address.
    pub url: String,
    /// Name; cut to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// How long it can be fetched.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "maybe_zoned")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A piece of HTML.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Html {
    /// The markup.
    pub html: String,
    /// Name; cut to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Image {
    /// The address.
    pub url: String,
    /// Name; cut to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// A picture that stands for an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// The address.
    pub url: String,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// How something shows in a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// The frame's address: needed for a [`Link`], left out for a [`ResourceLink`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src: Option<String>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// How something shows in a window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The window's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// As `window.open` takes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_features: Option<String>,
}

/// The greatest score of a column: a whole number from 1 to 100, which is all that Moodle saves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ScoreMaximum(u8);

impl ScoreMaximum {
    /// 100.
    pub const HUNDRED: Self = Self(100);

    /// The number, if it is within 1 and 100.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| (1..=100).contains(number)).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.into()
    }
}

/// A column to be created with the link.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineItem {
    /// Name; Moodle names the column after the activity instead.
    pub label: String,
    /// The greatest score.
    pub score_maximum: ScoreMaximum,
    /// Our id of what is graded; survives a course copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Our word for what it is for; survives a course copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Whether learners see grades at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grades_released: Option<bool>,
    /// Announces that work can be looked at from the gradebook (§19).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission_review: Option<Reviewable>,
}

/// That work can be looked at from the gradebook (§19).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reviewable {
    /// In which states of the activity: `Submitted`, `Completed`, …
    pub reviewable_status: Vec<String>,
    /// What the platform's link says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// One of our launchable pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Custom parameters of that message.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, String>,
}

/// From when to when; ISO 8601 with zone on the wire (D19).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// From then on.
    #[serde(
        rename = "startDateTime",
        skip_serializing_if = "Option::is_none",
        serialize_with = "maybe_zoned"
    )]
    pub start: Option<DateTime<Utc>>,
    /// Until then.
    #[serde(rename = "endDateTime", skip_serializing_if = "Option::is_none", serialize_with = "maybe_zoned")]
    pub end: Option<DateTime<Utc>>,
}

impl ContentItem {
    /// Its type.
    #[must_use]
    pub fn kind(&self) -> ItemType {
        match self {
            Self::ResourceLink(_) => ItemType::ResourceLink,
            Self::Link(_) => ItemType::Link,
            Self::File(_) => ItemType::File,
            Self::Html(_) => ItemType::Html,
            Self::Image(_) => ItemType::Image,
        }
    }

    /// The item as this platform takes it.
    pub(crate) fn fitted(mut self, settings: &Settings, tool: &Tool) -> Result<Self, ItemProblem> {
        let is_web = |url: &str| web_url(url, tool.allow_loopback_http).is_some();
        let web = |url: &str| if is_web(url) { Ok(()) } else { Err(ItemProblem::BadAddress) };
        let ours = |url: &Option<String>| match url {
            Some(url) if tool.target(url).is_none() => Err(ItemProblem::NotOurs),
            _ => Ok(()),
        };
        let pictures = |several: [&Option<Picture>; 2]| {
            several.into_iter().flatten().try_for_each(|picture| web(&picture.url))
        };
        // Moodle calls its own frame `frame`, and offers both.
        let in_frame =
            settings.takes_target(DocumentTarget::Iframe) || settings.takes_target(DocumentTarget::Frame);
        let in_window = settings.takes_target(DocumentTarget::Window);
        match &mut self {
            Self::ResourceLink(link) => {
                ours(&link.url)?;
                pictures([&link.icon, &link.thumbnail])?;
                shorten(&mut link.title);
                link.line_item = link.line_item.take().filter(|_| settings.takes_line_item());
                if let Some(line_item) = &link.line_item {
                    line_item.check()?;
                    ours(&line_item.submission_review.as_ref().and_then(|review| review.url.clone()))?;
                }
                for span in [link.available, link.submission].into_iter().flatten() {
                    span.check()?;
                }
                link.iframe =
                    link.iframe.take().filter(|_| in_frame).map(|frame| Frame { src: None, ..frame });
                link.window = link.window.take().filter(|_| in_window);
            }
            Self::Link(link) => {
                web(&link.url)?;
                pictures([&link.icon, &link.thumbnail])?;
                shorten(&mut link.title);
                link.iframe = link.iframe.take().filter(|_| in_frame);
                link.window = link.window.take().filter(|_| in_window);
                if let Some(frame) = &mut link.iframe {
                    web(frame.src.get_or_insert_with(|| link.url.clone()))?;
                }
            }
            Self::File(File { url, title, .. }) | Self::Image(Image { url, title, .. }) => {
                web(url)?;
                shorten(title);
            }
            Self::Html(html) => shorten(&mut html.title),
        }
        Ok(self)
    }
}

impl LineItem {
    fn check(&self) -> Result<(), ItemProblem> {
        let is_short =
            |text: &Option<String>| text.as_ref().is_none_or(|text| text.chars().count() <= MAX_TAG);
        let fits = !self.label.trim().is_empty() && is_short(&self.resource_id) && is_short(&self.tag);
        if fits { Ok(()) } else { Err(ItemProblem::BadLineItem) }
    }
}

impl Span {
    fn check(&self) -> Result<(), ItemProblem> {
        match (self.start, self.end) {
            (Some(start), Some(end)) if end < start => Err(ItemProblem::BadSpan),
            _ => Ok(()),
        }
    }
}

fn shorten(title: &mut Option<String>) {
    if let Some(text) = title
        && let Some((at, _)) = text.char_indices().nth(MAX_TITLE)
    {
        text.truncate(at);
    }
}

fn maybe_zoned<S: Serializer>(time: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => to.serialize_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        None => to.serialize_none(),
    }
}
