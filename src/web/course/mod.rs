//! `/course…`: the pages inside the LMS, after a launch. Who may see what comes from the session.
//!
//! A launch names itself in the address (`?launch=`); only its cookie opens it. Pages are framed by the
//! platform's own origins and by nobody else.

mod instructor;
mod learner;

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
        platform,
        session::{self, Session},
    },
    error::{Error, Kind},
    ids::{LaunchId, PlacementId},
    store::launch as launches,
};

/// Adds the addresses of this folder.
#[must_use]
pub fn routes(route: Route) -> Route {
    route.at("/course", get(open)).at("/course/placements/:placement", get(open))
}

#[handler]
async fn open(app: Data<&App>, request: &Request) -> Result<Response> {
    let Some(id) = launch_of(request) else {
        return Err(Error::new(
            Kind::Unauthorized,
            "session.missing",
            "This page opens from within a course. Go to your course and open the activity there.",
        )
        .into());
    };
    let only = match request.raw_path_param("placement") {
        None => None,
        Some(text) => Some(text.parse::<PlacementId>().map_err(|_| Error::not_found("badge"))?),
    };
    let secret = cookies::find(request, &cookies::session_name(&app, id)).unwrap_or_default();
    let origins = origins_of(&app, id).await?;
    let session = match session::open(&app, id, &secret).await {
        Ok(session) => session,
        Err(error) => {
            let mut error: poem::Error = error.into();
            error.set_data(Framing(origins));
            return Err(error);
        }
    };
    let known = session.learner.as_ref().and_then(|learner| learner.language.as_deref());
    let language = language::of_reader(&app, request, known);
    let text = match show(&app, &session, only, language).await {
        Ok(text) => text,
        Err(error) => {
            let mut error: poem::Error = error.into();
            error.set_data(Framing(origins));
            return Err(error);
        }
    };
    let mut answer = html(StatusCode::OK, text);
    no_store(&mut answer);
    Ok(framed_by(answer, origins))
}

async fn show(
    app: &App,
    session: &Session,
    only: Option<PlacementId>,
    language: crate::texts::Language,
) -> crate::error::Result<String> {
    if session.is_teacher() {
        return instructor::page(app, session, only, language).await;
    }
    learner::page(app, session, only, language).await
}

fn launch_of(request: &Request) -> Option<LaunchId> {
    let query = request.uri().query()?;
    url::form_urlencoded::parse(query.as_bytes())
        // Ours is the last one: it was appended to the signed address.
        .filter(|(name, _)| name == "launch")
        .last()
        .and_then(|(_, value)| value.parse().ok())
}

/// The origins that may frame the pages of a launch.
async fn origins_of(app: &App, id: LaunchId) -> crate::error::Result<Vec<String>> {
    let Some(record) = launches::unscoped_of_session(app.store.read(), id).await? else {
        return Ok(Vec::new());
    };
    Ok(tool::origins(&*platform::entry(app, record.platform_id).await?))
}
