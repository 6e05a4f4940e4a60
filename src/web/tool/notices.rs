//! `POST /lti/notices/{platform}`: what a platform tells us without a browser (lti-1.3-tool §21). No state and no
//! cookie: the signature says who speaks. One bad notice does not spoil the others.

use lti::{
    Progress, Refusal, Standing,
    launch::token,
    notices::{self, Envelope, Notice},
};
use poem::{
    Body, Response, Result, handler,
    http::StatusCode,
    web::{Data, Path},
};
use serde_json::json;

use super::{Stop, read_body, refused};
use crate::{
    app::{App, PlatformEntry},
    domain::{
        deployment,
        notice::{Received, receive},
        platform,
    },
    error::Error,
    ids::PlatformId,
    platform_client,
    store::entity::deployment::{DeploymentState, Model as Deployment},
    telemetry::CorrelationId,
};

#[handler]
pub async fn take_in(
    app: Data<&App>,
    Path(platform): Path<String>,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let platform: PlatformId = platform.parse().map_err(|_| Error::not_found("platform"))?;
    let entry = platform::entry(&app, platform).await?;
    if !entry.registration.active {
        return Err(refused(Refusal::RegistrationDisabled, None));
    }
    let body = read_body(body, app.settings.limits.lti_body_bytes).await;
    let body = body.ok_or_else(|| refused(Refusal::PnsMalformed, None))?;
    let envelope = Envelope::parse(&body).map_err(|refusal| refused(refusal, None))?;
    let mut outcomes = Vec::new();
    for text in envelope.tokens() {
        let outcome = match text {
            Ok(text) => one(&app, &entry, text).await?,
            Err(refusal) => Err(refusal.clone()),
        };
        tracing::info!(
            correlation.id = %correlation.0, platform.id = %platform,
            notice.outcome = outcome.as_ref().map_or_else(Refusal::code, |()| "ok"), "a notice"
        );
        outcomes.push(outcome);
    }
    let status = notices::status(outcomes.iter().map(|outcome| outcome.as_ref().copied()));
    if status >= 400 {
        let worst = outcomes.into_iter().filter_map(Result::err).find(|refusal| refusal.status() == status);
        return Err(refused(worst.unwrap_or(Refusal::PnsMalformed), None));
    }
    let said: Vec<&str> =
        outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(Refusal::code, |()| "ok")).collect();
    Ok(Response::builder()
        .status(StatusCode::OK)
        .content_type("application/json")
        .header("cache-control", "no-store")
        .body(json!({ "notices": said }).to_string()))
}

/// One notice: checked as a launch's token is, then taken in.
async fn one(
    app: &App,
    entry: &PlatformEntry,
    text: &str,
) -> Result<std::result::Result<(), Refusal>, Error> {
    let (notice, deployment) = match check(app, entry, text).await {
        Ok(checked) => checked,
        Err(Stop::Refused(refusal)) => return Ok(Err(refusal)),
        Err(Stop::Failed(error)) => return Err(error),
    };
    Ok(match receive(app, entry, &deployment, &notice).await? {
        Received::New | Received::Ignored => Ok(()),
        Received::Duplicate => Err(Refusal::PnsDuplicate),
        Received::Replayed => Err(Refusal::NonceReplayed),
    })
}

async fn check(
    app: &App,
    entry: &PlatformEntry,
    text: &str,
) -> std::result::Result<(Notice, std::sync::Arc<Deployment>), Stop> {
    let mut progress = Progress::default();
    let unverified = token::peek(text, &entry.registration, &mut progress)?;
    let keys = platform_client::key_set(app, entry, unverified.header()).await?;
    let verified = notices::verify(unverified, &entry.registration, &keys, app.clock.now(), &mut progress)?;
    let found = match verified.deployment_id() {
        None => None,
        Some(name) => deployment::cached(app, entry.row.id, name).await?,
    };
    let standing = match found.as_ref().map(|deployment| deployment.state) {
        Some(DeploymentState::Accepted) => Standing::Known { enabled: true },
        Some(DeploymentState::Refused | DeploymentState::Frozen) => Standing::Known { enabled: false },
        // Nothing is taken in from where nobody ever launched.
        Some(DeploymentState::Pending) | None => Standing::Unknown,
    };
    let notice = notices::validate(verified, &app.tool, standing, &mut progress)?;
    Ok((notice, found.ok_or(Refusal::DeploymentUnknown)?))
}
