//! Find or make a column without ever making a second one (§17.3): the coupled one of the launch, else
//! the list by link, else the list by resource id and tag (which survive a course copy), else POST.
//!
//! A search sends nothing: [`Search::step`] says what to send or what came of it, [`Search::heard`] takes
//! the answer in. One search per (course, resource id) at a time, under the application's lock (A12).
//! After an outage begin a new search, because the lost POST may have worked.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{LINEITEMS_TYPE, LineItem, judge};
use crate::{
    Refusal,
    claims::Ags,
    quirks::ServiceQuirks,
    services::{
        failure::{Failure, Next},
        paging::Pager,
        scope,
        wire::{Answer, Request, with_query},
    },
};

/// The column that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What is sent if it must be made: label, maximum, resource id, tag, and anything else but the link.
    pub item: LineItem,
    /// The link to couple it to: one seen in a launch of this course.
    pub resource_link_id: Option<String>,
    /// Whether a column without link will do when the platform does not know the link.
    pub may_be_uncoupled: bool,
}

impl Wanted {
    /// A column of that name; `resource_id` names the placement, `tag` the purpose. `maximum` > 0.
    #[must_use]
    pub fn new(label: &str, maximum: Decimal, resource_id: &str, tag: &str) -> Self {
        Self {
            item: LineItem::new(label, maximum, resource_id, tag),
            resource_link_id: None,
            may_be_uncoupled: true,
        }
    }

    /// The same, coupled to a link.
    #[must_use]
    pub fn coupled_to(mut self, resource_link_id: &str) -> Self {
        self.resource_link_id = Some(resource_link_id.to_owned());
        self
    }
}

/// How a column was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// The launch named it (A06).
    Coupled,
    /// It was there (A11).
    Adopted,
    /// We made it, so we may delete it (A02).
    Created,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its address.
    pub url: String,
    /// Its members; `None` when only its address is known ([`How::Coupled`]).
    pub item: Option<LineItem>,
    /// How it was come by.
    pub how: How,
}

/// What a search wants next.
#[derive(Clone, Debug)]
pub enum Move {
    /// Send this and say what was answered.
    Send(Request),
    /// Done.
    Found(Found),
    /// Nothing was found, and nothing was made.
    Failed(Failure),
}

/// A search for one column.
#[derive(Clone, Debug)]
pub struct Search {
    wanted: Wanted,
    container: String,
    read_scope: &'static str,
    may_create: bool,
    quirks: &'static ServiceQuirks,
    best: Option<(Match, LineItem)>,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// Boxed: a walk is much larger than the rest.
    Listing(Box<Pager>, Filter),
    Creating {
        with_link: bool,
    },
    Found(Found),
    Failed(Failure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Link,
    Resource,
}

/// How well an item fits, best at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// Ours, but coupled to another link.
    OtherLink,
    /// Ours, not coupled.
    NoLink,
    /// The link's own, marked by nobody.
    LinkOnly,
    /// Ours, and the link's.
    Exact,
}

