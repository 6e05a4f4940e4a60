//! Which language a page is written in: the launch's or learner's, then the browser's, then the server's.

use poem::{Request, http::header};

use crate::{app::App, texts::Language};

/// The server's own language.
#[must_use]
pub fn of_server(app: &App) -> Language {
    Language::of_locale(&app.settings.server.language).unwrap_or_default()
}

/// The reader's language; `known` is what a launch or the learner's record says.
#[must_use]
pub fn of_reader(app: &App, request: &Request, known: Option<&str>) -> Language {
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Language::negotiate(known, accepted, of_server(app))
}
