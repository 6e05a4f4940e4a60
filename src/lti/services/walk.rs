//! What reading any list page by page has in common, and texts that may come in the wrong type.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{
    failure::{Failure, Next},
    paging::Pager,
    wire::{Answer, Request},
};
use crate::{Refusal, claims::is_id};

/// Where a long walk goes on. Its address may hold a platform's secrets: keep it, do not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The page to be read next.
    pub url: String,
    /// Pages asked for so far, that one among them.
    pub pages: usize,
    /// Entries so far that could not be read.
    pub unreadable: usize,
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Position").field("pages", &self.pages).finish_non_exhaustive()
    }
}

/// The reading of one list.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pager: Pager,
    accept: &'static str,
    scope: &'static str,
    paging: Refusal,
    unreadable: usize,
    trouble: Option<Failure>,
}

impl Walk {
    pub(crate) fn new(
        url: &str,
        accept: &'static str,
        scope: &'static str,
        paging: Refusal,
    ) -> Result<Self, Failure> {
        let pager =
            Pager::new(url).map_err(|lie| Failure::about(paging.clone(), Next::Alarm, lie.to_string()))?;
        Ok(Self { pager, accept, scope, paging, unreadable: 0, trouble: None })
    }

    /// A walk that began at `url` and goes on where an earlier part of it stopped.
    pub(crate) fn resume(
        url: &str,
        position: &Position,
        accept: &'static str,
        scope: &'static str,
        paging: Refusal,
    ) -> Result<Self, Failure> {
        let pager = Pager::resume(url, &position.url, position.pages)
            .map_err(|lie| Failure::about(paging.clone(), Next::Alarm, lie.to_string()))?;
        Ok(Self { pager, accept, scope, paging, unreadable: position.unreadable, trouble: None })
    }

    /// Where the walk is now; `None` at its end, good or bad.
    pub(crate) fn position(&self) -> Option<Position> {
        let url = self.pager.address().filter(|_| self.trouble.is_none())?.to_owned();
        Some(Position { url, pages: self.pager.pages(), unreadable: self.unreadable })
    }

    pub(crate) fn request(&self) -> Option<Request> {
        let address = self.pager.address().filter(|_| self.trouble.is_none())?;
        Some(Request::get(address.to_owned(), self.accept, self.scope))
    }

    /// Goes on after a page that was read.
    pub(crate) fn turn(&mut self, answer: &Answer<'_>, unreadable: usize) {
        self.unreadable += unreadable;
        if let Err(lie) = self.pager.turn(answer) {
            self.trouble = Some(Failure::about(self.paging.clone(), Next::Alarm, lie.to_string()));
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.pager.is_done() && self.trouble.is_none() && self.unreadable == 0
    }

    pub(crate) fn trouble(&self) -> Option<&Failure> {
        self.trouble.as_ref()
    }
}

/// A text, or a number as its text; any other JSON reads as absent. Borrowed where it can be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lenient<'a>(pub Option<Cow<'a, str>>);

impl<'a> Lenient<'a> {
    /// The text as an id of a user: not empty, at most 255 bytes, storable.
    pub(crate) fn id(self) -> Option<Cow<'a, str>> {
        self.0.filter(|id| is_id(id) && id.len() <= 255)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Lenient<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Lenient<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Lenient(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Lenient(Some(Cow::Owned(text.to_owned()))))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Lenient(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Lenient(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Lenient(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Lenient(None))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Lenient(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Lenient(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Lenient(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
