//! `/events/xapi[/statements]`: xAPI statements as a learning record store takes them (xAPI 1.0.3 part 3 §2.1).
//!
//! Not a store: statements are taken in, never given back. A batch of good ones is answered with all ids, as the
//! protocol says. Where one is malformed or contradicts an earlier one of its id, the protocol demands 400 or 409; the
//! others are kept all the same, and a sender that repeats the batch repeats nothing.

use poem::{
    Body, Request, Response, Result, handler,
    http::{HeaderValue, StatusCode},
    web::Data,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Sender, answer, enter, has_failed, ids_of, outcomes, read};
use crate::{
    app::App,
    domain::event_channel::{
        receive::{Outcome, receive},
        xapi,
    },
    error::Error,
    store::entity::event_channel::ChannelKind,
    web::problem::{Problem, Unreadable, status_of},
};

/// What we answer as, to senders that say nothing newer.
const VERSION: &str = "1.0.3";
const HEADER: &str = "x-experience-api-version";

/// `POST`: one statement or many.
#[handler]
pub async fn take_in(app: Data<&App>, request: &Request, body: Body) -> Result<Response> {
    let version = version_of(request)?;
    let sender = enter(&app, request, ChannelKind::Xapi).await?;
    check_type(request)?;
    let body = read(&app, body).await?;
    let read = xapi::statements(&body, app.settings.limits.batch_events);
    let (is_batch, items) = read.map_err(|error| unreadable(&error))?;
    let ids = ids_of(&items);
    let outcomes = receive(&app, &sender.channel, Some(&sender.correlation), items).await?;
    Ok(versioned(told(&sender, &ids, &outcomes, is_batch), version))
}

/// `PUT ?statementId=`: one statement, answered without a body.
#[handler]
pub async fn take_in_one(app: Data<&App>, request: &Request, body: Body) -> Result<Response> {
    let version = version_of(request)?;
    let sender = enter(&app, request, ChannelKind::Xapi).await?;
    check_type(request)?;
    let query = request.uri().query().unwrap_or_default();
    let named = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "statementId");
    let named = named.and_then(|(_, id)| uuid::Uuid::parse_str(&id).ok()).map(|id| id.to_string());
    let Some(named) = named else {
        let text = "Name the statement in ?statementId=, a UUID.".to_owned();
        return Err(Unreadable::bad("statement.id", text).field("statementId").into());
    };
    let body = read(&app, body).await?;
    let mut value = crate::domain::event_channel::json::body(&body).map_err(|error| unreadable(&error))?;
    let Some(members) = value.as_object_mut() else {
        return Err(Unreadable::bad("statement.malformed", "Put one statement.".to_owned()).into());
    };
    // The address says which it is; a statement that says otherwise is another one.
    let said = members.entry("id").or_insert_with(|| json!(named)).as_str().map(str::to_ascii_lowercase);
    if said.as_deref() != Some(named.as_str()) {
        let text = "The statement's id is another than statementId.".to_owned();
        return Err(Unreadable::bad("statement.id", text).field("id").into());
    }
    let items = vec![xapi::statement(&value)];
    let ids = ids_of(&items);
    let outcomes = receive(&app, &sender.channel, Some(&sender.correlation), items).await?;
    let mut told = told(&sender, &ids, &outcomes, false);
    if told.status() == StatusCode::OK {
        told = Response::builder().status(StatusCode::NO_CONTENT).finish();
        told.headers_mut().extend(sender.headers.clone());
    }
    Ok(versioned(told, version))
}

/// `GET /about`: which versions are spoken (xAPI part 3 §2.8).
#[handler]
pub fn about() -> Response {
    let body = json!({ "version": ["1.0.3", "1.0.2", "1.0.1", "1.0.0", "2.0.0"] });
    let told = Response::builder().content_type("application/json").body(body.to_string());
    versioned(told, VERSION)
}

/// The version to answer with. Senders that leave the header out are taken for 1.0.3.
fn version_of(request: &Request) -> Result<&'static str> {
    let Some(sent) = request.headers().get(HEADER) else { return Ok(VERSION) };
    let sent = sent.to_str().unwrap_or_default();
    match sent {
        "1.0" => Ok(VERSION),
        sent if sent.starts_with("1.0.") => Ok(VERSION),
        "2.0" => Ok("2.0.0"),
        sent if sent.starts_with("2.0.") => Ok("2.0.0"),
        _ => {
            let text = "Send X-Experience-API-Version: 1.0.3 or 2.0.0.".to_owned();
            Err(Unreadable::bad("xapi.version", text).field("X-Experience-API-Version").into())
        }
    }
}

fn check_type(request: &Request) -> Result<()> {
    let kind = request.content_type().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let text = "Send statements as application/json; attachments are not taken.".to_owned();
    Err(Unreadable::media_type("body.media_type", text).into())
}

/// A message that is none: 400, as the protocol demands of what cannot be read.
fn unreadable(error: &Error) -> poem::Error {
    Unreadable::bad(error.code(), error.message().to_owned()).into()
}

fn told(sender: &Sender, ids: &[Option<String>], all: &[Outcome], is_batch: bool) -> Response {
    let status = if has_failed(sender, all) { StatusCode::INTERNAL_SERVER_ERROR } else { status(all) };
    if status != StatusCode::OK {
        let worst = all.iter().find_map(|outcome| match outcome {
            Outcome::Refused(error) if http_status(error) == status => Some(error),
            _ => None,
        });
        let (code, detail) = worst.map_or(("refused", ""), |error| (error.code(), error.message()));
        let mut problem = Problem::new(status, code, detail);
        problem.field = worst.and_then(Error::field).filter(|_| !is_batch).map(str::to_owned);
        problem.correlation_id = Some(sender.correlation.clone());
        let problem = StatementsProblem { problem, statements: outcomes(ids, all) };
        let mut told = answer(sender, status, &problem);
        told.headers_mut()
            .insert(poem::http::header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        return told;
    }
    let known: Vec<&String> = ids.iter().flatten().collect();
    let mut told = answer(sender, status, &known);
    let refused = all.iter().filter(|outcome| matches!(outcome, Outcome::Refused(_))).count();
    if refused > 0 {
        told.headers_mut().insert("x-laurel-refused", HeaderValue::from(refused));
    }
    told
}

/// A problem with what became of each statement.
#[derive(Serialize)]
struct StatementsProblem {
    #[serde(flatten)]
    problem: Problem,
    statements: Vec<Value>,
}

/// The status of a whole request. What is merely not granted to the channel is no fault of the batch it came in:
/// a platform sends its other courses too, and must not send this batch for ever.
fn status(all: &[Outcome]) -> StatusCode {
    let refusals = || {
        all.iter().filter_map(|outcome| match outcome {
            Outcome::Refused(error) => Some(http_status(error)),
            _ => None,
        })
    };
    for wrong in [StatusCode::BAD_REQUEST, StatusCode::CONFLICT] {
        if refusals().any(|status| status == wrong) {
            return wrong;
        }
    }
    let refused = refusals().count();
    match refusals().next() {
        Some(status) if refused == all.len() => status,
        _ => StatusCode::OK,
    }
}

/// xAPI knows no 422.
fn http_status(error: &Error) -> StatusCode {
    match status_of(error.kind()) {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        other => other,
    }
}

fn versioned(mut answer: Response, version: &'static str) -> Response {
    answer.headers_mut().insert(HEADER, HeaderValue::from_static(version));
    answer
}
