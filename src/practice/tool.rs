//! A tool as the LMS knows it: what was typed in by hand, or what it said when it registered itself
//! (lti-1.3-tool.md §2.1, §20.3).

use serde_json::Value;
use url::Url;

use crate::{manners::NOTICE_SCOPE, services::ALL_SCOPES};

/// How the login initiation reaches the tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoginMethod {
    /// A form that submits itself, as Moodle and Canvas do.
    #[default]
    Post,
    /// The query of an address, as Blackboard and Open edX do.
    Get,
}

/// A tool that the LMS knows.
#[derive(Clone, Debug)]
pub struct ToolRegistration {
    /// The tool's name for people.
    pub name: String,
    /// The id the LMS gave to the tool.
    pub client_id: String,
    /// The tool's login initiation address.
    pub login_url: String,
    /// The addresses a launch may be posted to, compared as text.
    pub redirect_uris: Vec<String>,
    /// Where launches end unless an activity says otherwise.
    pub target_link_uri: String,
    /// The deployment that activities belong to unless they say otherwise.
    pub deployment_id: String,
    /// The tool's public keys, for `/token`.
    pub jwks_url: Option<String>,
    /// Scopes that `/token` may grant.
    pub scopes: Vec<String>,
    /// How the login initiation is sent.
    pub login_method: LoginMethod,
    /// Whether launches tell names, e-mail address and language.
    pub share_names: bool,
    /// Launches do not even tell `sub` (lti-1.3-tool.md §10.4).
    pub anonymous: bool,
    /// Registered by itself, and no administrator has activated it yet.
    pub pending: bool,
    /// The tool's domain, which its addresses and notice handlers must be in.
    pub domain: Option<String>,
    /// Custom parameters of every launch; `$` variables are filled in.
    pub custom: Vec<(String, String)>,
    /// The tool's picker: with it teachers see a button that opens it.
    pub deep_linking: Option<MessageEntry>,
    /// Where submission reviews go.
    pub review: Option<MessageEntry>,
    /// What the tool said when it registered itself.
    pub document: Option<Value>,
}

/// Where a message of another type than a resource launch goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageEntry {
    /// The message's own target.
    pub target_link_uri: String,
    /// What a button says that sends it.
    pub label: String,
    /// Custom parameters of this message alone.
    pub custom: Vec<(String, String)>,
}

impl MessageEntry {
    /// An entry without custom parameters.
    #[must_use]
    pub fn new(target_link_uri: &str, label: &str) -> Self {
        Self { target_link_uri: target_link_uri.to_owned(), label: label.to_owned(), custom: Vec::new() }
    }
}

impl ToolRegistration {
    /// A registration with deployment `dep-9` that shares names and has no keys and no scopes.
    #[must_use]
    pub fn new(client_id: &str, login_url: &str, redirect_uri: &str, target_link_uri: &str) -> Self {
        Self {
            name: "Tool".to_owned(),
            client_id: client_id.to_owned(),
            login_url: login_url.to_owned(),
            redirect_uris: vec![redirect_uri.to_owned()],
            target_link_uri: target_link_uri.to_owned(),
            deployment_id: "dep-9".to_owned(),
            jwks_url: None,
            scopes: Vec::new(),
            login_method: LoginMethod::Post,
            share_names: true,
            anonymous: false,
            pending: false,
            domain: None,
            custom: Vec::new(),
            deep_linking: None,
            review: None,
            document: None,
        }
    }

    /// With all services and notices, for which the tool publishes its keys at this address.
    #[must_use]
    pub fn with_services(mut self, jwks_url: &str) -> Self {
        self.jwks_url = Some(jwks_url.to_owned());
        self.scopes = ALL_SCOPES.into_iter().chain([NOTICE_SCOPE]).map(str::to_owned).collect();
        self
    }

    /// With a picker at this address; the button says "Add a badge".
    #[must_use]
    pub fn picker(mut self, target_link_uri: &str) -> Self {
        self.deep_linking = Some(MessageEntry::new(target_link_uri, "Add a badge"));
        self
    }

    /// Whether this address has the origin of the tool's target.
    #[must_use]
    pub fn is_at(&self, address: &str) -> bool {
        let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
        origin(&self.target_link_uri) == origin(address)
    }

    /// The first redirect URI: where a test posts a token by hand.
    #[must_use]
    pub fn launch_url(&self) -> &str {
        self.redirect_uris.first().map_or("", String::as_str)
    }
}
