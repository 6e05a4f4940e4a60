//! The LTI 1.1 past: consumer keys with their secrets, and the ids under which it knew things (lti-1.3-tool §22).

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let consumer_keys = table("consumer_key")
            .col(organization())
            .col(uuid("platform_id"))
            .col(text("key"))
            .col(bytes("sealed_secret"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .col(time_or_null("removed_at"))
            .foreign_key(&mut reference("consumer_key", "organization_id", "organization"))
            .foreign_key(&mut reference("consumer_key", "platform_id", "platform"))
            .to_owned();
        let aliases = table("alias")
            .col(organization())
            .col(text("kind"))
            .col(text("realm"))
            .col(text("former"))
            .col(uuid("subject_id"))
            .col(time("created_at"))
            .foreign_key(&mut reference("alias", "organization_id", "organization"))
            .to_owned();
        let indexes = vec![
            unique("consumer_key", &["platform_id", "organization_id", "key"]),
            unique("alias", &["organization_id", "kind", "realm", "former"]),
            unique("alias", &["kind", "subject_id"]),
        ];
        create(manager, vec![consumer_keys, aliases], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["alias", "consumer_key"]).await
    }
}
