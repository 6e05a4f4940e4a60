//! The instructor's page: this course's placements, their rules in words, and counts. Changes nothing. Whoever may not
//! decide on people's work, or not change what the course holds, is offered nothing of it (R07, R08).

use criteria::Rule;

use super::{
    Visit, approvals,
    column::Triggers,
    confirm::LINK,
    lists, roster,
    summary::{self, Sureties},
    undo,
};
use crate::{
    app::App,
    domain::{addresses, copy, course::Titles, issuing, line_item::resource_id, score_report},
    error::{Error, Result},
    ids::{LineItemId, LinkId, PlacementId},
    store::{
        MAX_PAGE, PageQuery, award as awards, enrollment as enrollments,
        entity::{
            achievement_version::MayPlace,
            award::{AwardOrigin, AwardState},
            course, hold,
            hold::{HoldState, HoldWhy},
            line_item,
            line_item::{LineItemPurpose, LineItemState},
            link, placement,
            placement::PlacementState as Stored,
            placement_rule,
        },
        hold::{self as holds, Filter},
        line_item as columns, link as links, placement as placements,
    },
    texts::{Language, Texts},
    web::{
        present,
        views::{
            course::{Ask, Decision, Hold, InstructorPage, Placed, PlacementState},
            parts::Outline,
        },
    },
};

/// The page as HTML.
///
/// # Errors
/// Only ours.
pub async fn page(app: &App, visit: &Visit, only: Option<PlacementId>, language: Language) -> Result<String> {
    let session = &visit.session;
    let course = session.course.as_ref().ok_or_else(|| Error::not_found("course"))?;
    let organization = course.organization_id;
    let db = app.store.read();
    let mut rows = placements::of_course(db, organization, course.id).await?;
    rows.retain(|row| only.is_none_or(|only| only == row.id));
    let ids: Vec<PlacementId> = rows.iter().map(|row| row.id).collect();
    let rules = placements::newest_rules(db, organization, ids.clone()).await?;
    let counts = awards::counts(db, organization, ids).await?;
    let gradebook = Gradebook::of(app, course, language).await?;
    let open = Filter { course: Some(course.id), state: Some(HoldState::Open), ..Filter::default() };
    let (may_review, may_edit) = (session.may_review(), session.may_edit());
    let holds = match may_review {
        true => holds::list(db, organization, open, PageQuery { after: None, limit: MAX_PAGE }).await?.items,
        false => Vec::new(),
    };
    let decisions = Decisions::of(app, visit, course, &rows, &rules).await?;
    let titles = Titles::of(app, course).await?;
    let sureties = Sureties::of(app, course).await?;
    let every = columns::of_course(db, organization, course.id).await?;
    let triggers = Triggers::of(app, course, every, language).await?;
    let words = criteria::Language::of_tag(language.tag());
    let mut placed = Vec::with_capacity(rows.len());
    for row in &rows {
        let prepared = issuing::prepared(app, organization, row.achievement_version_id).await?;
        let stored = rules
            .iter()
            .find(|rule| rule.placement_id == row.id)
            .ok_or_else(|| Error::internal("a placement without rule"))?;
        let rule = Rule::parse(&stored.rule).map_err(Error::internal)?;
        let of = |is: &dyn Fn(&awards::Count) -> bool| {
            let here = counts.iter().filter(|count| count.placement_id == row.id && is(count));
            here.map(|count| usize::try_from(count.awards).unwrap_or(0)).sum()
        };
        placed.push(Placed {
            badge: present::badge(&prepared, language),
            criteria_url: Some(addresses::criteria(
                &prepared.issuer.base_url,
                &prepared.issuer.slug,
                prepared.version.id,
            )),
            state: match row.state {
                Stored::Draft => PlacementState::Draft,
                Stored::Live => PlacementState::Live,
                Stored::Ended => PlacementState::Ended,
            },
            sentence: criteria::sentence(&rule, words, &titles),
            rule: Some(outline(&criteria::outline(&rule, words, &titles))),
            by_rule: of(&|count| count.origin == AwardOrigin::Automatic),
            by_hand: of(&|count| count.origin == AwardOrigin::Manual),
            imported: of(&|count| count.origin == AwardOrigin::Import),
            waiting: of(&|count| count.state == AwardState::WaitingForAddress),
            revoked: of(&|count| count.state == AwardState::Revoked),
            expired: of(&|count| count.state == AwardState::Expired),
            gradebook: gradebook.lines(row),
            decision: decisions.on(row, &rule, prepared.version.may_place).filter(|_| may_edit),
            hold: holds
                .iter()
                .find(|hold| hold.placement_id == row.id && hold.would_award > 0)
                .map(|hold| held(app, visit, hold)),
            // That of the whole organization is operators' business.
            dry_run: (may_review && row.state != Stored::Ended && row.course_id.is_some())
                .then(|| visit.way(&format!("/course/placements/{}/dry-run", row.id))),
            surety: sureties.on(row.id, language, &titles)?,
            terms: summary::terms(app, row, &prepared.version, language)?,
            triggers: triggers.on(app, visit, course, row, &rule),
        });
    }
    let learners = enrollments::count_learners(db, organization, course.id).await?;
    let page = InstructorPage {
        language,
        course: course.title.clone(),
        course_id: course.id.to_string(),
        learners: usize::try_from(learners).unwrap_or(usize::MAX),
        roster: may_review.then(|| visit.way(roster::PATH)),
        checks: match may_review && !placed.is_empty() {
            true => Some(summary::checks(app, visit, course, language).await?),
            false => None,
        },
        approvals: approvals::count(app, visit, course).await?,
        just_awarded: undo::recent(app, visit, course, language).await?,
        lists: visit.way(lists::PATH),
        carry: visit.carry(app),
        placements: placed,
    };
    Ok(page.html())
}

