//! Roles: from the many spellings that platforms use to (family, principal, sub-role), and from there to
//! what a person may do in this course (§12).
//!
//! Compared whole and case-sensitively, never by substring: `membership/Learner#Instructor` is a learner.
//! Roles are those of one launch; what somebody ever was is the application's to remember.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::registration::{Assistants, Switches};

/// Where a role holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// In this course.
    Context,
    /// In the institution; never grants anything in a course.
    Institution,
    /// On the platform; never grants anything in a course.
    System,
    /// A preview account.
    Test,
}

/// One understood role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role {
    /// Where it holds.
    pub family: Family,
    /// The core name, such as `Instructor`.
    pub principal: &'static str,
    /// The sub-role, such as `TeachingAssistant`; it implies its principal.
    pub sub: Option<&'static str>,
}

const MEMBERSHIP: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership";
const INSTITUTION: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#";
const SYSTEM: &str = "http://purl.imsglobal.org/vocab/lis/v2/system/person#";
/// Deprecated, but Moodle's rosters use it.
const PERSON: &str = "http://purl.imsglobal.org/vocab/lis/v2/person#";
const TEST: &str = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";

/// Course roles with their sub-roles.
const CONTEXT_ROLES: [(&str, &[&str]); 8] = [
    (
        "Administrator",
        &[
            "Administrator",
            "Developer",
            "ExternalDeveloper",
            "ExternalSupport",
            "ExternalSystemAdministrator",
            "Support",
            "SystemAdministrator",
        ],
    ),
    ("ContentDeveloper", &["ContentDeveloper", "ContentExpert", "ExternalContentExpert", "Librarian"]),
    (
        "Instructor",
        &[
            "ExternalInstructor",
            "Grader",
            "GuestInstructor",
            "Lecturer",
            "PrimaryInstructor",
            "SecondaryInstructor",
            "TeachingAssistant",
            "TeachingAssistantGroup",
            "TeachingAssistantOffering",
            "TeachingAssistantSection",
            "TeachingAssistantSectionAssociation",
            "TeachingAssistantTemplate",
        ],
    ),
    ("Learner", &["ExternalLearner", "GuestLearner", "Instructor", "Learner", "NonCreditLearner"]),
    ("Manager", &["AreaManager", "CourseCoordinator", "ExternalObserver", "Manager", "Observer"]),
    ("Member", &["Member"]),
    (
        "Mentor",
        &[
            "Advisor",
            "Auditor",
            "ExternalAdvisor",
            "ExternalAuditor",
            "ExternalLearningFacilitator",
            "ExternalMentor",
            "ExternalReviewer",
            "ExternalTutor",
            "LearningFacilitator",
            "Mentor",
            "Reviewer",
            "Tutor",
        ],
    ),
    ("Officer", &["Chair", "Communications", "Secretary", "Treasurer", "Vice-Chair"]),
];

const INSTITUTION_ROLES: [&str; 14] = [
    "Administrator",
    "Faculty",
    "Guest",
    "None",
    "Other",
    "Staff",
    "Student",
    "Alumni",
    "Instructor",
    "Learner",
    "Member",
    "Mentor",
    "Observer",
    "ProspectiveStudent",
];

const SYSTEM_ROLES: [&str; 7] =
    ["Administrator", "None", "AccountAdmin", "Creator", "SysAdmin", "SysSupport", "User"];

impl Role {
    /// Understands a role in any form of §12: full URI, `urn:lti:…`, short name (course roles only).
    /// A sub-role that we do not know counts as its principal.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix(MEMBERSHIP) {
            return match rest.strip_prefix('#') {
                Some(principal) => context(principal, None),
                None => {
                    rest.strip_prefix('/')?.split_once('#').and_then(|(name, sub)| context(name, Some(sub)))
                }
            };
        }
        if text == TEST {
            return Some(Self { family: Family::Test, principal: "TestUser", sub: None });
        }
        if let Some(name) = text.strip_prefix(INSTITUTION).or(text.strip_prefix("urn:lti:instrole:ims/lis/"))
        {
            return plain(Family::Institution, &INSTITUTION_ROLES, name);
        }
        if let Some(name) = text.strip_prefix(SYSTEM).or(text.strip_prefix("urn:lti:sysrole:ims/lis/")) {
            return plain(Family::System, &SYSTEM_ROLES, name);
        }
        if let Some(name) = text.strip_prefix(PERSON) {
            return plain(Family::Institution, &INSTITUTION_ROLES, name)
                .or_else(|| plain(Family::System, &SYSTEM_ROLES, name));
        }
        let short = text.strip_prefix("urn:lti:role:ims/lis/").unwrap_or(text);
        match short.split_once('/') {
            Some((principal, sub)) => context(principal, Some(sub)),
            None => context(short, None),
        }
    }

    /// The full URI.
    #[must_use]
    pub fn uri(&self) -> String {
        match (self.family, self.sub) {
            (Family::Context, Some(sub)) => format!("{MEMBERSHIP}/{}#{sub}", self.principal),
            (Family::Context, None) => format!("{MEMBERSHIP}#{}", self.principal),
            (Family::Institution, _) => format!("{INSTITUTION}{}", self.principal),
            (Family::System, _) => format!("{SYSTEM}{}", self.principal),
            (Family::Test, _) => TEST.to_owned(),
        }
    }

    fn is_context(&self, principal: &str) -> bool {
        self.family == Family::Context && self.principal == principal
    }
}

