//! The platform's part of a launch: registered tools, login initiation, and the authorization endpoint with all
//! the strictness of Moodle and D2L (lti-1.3-tool.md §7, §8; moodle-platform.md §1).

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    bend::Bend,
    course::{Closed, UserId},
    dice,
    fields::{self, Fields},
    lms::{Lms, lock},
    mint,
    opening::Opening,
    tool::{LoginMethod, ToolRegistration},
};

/// A login initiation ready to be sent.
#[derive(Clone, Debug)]
pub struct LoginInitiation {
    /// The tool's name for people.
    pub tool_name: String,
    /// The tool's login address.
    pub url: String,
    /// How to send it.
    pub method: LoginMethod,
    /// What to send.
    pub fields: Fields,
}

/// A request that arrived at the authorization endpoint, kept for assertions.
#[derive(Clone, Debug)]
pub struct SeenRequest {
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// `GET` or `POST`.
    pub method: String,
    /// The decoded fields in order.
    pub fields: Fields,
    /// `None` when a token was given, else the refusal.
    pub refusal: Option<String>,
}

/// What `/auth` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AuthAnswer {
    /// A form that posts these fields to a registered redirect URI.
    Post { tool_name: String, redirect_uri: String, fields: Fields },
    /// Nothing is posted anywhere: a page with this reason.
    Refused(String),
    /// No session cookie came along with a cross-site POST: the page posts the same again from here.
    Repost,
}

/// A launch that was begun on a course page and waits for its authentication request.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub user: UserId,
    pub opening: Opening,
    pub client_id: String,
    pub deployment_id: String,
    pub target_link_uri: Option<String>,
    /// What the answer to a deep-linking request must be addressed to: an id and the session's key.
    pub ticket: (String, String),
    login_hint: Option<String>,
    pub target: &'static str,
    bends: Vec<Bend>,
    begun: DateTime<Utc>,
}

/// Pending launches by (session, `lti_message_hint`); each is taken out at its first use.
#[derive(Debug, Default)]
pub(crate) struct Hints(HashMap<(String, Option<String>), Pending>);

impl Hints {
    /// More than this many are swept of the old ones first.
    const MANY: usize = 10_000;

    fn keep(&mut self, session: &str, hint: Option<String>, pending: Pending) {
        if self.0.len() >= Self::MANY {
            let oldest = pending.begun - Duration::minutes(10);
            self.0.retain(|_, other| other.begun > oldest);
        }
        self.0.insert((session.to_owned(), hint), pending);
    }

    fn take(&mut self, session: &str, hint: Option<&str>) -> Option<Pending> {
        self.0.remove(&(session.to_owned(), hint.map(str::to_owned)))
    }
}

/// Why a launch does not begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLaunch {
    /// The person may not open the activity.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The activity is a page.
    #[error("This activity does not open a tool.")]
    NoTool,
    /// The tool is not registered.
    #[error("This activity belongs to a tool that is not registered.")]
    Unregistered,
    /// The tool registered itself and is not activated.
    #[error("An administrator has to activate this tool first.")]
    NotActivated,
}

impl Lms {
    /// Begins a launch from a page: keeps the single-use hint, returns what to send to the tool.
    pub(crate) fn begin_launch(
        &self,
        session: &str,
        user: &UserId,
        opening: Opening,
        target: &'static str,
        bends: Vec<Bend>,
    ) -> Result<LoginInitiation, NoLaunch> {
        let (tool, aim) = self.aim(&opening, user)?;
        let cmid = match &opening {
            Opening::Activity(activity) | Opening::Grading { activity, .. } => activity.to_string(),
            Opening::DeepLinking { course, .. } | Opening::Message { course, .. } => course.to_string(),
            Opening::Review(review) => review.lineitem.clone(),
        };
        // Moodle's hint is JSON text too: tools must return it byte for byte.
        let mut hint = json!({"cmid": cmid, "launchid": format!("ltilaunch_{}", dice::token())});
        if let (Value::Object(hint), true) = (&mut hint, self.beside.is_some()) {
            // So that the gate knows where the launch began, as Canvas does.
            hint.insert("lms".to_owned(), self.base_url().into());
        }
        let deployment = aim.deployment_id.unwrap_or_else(|| tool.deployment_id.clone());
        let target_link_uri = aim.target_link_uri.as_ref().unwrap_or(&tool.target_link_uri);
        let (told, wanted) = self.quirks(|quirks| (quirks.login_tells_deployment, quirks.login_method));
        let mut login = fields::owned(&[
            ("iss", self.issuer()),
            ("target_link_uri", target_link_uri),
            ("login_hint", user.as_str()),
            ("lti_message_hint", &hint.to_string()),
            ("client_id", &tool.client_id),
            ("lti_deployment_id", &deployment),
        ]);
        if !told {
            fields::drop(&mut login, "lti_deployment_id");
        }
        if let Some(frame) = &self.manners().storage.target {
            login.push(("lti_storage_target".to_owned(), frame.clone()));
        }
        let mut method = wanted.unwrap_or(tool.login_method);
        for bend in &bends {
            match bend {
                Bend::Login(change) => change.apply(&mut login),
                Bend::LoginMethod(wanted) => method = *wanted,
                _ => {}
            }
        }
        let pending = Pending {
            user: user.clone(),
            opening,
            client_id: tool.client_id,
            deployment_id: deployment,
            target_link_uri: aim.target_link_uri,
            ticket: (dice::token(), dice::token()),
            login_hint: fields::first(&login, "login_hint").map(str::to_owned),
            target,
            bends,
            begun: self.now(),
        };
        let hint = fields::first(&login, "lti_message_hint").map(str::to_owned);
        lock(&self.hints).keep(session, hint, pending);
        Ok(LoginInitiation { tool_name: tool.name, url: tool.login_url, method, fields: login })
    }

