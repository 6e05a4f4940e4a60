//! Platforms (LTI registrations) with their own sealed key sets, and deployments.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let platforms = table("platform")
            .col(organization_or_server())
            .col(text("family"))
            .col(text("name"))
            .col(text("issuer_url"))
            .col(text("client_id"))
            .col(text("authorization_endpoint"))
            .col(text_or_null("token_endpoint"))
            .col(text_or_null("token_audience"))
            .col(text_or_null("jwks_url"))
            .col(json_or_null("jwks_inline"))
            .col(text_or_null("public_key_pem"))
            .col(json("settings"))
            .col(text_or_null("guid"))
            .col(text("state"))
            .col(time("created_at"))
            .foreign_key(&mut reference("platform", "organization_id", "organization"))
            .to_owned();
        let keys = table("platform_key")
            .col(uuid("platform_id"))
            .col(text("kid"))
            .col(bytes("sealed_private"))
            .col(json("public_jwk"))
            .col(text("state"))
            .col(time("created_at"))
            .col(time("activates_at"))
            .col(time_or_null("retired_at"))
            .foreign_key(&mut reference("platform_key", "platform_id", "platform"))
            .to_owned();
        let deployments = table("deployment")
            .col(organization_or_server())
            .col(uuid("platform_id"))
            .col(text("deployment_id"))
            .col(text("state"))
            .col(time("created_at"))
            .col(time("last_seen_at"))
            .foreign_key(&mut reference("deployment", "organization_id", "organization"))
            .foreign_key(&mut reference("deployment", "platform_id", "platform"))
            .to_owned();

        let indexes = vec![
            index("platform", &["organization_id"]),
            unique("platform_key", &["kid"]),
            index("platform_key", &["platform_id"]),
            unique("deployment", &["platform_id", "deployment_id"]),
            index("deployment", &["organization_id"]),
        ];
        create(manager, vec![platforms, keys, deployments], indexes).await?;
        // A platform that waits for its client id has none yet; any number of them may wait.
        statement(
            manager,
            "CREATE UNIQUE INDEX uq_platform_issuer_url_client_id ON platform (issuer_url, client_id) \
             WHERE client_id <> ''",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["deployment", "platform_key", "platform"]).await
    }
}
