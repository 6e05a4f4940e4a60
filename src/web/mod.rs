//! Edges: HTTP in, HTTP out, no decisions. Every route of the program, one readable list.
//!
//! A handler reads its input, makes one call into `domain` and answers. Failures are values
//! ([`crate::error::Error`], `lti::Refusal`) that [`layers`] turns into a page or a problem, once.

pub mod answer;
pub mod api;
pub mod cookies;
pub mod course;
pub mod csrf;
pub mod events;
pub mod language;
pub mod layers;
pub mod limits;
pub mod methods;
pub mod ops;
pub mod peer;
pub mod present;
pub mod problem;
pub mod public;
pub mod tool;
pub mod views;
pub mod who;

use poem::{Endpoint, EndpointExt as _, Request, Response, Route, handler, http::StatusCode, web::Data};

use crate::app::App;

/// The whole program as one endpoint.
#[must_use]
pub fn endpoint(app: &App) -> impl Endpoint<Output = Response> + 'static {
    let route = Route::new();
    let route = tool::routes(route);
    let route = course::routes(route);
    let route = public::routes(route);
    let route = api::routes(route, app);
    let route = events::routes(route, app);
    let route = ops::routes(route);
    let route = route.at("/", methods::get(home));
    let route = views::assets::routes(route);
    layers::Layers::new(app).around(route.data(app.clone()))
}

#[handler]
fn home(app: Data<&App>, request: &Request) -> Response {
    let page = views::home::HomePage { language: language::of_reader(&app, request, None) };
    answer::html(StatusCode::OK, page.html())
}
