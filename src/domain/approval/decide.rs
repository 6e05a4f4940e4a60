//! One decision of one person, and what follows from it, in one transaction.

use std::collections::HashSet;

use chrono::Duration;
use criteria::{Channel, Kind, Strength, Test};
use serde_json::{Value, json};

use super::{Approver, KIND, SOURCE, Wanted, find, not_teaching};
use crate::{
    app::{App, LivePlacement},
    domain::{
        access::Caller,
        audit::{self, Line},
        earning,
        evaluation::{self, Decided, Person, Place},
        heard, judged, learner, once, placement as placements, validate,
    },
    error::{Error, Kind as ErrorKind, Result},
    ids::{CourseId, LearnerId, PlacementId, SignalId},
    store::{
        WriteTx, award as awards, enrollment as enrollments,
        entity::{
            award, enrollment, learner as learner_entity,
            placement::{self, PlacementState},
            signal,
        },
        learner as learners, placement as placement_rows, signal as signals,
    },
};

/// What a decision came to.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The decision.
    pub signal: SignalId,
    /// The award of the placement that followed from it, if one did.
    pub award: Option<award::Model>,
    /// What the learner still waits for there, if for people only.
    pub wanted: Option<Wanted>,
}

/// Approves or declines a learner for a placement; what the same person decides last counts. The learner is evaluated
/// in the same transaction.
///
/// # Errors
/// `not_found` (placement, learner, platform); `placement.not_live`; `approval.not_teaching`, `approval.own`,
/// `approval.test_user`; `approval.not_needed` where nothing waits for people; `learner.not_a_candidate`; invalid
/// fields.
pub async fn decide(
    app: &App,
    caller: &Caller,
    who: &Approver,
    placement: PlacementId,
    learner: LearnerId,
    approves: bool,
    note: Option<&str>,
) -> Result<Settled> {
    let note = note.filter(|text| !text.trim().is_empty());
    let note = note.map(|text| validate::text("note", text, 2_000)).transpose()?;
    let organization = caller.organization;
    loop {
        let placed = placements::find(app, organization, placement).await?.placement;
        let courses = courses_of(app, who, &placed, learner).await?;
        for course in &courses {
            let live = evaluation::live(app, app.store.read(), organization, *course).await?;
            judged::reserve(app, organization, learner, &live).await?;
        }
        let tx = app.store.write().await?;
        let scene = Scene::read(app, &tx, caller, who, placement, learner).await?;
        let existing = awards::of_learner(&tx, organization, learner).await?;
        scene.is_needed(app, &tx, &existing, courses.first().copied().flatten()).await?;
        let id = app.dice.row_id::<SignalId>(app.clock.now());
        if let Some(earlier) = once::claim(app, &tx, caller, id.0).await? {
            drop(tx);
            let award = existing.into_iter().rev().find(|award| award.placement_id == Some(placement));
            let wanted = find(app, organization, placement, learner).await?;
            return Ok(Settled { signal: SignalId(earlier), award, wanted });
        }
        let signal = scene.record(app, &tx, caller, id, approves, note.as_deref()).await?;
        let Some(made) = follow(app, &tx, caller, &scene.learner, &courses).await? else { continue };
        tx.commit().await?;
        let award = made.into_iter().find(|award| award.placement_id == Some(placement));
        let wanted = if award.is_some() { None } else { find(app, organization, placement, learner).await? };
        return Ok(Settled { signal, award, wanted });
    }
}

/// The courses in which the learner is to be evaluated; outside of any where none is known.
async fn courses_of(
    app: &App,
    who: &Approver,
    placed: &placement::Model,
    learner: LearnerId,
) -> Result<Vec<Option<CourseId>>> {
    if let Some(course) = placed.course_id {
        return Ok(vec![Some(course)]);
    }
    if let Approver::Teacher { course, .. } = who {
        return Ok(vec![Some(*course)]);
    }
    let enrolled = enrollments::of_learner(app.store.read(), placed.organization_id, learner).await?;
    let courses: Vec<_> = enrolled.into_iter().map(|row| Some(row.course_id)).collect();
    Ok(if courses.is_empty() { vec![None] } else { courses })
}

