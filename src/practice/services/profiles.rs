//! What each product does, as rows over [`Quirks::none`]. Sources: lti-1.3-tool.md §25, moodle-platform.md,
//! signals.md §1–§6. What no source tells stays plain.

use chrono::Duration;
use serde_json::json;

use super::quirks::{
    Audience, CustomKeys, IdShape, LinkStyle, Partial, Quirks, RoleWords, ScoreAnswer, SubjectShape,
};
use crate::tool::LoginMethod;

/// A product that the practice LMS can behave like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// What the specifications say.
    #[default]
    Plain,
    /// Moodle 4.5.
    Moodle,
    /// Canvas cloud.
    Canvas,
    /// Blackboard Learn.
    Blackboard,
    /// D2L Brightspace.
    Brightspace,
    /// Sakai.
    Sakai,
    /// Schoology.
    Schoology,
    /// Open edX.
    OpenEdx,
}

/// Institution and system roles that Canvas adds to everybody.
const CANVAS_ROLES: &[&str] = &[
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
];

impl Profile {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Plain,
        Self::Moodle,
        Self::Canvas,
        Self::Blackboard,
        Self::Brightspace,
        Self::Sakai,
        Self::Schoology,
        Self::OpenEdx,
    ];

    /// The product's name in one lower-case word, `moodle`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Moodle => "moodle",
            Self::Canvas => "canvas",
            Self::Blackboard => "blackboard",
            Self::Brightspace => "brightspace",
            Self::Sakai => "sakai",
            Self::Schoology => "schoology",
            Self::OpenEdx => "openedx",
        }
    }

    /// The product of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// What it does differently.
    #[must_use]
    pub fn quirks(self) -> Quirks {
        match self {
            Self::Plain => Quirks::none(),
            Self::Moodle => moodle(),
            Self::Canvas => canvas(),
            Self::Blackboard => blackboard(),
            Self::Brightspace => brightspace(),
            Self::Sakai => sakai(),
            Self::Schoology => schoology(),
            Self::OpenEdx => open_edx(),
        }
    }
}

fn moodle() -> Quirks {
    Quirks {
        product_family: "moodle",
        client_ids: IdShape::MoodleClient,
        deployment_ids: IdShape::Decimal,
        subjects: SubjectShape::Decimal,
        login_method: Some(LoginMethod::Post),
        refused_login_status: 404,
        id_token_lifetime: Some(Duration::seconds(60)),
        custom_keys: CustomKeys::Both,
        blank_role: true,
        flat_roles: true,
        context_type: "CourseSection",
        blank_texts: true,
        vendor_claims: vec![(crate::claims::EXT, json!({"lms": "moodle-2"}))],
        token_audience: Audience::Ignored,
        token_content_type: "text/html; charset=utf-8",
        token_refusal_status: Some(400),
        html_when_keys_fail: true,
        accepts_used_jti: true,
        caches_tool_keys: true,
        lacking_scope_status: 401,
        offers_groups: false,
        service_query: true,
        exact_accept: true,
        media_type_status: Some(400),
        grade_links: LinkStyle::Typographic,
        escaped_links: true,
        filters_two_roles: true,
        crashes_on_result_limit: true,
        unknown_link_status: 403,
        blank_item_texts: true,
        whole_seconds: true,
        needs_fraction: false,
        manual_grade_blocks: true,
        not_gradable_status: 400,
        clamps_scores: true,
        partial: Partial::Clears,
        roster_roles: RoleWords::Short,
        hides_inactive: true,
        link_messages: false,
        ..Quirks::none()
    }
}

