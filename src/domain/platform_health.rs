//! Health of a platform: what an operator asks when something does not work. Keys, tokens, services, launches,
//! scopes and what waits for a decision, in plain words; nothing is fetched here (`platform_check` does).
//!
//! Outcomes of asking are gathered in memory (`app.outcomes`) and written down in batches by [`write_down`];
//! launches are told by their records, what a platform offers by what the newest launches said.

use chrono::{DateTime, Utc};
use lti::{
    claims::Services,
    refusal::sentence_of,
    services::{Scopes, scope},
};

use crate::{
    app::App,
    domain::{access::Caller, installation, platform},
    error::Result,
    ids::PlatformId,
    store::{
        PageQuery, course as courses, deployment as deployments,
        entity::{
            deployment::DeploymentState,
            platform::{Model as Platform, PlatformState},
            service_outcome::{Model as Outcome, PlatformService},
        },
        launch as launches, platform as platforms, service_outcome as rows,
    },
};

/// The scopes without which something that Laurel offers does not work.
pub const NEEDED: [&str; 4] =
    [scope::LINEITEM, scope::RESULT_READONLY, scope::SCORE, scope::MEMBERSHIP_READONLY];

/// Most deployments and waiting ones that are looked at.
const MOST: u64 = 200;

/// How a platform is.
#[derive(Clone, Debug)]
pub struct Health {
    /// The platform.
    pub platform: Platform,
    /// What is wrong, in sentences; empty when nothing is known to be.
    pub troubles: Vec<String>,
    /// How reading its keys went last; `None` when they were typed in or never asked for.
    pub keys: Option<Asked>,
    /// How access tokens and services went last, per deployment.
    pub services: Vec<Asked>,
    /// The last good launch.
    pub launched_at: Option<DateTime<Utc>>,
    /// The last refused one.
    pub refused: Option<Refused>,
    /// What the newest launches offered.
    pub offered: Scopes,
    /// What is missing among them; empty also when nothing was launched yet.
    pub missing: Scopes,
    /// Deployments that wait for a decision, by the platform's names of them.
    pub pending: Vec<String>,
}

/// How asking went last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What for.
    pub service: PlatformService,
    /// On whose behalf; empty for the whole platform.
    pub deployment: String,
    /// The last success.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// What it brought: names of keys, scopes of a token.
    pub brought: Vec<String>,
    /// The last failure.
    pub failed: Option<Failed>,
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// When.
    pub at: DateTime<Utc>,
    /// Its stable code.
    pub code: String,
    /// What it means.
    pub sentence: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The platform's own words, or ours about the way there.
    pub words: Option<String>,
}

/// A refused launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// When.
    pub at: DateTime<Utc>,
    /// The code.
    pub code: String,
    /// What it means.
    pub sentence: String,
    /// The correlation id of its request.
    pub correlation: String,
}

impl Asked {
    /// Whether the newest that was heard is a failure.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.failed.as_ref().is_some_and(|failed| self.succeeded_at.is_none_or(|at| failed.at > at))
    }

    fn of(row: Outcome) -> Self {
        let listed = |name: &str| {
            let list = row.detail.as_ref().and_then(|detail| detail.get(name)?.as_array());
            let texts = list.into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned));
            texts.collect::<Vec<_>>()
        };
        let brought = [listed("keys"), listed("scopes")].concat();
        let failed = row.failed_at.map(|at| {
            let code = row.trouble.clone().unwrap_or_default();
            Failed {
                at,
                sentence: sentence(&code),
                code,
                status: row.trouble_status.and_then(|status| u16::try_from(status).ok()),
                words: row.trouble_words.clone(),
            }
        });
        Self {
            service: row.service,
            deployment: row.deployment,
            succeeded_at: row.succeeded_at,
            brought,
            failed,
        }
    }

    fn sentence(&self) -> Option<String> {
        let failed = self.failed.as_ref().filter(|_| self.is_failing())?;
        let mut text = match self.deployment.as_str() {
            "" => failed.sentence.clone(),
            deployment => format!("Deployment {deployment}: {}", failed.sentence),
        };
        if let Some(status) = failed.status {
            text.push_str(&format!(" (HTTP {status})"));
        }
        if let Some(words) = &failed.words {
            text.push_str(&format!(" \"{words}\""));
        }
        Some(text)
    }
}