/// Evaluates the learner; `None` when an index was missing.
async fn follow(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    learner: &learner_entity::Model,
    courses: &[Option<CourseId>],
) -> Result<Option<Vec<award::Model>>> {
    let mut all = Vec::new();
    for course in courses {
        let live = evaluation::live(app, tx, caller.organization, *course).await?;
        let enrollment = match course {
            None => None,
            Some(course) => enrollments::find(tx, caller.organization, *course, learner.id).await?,
        };
        // What the course before has brought counts here.
        let existing = awards::of_learner(tx, caller.organization, learner.id).await?;
        let person = Person {
            learner,
            enrollments: enrollment.as_slice(),
            existing: &existing,
            place: Place::default(),
        };
        match judged::judge(app, tx, caller, &person, &live).await? {
            Decided::Awarded(made) => all.extend(made),
            Decided::NeedsIndex => return Ok(None),
        }
    }
    Ok(Some(all))
}

/// Everything a decision is about, read and held in its transaction.
struct Scene {
    placement: placement::Model,
    learner: learner_entity::Model,
    enrollments: Vec<enrollment::Model>,
    approver: learner_entity::Model,
    roles: Vec<String>,
}

impl Scene {
    async fn read(
        app: &App,
        tx: &WriteTx,
        caller: &Caller,
        who: &Approver,
        placement: PlacementId,
        learner: LearnerId,
    ) -> Result<Self> {
        let organization = caller.organization;
        let placement = placement_rows::find(tx, organization, placement)
            .await?
            .ok_or_else(|| Error::not_found("placement"))?;
        let learner =
            learners::lock(tx, organization, learner).await?.ok_or_else(|| Error::not_found("learner"))?;
        let course = match who {
            Approver::Teacher { course, .. } => Some(*course),
            Approver::Named { .. } => placement.course_id,
        };
        if placement.course_id.is_some() && placement.course_id != course {
            return Err(Error::not_found("placement"));
        }
        let enrollments = match course {
            Some(course) => enrollments::of_learners(tx, organization, course, [learner.id]).await?,
            None => enrollments::of_learner(tx, organization, learner.id).await?,
        };
        if course.is_some() && enrollments.is_empty() {
            return Err(Error::not_found("learner"));
        }
        let (approver, roles) = approver(app, tx, caller, who, course).await?;
        if learner::is_same_person(&approver, &learner) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "approval.own",
                "Nobody decides on their own badge, nor through another account of theirs.",
            ));
        }
        if placement.state != PlacementState::Live {
            return Err(Error::conflict("placement.not_live", "This placement awards nothing now."));
        }
        if !evaluation::is_candidate(&learner, &enrollments) {
            return Err(Error::conflict(
                "learner.not_a_candidate",
                "This person cannot earn a badge here: they are not in the course, teach in it, or are a test user.",
            ));
        }
        Ok(Self { placement, learner, enrollments, approver, roles })
    }

    /// Refuses what would decide nothing.
    async fn is_needed(
        &self,
        app: &App,
        tx: &WriteTx,
        existing: &[award::Model],
        course: Option<CourseId>,
    ) -> Result<()> {
        let organization = self.placement.organization_id;
        let live = evaluation::live(app, tx, organization, course).await?;
        let placed = live.placements.iter().find(|placed| placed.placement.id == self.placement.id);
        let placed = placed.ok_or_else(|| Error::internal("a live placement without rule"))?;
        if asks(placed) {
            return Ok(());
        }
        let known =
            heard::Known { learner: self.learner.id, enrollments: &self.enrollments, awards: existing };
        let heard = heard::hear_one(tx, organization, [&placed.rule], known).await?;
        if earning::awaiting(app, placed, &heard, existing).is_some() || self.has_ruled(tx).await? {
            return Ok(());
        }
        Err(Error::conflict(
            "approval.not_needed",
            "The rule asks for nobody's approval, and nothing waits for a person's decision here.",
        ))
    }

    /// Whether anything was decided here before, which may be taken back.
    async fn has_ruled(&self, tx: &WriteTx) -> Result<bool> {
        Ok(!self.earlier(tx).await?.is_empty())
    }

    /// What was decided on the learner for the placement.
    async fn earlier(&self, tx: &WriteTx) -> Result<Vec<signal::Model>> {
        let (organization, subject) = (self.placement.organization_id, self.placement.id.to_string());
        let mut rows = signals::of_kind(tx, organization, [self.learner.id], KIND).await?;
        rows.retain(|row| row.subject == subject);
        Ok(rows)
    }

    /// The name under which this person's decisions are kept: that of the first account they used here.
    fn decider(&self, earlier: &[signal::Model], accounts: &[learner_entity::Model]) -> String {
        let known = accounts.iter().filter(|account| learner::is_same_person(account, &self.approver));
        let ids: HashSet<String> = known.map(|account| account.id.to_string()).collect();
        let by = earlier.iter().filter_map(|row| said(row, "by"));
        by.into_iter()
            .find(|by| ids.contains(*by))
            .map_or_else(|| self.approver.id.to_string(), str::to_owned)
    }

    async fn record(
        &self,
        app: &App,
        tx: &WriteTx,
        caller: &Caller,
        id: SignalId,
        approves: bool,
        note: Option<&str>,
    ) -> Result<SignalId> {
        let organization = self.placement.organization_id;
        let earlier = self.earlier(tx).await?;
        let ids = earlier.iter().filter_map(|row| said(row, "by")?.parse::<LearnerId>().ok());
        let accounts = learners::of_ids(tx, organization, ids).await?;
        let by = self.decider(&earlier, &accounts);
        let source_id = format!("{}/{}/{by}", self.placement.id, self.learner.id);
        let last = earlier.iter().find(|row| row.source_id == source_id);
        let now = app.clock.now();
        // A register takes only what is newer, and two decisions may fall into one moment.
        let at = last.map_or(now, |last| now.max(last.happened_at + Duration::microseconds(1)));
        let kind = Kind::Approved { placement: self.placement.id.0, by, roles: self.roles.clone(), approves };
        let row = signal::Model {
            id: last.map_or(id, |last| last.id),
            organization_id: organization,
            form: signal::SignalForm::Reading,
            source: SOURCE.to_owned(),
            source_id,
            channel: Channel::Approval.as_str().to_owned(),
            strength: i16::from(Strength::Attested),
            learner_id: self.learner.id,
            course_id: self.placement.course_id,
            link_id: None,
            kind: KIND.to_owned(),
            subject: self.placement.id.to_string(),
            value: json!({
                "said": serde_json::to_value(&kind).map_err(Error::internal)?,
                "account": self.approver.id,
                "through": caller.actor.to_string(),
                "note": note,
            }),
            previous: None,
            run_id: None,
            seen_at: None,
            not_before: None,
            happened_at: at,
            heard_at: now,
        };
        let kept = signals::record(tx, vec![row]).await?;
        let kept = kept.first().ok_or_else(|| Error::internal("a decision that was not kept"))?;
        let line = Line {
            action: if approves { "approval.given" } else { "approval.declined" },
            subject_kind: "learner",
            subject_id: self.learner.id.to_string(),
            detail: &json!({ "placement": self.placement.id, "by": self.approver.id, "signal": kept.id }),
        };
        audit::record(app, tx, Some(organization), caller, line).await?;
        Ok(kept.id)
    }
}

