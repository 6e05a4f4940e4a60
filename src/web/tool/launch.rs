//! `POST /lti/launch`: the redirect URI (lti-1.3-tool §10). Reads, asks `lti` step by step, lets `domain`
//! decide what follows, and sends the browser to the page of the signed target link.
//! `POST /lti/launch/continue`: the same once more from our own page, which asked the platform's storage
//! because the cookie was lost (§9.3). The state is used up only there.
//!
//! Refusals before the browser binding leave no row; later ones leave their launch record (design §4).

use std::time::Instant;

use lti::{
    Progress, Refusal, Standing, State,
    deep_linking::Settings,
    launch::{self, Binding, Form, Sender, token},
};
use poem::{Body, Request, Response, Result, handler, http::StatusCode, web::Data};

use super::{
    Stop, binding,
    claim::{self, Waiting},
    follow::{Checked, Kept, follow, page_of},
    held_back, read_body, refused,
};
use crate::{
    app::{App, PlatformEntry},
    domain::{
        deployment,
        deployment_claim::Unclaimed,
        installation,
        launch::{is_used, refuse, remember_pending},
        pick, platform,
    },
    ids::PlatformId,
    platform_client,
    store::entity::deployment::{DeploymentState, Model as Deployment},
    telemetry::{CorrelationId, names},
    web::{answer::WayBack, cookies},
};

#[handler]
pub async fn arrive(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    measured(answer_launch(&app, request, &correlation, body, Way::FromPlatform)).await
}

/// The launch goes on from our own page.
#[handler]
pub async fn go_on(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    measured(answer_launch(&app, request, &correlation, body, Way::FromUs)).await
}

/// Who posts the launch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    FromPlatform,
    FromUs,
}

