//! `Error` → `application/problem+json` (RFC 9457): the only mapping from what went wrong to HTTP.

use poem::{Response, error::ResponseError, http::StatusCode};
use poem_openapi::Object;
use serde::Serialize;

use crate::error::{Error, Kind};

/// A problem as machines read it (RFC 9457).
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct Problem {
    /// Always `about:blank`; the code is what to test for.
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status.
    pub status: u16,
    /// The status in words.
    pub title: String,
    /// What went wrong, stable; for machines.
    pub code: String,
    /// What went wrong and what to do, for people.
    pub detail: String,
    /// Path of the wrong field in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The same place as a JSON pointer (RFC 6901), where the body does not have the documented shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What to quote when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

impl Problem {
    /// A problem of that status and code.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, detail: &str) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            code: code.to_owned(),
            detail: detail.to_owned(),
            field: None,
            pointer: None,
            correlation_id: None,
        }
    }

    /// The problem of a failure.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        let mut problem = Self::new(status_of(error.kind()), error.code(), error.message());
        problem.field = error.field().map(str::to_owned);
        problem
    }

    /// The answer that carries it.
    #[must_use]
    pub fn answer(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(self).unwrap_or_default();
        Response::builder()
            .status(status)
            .content_type("application/problem+json")
            .header("cache-control", "no-store")
            .body(body)
    }
}

/// The HTTP status of a kind of failure.
#[must_use]
pub fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthorized => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Gone => StatusCode::GONE,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Upstream => StatusCode::BAD_GATEWAY,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

// Handlers use `?` on what `domain` answers; `layers` finds the `Error` again and writes the answer.
impl ResponseError for Error {
    fn status(&self) -> StatusCode {
        status_of(self.kind())
    }
}

/// A request that cannot be read as what it should be, found before anything is decided about it: of
/// another shape than the document says.
#[derive(Clone, Debug)]
pub struct Unreadable {
    /// 400, or 415 for a body of another kind.
    pub status: StatusCode,
    /// Stable: `parameter.…` or `body.…`.
    pub code: &'static str,
    /// A plain sentence.
    pub detail: String,
    /// Name of the parameter, or path into the body.
    pub field: Option<String>,
    /// JSON pointer into the body.
    pub pointer: Option<String>,
}

impl Unreadable {
    /// A parameter or a body of the wrong shape.
    #[must_use]
    pub fn bad(code: &'static str, detail: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, detail, field: None, pointer: None }
    }

    /// A body of another kind than is taken.
    #[must_use]
    pub fn media_type(code: &'static str, detail: String) -> Self {
        Self { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, ..Self::bad(code, detail) }
    }

    /// Names the place.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Points to the place in the body.
    #[must_use]
    pub fn pointer(mut self, pointer: String) -> Self {
        self.pointer = Some(pointer);
        self
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Unreadable {}

impl ResponseError for Unreadable {
    fn status(&self) -> StatusCode {
        self.status
    }
}
