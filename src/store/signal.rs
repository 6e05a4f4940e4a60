//! Recording signals and reading them back (design §2: events happen once, readings are registers).

use std::collections::{BTreeMap, HashSet, btree_map::Entry};

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};
use serde_json::Value;

use super::{
    Page, PageQuery, Store, WriteTx, award,
    entity::signal::{Column, Entity, Model, SignalForm},
    page::page,
    rows,
};
use crate::{
    error::Result,
    ids::{LearnerId, OrganizationId, SignalId},
};

/// Signals that retention looks at in one transaction.
const PRUNED_AT_ONCE: u64 = 256;

/// Records signals, one statement for all. An event that is known stays as it is; a reading that is known
/// takes the new value if it is newer by the time it happened, and keeps the value before it as `previous`.
/// A reading that came without a time of its own says so by any `not_before`: of one that is known it becomes the last
/// moment at which it was read with the value before.
/// Of rows with one name (organization, source, source id) an event's first and a reading's newest count.
/// Answers the rows that are new or changed, as they are then, in no order.
pub async fn record(tx: &WriteTx, rows: Vec<Model>) -> Result<Vec<Model>, DbErr> {
    let mut rows = once_each(rows);
    for row in rows.iter_mut().filter(|row| row.form == SignalForm::Reading) {
        row.seen_at = row.seen_at.or(Some(row.heard_at));
    }
    rows::upsert_many(tx, rows, newer_reading).await
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: SignalId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// One by its name.
pub async fn of_source(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    source: &str,
    source_id: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::Source.eq(source))
        .filter(Column::SourceId.eq(source_id))
        .one(db)
        .await
}

/// Several of one source by their names, in no order.
pub async fn of_names(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    source: &str,
    source_ids: impl IntoIterator<Item = String>,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::Source.eq(source))
        .filter(Column::SourceId.is_in(source_ids))
        .all(db)
        .await
}

/// Notes that a reading said the same again of these names of a source, and when: value and time stay.
pub async fn confirm(
    tx: &WriteTx,
    organization: OrganizationId,
    source: &str,
    source_ids: impl IntoIterator<Item = String>,
    (run, at): (uuid::Uuid, DateTime<Utc>),
) -> Result<(), DbErr> {
    Entity::update_of(organization)
        .col_expr(Column::RunId, Expr::value(run))
        .col_expr(Column::SeenAt, Expr::value(at))
        .filter(Column::Source.eq(source))
        .filter(Column::SourceId.is_in(source_ids))
        .exec(tx)
        .await
        .map(drop)
}

/// The next of a source's readings after one that another run than `run` brought, by id.
pub async fn of_other_runs(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    source: &str,
    run: uuid::Uuid,
    after: Option<SignalId>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let other = sea_orm::Condition::any().add(Column::RunId.is_null()).add(Column::RunId.ne(run));
    let mut select = Entity::of(organization).filter(Column::Source.eq(source)).filter(other);
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after));
    }
    select.order_by_asc(Column::Id).limit(limit).all(db).await
}

/// All we know of a learner, in the order it was heard.
pub async fn of_learner(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learner: LearnerId,
) -> Result<Vec<Model>, DbErr> {
    of_learners(db, organization, [learner]).await
}

/// As [`of_learner`] for many at once, learner by learner.
pub async fn of_learners(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learners: impl IntoIterator<Item = LearnerId>,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::LearnerId.is_in(learners))
        .order_by_asc(Column::LearnerId)
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// What is known of learners of one kind, in no order.
pub async fn of_kind(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learners: impl IntoIterator<Item = LearnerId>,
    kind: &str,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::LearnerId.is_in(learners))
        .filter(Column::Kind.eq(kind))
        .all(db)
        .await
}

/// A page of an organization's signals, of one learner if named.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learner: Option<LearnerId>,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let mut select = Entity::of(organization);
    if let Some(learner) = learner {
        select = select.filter(Column::LearnerId.eq(learner));
    }
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Gives one learner's signals to another: the same person, known twice.
pub async fn move_to(
    tx: &WriteTx,
    organization: OrganizationId,
    from: LearnerId,
    to: LearnerId,
) -> Result<u64, DbErr> {
    let moved = Entity::update_of(organization)
        .col_expr(Column::LearnerId, Expr::value(to))
        .filter(Column::LearnerId.eq(from))
        .exec(tx)
        .await?;
    Ok(moved.rows_affected)
}