async fn measured(answering: impl Future<Output = Result<Response>>) -> Result<Response> {
    let began = Instant::now();
    let answered = answering.await;
    metrics::histogram!(names::LAUNCH_SECONDS).record(began.elapsed().as_secs_f64());
    let outcome = match &answered {
        // A page of its own, for a launch from where nobody was accepted.
        Ok(answer) if answer.status() == StatusCode::FORBIDDEN => Refusal::DeploymentUnknown.code(),
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
    way: Way,
) -> Result<Response> {
    let body = read_body(body, app.settings.limits.lti_body_bytes).await;
    let body = body.ok_or_else(|| refused(Refusal::LaunchFormTooLarge, None))?;
    let form = form_of(app, request, &body, way).map_err(|refusal| refused(refusal, None))?;
    let state = State::open(&form.state, &app.state_key).map_err(|refusal| refused(refusal, None))?;
    let entry = platform::entry(app, PlatformId(uuid::Uuid::from_bytes(state.platform())))
        .await
        .map_err(|_| refused(Refusal::StateInvalid, None))?;
    let cookie = cookies::binding_name(app, state.login_key());
    let secret = cookies::find(request, &cookie);
    let (cookie_sent, now) = (secret.as_deref(), app.clock.now());
    let bound = match way {
        Way::FromPlatform => launch::bind_or_ask(&state, cookie_sent, &entry.registration, now),
        Way::FromUs => {
            let switches = &entry.registration.switches;
            launch::bind_continued(&state, cookie_sent, &form, switches, now).map(Binding::Bound)
        }
    };
    let mut progress = match bound {
        Ok(Binding::Bound(progress)) => progress,
        Ok(Binding::Ask(storage)) => return Ok(binding::ask(app, request, &entry, &form, &storage)),
        Err(Refusal::BrowserUnbound) if is_used(app, &entry.row, &state.nonce()).await? => {
            return Err(refused(Refusal::StateReplayed, Some(&entry)));
        }
        Err(refusal) => return Err(refused(refusal, Some(&entry))),
    };
    // From here on the browser is ours: whatever is refused leaves its launch record.
    let (mut waiting, mut wanted) = (None, None);
    let beside = (correlation, &mut waiting, &mut wanted);
    match check(app, &form, &state, &entry, &mut progress, beside).await {
        Ok(checked) => {
            let lost = way == Way::FromUs && secret.is_none();
            let browser = if lost { Kept::Nothing } else { Kept::Cookie(&cookie) };
            follow(app, &entry, checked, &progress, correlation, browser).await
        }
        Err(Stop::Refused(refusal)) => {
            refuse(app, &entry.row, &state.nonce(), refusal.code(), &progress, correlation.as_str()).await?;
            tracing::info!(
                correlation.id = %correlation, platform.id = %entry.row.id, launch.outcome = refusal.code(),
                "a launch was refused"
            );
            if let Some(waiting) = waiting {
                let cookie = secret.as_deref().map(|secret| (cookie.as_str(), secret));
                return Ok(claim::page(app, request, &entry, &waiting, cookie, correlation));
            }
            let wanted = wanted.filter(|_| refusal == Refusal::DlNotPermitted);
            let mut error = refused(refusal.clone(), Some(&entry));
            if let Some(wanted) = wanted {
                error.set_data(way_back(app, &entry, &wanted, &refusal).await?);
            }
            Err(error)
        }
        Err(Stop::Failed(error)) if error.code() == installation::FROZEN => {
            let code = installation::FROZEN;
            refuse(app, &entry.row, &state.nonce(), code, &progress, correlation.as_str()).await?;
            Err(held_back(&entry))
        }
        Err(Stop::Failed(error)) => Err(error.into()),
    }
}

fn form_of(app: &App, request: &Request, body: &[u8], way: Way) -> Result<Form, Refusal> {
    let (method, kind) = (request.method().as_str(), request.content_type());
    let said = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match way {
        Way::FromPlatform => Form::parse(method, kind, body),
        Way::FromUs => {
            let sender = Sender { origin: said("origin"), fetch_site: said("sec-fetch-site") };
            Form::parse_continued(method, kind, sender, &app.tool, body)
        }
    }
}

/// What a deep linking request wanted, and for which deployment: also a refused one is answered (D12).
struct Wanted {
    settings: Settings,
    deployment_id: String,
}

async fn way_back(
    app: &App,
    entry: &PlatformEntry,
    wanted: &Wanted,
    refusal: &Refusal,
) -> crate::error::Result<WayBack> {
    let Wanted { settings, deployment_id } = wanted;
    let post = pick::way_back(app, entry, deployment_id, settings, refusal).await?;
    let fields = post.fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(WayBack { action: post.action, origin: post.origin, fields })
}

/// Steps 9 to 25 of §10.2. Whoever comes from a deployment that nobody has accepted is `waiting`.
async fn check(
    app: &App,
    form: &Form,
    state: &State,
    entry: &PlatformEntry,
    progress: &mut Progress,
    (correlation, waiting, wanted): (&CorrelationId, &mut Option<Waiting>, &mut Option<Wanted>),
) -> Result<Checked, Stop> {
    let text = form.token()?;
    if installation::is_frozen(&entry.row, None) {
        return Err(installation::frozen().into());
    }
    let unverified = token::peek(text, &entry.registration, progress)?;
    let keys = platform_client::key_set(app, entry, unverified.header()).await?;
    let verified = token::verify(unverified, state, &entry.registration, &keys, app.clock.now(), progress)?;
    let (mut deployment, mut standing) = match verified.deployment_id() {
        None => (None, Standing::Unknown),
        Some(name) => {
            let found = deployment::cached(app, entry.row.id, name).await?;
            let standing = standing_of(entry, found.as_deref());
            (found, standing)
        }
    };
    if installation::is_frozen(&entry.row, deployment.as_deref()) {
        return Err(installation::frozen().into());
    }
    let may_be_first = deployment.is_none() && deployment::may_be_first(&entry.row, app.clock.now());
    let is_first = standing == Standing::Unknown && may_be_first;
    if is_first {
        standing = Standing::WillBeAccepted;
    }
    let name = verified.deployment_id().map(str::to_owned);
    let may_claim = matches!(standing, Standing::Unknown) && verified.may_claim_deployment();
    *wanted = verified
        .deep_linking(&app.tool)
        .zip(name.clone())
        .map(|(settings, deployment_id)| Wanted { settings, deployment_id });
    match launch::validate(verified, state, &entry.registration, &app.tool, standing, progress) {
        Ok(launch) => {
            let page = page_of(&launch);
            let correlation = correlation.as_str();
            installation::admit(app, entry, deployment.as_deref(), &launch, correlation).await?;
            if is_first {
                let taken = deployment::take_first(app, &entry.row, &launch, correlation).await?;
                deployment = Some(taken.ok_or(Refusal::DeploymentUnknown)?);
            }
            Ok(Checked { launch, page, deployment })
        }
        Err(refusal @ Refusal::DeploymentUnknown) => {
            if let Some(name) = name {
                remember_pending(app, &entry.row, &name).await?;
                *waiting =
                    Some(Waiting { from: Unclaimed { platform: entry.row.id, deployment: name }, may_claim });
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
        Some(DeploymentState::Refused | DeploymentState::Frozen) => Standing::Known { enabled: false },
        Some(DeploymentState::Pending) => Standing::Unknown,
        None if entry.registration.switches.accepts_deployments(is_shared) && !is_shared => {
            Standing::WillBeAccepted
        }
        None => Standing::Unknown,
    }
}
