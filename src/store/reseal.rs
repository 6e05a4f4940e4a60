//! Sealed columns, read and written without looking inside: for sealing everything anew under another
//! master key. Unscoped by nature: the master key is the server's.

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    WriteTx,
    entity::{award, consumer_key, generation, issuer_key, platform_key, record_source},
};

/// A table with a sealed column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Issuers' signing keys.
    IssuerKey,
    /// Our signing keys for platforms.
    PlatformKey,
    /// Delivery addresses.
    Generation,
    /// Claim tokens.
    Award,
    /// Secrets of consumer keys.
    ConsumerKey,
    /// Credentials of record sources.
    RecordSource,
}

/// One sealed value.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The row's id, which is also what the envelope is bound to.
    pub id: Uuid,
    /// The envelope.
    pub envelope: Vec<u8>,
}

macro_rules! sealed {
    ($db:expr, $table:ident, $column:ident, $after:expr, $limit:expr) => {{
        let wanted = Condition::all().add_option($after.map(|after| $table::Column::Id.gt(after)));
        $table::Entity::unscoped()
            .filter(wanted)
            .order_by_asc($table::Column::Id)
            .limit($limit)
            .select_only()
            .column($table::Column::Id)
            .column($table::Column::$column)
            .into_tuple::<(Uuid, Vec<u8>)>()
            .all($db)
            .await
    }};
}

macro_rules! put {
    ($tx:expr, $table:ident, $column:ident, $id:expr, $envelope:expr) => {
        $table::Entity::unscoped_update()
            .col_expr($table::Column::$column, Expr::value($envelope))
            .filter($table::Column::Id.eq($id))
            .exec($tx)
            .await
    };
}

/// The next sealed values after a row, by id.
pub async fn page(
    db: &impl ConnectionTrait,
    table: Table,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Sealed>, DbErr> {
    let rows = match table {
        Table::IssuerKey => sealed!(db, issuer_key, SealedPrivate, after, limit)?,
        Table::PlatformKey => sealed!(db, platform_key, SealedPrivate, after, limit)?,
        Table::Generation => sealed!(db, generation, RecipientSealed, after, limit)?,
        Table::Award => sealed!(db, award, ClaimTokenSealed, after, limit)?,
        Table::ConsumerKey => sealed!(db, consumer_key, SealedSecret, after, limit)?,
        Table::RecordSource => sealed!(db, record_source, SealedCredential, after, limit)?,
    };
    Ok(rows.into_iter().map(|(id, envelope)| Sealed { id, envelope }).collect())
}

/// Writes a sealed value anew.
pub async fn put(tx: &WriteTx, table: Table, id: Uuid, envelope: Vec<u8>) -> Result<(), DbErr> {
    match table {
        Table::IssuerKey => put!(tx, issuer_key, SealedPrivate, id, envelope)?,
        Table::PlatformKey => put!(tx, platform_key, SealedPrivate, id, envelope)?,
        Table::Generation => put!(tx, generation, RecipientSealed, id, envelope)?,
        Table::Award => put!(tx, award, ClaimTokenSealed, id, envelope)?,
        Table::ConsumerKey => put!(tx, consumer_key, SealedSecret, id, envelope)?,
        Table::RecordSource => put!(tx, record_source, SealedCredential, id, envelope)?,
    };
    Ok(())
}
