//! Caches: rows and compiled things that are read often and change seldom (design §7).
//!
//! Bounded; dropped at commit here and by `NOTIFY` elsewhere ([`Caches::forget`]), and aged out besides.
//! Loading is the business of `domain`; nothing here reads the database.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use criteria::{AwardPeriod, AwardPeriods, Rule, Strength};
use lti::services::{Failure, Scopes, token::Granted};
use moka::{future, sync::Cache};
use open_badges::{Achievement, Issuer, Shape, SigningKey, proof::template::Template};
use uuid::Uuid;

use crate::{
    config::Settings,
    design::DefaultBadge,
    ids::{
        AchievementVersionId, ArtworkId, CourseId, DeploymentId, IssuerId, IssuerKeyId, LineItemId,
        OrganizationId, PlacementId, PlatformId, RuleId, StatusListId,
    },
    store::{
        Effect, Topic,
        entity::{achievement_version, consumer_key, course, deployment, issuer, link, placement, platform},
    },
};

/// A platform with what logins and launches need of it.
#[derive(Debug)]
pub struct PlatformEntry {
    /// The row.
    pub row: platform::Model,
    /// The same as `lti` sees it.
    pub registration: lti::Registration,
    /// Keys that were typed in instead of an address.
    pub inline: Option<Arc<lti::keys::KeySet>>,
}

/// A live placement with its compiled rule.
#[derive(Clone, Debug)]
pub struct LivePlacement {
    /// The placement.
    pub placement: placement::Model,
    /// The rule's version.
    pub rule_id: RuleId,
    /// The rule.
    pub rule: Rule,
    /// Within what its badge is had once per learner and period.
    pub scope: String,
    /// When it can be earned anew; never when none.
    pub periods: Option<AwardPeriods>,
    /// The least that an award has to prove.
    pub floor: Option<Strength>,
    /// Whether its awards are taken back when the rule is no longer met.
    pub takes_back: bool,
    /// How long its awards last.
    pub lasts: Lasts,
    /// Whether nobody is awarded by it without a pass: what it awarded was undone, and nobody has confirmed it since.
    pub waits: bool,
}

/// How long awards last, of all that is said about it the soonest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lasts {
    /// So many days after they were earned.
    pub days: Option<i32>,
    /// Until this moment.
    pub until: Option<DateTime<Utc>>,
    /// Until their period ends.
    pub with_period: bool,
}

impl Lasts {
    /// When an award of a period ends that was earned at some moment, if ever.
    #[must_use]
    pub fn end(&self, period: &AwardPeriod, awarded_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let days = self.days.map(|days| chrono::Duration::days(i64::from(days)));
        let after_days = days.and_then(|days| awarded_at.checked_add_signed(days));
        let of_period = (self.with_period && period.end < DateTime::<Utc>::MAX_UTC).then_some(period.end);
        [after_days, self.until, of_period].into_iter().flatten().min()
    }
}

/// The live placements that concern a course.
#[derive(Debug)]
pub struct Live {
    /// In order of placement.
    pub placements: Vec<LivePlacement>,
    /// Changes whenever a placement or rule of them does.
    pub revision: String,
    /// Titles of the course, of every course and link that the rules name (where the platform gave one), and of the
    /// badges that the organization's rules need.
    pub titles: HashMap<Uuid, Option<String>>,
    /// Columns of the course's gradebook that the next launch should look for.
    pub unsettled: Vec<LineItemId>,
}

impl Live {
    /// Live placements with their revision.
    #[must_use]
    pub fn new(placements: Vec<LivePlacement>, titles: HashMap<Uuid, Option<String>>) -> Self {
        let revision = placements
            .iter()
            .map(|placed| {
                let LivePlacement { placement, rule_id, .. } = placed;
                let (version, mode) = (placement.achievement_version_id, placement.mode);
                format!("{}:{rule_id}:{mode:?}:{version}:{}", placement.id, placement.settings)
            })
            .collect::<Vec<_>>()
            .join(",");
        Self { placements, revision, titles, unsettled: Vec::new() }
    }

    /// Their rules.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.placements.iter().map(|placed| &placed.rule)
    }

    /// In which periods something can be earned at a moment: a launch in another one is heard anew, though it says
    /// the same as the last. Empty without periods.
    #[must_use]
    pub fn era(&self, now: DateTime<Utc>) -> String {
        let periods = self.placements.iter().filter_map(|placed| placed.periods.as_ref());
        periods.map(|periods| periods.at(now).map_or_else(String::new, |period| period.name + "\n")).collect()
    }
}

/// Which badges the rules of an organization need (`holds`), and who needs them.
#[derive(Debug, Default)]
pub struct Needs {
    /// By needed achievement: the live placements whose rules name it.
    pub placements: HashMap<Uuid, Vec<PlacementId>>,
    /// By achievement: those that the rules of its live placements name.
    pub badges: HashMap<Uuid, Vec<Uuid>>,
    /// What the achievements named are called, drafts' too.
    pub names: HashMap<Uuid, String>,
}

