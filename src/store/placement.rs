//! Queries over placements and the versions of their rules.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, sea_query::Expr,
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::{
        placement::{Column, Entity, Model, PlacementState},
        placement_rule as rule, rule_course,
    },
    page::page,
    rows,
};
use crate::ids::{AchievementId, CourseId, LinkId, OrganizationId, PlacementId, RuleId};

/// Which placements a list shows; empty fields do not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this course.
    pub course: Option<CourseId>,
    /// Of this achievement.
    pub achievement: Option<AchievementId>,
    /// In this state.
    pub state: Option<PlacementState>,
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: PlacementId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// A page of an organization's placements.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    filter: Filter,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.course.map(|course| Column::CourseId.eq(course)))
        .add_option(filter.achievement.map(|achievement| Column::AchievementId.eq(achievement)))
        .add_option(filter.state.map(|state| Column::State.eq(state)));
    page(db, Entity::of(organization).filter(wanted), Column::Id, query, |row| row.id.0).await
}

/// Every placement that touches a course, its own and the organization's, in any state, oldest first.
pub async fn of_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<Model>, DbErr> {
    let mut placements = here_or_everywhere(db, organization, Some(course), None).await?;
    placements.sort_by_key(|placement| placement.id);
    Ok(placements)
}

/// Those bound to a link, newest first.
pub async fn of_link(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    link: LinkId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::LinkId.eq(link)).order_by_desc(Column::Id).all(db).await
}

/// Those of a course alone that have not ended, oldest first.
pub async fn open_in_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::State.ne(PlacementState::Ended))
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// The live placements that a signal in `course` touches (without a course: the organization's own), each
/// with its newest rule; those without a rule are left out. Three reads: keep the answer in a cache.
pub async fn live(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: Option<CourseId>,
) -> Result<Vec<(Model, rule::Model)>, DbErr> {
    let mut placements = here_or_everywhere(db, organization, course, Some(PlacementState::Live)).await?;
    placements.sort_by_key(|placement| placement.id);
    let ids = placements.iter().map(|placement| placement.id);
    let mut rules = newest_rules(db, organization, ids).await?;
    Ok(placements
        .into_iter()
        .filter_map(|placement| {
            let at = rules.iter().position(|rule| rule.placement_id == placement.id)?;
            Some((placement, rules.swap_remove(at)))
        })
        .collect())
}

/// The placements, not ended, whose newest rule may name achievements (`holds`), each with that rule. Reads through
/// all rules of the organization: keep the answer in a cache.
pub async fn that_need(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
) -> Result<Vec<(Model, rule::Model)>, DbErr> {
    let mentions = rule::Entity::of(organization)
        .filter(Expr::cust(r#"CAST("rule" AS TEXT) LIKE '%"holds"%'"#))
        .all(db)
        .await?;
    if mentions.is_empty() {
        return Ok(Vec::new());
    }
    let ids: std::collections::HashSet<PlacementId> =
        mentions.into_iter().map(|rule| rule.placement_id).collect();
    let placements = Entity::of(organization)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::State.ne(PlacementState::Ended))
        .all(db)
        .await?;
    let mut rules: std::collections::HashMap<PlacementId, rule::Model> = newest_rules(db, organization, ids)
        .await?
        .into_iter()
        .map(|rule| (rule.placement_id, rule))
        .collect();
    Ok(placements.into_iter().filter_map(|row| rules.remove(&row.id).map(|rule| (row, rule))).collect())
}

/// The placements, not ended, whose newest rule names this course, each with that rule, oldest first. One read where
/// no rule does.
pub async fn that_name(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<(Model, rule::Model)>, DbErr> {
    let named = rule_course::Entity::of(organization)
        .filter(rule_course::Column::CourseId.eq(course))
        .all(db)
        .await?;
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let naming: std::collections::HashSet<RuleId> = named.iter().map(|row| row.rule_id).collect();
    let open = Entity::of(organization)
        .filter(Column::Id.is_in(named.iter().map(|row| row.placement_id)))
        .filter(Column::State.ne(PlacementState::Ended))
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let mut rules = newest_rules(db, organization, open.iter().map(|placement| placement.id)).await?;
    // An older rule may have named it.
    rules.retain(|rule| naming.contains(&rule.id));
    Ok(open
        .into_iter()
        .filter_map(|placement| {
            let at = rules.iter().position(|rule| rule.placement_id == placement.id)?;
            Some((placement, rules.swap_remove(at)))
        })
        .collect())
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Placements(row.course_id)));
    rows::insert(tx, row).await
}

