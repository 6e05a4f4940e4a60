//! What operators see of a platform: how asking it went last, one-time codes with which an organization takes
//! over a deployment of a shared one, and the few refused launches, found without reading the good ones.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let claims = table("deployment_claim")
            .col(organization())
            .col(text("code_hash"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .col(time_or_null("revoked_at"))
            .col(time_or_null("used_at"))
            .col(uuid_or_null("deployment_id"))
            .foreign_key(&mut reference("deployment_claim", "organization_id", "organization"))
            .foreign_key(&mut reference("deployment_claim", "deployment_id", "deployment"))
            .to_owned();
        let outcomes = table("service_outcome")
            .col(uuid("platform_id"))
            .col(text("deployment"))
            .col(text("service"))
            .col(time_or_null("succeeded_at"))
            .col(json_or_null("detail"))
            .col(time_or_null("failed_at"))
            .col(text_or_null("trouble"))
            .col(int_or_null("trouble_status"))
            .col(text_or_null("trouble_words"))
            .foreign_key(&mut reference("service_outcome", "platform_id", "platform"))
            .to_owned();

        let indexes = vec![
            unique("deployment_claim", &["code_hash"]),
            index("deployment_claim", &["organization_id", "id"]),
            unique("service_outcome", &["platform_id", "deployment", "service"]),
        ];
        create(manager, vec![claims, outcomes], indexes).await?;
        // Good launches are not in it: it costs them nothing.
        statement(
            manager,
            "CREATE INDEX ix_launch_record_refused ON launch_record (platform_id, id) WHERE outcome <> 'ok'",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statement(manager, "DROP INDEX ix_launch_record_refused").await?;
        drop_tables(manager, &["service_outcome", "deployment_claim"]).await
    }
}