/// A live placement of another course whose rule names the course in question.
#[derive(Clone, Debug)]
pub struct NamedBy {
    /// The placement.
    pub placement: PlacementId,
    /// Its own course.
    pub course: CourseId,
    /// Its rule.
    pub rule: Rule,
}

/// Everything about an achievement version that signing needs.
#[derive(Debug)]
pub struct Prepared {
    /// The issuer.
    pub issuer: issuer::Model,
    /// The version.
    pub version: achievement_version::Model,
    /// The key that signs.
    pub key_id: IssuerKeyId,
    /// The issuer as documents name it.
    pub issuer_document: Issuer,
    /// The version as documents name it.
    pub achievement_document: Achievement,
    /// The key itself.
    pub key: SigningKey,
    /// The verification method that names the key.
    pub method: String,
    /// Template signers by shape; `None` where only the full way signs.
    pub templates: Cache<Shape, Option<Arc<Template>>>,
}

/// In which form something is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Open Badges 2.0 JSON.
    Ob2,
    /// Open Badges 3.0 JSON.
    Ob3,
    /// A DID document.
    Did,
    /// A signed status list.
    List,
    /// A picture.
    Picture,
}

impl Form {
    const ALL: [Self; 5] = [Self::Ob2, Self::Ob3, Self::Did, Self::List, Self::Picture];
}

/// A public document, ready to be sent.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The exact bytes.
    pub bytes: Arc<[u8]>,
    /// Its entity tag, quoted.
    pub etag: String,
    /// Revoked or gone: sent with 410.
    pub is_gone: bool,
    /// The issuer's slug in its address; under another one it is not there.
    pub slug: String,
}

/// Under what an access token is kept: never shared by two platforms or two named deployments (T14).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenKey {
    /// Whose.
    pub platform: PlatformId,
    /// The deployment, where the assertion names it.
    pub deployment: Option<String>,
    /// What was asked for.
    pub scopes: Scopes,
}

/// An access token, in memory only, and the last failure to get one with the time until which it stands.
#[derive(Debug, Default)]
pub struct TokenSlot {
    /// The token.
    pub granted: Option<Granted>,
    /// Why there is none.
    pub failed: Option<(Failure, DateTime<Utc>)>,
}

/// How often rules and what they are about had changed when somebody began to read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since(u64);

/// All caches of the process.
#[derive(Debug)]
pub struct Caches {
    changes: AtomicU64,
    /// By platform.
    pub platforms: Cache<PlatformId, Arc<PlatformEntry>>,
    /// Published keys of platforms, by their address; locked while they are fetched.
    pub jwks: Cache<String, Arc<tokio::sync::Mutex<lti::keys::KeyCache>>>,
    /// Access tokens for services; locked while one is asked for.
    pub tokens: Cache<TokenKey, Arc<tokio::sync::Mutex<TokenSlot>>>,
    /// Single scopes that a platform refused, and until when they are not asked for.
    pub refused_scopes: Cache<TokenKey, DateTime<Utc>>,
    /// Platforms by issuer address, for logins.
    pub issuers_platforms: Cache<String, Arc<Vec<PlatformId>>>,
    /// LTI 1.1 consumer keys by platform, of every organization.
    pub consumer_keys: Cache<PlatformId, Arc<Vec<consumer_key::Model>>>,
    /// By platform and the platform's deployment id.
    pub deployments: Cache<(PlatformId, String), Arc<deployment::Model>>,
    /// By deployment and context id.
    pub courses: Cache<(DeploymentId, String), Arc<course::Model>>,
    /// By deployment and resource link id.
    pub links: Cache<(DeploymentId, String), Arc<link::Model>>,
    /// Issuers by slug.
    pub issuers: Cache<String, Arc<issuer::Model>>,
    /// Status lists by issuer and number.
    pub lists: Cache<(IssuerId, i32), StatusListId>,
    /// By organization and course.
    pub live: Cache<(OrganizationId, Option<CourseId>), Arc<Live>>,
    /// By organization.
    pub needs: Cache<OrganizationId, Arc<Needs>>,
    /// By organization and course: who elsewhere names it.
    pub named: Cache<(OrganizationId, CourseId), Arc<Vec<NamedBy>>>,
    /// By achievement version.
    pub prepared: Cache<AchievementVersionId, Arc<Prepared>>,
    /// Public documents and pictures, by what they are about and which form of it.
    pub documents: Cache<(Topic, Form), Stored>,
    /// Unbaked pictures. None of them ever changes, so none is ever dropped but for room.
    pub pictures: future::Cache<PictureKey, Arc<[u8]>>,
}

/// What names an unbaked picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PictureKey {
    /// Uploaded artwork.
    Uploaded(ArtworkId),
    /// Drawn by us from this description.
    Drawn(DefaultBadge),
}

