//! The queue: one table, short transactions, work outside of them.
//!
//! A lease names its owner and its end; whoever finishes, retries or buries must still hold it, so a worker
//! that was given up can no longer change anything. PostgreSQL skips rows that others are leasing
//! (`FOR UPDATE SKIP LOCKED`); `SQLite` has one writer.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, UpdateMany,
    sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, OnConflict},
};

use super::job::{Job, NewJob, Payload};
use crate::{
    clock::Dice,
    error::Result,
    ids::{JobId, OrganizationId},
    store::{
        Effect, Page, PageQuery, Store, WriteTx,
        entity::job::{Column, Entity, JobState, Model},
    },
};

/// How many jobs are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Count {
    /// In this state.
    pub state: JobState,
    /// So many.
    pub jobs: i64,
}

/// Enqueues a job in the caller's transaction; its id, or nothing if its key is taken. Workers hear of it at the
/// commit.
pub async fn enqueue(
    tx: &WriteTx,
    now: DateTime<Utc>,
    dice: &Dice,
    job: NewJob,
) -> Result<Option<JobId>, DbErr> {
    Ok(enqueue_many(tx, now, dice, vec![job]).await?.pop())
}

/// Enqueues jobs, one statement for all; the ids of those whose key was not taken.
pub async fn enqueue_many(
    tx: &WriteTx,
    now: DateTime<Utc>,
    dice: &Dice,
    jobs: Vec<NewJob>,
) -> Result<Vec<JobId>, DbErr> {
    let mut enqueued = Vec::with_capacity(jobs.len());
    let mut rows = Vec::with_capacity(jobs.len());
    for job in jobs {
        rows.push(new_row(now, dice, job)?);
    }
    for rows in crate::store::chunks(rows) {
        let known = OnConflict::column(Column::DedupKey).do_nothing().to_owned();
        let rows = rows.into_iter().map(Model::into_active_model);
        enqueued.extend(Entity::insert_many(rows).on_conflict(known).exec_with_returning_keys(tx).await?);
    }
    if !enqueued.is_empty() {
        tx.on_commit(Effect::JobsReady);
    }
    Ok(enqueued)
}

/// Leases up to `limit` due jobs for `length`, oldest first. A row that cannot be read is buried.
///
/// # Errors
/// Internal when the database fails; nothing is leased then.
pub async fn lease(
    store: &Store,
    now: DateTime<Utc>,
    owner: &str,
    length: Duration,
    limit: u64,
) -> Result<Vec<Job>> {
    // Most polls find nothing: they should not take the writer.
    if due(now).limit(1).one(store.read()).await?.is_none() {
        return Ok(Vec::new());
    }
    let tx = store.write().await?;
    let rows = due(now)
        .order_by_asc(Column::RunAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&tx)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut unreadable = Vec::new();
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id;
        match leased(row, owner) {
            Ok(job) => jobs.push(job),
            Err(error) => {
                tracing::error!(job.id = %id, %error, "a job cannot be read");
                unreadable.push(id);
            }
        }
    }
    if !unreadable.is_empty() {
        ended(JobState::Dead, now)
            .col_expr(Column::LastError, Expr::value("its payload cannot be read"))
            .filter(Column::Id.is_in(unreadable))
            .exec(&tx)
            .await?;
    }
    Entity::unscoped_update()
        .col_expr(Column::State, Expr::value(JobState::Leased))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::LeaseUntil, Expr::value(now + length))
        .col_expr(Column::LeaseOwner, Expr::value(owner))
        .filter(Column::Id.is_in(jobs.iter().map(|job| job.id)))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(jobs)
}

/// Notes that a job is done; `false` when its lease is no longer the owner's.
///
/// # Errors
/// Internal when the database fails: the lease then runs out and the job runs again.
pub async fn finish(store: &Store, now: DateTime<Utc>, job: &Job) -> Result<bool> {
    end(store, held(ended(JobState::Done, now), job)).await
}

/// Notes that a job will never succeed; `false` when its lease is no longer the owner's.
///
/// # Errors
/// As [`finish`].
pub async fn bury(store: &Store, now: DateTime<Utc>, job: &Job, reason: &str) -> Result<bool> {
    let dead = ended(JobState::Dead, now).col_expr(Column::LastError, Expr::value(reason));
    end(store, held(dead, job)).await
}

/// Lets a job run again after `wait`; the last try buries it. `false` when its lease is no longer the
/// owner's.
///
/// # Errors
/// As [`finish`].
pub async fn retry(
    store: &Store,
    now: DateTime<Utc>,
    wait: Duration,
    job: &Job,
    reason: &str,
) -> Result<bool> {
    if job.attempt >= job.max_attempts {
        return bury(store, now, job, reason).await;
    }
    let again = free(now + wait).col_expr(Column::LastError, Expr::value(reason));
    end(store, held(again, job)).await
}

