//! The LTI 1.1 past that a launch tells of (lti-1.3-tool §22): believed as far as it is proven, and then old ids
//! mean today's learner, course and link. A launch is never refused for it.
//!
//! What was known only by an old id, from somebody's report, becomes what it is known as today; what both are known
//! of is brought together, except for a badge that both hold.

use lti::{
    claims,
    migration::{Judgement, OldIds},
};
use serde_json::{Value, json};

use super::{Arrival, place::Place};
use crate::{
    app::App,
    domain::consumer_key,
    error::Result,
    ids::OrganizationId,
    store::{
        WriteTx, alias as rows, award as awards, course as courses, enrollment as enrollments,
        entity::{
            alias::{self, AliasKind},
            award::{AwardState, Model as Award},
            learner,
        },
        learner as learners, signal as signals,
    },
};

/// The warning that an old id means something else already, or the thing has another old id.
const CONFLICT: &str = "lti.migrate.conflict";

/// What a launch says of its past, judged. Nothing of it is known for the launches that say nothing.
#[derive(Debug, Default)]
pub(super) struct Former {
    judgement: Option<Judgement>,
    key: String,
}

impl Former {
    /// Judges by the organization's own consumer keys. No read for launches without the claim, none but the
    /// first with it.
    pub(super) async fn of(app: &App, organization: OrganizationId, arrival: &Arrival<'_>) -> Result<Self> {
        let Some(legacy) = &arrival.launch.legacy else { return Ok(Self::default()) };
        let Some(key) = &legacy.consumer_key else { return Ok(Self::default()) };
        let platform = arrival.platform.row.id;
        let Some(known) = consumer_key::of_launch(app, organization, platform, key).await? else {
            return Ok(Self::default());
        };
        let is_bound = !legacy.is_signed() && is_bound(app, organization, arrival, key).await?;
        let judgement = consumer_key::judged_by(app, &known, is_bound, |known| {
            legacy.judge(Some(known), arrival.launch)
        })?;
        Ok(Self { judgement: Some(judgement), key: key.clone() })
    }

