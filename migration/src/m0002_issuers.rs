//! Issuers with their sealed keys, and the pictures they and their achievements show.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let artworks = table("artwork")
            .col(organization())
            .col(text("sha256"))
            .col(int("width"))
            .col(int("height"))
            .col(text("media_type"))
            .col(bytes("bytes"))
            .col(text("source"))
            .col(time("created_at"))
            .foreign_key(&mut reference("artwork", "organization_id", "organization"))
            .to_owned();
        let issuers = table("issuer")
            .col(organization())
            .col(text("slug"))
            .col(text("name"))
            .col(text("url"))
            .col(text("email"))
            .col(text_or_null("description"))
            .col(text("language"))
            .col(text("base_url"))
            .col(uuid_or_null("image_artwork_id"))
            .col(time("created_at"))
            .foreign_key(&mut reference("issuer", "organization_id", "organization"))
            .foreign_key(&mut reference("issuer", "image_artwork_id", "artwork"))
            .to_owned();
        let keys = table("issuer_key")
            .col(organization())
            .col(uuid("issuer_id"))
            .col(text("public_multibase"))
            .col(bytes("sealed_private"))
            .col(text("state"))
            .col(time("created_at"))
            .col(time_or_null("retired_at"))
            .foreign_key(&mut reference("issuer_key", "organization_id", "organization"))
            .foreign_key(&mut reference("issuer_key", "issuer_id", "issuer"))
            .to_owned();

        let indexes = vec![
            unique("artwork", &["organization_id", "sha256"]),
            unique("issuer", &["slug"]),
            index("issuer", &["organization_id"]),
            unique("issuer_key", &["public_multibase"]),
            index("issuer_key", &["issuer_id"]),
        ];
        create(manager, vec![artworks, issuers, keys], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["issuer_key", "issuer", "artwork"]).await
    }
}
