//! What happens around every request: correlation id, rate limit, time limit, last-resort errors,
//! security headers, log line and figures. Nothing is decided here, and no route is named but that of lists, which may
//! take their time.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use lti::Refusal;
use poem::{
    Endpoint, IntoResponse, Request, Response,
    error::{MethodNotAllowedError, NotFoundError},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};
use tokio::time::Instant;

use super::{
    answer::{Forms, Framing, WayBack, no_store},
    limits::{Door, Limits},
    methods::Allow,
    peer,
    problem::{Problem, Unreadable},
    public::{Shared, share},
    tool::Refused,
    views,
};
use crate::{
    app::App,
    error::{Error, Kind},
    telemetry::{CorrelationId, names},
    texts::Language,
};

/// The header in which the correlation id travels.
pub const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

/// What surrounds the routes.
#[derive(Clone, Debug)]
pub struct Layers {
    app: App,
    limits: Arc<Limits>,
}

impl Layers {
    /// The layers of this program.
    #[must_use]
    pub fn new(app: &App) -> Self {
        let limits = Arc::new(Limits::new(&app.settings));
        app.spawn({
            let (limits, stop) = (Arc::clone(&limits), app.stop.clone());
            async move {
                let tidy = async {
                    loop {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                        limits.tidy();
                    }
                };
                stop.run_until_cancelled(tidy).await;
            }
        });
        Self { app: app.clone(), limits }
    }

    /// Puts the layers around `inner`.
    pub fn around<E>(self, inner: E) -> Layered<E>
    where
        E: Endpoint + 'static,
        E::Output: IntoResponse,
    {
        Layered { layers: self, inner }
    }
}

/// An endpoint with the layers around it; it never fails.
#[derive(Debug)]
pub struct Layered<E> {
    layers: Layers,
    inner: E,
}

impl<E> Endpoint for Layered<E>
where
    E: Endpoint + 'static,
    E::Output: IntoResponse,
{
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let app = &self.layers.app;
        let began = Instant::now();
        let correlation = correlation_of(app, &request);
        let about = About::of(app, &request, correlation.clone());
        request.extensions_mut().insert(correlation);
        let client = peer::client_address(&app.settings, &request);
        let outcome = match self.layers.limits.check(about.door, client) {
            Err(wait) => Err(too_many(wait)),
            Ok(()) if came_by_plain_http(app, &about, &request) => to_https(app, &request),
            Ok(()) => {
                let limit = limit_of(app, &request);
                // A defect in one page must not cut the line without a word; the log has it (`telemetry`).
                let inner = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
                match tokio::time::timeout(limit, inner).await {
                    Ok(Ok(answered)) => answered.map(IntoResponse::into_response),
                    Ok(Err(_panic)) => Err(Error::internal("the request broke off in a panic").into()),
                    Err(_elapsed) => Err(took_too_long()),
                }
            }
        };
        let mut answer = match outcome {
            Ok(answer) => answer,
            Err(error) => failure(&about, error),
        };
        // What answered HEAD itself has said the length already.
        if about.method == Method::HEAD && !answer.headers().contains_key(header::CONTENT_LENGTH) {
            answer = super::methods::without_body(answer).await?;
        }
        finish(app, &about, &mut answer, began.elapsed());
        Ok(answer)
    }
}

/// How long a request may take. A list of awards takes as long as its sender's line needs; each piece of it has to come
/// in time (`domain::bulk`).
fn limit_of(app: &App, request: &Request) -> Duration {
    let limit = Duration::from_secs(app.settings.limits.request_seconds);
    let is_list = request.method() == Method::POST && request.uri().path().ends_with(LISTS);
    if is_list { limit.max(LIST_LIMIT) } else { limit }
}

/// Where lists of awards are sent to.
const LISTS: &str = "/api/v1/bulk-awards";
/// How long that may take.
const LIST_LIMIT: Duration = Duration::from_secs(15 * 60);

/// What must be known of a request after it has been consumed.
struct About {
    method: Method,
    door: Door,
    is_machine: bool,
    language: Language,
    correlation: CorrelationId,
}

impl About {
    fn of(app: &App, request: &Request, correlation: CorrelationId) -> Self {
        let path = request.uri().path();
        let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self {
            method: request.method().clone(),
            door: Door::of(path),
            is_machine: is_machine(path),
            language: Language::negotiate([], accepted, super::language::of_server(app)),
            correlation,
        }
    }
}

