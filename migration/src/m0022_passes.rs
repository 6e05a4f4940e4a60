//! Passes: one evaluation of everybody whom a course or a placement concerns, and the holds that wait for a person's
//! click. Of one placement in one course at most one hold is open.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let passes = table("pass")
            .col(organization())
            .col(uuid_or_null("course_id"))
            .col(uuid_or_null("placement_id"))
            .col(uuid_or_null("roster_id"))
            .col(uuid_or_null("hold_id"))
            .col(text("cause"))
            .col(text("state"))
            .col(int("leg"))
            .col(uuid_or_null("after_id"))
            .col(long("checked"))
            .col(json("tallies"))
            .col(text("begun_by"))
            .col(time("due_at"))
            .col(time_or_null("recheck_at"))
            .col(time_or_null("mail_at"))
            .col(text_or_null("undone_by"))
            .col(time_or_null("undone_at"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .col(time_or_null("ended_at"))
            .foreign_key(&mut reference("pass", "organization_id", "organization"))
            .foreign_key(&mut reference("pass", "course_id", "course"))
            .foreign_key(&mut reference("pass", "placement_id", "placement"))
            .to_owned();
        let holds = table("hold")
            .col(organization())
            .col(uuid("placement_id"))
            .col(uuid("rule_id"))
            .col(uuid_or_null("course_id"))
            .col(text("scope"))
            .col(uuid("pass_id"))
            .col(text("why"))
            .col(text("state"))
            .col(long("would_award"))
            .col(long("candidates"))
            .col(text_or_null("decided_by"))
            .col(time_or_null("decided_at"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("hold", "organization_id", "organization"))
            .foreign_key(&mut reference("hold", "placement_id", "placement"))
            .foreign_key(&mut reference("hold", "rule_id", "placement_rule"))
            .foreign_key(&mut reference("hold", "course_id", "course"))
            .foreign_key(&mut reference("hold", "pass_id", "pass"))
            .to_owned();
        let indexes = vec![
            index("pass", &["organization_id", "id"]),
            index("pass", &["course_id", "organization_id", "id"]),
            index("pass", &["placement_id", "organization_id", "id"]),
            index("pass", &["ended_at"]),
            index("hold", &["organization_id", "id"]),
            index("hold", &["pass_id"]),
            index("hold", &["placement_id", "organization_id", "id"]),
        ];
        create(manager, vec![passes, holds], indexes).await?;
        statement(
            manager,
            "CREATE UNIQUE INDEX uq_hold_open ON hold (placement_id, scope) WHERE state = 'open'",
        )
        .await?;
        // What is under way: few among many.
        statement(
            manager,
            "CREATE INDEX ix_pass_under_way ON pass (organization_id, state) \
             WHERE state IN ('waiting', 'weighing', 'awarding', 'undoing')",
        )
        .await?;
        let made_by = Table::alter().table("award").add_column(uuid_or_null("pass_id")).to_owned();
        manager.alter_table(made_by).await?;
        statement(manager, "CREATE INDEX ix_award_pass ON award (pass_id, id) WHERE pass_id IS NOT NULL")
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statement(manager, "DROP INDEX ix_award_pass").await?;
        let made_by = Table::alter().table("award").drop_column("pass_id").to_owned();
        manager.alter_table(made_by).await?;
        drop_tables(manager, &["hold", "pass"]).await
    }
}
