//! Queries over pictures.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};

use super::{
    Page, PageQuery, WriteTx,
    entity::artwork::{ArtworkSource, Column, Entity, Model},
};
use crate::ids::{ArtworkId, OrganizationId};

/// A picture without its bytes.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Summary {
    /// Public.
    pub id: ArtworkId,
    /// Lower-case hex.
    pub sha256: String,
    /// Pixels.
    pub width: i32,
    /// Pixels.
    pub height: i32,
    /// `image/png`.
    pub media_type: String,
    /// Where it came from.
    pub source: ArtworkSource,
    /// When it came.
    pub created_at: DateTime<Utc>,
}

/// One by its id, with its bytes.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: ArtworkId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// One by the id that stands in public addresses.
pub async fn unscoped_find(db: &impl ConnectionTrait, id: ArtworkId) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Id.eq(id)).one(db).await
}

/// A page of an organization's pictures, newest first. Their ids are public and say nothing of time, so they
/// go by when they came.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    query: PageQuery,
) -> Result<Page<Summary>, DbErr> {
    let mut select = Entity::of(organization);
    if let Some(after) = query.after {
        let last = Entity::of(organization).filter(Column::Id.eq(after));
        let Some(last): Option<Summary> = last.into_partial_model().one(db).await? else {
            return Ok(Page::empty());
        };
        let same_moment =
            Condition::all().add(Column::CreatedAt.eq(last.created_at)).add(Column::Id.lt(after));
        select = select.filter(Condition::any().add(Column::CreatedAt.lt(last.created_at)).add(same_moment));
    }
    let select = select.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).limit(query.rows());
    Ok(query.cut(select.into_partial_model().all(db).await?, |row: &Summary| row.id.0))
}

/// Stores a picture, or finds the same bytes stored before; the id that counts.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<ArtworkId, DbErr> {
    let (organization, sha256) = (row.organization_id, row.sha256.clone());
    let id = row.id;
    let known = OnConflict::columns([Column::OrganizationId, Column::Sha256]).do_nothing().to_owned();
    let inserted =
        Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    if inserted > 0 {
        return Ok(id);
    }
    let stored: Option<Summary> =
        Entity::of(organization).filter(Column::Sha256.eq(sha256)).into_partial_model().one(tx).await?;
    stored.map(|row| row.id).ok_or(DbErr::RecordNotInserted)
}
