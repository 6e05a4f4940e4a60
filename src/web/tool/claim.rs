//! A launch from a deployment that nobody has accepted (lti-1.3-tool §2.3): a page that says so, with the facts;
//! and on a shared platform, for whoever teaches or administers there, a form for a claim code.
//!
//! `POST /lti/claim` goes on from that page. What the launch proved travels in the form, under our seal and for
//! a quarter of an hour: which platform and deployment, and the cookie of its login, if the browser kept that.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use poem::{
    Request, Response, Result, handler,
    http::StatusCode,
    web::{Data, Form},
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::origins;
use crate::{
    app::{App, PlatformEntry},
    domain::{
        artwork::sha256_hex,
        deployment_claim::{self, Unclaimed},
        organization, platform,
    },
    error::{Error, Kind},
    telemetry::CorrelationId,
    web::{
        answer::{framed_by, html, no_store},
        cookies, csrf, language,
        views::deployment::{DeploymentPage, Facts, Step},
    },
};

/// How long the form is good.
const LIFE: Duration = Duration::minutes(15);

/// A launch that waits for somebody to say whose its deployment is.
pub(super) struct Waiting {
    /// From where.
    pub(super) from: Unclaimed,
    /// Whether the person teaches or administers there.
    pub(super) may_claim: bool,
}

/// What a form says of the launch it continues.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    from: Unclaimed,
    /// Good until this second.
    until: i64,
    /// Name of the login's cookie and hash of its value, if the browser kept it.
    cookie: Option<(String, String)>,
}

/// The page for a launch from a deployment that is nobody's. `cookie` is the login's, name and value.
pub(super) fn page(
    app: &App,
    request: &Request,
    entry: &PlatformEntry,
    waiting: &Waiting,
    cookie: Option<(&str, &str)>,
    correlation: &CorrelationId,
) -> Response {
    let is_shared = entry.row.organization_id.is_none();
    let step = match (waiting.may_claim, is_shared) {
        (false, _) => Step::Wait,
        (true, false) => Step::Own,
        (true, true) => {
            let ticket = Ticket {
                from: waiting.from.clone(),
                until: (app.clock.now() + LIFE).timestamp(),
                cookie: cookie.map(|(name, value)| (name.to_owned(), sha256_hex(value.as_bytes()))),
            };
            let ticket = serde_json::to_vec(&ticket).map(|json| URL_SAFE_NO_PAD.encode(json));
            // Plain members cannot fail to be written.
            ask(app, ticket.unwrap_or_default(), false)
        }
    };
    let mut answer = show(app, request, entry, &waiting.from, step, StatusCode::FORBIDDEN, correlation);
    if let Some((name, value)) = cookie {
        // It must live as long as the form.
        cookies::set(app, &mut answer, name, value, LIFE.num_seconds().unsigned_abs());
    }
    answer
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Sent {
    ticket: String,
    csrf: String,
    code: String,
}

#[handler]
pub async fn claim(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    Form(sent): Form<Sent>,
) -> Result<Response> {
    csrf::check(&app, request, &subject(&sent.ticket), &sent.csrf)?;
    let ticket: Ticket = URL_SAFE_NO_PAD
        .decode(&sent.ticket)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(over)?;
    let is_same_browser = match &ticket.cookie {
        None => true,
        Some((name, hash)) => cookies::find(request, name)
            .is_some_and(|value| bool::from(sha256_hex(value.as_bytes()).as_bytes().ct_eq(hash.as_bytes()))),
    };
    if !is_same_browser || ticket.until <= app.clock.now().timestamp() {
        return Err(over().into());
    }
    let entry = platform::entry(&app, ticket.from.platform).await?;
    let from = &ticket.from;
    let (step, status) = match deployment_claim::claim(&app, from, &sent.code, correlation.as_str()).await {
        Ok(row) => {
            let owner = match row.organization_id {
                Some(id) => organization::find(&app, id).await?.name,
                None => String::new(),
            };
            tracing::info!(
                correlation.id = %*correlation, platform.id = %entry.row.id, deployment.id = %row.id,
                "a deployment was claimed"
            );
            (Step::Done { organization: owner }, StatusCode::OK)
        }
        Err(error) if error.code() == "deployment_claim.invalid" => {
            tracing::info!(correlation.id = %*correlation, platform.id = %entry.row.id, "a wrong claim code");
            (ask(&app, sent.ticket.clone(), true), StatusCode::FORBIDDEN)
        }
        Err(error) if error.kind() == Kind::Conflict => (Step::Taken, StatusCode::CONFLICT),
        Err(error) => return Err(error.into()),
    };
    Ok(show(&app, request, &entry, from, step, status, &correlation))
}

fn over() -> Error {
    Error::new(
        Kind::Unauthorized,
        "claim.session_expired",
        "This form is too old, or another browser opened it. Open the activity in your course again.",
    )
}

fn ask(app: &App, ticket: String, is_wrong: bool) -> Step {
    Step::Ask { csrf: csrf::token(app, &subject(&ticket)), ticket, is_wrong }
}

fn subject(ticket: &str) -> String {
    format!("deployment claim\n{ticket}")
}

fn show(
    app: &App,
    request: &Request,
    entry: &PlatformEntry,
    from: &Unclaimed,
    step: Step,
    status: StatusCode,
    correlation: &CorrelationId,
) -> Response {
    let page = DeploymentPage {
        language: language::of_reader(app, request, None),
        step,
        facts: Facts {
            issuer: entry.row.issuer_url.clone(),
            client_id: entry.row.client_id.clone(),
            deployment: from.deployment.clone(),
            platform: entry.row.id.to_string(),
        },
        correlation: correlation.to_string(),
    };
    let mut answer = html(status, page.html());
    no_store(&mut answer);
    framed_by(answer, origins(entry))
}
