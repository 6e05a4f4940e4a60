//! The loop that leases jobs and has them run, several at once, until it is told to stop.
//!
//! It wakes when a commit in any replica enqueued something, and otherwise looks from time to time. When
//! told to stop it finishes what runs and gives back what it had not begun. It knows no job.

use std::{collections::VecDeque, fmt, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use tokio::{sync::broadcast, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    backoff::Backoff,
    job::{Job, Outcome, Runner},
    queue,
};
use crate::{
    clock::{Clock, Dice},
    error::{Result, chain},
    store::{Effect, Store},
    telemetry::names,
};

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct WorkerSettings {
    /// How often it looks by itself: for jobs whose time has come, and for leases that ran out.
    pub poll: Duration,
    /// How long a lease lasts. A job may take three quarters of it.
    pub lease: Duration,
    /// The most jobs leased at once.
    pub batch: u32,
    /// The most jobs running at once.
    pub at_once: usize,
    /// How long a failed job waits.
    pub backoff: Backoff,
}

/// Leases jobs and has them run.
pub struct Worker {
    store: Store,
    clock: Clock,
    dice: Dice,
    runner: Arc<dyn Runner>,
    settings: WorkerSettings,
    owner: String,
}

/// What [`Worker::run_due`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Jobs that are done.
    pub done: u64,
    /// Tries that failed; the job runs again later.
    pub retried: u64,
    /// Jobs that are dead.
    pub dead: u64,
}

