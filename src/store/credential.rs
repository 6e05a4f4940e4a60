//! Queries over credentials, and the revocation of a generation with all its documents.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, sea_query::Expr};

use super::{
    Effect, Topic, WriteTx,
    entity::{
        credential::{Column, Entity, Model},
        generation,
    },
    rows, status_list,
};
use crate::ids::{AwardId, CredentialId, GenerationId, OrganizationId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: CredentialId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// One by the id that stands in public addresses.
pub async fn unscoped_find(db: &impl ConnectionTrait, id: CredentialId) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Id.eq(id)).one(db).await
}

/// All documents of an award, of every generation, newest first.
pub async fn of_award(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    award: AwardId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::AwardId.eq(award))
        .order_by_desc(Column::CreatedAt)
        .order_by_asc(Column::Kind)
        .all(db)
        .await
}

/// The documents of one generation.
pub async fn of_generation(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    generation: GenerationId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::GenerationId.eq(generation))
        .order_by_asc(Column::Kind)
        .all(db)
        .await
}

/// Adds documents, one statement for up to 512.
pub async fn insert_many(tx: &WriteTx, many: Vec<Model>) -> Result<(), DbErr> {
    rows::insert_many(tx, many).await
}

/// Revokes a generation and every document of it, and bumps the status lists they point into. With
/// `replaced` the generation is also marked as followed by another. A second time changes nothing: what was
/// revoked keeps who, when and why. Answers the documents revoked now, as they are then.
pub async fn revoke_generation(
    tx: &WriteTx,
    organization: OrganizationId,
    generation: GenerationId,
    at: DateTime<Utc>,
    reason: &str,
    replaced: bool,
) -> Result<Vec<Model>, DbErr> {
    let revoked = Entity::update_of(organization)
        .col_expr(Column::RevokedAt, Expr::value(at))
        .col_expr(Column::RevocationReason, Expr::value(reason))
        .filter(Column::GenerationId.eq(generation))
        .filter(Column::RevokedAt.is_null())
        .exec_with_returning(tx)
        .await?;
    let mut update = generation::Entity::update_of(organization)
        .col_expr(generation::Column::RevokedAt, Expr::value(at))
        .col_expr(generation::Column::RevocationReason, Expr::value(reason))
        .filter(generation::Column::Id.eq(generation))
        .filter(generation::Column::RevokedAt.is_null());
    if replaced {
        update = update.col_expr(generation::Column::ReplacedAt, Expr::value(at));
    }
    update.exec(tx).await?;
    status_list::bump(tx, organization, revoked.iter().filter_map(|document| document.status_list_id))
        .await?;
    for document in &revoked {
        tx.on_commit(Effect::Changed(Topic::Credential(document.id)));
        tx.on_commit(Effect::Changed(Topic::Award(document.award_id)));
    }
    Ok(revoked)
}
