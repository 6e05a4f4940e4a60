//! `/events/…`: what learning platforms say as it happens, each in its own protocol (design §9).
//!
//! Here a sender shows its channel's secret, is counted against the channel's rate, and the body is bounded; what the
//! items mean is `domain::event_channel`'s. Refused items are told one by one, the others are kept.

mod caliper;
mod canvas;
mod xapi;

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use poem::{
    Body, EndpointExt as _, Request, Response, Result, Route,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};
use serde_json::{Map, Value, json};

use super::{
    api::gate::rates::Rates,
    layers::Carried,
    methods::{get, post},
    problem::Problem,
};
use crate::{
    app::App,
    domain::event_channel::{self, item::Reading, receive::Outcome},
    error::{Error, Kind, Result as Outcomes, chain},
    store::entity::event_channel::{ChannelKind, Model},
    telemetry::CorrelationId,
};

/// Adds the addresses of this folder.
#[must_use]
pub fn routes(route: Route, app: &App) -> Route {
    let rates = app.settings.limits.api().map(|rate| Arc::new(Rates::new(rate)));
    let events = Route::new()
        .at("/xapi", post(xapi::take_in).on(Method::PUT, xapi::take_in_one))
        .at("/xapi/statements", post(xapi::take_in).on(Method::PUT, xapi::take_in_one))
        .at("/xapi/about", get(xapi::about))
        .at("/caliper", post(caliper::take_in))
        .at("/canvas/:secret", post(canvas::take_in))
        .at("/canvas", post(canvas::take_in_unnamed));
    route.nest("/events", events.data(rates))
}

/// A sender whose channel was found.
struct Sender {
    channel: Model,
    correlation: String,
    /// What its rate has left, for the answer.
    headers: HeaderMap,
}

/// Finds the channel of a request by the secret in its `Authorization`.
async fn enter(app: &App, request: &Request, kind: ChannelKind) -> Result<Sender> {
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|sent| sent.to_str().ok());
    let secret = sent.and_then(secret_of).unwrap_or_default();
    enter_with(app, request, kind, &secret).await.map_err(|mut error| {
        if error.downcast_ref::<Error>().is_some_and(|error| error.kind() == Kind::Unauthorized) {
            let value = HeaderValue::from_static("Basic realm=\"laurel\", Bearer realm=\"laurel\"");
            error.set_data(Carried(HeaderMap::from_iter([(header::WWW_AUTHENTICATE, value)])));
        }
        error
    })
}

/// Finds the channel of a request by its secret.
async fn enter_with(app: &App, request: &Request, kind: ChannelKind, secret: &str) -> Result<Sender> {
    let channel = event_channel::authenticate(app, kind, secret).await?;
    let headers = match request.data::<Option<Arc<Rates>>>() {
        Some(Some(rates)) => rates.count(channel.id.0)?,
        _ => HeaderMap::new(),
    };
    let correlation = request.data::<CorrelationId>().map(ToString::to_string).unwrap_or_default();
    Ok(Sender { channel, correlation, headers })
}

/// The secret in an `Authorization`: as Bearer, or as the password of Basic with any user name.
fn secret_of(sent: &str) -> Option<String> {
    let (kind, rest) = sent.split_once(' ')?;
    let rest = rest.trim();
    if kind.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if !kind.eq_ignore_ascii_case("basic") || rest.len() > 1_024 {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    decoded.split_once(':').map(|(_, password)| password.to_owned())
}

/// Reads a body of at most the API's size.
async fn read(app: &App, body: Body) -> Result<Vec<u8>> {
    Ok(body.into_bytes_limit(app.settings.limits.api_body_bytes).await?.to_vec())
}

/// The id of each item, where it could be read.
fn ids_of(items: &[Outcomes<Reading>]) -> Vec<Option<String>> {
    items.iter().map(|item| item.as_ref().ok().map(|reading| reading.id().to_owned())).collect()
}

/// The outcome of each item, as machines read it.
fn outcomes(ids: &[Option<String>], outcomes: &[Outcome]) -> Vec<Value> {
    ids.iter().zip(outcomes).map(|(id, outcome)| told(id.as_deref(), outcome).into()).collect()
}

fn told(id: Option<&str>, outcome: &Outcome) -> Map<String, Value> {
    let mut told = Map::new();
    if let Some(id) = id {
        told.insert("id".to_owned(), json!(id));
    }
    told.insert("outcome".to_owned(), json!(outcome.word()));
    match outcome {
        Outcome::Recorded(awards) if !awards.is_empty() => {
            told.insert("award_ids".to_owned(), json!(awards));
        }
        Outcome::Ignored(why) => {
            told.insert("code".to_owned(), json!(why));
        }
        Outcome::Refused(error) => {
            told.insert("problem".to_owned(), json!(Problem::of(error)));
        }
        _ => {}
    }
    told
}

/// Failures of ours go to the log; the sender is to send again. Answers whether there was one.
fn has_failed(sender: &Sender, outcomes: &[Outcome]) -> bool {
    let mut failed = false;
    for outcome in outcomes {
        if let Outcome::Refused(error) = outcome
            && error.kind() == Kind::Internal
        {
            failed = true;
            tracing::error!(
                correlation.id = sender.correlation, channel.id = %sender.channel.id, error = %chain(error),
                "an event could not be received"
            );
        }
    }
    failed
}

/// A JSON answer that nobody keeps, with the headers of the channel's rate.
fn answer(sender: &Sender, status: StatusCode, body: &(impl serde::Serialize + ?Sized)) -> Response {
    let mut answer = Response::builder()
        .status(status)
        .content_type("application/json")
        .header("cache-control", "no-store")
        .body(serde_json::to_string(body).unwrap_or_default());
    answer.headers_mut().extend(sender.headers.clone());
    answer
}
