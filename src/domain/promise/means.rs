//! What a course's channels can tell, as far as one knows: what the newest launch offers, what readings came to, which
//! columns are watched, who has sent events.

use std::collections::{HashMap, HashSet};

use criteria::{Reference, Rule, Strength};
use lti::claims::Services;
use uuid::Uuid;

use super::{Means, Promise, Promised, Scene, Teller, of_rule};
use crate::{
    app::App,
    domain::{
        api_key, channel_health, course, event_channel, placement,
        placement::Placed,
        platform,
        records::{self, SourceOfCourse},
        roster,
    },
    error::{Error, Result},
    ids::{AchievementId, ApiKeyId, CourseId, OrganizationId, PlacementId},
    store::{
        PageQuery, api_key as api_keys, channel_health as channels, course as courses,
        deployment as deployments,
        entity::{
            course as course_entity,
            event_channel::ChannelKind,
            line_item::{LineItemPurpose, LineItemState},
            placement::PlacementState,
        },
        event_channel as event_channels, line_item as columns, link as links, placement as placements,
        roster as rosters,
    },
};

/// So deep badges may need each other before nobody looks further.
const DEEPEST: usize = 8;
/// So many placements of a badge are looked at.
const PLACEMENTS: u64 = 50;

/// A placement with its promise.
#[derive(Clone, Debug)]
pub struct Known {
    /// The placement with its newest rule.
    pub placed: Placed,
    /// For which course.
    pub course: Option<CourseId>,
    /// How sure it is there.
    pub promised: Promised,
}

/// How sure a placement is; one of the whole organization in a course that is named.
///
/// # Errors
/// `not_found` (placement, course); `promise.needs_course`; `promise.elsewhere`.
pub async fn of_placement(
    app: &App,
    organization: OrganizationId,
    id: PlacementId,
    asked: Option<CourseId>,
) -> Result<Known> {
    let placed = placement::find(app, organization, id).await?;
    let course = match (placed.placement.course_id, asked) {
        (Some(own), None) => own,
        (own, Some(asked)) => {
            let asked = course::find(app, organization, asked).await?.id;
            if own.is_some_and(|own| own != asked) {
                return Err(Error::invalid(
                    "promise.elsewhere",
                    "course",
                    "This placement is in another course.",
                ));
            }
            asked
        }
        (None, None) => {
            return Err(Error::invalid(
                "promise.needs_course",
                "course",
                "This placement is in every course: name the one in question.",
            ));
        }
    };
    let mut finder = Finder::new(app, organization);
    finder.known(placed, Some(course)).await
}

/// How sure each placement is that touches a course and has not ended.
///
/// # Errors
/// `not_found`.
pub async fn of_course(app: &App, organization: OrganizationId, id: CourseId) -> Result<Vec<Known>> {
    let course = course::find(app, organization, id).await?;
    let mut touching = placements::of_course(app.store.read(), organization, course.id).await?;
    touching.retain(|placement| placement.state != PlacementState::Ended);
    let mut finder = Finder::new(app, organization);
    let mut all = Vec::with_capacity(touching.len());
    for placed in placement::with_rules(app, organization, touching).await? {
        all.push(finder.known(placed, Some(course.id)).await?);
    }
    Ok(all)
}

/// Finds out, and remembers what it found.
struct Finder<'a> {
    app: &'a App,
    organization: OrganizationId,
    means: HashMap<Uuid, Means>,
    /// Where the people of a course have their accounts: the platform's address.
    accounts: HashMap<Uuid, Option<String>>,
    badges: HashMap<Uuid, Promise>,
}

impl<'a> Finder<'a> {
    fn new(app: &'a App, organization: OrganizationId) -> Self {
        Self { app, organization, means: HashMap::new(), accounts: HashMap::new(), badges: HashMap::new() }
    }

    async fn known(&mut self, placed: Placed, course: Option<CourseId>) -> Result<Known> {
        let rule = Rule::parse(&placed.rule.rule).map_err(Error::internal)?;
        self.look(&rule, course, DEEPEST).await?;
        let promised = of_rule(&rule, &self.scene(course));
        Ok(Known { placed, course, promised })
    }

