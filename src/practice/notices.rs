//! The platform notification service (lti-1.3-tool.md §21): handlers that tools register, and signed notices
//! sent to them. Switches: [`crate::manners::NoticeManners`].

use chrono::{DateTime, Utc};
use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use url::Url;

use crate::{
    bend::Bend,
    claims,
    course::CourseId,
    dice,
    fields::segment,
    lms::{Lms, lock},
    manners::NOTICE_SCOPE,
    opening::put,
    tool::ToolRegistration,
};

/// The launch claim.
pub const SERVICE: &str = "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice";
/// The claim of a notice.
pub const NOTICE: &str = "https://purl.imsglobal.org/spec/lti/claim/notice";
/// From which courses a course was copied.
pub const ORIGIN_CONTEXTS: &str = "https://purl.imsglobal.org/spec/lti/claim/origin_contexts";
/// The set-up works.
pub const HELLO_WORLD: &str = "LtiHelloWorldNotice";
/// A course was copied.
pub const CONTEXT_COPY: &str = "LtiContextCopyNotice";
/// The types this platform sends.
pub const TYPES: [&str; 2] = [HELLO_WORLD, CONTEXT_COPY];

/// Client id, deployment id, notice type: one handler each.
pub(crate) type HandlerKey = (String, String, String);

/// Something a tool is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Its id; a repeated notice has the same.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// Claims beside the common ones.
    pub claims: Vec<(String, Value)>,
}

impl Notice {
    /// A notice of any type with a new id.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self { id: dice::uuid(), kind: kind.to_owned(), claims: Vec::new() }
    }

    /// `LtiHelloWorldNotice`.
    #[must_use]
    pub fn hello_world() -> Self {
        Self::new(HELLO_WORLD)
    }

    /// `LtiContextCopyNotice`: this course was copied from those.
    #[must_use]
    pub fn context_copy(course: &CourseId, title: &str, origins: &[CourseId]) -> Self {
        let origins: Vec<&str> = origins.iter().map(CourseId::as_str).collect();
        let mut notice = Self::new(CONTEXT_COPY);
        notice.claims = vec![
            (claims::CONTEXT.to_owned(), json!({"id": course.as_str(), "title": title})),
            (ORIGIN_CONTEXTS.to_owned(), json!(origins)),
        ];
        notice
    }
}

/// What came of posting an envelope to a handler.
#[derive(Clone, Debug)]
pub struct SeenDelivery {
    /// When.
    pub at: DateTime<Utc>,
    /// The handler.
    pub handler: String,
    /// The envelope.
    pub envelope: Value,
    /// The status, or `None` when nobody answered.
    pub status: Option<u16>,
    /// The answer's text.
    pub answer: String,
}

/// Why a handler is not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHandler {
    /// No token, or one without the scope, or another tool's.
    #[error("the token does not allow this")]
    Token,
    /// No such deployment, or the service is switched off.
    #[error("there is nothing here")]
    Unknown,
    /// What was sent cannot be a handler.
    #[error("{0}")]
    Invalid(String),
}

impl Lms {
    /// The service's address for a deployment of a tool.
    #[must_use]
    pub fn notices_url(&self, client_id: &str, deployment_id: &str) -> String {
        format!("{}/notices/{}/{}", self.base_url(), segment(client_id), segment(deployment_id))
    }

    /// The handler of a tool for a type of notice.
    #[must_use]
    pub fn notice_handler(&self, client_id: &str, deployment_id: &str, kind: &str) -> Option<String> {
        let key = (client_id.to_owned(), deployment_id.to_owned(), kind.to_owned());
        lock(&self.messages.handlers).get(&key).cloned()
    }

    /// What was posted to handlers, oldest first.
    #[must_use]
    pub fn notice_deliveries(&self) -> Vec<SeenDelivery> {
        lock(&self.messages.deliveries).clone()
    }

    /// A signed notice. Bends are for what a tool must refuse.
    #[must_use]
    pub fn notice_token(
        &self,
        tool: &ToolRegistration,
        deployment_id: &str,
        notice: &Notice,
        bends: &[Bend],
    ) -> String {
        let now = self.now();
        let mut payload = json!({
            "iss": self.issuer(), "aud": tool.client_id, "iat": now.timestamp(),
            "exp": (now + self.token_lifetime()).timestamp(), "nonce": dice::token(),
            claims::VERSION: "1.3.0",
            claims::DEPLOYMENT_ID: deployment_id,
            NOTICE: {"id": notice.id, "timestamp": now.to_rfc3339(), "type": notice.kind},
        });
        for (name, value) in &notice.claims {
            put(&mut payload, name, value.clone());
        }
        self.mint_bent(&payload, bends)
    }

    /// Sends notices of one type in one envelope to the tool's handler, each signed as its bends say.
    /// `None` when the tool has registered no handler for the first one's type.
    pub async fn send_notices(
        &self,
        client_id: &str,
        deployment_id: &str,
        notices: &[(Notice, Vec<Bend>)],
    ) -> Option<SeenDelivery> {
        let kind = &notices.first()?.0.kind;
        let handler = self.notice_handler(client_id, deployment_id, kind)?;
        let tool = self.registration(client_id)?;
        let tokens: Vec<Value> = notices
            .iter()
            .map(|(notice, bends)| json!({"jwt": self.notice_token(&tool, deployment_id, notice, bends)}))
            .collect();
        Some(self.post_envelope(&handler, json!({"notices": tokens})).await)
    }