/// Gives back jobs that were leased and never started, as if they had not been leased.
///
/// # Errors
/// As [`finish`].
pub async fn give_back(store: &Store, jobs: &[Job]) -> Result<()> {
    let mut by_owner: HashMap<&str, Vec<JobId>> = HashMap::new();
    for job in jobs {
        by_owner.entry(&job.owner).or_default().push(job.id);
    }
    for (owner, ids) in by_owner {
        let tx = store.write().await?;
        unleased(JobState::Ready)
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
            .filter(Column::Id.is_in(ids))
            .filter(Column::State.eq(JobState::Leased))
            .filter(Column::LeaseOwner.eq(owner))
            .exec(&tx)
            .await?;
        tx.on_commit(Effect::JobsReady);
        tx.commit().await?;
    }
    Ok(())
}

/// Takes back leases that ran out: their workers died. Those that had their last try are dead. How many.
///
/// # Errors
/// Internal when the database fails.
pub async fn sweep(store: &Store, now: DateTime<Utc>) -> Result<u64> {
    const REASON: &str = "the worker did not come back in time";
    let expired = || Condition::all().add(Expr::cust("state = 'leased'")).add(Column::LeaseUntil.lt(now));
    if Entity::unscoped().filter(expired()).limit(1).one(store.read()).await?.is_none() {
        return Ok(0);
    }
    let tx = store.write().await?;
    let exhausted = Expr::col(Column::Attempts).gte(Expr::col(Column::MaxAttempts));
    let buried = ended(JobState::Dead, now)
        .col_expr(Column::LastError, Expr::value(REASON))
        .filter(expired().add(exhausted))
        .exec(&tx)
        .await?;
    let freed =
        free(now).col_expr(Column::LastError, Expr::value(REASON)).filter(expired()).exec(&tx).await?;
    tx.on_commit(Effect::JobsReady);
    tx.commit().await?;
    Ok(buried.rows_affected + freed.rows_affected)
}

/// Lets a dead job run again, with all its tries. `organization` is whose jobs may be touched; empty for the
/// server's operators: any. `false` when there is no such dead job.
pub async fn retry_dead(
    tx: &WriteTx,
    organization: Option<OrganizationId>,
    id: JobId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let start = organization.map_or_else(Entity::unscoped_update, Entity::update_of);
    let done = start
        .col_expr(Column::State, Expr::value(JobState::Ready))
        .col_expr(Column::Attempts, Expr::value(0))
        .col_expr(Column::RunAt, Expr::value(now))
        .col_expr(Column::FinishedAt, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(JobState::Dead))
        .exec(tx)
        .await?;
    tx.on_commit(Effect::JobsReady);
    Ok(done.rows_affected > 0)
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: JobId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// A page of an organization's jobs, in one state if named, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    state: Option<JobState>,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::of(organization), state, query).await
}

/// A page of all jobs: for the server's operators.
pub async fn unscoped_list(
    db: &impl ConnectionTrait,
    state: Option<JobState>,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::unscoped(), state, query).await
}

/// How many jobs are in which state: for the figures.
pub async fn counts(db: &impl ConnectionTrait) -> Result<Vec<Count>, DbErr> {
    Entity::unscoped()
        .select_only()
        .column(Column::State)
        .column_as(Column::Id.count(), "jobs")
        .group_by(Column::State)
        .into_model()
        .all(db)
        .await
}

/// Removes jobs that were done before `done_before` or died before `dead_before`; how many.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, done_before: DateTime<Utc>, dead_before: DateTime<Utc>) -> Result<u64> {
    let old = |state: JobState, before| {
        Condition::all().add(Column::State.eq(state)).add(Column::FinishedAt.lt(before))
    };
    let old = Condition::any().add(old(JobState::Done, done_before)).add(old(JobState::Dead, dead_before));
    crate::store::prune::<Entity>(store, Column::Id, old).await
}

fn new_row(now: DateTime<Utc>, dice: &Dice, job: NewJob) -> Result<Model, DbErr> {
    Ok(Model {
        id: dice.row_id(now),
        organization_id: job.organization,
        kind: job.payload.kind().to_owned(),
        payload: serde_json::to_value(&job.payload).map_err(|error| DbErr::Json(error.to_string()))?,
        dedup_key: job.dedup_key,
        state: JobState::Ready,
        attempts: 0,
        max_attempts: job.max_attempts,
        run_at: job.run_at,
        lease_until: None,
        lease_owner: None,
        last_error: None,
        created_at: now,
        finished_at: None,
    })
}

