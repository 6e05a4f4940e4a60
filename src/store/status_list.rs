//! Status lists: places are handed out in blocks, each place once and never again, also when whoever took
//! it is rolled back or dies (OB077 to OB082; design §7). Bits are not kept: a list is built from its
//! revoked credentials when it is read, and cached by `revision`.

use std::{collections::BTreeSet, ops::Range};

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use super::{
    Effect, Store, Topic, WriteTx,
    entity::{
        credential,
        status_list::{Column, Entity, Model},
    },
};
use crate::{
    clock::Dice,
    error::{Error, Result},
    ids::{IssuerId, OrganizationId, StatusListId},
};

/// Places of a new list: the least that the standard allows, for herd privacy.
pub const SIZE: i32 = 131_072;
/// Places that a process takes at once.
pub const BLOCK: i32 = 64;

/// Places of a list that are the taker's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Of this list.
    pub list: StatusListId,
    /// The list's number within its issuer; stands in its address.
    pub number: i32,
    /// The list's places.
    pub size: i32,
    /// What the keyed permutation turns into status indexes.
    pub counters: Range<i32>,
    /// The list's own key for that permutation.
    pub permutation_key: Vec<u8>,
}

/// Takes `count` places of the issuer's newest list in a transaction of its own (so never call it while
/// holding one: `SQLite` has a single writer). A list that would be more than 90 % full is left as it is
/// and the next one is opened.
///
/// # Errors
/// Internal when the database fails, or when `count` is not from 1 to nine tenths of a list.
pub async fn lease_block(
    store: &Store,
    now: DateTime<Utc>,
    dice: &Dice,
    organization: OrganizationId,
    issuer: IssuerId,
    count: i32,
) -> Result<Block> {
    if !(1..=SIZE / 10 * 9).contains(&count) {
        return Err(Error::internal("no list has that many places"));
    }
    loop {
        let tx = store.write().await?;
        // What is decided here holds whoever else is at work: counters only grow and lists only follow.
        let newest = newest(&tx, organization, issuer).await?;
        let number = newest.as_ref().map_or(0, |list| list.number);
        match newest {
            Some(list) if has_room(&list, count) => {
                if let Some(list) = take(&tx, &list, count).await? {
                    tx.commit().await?;
                    return Ok(Block {
                        list: list.id,
                        number: list.number,
                        size: list.size,
                        counters: list.leased - count..list.leased,
                        permutation_key: list.permutation_key,
                    });
                }
            }
            _ => open(&tx, now, dice, organization, issuer, number + 1).await?,
        }
        tx.commit().await?;
    }
}

/// Opens a list for each issuer that has any, by a number that no list has had: what was leased since a backup was made is
/// forgotten with it, and must not be leased again. How many.
///
/// # Errors
/// Internal when the database fails.
pub async fn begin_anew(tx: &WriteTx, now: DateTime<Utc>, dice: &Dice) -> Result<u64> {
    let newest: Vec<(OrganizationId, IssuerId, i32)> = Entity::unscoped()
        .select_only()
        .column(Column::OrganizationId)
        .column(Column::IssuerId)
        .column_as(Column::Number.max(), "number")
        .group_by(Column::OrganizationId)
        .group_by(Column::IssuerId)
        .into_tuple()
        .all(tx)
        .await?;
    let mut opened = 0;
    for (organization, issuer, number) in newest {
        // The same backup may be put back twice: a fixed step would lead to the same list both times.
        let step = 1_000 + i32::from(u16::from_be_bytes(dice.bytes::<2>()));
        open(tx, now, dice, organization, issuer, number.saturating_add(step)).await?;
        opened += 1;
    }
    Ok(opened)
}

/// One by its number within the issuer.
pub async fn of_number(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    issuer: IssuerId,
    number: i32,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::IssuerId.eq(issuer))
        .filter(Column::Number.eq(number))
        .one(db)
        .await
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: StatusListId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// The indexes whose bit is set, ascending.
pub async fn revoked_indexes(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    list: StatusListId,
) -> Result<Vec<i32>, DbErr> {
    let mut set: Vec<Option<i32>> = credential::Entity::of(organization)
        .select_only()
        .column(credential::Column::StatusIndex)
        .filter(credential::Column::StatusListId.eq(list))
        .filter(credential::Column::RevokedAt.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    // Sorted here: asked for in order, SQLite would walk every place of the list, not only those revoked.
    set.sort_unstable();
    Ok(set.into_iter().flatten().collect())
}

/// When a bit of the list was last set.
pub async fn last_revocation(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    list: StatusListId,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let last: Option<Option<DateTime<Utc>>> = credential::Entity::of(organization)
        .select_only()
        .column_as(credential::Column::RevokedAt.max(), "last")
        .filter(credential::Column::StatusListId.eq(list))
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.flatten())
}

/// Notes that bits of these lists have changed.
pub async fn bump(
    tx: &WriteTx,
    organization: OrganizationId,
    lists: impl IntoIterator<Item = StatusListId>,
) -> Result<(), DbErr> {
    let lists: BTreeSet<_> = lists.into_iter().collect();
    if lists.is_empty() {
        return Ok(());
    }
    for list in &lists {
        tx.on_commit(Effect::Changed(Topic::StatusList(*list)));
    }
    Entity::update_of(organization)
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
        .filter(Column::Id.is_in(lists))
        .exec(tx)
        .await
        .map(drop)
}

async fn newest(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    issuer: IssuerId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::IssuerId.eq(issuer)).order_by_desc(Column::Number).one(db).await
}

fn has_room(list: &Model, count: i32) -> bool {
    list.leased + count <= list.size / 10 * 9
}

/// Moves the list's counter, if there still is room. One statement, so two who take at the same moment get
/// different places on either engine.
async fn take(tx: &WriteTx, list: &Model, count: i32) -> Result<Option<Model>, DbErr> {
    let taken = Entity::update_of(list.organization_id)
        .col_expr(Column::Leased, Expr::col(Column::Leased).add(count))
        .filter(Column::Id.eq(list.id))
        .filter(Column::Leased.lte(list.size / 10 * 9 - count))
        .exec_with_returning(tx)
        .await?;
    Ok(taken.into_iter().next())
}

/// Opens a list; of two who open the same one wins and both go on.
async fn open(
    tx: &WriteTx,
    now: DateTime<Utc>,
    dice: &Dice,
    organization: OrganizationId,
    issuer: IssuerId,
    number: i32,
) -> Result<(), DbErr> {
    let list = Model {
        id: dice.row_id(now),
        organization_id: organization,
        issuer_id: issuer,
        number,
        size: SIZE,
        leased: 0,
        permutation_key: dice.bytes::<32>().to_vec(),
        revision: 0,
        created_at: now,
    };
    let opened = OnConflict::columns([Column::IssuerId, Column::Number]).do_nothing().to_owned();
    Entity::insert(list.into_active_model()).on_conflict(opened).exec_without_returning(tx).await.map(drop)
}
