//! Rules where they are published: what they name must be the organization's, and no badge may need itself
//! (design §5). And, of all rules in force, which placements need which badge.
//!
//! A badge *needs* another where a rule of one of its placements names it (`holds`).

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use criteria::{Reference, Rule};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use uuid::Uuid;

use super::achievement::invalid_rule;
use crate::{
    app::{App, Needs},
    error::{Error, Result},
    ids::{AchievementId, CourseId, LinkId, OrganizationId},
    store::{
        WriteTx, achievement as achievements, course as courses,
        entity::{placement::PlacementState, placement_rule, rule_course},
        link as links, placement as rows,
    },
};

/// Reads a rule that is to be published for an achievement; `None` for one that is not defined yet.
///
/// # Errors
/// `rule.*`: what is wrong, at the path of the offending node; `rule.reference_unknown` for what the organization
/// does not have, `rule.cycle` where badges would need each other.
pub async fn checked(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    achievement: Option<AchievementId>,
    rule: &Value,
) -> Result<Rule> {
    let rule = Rule::parse(rule).map_err(|error| invalid_rule(&error))?;
    names_what_is_there(db, organization, &rule).await?;
    if let Some(achievement) = achievement {
        needs_no_circle(db, organization, achievement, &rule).await?;
    }
    Ok(rule)
}

/// Keeps a version of a rule that was [`checked`], with the courses that it names.
///
/// # Errors
/// Only ours: a rule that does not read; the database's.
pub async fn keep(
    app: &App,
    tx: &WriteTx,
    course: Option<CourseId>,
    row: placement_rule::Model,
) -> Result<()> {
    let rule = Rule::parse(&row.rule).map_err(Error::internal)?;
    let named: BTreeSet<CourseId> = rule
        .references()
        .into_iter()
        .filter_map(|(_, reference)| match reference {
            Reference::Course(id) => Some(CourseId(id)),
            Reference::Link(_) | Reference::Achievement(_) => None,
        })
        .collect();
    let named = named.into_iter().map(|course_id| rule_course::Model {
        id: app.dice.row_id(row.created_at),
        organization_id: row.organization_id,
        placement_id: row.placement_id,
        rule_id: row.id,
        course_id,
    });
    let named = named.collect();
    Ok(rows::insert_rule(tx, course, row, named).await?)
}

/// What the organization's rules need; cached.
///
/// # Errors
/// Only ours: a stored rule that does not read.
pub async fn needs(app: &App, db: &impl ConnectionTrait, organization: OrganizationId) -> Result<Arc<Needs>> {
    if let Some(needs) = app.caches.needs.get(&organization) {
        return Ok(needs);
    }
    let since = app.caches.since();
    let needs = Arc::new(read_needs(db, organization).await?);
    app.caches.keep(&app.caches.needs, organization, Arc::clone(&needs), since);
    Ok(needs)
}

async fn read_needs(db: &impl ConnectionTrait, organization: OrganizationId) -> Result<Needs> {
    let mut needs = Needs::default();
    let mut named = HashSet::new();
    for (placement, rule) in rows::that_need(db, organization).await? {
        let rule = Rule::parse(&rule.rule).map_err(Error::internal)?;
        for (_, needed) in needed_by(&rule) {
            named.insert(AchievementId(needed));
            if placement.state == PlacementState::Live {
                needs.placements.entry(needed).or_default().push(placement.id);
                needs.badges.entry(placement.achievement_id.0).or_default().push(needed);
            }
        }
    }
    let names = achievements::names(db, organization, named).await?;
    needs.names = names.into_iter().map(|(id, name)| (id.0, name)).collect();
    Ok(needs)
}

/// The badges that a rule names, with the paths of their naming.
fn needed_by(rule: &Rule) -> impl Iterator<Item = (String, Uuid)> {
    rule.references().into_iter().filter_map(|(path, reference)| match reference {
        Reference::Achievement(id) => Some((path, id)),
        Reference::Link(_) | Reference::Course(_) => None,
    })
}

async fn names_what_is_there(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    rule: &Rule,
) -> Result<()> {
    let references = rule.references();
    let (mut of_links, mut of_courses, mut of_badges) = (Vec::new(), Vec::new(), Vec::new());
    for (_, reference) in &references {
        match *reference {
            Reference::Link(id) => of_links.push(LinkId(id)),
            Reference::Course(id) => of_courses.push(CourseId(id)),
            Reference::Achievement(id) => of_badges.push(AchievementId(id)),
        }
    }
    let mut known: HashSet<Uuid> = HashSet::new();
    known.extend(links::titles(db, organization, of_links).await?.into_iter().map(|(id, _)| id.0));
    known.extend(courses::titles(db, organization, of_courses).await?.into_iter().map(|(id, _)| id.0));
    known.extend(achievements::names(db, organization, of_badges).await?.into_iter().map(|(id, _)| id.0));
    for (path, reference) in references {
        if !known.contains(&reference.id()) {
            let message = match reference {
                Reference::Link(_) => "There is no such link.",
                Reference::Course(_) => "There is no such course.",
                Reference::Achievement(_) => "There is no such achievement.",
            };
            return Err(Error::invalid("rule.reference_unknown", format!("rule.{path}"), message));
        }
    }
    Ok(())
}

/// Follows what the rule names through the rules in force.
async fn needs_no_circle(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    achievement: AchievementId,
    rule: &Rule,
) -> Result<()> {
    let named: Vec<(String, Uuid)> = needed_by(rule).collect();
    if named.is_empty() {
        return Ok(());
    }
    let Needs { mut badges, mut names, .. } = read_needs(db, organization).await?;
    badges.insert(achievement.0, named.iter().map(|(_, id)| *id).collect());
    let Some(way) = criteria::cycle(achievement.0, &badges) else { return Ok(()) };
    let first = way.get(1).copied().unwrap_or(achievement.0);
    let path =
        named.into_iter().find(|(_, id)| *id == first).map_or_else(|| "node".to_owned(), |(path, _)| path);
    let unnamed: Vec<AchievementId> =
        way.iter().filter(|id| !names.contains_key(id)).map(|id| AchievementId(*id)).collect();
    names.extend(
        achievements::names(db, organization, unnamed).await?.into_iter().map(|(id, name)| (id.0, name)),
    );
    let mut titles: Vec<_> =
        way.iter().filter_map(|id| names.get(id)).map(|name| format!("“{name}”")).collect();
    titles.extend(titles.first().cloned());
    Err(Error::invalid(
        "rule.cycle",
        format!("rule.{path}"),
        format!("Nobody could ever earn badges that need each other: {}.", titles.join(" needs ")),
    ))
}