/// The form that lets held awards go.
fn held(app: &App, visit: &Visit, hold: &hold::Model) -> Hold {
    Hold {
        action: format!("/course/holds/{}/decide", hold.id),
        fields: visit.fields(app),
        why: match hold.why {
            HoldWhy::Breaker => "hold-why-breaker",
            HoldWhy::FirstRelease => "hold-why-first-release",
            HoldWhy::Undone => "hold-why-undone",
        },
        would_award: hold.would_award,
        candidates: hold.candidates,
    }
}

/// What a teacher can decide about the drafts of a course.
struct Decisions {
    here: Vec<link::Model>,
    /// Titles of links that drafts name and that are not of this course.
    foreign: Vec<(LinkId, Option<String>)>,
    fields: Vec<(String, String)>,
}

impl Decisions {
    async fn of(
        app: &App,
        visit: &Visit,
        course: &course::Model,
        rows: &[placement::Model],
        rules: &[placement_rule::Model],
    ) -> Result<Self> {
        let mut decisions = Self { here: Vec::new(), foreign: Vec::new(), fields: Vec::new() };
        let mut drafts: Vec<&placement::Model> = rows.iter().collect();
        drafts.retain(|row| is_decidable(row));
        if drafts.is_empty() {
            return Ok(decisions);
        }
        let (db, organization) = (app.store.read(), course.organization_id);
        decisions.here = links::of_course(db, organization, course.id).await?;
        decisions.fields = visit.fields(app);
        let mut foreign = Vec::new();
        for draft in drafts {
            let Some(rule) = rules.iter().find(|rule| rule.placement_id == draft.id) else { continue };
            foreign
                .extend(copy::foreign(&Rule::parse(&rule.rule).map_err(Error::internal)?, &decisions.here));
        }
        decisions.foreign = links::titles(db, organization, foreign).await?;
        Ok(decisions)
    }

    fn on(&self, row: &placement::Model, rule: &Rule, may_place: MayPlace) -> Option<Decision> {
        if !is_decidable(row) {
            return None;
        }
        let ask = |old: LinkId| {
            let title = self.foreign.iter().find(|(id, _)| *id == old).and_then(|(_, title)| title.clone());
            let options = self.here.iter().filter_map(|link| {
                let name = link.title.clone()?;
                let is_same = Some(&name) == title.as_ref();
                Some((link.id.to_string(), name, is_same))
            });
            Ask { name: format!("{LINK}{old}"), options: options.collect(), title }
        };
        Some(Decision {
            action: format!("/course/placements/{}/decide", row.id),
            fields: self.fields.clone(),
            is_copy: row.copied_from_id.is_some(),
            needs_operator: may_place != MayPlace::Instructors,
            asks: copy::foreign(rule, &self.here).into_iter().map(ask).collect(),
        })
    }
}

/// A draft of the course itself; those of the whole organization are operators' business.
fn is_decidable(row: &placement::Model) -> bool {
    row.state == Stored::Draft && row.course_id.is_some()
}

/// What is wrong with the columns into which this course's awards are reported.
struct Gradebook {
    columns: Vec<line_item::Model>,
    failures: Vec<(LineItemId, i64, String)>,
    texts: Texts,
}

impl Gradebook {
    async fn of(app: &App, course: &course::Model, language: Language) -> Result<Self> {
        let mut columns = columns::of_course(app.store.read(), course.organization_id, course.id).await?;
        columns.retain(|column| column.purpose == LineItemPurpose::Report);
        let ids: Vec<LineItemId> = columns.iter().map(|column| column.id).collect();
        let failures = match ids.is_empty() {
            true => Vec::new(),
            false => score_report::failures(app, course.organization_id, &ids).await?,
        };
        Ok(Self { columns, failures, texts: Texts::of(language) })
    }

    fn lines(&self, placed: &placement::Model) -> Vec<String> {
        let resource = resource_id(placed.achievement_id);
        let is_its = |column: &&line_item::Model| column.resource_id == resource;
        let Some(column) = self.columns.iter().find(is_its) else { return Vec::new() };
        let mut lines = Vec::new();
        if column.state == LineItemState::Refused {
            let why = self.texts.say(why(column.trouble.as_deref().unwrap_or_default()));
            lines.push(self.texts.text("instructor-column-refused").arg("why", why.as_str()).to_string());
        }
        if let Some((_, count, code)) = self.failures.iter().find(|(id, ..)| *id == column.id) {
            let why = self.texts.say(why(code));
            let text = self.texts.text("instructor-scores-failed").arg("count", *count);
            lines.push(text.arg("why", why.as_str()).to_string());
        }
        lines
    }
}

/// The reason for a code, as a teacher can use it.
pub(super) fn why(code: &str) -> &'static str {
    match code {
        "lti.ags.rejected" => "gradebook-why-rejected",
        "lti.ags.scope_not_granted" | "lti.token.scope_insufficient" => "gradebook-why-permission",
        "line_item.other_purpose" => "gradebook-why-purpose",
        _ => "gradebook-why-other",
    }
}

fn outline(outline_of: &criteria::Outline) -> Outline {
    Outline { text: outline_of.text.clone(), of: outline_of.of.iter().map(outline).collect() }
}
