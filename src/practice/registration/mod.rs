//! Dynamic registration from the platform's side (lti-1.3-tool.md §20, moodle-platform.md §3): an administrator
//! pastes a tool's address, the tool reads the configuration and registers itself with a one-time token.
//!
//! Here are the tickets and what administrators do; the configuration is in `document`, what is demanded of a
//! request in `check`, what comes of it in `register`. Switches: [`crate::manners::RegistrationManners`].

mod check;
mod document;
mod register;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    dice, fields,
    lms::{Lms, lock},
    tool::ToolRegistration,
};

pub use check::Rejection;
pub(crate) use check::secure;
pub(crate) use register::Incoming;

/// The member with everything that is LTI's about a tool.
pub const TOOL_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";
/// The member with everything that is LTI's about a platform.
pub const PLATFORM_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";

/// How long a registration token is valid.
const TOKEN_LIFETIME: Duration = Duration::hours(1);

/// A registration that an administrator began.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The name of the administrator's page about it.
    pub id: String,
    /// The bearer token given to the tool.
    pub token: String,
    /// The tool's address as pasted.
    pub tool_url: String,
    /// The client that the token stands for: a future one, or the one to be updated.
    pub client_id: String,
    /// Whether an existing registration is updated.
    pub is_update: bool,
    /// Until when the token is good.
    pub expires_at: DateTime<Utc>,
    /// Whether it was used with success.
    pub used: bool,
}

/// A request that arrived at the configuration or the registration endpoint, kept for assertions.
#[derive(Clone, Debug)]
pub struct SeenRegistration {
    /// When.
    pub at: DateTime<Utc>,
    /// `GET`, `POST`, `PUT`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Accept` header.
    pub accept: Option<String>,
    /// The JSON that was sent, if it was JSON.
    pub body: Option<Value>,
    /// The status answered.
    pub status: u16,
    /// The body answered.
    pub answer: String,
}

impl Lms {
    /// Begins a registration as an administrator who pastes a tool's address; returns the address to open in a
    /// browser, with `openid_configuration` and, unless switched off, `registration_token`.
    #[must_use]
    pub fn start_registration(&self, tool_url: &str) -> String {
        let ticket = self.new_ticket(tool_url, None);
        self.registration_address(&ticket)
    }

    /// The same for a tool that is registered already and may change its registration. `None` for an unknown one.
    #[must_use]
    pub fn start_update(&self, client_id: &str, tool_url: &str) -> Option<String> {
        let tool = self.registration(client_id)?;
        Some(self.registration_address(&self.new_ticket(tool_url, Some(tool))))
    }

    /// An administrator's "Activate": the tool is in the lists and works. False for an unknown one.
    pub fn activate(&self, client_id: &str) -> bool {
        let Some(mut tool) = self.registration(client_id) else { return false };
        tool.pending = false;
        self.register(tool);
        true
    }

    /// Every request for the configuration and every registration, oldest first.
    #[must_use]
    pub fn registration_requests(&self) -> Vec<SeenRegistration> {
        lock(&self.messages.registrations).clone()
    }

    /// The registrations that administrators began, oldest first.
    #[must_use]
    pub fn registration_tickets(&self) -> Vec<Ticket> {
        lock(&self.messages.tickets).clone()
    }

    /// The registration endpoint.
    #[must_use]
    pub fn registration_endpoint(&self) -> String {
        format!("{}/register", self.base_url())
    }

    pub(crate) fn new_ticket(&self, tool_url: &str, updated: Option<ToolRegistration>) -> Ticket {
        let is_update = updated.is_some();
        let client_id = updated.map_or_else(|| self.invent_client_id(), |tool| tool.client_id);
        let now = self.now();
        // Moodle's token is a JWT of this shape; tools must take it for opaque text.
        let token = self.mint(&json!({
            "sub": client_id, "scope": if is_update { "reg-update" } else { "reg" }, "jti": dice::token(),
            "iat": now.timestamp(), "exp": (now + TOKEN_LIFETIME).timestamp(),
        }));
        let ticket = Ticket {
            id: dice::token(),
            token,
            tool_url: tool_url.trim().to_owned(),
            client_id,
            is_update,
            expires_at: now + TOKEN_LIFETIME,
            used: false,
        };
        lock(&self.messages.tickets).push(ticket.clone());
        ticket
    }

    /// What the administrator's browser opens.
    pub(crate) fn registration_address(&self, ticket: &Ticket) -> String {
        let manners = self.manners().registration;
        let mut added = fields::owned(&[("openid_configuration", &self.configuration_url())]);
        if manners.sends_token {
            added.push(("registration_token".to_owned(), ticket.token.clone()));
        }
        // The tool's own query is kept as it is: it holds the invitation.
        let (address, _) = ticket.tool_url.split_once('#').unwrap_or((&ticket.tool_url, ""));
        let mark = if address.contains('?') { '&' } else { '?' };
        format!("{address}{mark}{}", fields::encode(&added))
    }

    pub(crate) fn ticket(&self, id: &str) -> Option<Ticket> {
        lock(&self.messages.tickets).iter().find(|ticket| ticket.id == id).cloned()
    }

    pub(crate) fn note_registration(&self, seen: SeenRegistration) {
        lock(&self.messages.registrations).push(seen);
    }
}
