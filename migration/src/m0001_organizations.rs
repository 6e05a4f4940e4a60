//! Organizations, and what is kept per organization or for the server itself: API keys, remembered answers,
//! the audit and the server's own facts.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let organizations =
            table("organization").col(text("slug")).col(text("name")).col(time("created_at")).to_owned();
        let api_keys = table("api_key")
            .col(organization_or_server())
            .col(text("name"))
            .col(text("prefix"))
            .col(text("hash"))
            .col(json("scopes"))
            .col(small("event_strength"))
            .col(time("created_at"))
            .col(time_or_null("expires_at"))
            .col(time_or_null("last_used_at"))
            .col(time_or_null("revoked_at"))
            .foreign_key(&mut reference("api_key", "organization_id", "organization"))
            .to_owned();
        let idempotency = table("idempotency")
            .col(uuid("owner"))
            .col(text("key"))
            .col(text("request_hash"))
            .col(small("status"))
            .col(json("body"))
            .col(time("created_at"))
            .foreign_key(&mut reference("idempotency", "owner", "api_key"))
            .to_owned();
        let audit = table("audit_event")
            .col(organization_or_server())
            .col(time("at"))
            .col(text("actor"))
            .col(text("action"))
            .col(text("subject_kind"))
            .col(text("subject_id"))
            .col(json("detail"))
            .col(text_or_null("correlation_id"))
            .foreign_key(&mut reference("audit_event", "organization_id", "organization"))
            .to_owned();
        let facts = bare("server_fact").col(text("name").primary_key()).col(text("value")).to_owned();

        let indexes = vec![
            unique("organization", &["slug"]),
            unique("api_key", &["hash"]),
            index("api_key", &["organization_id"]),
            unique("idempotency", &["owner", "key"]),
            index("audit_event", &["organization_id", "id"]),
            index("audit_event", &["subject_id", "organization_id", "id"]),
        ];
        create(manager, vec![organizations, api_keys, idempotency, audit, facts], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["server_fact", "audit_event", "idempotency", "api_key", "organization"]).await
    }
}
