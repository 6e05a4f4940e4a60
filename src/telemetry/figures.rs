//! Figures: what is counted and measured, under which names, in Prometheus text form.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Names of our figures. Labels are few and never personal: `outcome`, `kind`, `route`, `status`.
pub mod names {
    /// Counter: launches by `outcome` (`ok` or the refusal's code).
    pub const LAUNCHES: &str = "laurel_launches_total";
    /// Histogram: seconds from a launch's arrival to its answer.
    pub const LAUNCH_SECONDS: &str = "laurel_launch_seconds";
    /// Counter: jobs by `kind` and `outcome` (`done`, `retry`, `dead`).
    pub const JOBS: &str = "laurel_jobs_total";
    /// Histogram: seconds a job ran, by `kind`.
    pub const JOB_SECONDS: &str = "laurel_job_seconds";
    /// Gauge: jobs by `state`; read from the database when figures are asked for.
    pub const JOBS_WAITING: &str = "laurel_jobs_waiting";
    /// Counter: mails by `outcome` (`sent`, `transient`, `permanent`).
    pub const MAILS: &str = "laurel_mails_total";
    /// Counter: outgoing requests by `outcome` (status class or error code).
    pub const FETCHES: &str = "laurel_fetches_total";
    /// Histogram: seconds an outgoing request took.
    pub const FETCH_SECONDS: &str = "laurel_fetch_seconds";
    /// Counter: items of event channels by `channel` and `outcome`.
    pub const CHANNEL_ITEMS: &str = "laurel_channel_items_total";
    /// Counter: requests by `route`, `method` and `status`.
    pub const REQUESTS: &str = "laurel_requests_total";
    /// Histogram: seconds from request to answer, by `route`.
    pub const REQUEST_SECONDS: &str = "laurel_request_seconds";
    /// Counter: reconciles by `outcome` (`stated`, `broken`).
    pub const RECONCILES: &str = "laurel_reconciles_total";
    /// Histogram: seconds from asking for a reconcile to its statement.
    pub const RECONCILE_SECONDS: &str = "laurel_reconcile_seconds";
    /// Gauge: open alarms of channels; read from the database when figures are asked for.
    pub const ALARMS: &str = "laurel_channel_alarms";
    /// Counter: requests refused by a rate limit, by `door`.
    pub const LIMITED: &str = "laurel_limited_total";
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