/// Addresses that machines read: their failures are problems, all others are pages.
fn is_machine(path: &str) -> bool {
    let mut parts = path.split('/').skip(1);
    match parts.next().unwrap_or_default() {
        "api" | "events" | "media" | "health" | "metrics" | ".well-known" | "ims" | "openapi.yaml"
        | "openapi.json" => true,
        "i" => parts.nth(1) != Some("b"),
        "lti" => matches!(parts.next(), Some("jwks" | "config" | "notices")),
        _ => false,
    }
}

fn correlation_of(app: &App, request: &Request) -> CorrelationId {
    let sent = request.headers().get(&CORRELATION).and_then(|value| value.to_str().ok());
    sent.filter(|_| peer::is_trusted(&app.settings, request))
        .and_then(CorrelationId::of_header)
        .unwrap_or_else(|| CorrelationId::new(&app.dice))
}

/// Whether our proxy says that the browser spoke plain http, although we live at an https address (O07).
fn came_by_plain_http(app: &App, about: &About, request: &Request) -> bool {
    let said = request.headers().get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    app.settings.server.public_url.is_https()
        && about.door != Door::Operation
        && said.is_some_and(|protocol| protocol.eq_ignore_ascii_case("http"))
        && peer::is_trusted(&app.settings, request)
}

/// Reading begins again at the https address; what was sent in the open is refused.
fn to_https(app: &App, request: &Request) -> poem::Result<Response> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Error::new(
            Kind::Forbidden,
            "https.required",
            format!(
                "This was sent without encryption, so it was not read. Use the address that begins with {}; \
                 if a learning platform sent you here, its administrator must enter that address there.",
                app.settings.server.public_url
            ),
        )
        .into());
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let secure = app.settings.server.public_url.at(path);
    Ok(super::answer::redirect(StatusCode::PERMANENT_REDIRECT, &secure))
}

fn too_many(wait: Duration) -> poem::Error {
    let mut error: poem::Error = Error::new(
        Kind::TooMany,
        "too_many_requests",
        "Too many requests. Please wait a moment and try again.",
    )
    .into();
    let retry = HeaderValue::from(wait.as_secs().max(1));
    error.set_data(Carried(HeaderMap::from_iter([(header::RETRY_AFTER, retry)])));
    error
}

fn took_too_long() -> poem::Error {
    Error::new(Kind::Upstream, "timeout", "This took too long. Please try again.").into()
}

/// Headers that a failure takes with it into its answer.
#[derive(Clone, Debug)]
pub struct Carried(pub HeaderMap);

/// A failure as a page or a problem; the whole chain goes to the log, once.
fn failure(about: &About, error: poem::Error) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    let allow = error.data::<Allow>().cloned();
    let framing = error.data::<Framing>().cloned();
    let carried = error.data::<Carried>().cloned();
    let way_back = error.data::<WayBack>().cloned();
    let is_shared = error.data::<Shared>().is_some();
    let Told { status, code, message, field, pointer, detail } = Told::of(&error);
    if status.is_server_error() {
        tracing::error!(correlation.id = %about.correlation, code, error = %chain(&error), "a request failed");
    } else {
        tracing::debug!(correlation.id = %about.correlation, code, "a request was refused");
    }
    let mut answer = if about.is_machine {
        let mut problem = Problem::new(status, code, &message);
        problem.field = field;
        problem.pointer = pointer;
        problem.correlation_id = Some(about.correlation.to_string());
        problem.answer()
    } else {
        let page =
            views::error::ErrorPage::new(about.language, status, code, &message, detail, &about.correlation);
        let page = match &way_back {
            None => page,
            Some(back) => page.with_way_back(&back.action, &back.fields),
        };
        let mut answer = super::answer::html(status, page.html());
        no_store(&mut answer);
        answer
    };
    if let Some(Carried(headers)) = carried {
        answer.headers_mut().extend(headers);
    }
    if let Some(Allow(value)) = allow {
        answer.headers_mut().insert(header::ALLOW, value);
    }
    if status == StatusCode::UNAUTHORIZED && matches!(about.door, Door::Api | Door::Operation) {
        answer
            .headers_mut()
            .entry(header::WWW_AUTHENTICATE)
            .or_insert(HeaderValue::from_static("Bearer realm=\"laurel\""));
    }
    if let Some(framing) = framing {
        answer.extensions_mut().insert(framing);
    }
    if let Some(back) = way_back {
        answer.extensions_mut().insert(Forms { to: back.origin, with_script: false });
    }
    if is_shared {
        share(answer.headers_mut());
    }
    answer
}

