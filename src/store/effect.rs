//! Effects: what others should hear once a transaction is committed, here and in other replicas.
//!
//! In the process by a broadcast channel; between replicas by PostgreSQL's `NOTIFY`, sent after the commit
//! (a `NOTIFY` inside it would make commits wait for each other). Both may be lost when a process dies in
//! between: caches therefore also age, and workers also poll. Whoever misses some hears
//! [`Effect::Everything`].

use std::{
    fmt,
    sync::{Mutex, PoisonError, RwLock},
    time::Duration,
};

use sea_orm::DatabaseConnection;
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, postgres::PgListener};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::clock::Dice;
use crate::ids::{
    AchievementVersionId, AwardId, CourseId, CredentialId, DeploymentId, IssuerId, LinkId, PlatformId,
    StatusListId,
};

/// Something to be heard after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Jobs wait in the outbox.
    JobsReady,
    /// Something cached may be out of date.
    Changed(Topic),
    /// Some effects may have been missed: forget every cache, look for jobs.
    Everything,
}

/// What may be out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A platform or its keys.
    Platform(PlatformId),
    /// A deployment.
    Deployment(DeploymentId),
    /// A course.
    Course(CourseId),
    /// A link.
    Link(LinkId),
    /// Placements and rules of a course, or (empty) of whole organizations.
    Placements(Option<CourseId>),
    /// A public document.
    Credential(CredentialId),
    /// A status list.
    StatusList(StatusListId),
    /// An issuer or its keys.
    Issuer(IssuerId),
    /// A version of an achievement.
    Achievement(AchievementVersionId),
    /// An award: its share and claim pages.
    Award(AwardId),
}

/// The channel's name in PostgreSQL.
const CHANNEL: &str = "laurel_effects";
/// PostgreSQL carries less than 8,000 bytes at once; an effect takes less than 100.
const PER_NOTICE: usize = 64;
/// How long to wait before listening again.
const RECONNECT: Duration = Duration::from_secs(1);

/// Something that hears of effects at once, before a commit is answered.
pub type Hook = Box<dyn Fn(&Effect) + Send + Sync>;

pub(super) struct Effects {
    here: broadcast::Sender<Effect>,
    hooks: RwLock<Vec<Hook>>,
    /// PostgreSQL only.
    elsewhere: Option<Elsewhere>,
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Effects").field("elsewhere", &self.elsewhere).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Elsewhere {
    pool: PgPool,
    /// So that a process does not hear itself twice.
    own: String,
    /// To the running relay, if one runs.
    relay: Mutex<Option<mpsc::UnboundedSender<Vec<Effect>>>>,
}

#[derive(Serialize, Deserialize)]
struct Notice {
    from: String,
    effects: Vec<Effect>,
}

impl Effects {
    pub(super) fn new(engine: Engine, connection: &DatabaseConnection) -> Self {
        let elsewhere = (engine == Engine::Postgres).then(|| Elsewhere {
            pool: connection.get_postgres_connection_pool().clone(),
            own: Dice::system().token(),
            relay: Mutex::default(),
        });
        Self { here: broadcast::Sender::new(1024), hooks: RwLock::default(), elsewhere }
    }

    pub(super) fn hook(&self, hook: Hook) {
        self.hooks.write().unwrap_or_else(PoisonError::into_inner).push(hook);
    }

    /// Lets this process hear: hooks first, then whoever subscribed. Nobody listening is no error.
    fn hear(&self, effect: Effect) {
        for hook in self.hooks.read().unwrap_or_else(PoisonError::into_inner).iter() {
            hook(&effect);
        }
        let _heard = self.here.send(effect);
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Effect> {
        self.here.subscribe()
    }

    /// Tells this process, and the others by the relay; without one (a command) at once.
    pub(super) async fn tell(&self, effects: Vec<Effect>) {
        for effect in &effects {
            self.hear(*effect);
        }
        let Some(elsewhere) = &self.elsewhere else { return };
        if effects.is_empty() {
            return;
        }
        let left = match &*elsewhere.relay.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(relay) => relay.send(effects).err().map(|unsent| unsent.0),
            None => Some(effects),
        };
        if let Some(effects) = left {
            elsewhere.notify(effects).await;
        }
    }

    pub(super) async fn relay(&self, stop: CancellationToken) {
        let Some(elsewhere) = &self.elsewhere else { return stop.cancelled().await };
        let (sender, mut outgoing) = mpsc::unbounded_channel();
        *elsewhere.relay.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        tokio::join!(
            async {
                stop.run_until_cancelled(self.listen(elsewhere)).await;
                // Dropping the sender ends the other half once it has sent what is left.
                elsewhere.relay.lock().unwrap_or_else(PoisonError::into_inner).take();
            },
            async {
                while let Some(mut effects) = outgoing.recv().await {
                    while let Ok(more) = outgoing.try_recv() {
                        effects.extend(more);
                    }
                    elsewhere.notify(effects).await;
                }
            },
        );
    }

    /// Listens for ever; after each interruption everything may have changed.
    async fn listen(&self, elsewhere: &Elsewhere) {
        loop {
            if let Err(error) = self.listen_once(elsewhere).await {
                tracing::warn!(%error, "listening for effects of other replicas was interrupted");
            }
            self.hear(Effect::Everything);
            tokio::time::sleep(RECONNECT).await;
        }
    }

    async fn listen_once(&self, elsewhere: &Elsewhere) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(&elsewhere.pool).await?;
        listener.listen(CHANNEL).await?;
        // What was told between the last connection and this one was not heard.
        self.hear(Effect::Everything);
        while let Some(notification) = listener.try_recv().await? {
            let Ok(notice) = serde_json::from_str::<Notice>(notification.payload()) else {
                // A replica of another version says something we do not know: be careful.
                self.hear(Effect::Everything);
                continue;
            };
            if notice.from == elsewhere.own {
                continue;
            }
            for effect in notice.effects {
                self.hear(effect);
            }
        }
        Ok(())
    }
}

impl Elsewhere {
    async fn notify(&self, mut effects: Vec<Effect>) {
        let mut seen = std::collections::HashSet::new();
        effects.retain(|effect| seen.insert(*effect));
        for effects in effects.chunks(PER_NOTICE) {
            let notice = Notice { from: self.own.clone(), effects: effects.to_vec() };
            let Ok(payload) = serde_json::to_string(&notice) else { continue };
            let sent =
                sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(&self.pool).await;
            if let Err(error) = sent {
                // The commit stands; other replicas' caches age and their workers poll.
                tracing::warn!(%error, "other replicas were not told of a change");
            }
        }
    }
}
