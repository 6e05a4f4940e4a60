//! Health of platforms: how asking each went last, in plain words; and asking now.

use lti::diagnosis::{Finding, Level};
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Header, Path},
    payload::Json,
    types::Example,
};

use super::{
    Tag, examples,
    problems::{ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::{
        platform_check::{self, Checked},
        platform_health::{self, Asked, Failed, Health, Refused},
    },
    ids::PlatformId,
    store::entity::{platform::PlatformState, service_outcome::PlatformService},
    web::who::MayOperate,
};

/// How a platform is, as far as one knows without asking it now.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct HealthOut {
    /// Which platform.
    platform_id: PlatformId,
    /// Its name for people.
    name: String,
    /// Whether it may launch.
    state: PlatformState,
    /// Nothing is known to be wrong.
    well: bool,
    /// What is wrong, in sentences.
    troubles: Vec<String>,
    /// How reading its keys went; absent when nobody asked for them yet, or they were typed in.
    keys: Option<AskedOut>,
    /// How access tokens and services went, per deployment.
    services: Vec<AskedOut>,
    /// The last good launch.
    launched_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The last refused launch.
    refused: Option<RefusedOut>,
    /// The scopes that the newest launch offered.
    offered_scopes: Vec<String>,
    /// Those that it did not offer, though something here needs them.
    missing_scopes: Vec<String>,
    /// Deployments that wait for a decision, by the platform's names.
    pending_deployments: Vec<String>,
}

/// How asking went last.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct AskedOut {
    /// What for.
    service: PlatformService,
    /// On behalf of which deployment, by the platform's name; empty for the whole platform.
    deployment: String,
    /// The last success.
    succeeded_at: Option<chrono::DateTime<chrono::Utc>>,
    /// What it brought: names of keys, scopes of a token.
    brought: Vec<String>,
    /// The last failure, also when it is mended.
    failed: Option<FailedOut>,
    /// Whether the failure is newer than the success.
    failing: bool,
}

/// A failure.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct FailedOut {
    /// When.
    at: chrono::DateTime<chrono::Utc>,
    /// Its stable code.
    code: String,
    /// What it means.
    sentence: String,
    /// The status of the platform's answer, if there was one.
    status: Option<u16>,
    /// The platform's words, or ours about the way there.
    words: Option<String>,
}

/// A refused launch.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct RefusedOut {
    /// When.
    at: chrono::DateTime<chrono::Utc>,
    /// The code.
    code: String,
    /// What it means.
    sentence: String,
    /// The correlation id of its request.
    correlation_id: String,
}

impl From<Health> for HealthOut {
    fn from(health: Health) -> Self {
        let listed = |scopes: &lti::services::Scopes| scopes.iter().map(str::to_owned).collect::<Vec<_>>();
        Self {
            platform_id: health.platform.id,
            well: health.troubles.is_empty(),
            troubles: health.troubles,
            keys: health.keys.map(Into::into),
            services: health.services.into_iter().map(Into::into).collect(),
            launched_at: health.launched_at,
            refused: health.refused.map(Into::into),
            offered_scopes: listed(&health.offered),
            missing_scopes: listed(&health.missing),
            pending_deployments: health.pending,
            name: health.platform.name,
            state: health.platform.state,
        }
    }
}

impl From<Asked> for AskedOut {
    fn from(asked: Asked) -> Self {
        Self {
            failing: asked.is_failing(),
            service: asked.service,
            deployment: asked.deployment,
            succeeded_at: asked.succeeded_at,
            brought: asked.brought,
            failed: asked.failed.map(Into::into),
        }
    }
}

impl From<Failed> for FailedOut {
    fn from(failed: Failed) -> Self {
        let Failed { at, code, sentence, status, words } = failed;
        Self { at, code, sentence, status, words }
    }
}

impl From<Refused> for RefusedOut {
    fn from(refused: Refused) -> Self {
        let Refused { at, code, sentence, correlation } = refused;
        Self { at, code, sentence, correlation_id: correlation }
    }
}

impl Example for FailedOut {
    fn example() -> Self {
        Self {
            at: examples::time(),
            code: "lti.token.refused".to_owned(),
            sentence: "The platform refused an access token.".to_owned(),
            status: Some(400),
            words: Some("invalid_client".to_owned()),
        }
    }
}

impl Example for AskedOut {
    fn example() -> Self {
        Self {
            service: PlatformService::Token,
            deployment: "2".to_owned(),
            succeeded_at: None,
            brought: Vec::new(),
            failed: Some(FailedOut::example()),
            failing: true,
        }
    }
}

