//! In what an LMS is like Moodle, Canvas or another: the switches of everything that is a message or a page.
//!
//! [`Manners`] hold for the whole LMS; what is wrong with one launch is a [`crate::Bend`], and what products do in
//! services and to every launch is a [`crate::Quirks`]. The default is the plain reading of lti-1.3-tool.md;
//! [`Manners::of`] gives what a product really does (§25, moodle-platform.md).

mod presets;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{bend::Change, services::ALL_SCOPES};

/// The scope of notice handlers (§21).
pub const NOTICE_SCOPE: &str = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";
/// All scopes that this LMS knows.
pub(crate) fn known_scopes() -> impl Iterator<Item = &'static str> {
    ALL_SCOPES.into_iter().chain([NOTICE_SCOPE])
}

/// How this LMS behaves where platforms differ.
#[derive(Clone, Debug)]
pub struct Manners {
    /// `version` in launches and in the configuration document.
    pub version: String,
    /// `guid` in launches, where it is not the LMS's own address: what a rebuilt LMS changes.
    pub guid: Option<String>,
    /// `client_id` in answers to tools is a JSON number where it looks like one (Canvas; case G11).
    pub number_ids: bool,
    /// Dynamic registration.
    pub registration: RegistrationManners,
    /// Deep linking.
    pub deep_linking: DeepLinkingManners,
    /// Platform storage.
    pub storage: StorageManners,
    /// Custom parameters.
    pub custom: CustomManners,
    /// The notification service.
    pub notices: NoticeManners,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            guid: None,
            number_ids: false,
            registration: RegistrationManners::default(),
            deep_linking: DeepLinkingManners::default(),
            storage: StorageManners::default(),
            custom: CustomManners::default(),
            notices: NoticeManners::default(),
        }
    }
}

impl Manners {
    /// A client id as answers tell it.
    pub(crate) fn told_id(&self, client_id: &str) -> Value {
        let number = client_id.parse::<u64>().ok().filter(|_| self.number_ids);
        number.map_or_else(|| client_id.into(), Value::from)
    }
}

/// What a registration request must contain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegistrationChecks {
    /// Everything that lti-1.3-tool.md §20.3 demands, and nothing that was not offered (case G08).
    #[default]
    Strict,
    /// What Moodle looks at, with Moodle's words (moodle-platform.md §3.3, §3.4).
    Moodle,
    /// Only what the LMS cannot work without.
    Lax,
}

/// When a tool that registered itself works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// At once.
    #[default]
    AtOnce,
    /// Until an administrator activates it, it is left out of the lists, but launches (Moodle).
    Hidden,
    /// Until an administrator activates it, nothing works.
    Closed,
}

/// When a tool that registered itself learns names and addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NamesShared {
    /// When its `claims` list `name` or `email` (Moodle).
    #[default]
    AsAsked,
    /// When its Canvas privacy level is not `anonymous`; that is the default there.
    PrivacyLevel,
    /// Always.
    Always,
}

/// Switches of dynamic registration (§20).
#[derive(Clone, Debug)]
pub struct RegistrationManners {
    /// A query that the configuration document's address already carries (Sakai, Moodle, Canvas).
    pub configuration_query: Option<String>,
    /// The document is shown to the bearer of the registration token only (Canvas).
    pub configuration_needs_token: bool,
    /// Whether the tool gets a registration token. Without one everybody may register (case G02).
    pub sends_token: bool,
    /// `messages_supported` as bare texts with the placements beside them (old Moodle, case G16).
    pub bare_messages: bool,
    /// `scopes_supported`; what is granted does not depend on it (Sakai lists `openid` only, case G15).
    pub scopes_supported: Vec<String>,
    /// `claims_supported`.
    pub claims_supported: Vec<String>,
    /// Message types with their placements.
    pub messages: Vec<(String, Vec<String>)>,
    /// Anything else about the configuration document.
    pub configuration_changes: Vec<Change<Value>>,
    /// What is demanded of the request.
    pub checks: RegistrationChecks,
    /// Refusals are bare words served as `text/html` (Moodle) instead of JSON.
    pub html_errors: bool,
    /// The status of success.
    pub status: u16,
    /// Whether the reply tells the deployment id.
    pub tells_deployment: bool,
    /// Only these scopes are granted, whatever is asked; `None` grants everything known that is asked (case G09).
    pub grants: Option<Vec<String>>,
    /// One AGS scope asked for makes the reply list all four (Moodle); only what was asked is granted.
    pub exaggerates_scopes: bool,
    /// Anything else about the reply.
    pub reply_changes: Vec<Change<Value>>,
    /// Whether the reply has `registration_client_uri` and `registration_access_token` (RFC 7592).
    pub manageable: bool,
    /// The tool's LTI 1.1 key and secret, for a reply with `oauth_consumer`.
    pub upgrades: Option<(String, String)>,
    /// When names are shared.
    pub names: NamesShared,
    /// When the tool works.
    pub activation: Activation,
}