    /// The complete example login of the conformance cases ("VL") with this platform's ids.
    #[must_use]
    pub fn valid_login(&self, tool: &ToolRegistration) -> Fields {
        fields::owned(&[
            ("iss", self.issuer()),
            ("login_hint", "u/88+x"),
            ("target_link_uri", &tool.target_link_uri),
            ("lti_message_hint", r#"{"a":1}"#),
            ("client_id", &tool.client_id),
            ("lti_deployment_id", &tool.deployment_id),
        ])
    }

    /// Answers an authentication request and remembers it.
    pub(crate) fn authorize(
        &self,
        method: &str,
        request: &Fields,
        session: Option<(&str, &UserId)>,
    ) -> AuthAnswer {
        let answer = self.decide(request, session);
        let refusal = match &answer {
            AuthAnswer::Refused(reason) => Some(reason.clone()),
            AuthAnswer::Repost => Some("repost".to_owned()),
            AuthAnswer::Post { fields: sent, .. } => fields::first(sent, "error").map(str::to_owned),
        };
        self.remember(SeenRequest {
            at: self.now(),
            method: method.to_owned(),
            fields: request.clone(),
            refusal,
        });
        answer
    }

    fn decide(&self, request: &Fields, session: Option<(&str, &UserId)>) -> AuthAnswer {
        // Until client and redirect URI are known to belong together nothing may be posted anywhere.
        if let Some(name) = fields::repeated(request) {
            return AuthAnswer::Refused(format!("The parameter {name} is given twice."));
        }
        let field = |name: &str| fields::first(request, name);
        let Some(tool) = field("client_id").and_then(|client_id| self.registration(client_id)) else {
            return AuthAnswer::Refused("The client_id is missing or unknown.".to_owned());
        };
        let Some(redirect_uri) =
            field("redirect_uri").filter(|uri| tool.redirect_uris.iter().any(|known| known == uri))
        else {
            return AuthAnswer::Refused(
                "The redirect_uri is missing or not registered for this tool.".to_owned(),
            );
        };
        let Some(state) = field("state").filter(|state| !state.is_empty()) else {
            return AuthAnswer::Refused("The parameter state is missing.".to_owned());
        };
        let refuse = |error: &str, description: &str| AuthAnswer::Post {
            tool_name: tool.name.clone(),
            redirect_uri: redirect_uri.to_owned(),
            fields: fields::owned(&[("error", error), ("error_description", description), ("state", state)]),
        };
        if field("scope") != Some("openid") {
            return refuse("invalid_scope", "Invalid scope");
        }
        if field("response_type") != Some("id_token") {
            return refuse("unsupported_response_type", "Invalid response_type");
        }
        if field("response_mode") != Some("form_post") {
            return refuse("invalid_request", "Invalid response_mode");
        }
        if field("prompt") != Some("none") {
            return refuse("invalid_request", "Invalid prompt");
        }
        let Some(nonce) = field("nonce").filter(|nonce| !nonce.is_empty()) else {
            return refuse("invalid_request", "Missing nonce");
        };
        let Some((session, user)) = session else {
            // The cookie travels neither with a cross-site post nor with a frame that the tool's page moves.
            let first_try = field("repost").is_none();
            return if first_try {
                AuthAnswer::Repost
            } else {
                refuse("login_required", "Nobody is signed in")
            };
        };
        // Spent whatever comes of it: a reload of the same request is refused.
        let Some(pending) = lock(&self.hints).take(session, field("lti_message_hint")) else {
            return AuthAnswer::Refused("The lti_message_hint is unknown or was already used.".to_owned());
        };
        let window = self.quirks(|quirks| quirks.login_window);
        if window.is_some_and(|window| self.now() > pending.begun + window) {
            return AuthAnswer::Refused("This login was begun too long ago.".to_owned());
        }
        if pending.client_id != tool.client_id {
            return refuse("unauthorized_client", "The launch belongs to another tool");
        }
        if field("login_hint") != pending.login_hint.as_deref() || *user != pending.user {
            return refuse("access_denied", "The login_hint is not the person who is signed in");
        }
        let Some(claims) = self.payload(&tool, &pending, nonce) else {
            return refuse("access_denied", "The activity is not open to this person any more");
        };
        let token = mint::compose(self.keys(), &claims, &pending.bends);
        self.expect_response(&tool, &pending, &token);
        let mut answer = fields::owned(&[("id_token", &token), ("state", state)]);
        let storage = self.manners().storage;
        if let Some(frame) = storage.target.filter(|_| storage.repeats_target) {
            answer.push(("lti_storage_target".to_owned(), frame));
        }
        for bend in &pending.bends {
            if let Bend::Answer(change) = bend {
                change.apply(&mut answer);
            }
        }
        AuthAnswer::Post {
            tool_name: tool.name.clone(),
            redirect_uri: redirect_uri.to_owned(),
            fields: answer,
        }
    }
}
