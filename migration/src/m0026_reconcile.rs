//! Reconciling: when a course is read again and what came of it, how its channels usually speak, and lists that
//! people compare with it.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let health = table("channel_health")
            .col(organization())
            .col(uuid("course_id"))
            .col(text("channel"))
            .col(text("source"))
            .col(text("label"))
            .col(json("kinds"))
            .col(json("hours"))
            .col(long("heard"))
            .col(time("first_heard_at"))
            .col(time("last_heard_at"))
            .col(int_or_null("usual_minutes"))
            .col(int_or_null("limit_minutes"))
            .col(time_or_null("due_at"))
            .col(text_or_null("alarm"))
            .col(time_or_null("alarm_at"))
            .col(json_or_null("alarm_detail"))
            .col(time_or_null("cleared_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("channel_health", "organization_id", "organization"))
            .foreign_key(&mut reference("channel_health", "course_id", "course"))
            .to_owned();
        let schedule = table("reconcile")
            .col(organization())
            .col(uuid("course_id"))
            .col(time("due_at"))
            .col(time_or_null("ended_at"))
            .col(time("created_at"))
            .foreign_key(&mut reference("reconcile", "organization_id", "organization"))
            .foreign_key(&mut reference("reconcile", "course_id", "course"))
            .to_owned();
        let runs = table("reconcile_run")
            .col(organization())
            .col(uuid("course_id"))
            .col(text("cause"))
            .col(text("asked_by"))
            .col(text("state"))
            .col(json("sources"))
            .col(int("leg"))
            .col(uuid_or_null("pass_id"))
            .col(json("elsewhere"))
            .col(json_or_null("statement"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .col(time_or_null("ended_at"))
            .foreign_key(&mut reference("reconcile_run", "organization_id", "organization"))
            .foreign_key(&mut reference("reconcile_run", "course_id", "course"))
            .to_owned();
        let lists = table("completion_list")
            .col(organization())
            .col(uuid("course_id"))
            .col(uuid("placement_id"))
            .col(text("name"))
            .col(text("given_by"))
            .col(flag("counts"))
            .col(int("rows"))
            .col(json("difference"))
            .col(time("created_at"))
            .foreign_key(&mut reference("completion_list", "organization_id", "organization"))
            .foreign_key(&mut reference("completion_list", "course_id", "course"))
            .foreign_key(&mut reference("completion_list", "placement_id", "placement"))
            .to_owned();
        let indexes = vec![
            unique("channel_health", &["course_id", "channel", "source"]),
            index("channel_health", &["organization_id", "id"]),
            index("channel_health", &["due_at"]),
            unique("reconcile", &["course_id"]),
            index("reconcile", &["due_at"]),
            index("reconcile_run", &["course_id", "organization_id", "id"]),
            index("reconcile_run", &["ended_at"]),
            index("completion_list", &["course_id", "organization_id", "id"]),
        ];
        create(manager, vec![health, schedule, runs, lists], indexes).await?;
        // One at a time.
        statement(
            manager,
            r#"CREATE UNIQUE INDEX "uq_reconcile_run_open" ON "reconcile_run" ("course_id") WHERE "ended_at" IS NULL"#,
        )
        .await?;
        // Few channels are silent; their list must not cost what all channels do.
        statement(
            manager,
            r#"CREATE INDEX "ix_channel_health_alarm" ON "channel_health" ("organization_id", "id") WHERE "alarm" IS NOT NULL"#,
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["completion_list", "reconcile_run", "reconcile", "channel_health"]).await
    }
}
