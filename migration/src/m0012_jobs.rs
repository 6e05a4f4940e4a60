//! Jobs: the outbox (`spec/rust-stack.md` §3).

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let jobs = table("job")
            .col(organization_or_server())
            .col(text("kind"))
            .col(json("payload"))
            .col(text_or_null("dedup_key"))
            .col(text("state"))
            .col(int("attempts"))
            .col(int("max_attempts"))
            .col(time("run_at"))
            .col(time_or_null("lease_until"))
            .col(text_or_null("lease_owner"))
            .col(text_or_null("last_error"))
            .col(time("created_at"))
            .col(time_or_null("finished_at"))
            .foreign_key(&mut reference("job", "organization_id", "organization"))
            .to_owned();

        let indexes = vec![
            unique("job", &["dedup_key"]),
            index("job", &["state", "run_at"]),
            index("job", &["organization_id", "id"]),
        ];
        create(manager, vec![jobs], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["job"]).await
    }
}
