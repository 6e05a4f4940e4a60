//! Record sources: a platform's own interface, read with the institution's consent; and what each reading of a course
//! came to.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sources = table("record_source")
            .col(organization())
            .col(uuid("platform_id"))
            .col(text("kind"))
            .col(text("base_url"))
            .col(bytes("sealed_credential"))
            .col(json("course_ids"))
            .col(text("consent_by"))
            .col(text_or_null("consent_note"))
            .col(time("consent_at"))
            .col(time_or_null("rests_until"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .col(time_or_null("removed_at"))
            .foreign_key(&mut reference("record_source", "organization_id", "organization"))
            .foreign_key(&mut reference("record_source", "platform_id", "platform"))
            .to_owned();
        let readings = table("record_reading")
            .col(organization())
            .col(uuid("source_id"))
            .col(uuid("course_id"))
            .col(time_or_null("busy_until"))
            .col(json_or_null("position"))
            .col(json_or_null("reading"))
            .col(text_or_null("trouble"))
            .col(text_or_null("trouble_words"))
            .col(time_or_null("read_at"))
            .col(time_or_null("complete_at"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("record_reading", "organization_id", "organization"))
            .foreign_key(&mut reference("record_reading", "source_id", "record_source"))
            .foreign_key(&mut reference("record_reading", "course_id", "course"))
            .to_owned();
        let indexes = vec![
            unique("record_source", &["organization_id", "platform_id"]),
            index("record_source", &["organization_id", "id"]),
            unique("record_reading", &["source_id", "course_id"]),
            index("record_reading", &["course_id"]),
        ];
        create(manager, vec![sources, readings], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["record_reading", "record_source"]).await
    }
}
