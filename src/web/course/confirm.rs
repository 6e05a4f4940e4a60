//! What a teacher decides by a click: `/course/placements/{id}/decide` puts a prepared badge into force, or does away
//! with it; `/course/holds/{id}/decide` lets awards go that wait (design §5, the breaker), or leaves them.

use poem::{Body, Request, Response, Result, handler, web::Data};

use super::{Sent, Visit, edited, framed, named, reviewed, visit_of_form};
use crate::{
    app::App,
    domain::{copy, hold},
    error::Error,
    ids::{LaunchId, LinkId},
    telemetry::CorrelationId,
};

/// Names of the fields that say which link of the course stands for one that is not of it.
pub const LINK: &str = "link-";

#[handler]
pub async fn decide(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let sent = Sent::read(request, body).await?;
    let id = sent.launch()?;
    framed(&app, id, async { Ok(decided(&app, request, &correlation, &sent, id).await?) }).await
}

/// Awards that wait for a click: lets them go, or leaves them.
#[handler]
pub async fn release(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let sent = Sent::read(request, body).await?;
    let id = sent.launch()?;
    framed(&app, id, async { Ok(released(&app, request, &correlation, &sent, id).await?) }).await
}

async fn released(
    app: &App,
    request: &Request,
    correlation: &CorrelationId,
    sent: &Sent,
    id: LaunchId,
) -> crate::error::Result<Response> {
    let visit = visit_of_form(app, request, sent, id).await?;
    let course = reviewed(&visit.session)?;
    let caller = visit.caller(course, correlation);
    let held = hold::find(app, caller.organization, named(request, "hold")?).await?;
    if held.course_id != Some(course.id) {
        return Err(Error::not_found("hold"));
    }
    match sent.last("do") {
        Some("award") => hold::confirm(app, &caller, held.id).await?,
        Some("leave") => hold::decline(app, &caller, held.id).await?,
        _ => return Err(Error::invalid("form.unreadable", "do", "Choose what to do.")),
    };
    course_page(app, request, &visit).await
}

/// The whole course, so that what was decided is seen beside the rest.
pub(super) async fn course_page(
    app: &App,
    request: &Request,
    visit: &Visit,
) -> crate::error::Result<Response> {
    let language = visit.language(app, request);
    let body = super::instructor::page(app, visit, None, language).await?;
    Ok(super::shown_to(app, visit, poem::http::StatusCode::OK, body))
}

async fn decided(
    app: &App,
    request: &Request,
    correlation: &CorrelationId,
    sent: &Sent,
    id: LaunchId,
) -> crate::error::Result<Response> {
    let visit = visit_of_form(app, request, sent, id).await?;
    let course = edited(&visit.session)?;
    let caller = visit.caller(course, correlation);
    let placement = named(request, "placement")?;
    match sent.last("do") {
        Some("discard") => copy::discard(app, &caller, course.id, placement).await?,
        Some("confirm") => {
            let mut moved = Vec::new();
            for (name, value) in sent.pairs() {
                let Some(old) = name.strip_prefix(LINK) else { continue };
                let pair = old.parse::<LinkId>().ok().zip(value.parse::<LinkId>().ok());
                moved.extend(pair);
            }
            copy::confirm(app, &caller, course.id, placement, &moved).await?;
        }
        _ => return Err(Error::invalid("form.unreadable", "do", "Choose what to do.")),
    }
    course_page(app, request, &visit).await
}
