//! Deep linking: what an author was asked for and answered, the links that may come of it, by what token a link
//! was recognised, and what courses, links and placements were copied from.

use crate::table::*;
use sea_orm_migration::prelude::*;

/// Columns that older tables get.
fn added() -> [(&'static str, ColumnDef); 5] {
    [
        ("link", text_or_null("token_hash")),
        ("link", text_or_null("token_state")),
        ("link", uuid_or_null("copied_from_id")),
        ("course", uuid_or_null("copied_from_id")),
        ("placement", uuid_or_null("copied_from_id")),
    ]
}

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Its id is that of its launch, whose record may go earlier.
        let picks = table("pick")
            .col(organization())
            .col(uuid("deployment_id"))
            .col(uuid_or_null("course_id"))
            .col(json("settings"))
            .col(json("drafts"))
            .col(text_or_null("choice_hash"))
            .col(text_or_null("answer"))
            .col(time_or_null("answered_at"))
            .col(time("created_at"))
            .foreign_key(&mut reference("pick", "organization_id", "organization"))
            .foreign_key(&mut reference("pick", "deployment_id", "deployment"))
            .foreign_key(&mut reference("pick", "course_id", "course"))
            .to_owned();
        let links = table("picked_link")
            .col(organization())
            .col(uuid("pick_id"))
            .col(uuid("deployment_id"))
            .col(uuid_or_null("course_id"))
            .col(uuid("placement_id"))
            .col(uuid("achievement_version_id"))
            .col(text("token_hash"))
            .col(json("rule"))
            .col(int_or_null("column_maximum"))
            .col(flag("live"))
            .col(uuid_or_null("link_id"))
            .col(time_or_null("claimed_at"))
            .col(time("created_at"))
            .foreign_key(&mut reference("picked_link", "organization_id", "organization"))
            .foreign_key(&mut reference("picked_link", "deployment_id", "deployment"))
            .foreign_key(&mut reference("picked_link", "course_id", "course"))
            .foreign_key(&mut reference("picked_link", "achievement_version_id", "achievement_version"))
            .foreign_key(&mut reference("picked_link", "link_id", "link"))
            .to_owned();

        let indexes = vec![
            index("pick", &["organization_id", "id"]),
            unique("picked_link", &["token_hash"]),
            index("picked_link", &["organization_id", "id"]),
            index("placement", &["link_id"]),
        ];
        create(manager, vec![picks, links], indexes).await?;
        for (table, column) in added() {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in added() {
            let name = column.get_column_name();
            manager.alter_table(Table::alter().table(table).drop_column(name).to_owned()).await?;
        }
        statement(manager, "DROP INDEX ix_placement_link_id").await?;
        drop_tables(manager, &["picked_link", "pick"]).await
    }
}
