//! What a launch says: claim names, the payload of a launch from this LMS, and the complete example payload of
//! lti-1.3-tool.md §11.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    course::{Activity, Course, ToolLink, User},
    lms::Lms,
    services,
    tool::ToolRegistration,
};

/// `LtiResourceLinkRequest` and so on.
pub const MESSAGE_TYPE: &str = "https://purl.imsglobal.org/spec/lti/claim/message_type";
/// `1.3.0`.
pub const VERSION: &str = "https://purl.imsglobal.org/spec/lti/claim/version";
/// The deployment.
pub const DEPLOYMENT_ID: &str = "https://purl.imsglobal.org/spec/lti/claim/deployment_id";
/// Where the launch should end.
pub const TARGET_LINK_URI: &str = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri";
/// The link: `id`, `title`.
pub const RESOURCE_LINK: &str = "https://purl.imsglobal.org/spec/lti/claim/resource_link";
/// The roles.
pub const ROLES: &str = "https://purl.imsglobal.org/spec/lti/claim/roles";
/// The course: `id`, `label`, `title`, `type`.
pub const CONTEXT: &str = "https://purl.imsglobal.org/spec/lti/claim/context";
/// The platform: `guid`, `product_family_code`, `version`.
pub const TOOL_PLATFORM: &str = "https://purl.imsglobal.org/spec/lti/claim/tool_platform";
/// Frame or window, return address, language.
pub const LAUNCH_PRESENTATION: &str = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
/// Custom parameters.
pub const CUSTOM: &str = "https://purl.imsglobal.org/spec/lti/claim/custom";
/// Whom a mentor may see.
pub const ROLE_SCOPE_MENTOR: &str = "https://purl.imsglobal.org/spec/lti/claim/role_scope_mentor";
/// Extensions of Moodle and Sakai.
pub const EXT: &str = "https://purl.imsglobal.org/spec/lti/claim/ext";
/// Identifiers of the student information system.
pub const LIS: &str = "https://purl.imsglobal.org/spec/lti/claim/lis";
/// Assignment and Grade Services.
pub const AGS_ENDPOINT: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
/// Names and Role Provisioning Services.
pub const NRPS: &str = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
/// Course groups.
pub const GROUPS: &str = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice";

/// What the LMS calls itself in `product_family_code`.
pub const PRODUCT_FAMILY: &str = "laurel-practice";

/// The complete example payload of lti-1.3-tool.md §11 with this platform's issuer and addresses and this
/// registration's ids, minted now for this nonce. Its service addresses exist in the claim only.
#[must_use]
pub fn example(lms: &Lms, tool: &ToolRegistration, nonce: &str) -> Value {
    let (base, now) = (lms.base_url(), lms.now().timestamp());
    json!({
        "iss": lms.issuer(), "aud": tool.client_id, "sub": "u-5f2e",
        "iat": now, "exp": now + lms.token_lifetime().num_seconds(), "nonce": nonce,
        "name": "Zoë Łukasz", "given_name": "Zoë", "family_name": "Łukasz", "email": "zoe@campus.example",
        "locale": "pl-PL",
        MESSAGE_TYPE: "LtiResourceLinkRequest",
        VERSION: "1.3.0",
        DEPLOYMENT_ID: tool.deployment_id,
        TARGET_LINK_URI: tool.target_link_uri,
        RESOURCE_LINK: {"id": "rl-301", "title": "Lab safety badge"},
        ROLES: ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
        CONTEXT: {"id": "c-77", "label": "CH101", "title": "Chemistry 1",
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"]},
        TOOL_PLATFORM: {"guid": lms.guid(), "product_family_code": "moodle", "version": "2024100700"},
        LAUNCH_PRESENTATION: {"document_target": "iframe", "return_url": format!("{base}/courses/c-77")},
        CUSTOM: {"badge": "17", "due": "$ResourceLink.submission.endDateTime"},
        AGS_ENDPOINT: {
            "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
                "https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            "lineitems": format!("{base}/ags/c-77/lineitems?type_id=4"),
            "lineitem": format!("{base}/ags/c-77/lineitems/12/lineitem?type_id=4")},
        NRPS: {"context_memberships_url": format!("{base}/nrps/c-77/members?type_id=4"),
            "service_versions": ["2.0"]},
    })
}

/// Everything a launch from a course page is about.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub tool: &'a ToolRegistration,
    pub course: &'a Course,
    pub activity: &'a Activity,
    pub link: &'a ToolLink,
    pub user: &'a User,
    /// `iframe` or `window`.
    pub target: &'a str,
    pub now: DateTime<Utc>,
}

impl Subject<'_> {
    pub(crate) fn deployment_id(&self) -> &str {
        self.link.deployment_id.as_ref().unwrap_or(&self.tool.deployment_id)
    }

    pub(crate) fn target_link_uri(&self) -> &str {
        self.link.target_link_uri.as_ref().unwrap_or(&self.tool.target_link_uri)
    }

    /// Course roles and site roles, sorted, each once, as Moodle lists them.
    fn roles(&self) -> Vec<String> {
        let mut roles = self.course.roles.get(&self.user.id).cloned().unwrap_or_default();
        roles.extend(self.user.site_roles.iter().cloned());
        roles.sort();
        roles.dedup();
        roles
    }

    /// The payload.
    pub(crate) fn claims(&self, lms: &Lms, nonce: &str) -> Value {
        let now = self.now.timestamp();
        let mut claims = json!({
            "iss": lms.issuer(), "aud": self.tool.client_id, "sub": self.user.id.as_str(),
            "iat": now, "exp": now + lms.token_lifetime().num_seconds(), "nonce": nonce,
            MESSAGE_TYPE: "LtiResourceLinkRequest",
            VERSION: "1.3.0",
            DEPLOYMENT_ID: self.deployment_id(),
            TARGET_LINK_URI: self.target_link_uri(),
            RESOURCE_LINK: {"id": self.activity.id.as_str(), "title": self.activity.title},
            ROLES: self.roles(),
            CONTEXT: {"id": self.course.id.as_str(), "label": self.course.label, "title": self.course.title,
                "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"]},
            TOOL_PLATFORM: {"guid": lms.guid(), "name": lms.name(), "product_family_code": PRODUCT_FAMILY,
                "version": lms.manners().version},
            LAUNCH_PRESENTATION: {"document_target": self.target,
                "return_url": format!("{}/courses/{}", lms.base_url(), self.course.id)},
            CUSTOM: self.custom(lms, &lms.custom_manners()),
        });
        if let Value::Object(members) = &mut claims {
            members.extend(lms.service_claims(self.tool, &self.course.id, Some(&self.activity.id)));
        }
        if let (Value::Object(members), true) = (&mut claims, self.tool.share_names) {
            let locale = self.user.locale.as_deref().map(|locale| ("locale", locale));
            for (name, value) in self.user.personal().chain(locale) {
                members.insert(name.to_owned(), value.into());
            }
        }
        services::dress(lms, &mut claims, self.tool, self.user);
        claims
    }
}
