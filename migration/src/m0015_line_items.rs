//! Line items: columns of gradebooks that we made or found, and the scores that we report into them.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let line_items = table("line_item")
            .col(organization())
            .col(uuid("course_id"))
            .col(uuid_or_null("link_id"))
            .col(uuid_or_null("placement_id"))
            .col(text("purpose"))
            .col(text("resource_id"))
            .col(text("tag"))
            .col(text("label"))
            .col(text("maximum"))
            .col(text_or_null("url"))
            .col(flag("made_by_us"))
            .col(text("state"))
            .col(flag("is_renamed"))
            .col(text_or_null("trouble"))
            .col(text_or_null("trouble_words"))
            .col(time_or_null("busy_until"))
            .col(time_or_null("last_seen_at"))
            .col(json_or_null("reading"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("line_item", "organization_id", "organization"))
            .foreign_key(&mut reference("line_item", "course_id", "course"))
            .foreign_key(&mut reference("line_item", "link_id", "link"))
            .foreign_key(&mut reference("line_item", "placement_id", "placement"))
            .to_owned();
        let reports = table("score_report")
            .col(organization())
            .col(uuid("line_item_id"))
            .col(uuid("learner_id"))
            .col(uuid("award_id"))
            .col(text("wanted"))
            .col(int("revision"))
            .col(time("decided_at"))
            .col(time_or_null("timestamp"))
            .col(time_or_null("last_timestamp"))
            .col(time_or_null("posted_at"))
            .col(text("state"))
            .col(text_or_null("trouble"))
            .col(text_or_null("trouble_words"))
            .col(time_or_null("busy_until"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("score_report", "organization_id", "organization"))
            .foreign_key(&mut reference("score_report", "line_item_id", "line_item"))
            .foreign_key(&mut reference("score_report", "learner_id", "learner"))
            .foreign_key(&mut reference("score_report", "award_id", "award"))
            .to_owned();

        let indexes = vec![
            unique("line_item", &["course_id", "resource_id", "tag"]),
            index("line_item", &["organization_id", "id"]),
            unique("score_report", &["line_item_id", "learner_id"]),
            index("score_report", &["award_id"]),
        ];
        create(manager, vec![line_items, reports], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["score_report", "line_item"]).await
    }
}
