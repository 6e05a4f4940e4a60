//! The columns of a course that a platform lets the tool see (§17.3), page by page. Mostly they are the tool's own;
//! which are not, a family's row says ([`crate::quirks::GradebookMembers`], signals.md §6).

use chrono::{DateTime, Utc};

use super::{LINEITEMS_TYPE, LineItem};
use crate::{
    Refusal,
    quirks::GradebookMembers,
    services::{
        failure::Failure,
        walk::Walk,
        wire::{Answer, Request},
    },
};

/// The reading of a course's columns.
#[derive(Clone, Debug)]
pub struct Items {
    walk: Walk,
}

impl Items {
    /// Begins. `scope` is the one that the launch granted of the two for line items.
    ///
    /// # Errors
    /// [`Refusal::AgsPaging`] when `container` is no address.
    pub fn new(container: &str, scope: &'static str) -> Result<Self, Failure> {
        Ok(Self { walk: Walk::new(container, LINEITEMS_TYPE, scope, Refusal::AgsPaging)? })
    }

    /// The request for the next page; `None` at the end, good or bad.
    #[must_use]
    pub fn request(&self) -> Option<Request> {
        self.walk.request()
    }

    /// Takes in a page. After a failure the same page may be asked for again.
    ///
    /// # Errors
    /// As the status says (§17.4), or [`Refusal::AgsInvalidResponse`].
    pub fn heard(&mut self, answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Vec<LineItem>, Failure> {
        let (items, unusable) = LineItem::read_list(answer, now)?;
        self.walk.turn(answer, unusable);
        Ok(items)
    }

    /// Whether every column was read: only then is an absent one gone.
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

impl LineItem {
    /// Whether the platform says that this column is not the tool's.
    #[must_use]
    pub fn is_foreign(&self, members: &GradebookMembers) -> bool {
        self.is_true(members.read_only)
    }

    /// Whether learners may see what stands in this column; what the platform does not say, they may not.
    #[must_use]
    pub fn is_released(&self, members: &GradebookMembers) -> bool {
        self.is_true(members.released)
    }

    fn is_true(&self, name: &str) -> bool {
        self.member(name).and_then(serde_json::Value::as_bool).unwrap_or(false)
    }
}
