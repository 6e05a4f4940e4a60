//! In what products differ in logins, in the words of every launch, and in services, as one value: a switch per
//! quirk, so that a test can set each alone (lti-1.3-tool.md §25, moodle-platform.md). The rows per product are in
//! [`crate::services::profiles`]. What belongs to single messages and to pages is in [`crate::manners`].

use chrono::Duration;
use serde_json::Value;

use crate::tool::LoginMethod;

/// What ids the platform invents look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdShape {
    /// Letters and digits, `dep-4711`.
    Word,
    /// `483920`.
    Decimal,
    /// Always `1`.
    One,
    /// `7:` and 40 hexadecimal digits.
    CanvasDeployment,
    /// 15 letters and digits.
    MoodleClient,
    /// A UUID with hyphens.
    Uuid,
}

/// What a person's `sub` looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectShape {
    /// The person's id as it is.
    AsIs,
    /// `483920184756` (Moodle).
    Decimal,
    /// 32 hexadecimal digits (Blackboard).
    HexUuid,
    /// A UUID with hyphens (Canvas, Open edX).
    Uuid,
    /// `{uuid}_{digits}` (Brightspace).
    GuidUser,
    /// `{base}/user/{id}` (Sakai).
    Url,
}

/// How custom keys arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomKeys {
    /// As given.
    AsGiven,
    /// In lower case only (Schoology).
    Lower,
    /// As given, and again in lower case with `_` for anything that is no letter or digit (Moodle).
    Both,
}

/// Which words stand for roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleWords {
    /// `http://purl.imsglobal.org/vocab/lis/v2/membership#Learner`.
    Full,
    /// `Learner`.
    Short,
    /// `urn:lti:role:ims/lis/Learner`.
    Urn,
}

/// What the token endpoint wants as `aud`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Its own address.
    TokenEndpoint,
    /// Anything: neither `aud` nor `iss` is looked at (Moodle).
    Ignored,
    /// This text (Brightspace).
    Fixed(&'static str),
}

/// How a `Link` header is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkStyle {
    /// `rel="next"`.
    Quoted,
    /// `rel=next`.
    Bare,
    /// `rel=“next”` (Moodle).
    Typographic,
}

/// What answers a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreAnswer {
    /// Nothing.
    Empty,
    /// `{"resultUrl": …}` (Canvas).
    ResultUrl,
}

/// What a score that is not `FullyGraded` does to the grade that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partial {
    /// Nothing.
    Kept,
    /// Takes it away (Moodle).
    Clears,
    /// Nothing, but `PendingManual` counts as `FullyGraded` (Canvas).
    PendingManualCounts,
}

