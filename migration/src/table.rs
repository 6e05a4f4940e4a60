//! The few shapes of column, key and index that every table is made of.
//!
//! Text, whole numbers, bytes, JSON, UTC times and UUIDs; each spelt the way sea-orm reads it back on both
//! engines. Constraint names follow one rule, because `store` turns them into conflicts by name:
//! `uq_<table>_<columns>` and `fk_<table>_<column>`. Nothing here knows a particular table.

use sea_orm_migration::prelude::{
    ColumnDef, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, IndexCreateStatement,
    SchemaManager, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

/// Starts a table whose primary key is `id`.
pub fn table(name: &'static str) -> TableCreateStatement {
    let mut table = bare(name);
    table.col(uuid("id").primary_key());
    table
}

/// Starts a table without any column.
pub fn bare(name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    table
}

/// The tenant's column.
pub fn organization() -> ColumnDef {
    uuid("organization_id")
}

/// The tenant's column where the server itself may own the row.
pub fn organization_or_server() -> ColumnDef {
    uuid_or_null("organization_id")
}

pub fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

pub fn uuid_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().take()
}

pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

pub fn text_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().take()
}

pub fn small(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).small_integer().not_null().take()
}

pub fn int(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

pub fn int_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().take()
}

pub fn long(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

pub fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

pub fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

pub fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().not_null().take()
}

pub fn json_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().take()
}

/// A moment in UTC, cut to microseconds by the writer (design §7).
pub fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().take()
}

pub fn time_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().take()
}

/// `table.column` names a row of `target`, which therefore cannot go away.
pub fn reference(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk_{table}_{column}"))
        .from(table, column)
        .to(target, "id")
        .on_delete(ForeignKeyAction::Restrict)
        .to_owned()
}

/// As [`reference()`], but the row stays behind with an empty column when its target goes.
pub fn loose_reference(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    let mut key = reference(table, column, target);
    key.on_delete(ForeignKeyAction::SetNull).to_owned()
}

/// Adds a unique index over `columns`, called `uq_<table>_<columns>`.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named_index("uq", table, columns).unique().to_owned()
}

/// Adds an index over `columns`, called `ix_<table>_<columns>`.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named_index("ix", table, columns)
}

fn named_index(prefix: &str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{prefix}_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// Creates the tables with their indexes, in order.
pub async fn create(
    manager: &SchemaManager<'_>,
    tables: Vec<TableCreateStatement>,
    indexes: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Runs one statement as written; both engines read partial indexes in the same words.
pub async fn statement(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(sql).await.map(drop)
}

/// Drops the tables in the order given: those that refer to others first.
pub async fn drop_tables(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).to_owned()).await?;
    }
    Ok(())
}
