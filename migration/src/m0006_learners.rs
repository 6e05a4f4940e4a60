//! Learners (accounts at a platform) and their enrollments.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let learners = table("learner")
            .col(organization())
            .col(text("platform_issuer_url"))
            .col(text("sub"))
            .col(text_or_null("name"))
            .col(text_or_null("given_name"))
            .col(text_or_null("family_name"))
            .col(text_or_null("email"))
            .col(text_or_null("language"))
            .col(flag("is_test"))
            .col(flag("is_confirmed"))
            .col(time("created_at"))
            .col(time("last_seen_at"))
            .foreign_key(&mut reference("learner", "organization_id", "organization"))
            .to_owned();
        let enrollments = table("enrollment")
            .col(organization())
            .col(uuid("course_id"))
            .col(uuid("learner_id"))
            .col(json("roles_seen"))
            .col(flag("is_staff_ever"))
            .col(text("permission"))
            .col(text("state"))
            .col(text("digest"))
            .col(time("last_seen_at"))
            .col(time("created_at"))
            .foreign_key(&mut reference("enrollment", "organization_id", "organization"))
            .foreign_key(&mut reference("enrollment", "course_id", "course"))
            .foreign_key(&mut reference("enrollment", "learner_id", "learner"))
            .to_owned();

        let indexes = vec![
            unique("learner", &["organization_id", "platform_issuer_url", "sub"]),
            index("learner", &["organization_id", "id"]),
            unique("enrollment", &["course_id", "learner_id"]),
            index("enrollment", &["learner_id"]),
        ];
        create(manager, vec![learners, enrollments], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["enrollment", "learner"]).await
    }
}
