//! Facts of this server, e.g. the master key's fingerprint.

use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QuerySelect as _, sea_query::OnConflict,
};

use super::{
    WriteTx,
    entity::server_fact::{Column, Entity, Model},
};

/// What is known under `name`.
pub async fn find(db: &impl ConnectionTrait, name: &str) -> Result<Option<String>, DbErr> {
    Ok(Entity::named(name).one(db).await?.map(|fact| fact.value))
}

/// Writes a fact, new or anew.
pub async fn put(tx: &WriteTx, name: &str, value: &str) -> Result<(), DbErr> {
    let known = OnConflict::column(Column::Name).update_column(Column::Value).to_owned();
    let fact = Model { name: name.to_owned(), value: value.to_owned() };
    Entity::insert(fact.into_active_model()).on_conflict(known).exec_without_returning(tx).await.map(drop)
}

/// Writes a fact unless one is there; the one that counts. For what replicas must agree on.
pub async fn put_if_new(tx: &WriteTx, name: &str, value: &str) -> Result<String, DbErr> {
    let known = OnConflict::column(Column::Name).do_nothing().to_owned();
    let fact = Model { name: name.to_owned(), value: value.to_owned() };
    Entity::insert(fact.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    find(tx, name).await?.ok_or(DbErr::RecordNotInserted)
}

/// As [`find`], and holds what is there until the commit.
pub async fn lock(tx: &WriteTx, name: &str) -> Result<Option<String>, DbErr> {
    Ok(Entity::named(name).lock_exclusive().one(tx).await?.map(|fact| fact.value))
}