/// What is told of a failure.
struct Told {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Where in the request.
    field: Option<String>,
    /// Where in its body, as a JSON pointer.
    pointer: Option<String>,
    /// What an LMS administrator may want to know.
    detail: Option<String>,
}

impl Told {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, pointer: None, detail: None }
    }

    fn of(error: &poem::Error) -> Self {
        if let Some(error) = error.downcast_ref::<Error>() {
            let told = Self::new(super::problem::status_of(error.kind()), error.code(), error.message());
            return Self { field: error.field().map(str::to_owned), ..told };
        }
        if let Some(Refused(refusal)) = error.downcast_ref::<Refused>() {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
            let told = Self::new(status, refusal.code(), refusal.to_string());
            let detail = match refusal {
                // The platform's own words, which its administrator understands best (lti-1.3-tool §20.4).
                Refusal::DrRejected(answer) => {
                    let words = answer.description.iter().filter(|words| **words != answer.error);
                    let lines = std::iter::once(&answer.error).chain(words).map(String::as_str);
                    Some(lines.collect::<Vec<_>>().join("\n"))
                }
                refusal => refusal.detail().map(str::to_owned),
            };
            return Self { detail, ..told };
        }
        if let Some(wrong) = error.downcast_ref::<Unreadable>() {
            let told = Self::new(wrong.status, wrong.code, wrong.detail.as_str());
            return Self { field: wrong.field.clone(), pointer: wrong.pointer.clone(), ..told };
        }
        if error.is::<NotFoundError>() {
            return Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address.");
        }
        if error.is::<MethodNotAllowedError>() {
            let text = "This address does not answer that kind of request.";
            return Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", text);
        }
        // What the libraries refuse: their sentences are not for people, and repeat what was sent.
        match error.status() {
            status @ StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(status, "body.too_large", "What was sent is too large.")
            }
            status @ StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::new(status, "body.media_type", "What was sent is of a kind that is not taken here.")
            }
            status if status.is_client_error() => {
                Self::new(status, "bad_request", "What was sent cannot be read.")
            }
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side. Please try again later.",
            ),
        }
    }
}

fn chain(error: &poem::Error) -> String {
    error.downcast_ref::<Error>().map_or_else(|| error.to_string(), |error| crate::error::chain(error))
}

/// Headers that every answer has, then the log line and the figures.
fn finish(app: &App, about: &About, answer: &mut Response, took: Duration) {
    let framing = answer.extensions_mut().remove::<Framing>();
    let forms = answer.extensions_mut().remove::<Forms>().unwrap_or_default();
    let is_html = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(about.correlation.as_str()) {
        headers.insert(CORRELATION, value);
    }
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::REFERRER_POLICY, "no-referrer");
    if app.settings.server.public_url.is_https() {
        put(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if is_html && !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let policy = content_policy(framing.as_ref(), &forms);
        if let Ok(value) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, value);
        }
    }
    let status = answer.status();
    metrics::counter!(
        names::REQUESTS,
        "route" => about.door.as_str(),
        "method" => about.method.to_string(),
        "status" => status.as_u16().to_string()
    )
    .increment(1);
    metrics::histogram!(names::REQUEST_SECONDS, "route" => about.door.as_str()).record(took.as_secs_f64());
    // The path is not logged: claim and share addresses are secrets.
    tracing::info!(
        correlation.id = %about.correlation,
        http.method = %about.method,
        http.door = about.door.as_str(),
        http.status = status.as_u16(),
        duration_ms = took.as_secs_f64() * 1_000.0,
        "request"
    );
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

/// Nothing from elsewhere; framed only by the origins a verified launch named (design §9).
fn content_policy(framing: Option<&Framing>, forms: &Forms) -> String {
    let ancestors = match framing {
        Some(Framing(origins)) if !origins.is_empty() => format!("'self' {}", origins.join(" ")),
        _ => "'none'".to_owned(),
    };
    let Forms { to, with_script } = forms;
    let scripts = if *with_script { "script-src 'self'; " } else { "" };
    let to = if to.is_empty() { String::new() } else { format!(" {to}") };
    format!(
        "default-src 'none'; style-src 'self'; {scripts}img-src 'self' data:; form-action 'self'{to}; \
         base-uri 'none'; frame-ancestors {ancestors}"
    )
}
