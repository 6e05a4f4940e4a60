//! Jobs: a file per kind of work, each saying what running its payloads means and whether to retry or bury.
//!
//! Every job is safe to run twice. [`Jobs`] is what the outbox's worker is handed.

mod bulk;
pub mod claim_events;
mod columns;
mod evaluate;
pub mod health;
mod mail_award;
pub mod outcomes;
mod passes;
pub mod read_roster;
pub mod reconcile;
mod register_notices;
mod remind;
pub mod retention;

use std::{sync::Arc, time::Duration};

use crate::{
    app::App,
    domain::{completion_list, trouble::Trouble},
    error::{Error, Kind, Result, chain},
    mail::Message,
    outbox::{Backoff, Job, Outcome, Payload, Runner, Worker, WorkerSettings, async_trait},
};

/// Runs jobs for one program.
#[derive(Clone, Debug)]
pub struct Jobs {
    app: App,
}

impl Jobs {
    /// The jobs of this program.
    #[must_use]
    pub fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

#[async_trait]
impl Runner for Jobs {
    async fn run(&self, job: Job) -> Outcome {
        let app = &self.app;
        let Some(organization) = job.organization else {
            return Outcome::Bury("the job names no organization".to_owned());
        };
        match job.payload {
            Payload::SettleColumn { column } => columns::settle(app, &job, organization, column).await,
            Payload::ReadColumn { column } => columns::read(app, &job, organization, column).await,
            Payload::SeedColumn { column } => columns::seed(app, &job, organization, column).await,
            Payload::ReadGradebook { course } => columns::list(app, &job, organization, course).await,
            Payload::ReportScore { report, revision } => {
                columns::report(app, &job, organization, report, revision).await
            }
            Payload::MailAward { award, generation } => {
                mail_award::run(app, job.id, organization, award, generation).await
            }
            Payload::RemindOfEnd { award, days } => {
                remind::send(app, job.id, job.created_at, organization, award, days).await
            }
            Payload::PlanReminders { placement, after } => {
                remind::plan(app, organization, placement, after).await
            }
            Payload::EvaluateLearner { organization, learner } => {
                evaluate::learner(app, organization, learner).await
            }
            Payload::RunPass { pass, leg } => passes::run(app, organization, pass, leg).await,
            Payload::WorkBulk { bulk, run, after } => bulk::work(app, organization, bulk, run, after).await,
            Payload::PublishAward { award } => bulk::publish(app, organization, award).await,
            Payload::UndoPass { pass, leg } => passes::undo(app, organization, pass, leg).await,
            Payload::ReadRoster { roster, run } => {
                read_roster::run(app, &job, organization, roster, run).await
            }
            Payload::TakeLines { list, strength, people } => {
                ended(completion_list::take(app, organization, list, strength, &people).await)
            }
            Payload::Reconcile { run, leg } => reconcile::run(app, organization, run, leg).await,
            Payload::RegisterNotices { course } => {
                register_notices::run(app, &job, organization, course).await
            }
        }
    }
}

/// A job that met this is tried again: operators are shown what kind of failure it was, the log has its causes.
fn again(error: &Error) -> Outcome {
    if error.kind() == Kind::Internal {
        tracing::error!(error = chain(error), "a job met a failure of ours");
    }
    Outcome::Retry(error.to_string())
}

/// What follows from work that needs nobody outside: what is not there any more is buried.
fn ended(result: Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(error) if error.kind() == Kind::NotFound => Outcome::Bury(error.code().to_owned()),
        Err(error) => again(&error),
    }
}

/// Sends a mail, where there is one to send: what can never be sent is buried.
async fn sent(app: &App, prepared: Result<Option<Message>>) -> Outcome {
    match prepared {
        Ok(None) => Outcome::Done,
        Ok(Some(message)) => match app.mailer.send(&message).await {
            Ok(_) => Outcome::Done,
            Err(error) if error.is_permanent() => Outcome::Bury(error.detail().to_owned()),
            Err(error) => Outcome::Retry(error.detail().to_owned()),
        },
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Gone) => {
            Outcome::Bury(error.code().to_owned())
        }
        Err(error) => again(&error),
    }
}

/// What follows from trouble at a platform: what may work later is tried later, not sooner than the platform
/// asks; the rest is buried with the code and the platform's words, for operators to see and to try again.
fn troubled(app: &App, job: &Job, trouble: Trouble) -> Outcome {
    match trouble {
        Trouble::Busy(wait) => Outcome::Later(trouble.to_string(), wait),
        Trouble::Platform(failure) => {
            let attempt = u32::try_from(job.attempt).unwrap_or(1);
            let draw = u16::from_be_bytes(app.dice.bytes());
            match failure.wait(attempt, draw) {
                Some(wait) => Outcome::Later(failure.to_string(), wait),
                None => Outcome::Bury(failure.to_string()),
            }
        }
        Trouble::Ours(error) if matches!(error.kind(), Kind::NotFound | Kind::Conflict) => {
            Outcome::Bury(error.code().to_owned())
        }
        Trouble::Ours(error) => again(&error),
    }
}

/// The worker of this program, as configured.
#[must_use]
pub fn worker(app: &App) -> Worker {
    let configured = &app.settings.outbox;
    let settings = WorkerSettings {
        poll: Duration::from_millis(configured.poll_milliseconds),
        lease: Duration::from_secs(u64::from(configured.lease_seconds)),
        batch: configured.batch,
        at_once: usize::try_from(configured.workers).unwrap_or(1),
        backoff: Backoff { first: configured.backoff(), longest: configured.backoff_max() },
    };
    Worker::new(app.store.clone(), app.clock.clone(), app.dice.clone(), Arc::new(Jobs::new(app)), settings)
}
