//! `/course…`: the pages inside the LMS, after a launch. Who may see what comes from the session.
//!
//! A launch names itself in the address (`?launch=`); only its cookie opens it, or once the code that a
//! browser without cookies was sent here with. Pages are framed by the platform's origins and by nobody else.

mod approvals;
mod column;
mod confirm;
mod dry_run;
mod form;
mod instructor;
mod learner;
mod lists;
mod pick;
mod reconcile;
mod review;
mod roster;
mod summary;
mod undo;

use std::str::FromStr;

use poem::{Body, Request, Response, Result, Route, handler, http::StatusCode, web::Data};

use super::{
    answer::{Framing, framed_by, html, no_store},
    cookies, csrf, language,
    methods::{get, post},
    tool,
    views::way::Way,
};
use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        pick::{Shown, shown},
        platform, review as domain_review,
        session::{self, Session},
    },
    error::{Error, Kind},
    ids::{LaunchId, PlacementId},
    store::{entity::course, launch as launches},
    telemetry::CorrelationId,
};
use form::{Entry, Sent};

/// The parameter with the code of a browser that keeps no cookies.
pub const HANDOVER: &str = "code";
/// The page that answers a deep linking request.
pub const PICK: &str = "/course/pick";

/// Adds the addresses of this folder.
#[must_use]
pub fn routes(route: Route) -> Route {
    route
        .at("/course", get(open).post(open))
        .at("/course/placements/:placement", get(open).post(open))
        .at("/course/placements/:placement/decide", post(confirm::decide))
        .at("/course/placements/:placement/dry-run", get(dry_run::open).post(dry_run::open))
        .at("/course/holds/:hold/decide", post(confirm::release))
        .at(PICK, get(pick::open).post(pick::act))
        .at("/course/roster", get(roster::open).post(roster::open))
        .at("/course/people/:learner", get(roster::person).post(roster::person))
        .at(approvals::PATH, get(approvals::open).post(approvals::open))
        .at(lists::PATH, get(lists::open).post(lists::open))
        .at("/course/placements/:placement/column", post(column::make))
        .at("/course/passes/:pass/undo", post(undo::act))
        .at(reconcile::PATH, get(reconcile::open).post(reconcile::open))
        .at(domain_review::PATH, get(open_review))
}

/// A session as its browser showed it, and how its pages' forms show it again.
struct Visit {
    session: Session,
    /// A secret for a cookie, fresh from a code.
    fresh: Option<String>,
    /// The same secret for the forms of a browser that may keep no cookies.
    bearer: Option<String>,
}

impl Visit {
    /// The hidden fields of every form of this visit.
    fn fields(&self, app: &App) -> Vec<(String, String)> {
        let launch = self.session.launch.id;
        let mut fields = vec![
            ("launch".to_owned(), launch.to_string()),
            ("csrf".to_owned(), csrf::token(app, &about(launch))),
        ];
        fields.extend(self.bearer.iter().map(|secret| ("session".to_owned(), secret.clone())));
        fields
    }

    /// A way to another page of this visit; `path` may hold a query.
    fn way(&self, path: &str) -> Way {
        let mark = if path.contains('?') { '&' } else { '?' };
        Way { url: format!("{path}{mark}launch={}", self.session.launch.id), by_form: self.bearer.is_some() }
    }

    /// What ways by form carry; nothing where links do.
    fn carry(&self, app: &App) -> Vec<(String, String)> {
        if self.bearer.is_some() { self.fields(app) } else { Vec::new() }
    }

    /// As whom its person acts in the course.
    fn caller(&self, course: &course::Model, correlation: &CorrelationId) -> Caller {
        let mut caller = Caller::new(course.organization_id, Actor::Instructor(self.session.launch.id));
        caller.correlation = Some(correlation.to_string());
        caller
    }

    fn language(&self, app: &App, request: &Request) -> crate::texts::Language {
        let known = self.session.learner.as_ref().and_then(|learner| learner.language.as_deref());
        language::of_reader(app, request, known)
    }
}

