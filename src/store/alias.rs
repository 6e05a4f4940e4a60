//! Queries over aliases.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    WriteTx,
    entity::alias::{AliasKind, Column, Entity, Model},
};
use crate::ids::OrganizationId;

/// What an old id means.
pub async fn of_former(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    kind: AliasKind,
    realm: &str,
    former: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::Kind.eq(kind))
        .filter(Column::Realm.eq(realm))
        .filter(Column::Former.eq(former))
        .one(db)
        .await
}

/// Under which old id something was known.
pub async fn of_subject(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    kind: AliasKind,
    subject: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Kind.eq(kind)).filter(Column::SubjectId.eq(subject)).one(db).await
}

/// Adds one, unless the old id means something else or the thing has another old id; whether it was added.
pub async fn insert_if_new(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let known = OnConflict::new().do_nothing().to_owned();
    let added = Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    Ok(added > 0)
}
