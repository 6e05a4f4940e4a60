//! Placements (an achievement version in a course), the versions of their rules, and the courses that those name.

use crate::table::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let placements = table("placement")
            .col(organization())
            .col(uuid("achievement_id"))
            .col(uuid("achievement_version_id"))
            .col(uuid_or_null("course_id"))
            .col(uuid_or_null("link_id"))
            .col(text("state"))
            .col(text("mode"))
            .col(json("settings"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut reference("placement", "organization_id", "organization"))
            .foreign_key(&mut reference("placement", "achievement_id", "achievement"))
            .foreign_key(&mut reference("placement", "achievement_version_id", "achievement_version"))
            .foreign_key(&mut reference("placement", "course_id", "course"))
            .foreign_key(&mut reference("placement", "link_id", "link"))
            .to_owned();
        let rules = table("placement_rule")
            .col(organization())
            .col(uuid("placement_id"))
            .col(int("number"))
            .col(json("rule"))
            .col(text("created_by"))
            .col(time("created_at"))
            .foreign_key(&mut reference("placement_rule", "organization_id", "organization"))
            .foreign_key(&mut reference("placement_rule", "placement_id", "placement"))
            .to_owned();

        // What rules name beside their own course, so that whoever hears of a course finds the rules that ask about it.
        let named = table("rule_course")
            .col(organization())
            .col(uuid("placement_id"))
            .col(uuid("rule_id"))
            .col(uuid("course_id"))
            .foreign_key(&mut reference("rule_course", "organization_id", "organization"))
            .foreign_key(&mut reference("rule_course", "placement_id", "placement"))
            .foreign_key(&mut reference("rule_course", "rule_id", "placement_rule"))
            .foreign_key(&mut reference("rule_course", "course_id", "course"))
            .to_owned();
        let indexes = vec![
            index("placement", &["organization_id", "id"]),
            index("placement", &["course_id", "organization_id", "id"]),
            index("placement", &["achievement_id"]),
            unique("placement_rule", &["placement_id", "number"]),
            index("rule_course", &["course_id", "organization_id", "rule_id"]),
        ];
        create(manager, vec![placements, rules, named], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rule_course", "placement_rule", "placement"]).await
    }
}