/// Every difference between platforms in logins, launches and services that this LMS can show.
#[derive(Clone, Debug, PartialEq)]
pub struct Quirks {
    /// `tool_platform.product_family_code`.
    pub product_family: &'static str,
    /// One issuer for all customers; only looked at when the LMS starts.
    pub shared_issuer: Option<&'static str>,
    /// Client ids that the platform invents.
    pub client_ids: IdShape,
    /// Deployment ids that the platform invents.
    pub deployment_ids: IdShape,
    /// A person's `sub` and `user_id`.
    pub subjects: SubjectShape,
    /// How logins are sent, whatever the registration says.
    pub login_method: Option<LoginMethod>,
    /// A login by GET is made by appending `?` and the fields to the tool's address, even behind another `?`
    /// (Open edX).
    pub appends_query_blindly: bool,
    /// Whether logins tell `lti_deployment_id`.
    pub login_tells_deployment: bool,
    /// How long after its login initiation an authentication request is taken (Sakai: not long).
    pub login_window: Option<Duration>,
    /// The status of the page that refuses an authentication request.
    pub refused_login_status: u16,
    /// How long an `id_token` is valid, instead of what the LMS was started with.
    pub id_token_lifetime: Option<Duration>,
    /// `nbf` in launches.
    pub not_before: bool,
    /// Names and addresses may be told, in launches and rosters, if the registration allows it too.
    pub tells_names: bool,
    /// A person without an address has `""` (Brightspace).
    pub blank_email: bool,
    /// `preferred_username` (Open edX).
    pub username_claim: bool,
    /// Custom keys.
    pub custom_keys: CustomKeys,
    /// Roles in launches.
    pub launch_roles: RoleWords,
    /// Roles that everybody has in launches besides.
    pub extra_roles: &'static [&'static str],
    /// Every role twice (Canvas).
    pub doubled_roles: bool,
    /// Nobody without a role, but `[""]` (Moodle).
    pub blank_role: bool,
    /// No sub-roles: an assistant is an Instructor in launches and a Learner in rosters (Moodle).
    pub flat_roles: bool,
    /// The one entry of `context.type`.
    pub context_type: &'static str,
    /// `lis.person_sourcedid` and `resource_link.description` are `""` rather than absent (Moodle).
    pub blank_texts: bool,
    /// Claims of the vendor's own.
    pub vendor_claims: Vec<(&'static str, Value)>,

    /// The token endpoint's `aud`.
    pub token_audience: Audience,
    /// The content type of tokens (Moodle: `text/html`).
    pub token_content_type: &'static str,
    /// The status of every refused token, instead of 401 for `invalid_client` and 400 for the rest.
    pub token_refusal_status: Option<u16>,
    /// A failed fetch of the tool's keys answers with an HTML page and 404 (Moodle).
    pub html_when_keys_fail: bool,
    /// An assertion may be used again (Moodle).
    pub accepts_used_jti: bool,
    /// The tool's keys are fetched again only when a signature fails (Moodle).
    pub caches_tool_keys: bool,
    /// One scope that is not granted refuses the whole request; else the rest is granted.
    pub refuses_any_unknown_scope: bool,
    /// How long an access token is valid.
    pub access_token_lifetime: Duration,
    /// The status when the token lacks the scope.
    pub lacking_scope_status: u16,

    /// Line items, scores and results are offered.
    pub offers_grades: bool,
    /// Members are offered.
    pub offers_members: bool,
    /// Groups are offered.
    pub offers_groups: bool,
    /// `?type_id=` stands in service addresses and must be sent back (Moodle).
    pub service_query: bool,
    /// Requests without `User-Agent` are refused (Canvas).
    pub needs_user_agent: bool,
    /// `Accept` must be exactly the one type (Moodle; any for rosters).
    pub exact_accept: bool,
    /// `application/json` will do.
    pub json_will_do: bool,
    /// The status for a wrong media type, instead of 406 and 415.
    pub media_type_status: Option<u16>,
    /// `lineitem` in launches is `""` where there is none (case A07).
    pub blank_line_item: bool,
    /// `Link` headers of line items and results.
    pub grade_links: LinkStyle,
    /// `Link` headers of rosters and groups.
    pub roster_links: LinkStyle,
    /// `&` in `Link` headers of line items and results is `&amp;` (Moodle).
    pub escaped_links: bool,
    /// `rel="differences"` on rosters too.
    pub differences_link: bool,
    /// Line items and results come in pages of at most so many.
    pub grade_page: Option<usize>,
    /// Members come in pages of at most so many.
    pub roster_page: Option<usize>,
    /// `limit` is not looked at.
    pub ignores_limit: bool,
    /// `role`, `tag`, `resource_id`, `resource_link_id` are not looked at.
    pub ignores_filters: bool,
    /// The `role` filter knows Learner and Instructor; with another role everybody is listed (Moodle).
    pub filters_two_roles: bool,
    /// `limit` on results answers with an HTML page and 404 (Moodle).
    pub crashes_on_result_limit: bool,

    /// `resourceLinkId` in a new line item is refused (Blackboard).
    pub refuses_link_on_post: bool,
    /// `id` in a changed line item is refused (Blackboard).
    pub refuses_id_on_put: bool,
    /// The status for a `resourceLinkId` that is unknown in this course.
    pub unknown_link_status: u16,
    /// `scoreMaximum` must be a whole number (Open edX).
    pub whole_maximum: bool,
    /// `resourceId` or `resourceLinkId` must be there (Open edX).
    pub needs_resource: bool,
    /// The scope `lineitem` is never granted: a declarative platform (Brightspace, Open edX).
    pub read_only_items: bool,
    /// `resourceId` and `tag` are `""` rather than absent, and there is `ltiLinkId` (Moodle).
    pub blank_item_texts: bool,
    /// Members that every line item has besides (Sakai, Canvas).
    pub item_extras: Vec<(&'static str, Value)>,
    /// All columns of the course can be read (Sakai with `allowgradebookreadonly`).
    pub whole_gradebook: bool,

    /// The status of an accepted score.
    pub score_status: u16,
    /// The body of an accepted score.
    pub score_answer: ScoreAnswer,
    /// The status for a timestamp that is not newer.
    pub stale_status: u16,
    /// Timestamps count in whole seconds (Moodle).
    pub whole_seconds: bool,
    /// Timestamps need digits below the second, as the specification says.
    pub needs_fraction: bool,
    /// A later grade by a teacher makes older timestamps stale (Moodle).
    pub manual_grade_blocks: bool,
    /// The time a score arrived counts as well as its timestamp (Moodle before 4.5.6).
    pub arrival_blocks: bool,
    /// The status for people who cannot be graded.
    pub not_gradable_status: u16,
    /// Scores above the maximum are cut to it (Moodle).
    pub clamps_scores: bool,
    /// Scores that are not `FullyGraded`.
    pub partial: Partial,
    /// A score without `scoreGiven` takes the grade away.
    pub absent_score_clears: bool,
    /// A grade of zero reads as none (older Moodle).
    pub zero_reads_as_none: bool,
    /// Learners without a grade are in the results, without a score.
    pub lists_ungraded: bool,
    /// Results name only people about whom the tool has posted something (Canvas).
    pub results_need_a_score: bool,
    /// Grades of teachers are not in the results (Open edX).
    pub hides_manual_grades: bool,

    /// Roles in rosters.
    pub roster_roles: RoleWords,
    /// `status` is left out for active members.
    pub omits_active: bool,
    /// Only active members are listed (Moodle).
    pub hides_inactive: bool,
    /// With `rlid` every member has `message` with custom parameters (Moodle: only outcome data).
    pub link_messages: bool,
}

impl Quirks {
    /// A platform without oddities: what the specifications say.
    #[must_use]
    pub fn none() -> Self {
        Self {
            product_family: crate::claims::PRODUCT_FAMILY,
            shared_issuer: None,
            client_ids: IdShape::Word,
            deployment_ids: IdShape::Word,
            subjects: SubjectShape::AsIs,
            login_method: None,
            appends_query_blindly: false,
            login_tells_deployment: true,
            login_window: None,
            refused_login_status: 400,
            id_token_lifetime: None,
            not_before: false,
            tells_names: true,
            blank_email: false,
            username_claim: false,
            custom_keys: CustomKeys::AsGiven,
            launch_roles: RoleWords::Full,
            extra_roles: &[],
            doubled_roles: false,
            blank_role: false,
            flat_roles: false,
            context_type: "http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection",
            blank_texts: false,
            vendor_claims: Vec::new(),
            token_audience: Audience::TokenEndpoint,
            token_content_type: "application/json",
            token_refusal_status: None,
            html_when_keys_fail: false,
            accepts_used_jti: false,
            caches_tool_keys: false,
            refuses_any_unknown_scope: false,
            access_token_lifetime: Duration::seconds(3600),
            lacking_scope_status: 403,
            offers_grades: true,
            offers_members: true,
            offers_groups: true,
            service_query: false,
            needs_user_agent: false,
            exact_accept: false,
            json_will_do: false,
            media_type_status: None,
            blank_line_item: false,
            grade_links: LinkStyle::Quoted,
            roster_links: LinkStyle::Quoted,
            escaped_links: false,
            differences_link: false,
            grade_page: None,
            roster_page: None,
            ignores_limit: false,
            ignores_filters: false,
            filters_two_roles: false,
            crashes_on_result_limit: false,
            refuses_link_on_post: false,
            refuses_id_on_put: false,
            unknown_link_status: 404,
            whole_maximum: false,
            needs_resource: false,
            read_only_items: false,
            blank_item_texts: false,
            item_extras: Vec::new(),
            whole_gradebook: false,
            score_status: 200,
            score_answer: ScoreAnswer::Empty,
            stale_status: 409,
            whole_seconds: false,
            needs_fraction: true,
            manual_grade_blocks: false,
            arrival_blocks: false,
            not_gradable_status: 422,
            clamps_scores: false,
            partial: Partial::Kept,
            absent_score_clears: true,
            zero_reads_as_none: false,
            lists_ungraded: false,
            results_need_a_score: false,
            hides_manual_grades: false,
            roster_roles: RoleWords::Full,
            omits_active: false,
            hides_inactive: false,
            link_messages: true,
        }
    }
}

impl Default for Quirks {
    fn default() -> Self {
        Self::none()
    }
}
