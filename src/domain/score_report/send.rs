//! Sending one revision of a score report (lti-1.3-tool §17.4).
//!
//! The time that is sent is chosen once per revision, kept before anything is sent, and repeated in every try.
//! Nothing is sent for test users or staff (the anonymous have no learner), nor into a column that is watched.

use chrono::Duration;
use lti::{
    Refusal,
    services::{
        Failure, Next,
        ags::{
            self,
            score::{self, Event, Score},
        },
        scope,
    },
};

use crate::{
    app::App,
    domain::{
        line_item::{self, Grades, settle},
        placement::Settings,
        trouble::Trouble,
    },
    error::{Error, Kind, Result},
    ids::{OrganizationId, ScoreReportId},
    platform_client::call,
    store::{
        achievement as achievements, award as awards, enrollment as enrollments,
        entity::{
            award, learner,
            line_item::{LineItemState, Model as LineItem},
            score_report::{Model, ReportState, ScoreWanted},
        },
        learner as learners, line_item as columns, placement as placements, score_report as rows,
    },
    texts::{Language, Texts},
};

/// How soon to look again when another process is sending.
const BUSY: Duration = Duration::seconds(2);
/// Longest comment, in characters.
const LONGEST_COMMENT: usize = 500;

/// What became of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The platform took it.
    Posted,
    /// The platform has something newer, or had this one already (409).
    Superseded,
    /// A newer revision has its own job, or this one is done.
    Overtaken,
    /// It is not to be sent.
    Withheld,
    /// The column is lost; the next launch looks for it, and then this is sent.
    Waiting,
}

/// Sends one revision of a report.
///
/// # Errors
/// Why it was not sent, noted in the row as well; its `next` says what to do.
pub async fn send(
    app: &App,
    organization: OrganizationId,
    id: ScoreReportId,
    revision: i32,
) -> Result<Sent, Trouble> {
    let Some(report) = rows::find(app.store.read(), organization, id).await? else {
        return Ok(Sent::Overtaken);
    };
    if report.revision != revision || is_ended(&report) {
        return Ok(Sent::Overtaken);
    }
    let subject = Subject::of(app, &report).await?;
    if let Some(code) = subject.withheld(app, &report).await? {
        note(app, &report, |row| row.end(ReportState::Withheld, Some(code))).await?;
        return Ok(Sent::Withheld);
    }
    if subject.item.state == LineItemState::Lost {
        note(app, &report, |row| row.waits_for_column()).await?;
        return Ok(Sent::Waiting);
    }
    match post(app, &report, &subject).await {
        Ok(()) => {
            note(app, &report, |row| row.end(ReportState::Sent, None)).await?;
            Ok(Sent::Posted)
        }
        Err(Trouble::Platform(failure)) => failed(app, &report, &subject, failure).await,
        Err(Trouble::Ours(error)) if error.kind() == Kind::Conflict => {
            let code = error.code();
            note(app, &report, |row| row.end(ReportState::Failed, Some(code))).await?;
            Err(error.into())
        }
        Err(trouble) => Err(trouble),
    }
}

fn is_ended(report: &Model) -> bool {
    matches!(report.state, ReportState::Sent | ReportState::Superseded | ReportState::Withheld)
}

/// Whom and what a report is about.
struct Subject {
    item: LineItem,
    learner: learner::Model,
    award: award::Model,
}

impl Subject {
    async fn of(app: &App, report: &Model) -> Result<Self> {
        let db = app.store.read();
        let organization = report.organization_id;
        let item = columns::find(db, organization, report.line_item_id).await?;
        let learner = learners::find(db, organization, report.learner_id).await?;
        let award = awards::find(db, organization, report.award_id).await?;
        Ok(Self {
            item: item.ok_or_else(|| Error::not_found("column"))?,
            learner: learner.ok_or_else(|| Error::not_found("learner"))?,
            award: award.ok_or_else(|| Error::not_found("award"))?,
        })
    }

    /// Why nothing is to be sent, if so (A29).
    async fn withheld(&self, app: &App, report: &Model) -> Result<Option<&'static str>> {
        if report.wanted == ScoreWanted::Cleared {
            let was_sent = report.timestamp.is_some() || report.last_timestamp.is_some();
            return Ok((!was_sent).then_some("score.never_sent"));
        }
        if self.learner.is_test {
            return Ok(Some("score.test_user"));
        }
        if matches!(self.item.state, LineItemState::Removing | LineItemState::Removed) {
            return Ok(Some("score.not_wanted"));
        }
        let db = app.store.read();
        let organization = report.organization_id;
        let placed = match self.award.placement_id {
            None => None,
            Some(placement) => placements::find(db, organization, placement).await?,
        };
        if !placed.is_some_and(|placed| Settings::of(&placed).report_score) {
            return Ok(Some("score.not_wanted"));
        }
        let enrolled = enrollments::find(db, organization, self.item.course_id, self.learner.id).await?;
        Ok(match enrolled {
            None => Some("score.not_enrolled"),
            Some(enrolled) if enrolled.is_staff_ever => Some("score.staff"),
            Some(_) => None,
        })
    }
}

