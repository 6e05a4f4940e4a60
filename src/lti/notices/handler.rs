//! How we ask a platform to send notices: one handler per type and deployment (§21). As all services
//! ([`crate::services`]): requests are given, answers are read, the application sends.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::NoticeType;
use crate::{
    address::web_url,
    claims::NoticeService,
    refusal::Refusal,
    registration::Tool,
    services::{
        Answer, Body, Failure, Method, Next, Request,
        failure::{is_later, later},
        scope::NOTICE_HANDLERS,
    },
};

const JSON: &str = "application/json";

/// An address of ours to which notices may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerUrl(String);

impl HandlerUrl {
    /// The address, if its origin is one of ours: platforms send to no other (X12). It must name the
    /// registration, such as `https://badges.example/lti/notices/{platform}`.
    #[must_use]
    pub fn new(tool: &Tool, url: &str) -> Option<Self> {
        let origin = web_url(url, tool.allow_loopback_http)?.origin().ascii_serialization();
        tool.origins.contains(&origin).then(|| Self(url.to_owned()))
    }
}

/// Which type goes where: what is asked, and what the platform answers.
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
    pub fn to(kind: NoticeType, url: &HandlerUrl) -> Self {
        Self { notice_type: kind.name().to_owned(), handler: url.0.clone() }
    }

    /// Send no more notices of this type.
    #[must_use]
    pub fn none(kind: NoticeType) -> Self {
        Self { notice_type: kind.name().to_owned(), handler: String::new() }
    }

    /// The request that makes it so (X07).
    #[must_use]
    pub fn put(&self, service: &NoticeService) -> Request {
        // Written here, not by serde, so that the members' order never depends on the struct's.
        let body = serde_json::json!({ "notice_type": self.notice_type, "handler": self.handler });
        Request {
            method: Method::Put,
            url: service.url.clone(),
            accept: JSON,
            body: Some(Body { content_type: JSON, bytes: body.to_string().into_bytes() }),
            scope: Some(NOTICE_HANDLERS),
        }
    }

    /// Whether the answer to [`Handler::put`] says that it is so now.
    ///
    /// # Errors
    /// As the status says, or [`Refusal::PnsMalformed`] when the answer names something else.
    pub fn confirmed_by(&self, answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
        succeeded(answer, now)?;
        match answer.json::<Self>() {
            Some(echo) if echo == *self => Ok(()),
            // 204, or a body that echoes nothing.
            None if answer.unmarked().is_empty() => Ok(()),
            _ => Err(Failure::of(answer, Refusal::PnsMalformed, Next::Alarm)),
        }
    }
}

/// The request for all handlers of the deployment.
#[must_use]
pub fn list(service: &NoticeService) -> Request {
    Request::get(service.url.clone(), JSON, NOTICE_HANDLERS)
}

/// Reads the answer to [`list`]. Broken entries are left out.
///
/// # Errors
/// As the status says, or [`Refusal::PnsMalformed`] when it is no such list.
pub fn listed(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Vec<Handler>, Failure> {
    succeeded(answer, now)?;
    let list: Option<Value> = answer.json();
    let handlers = list.as_ref().and_then(|list| list.get("notice_handlers")).and_then(Value::as_array);
    let handlers = handlers.ok_or_else(|| Failure::of(answer, Refusal::PnsMalformed, Next::Alarm))?;
    Ok(handlers.iter().filter_map(|one| Handler::deserialize(one).ok()).collect())
}

/// The types that this platform offers and we serve, if it lets us register at all.
#[must_use]
pub fn wanted(service: &NoticeService) -> Vec<NoticeType> {
    if !service.scope.iter().any(|scope| scope == NOTICE_HANDLERS) {
        return Vec::new();
    }
    let offered = |kind: &NoticeType| service.types.iter().any(|name| name == kind.name());
    NoticeType::ALL.into_iter().filter(offered).collect()
}

fn succeeded(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    let (refusal, next) = match answer.status {
        200..=299 => return Ok(()),
        401 => (Refusal::PnsScopeNotGranted, Next::FreshToken),
        403 => (Refusal::PnsScopeNotGranted, Next::Alarm),
        status if is_later(status) => (Refusal::PnsUnavailable, later(answer, now)),
        _ => (Refusal::PnsMalformed, Next::Alarm),
    };
    Err(Failure::of(answer, refusal, next))
}
