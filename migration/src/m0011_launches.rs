//! Launch records: one row per launch; unique (platform, nonce) is what makes state and nonce single-use
//! (design §4). The busiest table by far, so it has few indexes: pruning goes by the time in its ids.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let launches = table("launch_record")
            .col(organization_or_server())
            .col(uuid("platform_id"))
            .col(text("nonce_hash"))
            .col(text("outcome"))
            .col(json("checks"))
            .col(json("claim_names"))
            .col(json("warnings"))
            .col(uuid_or_null("learner_id"))
            .col(uuid_or_null("course_id"))
            .col(uuid_or_null("link_id"))
            .col(text("permission"))
            .col(text_or_null("target"))
            .col(text_or_null("session_hash"))
            .col(text("correlation_id"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .foreign_key(&mut reference("launch_record", "organization_id", "organization"))
            .foreign_key(&mut reference("launch_record", "platform_id", "platform"))
            .foreign_key(&mut loose_reference("launch_record", "learner_id", "learner"))
            .foreign_key(&mut loose_reference("launch_record", "course_id", "course"))
            .foreign_key(&mut loose_reference("launch_record", "link_id", "link"))
            .to_owned();

        let indexes = vec![
            unique("launch_record", &["platform_id", "nonce_hash"]),
            index("launch_record", &["organization_id", "id"]),
        ];
        create(manager, vec![launches], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["launch_record"]).await
    }
}
