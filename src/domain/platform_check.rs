//! Checking a platform: asks it now, as launches and services would, and says what to change and where.
//!
//! Thin: `platform_client::probe` asks, `lti::diagnosis` judges. Never inside a launch, and not often.

use chrono::{DateTime, Utc};
use lti::{
    diagnosis::{self, Asked, Finding, Heard, Level, Part, Subject, Unheard},
    services::Scopes,
};
use serde_json::json;

use super::platform_health::NEEDED;
use crate::{
    app::{self, App, PlatformEntry, Trouble},
    domain::{access::Caller, platform},
    error::{Error, Kind, Result},
    ids::PlatformId,
    platform_client::{
        Fetched,
        probe::{self, get},
    },
    store::{
        PageQuery, deployment as deployments,
        entity::{
            deployment::DeploymentState,
            platform::{Model as Platform, PlatformState},
            service_outcome::PlatformService,
        },
    },
};

/// What was found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The platform.
    pub platform: Platform,
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// On behalf of which deployment tokens were asked for, by the platform's name of it.
    pub deployment: Option<String>,
    /// Everything found, good and bad.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.level != Level::Wrong)
    }
}

/// Asks a platform and says what is wrong.
///
/// # Errors
/// `not_found`; `platform_check.too_often`.
pub async fn run(app: &App, caller: &Caller, id: PlatformId) -> Result<Checked> {
    let row = platform::find(app, caller.organization, id).await?;
    if app.checks.check_key(&id).is_err() {
        return Err(Error::new(
            Kind::TooMany,
            "platform_check.too_often",
            "This platform was checked several times within a minute. Wait a moment.",
        ));
    }
    let entry = platform::entry(app, id).await?;
    let deployment = deployment(app, caller, &row).await?;
    let named = entry.registration.switches.send_deployment_in_assertion;
    let own_keys = app.settings.server.public_url.at(&format!("/lti/jwks/{id}"));
    let about = Subject {
        family: &row.family,
        is_active: entry.registration.active,
        is_frozen: row.state == PlatformState::Frozen,
        client_id: &row.client_id,
        deployment: deployment.as_deref().filter(|_| named),
        token_endpoint: row.token_endpoint.as_deref(),
        token_audience: row.token_audience.as_deref(),
        own_keys: &own_keys,
        algorithms: &entry.registration.switches.id_token_algs,
    };
    const KEYS: &str = "application/json, application/jwk-set+json";
    let (authorization, keys, own) = tokio::join!(
        get(app, &row.authorization_endpoint, "text/html", false),
        async {
            match &row.jwks_url {
                Some(url) => Some(get(app, url, KEYS, true).await),
                None => None,
            }
        },
        get(app, &own_keys, KEYS, false),
    );
    let mut findings = diagnosis::registration(&about);
    findings.push(heard(&authorization, diagnosis::authorization));
    let mut date = None;
    if let Some(keys) = &keys {
        let finding = heard(keys, |heard| diagnosis::keys(&about, heard));
        note(app, &app::Asked::for_keys(id), &finding, None);
        findings.push(finding);
        date = dated(keys);
    }
    let mut wanted = Wanted { app, entry: &entry, about: &about, findings: Vec::new(), date: None };
    if !row.client_id.is_empty()
        && let Some(token_endpoint) = &row.token_endpoint
    {
        wanted.tokens(token_endpoint, deployment.as_deref()).await?;
    }
    findings.extend(wanted.findings);
    findings.extend(diagnosis::clock(&about, wanted.date.or(date).as_deref(), app.clock.now()));
    findings.extend(heard(&own, |heard| diagnosis::own(&about, heard)));
    Ok(Checked { platform: row, at: app.clock.now(), deployment, findings })
}

/// What tokens are asked for, and what came of it.
struct Wanted<'a> {
    app: &'a App,
    entry: &'a PlatformEntry,
    about: &'a Subject<'a>,
    findings: Vec<Finding>,
    /// The `Date` of the first answer.
    date: Option<String>,
}

impl Wanted<'_> {
    /// All scopes together; one by one where the platform refuses them together.
    async fn tokens(&mut self, endpoint: &str, deployment: Option<&str>) -> Result<()> {
        let wanted: Scopes = NEEDED.into_iter().collect();
        let asked = app::Asked {
            platform: self.entry.row.id,
            deployment: deployment.unwrap_or_default().to_owned(),
            service: PlatformService::Token,
        };
        let granted = match self.ask(endpoint, &wanted).await? {
            Asked::Granted(granted) => granted,
            Asked::AskSingly => {
                let mut granted = Scopes::default();
                for scope in wanted.iter() {
                    if let Asked::Granted(one) = self.ask(endpoint, &[scope].into_iter().collect()).await? {
                        granted = granted.iter().chain(one.iter()).collect();
                    }
                }
                granted
            }
            Asked::Refused(finding) => {
                note(self.app, &asked, &finding, None);
                self.findings.push(finding);
                return Ok(());
            }
        };
        self.findings.extend(diagnosis::scopes(self.about, &wanted, &granted));
        if let Some(finding) = self.findings.iter().find(|finding| finding.part == Part::Token) {
            let detail = json!({ "scopes": granted.iter().collect::<Vec<_>>() });
            note(self.app, &asked, finding, Some(detail));
        }
        Ok(())
    }

    async fn ask(&mut self, endpoint: &str, scopes: &Scopes) -> Result<Asked> {
        let answer = probe::token(self.app, self.entry, endpoint, self.about.deployment, scopes).await?;
        if self.date.is_none() {
            self.date = dated(&answer);
        }
        let now = self.app.clock.now();
        Ok(heard(&answer, |heard| diagnosis::token(self.about, scopes, heard, now)))
    }
}

/// The deployment for which tokens are asked: the newest accepted one that the caller has.
async fn deployment(app: &App, caller: &Caller, row: &Platform) -> Result<Option<String>> {
    let db = app.store.read();
    let (query, accepted) = (PageQuery { after: None, limit: 1 }, Some(DeploymentState::Accepted));
    let mut known = match caller.is_server() {
        true => deployments::unscoped_list(db, Some(row.id), accepted, query).await?,
        false => deployments::list(db, caller.organization, Some(row.id), accepted, query).await?,
    };
    Ok(known.items.pop().map(|found| found.deployment_id))
}

/// An answer as `lti` looks at it.
fn heard<T>(
    answer: &std::result::Result<Fetched, Unheard>,
    judge: impl FnOnce(std::result::Result<Heard<'_>, Unheard>) -> T,
) -> T {
    match answer {
        Err(why) => judge(Err(*why)),
        Ok(fetched) => {
            let media_type = fetched.media_type();
            judge(Ok(Heard {
                answer: &fetched.answer(),
                media_type: media_type.as_deref(),
                location: fetched.header("location"),
                date: fetched.header("date"),
            }))
        }
    }
}

fn dated(answer: &std::result::Result<Fetched, Unheard>) -> Option<String> {
    answer.as_ref().ok()?.header("date").map(str::to_owned)
}

/// The platform's health learns of it, too.
fn note(app: &App, asked: &app::Asked, finding: &Finding, detail: Option<serde_json::Value>) {
    let now = app.clock.now();
    if finding.level != Level::Wrong {
        return app.outcomes.good(asked.clone(), now, detail);
    }
    let refusal = match asked.service {
        PlatformService::Keys => lti::Refusal::JwksUnavailable,
        _ => lti::Refusal::TokenUnreachable,
    };
    let words = Some(finding.sentence.clone());
    app.outcomes.bad(asked.clone(), now, Trouble { code: refusal.code(), status: None, words });
}