/// Whether a placement's rule asks for people.
pub(super) fn asks(placed: &LivePlacement) -> bool {
    placed.rule.nodes().any(|(_, node)| matches!(node.test, Test::Approved { .. }))
}

/// A text of what was said.
pub(super) fn said<'a>(row: &'a signal::Model, name: &str) -> Option<&'a str> {
    row.value.get("said")?.get(name).and_then(Value::as_str)
}

/// Who decides, and their roles as of now.
async fn approver(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    who: &Approver,
    course: Option<CourseId>,
) -> Result<(learner_entity::Model, Vec<String>)> {
    let organization = caller.organization;
    match who {
        Approver::Teacher { learner, course } => {
            let account = learners::find(tx, organization, *learner).await?.ok_or_else(not_teaching)?;
            let enrollment = enrollments::find(tx, organization, *course, *learner).await?;
            let enrollment = enrollment.ok_or_else(not_teaching)?;
            let teaches = matches!(enrollment.permission.as_str(), "teach" | "grade");
            let is_here = enrollment.state == enrollment::EnrollmentState::Active;
            if !teaches || !is_here || account.is_test {
                return Err(not_teaching());
            }
            let roles = heard::roles_of(&enrollment);
            Ok((account, roles))
        }
        Approver::Named { person, roles } => {
            let mut roles = checked(roles)?;
            let account = learner::resolve(app, tx, caller, person).await?;
            if account.is_test {
                return Err(Error::new(
                    ErrorKind::Forbidden,
                    "approval.test_user",
                    "A test user of the platform decides nothing.",
                ));
            }
            if let Some(course) = course
                && let Some(enrollment) = enrollments::find(tx, organization, course, account.id).await?
                && enrollment.state == enrollment::EnrollmentState::Active
            {
                roles.extend(heard::roles_of(&enrollment));
            }
            Ok((account, roles))
        }
    }
}

fn checked(roles: &[String]) -> Result<Vec<String>> {
    if roles.len() > 50 {
        return Err(Error::invalid("list.too_long", "roles", "At most 50 roles."));
    }
    let each = roles.iter().enumerate();
    each.map(|(at, role)| validate::line(&format!("roles[{at}]"), role, 255)).collect()
}