    /// All that has been found out, as seen from a course.
    fn scene(&self, course: Option<CourseId>) -> Scene {
        let here = course.and_then(|course| self.accounts.get(&course.0)).cloned().flatten();
        let is_apart = |there: &Option<String>| here.is_some() && there.is_some() && *there != here;
        let apart = self.accounts.iter().filter(|(_, there)| is_apart(there)).map(|(id, _)| *id);
        Scene {
            course: course.map(|course| course.0),
            apart: apart.collect(),
            means: self.means.clone(),
            badges: self.badges.clone(),
        }
    }

    /// Finds out about every course and badge that a rule names.
    async fn look(&mut self, rule: &Rule, course: Option<CourseId>, deepest: usize) -> Result<()> {
        let mut of_courses: HashSet<CourseId> = course.into_iter().collect();
        let mut of_badges = Vec::new();
        for (_, reference) in rule.references() {
            match reference {
                Reference::Course(id) => _ = of_courses.insert(CourseId(id)),
                Reference::Achievement(id) => of_badges.push(AchievementId(id)),
                Reference::Link(_) => {}
            }
        }
        for course in of_courses {
            if !self.means.contains_key(&course.0) {
                let means = means_of(self.app, self.organization, course).await?;
                self.means.insert(course.0, means);
                let accounts = accounts_of(self.app, self.organization, course).await?;
                self.accounts.insert(course.0, accounts);
            }
        }
        for badge in of_badges {
            if deepest > 0 && !self.badges.contains_key(&badge.0) {
                let promise = Box::pin(self.badge(badge, course, deepest - 1)).await?;
                self.badges.insert(badge.0, promise);
            }
        }
        Ok(())
    }

    /// As sure as the surest of its live placements; one given by hand needs a click.
    async fn badge(
        &mut self,
        badge: AchievementId,
        course: Option<CourseId>,
        deepest: usize,
    ) -> Result<Promise> {
        let filter =
            placements::Filter { course: None, achievement: Some(badge), state: Some(PlacementState::Live) };
        let query = PageQuery { after: None, limit: PLACEMENTS };
        let live = placements::list(self.app.store.read(), self.organization, filter, query).await?;
        let mut surest = Promise::NeedsClick;
        for placed in placement::with_rules(self.app, self.organization, live.items).await? {
            let course = placed.placement.course_id.or(course);
            let rule = Rule::parse(&placed.rule.rule).map_err(Error::internal)?;
            self.look(&rule, course, deepest).await?;
            surest = surest.max(of_rule(&rule, &self.scene(course)).promise);
        }
        Ok(surest)
    }
}

/// The address of the platform at which a course's people have their accounts.
async fn accounts_of(app: &App, organization: OrganizationId, id: CourseId) -> Result<Option<String>> {
    let db = app.store.read();
    let Some(course) = courses::find(db, organization, id).await? else { return Ok(None) };
    let Some(deployment) = deployments::find(db, organization, course.deployment_id).await? else {
        return Ok(None);
    };
    Ok(Some(platform::entry(app, deployment.platform_id).await?.row.issuer_url.clone()))
}

