//! What the practice LMS offers to registered tools besides launches: Assignment and Grade Services, Names and Role
//! Provisioning, Course Groups (lti-1.3-tool.md §17, §18), and in which way each product does them (§25).
//!
//! Every request passes the same way: `server::services` records it, [`fault`] may spoil it, `call` checks the
//! bearer token, the scope and the media types, and one file per service answers. Nothing here does I/O.
//! Locks: whoever needs people and courses takes the world's lock first, then one lock of `Services`.

mod access;
mod call;
pub mod fault;
mod gate;
pub mod gradebook;
mod groups;
mod launch;
mod line_items;
mod paging;
pub mod profiles;
pub mod quirks;
mod results;
mod roles;
pub mod roster;
mod scores;
pub mod seen;
mod subjects;

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
};

pub use access::NoLineItem;
pub(crate) use call::{Call, Reply};
pub use fault::{Fault, Misbehaviour};
pub use gradebook::{Column, Grade, LineItem, LineItemId, Score};
pub use groups::Group;
pub(crate) use launch::dress;
pub use profiles::Profile;
pub use quirks::Quirks;
pub use roster::MemberStatus;
pub use seen::ServiceRequest;

use crate::course::{CourseId, UserId};

/// Reading and changing line items.
pub const SCOPE_LINE_ITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
/// Reading line items.
pub const SCOPE_LINE_ITEM_READONLY: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
/// Reading results.
pub const SCOPE_RESULT: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
/// Posting scores.
pub const SCOPE_SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
/// Reading the members of a course.
pub const SCOPE_MEMBERS: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
/// Reading the groups of a course.
pub const SCOPE_GROUPS: &str = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
/// All of them.
pub const ALL_SCOPES: [&str; 6] =
    [SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READONLY, SCOPE_RESULT, SCOPE_SCORE, SCOPE_MEMBERS, SCOPE_GROUPS];

/// One line item.
pub const TYPE_LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
/// A list of line items.
pub const TYPE_LINE_ITEMS: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
/// A list of results.
pub const TYPE_RESULTS: &str = "application/vnd.ims.lis.v2.resultcontainer+json";
/// A score.
pub const TYPE_SCORE: &str = "application/vnd.ims.lis.v1.score+json";
/// The members of a course.
pub const TYPE_MEMBERS: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
/// The groups of a course.
pub const TYPE_GROUPS: &str = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json";
/// The group sets of a course.
pub const TYPE_GROUP_SETS: &str = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json";

/// A kind of address that tools call with a token, or to get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// The token endpoint.
    Token,
    /// The line items of a course.
    LineItems,
    /// One line item.
    LineItem,
    /// The scores of a line item.
    Scores,
    /// The results of a line item.
    Results,
    /// The members of a course.
    Members,
    /// The groups of a course.
    Groups,
    /// The group sets of a course.
    GroupSets,
    /// Canvas's own interface.
    CanvasRest,
    /// Moodle's web services.
    MoodleRest,
}

/// The state behind the services.
#[derive(Debug)]
pub(crate) struct Services {
    pub quirks: Mutex<Quirks>,
    pub gradebook: Mutex<gradebook::Gradebook>,
    pub groups: Mutex<Vec<Group>>,
    pub statuses: Mutex<HashMap<(CourseId, UserId), MemberStatus>>,
    pub subjects: Mutex<subjects::Subjects>,
    pub faults: Mutex<Vec<Misbehaviour>>,
    pub seen: Mutex<VecDeque<ServiceRequest>>,
    pub records: Mutex<crate::records::Records>,
}

impl Services {
    pub(crate) fn new(quirks: Quirks) -> Self {
        Self {
            quirks: Mutex::new(quirks),
            gradebook: Mutex::default(),
            groups: Mutex::default(),
            statuses: Mutex::default(),
            subjects: Mutex::default(),
            faults: Mutex::default(),
            seen: Mutex::default(),
            records: Mutex::default(),
        }
    }
}
