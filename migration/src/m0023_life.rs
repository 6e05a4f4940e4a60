//! The life of a rule: when awards of a version end, and how long before that their holders are reminded.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in added() {
            let add = Table::alter().table("achievement_version").add_column(column).to_owned();
            manager.alter_table(add).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in added() {
            let name = column.get_column_name();
            manager
                .alter_table(Table::alter().table("achievement_version").drop_column(name).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// What versions gain.
fn added() -> [ColumnDef; 2] {
    [time_or_null("valid_until"), json("remind_days").default("[]").take()]
}
