//! Who is unreadable: learners whose verdict nobody knows for want of a complete read. [`relieved`] is pure: a rule in
//! which every leaf that could not be read is taken for met. Who would then have a badge, and has it not, is
//! unreadable; who would not either way is not met, whatever the platform did not tell.

use std::collections::{BTreeMap, HashSet};

use criteria::{Membership, Node, Rule, Subject, Test};
use uuid::Uuid;

use super::{Source, SourceKind};
use crate::{
    app::{App, LivePlacement},
    domain::{
        elsewhere, evaluation,
        weighing::{Crowd, Weighed, weigh},
    },
    error::Result,
    ids::{CourseId, LearnerId, OrganizationId, PlacementId},
    store::{enrollment as enrollments, entity::reconcile_run::Model},
};

/// How many people are looked at together.
const CHUNK: u64 = 128;

/// A rule without the leaves that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relieved {
    /// It rests on none of them.
    Untouched,
    /// What else it takes.
    Rest(Rule),
    /// It takes nothing else.
    Nothing,
}

/// Takes every leaf that could not be read for met.
#[must_use]
pub fn relieved(rule: &Rule, is_unread: impl Fn(&Test) -> bool) -> Relieved {
    if !rule.nodes().any(|(_, node)| node.children().is_empty() && is_unread(&node.test)) {
        return Relieved::Untouched;
    }
    match lifted(rule.root(), &is_unread) {
        None => Relieved::Nothing,
        // What is left of a rule is one; were it none, nobody should be taken for not met.
        Some(node) => Rule::new(node).map_or(Relieved::Nothing, Relieved::Rest),
    }
}

/// What is left of a node; `None` when it is met.
fn lifted(node: &Node, is_unread: &impl Fn(&Test) -> bool) -> Option<Node> {
    let rest = |of: &[Node]| -> Vec<Node> {
        let mut left: Vec<Node> = of.iter().filter_map(|child| lifted(child, is_unread)).collect();
        // Two children may come to the same.
        let mut seen = HashSet::new();
        left.retain(|child| seen.insert(child.clone()));
        left
    };
    let whole = |test: Test| Some(Node { test, ..node.clone() });
    match &node.test {
        Test::AllOf(of) => {
            let rest = rest(of);
            if rest.is_empty() { None } else { whole(Test::AllOf(rest)) }
        }
        Test::During { period, of } => {
            let rest = rest(of);
            if rest.is_empty() { None } else { whole(Test::During { period: *period, of: rest }) }
        }
        Test::AnyOf(of) => {
            let left: Vec<Option<Node>> = of.iter().map(|child| lifted(child, is_unread)).collect();
            if left.iter().any(Option::is_none) { None } else { whole(Test::AnyOf(rest(of))) }
        }
        Test::AtLeast { n, of } => {
            let left: Vec<Option<Node>> = of.iter().map(|child| lifted(child, is_unread)).collect();
            let met = left.iter().filter(|child| child.is_none()).count();
            let n = n.saturating_sub(u32::try_from(met).unwrap_or(u32::MAX));
            let of: Vec<Node> = left.into_iter().flatten().collect();
            if n == 0 { None } else { whole(Test::AtLeast { n, of }) }
        }
        test if is_unread(test) => None,
        _ => Some(node.clone()),
    }
}

/// Whether a leaf rests on what could not be read completely, and on nothing that could.
#[must_use]
pub fn is_unread(test: &Test, course: CourseId, sources: &[Source]) -> bool {
    is_unread_from(test, course, sources, true)
}

/// As [`is_unread`], of a rule in the course or in another one.
fn is_unread_from(test: &Test, course: CourseId, sources: &[Source], is_own: bool) -> bool {
    let mut covering = sources.iter().filter(|source| covers(source, test, course, is_own)).peekable();
    covering.peek().is_some() && covering.all(|source| !source.is_complete)
}

/// Whether a source of the course tells of a leaf. Of a rule elsewhere it does where the leaf names the course.
fn covers(source: &Source, test: &Test, course: CourseId, is_own: bool) -> bool {
    let here = |target: Option<Uuid>| target.map_or(is_own, |target| target == course.0);
    let is_its_activity = |subject: &Subject| match subject {
        Subject::Activity(activity) => source.activity.as_ref() == Some(activity),
        Subject::Course => false,
    };
    match (source.kind, test) {
        (SourceKind::Roster, Test::Role(_) | Test::MemberOf { of: Membership::Group, .. }) => is_own,
        (SourceKind::LinkRoster, Test::Released { link }) => source.id == Some(*link),
        (SourceKind::Column, Test::Score(score)) => {
            here(score.target.course) && is_its_activity(&score.target.subject)
        }
        (SourceKind::Column, Test::Completed(target)) => {
            source.completes && here(target.course) && is_its_activity(&target.subject)
        }
        (SourceKind::Record, Test::Completed(target)) => {
            here(target.course) && (source.completes || target.subject == Subject::Course)
        }
        (SourceKind::Record, Test::Score(score)) => here(score.target.course),
        _ => false,
    }
}

