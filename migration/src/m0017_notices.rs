//! Notices: what platforms tell us without a browser, once each (lti-1.3-tool §21).

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let notices = table("notice")
            .col(organization())
            .col(uuid("platform_id"))
            .col(uuid("deployment_id"))
            .col(text("notice_id"))
            .col(text("nonce_hash"))
            .col(text("notice_type"))
            .col(text_or_null("context_id"))
            .col(text_or_null("title"))
            .col(json("origins"))
            .col(time_or_null("happened_at"))
            .col(time("created_at"))
            .foreign_key(&mut reference("notice", "organization_id", "organization"))
            .foreign_key(&mut reference("notice", "platform_id", "platform"))
            .foreign_key(&mut reference("notice", "deployment_id", "deployment"))
            .to_owned();

        let indexes = vec![
            unique("notice", &["deployment_id", "notice_id"]),
            unique("notice", &["platform_id", "nonce_hash"]),
            index("notice", &["organization_id", "deployment_id", "context_id"]),
        ];
        create(manager, vec![notices], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["notice"]).await
    }
}
