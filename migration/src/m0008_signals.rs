//! Signals: events that happened once, and readings that hold the latest value.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let signals = table("signal")
            .col(organization())
            .col(text("form"))
            .col(text("source"))
            .col(text("source_id"))
            .col(text("channel"))
            .col(small("strength"))
            .col(uuid("learner_id"))
            .col(uuid_or_null("course_id"))
            .col(uuid_or_null("link_id"))
            .col(text("kind"))
            .col(text("subject"))
            .col(json("value"))
            .col(json_or_null("previous"))
            .col(uuid_or_null("run_id"))
            .col(time("happened_at"))
            .col(time("heard_at"))
            .foreign_key(&mut reference("signal", "organization_id", "organization"))
            .foreign_key(&mut reference("signal", "learner_id", "learner"))
            .foreign_key(&mut reference("signal", "course_id", "course"))
            .foreign_key(&mut reference("signal", "link_id", "link"))
            .to_owned();

        let indexes = vec![
            unique("signal", &["organization_id", "source", "source_id"]),
            index("signal", &["learner_id", "organization_id", "id"]),
        ];
        create(manager, vec![signals], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["signal"]).await
    }
}
