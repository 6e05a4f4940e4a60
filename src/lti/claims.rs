//! Claim names and what stands in the claims (§11, §17.1, §18, §19, §21; §13 is in `custom`), read leniently
//! (`claims/read.rs`).
//!
//! What is needed must have its type, or the message is refused by that claim's name. What is merely
//! nice and comes broken is left out with a warning; `""` and `null` mean absent. Texts lose their control
//! characters (a NUL cannot be stored, a line break has no place in a name); ids are never changed.

mod read;

use serde::{Deserialize, Serialize};

pub(crate) use read::{
    Lenient, Object, Typed, clean, is_email, is_id, is_printable, object, present, return_url,
};

use crate::roles::Roles;

/// `LtiResourceLinkRequest`, …
pub const MESSAGE_TYPE: &str = "https://purl.imsglobal.org/spec/lti/claim/message_type";
/// `1.3.0`
pub const VERSION: &str = "https://purl.imsglobal.org/spec/lti/claim/version";
/// Names the deployment within its registration.
pub const DEPLOYMENT_ID: &str = "https://purl.imsglobal.org/spec/lti/claim/deployment_id";
/// The page to open.
pub const TARGET_LINK_URI: &str = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri";
/// The link that was clicked.
pub const RESOURCE_LINK: &str = "https://purl.imsglobal.org/spec/lti/claim/resource_link";
/// What the person is.
pub const ROLES: &str = "https://purl.imsglobal.org/spec/lti/claim/roles";
/// Whom a mentor may see.
pub const ROLE_SCOPE_MENTOR: &str = "https://purl.imsglobal.org/spec/lti/claim/role_scope_mentor";
/// The course.
pub const CONTEXT: &str = "https://purl.imsglobal.org/spec/lti/claim/context";
/// The platform's name of itself.
pub const TOOL_PLATFORM: &str = "https://purl.imsglobal.org/spec/lti/claim/tool_platform";
/// Frame, language, way back.
pub const LAUNCH_PRESENTATION: &str = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
/// Custom parameters.
pub const CUSTOM: &str = "https://purl.imsglobal.org/spec/lti/claim/custom";
/// Assignment and Grade Services.
pub const AGS_ENDPOINT: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
/// Names and Role Provisioning.
pub const NRPS_ENDPOINT: &str = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
/// Course groups (§18.2).
pub const GROUPS_SERVICE: &str = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice";
/// Platform notifications (§21).
pub const NOTIFICATION_SERVICE: &str =
    "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice";
/// Whose work a message is about (§19).
pub const FOR_USER: &str = "https://purl.imsglobal.org/spec/lti/claim/for_user";
/// What an LTI 1.1 launch would have said (§22).
pub const LTI1P1: &str = "https://purl.imsglobal.org/spec/lti/claim/lti1p1";
/// The person's LTI 1.1 id, as Canvas and Brightspace send it beside [`LTI1P1`].
pub const LEGACY_USER_ID: &str = "https://purl.imsglobal.org/spec/lti/claim/lti11_legacy_user_id";
/// What a notice is about (§21).
pub const NOTICE: &str = "https://purl.imsglobal.org/spec/lti/claim/notice";
/// The courses from which one was copied (§21).
pub const ORIGIN_CONTEXTS: &str = "https://purl.imsglobal.org/spec/lti/claim/origin_contexts";
/// What a deep linking request accepts (§15.1).
pub const DEEP_LINKING_SETTINGS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";

/// What the platform says about the person; any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// A delivery address, not proven to be theirs.
    pub email: Option<String>,
    /// Their language, hyphenated.
    pub locale: Option<String>,
}

/// The course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Unique within the deployment.
    pub id: String,
    /// Short name.
    pub label: Option<String>,
    /// Name.
    pub title: Option<String>,
    /// Kinds, as sent.
    pub types: Vec<String>,
}

/// The link that was clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Unique within the deployment; a copied link gets a new one.
    pub id: String,
    /// Name.
    pub title: Option<String>,
    /// Description, plain text.
    pub description: Option<String>,
}

/// What the platform is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolPlatform {
    /// Names this installation.
    pub guid: Option<String>,
    /// `moodle`, `canvas`, …
    pub product_family: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

/// Whose work a message is about (§19): the person that a teacher looks at, or oneself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForUser {
    /// Their `sub`.
    pub user_id: String,
    /// What is said about them.
    pub person: Person,
    /// What they are in the course.
    pub roles: Roles,
}

/// The service addresses of this launch; the newest launch's are the ones to use (V33).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Services {
    /// Grades.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ags: Option<Ags>,
    /// Roster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nrps: Option<Nrps>,
    /// Course groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Groups>,
    /// Platform notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notices: Option<NoticeService>,
}

/// Assignment and Grade Services (§17.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ags {
    /// What may be asked for.
    pub scope: Vec<String>,
    /// The container of all line items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineitems: Option<String>,
    /// The one line item of this link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineitem: Option<String>,
}

/// Names and Role Provisioning Services (§18.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrps {
    /// The roster's address.
    pub url: String,
}

/// Course Groups (§18.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    /// What may be asked for.
    pub scope: Vec<String>,
    /// The groups of the course.
    pub url: String,
    /// The sets of groups of the course.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sets_url: Option<String>,
}

/// Platform Notification Service (§21).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeService {
    /// What may be asked for.
    pub scope: Vec<String>,
    /// Where handlers are registered.
    pub url: String,
    /// The types of notices on offer.
    pub types: Vec<String>,
}
