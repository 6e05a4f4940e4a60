//! `/health/live`, `/health/ready`, `/metrics`: for whoever runs the server. No personal data.
//!
//! Figures are shown to this machine and to trusted proxies' networks only; to others there is nothing.

use poem::{Request, Response, Result, Route, handler, http::StatusCode, web::Data};

use super::{methods::get, peer};
use crate::{app::App, error::Error, telemetry::Figures};

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
            tracing::error!(%error, "the database does not answer");
            plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

#[handler]
fn metrics(app: Data<&App>, request: &Request) -> Result<Response> {
    let client = peer::client_address(&app.settings, request);
    if !client.is_loopback() && !app.settings.server.trusts(client) {
        return Err(Error::not_found("page").into());
    }
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
