//! How the services and the registration of each platform family differ from the standards: one row per
//! family, with its source. An unknown family has [`STANDARD`].
//!
//! Sources: `spec/lti-1.3-tool.md` §17-20 and §25.2, `spec/moodle-platform.md` §2-4 and §7, `spec/signals.md` §1-§6.

use chrono::Duration;

use super::{ACTING_KEY, HISTORY_PARAMETERS, Parameter};

/// Which `role` filter a roster understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleFilter {
    /// Full URIs.
    Uri,
    /// Short names, and only these.
    Short(&'static [&'static str]),
    /// None.
    Unsupported,
}

/// What a product wants in a registration beyond the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extras {
    /// Nothing.
    None,
    /// Canvas's own members: privacy level, tool id, vendor, navigation (§20.3).
    Canvas,
}

/// What a column of ours that others mark is worth, and what it needs (signals.md §1-§6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// What teachers and formulas put into it is in its results.
    Shown,
    /// Only of people about whom the tool has posted something: each gets a score without a number first.
    ShownOfPosted,
    /// Results tell only what the tool posted itself.
    Hidden,
}

/// The members of a line item by which a platform tells of columns that are not the tool's (signals.md §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GradebookMembers {
    /// `true`: not the tool's, only to be read.
    pub read_only: &'static str,
    /// `true`: learners may see what stands there.
    pub released: &'static str,
}

/// How a family's services and registration differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceQuirks {
    /// `resourceLinkId` may stand in a new line item.
    pub link_in_new_item: bool,
    /// With these statuses the platform says that it does not know the `resourceLinkId` of a new item.
    pub foreign_link_statuses: &'static [u16],
    /// `id` may stand in a PUT.
    pub id_in_update: bool,
    /// `scoreMaximum` must be whole.
    pub whole_maximum: bool,
    /// The greatest `scoreMaximum` of a deep-linked item that can be saved.
    pub greatest_linked_maximum: Option<u32>,
    /// `limit` may be asked of results.
    pub limit_on_results: bool,
    /// A score that is not `FullyGraded` erases the grade.
    pub progress_erases_grade: bool,
    /// What others put into a column of ours.
    pub marks: Marks,
    /// Where an administrator may let tools read the whole gradebook: how its other columns are told apart.
    pub gradebook: Option<GradebookMembers>,
    /// Least milliseconds between two scores of one learner in one column.
    pub score_interval_ms: u32,
    /// The role filter of the roster.
    pub role_filter: RoleFilter,
    /// How many people to ask for on a page.
    pub roster_page: Option<u32>,
    /// The most people that a page can have.
    pub roster_page_most: Option<u32>,
    /// The frame that keeps data for tools, where its name is known beforehand.
    pub storage_frame: Option<&'static str>,
    /// What a registration holds beyond the standard.
    pub extras: Extras,
    /// Placements of plain launches to ask for, as far as the platform lists them.
    pub link_placements: &'static [&'static str],
    /// Placements of deep linking to ask for, as far as the platform lists them.
    pub picker_placements: &'static [&'static str],
    /// Hosts (`*.` for any below) that may speak for the family's fixed issuer though the issuer's name is
    /// another host's.
    pub configured_from: &'static [&'static str],
    /// The `scope` in the reply to a registration cannot be trusted; launches and tokens say the truth.
    pub registered_scope_lies: bool,
    /// The reply to a registration names the deployment.
    pub registration_names_deployment: bool,
    /// Somebody must still switch the tool on at the platform after a registration.
    pub awaits_activation: bool,
    /// `tool_platform.guid` names a customer of a cloud, not the one installation behind the issuer: it is held
    /// against the deployment then, which is one customer's.
    pub guid_by_deployment: bool,
    /// The variable that tells whose account is used by somebody else.
    pub acting_variable: &'static str,
    /// A launch is good for so many seconds only, fewer than elsewhere.
    pub launch_seconds: Option<u32>,
    /// Where this comes from.
    pub source: &'static str,
}

impl ServiceQuirks {
    /// Least time between two scores of one learner in one column, with a registration's own switch
    /// (`min_score_interval_ms`): the longer one counts.
    #[must_use]
    pub fn score_interval(&self, switches: &crate::Switches) -> Duration {
        Duration::milliseconds(i64::from(self.score_interval_ms.max(switches.min_score_interval_ms)))
    }

