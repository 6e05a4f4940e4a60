//! Course groups (§18.2): the groups of a course and their sets, for rules such as "member of".
//!
//! Who is in which group comes with the roster ([`super::nrps::Query::groups`]), or by asking for the
//! groups of one person.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::{
    failure::{Failure, Next},
    nrps::judge,
    scope,
    walk::{Lenient, Walk},
    wire::{Answer, Request, with_query},
};
use crate::{
    Refusal,
    claims::{clean, is_id},
};

/// A list of groups.
pub const GROUPS_TYPE: &str = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json";
/// A list of sets of groups.
pub const SETS_TYPE: &str = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json";

/// A group of people in a course, or a set of such groups (which has neither tag nor sets).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Unique within the course.
    pub id: String,
    /// Its name; the id where there is none.
    pub name: String,
    /// What it is for.
    pub tag: Option<String>,
    /// The sets it belongs to.
    pub set_ids: Vec<String>,
    /// Not to be shown to learners.
    pub hidden: bool,
}

/// Which list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum List {
    Groups,
    Sets,
}

/// The reading of a list of groups or sets, page by page.
#[derive(Clone, Debug)]
pub struct Groups {
    walk: Walk,
    list: List,
}

#[derive(Deserialize)]
struct RawGroup<'a> {
    #[serde(borrow, default)]
    id: Lenient<'a>,
    #[serde(borrow, default)]
    name: Lenient<'a>,
    #[serde(borrow, default)]
    tag: Lenient<'a>,
    #[serde(default)]
    set_ids: Value,
    /// What older services send.
    #[serde(borrow, default)]
    set_id: Lenient<'a>,
    #[serde(default)]
    hidden: Value,
}

impl Groups {
    /// The groups of the course, or of one person.
    ///
    /// # Errors
    /// [`Refusal::NrpsPaging`] when `url` is no address.
    pub fn new(url: &str, user_id: Option<&str>) -> Result<Self, Failure> {
        let url = with_query(url, &[("user_id", user_id)]);
        let walk = Walk::new(&url, GROUPS_TYPE, scope::GROUP_READONLY, Refusal::NrpsPaging)?;
        Ok(Self { walk, list: List::Groups })
    }

    /// The sets of groups of the course.
    ///
    /// # Errors
    /// As [`Groups::new`].
    pub fn sets(url: &str) -> Result<Self, Failure> {
        let walk = Walk::new(url, SETS_TYPE, scope::GROUP_READONLY, Refusal::NrpsPaging)?;
        Ok(Self { walk, list: List::Sets })
    }

    /// The request for the next page; `None` at the end, good or bad.
    #[must_use]
    pub fn request(&self) -> Option<Request> {
        self.walk.request()
    }

    /// Takes in a page.
    ///
    /// # Errors
    /// [`Failure`] with one of the `lti.nrps` codes.
    pub fn heard(&mut self, answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Vec<Group>, Failure> {
        judge(answer, now, false)?;
        let name = match self.list {
            List::Groups => "groups",
            List::Sets => "sets",
        };
        let invalid = || Failure::unreadable(answer, Refusal::NrpsInvalidResponse, Next::Alarm);
        let container: Value = answer.json().ok_or_else(invalid)?;
        let raw = container.get(name).and_then(Value::as_array).ok_or_else(invalid)?;
        let groups: Vec<Group> = raw.iter().filter_map(Group::read).collect();
        self.walk.turn(answer, raw.len() - groups.len());
        Ok(groups)
    }

    /// Whether every page and every group was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.walk.is_complete()
    }

    /// Why the walk ended before its end, if it did.
    #[must_use]
    pub fn trouble(&self) -> Option<&Failure> {
        self.walk.trouble()
    }
}

impl Group {
    fn read(value: &Value) -> Option<Self> {
        let raw = RawGroup::deserialize(value).ok()?;
        let own = |text: Lenient<'_>| text.0.filter(|id| is_id(id)).map(Cow::into_owned);
        let id = own(raw.id)?;
        let name = raw.name.0.and_then(clean).map(Cow::into_owned);
        let mut set_ids: Vec<String> = match &raw.set_ids {
            Value::Array(several) => {
                several.iter().filter_map(|one| own(Lenient::deserialize(one).ok()?)).collect()
            }
            Value::String(one) => own(Lenient(Some(Cow::Borrowed(one.as_str())))).into_iter().collect(),
            _ => Vec::new(),
        };
        if let Some(id) = own(raw.set_id).filter(|id| !set_ids.contains(id)) {
            set_ids.push(id);
        }
        Some(Self {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            tag: own(raw.tag),
            set_ids,
            hidden: raw.hidden == Value::Bool(true) || raw.hidden == "true",
        })
    }
}
