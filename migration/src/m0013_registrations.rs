//! Dynamic Registration: one-time invitations, what a platform granted, and which installation it is
//! (lti-1.3-tool §20, §2.3).

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let invitations = table("platform_invitation")
            .col(organization())
            .col(text_or_null("name"))
            .col(text_or_null("family"))
            .col(text_or_null("issuer_url"))
            .col(flag("is_shared"))
            .col(text("ticket_hash"))
            .col(text("state"))
            .col(time_or_null("held_until"))
            .col(uuid_or_null("platform_id"))
            .col(time_or_null("tried_at"))
            .col(text_or_null("tried_by"))
            .col(text_or_null("trouble"))
            .col(text_or_null("trouble_words"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .col(time_or_null("used_at"))
            .foreign_key(&mut reference("platform_invitation", "organization_id", "organization"))
            .foreign_key(&mut reference("platform_invitation", "platform_id", "platform"))
            .to_owned();
        // The key is the platform's own: at most one row each.
        let registrations = table("platform_registration")
            .col(text_or_null("product"))
            .col(text_or_null("version"))
            .col(json("scopes"))
            .col(json("messages"))
            .col(flag("awaits_activation"))
            .col(json("warnings"))
            .col(time("registered_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("platform_registration", "id", "platform"))
            .to_owned();
        let indexes = vec![
            unique("platform_invitation", &["ticket_hash"]),
            index("platform_invitation", &["organization_id"]),
        ];
        create(manager, vec![invitations, registrations], indexes).await?;
        for (table, column) in COLUMNS {
            let mut add = Table::alter();
            add.table(*table).add_column(if *column == "first_deployment_until" {
                time_or_null(column)
            } else {
                text_or_null(column)
            });
            manager.alter_table(add.to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in COLUMNS {
            manager.alter_table(Table::alter().table(*table).drop_column(*column).to_owned()).await?;
        }
        drop_tables(manager, &["platform_registration", "platform_invitation"]).await
    }
}

/// What tables that were there gain.
const COLUMNS: &[(&str, &str)] = &[
    ("platform", "seen_guid"),
    ("platform", "first_deployment_until"),
    ("deployment", "guid"),
    ("deployment", "seen_guid"),
];