/// Writes the row anew; `false` when the organization has no such placement.
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    tx.on_commit(Effect::Changed(Topic::Placements(row.course_id)));
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}

/// Moves it from state `from` to `to`; `false` when it is not there or not in `from` (any more).
pub async fn change_state(
    tx: &WriteTx,
    organization: OrganizationId,
    id: PlacementId,
    from: PlacementState,
    to: PlacementState,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = Entity::update_of(organization)
        .col_expr(Column::State, Expr::value(to))
        .col_expr(Column::UpdatedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(from))
        .exec_with_returning(tx)
        .await?;
    for placement in &changed {
        tx.on_commit(Effect::Changed(Topic::Placements(placement.course_id)));
    }
    Ok(!changed.is_empty())
}

/// One version of a rule.
pub async fn rule(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: RuleId,
) -> Result<Option<rule::Model>, DbErr> {
    rule::Entity::of(organization).filter(rule::Column::Id.eq(id)).one(db).await
}

/// A page of the versions of a placement's rule, newest first.
pub async fn rules(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    placement: PlacementId,
    query: PageQuery,
) -> Result<Page<rule::Model>, DbErr> {
    let select = rule::Entity::of(organization).filter(rule::Column::PlacementId.eq(placement));
    page(db, select, rule::Column::Id, query, |row| row.id.0).await
}

/// The newest rule of each of these placements, in no order.
pub async fn newest_rules(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    placements: impl IntoIterator<Item = PlacementId>,
) -> Result<Vec<rule::Model>, DbErr> {
    // Rules have few versions: reading them all is simpler than asking for the newest of each.
    let mut rules = rule::Entity::of(organization)
        .filter(rule::Column::PlacementId.is_in(placements))
        .order_by_desc(rule::Column::Number)
        .all(db)
        .await?;
    let mut seen = std::collections::HashSet::new();
    rules.retain(|rule| seen.insert(rule.placement_id));
    Ok(rules)
}

/// The newest rule of each of these placements that is live.
pub async fn live_rules(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    placements: Vec<PlacementId>,
) -> Result<std::collections::HashMap<PlacementId, RuleId>, DbErr> {
    let live = Entity::of(organization)
        .filter(Column::Id.is_in(placements))
        .filter(Column::State.eq(PlacementState::Live))
        .all(db)
        .await?;
    let rules = newest_rules(db, organization, live.iter().map(|placement| placement.id)).await?;
    Ok(rules.into_iter().map(|rule| (rule.placement_id, rule.id)).collect())
}

/// Adds a version with the courses that it names. Its number is the caller's: one more than the newest; of two at
/// once one is told of the conflict.
pub async fn insert_rule(
    tx: &WriteTx,
    course: Option<CourseId>,
    row: rule::Model,
    named: Vec<rule_course::Model>,
) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Placements(course)));
    rows::insert(tx, row).await?;
    rows::insert_many(tx, named).await
}

/// The organization's own placements and those of `course`. Two reads, because each then costs what it
/// finds, however many courses the organization has.
async fn here_or_everywhere(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: Option<CourseId>,
    state: Option<PlacementState>,
) -> Result<Vec<Model>, DbErr> {
    let wanted = Condition::all().add_option(state.map(|state| Column::State.eq(state)));
    let of = |place| Entity::of(organization).filter(place).filter(wanted.clone());
    let mut found = of(Column::CourseId.is_null()).all(db).await?;
    if let Some(course) = course {
        found.extend(of(Column::CourseId.eq(course)).all(db).await?);
    }
    Ok(found)
}
