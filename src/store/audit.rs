//! Queries over the audit.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _};

use super::{
    Page, PageQuery, Store, WriteTx,
    entity::audit_event::{Column, Entity, Model},
    page::page,
    rows,
};
use crate::{
    error::Result,
    ids::{AuditEventId, OrganizationId},
};

/// Adds an event.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// Adds events, one statement for up to 512.
pub async fn insert_many(tx: &WriteTx, many: Vec<Model>) -> Result<(), DbErr> {
    rows::insert_many(tx, many).await
}

/// A page of an organization's audit, of one subject if named.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    subject_id: Option<&str>,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let mut select = Entity::of(organization);
    if let Some(subject_id) = subject_id {
        select = select.filter(Column::SubjectId.eq(subject_id));
    }
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// A page of the whole audit: for the server's operators.
pub async fn unscoped_list(db: &impl ConnectionTrait, query: PageQuery) -> Result<Page<Model>, DbErr> {
    page(db, Entity::unscoped(), Column::Id, query, |row| row.id.0).await
}

/// Removes events older than `before`; how many.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let old = Condition::all().add(Column::Id.lt(AuditEventId(rows::first_id_at(before))));
    rows::prune::<Entity>(store, Column::Id, old).await
}