/// What a form of a visit acts on.
fn about(launch: LaunchId) -> String {
    format!("course\n{launch}")
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
async fn open(app: Data<&App>, request: &Request, body: Body) -> Result<Response> {
    answer(&app, request, body, false).await
}

#[handler]
async fn open_review(app: Data<&App>, request: &Request, body: Body) -> Result<Response> {
    answer(&app, request, body, true).await
}

async fn answer(app: &App, request: &Request, body: Body, is_review: bool) -> Result<Response> {
    let entry = Entry::of(request, body).await?;
    let what = match request.raw_path_param("placement") {
        _ if is_review => What::Submission,
        None => What::Badges(None),
        Some(text) => What::Badges(Some(text.parse().map_err(|_| Error::not_found("badge"))?)),
    };
    framed(app, entry.launch, page(app, request, &entry, what)).await
}

/// A page of a launch, or its failure, in the frame of the launch's platform.
async fn framed(app: &App, id: LaunchId, page: impl Future<Output = Result<Response>>) -> Result<Response> {
    let origins = origins_of(app, id).await?;
    match page.await {
        Ok(answer) => Ok(framed_by(answer, origins)),
        Err(mut error) => {
            error.set_data(Framing(origins));
            Err(error)
        }
    }
}

async fn page(app: &App, request: &Request, entry: &Entry, what: What) -> Result<Response> {
    let visit = entry.visit(app, request).await?;
    let language = visit.language(app, request);
    let body = show(app, &visit, what, language).await?;
    Ok(shown_to(app, &visit, StatusCode::OK, body))
}

/// A page of a visit.
fn shown_to(app: &App, visit: &Visit, status: StatusCode, body: String) -> Response {
    let mut answer = html(status, body);
    no_store(&mut answer);
    if let Some(secret) = &visit.fresh {
        // It may keep this one.
        cookies::set_session(app, &mut answer, visit.session.launch.id, secret);
    }
    answer
}

/// The session that this browser shows, by its cookie; or by its code, then with a fresh secret.
async fn visit_of(app: &App, request: &Request, id: LaunchId) -> crate::error::Result<Visit> {
    let cookie = cookies::find(request, &cookies::session_name(app, id));
    let site = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    // Only the launch itself sends a browser here with a code; elsewhere it could put one into a stranger's session.
    let is_sent_by_us = site.is_none_or(|site| site == "same-origin");
    match (cookie, parameter(request, HANDOVER)) {
        (None, Some(code)) if is_sent_by_us => {
            let secret = session::take_over(app, id, &code).await?;
            let session = session::open(app, id, &secret).await?;
            Ok(Visit { session, fresh: Some(secret.clone()), bearer: Some(secret) })
        }
        (cookie, _) => {
            let session = session::open(app, id, &cookie.unwrap_or_default()).await?;
            Ok(Visit { session, fresh: None, bearer: None })
        }
    }
}

/// The session whose form was sent: by its cookie, or by the secret that the form of a browser without cookies
/// carries. The form must be ours.
async fn visit_of_form(
    app: &App,
    request: &Request,
    sent: &Sent,
    id: LaunchId,
) -> crate::error::Result<Visit> {
    csrf::check(app, request, &about(id), sent.first("csrf").unwrap_or_default())?;
    let cookie = cookies::find(request, &cookies::session_name(app, id));
    let bearer = sent.first("session").filter(|_| cookie.is_none()).map(str::to_owned);
    let secret = cookie.as_deref().or(bearer.as_deref()).unwrap_or_default();
    Ok(Visit { session: session::open(app, id, secret).await?, fresh: None, bearer })
}

async fn show(
    app: &App,
    visit: &Visit,
    what: What,
    language: crate::texts::Language,
) -> crate::error::Result<String> {
    let session = &visit.session;
    let named = match what {
        What::Badges(named) => named,
        What::Submission => return review::submission(app, session, language).await,
    };
    let is_teacher = session.is_teacher();
    let only = match shown(app, session, named).await? {
        Shown::All => None,
        Shown::Only(only) => Some(only),
        // Nothing can be earned here, and learners cannot mend it.
        Shown::Unknown if !is_teacher => Some(PlacementId(uuid::Uuid::nil())),
        Shown::Unknown => {
            return Err(Error::new(
                Kind::NotFound,
                "pick.link_unknown",
                "This link was not made for this course. Delete it, and choose the badge anew.",
            ));
        }
    };
    if is_teacher {
        return instructor::page(app, visit, only, language).await;
    }
    if session.observes()
        && let Some(page) = review::care(app, session, only, language).await?
    {
        return Ok(page);
    }
    learner::page(app, session, only, language).await
}

fn launch_of(request: &Request) -> crate::error::Result<LaunchId> {
    parameter(request, "launch").and_then(|id| id.parse().ok()).ok_or_else(no_session)
}

fn no_session() -> Error {
    Error::new(
        Kind::Unauthorized,
        "session.missing",
        "This page opens from within a course. Go to your course and open the activity there.",
    )
}

/// What a part of the path names: the id of a `noun`.
fn named<T: FromStr>(request: &Request, noun: &'static str) -> crate::error::Result<T> {
    request.raw_path_param(noun).and_then(|id| id.parse().ok()).ok_or_else(|| Error::not_found(noun))
}

/// The course of a session, if its person teaches there, makes it or grades in it (N12).
fn taught(session: &Session) -> crate::error::Result<&course::Model> {
    if !session.is_teacher() {
        return Err(Error::new(
            Kind::Forbidden,
            "placement.forbidden",
            "Only teachers of the course may do this.",
        ));
    }
    session.course.as_ref().ok_or_else(|| Error::not_found("course"))
}

/// As [`taught`], if its person may look at everybody's work and decide on it: authors may not (R07).
fn reviewed(session: &Session) -> crate::error::Result<&course::Model> {
    let course = taught(session)?;
    if !session.may_review() {
        return Err(Error::new(
            Kind::Forbidden,
            "review.forbidden",
            "Only who teaches or grades in this course sees its people's work and decides on it.",
        ));
    }
    Ok(course)
}

/// As [`taught`], if its person may change what the course holds: graders may not (R08).
fn edited(session: &Session) -> crate::error::Result<&course::Model> {
    let course = taught(session)?;
    if !session.may_edit() {
        return Err(Error::new(
            Kind::Forbidden,
            "placement.forbidden",
            "Only who teaches in this course or makes it changes its badges.",
        ));
    }
    Ok(course)
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