/// How many learners are unreadable, of the course and where rules elsewhere name it; nobody is looked at when
/// everything was read.
///
/// # Errors
/// Only ours.
pub(super) async fn count(app: &App, run: &Model, sources: &[Source]) -> Result<u64> {
    if sources.iter().all(|source| source.is_complete) {
        return Ok(0);
    }
    let mut unreadable = 0;
    for (course, placements) in touched(app, run).await? {
        let mut asked = Asked::default();
        for placed in placements {
            let is_unread =
                |test: &Test| is_unread_from(test, run.course_id, sources, course == run.course_id);
            let rest = relieved(&placed.rule, is_unread);
            if rest == Relieved::Untouched {
                continue;
            }
            let rule = if let Relieved::Rest(rest) = &rest { rest.clone() } else { placed.rule.clone() };
            asked.add(LivePlacement { rule, ..placed }, rest == Relieved::Nothing);
        }
        unreadable += asked.walk(app, run.organization_id, course).await?;
    }
    Ok(unreadable)
}

/// How many learners are due a badge of these placements, now that all is done.
///
/// # Errors
/// Only ours.
pub(super) async fn still_due(app: &App, run: &Model, placements: &HashSet<PlacementId>) -> Result<u64> {
    let mut missing = 0;
    for (course, placed) in touched(app, run).await? {
        let mut due = Asked::default();
        for placed in placed.into_iter().filter(|placed| placements.contains(&placed.placement.id)) {
            due.add(placed, false);
        }
        missing += due.walk(app, run.organization_id, course).await?;
    }
    Ok(missing)
}

/// The live placements of the course, and those elsewhere whose rules name it, by their courses.
async fn touched(app: &App, run: &Model) -> Result<BTreeMap<CourseId, Vec<LivePlacement>>> {
    let (db, organization, course) = (app.store.read(), run.organization_id, run.course_id);
    let live = evaluation::live(app, db, organization, Some(course)).await?;
    let mut touched = BTreeMap::from([(course, live.placements.clone())]);
    for named in elsewhere::that_name(app, db, organization, course).await?.iter() {
        let live = evaluation::live(app, db, organization, Some(named.course)).await?;
        let placed = live.placements.iter().find(|placed| placed.placement.id == named.placement);
        touched.entry(named.course).or_default().extend(placed.cloned());
    }
    Ok(touched)
}

/// What is asked of everybody.
#[derive(Default)]
struct Asked {
    placed: Vec<LivePlacement>,
    /// Of each, whether the rule takes nothing else.
    takes_nothing: Vec<bool>,
}

impl Asked {
    fn add(&mut self, placed: LivePlacement, takes_nothing: bool) {
        self.placed.push(placed);
        self.takes_nothing.push(takes_nothing);
    }

    /// How many learners of a course meet one of them and have no badge; a chunk of them at a time.
    async fn walk(&self, app: &App, organization: OrganizationId, course: CourseId) -> Result<u64> {
        let db = app.store.read();
        let (mut met, mut after): (u64, Option<LearnerId>) = (0, None);
        while !self.placed.is_empty() {
            let ids = enrollments::learners_after(db, organization, course, after, CHUNK).await?;
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            let crowd = Crowd::read(db, organization, Some(course), &ids).await?;
            let told = crowd.hear(db, organization, &self.placed).await?;
            for person in crowd.people() {
                let heard = told.get(&person.learner.id).map_or(&[][..], Vec::as_slice);
                let mut asked = self.placed.iter().zip(&self.takes_nothing);
                let meets_one =
                    asked.any(|(placed, takes_nothing)| match weigh(app, placed, &person, heard) {
                        Weighed::Now(_) => true,
                        Weighed::Nearly(..) | Weighed::NotYet(..) => *takes_nothing,
                        Weighed::Already | Weighed::Excluded(_) => false,
                    });
                met += u64::from(meets_one);
            }
        }
        Ok(met)
    }
}
