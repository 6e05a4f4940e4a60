//! Achievements and their immutable versions.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let achievements = table("achievement")
            .col(organization())
            .col(uuid("issuer_id"))
            .col(text("slug"))
            .col(time("created_at"))
            .col(time_or_null("archived_at"))
            .foreign_key(&mut reference("achievement", "organization_id", "organization"))
            .foreign_key(&mut reference("achievement", "issuer_id", "issuer"))
            .to_owned();
        let versions = table("achievement_version")
            .col(organization())
            .col(uuid("achievement_id"))
            .col(int("number"))
            .col(text("name"))
            .col(text("description"))
            .col(text("criteria_narrative"))
            .col(text("achievement_type"))
            .col(json("tags"))
            .col(json("alignments"))
            .col(text("language"))
            .col(uuid_or_null("artwork_id"))
            .col(json("rule"))
            .col(json("floor"))
            .col(text("may_place"))
            .col(int_or_null("validity_days"))
            .col(time("created_at"))
            .foreign_key(&mut reference("achievement_version", "organization_id", "organization"))
            .foreign_key(&mut reference("achievement_version", "achievement_id", "achievement"))
            .foreign_key(&mut reference("achievement_version", "artwork_id", "artwork"))
            .to_owned();

        let indexes = vec![
            unique("achievement", &["issuer_id", "slug"]),
            index("achievement", &["organization_id", "id"]),
            unique("achievement_version", &["achievement_id", "number"]),
        ];
        create(manager, vec![achievements, versions], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["achievement_version", "achievement"]).await
    }
}
