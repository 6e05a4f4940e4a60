//! Event channels: who may send events of a platform, other names of learners and courses, and what was said of
//! people nobody knows yet.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let channels = table("event_channel")
            .col(organization())
            .col(uuid("platform_id"))
            .col(text("kind"))
            .col(text("name"))
            .col(json("course_ids"))
            .col(small("strength"))
            .col(flag("allows_email"))
            .col(text_or_null("home_page"))
            .col(text("account_scheme"))
            .col(text_or_null("keys_url"))
            .col(text_or_null("account"))
            .col(text("prefix"))
            .col(text("hash"))
            .col(json("counts"))
            .col(time("created_at"))
            .col(time_or_null("expires_at"))
            .col(time_or_null("last_heard_at"))
            .col(time_or_null("revoked_at"))
            .foreign_key(&mut reference("event_channel", "organization_id", "organization"))
            .foreign_key(&mut reference("event_channel", "platform_id", "platform"))
            .to_owned();
        let names = table("external_name")
            .col(organization())
            .col(uuid("platform_id"))
            .col(text("noun"))
            .col(text("scheme"))
            .col(text("name"))
            .col(uuid("subject_id"))
            .col(time("created_at"))
            .foreign_key(&mut reference("external_name", "organization_id", "organization"))
            .foreign_key(&mut reference("external_name", "platform_id", "platform"))
            .to_owned();
        let unclaimed = table("unclaimed_event")
            .col(organization())
            .col(uuid("channel_id"))
            .col(uuid_or_null("course_id"))
            .col(text("source_id"))
            .col(text("digest"))
            .col(json("event"))
            .col(flag("is_voided"))
            .col(time("heard_at"))
            .foreign_key(&mut reference("unclaimed_event", "organization_id", "organization"))
            .foreign_key(&mut reference("unclaimed_event", "channel_id", "event_channel"))
            .foreign_key(&mut reference("unclaimed_event", "course_id", "course"))
            .to_owned();
        let indexes = vec![
            unique("event_channel", &["hash"]),
            index("event_channel", &["organization_id", "id"]),
            unique(
                "external_name",
                &["organization_id", "platform_id", "noun", "scheme", "name", "subject_id"],
            ),
            index("external_name", &["subject_id"]),
            unique("unclaimed_event", &["channel_id", "source_id"]),
        ];
        create(manager, vec![channels, names, unclaimed], indexes).await?;
        // For the few channels whose operator lets people be known by their address.
        statement(
            manager,
            "CREATE INDEX ix_learner_address ON learner (organization_id, platform_issuer_url, lower(email)) \
             WHERE email IS NOT NULL",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statement(manager, "DROP INDEX ix_learner_address").await?;
        drop_tables(manager, &["unclaimed_event", "external_name", "event_channel"]).await
    }
}