impl Default for RegistrationManners {
    fn default() -> Self {
        let text = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let mut scopes = text(&["openid"]);
        scopes.extend(known_scopes().map(str::to_owned));
        Self {
            configuration_query: None,
            configuration_needs_token: false,
            sends_token: true,
            bare_messages: false,
            scopes_supported: scopes,
            claims_supported: text(&["iss", "sub", "name", "given_name", "family_name", "email", "locale"]),
            messages: vec![
                ("LtiResourceLinkRequest".to_owned(), Vec::new()),
                ("LtiDeepLinkingRequest".to_owned(), text(&["ContentArea"])),
                ("LtiSubmissionReviewRequest".to_owned(), Vec::new()),
            ],
            configuration_changes: Vec::new(),
            checks: RegistrationChecks::Strict,
            html_errors: false,
            status: 201,
            tells_deployment: true,
            grants: None,
            exaggerates_scopes: false,
            reply_changes: Vec::new(),
            manageable: true,
            upgrades: None,
            names: NamesShared::AsAsked,
            activation: Activation::AtOnce,
        }
    }
}

/// Switches of deep linking (§15).
#[derive(Clone, Debug)]
pub struct DeepLinkingManners {
    /// `accept_types`.
    pub accept_types: Vec<String>,
    /// `accept_presentation_document_targets`.
    pub targets: Vec<String>,
    /// `accept_media_types`: a text or an array.
    pub media_types: Option<Value>,
    /// `accept_multiple`: a boolean, or `"true"`.
    pub accept_multiple: Option<Value>,
    /// `accept_lineitem`.
    pub accept_lineitem: Option<Value>,
    /// `auto_create`. Otherwise the teacher still has to save what comes back.
    pub auto_create: Option<Value>,
    /// `title` and `text` offered to the author.
    pub title: Option<(String, String)>,
    /// `data`.
    pub data: Option<String>,
    /// The request also has a `resource_link` (Blackboard, Open edX; case D15).
    pub resource_link: bool,
    /// The request has a `target_link_uri` claim (the certification suite leaves it out; case D01).
    pub target_link: bool,
    /// The request has a `roles` claim (case D13).
    pub roles: bool,
    /// The request has the services' claims (not from Open edX).
    pub services: bool,
    /// Whether an item's `custom` is kept. (How launches spell its keys is [`crate::Quirks::custom_keys`].)
    pub keeps_custom: bool,
    /// Whether the item's address keeps its query.
    pub keeps_query: bool,
    /// Whether an item's `lineItem` makes a column.
    pub honours_lineitem: bool,
    /// `scoreMaximum` must be a whole number from 1 to 100 (Moodle).
    pub whole_scores: bool,
    /// Items of types that were not asked for are refused; Moodle makes broken activities of them.
    pub checks_items: bool,
}

impl Default for DeepLinkingManners {
    fn default() -> Self {
        Self {
            accept_types: vec!["ltiResourceLink".to_owned()],
            targets: vec!["iframe".to_owned(), "window".to_owned()],
            media_types: None,
            accept_multiple: Some(json!(true)),
            accept_lineitem: None,
            auto_create: Some(json!(false)),
            title: None,
            data: Some("course=1&nonce=/+ü".to_owned()),
            resource_link: false,
            target_link: true,
            roles: true,
            services: true,
            keeps_custom: true,
            keeps_query: true,
            honours_lineitem: true,
            whole_scores: false,
            checks_items: true,
        }
    }
}

impl DeepLinkingManners {
    /// A switch that may be a boolean or its text.
    pub(crate) fn says(value: Option<&Value>) -> bool {
        value.is_some_and(|value| value == &json!(true) || value == &json!("true"))
    }
}

/// How platform storage is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StorageAnswer {
    /// As the specification says.
    #[default]
    Right,
    /// Not at all (cases B03, B05).
    Never,
    /// This late.
    Late(Duration),
    /// Another value than was stored.
    WrongValue,
    /// No value.
    Forgets,
    /// An error with this code.
    Error(String),
    /// From a page of another origin.
    OtherOrigin,
    /// With another `message_id`.
    WrongId,
}

/// Switches of platform storage (§9.2).
#[derive(Clone, Debug, Default)]
pub struct StorageManners {
    /// `lti_storage_target` of the login: `_parent` or a frame's name. `None`: no storage.
    pub target: Option<String>,
    /// How messages are answered.
    pub answer: StorageAnswer,
    /// Only the older subjects `org.imsglobal.lti.*` are understood.
    pub old_subjects: bool,
    /// `lti.capabilities` is not answered.
    pub no_capabilities: bool,
    /// The launch POST repeats `lti_storage_target` (Canvas).
    pub repeats_target: bool,
}

/// Switches of custom parameters (§13).
#[derive(Clone, Debug, Default)]
pub struct CustomManners {
    /// Variables that stay as they are written, although this LMS could fill them in.
    pub literal: Vec<String>,
    /// The tool's own parameters win over the link's (Moodle).
    pub tool_wins: bool,
    /// The tool's own parameters are not sent with links that were deep-linked (Schoology).
    pub tool_missing_on_items: bool,
}

/// Switches of the notification service (§21).
#[derive(Clone, Debug, Default)]
pub struct NoticeManners {
    /// Whether the service exists: the claim in launches and the address behind it.
    pub offered: bool,
    /// Whether copying a course sends a notice.
    pub on_copy: bool,
}
