//! Rosters: what was last read of who is in a course or may open a link, and the course's groups.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rosters = table("roster")
            .col(organization())
            .col(uuid("course_id"))
            .col(uuid_or_null("link_id"))
            .col(text("scope"))
            .col(json_or_null("reading"))
            .col(text_or_null("trouble"))
            .col(text_or_null("trouble_words"))
            .col(json_or_null("progress"))
            .col(time_or_null("busy_until"))
            .col(time_or_null("due_at"))
            .col(time_or_null("asked_at"))
            .col(time_or_null("read_at"))
            .col(time_or_null("complete_at"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("roster", "organization_id", "organization"))
            .foreign_key(&mut reference("roster", "course_id", "course"))
            .foreign_key(&mut reference("roster", "link_id", "link"))
            .to_owned();
        let groups = table("course_group")
            .col(organization())
            .col(uuid("course_id"))
            .col(text("group_id"))
            .col(text("name"))
            .col(text_or_null("tag"))
            .col(json("sets"))
            .col(flag("hidden"))
            .col(flag("is_gone"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("course_group", "organization_id", "organization"))
            .foreign_key(&mut reference("course_group", "course_id", "course"))
            .to_owned();
        let members = table("group_member")
            .col(organization())
            .col(uuid("course_group_id"))
            .col(uuid("learner_id"))
            .col(time("created_at"))
            .foreign_key(&mut reference("group_member", "organization_id", "organization"))
            .foreign_key(&mut reference("group_member", "course_group_id", "course_group"))
            .foreign_key(&mut reference("group_member", "learner_id", "learner"))
            .to_owned();
        let indexes = vec![
            unique("roster", &["course_id", "scope"]),
            index("roster", &["organization_id", "id"]),
            index("roster", &["due_at"]),
            unique("course_group", &["course_id", "group_id"]),
            unique("group_member", &["course_group_id", "learner_id"]),
            index("group_member", &["learner_id"]),
        ];
        create(manager, vec![rosters, groups, members], indexes).await?;
        // Which reading of the course's roster named this person last.
        let seen = Table::alter().table("enrollment").add_column(uuid_or_null("roster_run")).to_owned();
        manager.alter_table(seen).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let seen = Table::alter().table("enrollment").drop_column("roster_run").to_owned();
        manager.alter_table(seen).await?;
        drop_tables(manager, &["group_member", "course_group", "roster"]).await
    }
}
