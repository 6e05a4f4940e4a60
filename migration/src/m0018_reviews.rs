//! Whose work a launch lets its person see: submission reviews and mentors (lti-1.3-tool §12, §19).

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The id is the launch's, whose record may go before or after.
        let reviews = table("review")
            .col(organization())
            .col(uuid("learner_id"))
            .col(uuid_or_null("course_id"))
            .col(text_or_null("for_user"))
            .col(text_or_null("line_item_url"))
            .col(json("mentored"))
            .col(text_or_null("return_url"))
            .col(time("created_at"))
            .foreign_key(&mut reference("review", "organization_id", "organization"))
            .foreign_key(&mut reference("review", "learner_id", "learner"))
            .foreign_key(&mut reference("review", "course_id", "course"))
            .to_owned();
        let indexes = vec![index("review", &["learner_id", "course_id", "id"])];
        create(manager, vec![reviews], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["review"]).await
    }
}