impl Search {
    /// Begins. `ags` is the newest launch's claim; take its `lineitem` out first if the column of the link
    /// that was launched is not the one wanted.
    #[must_use]
    pub fn new(ags: &Ags, wanted: Wanted, quirks: &'static ServiceQuirks) -> Self {
        let has = |scope: &str| ags.scope.iter().any(|granted| granted == scope);
        let may_create = has(scope::LINEITEM);
        let read_scope = if may_create { scope::LINEITEM } else { scope::LINEITEM_READONLY };
        let refused =
            |what: &str| State::Failed(Failure::about(Refusal::AgsScopeNotGranted, Next::Stop, what));
        let mut search = Self {
            wanted,
            container: ags.lineitems.clone().unwrap_or_default(),
            read_scope,
            may_create,
            quirks,
            best: None,
            state: State::Creating { with_link: true },
        };
        search.state = match ags.lineitem.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => State::Found(Found { url: url.to_owned(), item: None, how: How::Coupled }),
            None if !may_create && !has(read_scope) => refused(read_scope),
            None if search.container.is_empty() => refused("lineitems"),
            None if search.wanted.resource_link_id.is_some() => search.listing(Filter::Link),
            None => search.listing(Filter::Resource),
        };
        search
    }

    fn listing(&self, filter: Filter) -> State {
        let item = &self.wanted.item;
        let parameters = match filter {
            Filter::Link => [("resource_link_id", self.wanted.resource_link_id.as_deref()), ("", None)],
            Filter::Resource => [("resource_id", item.resource_id()), ("tag", item.tag())],
        };
        match Pager::new(&with_query(&self.container, &parameters)) {
            Ok(pager) => State::Listing(Box::new(pager), filter),
            Err(lie) => State::Failed(Failure::about(Refusal::AgsPaging, Next::Alarm, lie.to_string())),
        }
    }

    /// What is to be done now. Asking again gives the same, so a request may be repeated after an outage,
    /// except one that makes a column: then begin a new search.
    #[must_use]
    pub fn step(&self) -> Move {
        match &self.state {
            State::Listing(pager, _) => Move::Send(Request::get(
                pager.address().unwrap_or(&self.container).to_owned(),
                LINEITEMS_TYPE,
                self.read_scope,
            )),
            State::Creating { with_link } => {
                let mut item = self.wanted.item.clone();
                item.set_resource_link_id(self.wanted.resource_link_id.as_deref().filter(|_| *with_link));
                Move::Send(item.create(&self.container, self.quirks))
            }
            State::Found(found) => Move::Found(found.clone()),
            State::Failed(failure) => Move::Failed(failure.clone()),
        }
    }

    /// Takes in the answer to the request of [`Search::step`]. A failure that can be repeated (401 with a
    /// fresh token, "later") leaves the search where it was; any other ends it.
    ///
    /// # Errors
    /// What was answered, if it was a failure.
    pub fn heard(&mut self, answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
        let outcome = match &self.state {
            State::Listing(..) => self.listed(answer, now),
            State::Creating { with_link } => self.created(*with_link, answer, now),
            State::Found(_) | State::Failed(_) => return Ok(()),
        };
        outcome.inspect_err(|failure| {
            if !matches!(failure.next, Next::FreshToken | Next::Later(_)) {
                self.state = State::Failed(failure.clone());
            }
        })
    }

    fn listed(&mut self, answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
        let (items, _) = LineItem::read_list(answer, now)?;
        let State::Listing(pager, filter) = &mut self.state else { return Ok(()) };
        let filter = *filter;
        let turned = pager.turn(answer);
        let is_done = pager.is_done();
        // Platforms may ignore the filter, so every item is judged here.
        for item in items {
            if let Some(fit) = self.wanted.fit(&item)
                && self.best.as_ref().is_none_or(|(best, _)| *best < fit)
            {
                self.best = Some((fit, item));
            }
        }
        let enough = match filter {
            Filter::Link => Match::LinkOnly,
            Filter::Resource => Match::OtherLink,
        };
        let best = self.best.as_ref().map(|(best, _)| *best);
        let is_exact = best == Some(Match::Exact);
        if is_exact || ((is_done || turned.is_err()) && best.is_some_and(|best| best >= enough)) {
            self.adopt();
            return Ok(());
        }
        // Nobody makes a column while part of the list is unread.
        turned.map_err(|lie| Failure::about(Refusal::AgsPaging, Next::Alarm, lie.to_string()))?;
        if is_done {
            self.state = match filter {
                Filter::Link => self.listing(Filter::Resource),
                Filter::Resource if self.may_create => State::Creating { with_link: true },
                Filter::Resource => {
                    State::Failed(Failure::about(Refusal::AgsScopeNotGranted, Next::Stop, scope::LINEITEM))
                }
            };
        }
        Ok(())
    }

    fn adopt(&mut self) {
        if let Some((_, item)) = self.best.take() {
            let url = item.id().unwrap_or_default().to_owned();
            self.state = State::Found(Found { url, item: Some(item), how: How::Adopted });
        }
    }

    fn created(&mut self, with_link: bool, answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
        let sent_link = with_link && self.quirks.link_in_new_item && self.wanted.resource_link_id.is_some();
        if sent_link
            && self.wanted.may_be_uncoupled
            && self.quirks.foreign_link_statuses.contains(&answer.status)
        {
            self.state = State::Creating { with_link: false };
            return Ok(());
        }
        judge(answer, now)?;
        let item = LineItem::read(answer, now)?;
        let url = item.id().unwrap_or_default().to_owned();
        self.state = State::Found(Found { url, item: Some(item), how: How::Created });
        Ok(())
    }
}

impl Wanted {
    /// How well an item fits. One that carries another resource id or tag is somebody else's, even when
    /// it hangs on our link.
    fn fit(&self, item: &LineItem) -> Option<Match> {
        let is_ours = item.resource_id() == self.item.resource_id() && item.tag() == self.item.tag();
        let is_unmarked = item.resource_id().is_none() && item.tag().is_none();
        let is_links =
            item.resource_link_id().is_some() && item.resource_link_id() == self.resource_link_id.as_deref();
        match (is_ours, is_links) {
            (true, true) => Some(Match::Exact),
            (false, true) if is_unmarked => Some(Match::LinkOnly),
            (true, false) if item.resource_link_id().is_none() => Some(Match::NoLink),
            (true, false) => Some(Match::OtherLink),
            (false, _) => None,
        }
    }
}
