//! Telemetry: logs, figures and correlation ids.
//!
//! Log fields are dotted (`award.id`, `job.kind`, `duration_ms`) and hold ids, codes and times only:
//! never a name, an address of a person, a token or a body (conformance O02). Figures have the names
//! in [`names`], so that a dashboard finds them. Base: everybody may use it; it knows nobody.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{
    clock::Dice,
    config::{LogFormat, Logs},
};

/// Names of our figures. Labels are few and never personal: `outcome`, `kind`, `route`, `status`.
pub mod names {
    /// Counter: launches by `outcome` (`ok` or the refusal's code).
    pub const LAUNCHES: &str = "laurel_launches_total";
    /// Histogram: seconds from a launch's arrival to its answer.
    pub const LAUNCH_SECONDS: &str = "laurel_launch_seconds";
    /// Counter: awards by `origin`.
    pub const AWARDS: &str = "laurel_awards_total";
    /// Counter: revocations.
    pub const REVOCATIONS: &str = "laurel_revocations_total";
    /// Counter: jobs by `kind` and `outcome` (`done`, `retry`, `dead`).
    pub const JOBS: &str = "laurel_jobs_total";
    /// Histogram: seconds a job ran, by `kind`.
    pub const JOB_SECONDS: &str = "laurel_job_seconds";
    /// Gauge: jobs waiting, by `state`.
    pub const JOBS_WAITING: &str = "laurel_jobs_waiting";
    /// Counter: mails by `outcome` (`sent`, `transient`, `permanent`).
    pub const MAILS: &str = "laurel_mails_total";
    /// Counter: outgoing requests by `outcome` (status class or error code).
    pub const FETCHES: &str = "laurel_fetches_total";
    /// Histogram: seconds an outgoing request took.
    pub const FETCH_SECONDS: &str = "laurel_fetch_seconds";
    /// Counter: requests by `route`, `method` and `status`.
    pub const REQUESTS: &str = "laurel_requests_total";
    /// Histogram: seconds from request to answer, by `route`.
    pub const REQUEST_SECONDS: &str = "laurel_request_seconds";
    /// Counter: requests refused by a rate limit, by `limit`.
    pub const LIMITED: &str = "laurel_limited_total";
    /// Counter: lookups by `cache` and `outcome` (`hit`, `miss`).
    pub const CACHE: &str = "laurel_cache_total";
}

/// Starts logging to standard error, so that a command's own output stays clean. A second call in one
/// process (tests) changes nothing.
pub fn start_logs(logs: &Logs) {
    let filter = logs.level.parse().unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let started = match logs.format {
        LogFormat::Json => {
            registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init()
        }
        LogFormat::Text => registry.with(fmt::layer().with_writer(std::io::stderr)).try_init(),
    };
    drop(started);
}

/// The figures of this process.
#[derive(Clone)]
pub struct Figures(PrometheusHandle);

impl Figures {
    /// Starts counting; later calls give the same figures, for a process has one set.
    #[must_use]
    pub fn start() -> Self {
        static FIGURES: OnceLock<PrometheusHandle> = OnceLock::new();
        let handle = FIGURES.get_or_init(|| {
            // Only an empty list of buckets is refused.
            let recorder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
                .unwrap_or_default()
                .build_recorder();
            let handle = recorder.handle();
            // Somebody else's recorder may be there already (a host program); ours then stays silent.
            drop(metrics::set_global_recorder(recorder));
            handle
        });
        Self(handle.clone())
    }

    /// All figures in Prometheus text form.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Tidies up; to be called every few seconds while the server runs.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Figures")
    }
}

const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Ties together what the log, the launch record and the error page say of one request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CorrelationId(String);

impl CorrelationId {
    /// A new one.
    #[must_use]
    pub fn new(dice: &Dice) -> Self {
        Self(dice.token())
    }

    /// One made by a proxy that we trust: 8 to 64 letters, digits, `-`, `_` or `.`. The caller knows
    /// whether the peer is trusted (`settings.server.trusts`).
    #[must_use]
    pub fn of_header(text: &str) -> Option<Self> {
        let is_good = (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        is_good.then(|| Self(text.to_owned()))
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