async fn post(app: &App, report: &Model, subject: &Subject) -> Result<(), Trouble> {
    let settle::Ready { item, url, is_new } = settle::ready(app, subject.item.clone()).await?;
    if is_new {
        super::catch_up(app, &item, true).await?;
    }
    let grades = line_item::grades(app, &item).await?;
    ags::require(&grades.ags, scope::SCORE)?;
    if columns::is_otherwise_used(app.store.read(), &item, &url).await? {
        const CODE: &str = "line_item.other_purpose";
        return Err(Error::conflict(CODE, line_item::explain(CODE)).into());
    }
    let Some(report) = claim(app, report, &grades).await? else { return Err(Trouble::Busy(BUSY)) };
    let Some(timestamp) = report.timestamp else {
        return Err(Error::internal("a score without its time").into());
    };
    let (event, comment) = match report.wanted {
        ScoreWanted::Awarded => {
            let maximum = line_item::maximum_of(&item)?;
            (Event::Awarded { maximum }, Some(comment(app, &subject.award).await?))
        }
        ScoreWanted::Cleared => (Event::Revoked, None),
    };
    let score = Score::of(event, &subject.learner.sub, timestamp, comment.as_deref());
    call(app, &grades.peer, &score.post(&url), score::posted).await?;
    Ok(())
}

/// Takes the revision for oneself and fixes its time, both kept before anything is sent. `None` while another
/// process sends for the same learner, or when a newer revision has come.
async fn claim(app: &App, report: &Model, grades: &Grades) -> Result<Option<Model>, Trouble> {
    let now = app.clock.now();
    let apart = grades.peer.quirks().score_interval(&grades.peer.platform.registration.switches);
    let is_first_try = report.timestamp.is_none();
    if let Some(posted) = report.posted_at.filter(|_| is_first_try)
        && now < posted + apart
    {
        return Err(Trouble::Busy(posted + apart - now));
    }
    let tx = app.store.write().await?;
    if !rows::take(&tx, report, now, line_item::until(app)).await? {
        return Ok(None);
    }
    let Some(mut row) = rows::lock(&tx, report.organization_id, report.id).await? else { return Ok(None) };
    if is_ended(&row) {
        // Another job has sent it since we looked; nothing is taken.
        return Ok(None);
    }
    if row.timestamp.is_none() {
        let last = row.last_timestamp.max(row.posted_at);
        row.timestamp = Some(score::timestamp(row.decided_at, last, apart));
    }
    row.posted_at = Some(now);
    row.updated_at = now;
    rows::update(&tx, row.clone()).await?;
    tx.commit().await?;
    Ok(Some(row))
}

async fn failed(app: &App, report: &Model, subject: &Subject, failure: Failure) -> Result<Sent, Trouble> {
    let code = failure.refusal.code();
    let words = failure.words.clone();
    match failure.next {
        _ if failure.refusal == Refusal::AgsSuperseded => {
            note(app, report, |row| row.end(ReportState::Superseded, Some(code))).await?;
            Ok(Sent::Superseded)
        }
        Next::Later(_) => {
            note(app, report, |row| row.meets(code, words)).await?;
            Err(failure.into())
        }
        // Once: a platform that says so again, though it still lists the column, means something else.
        Next::Rediscover if report.trouble.as_deref() != Some(code) => {
            let item = columns::find(app.store.read(), report.organization_id, subject.item.id).await?;
            if let Some(item) = item {
                line_item::forget(app, &item).await?;
            }
            note(app, report, |row| row.waits_for_column()).await?;
            Ok(Sent::Waiting)
        }
        _ => {
            note(app, report, |row| {
                row.end(ReportState::Failed, Some(code));
                row.trouble_words = words;
            })
            .await?;
            Err(failure.into())
        }
    }
}

/// Writes down what became of this revision, unless a newer one has come, and gives the row free.
async fn note(app: &App, report: &Model, change: impl FnOnce(&mut Model)) -> Result<()> {
    let tx = app.store.write().await?;
    let Some(mut row) = rows::lock(&tx, report.organization_id, report.id).await? else { return Ok(()) };
    row.busy_until = None;
    if row.revision == report.revision {
        change(&mut row);
    }
    row.updated_at = app.clock.now();
    rows::update(&tx, row).await?;
    tx.commit().await
}

impl Model {
    fn end(&mut self, state: ReportState, trouble: Option<&str>) {
        self.state = state;
        self.trouble = trouble.map(str::to_owned);
        self.trouble_words = None;
    }

    fn meets(&mut self, code: &str, words: Option<String>) {
        self.trouble = Some(code.to_owned());
        self.trouble_words = words;
    }

    fn waits_for_column(&mut self) {
        self.state = ReportState::Waiting;
        self.meets(Refusal::AgsNotFound.code(), None);
    }
}

/// What the gradebook says beside the number, in the badge's language.
async fn comment(app: &App, award: &award::Model) -> Result<String> {
    let version =
        achievements::version(app.store.read(), award.organization_id, award.achievement_version_id)
            .await?
            .ok_or_else(|| Error::not_found("achievement"))?;
    let language = Language::negotiate([version.language.as_str()], None, Language::default());
    let words = Texts::of(language).text("score-comment-awarded").arg("achievement", version.name.as_str());
    Ok(words.to_string().chars().take(LONGEST_COMMENT).collect())
}
