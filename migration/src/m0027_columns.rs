//! Readings keep since when they say what they say; whom a trigger column's platform has been told of.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let seeds = table("column_seed")
            .col(organization())
            .col(uuid("line_item_id"))
            .col(uuid("learner_id"))
            .col(text_or_null("trouble"))
            .col(time("created_at"))
            .foreign_key(&mut reference("column_seed", "organization_id", "organization"))
            .foreign_key(&mut reference("column_seed", "line_item_id", "line_item"))
            .foreign_key(&mut reference("column_seed", "learner_id", "learner"))
            .to_owned();
        let indexes = vec![unique("column_seed", &["line_item_id", "learner_id"])];
        create(manager, vec![seeds], indexes).await?;
        // SQLite adds one column at a time.
        for column in [time_or_null("seen_at"), time_or_null("not_before")] {
            let signal = Table::alter().table("signal").add_column(column).to_owned();
            manager.alter_table(signal).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["not_before", "seen_at"] {
            let signal = Table::alter().table("signal").drop_column(column).to_owned();
            manager.alter_table(signal).await?;
        }
        drop_tables(manager, &["column_seed"]).await
    }
}
