//! The people on a page: accounts and enrollments without a launch, a chunk in one transaction, and what follows
//! for those about whom something is new (N05-N08, N14).
//!
//! An address from here is where mail goes, and no identity, as in launches (design §6.5). What a launch said of
//! somebody's roles stays until the next one: rosters know less (Moodle lists its assistants as learners). But
//! whoever is seen teaching was seen teaching.

use std::collections::{BTreeMap, HashMap};

use lti::services::nrps::{Member, Status};
use serde_json::json;

use super::{Statement, groups::Groups, read::Scene, released};
use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        award::reissue,
        indexes, learner as learner_words,
    },
    error::Result,
    ids::LearnerId,
    store::{
        WriteTx, award as awards, enrollment as enrollments,
        entity::{
            award,
            enrollment::{self, EnrollmentState},
            learner,
        },
        learner as learners,
    },
};

/// How many people one transaction takes (design §7).
pub(super) const CHUNK: usize = 64;

/// Keeps a chunk of a page and adds it to the statement.
pub(super) async fn keep(
    app: &App,
    scene: &Scene,
    members: &[Member<'_>],
    groups: Option<&Groups>,
    so_far: &mut Statement,
) -> Result<()> {
    let people = once_each(members);
    loop {
        let tx = app.store.write().await?;
        let mut statement = so_far.clone();
        statement.members += members.len() as u64;
        let kept = Chunk { app, tx: &tx, scene };
        if kept.keep(&people, groups, &mut statement).await? {
            tx.commit().await?;
            *so_far = statement;
            return Ok(());
        }
        drop(tx);
        // Addresses that arrived publish awards that waited for them, as many as there are.
        reserve_for_waiting(app, scene, &people).await?;
    }
}

/// Everybody once, by the platform's name of them. Listed twice, for two sections say, staff wins, then whoever
/// takes part.
fn once_each<'m, 'a>(members: &'m [Member<'a>]) -> BTreeMap<&'m str, &'m Member<'a>> {
    let mut people: BTreeMap<&str, &Member<'_>> = BTreeMap::new();
    let rank = |member: &Member<'_>| (member.roles.is_staff_here(), member.status == Status::Active);
    for member in members {
        let entry = people.entry(&member.user_id).or_insert(member);
        if rank(member) >= rank(entry) {
            *entry = member;
        }
    }
    people
}

async fn reserve_for_waiting(app: &App, scene: &Scene, people: &BTreeMap<&str, &Member<'_>>) -> Result<()> {
    let subs: Vec<&str> = people.keys().copied().collect();
    let organization = scene.course.organization_id;
    let issuer_url = &scene.peer.platform.row.issuer_url;
    for learner in learners::of_subs(app.store.read(), organization, issuer_url, &subs).await? {
        indexes::reserve_for_waiting(app, organization, learner.id).await?;
    }
    Ok(())
}

/// One transaction's work.
struct Chunk<'a> {
    app: &'a App,
    tx: &'a WriteTx,
    scene: &'a Scene,
}

/// Somebody about whom something is new.
type News = learner::Model;