impl Caches {
    /// Empty caches of the configured size.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let records = settings.cache.records;
        let lifetime = settings.cache.lifetime();
        Self {
            changes: AtomicU64::new(0),
            platforms: rows(records, lifetime),
            // Freshness is `KeyCache`'s own business; this only bounds how many are remembered.
            jwks: rows(records, DAY),
            // Tokens end by themselves; these only bound how many are remembered.
            tokens: rows(records, DAY),
            refused_scopes: rows(records, DAY),
            issuers_platforms: rows(records, lifetime),
            consumer_keys: rows(records, lifetime),
            deployments: rows(records, lifetime),
            courses: rows(records, lifetime),
            links: rows(records, lifetime),
            issuers: rows(records, lifetime),
            lists: rows(records, DAY),
            live: rows(records, lifetime),
            needs: rows(records, lifetime),
            named: rows(records, lifetime),
            prepared: rows(records, lifetime * 12),
            documents: Cache::builder()
                .weigher(|_, stored: &Stored| u32::try_from(stored.bytes.len()).unwrap_or(u32::MAX))
                .max_capacity(settings.cache.document_bytes)
                .time_to_live(lifetime)
                .build(),
            pictures: future::Cache::builder()
                .weigher(|_, bytes: &Arc<[u8]>| u32::try_from(bytes.len()).unwrap_or(u32::MAX))
                .max_capacity(settings.cache.picture_bytes)
                .time_to_idle(DAY)
                .build(),
        }
    }

    /// The moment before something is read that [`Caches::keep`] is to keep.
    #[must_use]
    pub fn since(&self) -> Since {
        Since(self.changes.load(Ordering::SeqCst))
    }

    /// Keeps what was read of rules, unless something about them has changed since: what was read before a change
    /// and kept after it would be out of date until it ages.
    pub fn keep<K, V>(&self, cache: &Cache<K, V>, key: K, value: V, since: Since)
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        if self.since() != since {
            return;
        }
        cache.insert(key.clone(), value);
        if self.since() != since {
            cache.invalidate(&key);
        }
    }

    /// Drops what an effect makes out of date.
    pub fn forget(&self, effect: &Effect) {
        let is_about_rules = match effect {
            Effect::JobsReady => false,
            Effect::Everything => true,
            Effect::Changed(topic) => matches!(
                topic,
                Topic::Course(_) | Topic::Link(_) | Topic::Placements(_) | Topic::Achievement(_)
            ),
        };
        if is_about_rules {
            // First, so that nobody keeps what is dropped below.
            self.changes.fetch_add(1, Ordering::SeqCst);
        }
        match effect {
            Effect::JobsReady => {}
            Effect::Everything => self.forget_all(),
            Effect::Changed(topic) => self.forget_topic(*topic),
        }
    }

    fn forget_topic(&self, topic: Topic) {
        match topic {
            Topic::Platform(id) => {
                self.platforms.invalidate(&id);
                self.consumer_keys.invalidate(&id);
                drop_if(&self.tokens, move |key, _| key.platform == id);
                drop_if(&self.refused_scopes, move |key, _| key.platform == id);
                self.issuers_platforms.invalidate_all();
            }
            Topic::Deployment(_) => self.deployments.invalidate_all(),
            Topic::Course(id) => {
                drop_if(&self.courses, move |_, course| course.id == id);
                drop_if(&self.live, move |_, live| live.titles.contains_key(&id.0));
            }
            Topic::Link(id) => {
                drop_if(&self.links, move |_, link| link.id == id);
                drop_if(&self.live, move |_, live| live.titles.contains_key(&id.0));
            }
            Topic::Placements(course) => {
                match course {
                    Some(course) => drop_if(&self.live, move |(_, of), _| *of == Some(course)),
                    None => self.live.invalidate_all(),
                }
                self.needs.invalidate_all();
                self.named.invalidate_all();
            }
            Topic::Achievement(id) => {
                self.prepared.invalidate(&id);
                // It may have another name now.
                self.needs.invalidate_all();
            }
            Topic::Issuer(id) => {
                drop_if(&self.prepared, move |_, prepared| prepared.issuer.id == id);
                drop_if(&self.issuers, move |_, issuer| issuer.id == id);
            }
            Topic::Credential(_) | Topic::StatusList(_) | Topic::Award(_) => {}
        }
        for form in Form::ALL {
            self.documents.invalidate(&(topic, form));
        }
    }

    fn forget_all(&self) {
        self.platforms.invalidate_all();
        self.consumer_keys.invalidate_all();
        self.tokens.invalidate_all();
        self.refused_scopes.invalidate_all();
        self.issuers_platforms.invalidate_all();
        self.deployments.invalidate_all();
        self.courses.invalidate_all();
        self.links.invalidate_all();
        self.issuers.invalidate_all();
        self.live.invalidate_all();
        self.needs.invalidate_all();
        self.named.invalidate_all();
        self.prepared.invalidate_all();
        self.documents.invalidate_all();
    }
}

const DAY: Duration = Duration::from_secs(86_400);

fn drop_if<K, V>(cache: &Cache<K, V>, outdated: impl Fn(&K, &V) -> bool + Send + Sync + 'static)
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    // Fails only without closure support, which every cache of rows has; then all of it goes.
    if cache.invalidate_entries_if(outdated).is_err() {
        cache.invalidate_all();
    }
}

fn rows<K, V>(records: u64, lifetime: Duration) -> Cache<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(records).time_to_live(lifetime).support_invalidation_closures().build()
}
