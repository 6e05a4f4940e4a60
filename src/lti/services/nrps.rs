//! Names and Role Provisioning Services 2.0 (§18.1): who is in the course, or who may open one link.
//!
//! A reading says of itself whether it is complete; only then does an absent person count as gone, and
//! only a reading without filters speaks of everybody. Roles come in short names (Moodle) and are those of
//! the roster, which may differ from the launch's: nobody is awarded by them alone (`moodle-platform.md` §7).
//! `rel="differences"` is ignored.

mod member;

pub use member::{Member, Page, Status};

use chrono::{DateTime, Utc};

use super::{
    failure::{Failure, Next, is_later, later},
    scope,
    walk::{Position, Walk},
    wire::{Answer, Request, with_query},
};
use crate::{
    Refusal,
    quirks::{RoleFilter, ServiceQuirks},
};

/// A page of the roster.
pub const MEMBERS_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// What to ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<'a> {
    /// Only people of this course role, by its core name: `Learner`, `Instructor`, …
    pub role: Option<&'a str>,
    /// How many to a page; a wish. `None` takes the platform family's.
    pub limit: Option<u32>,
    /// Only people who may open this resource link, with their own custom parameters.
    pub link: Option<&'a str>,
    /// Also in which groups people are (§18.2).
    pub groups: bool,
}

/// The reading of a roster, page by page, with flat memory: hand on each page before the next.
#[derive(Clone, Debug)]
pub struct Roster {
    walk: Walk,
    by_link: bool,
    by_role: Option<String>,
}

impl Roster {
    /// Begins at the address of the claim. A role filter that the platform does not understand is left out,
    /// so judge the roles of every member.
    ///
    /// # Errors
    /// [`Refusal::NrpsPaging`] when `url` is no address.
    pub fn new(url: &str, query: &Query<'_>, quirks: &ServiceQuirks) -> Result<Self, Failure> {
        let url = Self::asked(url, query, quirks);
        let walk = Walk::new(&url, MEMBERS_TYPE, scope::MEMBERSHIP_READONLY, Refusal::NrpsPaging)?;
        Ok(Self::along(walk, query))
    }

    /// Goes on with a reading where an earlier part of it stopped ([`Roster::position`]), by the same query.
    ///
    /// # Errors
    /// [`Refusal::NrpsPaging`] when `url` or the position is no address of one server.
    pub fn resume(
        url: &str,
        query: &Query<'_>,
        quirks: &ServiceQuirks,
        position: &Position,
    ) -> Result<Self, Failure> {
        let url = Self::asked(url, query, quirks);
        let (scope, paging) = (scope::MEMBERSHIP_READONLY, Refusal::NrpsPaging);
        Ok(Self::along(Walk::resume(&url, position, MEMBERS_TYPE, scope, paging)?, query))
    }

    fn along(walk: Walk, query: &Query<'_>) -> Self {
        Self { walk, by_link: query.link.is_some(), by_role: query.role.map(str::to_owned) }
    }

    fn asked(url: &str, query: &Query<'_>, quirks: &ServiceQuirks) -> String {
        let role = query.role.and_then(|role| match quirks.role_filter {
            RoleFilter::Uri => Some(format!("http://purl.imsglobal.org/vocab/lis/v2/membership#{role}")),
            RoleFilter::Short(known) => known.contains(&role).then(|| role.to_owned()),
            RoleFilter::Unsupported => None,
        });
        let limit = query.limit.or(quirks.roster_page).map(|limit| {
            let most = quirks.roster_page_most.unwrap_or(limit);
            limit.min(most).to_string()
        });
        let parameters = [
            ("role", role.as_deref()),
            ("limit", limit.as_deref()),
            ("rlid", query.link),
            ("groups", query.groups.then_some("true")),
        ];
        with_query(url, &parameters)
    }

    /// Where the reading is now, so that another process may go on with it; `None` at its end.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.walk.position()
    }

    /// The request for the next page; `None` at the end, good or bad.
    #[must_use]
    pub fn request(&self) -> Option<Request> {
        self.walk.request()
    }

    /// Takes in a page. After a failure the same page may be asked for again; giving up leaves the reading
    /// incomplete.
    ///
    /// # Errors
    /// [`Failure`] with one of the `lti.nrps` codes.
    pub fn heard<'a>(&mut self, answer: &Answer<'a>, now: DateTime<Utc>) -> Result<Page<'a>, Failure> {
        judge(answer, now, self.by_link)?;
        let page = Page::read(answer)
            .ok_or_else(|| Failure::unreadable(answer, Refusal::NrpsInvalidResponse, Next::Alarm))?;
        self.walk.turn(answer, page.unreadable);
        Ok(page)
    }

    /// Whether every page was read to the end and everybody on them. Otherwise nobody is gone.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.walk.is_complete()
    }

    /// Whether the reading is complete and speaks of everybody in the course: only then is an absent
    /// person gone from it.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.is_complete() && !self.by_link && self.by_role.is_none()
    }

    /// Why the walk ended before its end, if it did.
    #[must_use]
    pub fn trouble(&self) -> Option<&Failure> {
        self.walk.trouble()
    }
}

/// What a status means, of a roster and of groups. A link's roster refused means "no access to this link"
/// (§18.1): the whole roster may still be had.
pub(crate) fn judge(answer: &Answer<'_>, now: DateTime<Utc>, by_link: bool) -> Result<(), Failure> {
    let (refusal, next) = match answer.status {
        200..=299 => return Ok(()),
        401 => (Refusal::NrpsScopeNotGranted, Next::FreshToken),
        status if is_later(status) => (Refusal::NrpsUnavailable, later(answer, now)),
        400..=499 if by_link => (Refusal::NrpsScopeNotGranted, Next::Stop),
        403 => (Refusal::NrpsScopeNotGranted, Next::Alarm),
        400..=499 => (Refusal::NrpsUnavailable, Next::Alarm),
        _ => (Refusal::NrpsInvalidResponse, Next::Alarm),
    };
    Err(Failure::of(answer, refusal, next))
}