fn canvas() -> Quirks {
    Quirks {
        product_family: "canvas",
        shared_issuer: Some("https://canvas.instructure.com"),
        client_ids: IdShape::Decimal,
        deployment_ids: IdShape::CanvasDeployment,
        subjects: SubjectShape::Uuid,
        login_method: Some(LoginMethod::Post),
        id_token_lifetime: Some(Duration::seconds(3600)),
        tells_names: false,
        extra_roles: CANVAS_ROLES,
        doubled_roles: true,
        vendor_claims: vec![
            ("https://www.instructure.com/placement", json!("course_navigation")),
            ("errors", json!({"errors": {}})),
            ("validation_context", json!(null)),
        ],
        refuses_any_unknown_scope: true,
        needs_user_agent: true,
        json_will_do: true,
        grade_page: Some(10),
        roster_page: Some(50),
        item_extras: vec![(
            "https://canvas.instructure.com/lti/submission_type",
            json!({"type": "external_tool"}),
        )],
        score_answer: ScoreAnswer::ResultUrl,
        stale_status: 400,
        needs_fraction: false,
        partial: Partial::PendingManualCounts,
        absent_score_clears: false,
        results_need_a_score: true,
        ..Quirks::none()
    }
}

fn blackboard() -> Quirks {
    Quirks {
        product_family: "BlackboardLearn",
        shared_issuer: Some("https://blackboard.com"),
        client_ids: IdShape::Uuid,
        deployment_ids: IdShape::Uuid,
        subjects: SubjectShape::HexUuid,
        login_method: Some(LoginMethod::Get),
        vendor_claims: vec![(
            "https://blackboard.com/lti/claim/one_time_session_token",
            json!("ots-9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d"),
        )],
        json_will_do: true,
        refuses_link_on_post: true,
        refuses_id_on_put: true,
        needs_fraction: false,
        ..Quirks::none()
    }
}

fn brightspace() -> Quirks {
    Quirks {
        product_family: "desire2learn",
        client_ids: IdShape::Uuid,
        deployment_ids: IdShape::Uuid,
        subjects: SubjectShape::GuidUser,
        refused_login_status: 404,
        not_before: true,
        blank_email: true,
        vendor_claims: vec![("http://www.brightspace.com", json!({"org_id": 6606, "org_defined_id": ""}))],
        token_audience: Audience::Fixed("https://api.brightspace.com/auth/token"),
        needs_fraction: false,
        ..Quirks::none()
    }
}

fn sakai() -> Quirks {
    Quirks {
        product_family: "sakailms.org",
        client_ids: IdShape::Uuid,
        deployment_ids: IdShape::One,
        subjects: SubjectShape::Url,
        json_will_do: true,
        item_extras: vec![
            ("https://www.sakailms.org/spec/lti-ags/v2p0/readOnly", json!(false)),
            ("https://www.sakailms.org/spec/lti-ags/v2p0/releaseToStudent", json!(true)),
            ("https://www.sakailms.org/spec/lti-ags/v2p0/includeInComputation", json!(true)),
        ],
        needs_fraction: false,
        ..Quirks::none()
    }
}

fn schoology() -> Quirks {
    Quirks {
        product_family: "schoology",
        shared_issuer: Some("https://schoology.schoology.com"),
        client_ids: IdShape::Decimal,
        deployment_ids: IdShape::Decimal,
        subjects: SubjectShape::Decimal,
        custom_keys: CustomKeys::Lower,
        roster_page: Some(100),
        needs_fraction: false,
        ..Quirks::none()
    }
}

fn open_edx() -> Quirks {
    Quirks {
        product_family: "open-edx",
        client_ids: IdShape::Uuid,
        deployment_ids: IdShape::One,
        subjects: SubjectShape::Uuid,
        login_method: Some(LoginMethod::Get),
        appends_query_blindly: true,
        username_claim: true,
        extra_roles: &["http://purl.imsglobal.org/vocab/lis/v2/institution/person#None"],
        context_type: "http://purl.imsglobal.org/vocab/lis/v2/course#CourseGroup",
        token_audience: Audience::Ignored,
        whole_maximum: true,
        needs_resource: true,
        needs_fraction: false,
        hides_manual_grades: true,
        ..Quirks::none()
    }
}