    /// Sends one notice to the tool's handler. `None` without a handler.
    pub async fn send_notice(
        &self,
        client_id: &str,
        deployment_id: &str,
        notice: &Notice,
    ) -> Option<SeenDelivery> {
        self.send_notices(client_id, deployment_id, &[(notice.clone(), Vec::new())]).await
    }

    /// Posts any JSON to a handler, as a platform or a stranger would.
    pub async fn post_envelope(&self, handler: &str, envelope: Value) -> SeenDelivery {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = envelope.to_string().into_bytes();
        let answer = match Url::parse(handler) {
            Ok(url) => self.wire.send(Method::POST, &url, headers, Some(body)).await.ok(),
            Err(_) => None,
        };
        let seen = SeenDelivery {
            at: self.now(),
            handler: handler.to_owned(),
            envelope,
            status: answer.as_ref().map(|answer| answer.status),
            answer: answer
                .map(|answer| String::from_utf8_lossy(&answer.body).into_owned())
                .unwrap_or_default(),
        };
        lock(&self.messages.deliveries).push(seen.clone());
        seen
    }

    /// Tells every tool with a handler that a course was copied.
    pub(crate) async fn announce_copy(&self, course: &CourseId, title: &str, origins: &[CourseId]) {
        let all = lock(&self.messages.handlers).keys().cloned().collect::<Vec<_>>();
        for (client_id, deployment_id, _) in all.iter().filter(|(_, _, kind)| kind == CONTEXT_COPY) {
            let notice = Notice::context_copy(course, title, origins);
            self.send_notice(client_id, deployment_id, &notice).await;
        }
    }

    pub(crate) fn add_notice_claim(&self, payload: &mut Value, tool: &ToolRegistration) {
        if !self.manners().notices.offered {
            return;
        }
        let deployment = payload.get(claims::DEPLOYMENT_ID).and_then(Value::as_str).unwrap_or_default();
        let claim = json!({
            "service_versions": ["1.0"],
            "platform_notification_service_url": self.notices_url(&tool.client_id, deployment),
            "scope": [NOTICE_SCOPE],
            "notice_types_supported": TYPES,
        });
        put(payload, SERVICE, claim);
    }

    /// Whether this token may look after the handlers of this deployment.
    pub(crate) fn may_handle(
        &self,
        bearer: Option<&str>,
        client_id: &str,
    ) -> Result<ToolRegistration, NoHandler> {
        if !self.manners().notices.offered {
            return Err(NoHandler::Unknown);
        }
        let grant = bearer.and_then(|token| self.grant(token)).ok_or(NoHandler::Token)?;
        let tool = self.registration(client_id).ok_or(NoHandler::Unknown)?;
        let allowed = grant.client_id == client_id && grant.scopes.iter().any(|scope| scope == NOTICE_SCOPE);
        if allowed { Ok(tool) } else { Err(NoHandler::Token) }
    }

    /// Registers or, with an empty address, removes a handler.
    pub(crate) fn put_handler(
        &self,
        tool: &ToolRegistration,
        deployment_id: &str,
        body: &Value,
    ) -> Result<(), NoHandler> {
        let invalid = |sentence: &str| NoHandler::Invalid(sentence.to_owned());
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let kind = text("notice_type").ok_or_else(|| invalid("notice_type is missing"))?;
        if !TYPES.contains(&kind) {
            return Err(invalid("this notice_type is not sent here"));
        }
        let handler = text("handler").ok_or_else(|| invalid("handler is missing"))?;
        let key = (tool.client_id.clone(), deployment_id.to_owned(), kind.to_owned());
        if handler.is_empty() {
            lock(&self.messages.handlers).remove(&key);
            return Ok(());
        }
        let host = |address: &str| Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
        let domain =
            tool.domain.as_deref().map(|domain| domain.split(':').next().unwrap_or_default().to_owned());
        let domain = domain.or_else(|| host(&tool.target_link_uri)).unwrap_or_default();
        let is_own =
            host(handler).is_some_and(|host| host == domain || host.ends_with(&format!(".{domain}")));
        if !is_own || !crate::registration::secure(handler) {
            return Err(invalid("the handler is not in the tool's domain"));
        }
        lock(&self.messages.handlers).insert(key, handler.to_owned());
        Ok(())
    }

    /// What `GET` shows.
    pub(crate) fn show_handlers(&self, tool: &ToolRegistration, deployment_id: &str) -> Value {
        let handlers: Vec<Value> = lock(&self.messages.handlers)
            .iter()
            .filter(|((client, deployment, _), _)| *client == tool.client_id && deployment == deployment_id)
            .map(|((_, _, kind), handler)| json!({"notice_type": kind, "handler": handler}))
            .collect();
        let client_id = self.manners().told_id(&tool.client_id);
        json!({"client_id": client_id, "deployment_id": deployment_id, "notice_handlers": handlers})
    }
}