/// Removes these events of one learner, unless an award rests on one of them; whether they are gone.
pub async fn withdraw(
    tx: &WriteTx,
    organization: OrganizationId,
    learner: LearnerId,
    ids: &[SignalId],
) -> Result<bool, DbErr> {
    let mut kept = HashSet::new();
    for verdict in award::unscoped_verdicts(tx, [learner]).await? {
        named_in(&verdict, &mut kept);
    }
    if ids.iter().any(|id| kept.contains(&id.0)) {
        return Ok(false);
    }
    Entity::delete_of(organization).filter(Column::Id.is_in(ids.iter().copied())).exec(tx).await?;
    Ok(true)
}

/// Removes signals heard before `before` on which no award rests: which those are, its stored verdict names.
/// How many went.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let mut gone = 0;
    let mut last = SignalId(uuid::Uuid::nil());
    loop {
        let old = Entity::unscoped()
            .filter(Column::HeardAt.lt(before))
            // What people decided stands until they decide otherwise.
            .filter(Column::Channel.ne("approval"))
            .filter(Column::Id.gt(last))
            .order_by_asc(Column::Id)
            .limit(PRUNED_AT_ONCE)
            .all(store.read())
            .await?;
        let Some(newest) = old.last() else { return Ok(gone) };
        last = newest.id;
        let tx = store.write().await?;
        let learners = old.iter().map(|signal| signal.learner_id);
        let mut kept = HashSet::new();
        for verdict in award::unscoped_verdicts(&tx, learners).await? {
            named_in(&verdict, &mut kept);
        }
        let old = old.iter().map(|signal| signal.id).filter(|id| !kept.contains(&id.0));
        gone += Entity::unscoped_delete().filter(Column::Id.is_in(old)).exec(&tx).await?.rows_affected;
        tx.commit().await?;
    }
}

/// Every id that a stored verdict names, wherever it stands.
fn named_in(value: &Value, ids: &mut HashSet<uuid::Uuid>) {
    match value {
        Value::String(text) => ids.extend(text.parse::<uuid::Uuid>()),
        Value::Array(items) => items.iter().for_each(|item| named_in(item, ids)),
        Value::Object(members) => members.values().for_each(|member| named_in(member, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// One row per name, in the order of the names: one statement cannot change a row twice, and two
/// transactions that record the same names never hold each other up.
fn once_each(rows: Vec<Model>) -> Vec<Model> {
    let mut by_name = BTreeMap::new();
    for row in rows {
        match by_name.entry((row.organization_id, row.source.clone(), row.source_id.clone())) {
            Entry::Vacant(free) => {
                free.insert(row);
            }
            Entry::Occupied(mut taken) => {
                if row.form == SignalForm::Reading && row.happened_at > taken.get().happened_at {
                    taken.insert(row);
                }
            }
        }
    }
    by_name.into_values().collect()
}

fn newer_reading() -> OnConflict {
    let stored = |column| Expr::col((Entity, column));
    let new = |column| Expr::col(("excluded", column));
    OnConflict::columns([Column::OrganizationId, Column::Source, Column::SourceId])
        .value(Column::Previous, stored(Column::Value))
        .value(
            Column::NotBefore,
            Expr::cust(
                "CASE WHEN excluded.not_before IS NULL THEN NULL ELSE COALESCE(signal.seen_at, signal.heard_at) END",
            ),
        )
        .update_columns([
            Column::Value,
            Column::Strength,
            Column::RunId,
            Column::SeenAt,
            Column::HappenedAt,
            Column::HeardAt,
        ])
        // Both must be readings: an event is never rewritten.
        .action_and_where(stored(Column::Form).eq(SignalForm::Reading.as_str()))
        .action_and_where(new(Column::Form).eq(SignalForm::Reading.as_str()))
        // A source id names one learner's register: it cannot be moved to somebody else.
        .action_and_where(stored(Column::LearnerId).eq(new(Column::LearnerId)))
        .action_and_where(new(Column::HappenedAt).gt(stored(Column::HappenedAt)))
        .to_owned()
}
