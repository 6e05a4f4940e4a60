//! `POST /lti/launch`: the redirect URI (lti-1.3-tool §10). Reads, asks `lti` step by step, lets `domain`
//! decide what follows, and sends the browser to the page of the signed target link.
//!
//! Refusals before the browser binding leave no row; later ones leave their launch record (design §4).

use std::{sync::Arc, time::Instant};

use lti::{
    Message, Progress, Refusal, Standing, State,
    launch::{self, Form, token},
};
use poem::{Body, Request, Response, Result, handler, web::Data};

use super::{origins, read_body, refused};
use crate::{
    app::{App, PlatformEntry},
    domain::{
        deployment,
        launch::{Arrival, Received, is_used, receive, refuse, remember_pending},
        platform,
    },
    ids::PlatformId,
    platform_client,
    store::entity::deployment::{DeploymentState, Model as Deployment},
    telemetry::{CorrelationId, names},
    web::{
        answer::{framed_by, no_store, see_other},
        cookies,
    },
};

#[handler]
pub async fn arrive(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let began = Instant::now();
    let answered = answer_launch(&app, request, &correlation, body).await;
    metrics::histogram!(names::LAUNCH_SECONDS).record(began.elapsed().as_secs_f64());
    let outcome = match &answered {
        Ok(_) => "ok",
        Err(error) => error.downcast_ref::<super::Refused>().map_or("failed", |refused| refused.0.code()),
    };
    metrics::counter!(names::LAUNCHES, "outcome" => outcome).increment(1);
    answered
}

async fn answer_launch(
    app: &App,
    request: &Request,
    correlation: &CorrelationId,
    body: Body,
) -> Result<Response> {
    let body = read_body(body, app.settings.limits.lti_body_bytes).await;
    let body = body.ok_or_else(|| refused(Refusal::LaunchFormTooLarge, None))?;
    let form = Form::parse(request.method().as_str(), request.content_type(), &body)
        .map_err(|refusal| refused(refusal, None))?;
    let state = State::open(&form.state, &app.state_key).map_err(|refusal| refused(refusal, None))?;
    let entry = platform::entry(app, PlatformId(uuid::Uuid::from_bytes(state.platform())))
        .await
        .map_err(|_| refused(Refusal::StateInvalid, None))?;
    let cookie = cookies::binding_name(app, state.login_key());
    let secret = cookies::find(request, &cookie);
    let bound = launch::bind(&state, secret.as_deref(), &entry.registration.switches, app.clock.now());
    let mut progress = match bound {
        Ok(progress) => progress,
        Err(Refusal::BrowserUnbound) if is_used(app, &entry.row, &state.nonce()).await? => {
            return Err(refused(Refusal::StateReplayed, Some(&entry)));
        }
        Err(refusal) => return Err(refused(refusal, Some(&entry))),
    };
    // From here on the browser is ours: whatever is refused leaves its launch record.
    match check(app, &form, &state, &entry, &mut progress).await {
        Ok(checked) => follow(app, &entry, checked, &progress, correlation, &cookie).await,
        Err(Stop::Refused(refusal)) => {
            refuse(app, &entry.row, &state.nonce(), refusal.code(), &progress, correlation.as_str()).await?;
            tracing::info!(
                correlation.id = %correlation, platform.id = %entry.row.id, launch.outcome = refusal.code(),
                "a launch was refused"
            );
            Err(refused(refusal, Some(&entry)))
        }
        Err(Stop::Failed(error)) => Err(error),
    }
}

enum Stop {
    Refused(Refusal),
    Failed(poem::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<crate::error::Error> for Stop {
    fn from(error: crate::error::Error) -> Self {
        Self::Failed(error.into())
    }
}

struct Checked {
    launch: lti::Launch,
    deployment: Option<Arc<Deployment>>,
}

/// Steps 9 to 25 of §10.2.
async fn check(
    app: &App,
    form: &Form,
    state: &State,
    entry: &PlatformEntry,
    progress: &mut Progress,
) -> Result<Checked, Stop> {
    let text = form.token()?;
    let unverified = token::peek(text, &entry.registration, progress)?;
    let keys = platform_client::key_set(app, entry, unverified.header()).await?;
    let verified = token::verify(unverified, state, &entry.registration, &keys, app.clock.now(), progress)?;
    let (deployment, standing) = match verified.deployment_id() {
        None => (None, Standing::Unknown),
        Some(name) => {
            let found = deployment::cached(app, entry.row.id, name).await?;
            let standing = standing_of(entry, found.as_deref());
            (found, standing)
        }
    };
    let name = verified.deployment_id().map(str::to_owned);
    match launch::validate(verified, state, &entry.registration, &app.tool, standing, progress) {
        Ok(launch) if matches!(launch.message, Message::ResourceLink(_)) => {
            Ok(Checked { launch, deployment })
        }
        // Understood, but no page of ours answers these yet.
        Ok(_) => Err(Refusal::TypeUnsupported.into()),
        Err(refusal @ Refusal::DeploymentUnknown) => {
            if let Some(name) = name {
                remember_pending(app, &entry.row, &name).await?;
            }
            Err(refusal.into())
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn standing_of(entry: &PlatformEntry, found: Option<&Deployment>) -> Standing {
    let is_shared = entry.row.organization_id.is_none();
    match found.map(|deployment| deployment.state) {
        Some(DeploymentState::Accepted) => Standing::Known { enabled: true },
        Some(DeploymentState::Refused) => Standing::Known { enabled: false },
        Some(DeploymentState::Pending) => Standing::Unknown,
        None if entry.registration.switches.accepts_deployments(is_shared) && !is_shared => {
            Standing::WillBeAccepted
        }
        None => Standing::Unknown,
    }
}

/// Step 26: what follows, and where the browser goes.
async fn follow(
    app: &App,
    entry: &PlatformEntry,
    checked: Checked,
    progress: &Progress,
    correlation: &CorrelationId,
    binding: &str,
) -> Result<Response> {
    let arrival = Arrival {
        platform: entry,
        deployment: checked.deployment.as_deref(),
        launch: &checked.launch,
        progress,
        correlation: correlation.as_str(),
    };
    let (id, secret) = match receive(app, arrival).await? {
        Received::Replayed => return Err(refused(Refusal::StateReplayed, Some(entry))),
        Received::Session { id, secret, awards } => {
            tracing::info!(
                correlation.id = %correlation, platform.id = %entry.row.id, launch.id = %id,
                launch.outcome = "ok", awards = awards.len(), "a launch"
            );
            (id, secret)
        }
    };
    let location = checked.launch.target.with("launch", &id.to_string());
    let mut answer = see_other(&location);
    no_store(&mut answer);
    cookies::delete(app, &mut answer, binding);
    let lifetime = u64::from(app.settings.lti.session_minutes) * 60;
    cookies::set(app, &mut answer, &cookies::session_name(app, id), &secret, lifetime);
    Ok(framed_by(answer, origins(entry)))
}
