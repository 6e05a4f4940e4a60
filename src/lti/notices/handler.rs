//! How we ask a platform to send notices: one handler per type and deployment (§21). The application sends
//! `PUT` to [`NoticeService::url`] with a token of [`SCOPE`], and reads the answer here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::NoticeType;
use crate::{claims::NoticeService, registration::Tool};

/// The scope of the token.
pub const SCOPE: &str = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";

/// An address of ours to which notices may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerUrl(String);

impl HandlerUrl {
    /// The address, if its origin is one of ours: platforms send to no other (X12). It must name the
    /// registration, such as `https://badges.example/lti/notices/{platform}`.
    #[must_use]
    pub fn new(tool: &Tool, url: &str) -> Option<Self> {
        let origin = crate::address::web_url(url, tool.allow_loopback_http)?.origin().ascii_serialization();
        tool.origins.contains(&origin).then(|| Self(url.to_owned()))
    }
}

/// The body of the request and of its answer: which type goes where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// A notice's type.
    pub notice_type: String,
    /// The address; empty: none.
    pub handler: String,
}

impl Handler {
    /// Send notices of this type there.
    #[must_use]
    pub fn register(kind: NoticeType, url: &HandlerUrl) -> Self {
        Self { notice_type: kind.name().to_owned(), handler: url.0.clone() }
    }

    /// Send no more notices of this type.
    #[must_use]
    pub fn remove(kind: NoticeType) -> Self {
        Self { notice_type: kind.name().to_owned(), handler: String::new() }
    }

    /// The request's body, as `application/json`.
    #[must_use]
    pub fn body(&self) -> String {
        serde_json::json!({ "notice_type": self.notice_type, "handler": self.handler }).to_string()
    }
}

/// The types that this platform offers and we serve, if it lets us register at all.
#[must_use]
pub fn wanted(service: &NoticeService) -> Vec<NoticeType> {
    if !service.scope.iter().any(|scope| scope == SCOPE) {
        return Vec::new();
    }
    let offered = |kind: &NoticeType| service.types.iter().any(|name| name == kind.name());
    NoticeType::ALL.into_iter().filter(offered).collect()
}

/// Not a list of handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the platform's list of notice handlers cannot be read")]
pub struct HandlersError;

/// Reads the answer to `GET`: which handlers the platform knows for this deployment.
///
/// # Errors
/// [`HandlersError`] when it is no such list. Broken entries are left out.
pub fn parse_handlers(body: &[u8]) -> Result<Vec<Handler>, HandlersError> {
    let answer: Value = serde_json::from_slice(body).map_err(|_| HandlersError)?;
    let handlers = answer.get("notice_handlers").and_then(Value::as_array).ok_or(HandlersError)?;
    Ok(handlers.iter().filter_map(|one| serde_json::from_value(one.clone()).ok()).collect())
}