/// A leased job and since when, on the machine's own steady clock.
struct Held {
    job: Job,
    since: Instant,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(2),
            lease: Duration::from_secs(120),
            batch: 32,
            at_once: 8,
            backoff: Backoff { first: Duration::from_secs(15), longest: Duration::from_secs(6 * 3600) },
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker of its own name.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        dice: Dice,
        runner: Arc<dyn Runner>,
        settings: WorkerSettings,
    ) -> Self {
        // Never from seeded dice: two workers of one name could take each other's leases.
        Self { store, clock, dice, runner, settings, owner: Dice::system().token() }
    }

    /// Works until `stop`; then finishes what runs and gives back what it had not begun.
    pub async fn run(&self, stop: CancellationToken) {
        let mut effects = self.store.effects();
        let mut waiting = VecDeque::new();
        let mut running = FuturesUnordered::new();
        let mut poll = tokio::time::interval(self.settings.poll);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut look = true;
        while !stop.is_cancelled() {
            while running.len() < self.settings.at_once
                && let Some(held) = waiting.pop_front()
            {
                running.push(self.run_held(held));
            }
            if look && waiting.is_empty() && running.len() < self.settings.at_once {
                let leased = beside(&mut running, self.lease()).await;
                // A full batch: there may be more.
                look = leased.len() >= self.settings.batch as usize;
                waiting.extend(leased);
                continue;
            }
            tokio::select! {
                Some(_) = running.next() => {}
                () = jobs_ready(&mut effects) => look = true,
                _ = poll.tick() => {
                    beside(&mut running, self.sweep()).await;
                    look = true;
                }
                () = stop.cancelled() => {}
            }
        }
        let unstarted = waiting.into_iter().map(|held| held.job).collect();
        beside(&mut running, self.give_back(unstarted)).await;
        while running.next().await.is_some() {}
    }

    /// Runs every job that is due, one after the other, and those that become due by it, until none is:
    /// for tests and for commands that must see the end.
    ///
    /// # Errors
    /// Internal when no jobs can be leased.
    pub async fn run_due(&self) -> Result<Ran> {
        let mut ran = Ran::default();
        loop {
            let now = self.clock.now();
            let jobs = queue::lease(&self.store, now, &self.owner, self.lease_length(), 1).await?;
            if jobs.is_empty() {
                return Ok(ran);
            }
            for job in jobs {
                let last = job.attempt >= job.max_attempts;
                match self.run_held(Held { job, since: Instant::now() }).await {
                    Some(Outcome::Done) => ran.done += 1,
                    Some(Outcome::Retry(_) | Outcome::Later(..)) if !last => ran.retried += 1,
                    Some(Outcome::Retry(_) | Outcome::Later(..) | Outcome::Bury(_)) => ran.dead += 1,
                    None => {}
                }
            }
        }
    }

    async fn lease(&self) -> Vec<Held> {
        let since = Instant::now();
        let limit = u64::from(self.settings.batch);
        match queue::lease(&self.store, self.clock.now(), &self.owner, self.lease_length(), limit).await {
            Ok(jobs) => jobs.into_iter().map(|job| Held { job, since }).collect(),
            Err(error) => {
                tracing::error!(error = chain(&error), "jobs could not be leased");
                Vec::new()
            }
        }
    }

    /// Runs one and notes what became of it; nothing when it had to be given back.
    async fn run_held(&self, Held { job, since }: Held) -> Option<Outcome> {
        if since.elapsed() > self.settings.lease / 4 {
            // It waited behind slow ones: its lease could run out while it runs.
            self.give_back(vec![job]).await;
            return None;
        }
        let started = Instant::now();
        let run = AssertUnwindSafe(self.runner.run(job.clone())).catch_unwind();
        let outcome = match tokio::time::timeout(self.settings.lease / 4 * 3, run).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_panic)) => Outcome::Retry("it broke off in the middle; the log says where".into()),
            Err(_elapsed) => Outcome::Retry("it took too long".into()),
        };
        self.note(&job, &outcome, started.elapsed()).await;
        Some(outcome)
    }

    async fn note(&self, job: &Job, outcome: &Outcome, took: Duration) {
        let now = self.clock.now();
        let last = job.attempt >= job.max_attempts;
        let (word, noted) = match outcome {
            Outcome::Done => ("done", queue::finish(&self.store, now, job).await),
            Outcome::Retry(reason) | Outcome::Later(reason, _) => {
                let word = if last { "dead" } else { "retry" };
                let at_least = match outcome {
                    Outcome::Later(_, wait) => *wait,
                    _ => chrono::Duration::zero(),
                };
                let wait = self.settings.backoff.wait(job.attempt, &self.dice).max(at_least);
                (word, queue::retry(&self.store, now, wait, job, reason).await)
            }
            Outcome::Bury(reason) => ("dead", queue::bury(&self.store, now, job, reason).await),
        };
        let kind = job.payload.kind();
        metrics::counter!(names::JOBS, "kind" => kind, "outcome" => word).increment(1);
        metrics::histogram!(names::JOB_SECONDS, "kind" => kind).record(took.as_secs_f64());
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match (outcome, noted) {
            // Whatever it did stands; it runs once more, which it must bear.
            (_, Err(error)) => {
                tracing::error!(job.id = %job.id, job.kind = kind, error = chain(&error), "a job's end could not be noted");
            }
            (_, Ok(false)) => {
                tracing::warn!(job.id = %job.id, job.kind = kind, "a job's lease ran out before it ended");
            }
            (Outcome::Done, Ok(true)) => {
                tracing::info!(job.id = %job.id, job.kind = kind, job.attempt = job.attempt, duration_ms, "job done");
            }
            (Outcome::Retry(reason) | Outcome::Later(reason, _) | Outcome::Bury(reason), Ok(true)) => {
                tracing::warn!(job.id = %job.id, job.kind = kind, job.attempt = job.attempt, duration_ms, reason, "job failed");
            }
        }
    }

    async fn give_back(&self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        if let Err(error) = queue::give_back(&self.store, &jobs).await {
            tracing::error!(error = chain(&error), "jobs could not be given back; their leases will run out");
        }
    }

    async fn sweep(&self) {
        match queue::sweep(&self.store, self.clock.now()).await {
            Ok(0) => {}
            Ok(jobs) => tracing::warn!(jobs, "leases of workers that did not come back ran out"),
            Err(error) => tracing::error!(error = chain(&error), "leases could not be swept"),
        }
    }

    fn lease_length(&self) -> chrono::Duration {
        chrono::Duration::from_std(self.settings.lease).unwrap_or(chrono::Duration::MAX)
    }
}

/// Does `work` while the jobs go on. Waiting for it alone could last for ever: a job that is not polled may
/// have been handed the one connection that `work` waits for.
async fn beside<T>(
    running: &mut FuturesUnordered<impl Future<Output = Option<Outcome>>>,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            Some(_) = running.next() => {}
        }
    }
}

/// Returns when there may be jobs.
async fn jobs_ready(effects: &mut broadcast::Receiver<Effect>) {
    loop {
        match effects.recv().await {
            Ok(Effect::JobsReady | Effect::Everything) | Err(broadcast::error::RecvError::Lagged(_)) => {
                return;
            }
            Ok(Effect::Changed(_)) => {}
            // The store is gone; the poll will find out in its own words.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
