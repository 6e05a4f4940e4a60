//! Awards by the list: what was uploaded, row by row, and what became of each.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bulks = table("bulk")
            .col(organization())
            .col(text("state"))
            .col(int("total"))
            .col(int("run"))
            .col(text("begun_by"))
            .col(uuid_or_null("pass_id"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .col(time_or_null("ended_at"))
            .foreign_key(&mut reference("bulk", "organization_id", "organization"))
            .foreign_key(&mut reference("bulk", "pass_id", "pass"))
            .to_owned();
        let rows = table("bulk_row")
            .col(organization())
            .col(uuid("bulk_id"))
            .col(int("number"))
            .col(text("state"))
            .col(json("given"))
            .col(uuid_or_null("learner_id"))
            .col(uuid_or_null("award_id"))
            .col(text_or_null("code"))
            .col(text_or_null("words"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("bulk_row", "organization_id", "organization"))
            .foreign_key(&mut reference("bulk_row", "bulk_id", "bulk"))
            .to_owned();
        let indexes = vec![
            index("bulk", &["organization_id", "id"]),
            index("bulk_row", &["bulk_id", "organization_id", "number"]),
            index("bulk_row", &["bulk_id", "organization_id", "state", "number"]),
        ];
        create(manager, vec![bulks, rows], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["bulk_row", "bulk"]).await
    }
}
