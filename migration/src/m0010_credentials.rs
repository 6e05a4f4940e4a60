//! Credentials (the exact bytes that were published) and the status lists they point into.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let lists = table("status_list")
            .col(organization())
            .col(uuid("issuer_id"))
            .col(int("number"))
            .col(int("size"))
            .col(int("leased"))
            .col(bytes("permutation_key"))
            .col(long("revision"))
            .col(time("created_at"))
            .foreign_key(&mut reference("status_list", "organization_id", "organization"))
            .foreign_key(&mut reference("status_list", "issuer_id", "issuer"))
            .to_owned();
        let credentials = table("credential")
            .col(organization())
            .col(uuid("generation_id"))
            .col(uuid("award_id"))
            .col(uuid("issuer_id"))
            .col(text("kind"))
            .col(text("document"))
            .col(uuid_or_null("status_list_id"))
            .col(int_or_null("status_index"))
            .col(uuid_or_null("issuer_key_id"))
            .col(time("valid_from"))
            .col(time_or_null("valid_until"))
            .col(time_or_null("revoked_at"))
            .col(text_or_null("revocation_reason"))
            .col(time("created_at"))
            .foreign_key(&mut reference("credential", "organization_id", "organization"))
            .foreign_key(&mut reference("credential", "generation_id", "generation"))
            .foreign_key(&mut reference("credential", "award_id", "award"))
            .foreign_key(&mut reference("credential", "issuer_id", "issuer"))
            .foreign_key(&mut reference("credential", "status_list_id", "status_list"))
            .foreign_key(&mut reference("credential", "issuer_key_id", "issuer_key"))
            .to_owned();

        let indexes = vec![
            unique("status_list", &["issuer_id", "number"]),
            unique("credential", &["status_list_id", "status_index"]),
            index("credential", &["award_id"]),
            index("credential", &["generation_id"]),
        ];
        create(manager, vec![lists, credentials], indexes).await?;
        // A list has 131,072 places and few are revoked: building it must cost what is revoked.
        statement(
            manager,
            "CREATE INDEX ix_credential_revoked ON credential (status_list_id, organization_id, status_index) \
             WHERE revoked_at IS NOT NULL",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["credential", "status_list"]).await
    }
}
