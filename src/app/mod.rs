//! App: settings, store, clock, dice, vault, client, mailer and caches; built once, cheap to clone.
//!
//! Everything that decides or answers takes an `&App`; nothing of it is global. It holds what the ground
//! offers and knows no decision.

mod caches;
mod channel_counts;
mod outcomes;
mod status_pool;

use std::{num::NonZeroU32, ops::Deref, sync::Arc};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use caches::{
    Caches, Form, Lasts, Live, LivePlacement, NamedBy, Needs, PictureKey, PlatformEntry, Prepared, Stored,
    TokenKey, TokenSlot,
};
pub use channel_counts::{ChannelCounts, Pending};
pub use outcomes::{Asked, Heard, Outcomes, Trouble};
pub use status_pool::{StatusIndex, StatusPool};

use crate::{
    client::Client,
    clock::{Clock, Dice},
    config::Settings,
    error::{Error, Kind, Result},
    ids::PlatformId,
    mail::Mailer,
    store::{
        Store,
        launch_writer::{self, LaunchWriter},
        server_fact,
    },
    vault::{Purpose, Vault},
};

/// Checks of one platform within a minute.
const CHECKS_A_MINUTE: NonZeroU32 = NonZeroU32::new(6).expect("six is not zero");

/// The running program's parts.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// Settings, as loaded.
    pub settings: Settings,
    /// The database.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub dice: Dice,
    /// Keys and secrets at rest.
    pub vault: Vault,
    /// The only way out.
    pub client: Client,
    /// Outgoing mail.
    pub mailer: Mailer,
    /// Rows and compiled things that are read often and change seldom.
    pub caches: Caches,
    /// How asking platforms went last, not written down yet.
    pub outcomes: Outcomes,
    /// How often a platform may be checked: each has its own allowance.
    pub checks: DefaultKeyedRateLimiter<PlatformId>,
    /// Status indexes leased by this process.
    pub status_pool: StatusPool,
    /// What event channels brought and is not written down yet.
    pub channel_counts: ChannelCounts,
    /// Groups the records of launches that bring nothing new.
    pub launches: LaunchWriter,
    /// The key under which login states are sealed.
    pub state_key: lti::state::StateKey,
    /// What we are, as platforms see us.
    pub tool: lti::Tool,
    /// Background work that shutdown waits for.
    pub tasks: TaskTracker,
    /// Cancelled when the program should stop.
    pub stop: CancellationToken,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Builds the program on an open, migrated store.
    ///
    /// # Errors
    /// `master_key.other` when the database was made under another master key.
    pub async fn build(
        settings: Settings,
        store: Store,
        clock: Clock,
        dice: Dice,
        vault: Vault,
        mailer: Mailer,
    ) -> Result<Self> {
        check_master_key(&store, &vault).await?;
        let client = Client::new(&settings).map_err(Error::internal)?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let (launches, writer) = launch_writer::new(store.clone());
        let app = Self(Arc::new(Parts {
            caches: Caches::new(&settings),
            outcomes: Outcomes::default(),
            checks: RateLimiter::keyed(Quota::per_minute(CHECKS_A_MINUTE)),
            status_pool: StatusPool::default(),
            channel_counts: ChannelCounts::default(),
            state_key: lti::state::StateKey::derive(vault.key(Purpose::LtiState).as_slice()),
            tool: tool_of(&settings),
            settings,
            clock,
            dice,
            vault,
            client,
            mailer,
            launches,
            tasks,
            stop,
            store,
        }));
        app.store.on_effect({
            let app = app.clone();
            move |effect| app.caches.forget(effect)
        });
        app.spawn(writer.run(app.stop.clone()));
        app.spawn({
            let app = app.clone();
            async move { app.store.relay(app.stop.clone()).await }
        });
        Ok(app)
    }

    /// Runs work in the background; shutdown waits for it.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    /// Ends background work, waits for it, and says goodbye to the mail server.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.mailer.close().await;
    }
}

/// The fact under which the master key's fingerprint is kept.
const FINGERPRINT: &str = "master_key_fingerprint";

/// A database remembers its master key, so that a wrong one stops the start, not the first award.
async fn check_master_key(store: &Store, vault: &Vault) -> Result<()> {
    let known = server_fact::find(store.read(), FINGERPRINT).await?;
    match known.as_deref() {
        Some(known) if known == vault.fingerprint() => Ok(()),
        Some(known) if Some(known) != vault.previous_fingerprint() => Err(Error::new(
            Kind::Conflict,
            "master_key.other",
            "This database was made under another master key. Set keys.master_key to that key, or after a \
             rotation keys.previous_master_key.",
        )),
        _ => {
            let tx = store.write().await?;
            server_fact::put(&tx, FINGERPRINT, vault.fingerprint()).await?;
            tx.commit().await
        }
    }
}

fn tool_of(settings: &Settings) -> lti::Tool {
    let url = &settings.server.public_url;
    lti::Tool {
        login_url: url.at("/lti/login"),
        launch_url: url.at("/lti/launch"),
        origins: vec![url.as_str().trim_end_matches('/').to_owned()],
        launchable: vec!["/course".to_owned()],
        picker_url: url.at("/course/pick"),
        allow_loopback_http: !url.is_https(),
    }
}
