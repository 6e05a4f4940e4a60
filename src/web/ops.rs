//! `/health/live`, `/health/ready`, `/metrics`: for whoever runs the server. No personal data.
//!
//! Figures are shown only to who sends the secret `server.metrics_token`. An address proves nothing: behind
//! a proxy on this machine that is not among `trusted_proxies`, the whole world comes from loopback.

use poem::{
    Request, Response, Result, Route, handler,
    http::{StatusCode, header},
    web::Data,
};
use sea_orm::Iterable as _;
use subtle::ConstantTimeEq as _;

use super::methods::get;
use crate::{
    app::App,
    error::{Error, Kind, chain},
    outbox::queue,
    store::{channel_health, entity::job::JobState},
    telemetry::{Figures, names},
};

/// Adds the addresses of this file.
#[must_use]
pub fn routes(route: Route) -> Route {
    route.at("/health/live", get(live)).at("/health/ready", get(ready)).at("/metrics", get(metrics))
}

/// The process runs.
#[handler]
fn live() -> Response {
    plain(StatusCode::OK, "alive\n")
}

/// The process can do its work: the database answers and nobody asked it to stop.
#[handler]
async fn ready(app: Data<&App>) -> Response {
    if app.stop.is_cancelled() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match app.store.ping().await {
        Ok(()) => plain(StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(error = chain(&error), "the database does not answer");
            plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

/// All figures; how many jobs there are is counted now.
#[handler]
async fn metrics(app: Data<&App>, request: &Request) -> Result<Response> {
    let token = &app.settings.server.metrics_token;
    if !token.is_set() {
        return Err(Error::not_found("page").into());
    }
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().trim();
    if !bool::from(given.as_bytes().ct_eq(token.expose().as_bytes())) {
        let text = "Send the secret of `server.metrics_token` as `Authorization: Bearer …`.";
        return Err(Error::new(Kind::Unauthorized, "metrics.unauthorized", text).into());
    }
    let counts = queue::counts(app.store.read()).await.map_err(Error::from)?;
    for state in JobState::iter() {
        let jobs = counts.iter().find(|count| count.state == state).map_or(0, |count| count.jobs);
        let jobs = f64::from(i32::try_from(jobs).unwrap_or(i32::MAX));
        ::metrics::gauge!(names::JOBS_WAITING, "state" => state.as_str()).set(jobs);
    }
    let alarms = channel_health::unscoped_alarms(app.store.read()).await.map_err(Error::from)?;
    ::metrics::gauge!(names::ALARMS).set(f64::from(u32::try_from(alarms).unwrap_or(u32::MAX)));
    let text = Figures::start().render();
    Ok(Response::builder().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    Response::builder()
        .status(status)
        .content_type("text/plain; charset=utf-8")
        .header("cache-control", "no-store")
        .body(text)
}
