//! Courses (LTI contexts) and links (resource links).

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let courses = table("course")
            .col(organization())
            .col(uuid("deployment_id"))
            .col(text("context_id"))
            .col(text_or_null("title"))
            .col(text_or_null("label"))
            .col(json("services"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("course", "organization_id", "organization"))
            .foreign_key(&mut reference("course", "deployment_id", "deployment"))
            .to_owned();
        let links = table("link")
            .col(organization())
            .col(uuid("deployment_id"))
            .col(uuid_or_null("course_id"))
            .col(text("resource_link_id"))
            .col(text_or_null("title"))
            .col(text_or_null("line_item_url"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("link", "organization_id", "organization"))
            .foreign_key(&mut reference("link", "deployment_id", "deployment"))
            .foreign_key(&mut reference("link", "course_id", "course"))
            .to_owned();

        let indexes = vec![
            unique("course", &["deployment_id", "context_id"]),
            index("course", &["organization_id", "id"]),
            unique("link", &["deployment_id", "resource_link_id"]),
            index("link", &["course_id"]),
        ];
        create(manager, vec![courses, links], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["link", "course"]).await
    }
}
