//! The groups of a course and who is in them (lti-1.3-tool §18.2, N15): the list comes from the groups service,
//! the members with the roster. Where the groups cannot be read, people still can; the statement says so.

use std::collections::{BTreeMap, HashMap, HashSet};

use lti::{
    claims,
    services::{
        Failure, Scopes,
        groups::{self, Group},
        nrps::Member,
        scope,
    },
};
use serde_json::{Value, json};

use super::{Statement, read::Scene};
use crate::{
    app::App,
    domain::trouble::Trouble,
    error::Result,
    ids::{CourseGroupId, LearnerId},
    platform_client::{Peer, fetch},
    store::{
        WriteTx, course_group as rows,
        entity::{course_group, group_member, learner},
    },
};

/// The course's groups by the platform's names of them.
#[derive(Debug)]
pub(super) struct Groups(HashMap<String, CourseGroupId>);

/// The groups of the course: read now, or (in the middle of a reading) as they are known.
pub(super) async fn known(
    app: &App,
    scene: &Scene,
    service: &claims::Groups,
    is_first: bool,
    so_far: &mut Statement,
) -> Result<Groups, Trouble> {
    if is_first {
        match read(app, scene, service).await {
            Ok((groups, is_complete)) => {
                so_far.groups = Some(groups.len() as u64);
                store(app, scene, groups, is_complete).await?;
            }
            Err(failure) => {
                tracing::warn!(roster.id = %scene.roster, %failure, "the groups of a course");
                so_far.groups_trouble = Some(failure.refusal.code().to_owned());
            }
        }
    }
    let (organization, course) = (scene.course.organization_id, scene.course.id);
    let known = rows::of_course(app.store.read(), organization, course).await?;
    Ok(Groups(known.into_iter().map(|row| (row.group_id, row.id)).collect()))
}

/// Asks the service; whether these are all of them.
async fn read(
    app: &App,
    scene: &Scene,
    service: &claims::Groups,
) -> Result<(Vec<(Group, Value)>, bool), Failure> {
    let peer = Peer { scopes: [scope::GROUP_READONLY].into_iter().collect::<Scopes>(), ..scene.peer.clone() };
    let mut walk = groups::Groups::new(&service.url, None)?;
    let found = walk_along(app, &peer, &mut walk).await?;
    let mut sets = HashMap::new();
    if let Some(url) = service.sets_url.as_deref().filter(|_| found.iter().any(|one| !one.set_ids.is_empty()))
    {
        let mut walk = groups::Groups::sets(url)?;
        let named = walk_along(app, &peer, &mut walk).await?;
        sets = named.into_iter().map(|set| (set.id, set.name)).collect::<HashMap<_, _>>();
    }
    let is_complete = walk.is_complete();
    let with_sets = found.into_iter().map(|group| {
        let named = group.set_ids.iter().map(|id| json!({ "id": id, "name": sets.get(id).unwrap_or(id) }));
        let named = Value::Array(named.collect());
        (group, named)
    });
    Ok((with_sets.collect(), is_complete))
}

async fn walk_along(app: &App, peer: &Peer, walk: &mut groups::Groups) -> Result<Vec<Group>, Failure> {
    let mut found = Vec::new();
    while let Some(request) = walk.request() {
        let fetched = fetch(app, peer, &request).await?;
        found.extend(walk.heard(&fetched.answer(), app.clock.now()).map_err(Failure::again)?);
    }
    match walk.trouble() {
        Some(failure) => Err(failure.clone()),
        None => Ok(found),
    }
}

async fn store(app: &App, scene: &Scene, groups: Vec<(Group, Value)>, is_complete: bool) -> Result<()> {
    let (organization, course, now) = (scene.course.organization_id, scene.course.id, app.clock.now());
    let named: HashSet<String> = groups.iter().map(|(group, _)| group.id.clone()).collect();
    let mut told: Vec<course_group::Model> = groups
        .into_iter()
        .map(|(group, sets)| course_group::Model {
            id: app.dice.row_id(now),
            organization_id: organization,
            course_id: course,
            group_id: group.id,
            name: group.name,
            tag: group.tag,
            sets,
            hidden: group.hidden,
            is_gone: false,
            created_at: now,
            updated_at: now,
        })
        .collect();
    let tx = app.store.write().await?;
    let known = rows::of_course(&tx, organization, course).await?;
    told.retain(|one| !known.iter().any(|known| says_the_same(one, known)));
    rows::upsert_many(&tx, told).await?;
    if is_complete {
        let gone: Vec<CourseGroupId> =
            known.iter().filter(|row| !named.contains(&row.group_id)).map(|row| row.id).collect();
        rows::gone(&tx, organization, &gone).await?;
    }
    tx.commit().await
}

fn says_the_same(told: &course_group::Model, known: &course_group::Model) -> bool {
    (&told.group_id, &told.name, &told.tag, &told.sets, told.hidden)
        == (&known.group_id, &known.name, &known.tag, &known.sets, known.hidden)
}

impl Groups {
    /// Keeps who of a chunk is in which group; of whom the platform says nothing, nothing changes. Who joined or
    /// left one.
    pub(super) async fn keep(
        &self,
        app: &App,
        tx: &WriteTx,
        scene: &Scene,
        people: &BTreeMap<&str, &Member<'_>>,
        accounts: &BTreeMap<&str, learner::Model>,
    ) -> Result<Vec<LearnerId>> {
        let told: HashMap<LearnerId, HashSet<CourseGroupId>> = people
            .iter()
            .filter_map(|(sub, member)| {
                let groups = member.groups.as_ref()?.iter().filter_map(|id| self.0.get(id).copied());
                Some((accounts.get(sub)?.id, groups.collect()))
            })
            .collect();
        if told.is_empty() {
            return Ok(Vec::new());
        }
        let (organization, course, now) = (scene.course.organization_id, scene.course.id, app.clock.now());
        let mut known: HashSet<(LearnerId, CourseGroupId)> = HashSet::new();
        let (mut left, mut moved) = (Vec::new(), Vec::new());
        for row in rows::of_learners(tx, organization, course, told.keys().copied()).await? {
            let is_still = told.get(&row.learner_id).is_some_and(|now| now.contains(&row.course_group_id));
            if is_still {
                known.insert((row.learner_id, row.course_group_id));
            } else {
                left.push(row.id);
                moved.push(row.learner_id);
            }
        }
        let pairs = told.iter().flat_map(|(learner, groups)| groups.iter().map(|group| (*learner, *group)));
        let joined: Vec<group_member::Model> = pairs
            .filter(|pair| !known.contains(pair))
            .map(|(learner_id, course_group_id)| {
                let id = app.dice.row_id(now);
                let organization_id = organization;
                group_member::Model { id, organization_id, course_group_id, learner_id, created_at: now }
            })
            .collect();
        moved.extend(joined.iter().map(|row| row.learner_id));
        rows::join(tx, joined).await?;
        rows::leave(tx, organization, left).await?;
        Ok(moved)
    }
}
