//! The legs of a reconcile: sources are read one after the other, a leg as long as a job may run; then everybody is
//! evaluated by a pass, and the last leg states what came of it. A leg that is repeated finds that it has been done.

use chrono::{DateTime, Duration, Utc};
use tokio::time::Instant;

use super::{Source, Statement, end, enqueue, plan, read, sources_of, state};
use crate::{
    app::App,
    domain::{
        elsewhere,
        pass::{self, Whom},
    },
    error::{Error, Result},
    ids::{OrganizationId, PassId, ReconcileRunId},
    store::{
        entity::{
            pass::{PassCause, PassState},
            reconcile_run::{Model, ReconcileCause, ReconcileState},
        },
        reconcile as rows,
    },
};

/// How soon to look whether everybody has been evaluated; the longer it takes, the more seldom.
const LOOK: Duration = Duration::seconds(1);
/// The longest pause between two looks.
const LONGEST_LOOK: Duration = Duration::seconds(20);

/// Runs a leg.
///
/// # Errors
/// Only ours; the leg is run again.
pub async fn run(app: &App, organization: OrganizationId, id: ReconcileRunId, leg: i32) -> Result<()> {
    let Some(run) = rows::find(app.store.read(), organization, id).await? else { return Ok(()) };
    if run.ended_at.is_some() || run.leg != leg {
        return Ok(());
    }
    match run.state {
        ReconcileState::Reading => reading(app, run).await,
        ReconcileState::Evaluating => evaluating(app, run).await,
        ReconcileState::Done => Ok(()),
    }
}

async fn reading(app: &App, run: Model) -> Result<()> {
    let mut sources = match (run.leg, run.cause) {
        (_, ReconcileCause::Replay) => Vec::new(),
        (0, _) => plan::sources(app, run.organization_id, run.course_id).await?,
        _ => sources_of(&run)?,
    };
    let started = Instant::now();
    let longest = std::time::Duration::from_secs(u64::from(app.settings.outbox.lease_seconds / 4));
    for at in 0..sources.len() {
        let Some(source) = sources.get_mut(at).filter(|source| !source.is_done) else { continue };
        if started.elapsed() > longest {
            return go_on(app, run, sources, app.clock.now()).await;
        }
        if let read::Went::Wait(wait) = read::source(app, &run, source).await {
            return go_on(app, run, sources, app.clock.now() + wait).await;
        }
    }
    evaluate(app, run, sources).await
}

/// Leaves the rest to the next leg.
async fn go_on(app: &App, run: Model, sources: Vec<Source>, at: DateTime<Utc>) -> Result<()> {
    let tx = app.store.write().await?;
    let Some(run) = still(&tx, &run).await? else { return Ok(()) };
    let run = Model { sources: written(&sources)?, leg: run.leg + 1, updated_at: app.clock.now(), ..run };
    rows::update(&tx, run.clone()).await?;
    enqueue(app, &tx, &run, at).await?;
    tx.commit().await
}

/// Everything has been read: everybody is evaluated.
async fn evaluate(app: &App, run: Model, sources: Vec<Source>) -> Result<()> {
    let now = app.clock.now();
    let tx = app.store.write().await?;
    let Some(run) = still(&tx, &run).await? else { return Ok(()) };
    state::note_read(app, &tx, &run, &sources).await?;
    let cause = match run.cause {
        ReconcileCause::Replay => PassCause::Replay,
        ReconcileCause::Asked | ReconcileCause::Due => PassCause::Reconcile,
    };
    let pass = pass::begin(app, &tx, run.organization_id, Whom::course(run.course_id), cause).await?;
    let others = elsewhere::begin_passes(app, &tx, run.organization_id, run.course_id, cause).await?;
    let run = Model {
        sources: written(&sources)?,
        state: ReconcileState::Evaluating,
        pass_id: Some(pass.0),
        elsewhere: serde_json::to_value(others).map_err(Error::internal)?,
        leg: run.leg + 1,
        updated_at: now,
        ..run
    };
    rows::update(&tx, run.clone()).await?;
    enqueue(app, &tx, &run, now + LOOK).await?;
    tx.commit().await
}

/// Looks whether everybody has been evaluated, and states what came of it.
async fn evaluating(app: &App, run: Model) -> Result<()> {
    let id = run.pass_id.map(PassId).ok_or_else(|| Error::internal("a reconcile without pass"))?;
    let now = app.clock.now();
    let found = pass::find(app, run.organization_id, id).await?;
    let passes = state::passes(app, &run, found).await?;
    if passes
        .iter()
        .any(|pass| matches!(pass.state, PassState::Waiting | PassState::Weighing | PassState::Awarding))
    {
        let tx = app.store.write().await?;
        let Some(run) = still(&tx, &run).await? else { return Ok(()) };
        // While a pass goes on so does the reconcile.
        let goes_on = passes.iter().map(|pass| pass.updated_at).max();
        let updated_at = goes_on.map_or(run.updated_at, |at| run.updated_at.max(at));
        let pause = ((now - run.updated_at) / 4).clamp(LOOK, LONGEST_LOOK);
        let run = Model { leg: run.leg + 1, updated_at, ..run };
        rows::update(&tx, run.clone()).await?;
        enqueue(app, &tx, &run, now + pause).await?;
        return tx.commit().await;
    }
    let sources = sources_of(&run)?;
    let (statement, missed) = state::statement(app, &run, &passes, &sources).await?;
    conclude(app, run, &statement, missed).await
}

async fn conclude(app: &App, run: Model, statement: &Statement, missed: Vec<state::Missed>) -> Result<()> {
    let tx = app.store.write().await?;
    let Some(run) = still(&tx, &run).await? else { return Ok(()) };
    state::raise(app, &tx, missed).await?;
    end(app, &tx, run, statement).await?;
    tx.commit().await
}

/// The run, held, if this leg is still wanted.
async fn still(tx: &crate::store::WriteTx, run: &Model) -> Result<Option<Model>> {
    let locked = rows::lock(tx, run.organization_id, run.id).await?;
    Ok(locked.filter(|locked| locked.leg == run.leg && locked.ended_at.is_none()))
}

fn written(sources: &[Source]) -> Result<serde_json::Value> {
    serde_json::to_value(sources).map_err(Error::internal)
}