    /// What of it could lead to something: a part of what makes a launch new.
    pub(super) fn mark(&self) -> &'static str {
        match &self.judgement {
            None | Some(Judgement::Nothing) => "",
            Some(Judgement::Void(_)) => "void",
            Some(Judgement::UserOnly(_)) => "user",
            Some(Judgement::Proven(_)) => "proven",
        }
    }

    /// What the launch record shall warn of.
    pub(super) fn warnings(&self) -> Vec<Value> {
        match &self.judgement {
            Some(Judgement::Void(refusal)) => vec![warning(refusal.code())],
            _ => Vec::new(),
        }
    }

    fn user(&self) -> Option<&str> {
        match self.judgement.as_ref()? {
            Judgement::Proven(old) => old.user_id.as_deref(),
            Judgement::UserOnly(user) => Some(user),
            Judgement::Nothing | Judgement::Void(_) => None,
        }
    }

    fn proven(&self) -> Option<&OldIds> {
        match self.judgement.as_ref()? {
            Judgement::Proven(old) => Some(old),
            _ => None,
        }
    }

    /// Before the course is written: one that is known by its old id only takes its new one.
    pub(super) async fn rename_course(
        &self,
        app: &App,
        tx: &WriteTx,
        organization: OrganizationId,
        arrival: &Arrival<'_>,
    ) -> Result<()> {
        let old = self.proven().and_then(|old| old.context_id.as_deref());
        let (Some(old), Some(context), Some(deployment)) = (old, &arrival.launch.context, arrival.deployment)
        else {
            return Ok(());
        };
        if old == context.id
            || super::cached_course(app, organization, deployment.id, &context.id).await?.is_some()
        {
            return Ok(());
        }
        let Some(course) = courses::of_context(tx, organization, deployment.id, old).await? else {
            return Ok(());
        };
        // Somebody else's id today is nobody's old one: ids of then and now may look alike.
        if !enrollments::has_launched(tx, organization, course.id).await? {
            courses::rename(tx, organization, course.id, &context.id).await?;
        }
        Ok(())
    }

    /// Before the learner is written: one who is known by the old id only takes the new one. Who is known by both
    /// is answered, for [`Former::attach`].
    pub(super) async fn rename_learner(
        &self,
        tx: &WriteTx,
        organization: OrganizationId,
        arrival: &Arrival<'_>,
        subject: &str,
    ) -> Result<Option<learner::Model>> {
        let Some(old) = self.user().filter(|old| *old != subject) else { return Ok(None) };
        let issuer = &arrival.platform.row.issuer_url;
        let known = learners::of_sub(tx, organization, issuer, old).await?;
        let Some(known) = known.filter(|known| !known.is_confirmed) else { return Ok(None) };
        if rows::of_former(tx, organization, AliasKind::Learner, issuer, old).await?.is_some() {
            return Ok(None);
        }
        match learners::of_sub(tx, organization, issuer, subject).await? {
            Some(today) => {
                let other = rows::of_subject(tx, organization, AliasKind::Learner, today.id.0).await?;
                Ok(other.is_none().then_some(known))
            }
            None => {
                learners::rename(tx, organization, known.id, subject).await?;
                Ok(None)
            }
        }
    }

    /// Attaches the old ids to what they mean today, each once; what the launch record shall warn of.
    pub(super) async fn attach(
        &self,
        app: &App,
        tx: &WriteTx,
        learner: &learner::Model,
        place: &Place,
    ) -> Result<Vec<Value>> {
        let mut wanted = Vec::new();
        if let Some(user) = self.user() {
            wanted.push((AliasKind::Learner, learner.platform_issuer_url.clone(), user, learner.id.0));
        }
        if let Some(old) = self.proven() {
            let deployment = place.deployment;
            let realm = || deployment.to_string();
            let course = old.context_id.as_deref().zip(place.course.as_ref());
            let link = old.resource_link_id.as_deref().zip(place.link.as_ref());
            wanted.push((AliasKind::Deployment, realm(), self.key.as_str(), deployment.0));
            wanted.extend(course.map(|(old, course)| (AliasKind::Course, realm(), old, course.id.0)));
            wanted.extend(link.map(|(old, link)| (AliasKind::Link, realm(), old, link.id.0)));
        }
        let now = app.clock.now();
        let mut warnings = Vec::new();
        for (kind, realm, former, subject_id) in wanted {
            let row = alias::Model {
                id: app.dice.row_id(now),
                organization_id: learner.organization_id,
                kind,
                realm,
                former: former.to_owned(),
                subject_id,
                created_at: now,
            };
            if rows::insert_if_new(tx, row.clone()).await? {
                continue;
            }
            let known = rows::of_subject(tx, row.organization_id, kind, subject_id).await?;
            let is_same = known.is_some_and(|known| known.realm == row.realm && known.former == row.former);
            if !is_same {
                warnings.push(json!({ "code": CONFLICT, "about": kind.as_str() }));
            }
        }
        Ok(warnings)
    }
}

/// Brings together what was reported of somebody by an old id with who they are today.
pub(super) async fn join(tx: &WriteTx, old: &learner::Model, today: &learner::Model) -> Result<()> {
    let organization = today.organization_id;
    signals::move_to(tx, organization, old.id, today.id).await?;
    let held = awards::of_learner(tx, organization, today.id).await?;
    let is_current = |award: &Award| !matches!(award.state, AwardState::Revoked | AwardState::Expired);
    let is_same = |one: &Award, other: &Award| one.scope == other.scope && one.period == other.period;
    let mut moved = awards::of_learner(tx, organization, old.id).await?;
    moved.retain(|award| {
        let mut rivals = held.iter().filter(|other| is_current(other) && is_same(award, other));
        !is_current(award) || rivals.next().is_none()
    });
    let moved: Vec<_> = moved.into_iter().map(|award| award.id).collect();
    awards::move_to(tx, organization, &moved, today.id).await?;
    let there = enrollments::of_learner(tx, organization, today.id).await?;
    let mut moved = enrollments::of_learner(tx, organization, old.id).await?;
    moved.retain(|enrollment| !there.iter().any(|other| other.course_id == enrollment.course_id));
    let moved: Vec<_> = moved.into_iter().map(|enrollment| enrollment.id).collect();
    enrollments::move_to(tx, organization, &moved, today.id).await?;
    Ok(())
}

/// Whether a deployment was seen to stand in the place of this consumer key.
async fn is_bound(app: &App, organization: OrganizationId, arrival: &Arrival<'_>, key: &str) -> Result<bool> {
    let Some(deployment) = arrival.deployment else { return Ok(false) };
    let db = app.store.read();
    let bound = rows::of_subject(db, organization, AliasKind::Deployment, deployment.id.0).await?;
    Ok(bound.is_some_and(|bound| bound.former == key))
}

fn warning(code: &str) -> Value {
    json!({ "code": code, "about": claims::LTI1P1 })
}
