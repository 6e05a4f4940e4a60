//! The sections that are mostly numbers: `[lti]`, `[client]`, `[limits]`, `[retention]`, `[outbox]`, `[reconcile]`,
//! `[logs]`, `[cache]`. What each key means stands in `config/default.toml`.

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use serde::Deserialize;

/// Defaults of the LTI switches (`lti-1.3-tool.md` §27); a platform's own settings win.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lti {
    pub leeway_seconds: u16,
    pub max_token_age_seconds: u32,
    pub state_seconds: u32,
    pub id_token_algorithms: Vec<String>,
    pub anonymous_launch: AnonymousLaunch,
    pub strict_target_link: bool,
    pub login_target_check: bool,
    pub allow_unbound_launch: bool,
    pub auto_accept_deployments: bool,
    pub admins_may_teach: bool,
    pub session_minutes: u32,
    pub key_cache_seconds: u32,
}

/// What happens to a launch without a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnonymousLaunch {
    /// It is refused.
    Reject,
    /// It may look and never earns.
    View,
}

/// Rules of outgoing requests (`lti-1.3-tool.md` §6).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    pub allowed_ports: Vec<u16>,
    pub allowed_hosts: Vec<String>,
    pub connect_seconds: u64,
    pub total_seconds: u64,
    pub json_bytes: usize,
    pub roster_bytes: usize,
    pub image_bytes: usize,
    pub authorities_file: PathBuf,
}

impl Client {
    /// Longest wait for a connection.
    #[must_use]
    pub fn connect(&self) -> Duration {
        Duration::from_secs(self.connect_seconds)
    }

    /// Longest wait for a whole answer.
    #[must_use]
    pub fn total(&self) -> Duration {
        Duration::from_secs(self.total_seconds)
    }
}

/// How much, how often.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub lti_per_minute: u32,
    pub lti_burst: u32,
    pub api_per_minute: u32,
    pub api_burst: u32,
    pub public_per_minute: u32,
    pub public_burst: u32,
    pub claim_per_minute: u32,
    pub claim_burst: u32,
    pub lti_body_bytes: usize,
    pub api_body_bytes: usize,
    pub upload_bytes: usize,
    pub batch_events: usize,
    pub request_seconds: u64,
}

/// A steady rate and how many may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Refilled per minute.
    pub per_minute: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

impl Limits {
    /// Logins and launches per address; `None` = no limit, as below.
    #[must_use]
    pub fn lti(&self) -> Option<Rate> {
        rate(self.lti_per_minute, self.lti_burst)
    }

    /// API calls per key, and per address.
    #[must_use]
    pub fn api(&self) -> Option<Rate> {
        rate(self.api_per_minute, self.api_burst)
    }

    /// Public pages and documents per address.
    #[must_use]
    pub fn public(&self) -> Option<Rate> {
        rate(self.public_per_minute, self.public_burst)
    }

    /// Pages with secret addresses per address.
    #[must_use]
    pub fn claim(&self) -> Option<Rate> {
        rate(self.claim_per_minute, self.claim_burst)
    }
}

fn rate(per_minute: u32, burst: u32) -> Option<Rate> {
    let per_minute = NonZeroU32::new(per_minute)?;
    Some(Rate { per_minute, burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN) })
}

/// How long what is kept; 0 days = for ever.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub launch_record_days: u32,
    pub job_done_days: u32,
    pub job_dead_days: u32,
    pub signal_days: u32,
    pub reconcile_days: u32,
    pub bulk_days: u32,
    pub idempotency_hours: u32,
    pub audit_days: u32,
    pub sweep_minutes: u32,
}

/// How jobs are run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbox {
    pub workers: u32,
    pub batch: u32,
    pub poll_milliseconds: u64,
    pub lease_seconds: u32,
    pub attempts: u16,
    pub backoff_seconds: u32,
    pub backoff_max_seconds: u32,
}

impl Outbox {
    /// Tries before a job is dead, as jobs are stored with it.
    #[must_use]
    pub fn attempts(&self) -> i32 {
        i32::from(self.attempts)
    }

    /// The first wait after a failed try.
    #[must_use]
    pub fn backoff(&self) -> Duration {
        Duration::from_secs(u64::from(self.backoff_seconds))
    }

    /// The longest wait between two tries.
    #[must_use]
    pub fn backoff_max(&self) -> Duration {
        Duration::from_secs(u64::from(self.backoff_max_seconds))
    }
}

/// When courses are reconciled by themselves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    pub active_hours: u32,
    pub quiet_hours: u32,
    pub at_once: u32,
}

/// What is logged, in which form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    pub format: LogFormat,
    pub level: String,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For machines.
    Json,
    /// For people.
    Text,
}

/// What is kept in memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    pub records: u64,
    pub document_bytes: u64,
    pub picture_bytes: u64,
    pub seconds: u64,
}

impl Cache {
    /// Longest time a cached record is believed.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