    /// The custom parameters of every launch, to be configured there: who really acts, and what was copied from
    /// where.
    #[must_use]
    pub fn parameters(&self) -> [Parameter; 3] {
        let [course, link] = HISTORY_PARAMETERS;
        [Parameter { key: ACTING_KEY, variable: self.acting_variable }, course, link]
    }
}

/// What the standards say.
pub const STANDARD: ServiceQuirks = ServiceQuirks {
    link_in_new_item: true,
    foreign_link_statuses: &[404],
    id_in_update: true,
    whole_maximum: false,
    greatest_linked_maximum: None,
    limit_on_results: true,
    progress_erases_grade: false,
    marks: Marks::Shown,
    gradebook: None,
    score_interval_ms: 1,
    role_filter: RoleFilter::Uri,
    roster_page: None,
    roster_page_most: None,
    storage_frame: None,
    extras: Extras::None,
    link_placements: &[],
    picker_placements: &["ContentArea"],
    configured_from: &[],
    registered_scope_lies: false,
    registration_names_deployment: false,
    awaits_activation: false,
    guid_by_deployment: false,
    acting_variable: "$ActualUser.id",
    launch_seconds: None,
    source: "§17-20",
};

pub(super) const MOODLE: ServiceQuirks = ServiceQuirks {
    foreign_link_statuses: &[403, 404],
    whole_maximum: true,
    greatest_linked_maximum: Some(100),
    limit_on_results: false,
    progress_erases_grade: true,
    score_interval_ms: 1000,
    role_filter: RoleFilter::Short(&["Learner", "Instructor"]),
    // Without it everybody comes at once, which may be more than an answer may hold.
    roster_page: Some(1000),
    registered_scope_lies: true,
    registration_names_deployment: true,
    awaits_activation: true,
    launch_seconds: Some(60),
    source: "moodle-platform.md §3, §4, §7; §25.2",
    ..STANDARD
};

pub(super) const CANVAS: ServiceQuirks = ServiceQuirks {
    roster_page: Some(50),
    storage_frame: Some("post_message_forwarding"),
    extras: Extras::Canvas,
    link_placements: &["course_navigation"],
    picker_placements: &["assignment_selection", "link_selection"],
    configured_from: &["sso.canvaslms.com", "*.instructure.com"],
    // The guid is the root account's; a self-hosted Canvas may have several, too.
    guid_by_deployment: true,
    acting_variable: "$Canvas.masqueradingUser.userId",
    marks: Marks::ShownOfPosted,
    source: "§2.3, §9.2, §20.2, §20.3, §25.2; signals.md §1",
    ..STANDARD
};

pub(super) const CANVAS_BETA: ServiceQuirks =
    ServiceQuirks { configured_from: &["sso.beta.canvaslms.com", "*.beta.instructure.com"], ..CANVAS };

pub(super) const CANVAS_TEST: ServiceQuirks =
    ServiceQuirks { configured_from: &["sso.test.canvaslms.com", "*.test.instructure.com"], ..CANVAS };

pub(super) const BLACKBOARD: ServiceQuirks = ServiceQuirks {
    link_in_new_item: false,
    id_in_update: false,
    storage_frame: Some("lti_storage_frame"),
    configured_from: &["developer.blackboard.com"],
    // "Tenant only through deployment_id (and tool_platform.guid)".
    guid_by_deployment: true,
    source: "§9.2, §17.3, §20.2, §25.2",
    ..STANDARD
};

pub(super) const BRIGHTSPACE: ServiceQuirks = ServiceQuirks { source: "§16.2, §25.2", ..STANDARD };

pub(super) const SAKAI: ServiceQuirks = ServiceQuirks {
    // With the administrator's switch `allowgradebookreadonly`.
    gradebook: Some(GradebookMembers {
        read_only: "https://www.sakailms.org/spec/lti-ags/v2p0/readOnly",
        released: "https://www.sakailms.org/spec/lti-ags/v2p0/releaseToStudent",
    }),
    source: "§20.2, §25.2; signals.md §6",
    ..STANDARD
};

pub(super) const SCHOOLOGY: ServiceQuirks = ServiceQuirks {
    roster_page_most: Some(100),
    configured_from: &["lti-service.svc.schoology.com", "*.schoology.com"],
    guid_by_deployment: true,
    source: "§20.2, §25.2",
    ..STANDARD
};

pub(super) const OPEN_EDX: ServiceQuirks = ServiceQuirks {
    whole_maximum: true,
    marks: Marks::Hidden,
    source: "§17.3, §25.2; signals.md §5",
    ..STANDARD
};
