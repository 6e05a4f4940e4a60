//! Writing out: the placements that are wanted, their badges, and what else is known of all that their rules name.

use std::collections::{BTreeSet, HashMap};

use criteria::{Reference, Rule};
use serde_json::Value;
use uuid::Uuid;

use super::{FileAchievement, FilePlacement, FileReference, MOST, RuleFile, canonical};
use crate::{
    app::App,
    domain::{
        achievement::{self, Defined},
        floor::Floor,
        placement,
        terms::{self, Terms},
    },
    error::{Error, Result},
    ids::{AchievementId, CourseId, LinkId, OrganizationId},
    store::{
        PageQuery, course as courses, entity::placement::PlacementState, issuer as issuers, link as links,
        placement as placements,
    },
};

/// Which placements are written out; empty fields do not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Of this course.
    pub course: Option<CourseId>,
    /// Of this achievement.
    pub achievement: Option<AchievementId>,
}

/// Writes out placements that have not ended, with their badges and what their rules name.
///
/// # Errors
/// `import.too_large` for more than 500 placements; ours.
pub async fn export(app: &App, organization: OrganizationId, wanted: Wanted) -> Result<RuleFile> {
    let db = app.store.read();
    let filter = placements::Filter { course: wanted.course, achievement: wanted.achievement, state: None };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = placements::list(db, organization, filter, PageQuery { after, limit: 200 }).await?;
        found.extend(page.items.into_iter().filter(|placement| placement.state != PlacementState::Ended));
        after = page.next;
        if found.len() > MOST {
            return Err(Error::conflict(
                "import.too_large",
                "These are too many for one file: name a course.",
            ));
        }
        if after.is_none() {
            break;
        }
    }
    found.reverse();
    let mut file = RuleFile::default();
    let mut named = Named::default();
    for placed in placement::with_rules(app, organization, found).await? {
        let row = placed.placement;
        named.of_rule(&placed.rule.rule)?;
        named.courses.extend(row.course_id);
        if !file.achievements.iter().any(|known| known.id == row.achievement_id.0) {
            let achievement = written(app, organization, row.achievement_id).await?;
            if let Some(rule) = &achievement.rule {
                named.of_rule(rule)?;
            }
            file.achievements.push(achievement);
        }
        file.placements.push(FilePlacement {
            achievement: row.achievement_id.0,
            course: row.course_id.map(|course| course.0),
            rule: canonical(&placed.rule.rule)?,
            mode: row.mode.as_str().to_owned(),
            terms: Terms::of(&row)?,
        });
    }
    // The same things are written in the same order, whenever they were made.
    file.achievements.sort_by(|a, b| (&a.issuer, &a.slug).cmp(&(&b.issuer, &b.slug)));
    let order: HashMap<Uuid, usize> =
        file.achievements.iter().enumerate().map(|(at, achievement)| (achievement.id, at)).collect();
    file.placements.sort_by_key(|placed| order.get(&placed.achievement).copied());
    file.references = named.described(app, organization, &file.achievements).await?;
    Ok(file)
}

async fn written(app: &App, organization: OrganizationId, id: AchievementId) -> Result<FileAchievement> {
    let Defined { achievement, version } = achievement::find(app, organization, id).await?;
    let issuer = issuers::find(app.store.read(), organization, achievement.issuer_id).await?;
    Ok(FileAchievement {
        id: id.0,
        issuer: issuer.ok_or_else(|| Error::not_found("issuer"))?.slug,
        slug: achievement.slug,
        floor: Floor::of(&version)?,
        remind_days: terms::reminders_by_version(&version)?,
        tags: serde_json::from_value(version.tags).map_err(Error::internal)?,
        alignments: serde_json::from_value(version.alignments).map_err(Error::internal)?,
        rule: Some(&version.rule).filter(|rule| !rule.is_null()).map(canonical).transpose()?,
        name: version.name,
        description: version.description,
        criteria_narrative: version.criteria_narrative,
        achievement_type: version.achievement_type,
        language: version.language,
        validity_days: version.validity_days,
        valid_until: version.valid_until,
        may_place: version.may_place.as_str().to_owned(),
    })
}

/// What is named by id.
#[derive(Default)]
struct Named {
    achievements: BTreeSet<AchievementId>,
    courses: BTreeSet<CourseId>,
    links: BTreeSet<LinkId>,
}

impl Named {
    fn of_rule(&mut self, rule: &Value) -> Result<()> {
        for (_, reference) in Rule::parse(rule).map_err(Error::internal)?.references() {
            _ = match reference {
                Reference::Achievement(id) => self.achievements.insert(AchievementId(id)),
                Reference::Course(id) => self.courses.insert(CourseId(id)),
                Reference::Link(id) => self.links.insert(LinkId(id)),
            };
        }
        Ok(())
    }

    async fn described(
        mut self,
        app: &App,
        organization: OrganizationId,
        known: &[FileAchievement],
    ) -> Result<Vec<FileReference>> {
        let db = app.store.read();
        self.achievements.retain(|id| !known.iter().any(|achievement| achievement.id == id.0));
        let mut all = Vec::new();
        for id in self.achievements {
            let achievement = written(app, organization, id).await?;
            all.push(FileReference {
                id: id.0,
                kind: "achievement".to_owned(),
                slug: Some(format!("{}/{}", achievement.issuer, achievement.slug)),
                name: Some(achievement.name),
                platform_id: None,
            });
        }
        for id in self.courses {
            let Some(course) = courses::find(db, organization, id).await? else { continue };
            all.push(FileReference {
                id: id.0,
                kind: "course".to_owned(),
                name: course.title,
                slug: None,
                platform_id: Some(course.context_id),
            });
        }
        for id in self.links {
            let Some(link) = links::find(db, organization, id).await? else { continue };
            all.push(FileReference {
                id: id.0,
                kind: "link".to_owned(),
                name: link.title,
                slug: None,
                platform_id: Some(link.resource_link_id),
            });
        }
        Ok(all)
    }
}
