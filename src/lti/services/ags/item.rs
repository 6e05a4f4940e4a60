//! A line item: the members we know by name, and every other one kept as the platform wrote it, since a
//! PUT replaces the whole (§17.3).

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Map, Number, Value};
use url::Url;

use super::{LINEITEM_TYPE, decimal, judge};
use crate::{
    Refusal,
    claims::is_printable,
    quirks::ServiceQuirks,
    services::{
        failure::{Failure, Next},
        scope,
        wire::{Answer, Body, Method, Request},
    },
};

/// Longest `resourceId` and `tag`, in characters.
pub const LONGEST_ID: usize = 256;

/// A column of the gradebook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineItem {
    members: Map<String, Value>,
}

impl LineItem {
    /// A new one, without id. `maximum` > 0.
    #[must_use]
    pub fn new(label: &str, maximum: Decimal, resource_id: &str, tag: &str) -> Self {
        let mut item = Self::default();
        item.set_label(label);
        item.set_maximum(maximum);
        item.set("resourceId", shortened(resource_id).into());
        item.set("tag", shortened(tag).into());
        item
    }

    /// Its address, given by the platform.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// Its name.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.text("label")
    }

    /// The most that can be reached.
    #[must_use]
    pub fn maximum(&self) -> Option<Decimal> {
        let number = self.members.get("scoreMaximum")?.as_number()?;
        decimal(&number.to_string()).filter(|maximum| *maximum > Decimal::ZERO)
    }

    /// Our id of what is graded; survives a course copy. Moodle writes `""` for none.
    #[must_use]
    pub fn resource_id(&self) -> Option<&str> {
        self.text("resourceId")
    }

    /// Our word for what it is for; survives a course copy.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.text("tag")
    }

    /// The link to which it is coupled; Moodle's older name is `ltiLinkId`.
    #[must_use]
    pub fn resource_link_id(&self) -> Option<&str> {
        self.text("resourceLinkId").or_else(|| self.text("ltiLinkId"))
    }

    /// Any member as it came.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Renames it.
    pub fn set_label(&mut self, label: &str) {
        self.set("label", label.into());
    }

    /// Changes the most that can be reached; Moodle then rescales the grades.
    pub fn set_maximum(&mut self, maximum: Decimal) {
        let maximum = maximum.normalize();
        let whole = if maximum.is_integer() { maximum.to_i64() } else { None };
        let number = whole.map(Number::from).or_else(|| Number::from_f64(maximum.to_f64()?));
        self.set("scoreMaximum", number.map_or(Value::Null, Value::Number));
    }

    /// Couples it to a link; only when it is made.
    pub fn set_resource_link_id(&mut self, id: Option<&str>) {
        match id {
            Some(id) => self.set("resourceLinkId", id.into()),
            None => {
                self.members.shift_remove("resourceLinkId");
            }
        }
    }

    /// When it opens or closes; `None` clears.
    pub fn set_window(&mut self, start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) {
        for (name, time) in [("startDateTime", start), ("endDateTime", end)] {
            match time {
                Some(time) => self.set(name, time.to_rfc3339_opts(SecondsFormat::Secs, true).into()),
                None => {
                    self.members.shift_remove(name);
                }
            }
        }
    }

    /// Sets any other member, such as `gradesReleased`, `submissionReview` or an extension.
    pub fn set(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), value);
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// The request that makes it in the container (A02).
    #[must_use]
    pub fn create(&self, container: &str, quirks: &ServiceQuirks) -> Request {
        let mut item = self.clone();
        item.members.shift_remove("id");
        if !quirks.link_in_new_item {
            item.members.shift_remove("resourceLinkId");
        }
        if let Some(maximum) = item.maximum().filter(|maximum| quirks.whole_maximum && !maximum.is_integer())
        {
            item.set_maximum(maximum.ceil());
        }
        item.written(Method::Post, container.to_owned())
    }

    /// The request that replaces it by what it is now (A24): read it first, change it, send it whole.
    ///
    /// # Errors
    /// [`Refusal::AgsInvalidResponse`] when it has no id.
    pub fn update(&self, quirks: &ServiceQuirks) -> Result<Request, Failure> {
        let url = self.id().ok_or_else(without_id)?.to_owned();
        let mut item = self.clone();
        if !quirks.id_in_update {
            item.members.shift_remove("id");
        }
        Ok(item.written(Method::Put, url))
    }

    fn written(&self, method: Method, url: String) -> Request {
        let bytes = Value::Object(self.members.clone()).to_string().into_bytes();
        Request {
            method,
            url,
            accept: LINEITEM_TYPE,
            body: Some(Body { content_type: LINEITEM_TYPE, bytes }),
            scope: Some(scope::LINEITEM),
        }
    }

    /// Reads one item, whatever its media type says; it must have a usable id (A30).
    ///
    /// # Errors
    /// As the status says (§17.4), or [`Refusal::AgsInvalidResponse`].
    pub fn read(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Self, Failure> {
        judge(answer, now)?;
        let members = answer.json().ok_or_else(|| invalid(answer))?;
        let item = Self { members };
        if item.has_address() { Ok(item) } else { Err(invalid(answer)) }
    }

    /// Reads one page of a list, with the number of entries that cannot be used.
    ///
    /// # Errors
    /// As [`LineItem::read`].
    pub fn read_list(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(Vec<Self>, usize), Failure> {
        judge(answer, now)?;
        if answer.unmarked().trim_ascii().is_empty() {
            return Ok((Vec::new(), 0));
        }
        let entries: Vec<Value> = answer.json().ok_or_else(|| invalid(answer))?;
        let count = entries.len();
        let items: Vec<Self> = entries
            .into_iter()
            .filter_map(|entry| match entry {
                Value::Object(members) => Some(Self { members }),
                _ => None,
            })
            .filter(Self::has_address)
            .collect();
        let unusable = count - items.len();
        Ok((items, unusable))
    }

    fn has_address(&self) -> bool {
        self.id().is_some_and(is_address)
    }
}

/// An absolute web address that can be called and stored.
fn is_address(text: &str) -> bool {
    is_printable(text)
        && Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        })
}

/// The request that reads one item; `scope` is the one that the launch granted of the two.
#[must_use]
pub fn get(url: &str, scope: &'static str) -> Request {
    Request::get(url.to_owned(), LINEITEM_TYPE, scope)
}

/// The request that deletes an item; only for items that we made (A25).
#[must_use]
pub fn delete(url: &str) -> Request {
    Request {
        method: Method::Delete,
        url: url.to_owned(),
        accept: LINEITEM_TYPE,
        body: None,
        scope: Some(scope::LINEITEM),
    }
}

/// Whether an item is deleted; gone already is as good (A25).
///
/// # Errors
/// As the status says (§17.4).
pub fn deleted(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    match judge(answer, now) {
        Err(failure) if failure.refusal == Refusal::AgsNotFound => Ok(()),
        other => other,
    }
}

fn invalid(answer: &Answer<'_>) -> Failure {
    Failure::unreadable(answer, Refusal::AgsInvalidResponse, Next::Alarm)
}

fn without_id() -> Failure {
    Failure::about(Refusal::AgsInvalidResponse, Next::Stop, "id")
}

fn shortened(id: &str) -> &str {
    id.char_indices().nth(LONGEST_ID).and_then(|(end, _)| id.get(..end)).unwrap_or(id)
}