fn leased(row: Model, owner: &str) -> Result<Job, serde_json::Error> {
    Ok(Job {
        id: row.id,
        organization: row.organization_id,
        payload: serde_json::from_value(row.payload)?,
        attempt: row.attempts + 1,
        max_attempts: row.max_attempts,
        created_at: row.created_at,
        owner: owner.to_owned(),
    })
}

/// Due jobs of any organization (design §7).
fn due(now: DateTime<Utc>) -> sea_orm::Select<Entity> {
    Entity::unscoped()
        // A literal, so that PostgreSQL sees how few are ready (`spec/rust-stack.md` §3).
        .filter(Expr::cust("state = 'ready'"))
        .filter(Column::RunAt.lte(now))
        .filter(Column::Kind.is_in(Payload::KINDS))
}

fn unleased(state: JobState) -> UpdateMany<Entity> {
    Entity::unscoped_update()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
}

fn ended(state: JobState, now: DateTime<Utc>) -> UpdateMany<Entity> {
    unleased(state).col_expr(Column::FinishedAt, Expr::value(now))
}

fn free(run_at: DateTime<Utc>) -> UpdateMany<Entity> {
    unleased(JobState::Ready).col_expr(Column::RunAt, Expr::value(run_at))
}

/// Only while the lease is the owner's.
fn held(update: UpdateMany<Entity>, job: &Job) -> UpdateMany<Entity> {
    update
        .filter(Column::Id.eq(job.id))
        .filter(Column::State.eq(JobState::Leased))
        .filter(Column::LeaseOwner.eq(job.owner.as_str()))
}

async fn end(store: &Store, update: UpdateMany<Entity>) -> Result<bool> {
    let tx = store.write().await?;
    let done = update.exec(&tx).await?;
    tx.commit().await?;
    Ok(done.rows_affected > 0)
}

async fn page(
    db: &impl ConnectionTrait,
    select: sea_orm::Select<Entity>,
    state: Option<JobState>,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select = match state {
        Some(state) => select.filter(Column::State.eq(state)),
        None => select,
    };
    crate::store::page(db, select, Column::Id, query, |row: &Model| row.id.0).await
}

/// The states of the organization's jobs with these keys.
pub async fn states(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    dedup_keys: Vec<String>,
) -> Result<HashMap<String, JobState>, DbErr> {
    let found: Vec<(Option<String>, JobState)> = Entity::of(organization)
        .select_only()
        .column(Column::DedupKey)
        .column(Column::State)
        .filter(Column::DedupKey.is_in(dedup_keys))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().filter_map(|(key, state)| Some((key?, state))).collect())
}

/// Takes back jobs that no worker has: those of these keys that wait or are dead. The keys of those that are gone.
pub async fn withdraw(
    tx: &WriteTx,
    organization: OrganizationId,
    dedup_keys: Vec<String>,
) -> Result<HashSet<String>, DbErr> {
    let idle = [JobState::Ready, JobState::Dead];
    let rows = Entity::of(organization)
        .filter(Column::DedupKey.is_in(dedup_keys))
        .filter(Column::State.is_in(idle))
        .lock_exclusive()
        .all(tx)
        .await?;
    let ids: Vec<JobId> = rows.iter().map(|row| row.id).collect();
    Entity::delete_of(organization).filter(Column::Id.is_in(ids)).exec(tx).await?;
    Ok(rows.into_iter().filter_map(|row| row.dedup_key).collect())
}

/// Whether the organization has a job of that key, in whatever state.
pub async fn is_known(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    dedup_key: &str,
) -> Result<bool, DbErr> {
    let found = Entity::of(organization).filter(Column::DedupKey.eq(dedup_key)).one(db).await?;
    Ok(found.is_some())
}

/// Whether the organization's job of that key is done.
pub async fn is_done(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    dedup_key: &str,
) -> Result<bool, DbErr> {
    let found = Entity::of(organization)
        .filter(Column::DedupKey.eq(dedup_key))
        .filter(Column::State.eq(JobState::Done))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Whether a job whose key begins like this waits or is worked on.
pub async fn is_underway(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    keys: &str,
) -> Result<bool, DbErr> {
    let found = Entity::of(organization)
        .filter(Column::State.is_in([JobState::Ready, JobState::Leased]))
        .filter(Column::DedupKey.starts_with(keys))
        .limit(1)
        .one(db)
        .await?;
    Ok(found.is_some())
}