impl Example for RefusedOut {
    fn example() -> Self {
        Self {
            at: examples::time(),
            code: "lti.jwt.expired".to_owned(),
            sentence: "The token has expired; open the activity again.".to_owned(),
            correlation_id: "3mJ0c1dR9yQ".to_owned(),
        }
    }
}

impl Example for HealthOut {
    fn example() -> Self {
        Self {
            platform_id: examples::platform(),
            name: "Campus Moodle".to_owned(),
            state: PlatformState::Active,
            well: false,
            troubles: vec!["Deployment 2: The platform refused an access token. (HTTP 400)".to_owned()],
            keys: None,
            services: vec![AskedOut::example()],
            launched_at: Some(examples::time()),
            refused: Some(RefusedOut::example()),
            offered_scopes: vec!["https://purl.imsglobal.org/spec/lti-ags/scope/score".to_owned()],
            missing_scopes: Vec::new(),
            pending_deployments: Vec::new(),
        }
    }
}

/// What asking a platform now has shown.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct CheckOut {
    /// Which platform.
    platform_id: PlatformId,
    /// Nothing is wrong.
    well: bool,
    /// When it was asked.
    checked_at: chrono::DateTime<chrono::Utc>,
    /// On behalf of which deployment tokens were asked for, by the platform's name.
    deployment_id: Option<String>,
    /// Everything found, good and bad.
    findings: Vec<FindingOut>,
}

/// One thing found.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct FindingOut {
    /// About what: `registration`, `authorization`, `keys`, `clock`, `token`, `scope`, `own` (our addresses).
    part: String,
    /// How bad it is.
    level: FindingLevel,
    /// Stable, `check.…`.
    code: String,
    /// What is so.
    sentence: String,
    /// What to change, and where.
    advice: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum FindingLevel {
    /// As it should be.
    Well,
    /// It may be meant so.
    Mind,
    /// It keeps something from working.
    Wrong,
}

impl From<Checked> for CheckOut {
    fn from(checked: Checked) -> Self {
        Self {
            platform_id: checked.platform.id,
            well: checked.is_well(),
            checked_at: checked.at,
            deployment_id: checked.deployment,
            findings: checked.findings.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Finding> for FindingOut {
    fn from(finding: Finding) -> Self {
        Self {
            part: finding.part.as_str().to_owned(),
            level: match finding.level {
                Level::Well => FindingLevel::Well,
                Level::Mind => FindingLevel::Mind,
                Level::Wrong => FindingLevel::Wrong,
            },
            code: finding.code.to_owned(),
            sentence: finding.sentence,
            advice: finding.advice,
        }
    }
}

impl Example for FindingOut {
    fn example() -> Self {
        Self {
            part: "token".to_owned(),
            level: FindingLevel::Wrong,
            code: "check.token_keys_blocked".to_owned(),
            sentence: "Moodle answers a page (HTTP 404): it could not read our keys.".to_owned(),
            advice: Some(
                "Public keyset must be the address of our keys, and reachable for Moodle.".to_owned(),
            ),
        }
    }
}

impl Example for CheckOut {
    fn example() -> Self {
        Self {
            platform_id: examples::platform(),
            well: false,
            checked_at: examples::time(),
            deployment_id: Some("2".to_owned()),
            findings: vec![FindingOut::example()],
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct PlatformHealth;

#[OpenApi(prefix_path = "/platforms", tag = "Tag::Platforms")]
impl PlatformHealth {
    /// Say how a platform is.
    ///
    /// Whether its keys can be read and tokens be had, its last launches and service errors in plain words, which
    /// scopes it offers, and what waits for a decision. Of a shared platform the organization's own part. Nothing
    /// is asked of the platform.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id/health", method = "get", operation_id = "platform_health")]
    async fn platform_health(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<PlatformId>,
    ) -> Result<Json<HealthOut>, ReadProblem> {
        Ok(Json(platform_health::of(&app, &may.caller, id.0).await?.into()))
    }

    /// Ask a platform what is wrong.
    ///
    /// Asks it now, as launches and services would: addresses, keys, clock, a token for each scope that is used, and
    /// whether our own keys can be read. Says what to change, and where. At most six times a minute.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id/check", method = "post", operation_id = "platform_check")]
    async fn platform_check(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<PlatformId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<CheckOut>, WriteProblem> {
        Ok(Json(platform_check::run(&app, &may.caller, id.0).await?.into()))
    }
}
