//! `/course…`: the pages inside the LMS, after a launch. Who may see what comes from the session.
//!
//! A launch names itself in the address (`?launch=`); only its cookie opens it, or once the code that a
//! browser without cookies was sent here with. Pages are framed by the platform's origins and by nobody else.

mod instructor;
mod learner;
mod review;

use poem::{Request, Response, Result, Route, handler, http::StatusCode, web::Data};

use super::{
    answer::{Framing, framed_by, html, no_store},
    cookies, language,
    methods::get,
    tool,
};
use crate::{
    app::App,
    domain::{
        platform, review as domain_review,
        session::{self, Session},
    },
    error::{Error, Kind},
    ids::{LaunchId, PlacementId},
    store::launch as launches,
};

/// The parameter with the code of a browser that keeps no cookies.
pub const HANDOVER: &str = "code";

/// Adds the addresses of this folder.
#[must_use]
pub fn routes(route: Route) -> Route {
    route
        .at("/course", get(open))
        .at("/course/placements/:placement", get(open))
        .at(domain_review::PATH, get(open_review))
}

/// What of a course is to be seen.
#[derive(Clone, Copy)]
enum What {
    /// Its badges, or only one.
    Badges(Option<PlacementId>),
    /// The submission that the launch opened.
    Submission,
}

#[handler]
async fn open(app: Data<&App>, request: &Request) -> Result<Response> {
    answer(&app, request, false).await
}

#[handler]
async fn open_review(app: Data<&App>, request: &Request) -> Result<Response> {
    answer(&app, request, true).await
}

async fn answer(app: &App, request: &Request, is_review: bool) -> Result<Response> {
    let Some(id) = launch_of(request) else {
        return Err(Error::new(
            Kind::Unauthorized,
            "session.missing",
            "This page opens from within a course. Go to your course and open the activity there.",
        )
        .into());
    };
    let what = match request.raw_path_param("placement") {
        _ if is_review => What::Submission,
        None => What::Badges(None),
        Some(text) => What::Badges(Some(text.parse().map_err(|_| Error::not_found("badge"))?)),
    };
    let origins = origins_of(app, id).await?;
    match page(app, request, id, what).await {
        Ok(answer) => Ok(framed_by(answer, origins)),
        Err(error) => {
            let mut error: poem::Error = error.into();
            error.set_data(Framing(origins));
            Err(error)
        }
    }
}

async fn page(app: &App, request: &Request, id: LaunchId, what: What) -> crate::error::Result<Response> {
    let (session, secret) = session_of(app, request, id).await?;
    let known = session.learner.as_ref().and_then(|learner| learner.language.as_deref());
    let language = language::of_reader(app, request, known);
    let mut answer = html(StatusCode::OK, show(app, &session, what, language).await?);
    no_store(&mut answer);
    if let Some(secret) = secret {
        // It may keep this one.
        cookies::set_session(app, &mut answer, id, &secret);
    }
    Ok(answer)
}

/// The session that this browser shows, by its cookie; or by its code, then with a fresh secret.
async fn session_of(
    app: &App,
    request: &Request,
    id: LaunchId,
) -> crate::error::Result<(Session, Option<String>)> {
    let cookie = cookies::find(request, &cookies::session_name(app, id));
    let site = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    // Only the launch itself sends a browser here with a code; elsewhere it could put one into a stranger's session.
    let is_sent_by_us = site.is_none_or(|site| site == "same-origin");
    match (cookie, parameter(request, HANDOVER)) {
        (None, Some(code)) if is_sent_by_us => {
            let secret = session::take_over(app, id, &code).await?;
            Ok((session::open(app, id, &secret).await?, Some(secret)))
        }
        (cookie, _) => Ok((session::open(app, id, &cookie.unwrap_or_default()).await?, None)),
    }
}

async fn show(
    app: &App,
    session: &Session,
    what: What,
    language: crate::texts::Language,
) -> crate::error::Result<String> {
    let only = match what {
        What::Badges(only) => only,
        What::Submission => return review::submission(app, session, language).await,
    };
    if session.is_teacher() {
        return instructor::page(app, session, only, language).await;
    }
    if session.observes()
        && let Some(page) = review::care(app, session, only, language).await?
    {
        return Ok(page);
    }
    learner::page(app, session, only, language).await
}

fn launch_of(request: &Request) -> Option<LaunchId> {
    parameter(request, "launch")?.parse().ok()
}

/// Ours is the last of that name: it was appended to the signed address.
fn parameter(request: &Request, name: &str) -> Option<String> {
    let query = request.uri().query()?;
    let found = url::form_urlencoded::parse(query.as_bytes()).filter(|(found, _)| found == name).last();
    found.map(|(_, value)| value.into_owned())
}

/// The origins that may frame the pages of a launch.
async fn origins_of(app: &App, id: LaunchId) -> crate::error::Result<Vec<String>> {
    let Some(record) = launches::unscoped_of_session(app.store.read(), id).await? else {
        return Ok(Vec::new());
    };
    Ok(tool::origins(&*platform::entry(app, record.platform_id).await?))
}