fn context(principal: &str, sub: Option<&str>) -> Option<Role> {
    // LTI 1.1 knew the assistant as a role of its own.
    let (principal, sub) = match principal {
        "TeachingAssistant" => ("Instructor", sub.or(Some("TeachingAssistant"))),
        other => (other, sub),
    };
    let (principal, subs) = *CONTEXT_ROLES.iter().find(|(name, _)| *name == principal)?;
    let sub = sub.and_then(|sub| subs.iter().find(|name| **name == sub)).copied();
    Some(Role { family: Family::Context, principal, sub })
}

fn plain(family: Family, names: &'static [&'static str], name: &str) -> Option<Role> {
    let principal = *names.iter().find(|known| **known == name)?;
    Some(Role { family, principal, sub: None })
}

/// What somebody may do in this course, most at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// No role, or none that we know: the lowest view.
    #[default]
    None,
    /// Mentor, manager, officer, member.
    Observe,
    /// May receive badges.
    Learn,
    /// May grade and award as configured, not edit.
    Grade,
    /// May author, not award.
    Author,
    /// May author, award, and see the roster.
    Teach,
}

impl Permission {
    /// The name under which it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Observe => "observe",
            Self::Learn => "learn",
            Self::Grade => "grade",
            Self::Author => "author",
            Self::Teach => "teach",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a permission")]
pub struct NotAPermission;

impl FromStr for Permission {
    type Err = NotAPermission;

    fn from_str(name: &str) -> Result<Self, NotAPermission> {
        [Self::None, Self::Observe, Self::Learn, Self::Grade, Self::Author, Self::Teach]
            .into_iter()
            .find(|permission| permission.name() == name)
            .ok_or(NotAPermission)
    }
}

/// The roles of one person in one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    known: Vec<Role>,
    unknown: Vec<String>,
}

impl Roles {
    /// Reads a list of roles. Blanks are skipped (Moodle and the certification suite send `[""]` for
    /// "no role"), unknown ones are kept for the record.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut roles = Self::default();
        for text in texts.into_iter().filter(|text| !text.trim().is_empty()) {
            match Role::parse(text) {
                Some(role) => roles.known.push(role),
                None => roles.unknown.push(text.to_owned()),
            }
        }
        roles.known.sort_unstable();
        roles.known.dedup();
        roles.unknown.sort_unstable();
        roles.unknown.dedup();
        roles
    }

    /// The understood roles, sorted, each once.
    #[must_use]
    pub fn known(&self) -> &[Role] {
        &self.known
    }

    /// Roles outside the vocabulary, sorted, each once.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// The understood roles as full URIs, for the record of roles ever seen.
    #[must_use]
    pub fn uris(&self) -> Vec<String> {
        self.known.iter().map(Role::uri).collect()
    }

    /// What these roles allow in this course.
    ///
    /// Where a platform sends a principal beside its sub-role (`Instructor` and `Instructor#Grader`), the
    /// sub-role says what is meant: an assistant does not become a teacher by a full list.
    #[must_use]
    pub fn permission(&self, switches: &Switches) -> Permission {
        let by_sub = |sub: &str| match sub {
            "Grader" => Permission::Grade,
            sub if sub.starts_with("TeachingAssistant") => match switches.assistants {
                Assistants::Teach => Permission::Teach,
                Assistants::Grade => Permission::Grade,
                Assistants::Observe => Permission::Observe,
            },
            _ => Permission::Teach,
        };
        let instructor = || self.known.iter().filter(|role| role.is_context("Instructor"));
        let teaching = instructor()
            .filter_map(|role| role.sub)
            .map(by_sub)
            .max()
            .or_else(|| instructor().next().map(|_| Permission::Teach));
        let other = self.known.iter().map(|role| match (role.family, role.principal) {
            (Family::Context, "Administrator") => Permission::Teach,
            (Family::Context, "ContentDeveloper") => Permission::Author,
            (Family::Context, "Learner") => Permission::Learn,
            (Family::Context, "Mentor" | "Manager" | "Officer" | "Member") => Permission::Observe,
            (Family::Institution | Family::System, "Administrator") if switches.admins_may_teach => {
                Permission::Teach
            }
            _ => Permission::None,
        });
        other.chain(teaching).max().unwrap_or_default()
    }

    /// Whether these roles may use the deep linking picker (§12): who teaches or authors here, and
    /// administrators of institution or platform (Canvas's and Blackboard's open it without being enrolled),
    /// unless they are learners of this course.
    #[must_use]
    pub fn may_pick(&self, switches: &Switches) -> bool {
        let administers = self.known.iter().any(|role| {
            matches!(role.family, Family::Institution | Family::System) && role.principal == "Administrator"
        });
        self.permission(switches) >= Permission::Author || (administers && !self.is_learner_here())
    }

    /// Whether the person teaches, authors or administers here, in any degree: such people are no
    /// candidates for badges of this course, whatever else they are (design §4).
    #[must_use]
    pub fn is_staff_here(&self) -> bool {
        self.known.iter().any(|role| match role.family {
            Family::Context => matches!(role.principal, "Administrator" | "ContentDeveloper" | "Instructor"),
            Family::Institution => role.principal == "Administrator",
            Family::System => matches!(role.principal, "Administrator" | "AccountAdmin" | "SysAdmin"),
            Family::Test => false,
        })
    }

    /// Whether the person is a learner of this course.
    #[must_use]
    pub fn is_learner_here(&self) -> bool {
        self.known.iter().any(|role| role.is_context("Learner"))
    }

    /// Whether the person mentors others of this course.
    #[must_use]
    pub fn is_mentor_here(&self) -> bool {
        self.known.iter().any(|role| role.is_context("Mentor"))
    }

    /// Whether this is a preview account: it may look, but never earn.
    #[must_use]
    pub fn is_test_user(&self) -> bool {
        self.known.iter().any(|role| role.family == Family::Test)
    }
}
