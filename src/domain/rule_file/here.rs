//! What the ids of a file mean where it is read in: see [`super`], which says in which order that is found.

use std::collections::{BTreeMap, HashMap};

use criteria::{Reference, Rule};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{FileAchievement, RuleFile, below};
use crate::{
    domain::achievement,
    error::{Error, Result},
    ids::{AchievementId, CourseId, LinkId, OrganizationId},
    store::{WriteTx, achievement as achievements, course as courses, issuer as issuers, link as links},
};

/// What the file's ids mean here.
pub(super) struct Here<'a> {
    pub(super) organization: OrganizationId,
    pub(super) file: &'a RuleFile,
    pub(super) map: &'a BTreeMap<Uuid, Uuid>,
    /// The file's achievements.
    pub(super) achievements: HashMap<Uuid, AchievementId>,
}

impl Here<'_> {
    /// The achievement that is meant, if it is here.
    pub(super) async fn known_achievement(
        &self,
        tx: &WriteTx,
        given: &FileAchievement,
        path: &str,
    ) -> Result<Option<AchievementId>> {
        if let Some(mapped) = self.map.get(&given.id) {
            let found = achievements::find(tx, self.organization, AchievementId(*mapped)).await?;
            let unknown = || {
                Error::invalid("import.mapped_unknown", format!("{path}.id"), "There is no such achievement.")
            };
            return found.map(|found| Some(found.id)).ok_or_else(unknown);
        }
        self.by_slugs(tx, &given.issuer, &given.slug).await
    }

    async fn by_slugs(
        &self,
        db: &impl ConnectionTrait,
        issuer: &str,
        slug: &str,
    ) -> Result<Option<AchievementId>> {
        let issuer = issuers::unscoped_of_slug(db, issuer).await?;
        let Some(issuer) = issuer.filter(|issuer| issuer.organization_id == self.organization) else {
            return Ok(None);
        };
        let found = achievements::of_slug(db, self.organization, issuer.id, slug).await?;
        Ok(found.map(|found| found.id))
    }

    /// What an id of the file means.
    pub(super) async fn meant(
        &self,
        db: &impl ConnectionTrait,
        reference: Reference,
    ) -> Result<Option<Uuid>> {
        let id = reference.id();
        let wanted = self.map.get(&id).copied().unwrap_or(id);
        let organization = self.organization;
        let is_here = match reference {
            Reference::Achievement(_) => {
                if let Some(known) = self.achievements.get(&id) {
                    return Ok(Some(known.0));
                }
                achievements::find(db, organization, AchievementId(wanted)).await?.is_some()
            }
            Reference::Course(_) => courses::find(db, organization, CourseId(wanted)).await?.is_some(),
            Reference::Link(_) => links::find(db, organization, LinkId(wanted)).await?.is_some(),
        };
        if is_here {
            return Ok(Some(wanted));
        }
        let Some(said) = self.file.references.iter().find(|said| said.id == id) else { return Ok(None) };
        if self.map.contains_key(&id) {
            return Ok(None);
        }
        Ok(match (reference, &said.slug, &said.platform_id) {
            (Reference::Achievement(_), Some(slug), _) => match slug.split_once('/') {
                Some((issuer, slug)) => self.by_slugs(db, issuer, slug).await?.map(|id| id.0),
                None => None,
            },
            (Reference::Course(_), _, Some(context)) => {
                only(courses::of_context_id(db, organization, context).await?).map(|course| course.id.0)
            }
            (Reference::Link(_), _, Some(resource)) => {
                only(links::of_resource_link_id(db, organization, resource).await?).map(|link| link.id.0)
            }
            _ => None,
        })
    }

    /// A rule about what is here.
    pub(super) async fn moved(&self, db: &impl ConnectionTrait, rule: &Rule, path: &str) -> Result<Rule> {
        let mut meant = HashMap::new();
        for (at, reference) in rule.references() {
            let found = self.meant(db, reference).await?;
            meant.insert(reference.id(), found.ok_or_else(|| unmapped(format!("{path}.rule.{at}")))?);
        }
        rule.with_references(|reference| meant.get(&reference.id()).copied())
            .map_err(|error| below(achievement::invalid_rule(&error), path))
    }
}

fn only<T>(mut found: Vec<T>) -> Option<T> {
    if found.len() == 1 { found.pop() } else { None }
}

pub(super) fn unmapped(path: String) -> Error {
    Error::invalid(
        "import.reference_unmapped",
        path,
        "Nothing here, or more than one thing, is known by this. Say what it means in `map`.",
    )
}
