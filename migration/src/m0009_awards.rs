//! Awards and their generations. The partial unique index is invariant 1 of design §6: among current awards
//! there is one per (scope, learner, period), whoever races.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let awards = table("award")
            .col(organization())
            .col(uuid("achievement_id"))
            .col(uuid("achievement_version_id"))
            .col(uuid("issuer_id"))
            .col(uuid_or_null("placement_id"))
            .col(uuid_or_null("rule_id"))
            .col(text("scope"))
            .col(uuid("learner_id"))
            .col(text("period").default(""))
            .col(text("state"))
            .col(small("strength"))
            .col(json("verdict"))
            .col(text("origin"))
            .col(text("granted_by"))
            .col(text_or_null("narrative"))
            .col(json("evidence"))
            .col(time("awarded_at"))
            .col(time_or_null("valid_until"))
            .col(int("generation"))
            .col(text("claim_token_hash"))
            .col(bytes("claim_token_sealed"))
            .col(text("share_token"))
            .col(flag("published"))
            .col(time_or_null("revoked_at"))
            .col(text_or_null("revoked_by"))
            .col(text_or_null("revocation_reason"))
            .col(flag("veto"))
            .col(text_or_null("veto_lifted_by"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("award", "organization_id", "organization"))
            .foreign_key(&mut reference("award", "achievement_id", "achievement"))
            .foreign_key(&mut reference("award", "achievement_version_id", "achievement_version"))
            .foreign_key(&mut reference("award", "issuer_id", "issuer"))
            .foreign_key(&mut reference("award", "placement_id", "placement"))
            .foreign_key(&mut reference("award", "rule_id", "placement_rule"))
            .foreign_key(&mut reference("award", "learner_id", "learner"))
            .to_owned();
        let generations = table("generation")
            .col(organization())
            .col(uuid("award_id"))
            .col(int("number"))
            .col(text("recipient_hash"))
            .col(text("salt"))
            .col(bytes("recipient_sealed"))
            .col(time("published_at"))
            .col(time_or_null("revoked_at"))
            .col(text_or_null("revocation_reason"))
            .col(time_or_null("replaced_at"))
            .foreign_key(&mut reference("generation", "organization_id", "organization"))
            .foreign_key(&mut reference("generation", "award_id", "award"))
            .to_owned();

        // Queries name the organization and something narrower: an index over both is better than either,
        // also to SQLite, which has no statistics and would else go through the whole organization.
        let indexes = vec![
            unique("award", &["claim_token_hash"]),
            unique("award", &["share_token"]),
            index("award", &["organization_id", "id"]),
            index("award", &["learner_id", "organization_id", "id"]),
            index("award", &["achievement_id", "organization_id", "id"]),
            index("award", &["placement_id", "organization_id", "state"]),
            unique("generation", &["award_id", "number"]),
        ];
        create(manager, vec![awards, generations], indexes).await?;
        statement(
            manager,
            "CREATE UNIQUE INDEX uq_award_current ON award (scope, learner_id, period) \
             WHERE state NOT IN ('revoked', 'expired')",
        )
        .await?;
        // What the sweep that lets awards expire looks for; most awards have no end and are not in it.
        statement(
            manager,
            "CREATE INDEX ix_award_ending ON award (valid_until) WHERE state = 'active' AND valid_until IS NOT NULL",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["generation", "award"]).await
    }
}