/// How a platform is, as far as the caller may know: of a shared one an organization sees its own part.
///
/// # Errors
/// `not_found`.
pub async fn of(app: &App, caller: &Caller, id: PlatformId) -> Result<Health> {
    write_down(app, true).await?;
    let platform = platform::find(app, caller.organization, id).await?;
    let db = app.store.read();
    let owns = caller.is_server() || platform.organization_id == Some(caller.organization);
    let all = PageQuery { after: None, limit: MOST };
    let known = match owns {
        true => deployments::unscoped_list(db, Some(id), None, all).await?.items,
        false => deployments::list(db, caller.organization, Some(id), None, all).await?.items,
    };
    let is_mine = |name: &str| owns || known.iter().any(|deployment| deployment.deployment_id == name);
    let mut services = Vec::new();
    for row in rows::of_platforms(db, &[id]).await? {
        if row.service != PlatformService::Keys && is_mine(&row.deployment) {
            services.push(Asked::of(row));
        }
    }
    let keys = keys(app, &platform).await?;
    let viewer = (!caller.is_server()).then_some(caller.organization);
    let launched = launches::unscoped_newest(db, viewer, id, true).await?;
    let refused = launches::unscoped_newest(db, viewer, id, false).await?.map(|record| Refused {
        at: record.created_at,
        sentence: sentence(&record.outcome),
        code: record.outcome,
        correlation: record.correlation_id,
    });
    let of_deployments = known.iter().map(|deployment| deployment.id).collect();
    let newest = courses::unscoped_newest_of(db, viewer, of_deployments).await?;
    let offered = newest.map(|course| offered(&serde_json::from_value(course.services).unwrap_or_default()));
    let missing = match &offered {
        Some(offered) => NEEDED.into_iter().filter(|needed| !offered.contains(needed)).collect(),
        None => Scopes::default(),
    };
    let pending = known
        .iter()
        .filter(|deployment| deployment.state == DeploymentState::Pending)
        .map(|deployment| deployment.deployment_id.clone())
        .collect();
    let mut health = Health {
        platform,
        troubles: Vec::new(),
        keys,
        services,
        launched_at: launched.map(|record| record.created_at),
        refused,
        offered: offered.unwrap_or_default(),
        missing,
        pending,
    };
    health.troubles = troubles(&health);
    Ok(health)
}

/// Writes down what was heard of platforms: what changed, or `everything` not written yet.
///
/// # Errors
/// Only the database's; what could not be written is heard again.
pub async fn write_down(app: &App, everything: bool) -> Result<()> {
    let now = app.clock.now();
    let heard = app.outcomes.take(now, everything);
    if heard.is_empty() {
        return Ok(());
    }
    let tx = app.store.write().await?;
    for heard in heard {
        let (succeeded_at, detail) = heard.good.map_or((None, None), |(at, detail)| (Some(at), detail));
        let (failed_at, trouble) = heard.bad.map_or((None, None), |(at, trouble)| (Some(at), Some(trouble)));
        let row = Outcome {
            id: app.dice.row_id(now),
            platform_id: heard.asked.platform,
            deployment: heard.asked.deployment,
            service: heard.asked.service,
            succeeded_at,
            detail,
            failed_at,
            trouble: trouble.as_ref().map(|trouble| trouble.code.to_owned()),
            trouble_status: trouble.as_ref().and_then(|trouble| trouble.status).map(i32::from),
            trouble_words: trouble.and_then(|trouble| trouble.words),
        };
        rows::put(&tx, row).await?;
    }
    tx.commit().await
}

/// Keys are read by address, for whichever platform of that address comes first (customers of one cloud).
async fn keys(app: &App, platform: &Platform) -> Result<Option<Asked>> {
    let Some(url) = &platform.jwks_url else { return Ok(None) };
    let db = app.store.read();
    let same = platforms::unscoped_of_jwks(db, url).await?;
    let found = rows::of_platforms(db, &same).await?;
    let keys = found.into_iter().filter(|row| row.service == PlatformService::Keys);
    Ok(keys.max_by_key(|row| row.succeeded_at.max(row.failed_at)).map(Asked::of))
}

fn offered(services: &Services) -> Scopes {
    let mut all = Scopes::default();
    for scope in services.ags.iter().flat_map(|ags| &ags.scope) {
        all.insert(scope);
    }
    if services.nrps.is_some() {
        all.insert(scope::MEMBERSHIP_READONLY);
    }
    for scope in services.groups.iter().flat_map(|groups| &groups.scope) {
        all.insert(scope);
    }
    for scope in services.notices.iter().flat_map(|notices| &notices.scope) {
        all.insert(scope);
    }
    all
}

/// What operators read of a frozen platform.
const FROZEN_SENTENCE: &str = "It is frozen: its launches speak of another installation than before. \
                               `laurel platform thaw` says which it is.";

fn sentence(code: &str) -> String {
    if code == installation::FROZEN {
        return FROZEN_SENTENCE.to_owned();
    }
    sentence_of(code).map_or_else(|| code.to_owned(), str::to_owned)
}

fn troubles(health: &Health) -> Vec<String> {
    let mut troubles = Vec::new();
    let platform = &health.platform;
    match platform.state {
        PlatformState::Active => {}
        PlatformState::Disabled => {
            troubles.push("It is switched off here: every login is refused.".to_owned());
        }
        PlatformState::Frozen => troubles.push(FROZEN_SENTENCE.to_owned()),
    }
    if platform.client_id.is_empty() {
        troubles.push("It has no client id yet: enter the one that the platform gave this tool.".to_owned());
    }
    troubles.extend(health.keys.as_ref().and_then(Asked::sentence));
    troubles.extend(health.services.iter().filter_map(Asked::sentence));
    if let Some(refused) = &health.refused
        && health.launched_at.is_none_or(|at| refused.at > at)
    {
        troubles.push(format!("The last launch was refused: {} ({})", refused.sentence, refused.code));
    }
    if !health.missing.is_empty() {
        troubles.push(format!("Launches do not offer {}.", health.missing));
    }
    if !health.pending.is_empty() {
        troubles.push(format!("{} deployments wait for a decision.", health.pending.len()));
    }
    troubles
}