impl Chunk<'_> {
    /// `false` when too few status indexes were at hand.
    async fn keep(
        &self,
        people: &BTreeMap<&str, &Member<'_>>,
        groups: Option<&Groups>,
        so_far: &mut Statement,
    ) -> Result<bool> {
        let (before, accounts) = self.accounts(people).await?;
        let (enrolled, mut news) = self.enrollments(people, &accounts, so_far).await?;
        for learner in accounts.values() {
            let had_it = before.get(&learner.id).is_some_and(|known| known.email == learner.email);
            if enrolled.contains_key(&learner.id) && learner.email.is_some() && !had_it {
                news.entry(learner.id).or_insert_with(|| learner.clone());
            }
        }
        if let Some(groups) = groups {
            for id in groups.keep(self.app, self.tx, self.scene, people, &accounts).await? {
                if let Some(learner) = by_id(&accounts, id).filter(|_| enrolled.contains_key(&id)) {
                    news.entry(id).or_insert_with(|| learner.clone());
                }
            }
        }
        if let Some(link) = &self.scene.link {
            so_far.news += released::told(self.app, self.tx, self.scene, link, people, &accounts).await?;
        }
        self.follow(news.into_values().collect(), so_far).await
    }

    /// The accounts, each held until the commit and renewed where something is new; and as they were.
    async fn accounts<'m>(
        &self,
        people: &BTreeMap<&'m str, &Member<'_>>,
    ) -> Result<(HashMap<LearnerId, learner::Model>, BTreeMap<&'m str, learner::Model>)> {
        let now = self.app.clock.now();
        let organization = self.scene.course.organization_id;
        let issuer_url = &self.scene.peer.platform.row.issuer_url;
        let subs: Vec<&str> = people.keys().copied().collect();
        let known = learners::lock_subs(self.tx, organization, issuer_url, &subs).await?;
        let mut by_sub: HashMap<String, learner::Model> =
            known.iter().map(|row| (row.sub.clone(), row.clone())).collect();
        let mut new = Vec::new();
        for (sub, member) in people {
            let owned = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
            let told = learner::Model {
                id: self.app.dice.row_id(now),
                organization_id: organization,
                platform_issuer_url: issuer_url.clone(),
                sub: (*sub).to_owned(),
                name: owned(&member.name),
                given_name: owned(&member.given_name),
                family_name: owned(&member.family_name),
                email: owned(&member.email),
                language: None,
                is_test: member.roles.is_test_user(),
                is_confirmed: true,
                created_at: now,
                last_seen_at: now,
            };
            let is_known = match by_sub.get(*sub) {
                Some(known) => learner_words::says_nothing_new(&told, known),
                // Of a stranger who does not take part nothing is kept.
                None => member.status != Status::Active,
            };
            if !is_known {
                new.push(told);
            }
        }
        for row in learners::upsert_many(self.tx, new).await? {
            by_sub.insert(row.sub.clone(), row);
        }
        let accounts = people.keys().filter_map(|sub| Some((*sub, by_sub.remove(*sub)?))).collect();
        Ok((known.into_iter().map(|row| (row.id, row)).collect(), accounts))
    }

    /// The enrollments, renewed where something is new; and whose standing changed.
    async fn enrollments(
        &self,
        people: &BTreeMap<&str, &Member<'_>>,
        accounts: &BTreeMap<&str, learner::Model>,
        so_far: &mut Statement,
    ) -> Result<(HashMap<LearnerId, enrollment::Model>, HashMap<LearnerId, News>)> {
        let (organization, course) = (self.scene.course.organization_id, self.scene.course.id);
        let ids = accounts.values().map(|learner| learner.id);
        let mut enrolled: HashMap<LearnerId, enrollment::Model> =
            enrollments::of_learners(self.tx, organization, course, ids)
                .await?
                .into_iter()
                .map(|row| (row.learner_id, row))
                .collect();
        let mut changed = Vec::new();
        for (sub, member) in people {
            count(member, so_far);
            let Some(learner) = accounts.get(sub) else { continue };
            let known = enrolled.get(&learner.id);
            let told = self.told(member, learner.id, known);
            match known {
                None if member.status != Status::Active => continue,
                None => so_far.new += 1,
                Some(known) if *known == told => continue,
                Some(_) => so_far.changed += 1,
            }
            changed.push(told);
        }
        let renewed: Vec<LearnerId> = changed.iter().map(|row| row.learner_id).collect();
        for row in enrollments::upsert_many(self.tx, changed).await? {
            enrolled.insert(row.learner_id, row);
        }
        if self.scene.link.is_none() {
            let named: Vec<LearnerId> = enrolled.keys().copied().collect();
            enrollments::seen(self.tx, organization, course, named, self.scene.run).await?;
        }
        let news = renewed.into_iter().filter_map(|id| Some((id, by_id(accounts, id)?.clone()))).collect();
        Ok((enrolled, news))
    }

    /// The enrollment as this member's entry leaves it.
    fn told(
        &self,
        member: &Member<'_>,
        learner: LearnerId,
        known: Option<&enrollment::Model>,
    ) -> enrollment::Model {
        let now = self.app.clock.now();
        let switches = &self.scene.peer.platform.registration.switches;
        let is_here = member.status == Status::Active
            // In another section of the same course, as an earlier page said.
            || known.is_some_and(|known| {
                known.roster_run == Some(self.scene.run) && known.state == EnrollmentState::Active
            });
        let state = if is_here { EnrollmentState::Active } else { EnrollmentState::Inactive };
        let roles = json!({ "now": member.roles.uris() });
        let permission = member.roles.permission(switches).name();
        let is_staff = member.roles.is_staff_here();
        let Some(known) = known else {
            return enrollment::Model {
                id: self.app.dice.row_id(now),
                organization_id: self.scene.course.organization_id,
                course_id: self.scene.course.id,
                learner_id: learner,
                roles_seen: roles,
                is_staff_ever: is_staff,
                permission: permission.to_owned(),
                state,
                digest: String::new(),
                roster_run: None,
                last_seen_at: now,
                created_at: now,
            };
        };
        let mut told = known.clone();
        told.is_staff_ever |= is_staff;
        told.state = state;
        if state == EnrollmentState::Inactive {
            // Their next launch brings something new: that they are back.
            told.digest = String::new();
        }
        if known.digest.is_empty() {
            told.roles_seen = roles;
            permission.clone_into(&mut told.permission);
        }
        if told != *known {
            told.last_seen_at = now;
        }
        told
    }

    /// Publishes what waited for an address, of those about whom something is new. They are counted: the pass that
    /// follows the reading awards ([`crate::domain::pass`]).
    async fn follow(&self, news: Vec<News>, so_far: &mut Statement) -> Result<bool> {
        let (app, tx, organization) = (self.app, self.tx, self.scene.course.organization_id);
        let caller = Caller::new(organization, Actor::Laurel("roster"));
        if news.is_empty() {
            return Ok(true);
        }
        so_far.news += news.len() as u64;
        let mut held: HashMap<LearnerId, Vec<award::Model>> = HashMap::new();
        for row in awards::of_learners(tx, organization, news.iter().map(|one| one.id)).await? {
            held.entry(row.learner_id).or_default().push(row);
        }
        for learner in &news {
            let existing = held.get(&learner.id).map_or(&[][..], Vec::as_slice);
            if reissue::address_arrived(app, tx, &caller, learner, existing).await?
                == reissue::Arrived::NeedsIndex
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn count(member: &Member<'_>, so_far: &mut Statement) {
    if member.status != Status::Active {
        so_far.inactive += 1;
    } else if member.roles.is_staff_here() {
        so_far.staff += 1;
    } else if member.is_candidate() {
        so_far.learners += 1;
    }
}

fn by_id<'a>(accounts: &'a BTreeMap<&str, learner::Model>, id: LearnerId) -> Option<&'a learner::Model> {
    accounts.values().find(|learner| learner.id == id)
}