/// What a course's channels can tell.
async fn means_of(app: &App, organization: OrganizationId, id: CourseId) -> Result<Means> {
    let db = app.store.read();
    let Some(course) = courses::find(db, organization, id).await? else { return Ok(Means::default()) };
    let services: Services = serde_json::from_value(course.services.clone()).unwrap_or_default();
    let row = rosters::of_course(db, organization, id, None).await?;
    let reading = row.as_ref().map(roster::reading_of).transpose()?.flatten();
    // What failed last time may work the next; what was never read, and is refused, does not.
    let readable = row.as_ref().is_none_or(|row| row.trouble.is_none() || row.complete_at.is_some());
    let roster = roster::is_offered(&course) && readable;
    let groups = services.groups.is_some() && reading.is_none_or(|reading| reading.groups_trouble.is_none());
    let is_unopened = course.services.as_object().is_none_or(serde_json::Map::is_empty)
        && links::of_course(db, organization, id).await?.is_empty();
    let mut watched = columns::of_course(db, organization, id).await?;
    watched.retain(|item| {
        matches!(item.state, LineItemState::Found | LineItemState::Wanted) && item.trouble.is_none()
    });
    let activities = |of: &[LineItemPurpose]| -> HashSet<String> {
        let watched = watched.iter().filter(|item| of.contains(&item.purpose));
        watched.map(|item| item.resource_id.clone()).collect()
    };
    Ok(Means {
        roster,
        groups: roster && groups,
        columns: activities(&[LineItemPurpose::Watched, LineItemPurpose::Trigger]),
        triggers: activities(&[LineItemPurpose::Trigger]),
        gradebook: activities(&[LineItemPurpose::Gradebook]),
        records: records_of(app, organization, id).await?,
        events: {
            let mut tellers = reporters(app, organization, id).await?;
            tellers.extend(channels_of(app, &course).await?);
            tellers
        },
        is_unopened,
    })
}

/// The platform's own records that are read with consent.
async fn records_of(app: &App, organization: OrganizationId, course: CourseId) -> Result<Vec<Teller>> {
    let known = records::sources_of_course(app, organization, course).await?;
    // As with rosters: what was never read, and is refused, does not work by being tried again.
    let is_readable = |known: &SourceOfCourse| {
        known.complete_at.is_some() || known.last.as_ref().is_none_or(|last| last.trouble.is_none())
    };
    let teller = |known: SourceOfCourse| Teller {
        activities: known.completes_activities(),
        name: known.source.base_url,
        strength: Strength::Strong,
        completions: true,
        scores: true,
    };
    Ok(known.into_iter().filter(is_readable).map(teller).collect())
}

/// The event channels that are set up for a course, heard or not.
async fn channels_of(app: &App, course: &course_entity::Model) -> Result<Vec<Teller>> {
    let (db, organization, now) = (app.store.read(), course.organization_id, app.clock.now());
    let deployment = deployments::find(db, organization, course.deployment_id).await?;
    let Some(platform) = deployment.map(|row| row.platform_id) else { return Ok(Vec::new()) };
    let (mut tellers, mut query) = (Vec::new(), PageQuery { after: None, limit: 200 });
    loop {
        let page = event_channels::list(db, organization, query).await?;
        for row in page.items {
            let bound = event_channel::courses_of(&row);
            let is_over = row.revoked_at.is_some() || row.expires_at.is_some_and(|at| at <= now);
            if is_over || row.platform_id != platform || !(bound.is_empty() || bound.contains(&course.id)) {
                continue;
            }
            let strength = event_channel::strength_of(&row);
            // Canvas tells of whole courses only.
            let activities = row.kind != ChannelKind::Canvas;
            tellers.push(Teller { name: row.name, strength, completions: true, activities, scores: true });
        }
        let Some(next) = page.next else { return Ok(tellers) };
        query.after = Some(next);
    }
}

/// Whose keys have sent events of a course and still may.
async fn reporters(app: &App, organization: OrganizationId, course: CourseId) -> Result<Vec<Teller>> {
    let (db, now) = (app.store.read(), app.clock.now());
    let mut tellers = Vec::new();
    for row in channels::of_course(db, organization, course).await? {
        let Some(id) = row.source.strip_prefix("key:") else { continue };
        let Ok(id) = id.parse::<ApiKeyId>() else { continue };
        let Some(key) = api_keys::find(db, organization, id).await? else { continue };
        if key.revoked_at.is_some() || key.expires_at.is_some_and(|at| at <= now) {
            continue;
        }
        tellers.push(Teller {
            name: key.name.clone(),
            strength: api_key::strength_of(&key),
            completions: channel_health::kinds_of(&row).contains("completed"),
            activities: true,
            scores: channel_health::kinds_of(&row).contains("score"),
        });
    }
    Ok(tellers)
}
