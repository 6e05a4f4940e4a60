//! Parts of the instructor's page: whether anybody is missed in the course, and how surely each badge finds who has
//! earned it. Looks only.

use criteria::{Outline, Rule};

use super::{Visit, reconcile as page};
use crate::{
    app::App,
    domain::{
        channel_health,
        course::Titles,
        promise::{self, Because, Better, Known, Promise},
        reconcile,
        terms::{Scope, Terms, Withdraw},
    },
    error::{Error, Result},
    ids::PlacementId,
    store::{
        entity::{achievement_version, course, placement},
        reconcile as runs,
    },
    texts::{Language, Texts},
    web::views::{
        course::{Checks, Surety, SuretyPart},
        parts::Day,
    },
};

/// Whether anybody is missed.
///
/// # Errors
/// Only ours.
pub async fn checks(app: &App, visit: &Visit, course: &course::Model, language: Language) -> Result<Checks> {
    let organization = course.organization_id;
    let newest = match reconcile::newest(app, organization, course.id).await? {
        None => None,
        Some(run) => {
            let said = reconcile::statement_of(&run)?.map(|said| said.sentence(language));
            run.ended_at.map(|at| Day::minute(language, at)).zip(said)
        }
    };
    let channels = channel_health::of_course(app, organization, course.id).await?;
    Ok(Checks {
        way: visit.way(page::PATH),
        newest,
        is_running: runs::running(app.store.read(), organization, course.id).await?.is_some(),
        alarms: channels.iter().filter(|channel| channel.alarm.is_some()).count(),
    })
}

/// How surely the badges of a course find who has earned them.
pub struct Sureties {
    known: Vec<Known>,
}

impl Sureties {
    /// Those of a course that have not ended.
    ///
    /// # Errors
    /// Only ours.
    pub async fn of(app: &App, course: &course::Model) -> Result<Self> {
        Ok(Self { known: promise::of_course(app, course.organization_id, course.id).await? })
    }

    /// One of them, in words.
    ///
    /// # Errors
    /// Only ours: a stored rule that does not read.
    pub fn on(&self, placement: PlacementId, language: Language, titles: &Titles) -> Result<Option<Surety>> {
        let Some(known) = self.known.iter().find(|known| known.placed.placement.id == placement) else {
            return Ok(None);
        };
        let rule = Rule::parse(&known.placed.rule.rule).map_err(Error::internal)?;
        let outline = criteria::outline(&rule, criteria::Language::of_tag(language.tag()), titles);
        let parts = known.promised.leaves.iter().map(|leaf| {
            let (word, look) = word(leaf.promise);
            SuretyPart {
                text: text_of(&outline, &leaf.path).unwrap_or(&outline.text).to_owned(),
                word,
                look,
                because: because(leaf.because),
                told_by: (!leaf.told_by.is_empty()).then(|| leaf.told_by.join(", ")),
                better: leaf.better.map(better),
            }
        });
        let (word, look) = word(known.promised.promise);
        Ok(Some(Surety { word, look, parts: parts.collect() }))
    }
}

/// How often a badge can be earned, how long it is valid and whether it is taken back, where that is special.
///
/// # Errors
/// Only ours: stored terms that do not read.
pub fn terms(
    app: &App,
    placed: &placement::Model,
    version: &achievement_version::Model,
    language: Language,
) -> Result<Vec<String>> {
    let (terms, texts) = (Terms::of(placed)?, Texts::of(language));
    let mut lines = Vec::new();
    match terms.scope {
        Scope::Achievement => {}
        Scope::Course => lines.push(texts.say("terms-course")),
        Scope::Placement => lines.push(texts.say("terms-placement")),
    }
    if let Some(periods) = &terms.periods {
        lines.push(match periods.at(app.clock.now()) {
            Some(period) => texts.text("terms-period").arg("period", period.name).to_string(),
            None => texts.say("terms-between"),
        });
    }
    let lasts = terms.lasts(version);
    lines.extend(lasts.days.map(|days| texts.text("terms-days").arg("count", days).to_string()));
    lines
        .extend(lasts.until.map(|until| texts.text("terms-until").arg("date", texts.day(until)).to_string()));
    if lasts.with_period {
        lines.push(texts.say("terms-with-period"));
    }
    if terms.withdraw == Withdraw::WhenNotMet {
        lines.push(texts.say("terms-withdraw"));
    }
    Ok(lines)
}

fn text_of<'a>(outline: &'a Outline, path: &str) -> Option<&'a str> {
    if outline.path == path {
        return Some(&outline.text);
    }
    outline.of.iter().find_map(|below| text_of(below, path))
}

fn word(promise: Promise) -> (&'static str, &'static str) {
    match promise {
        Promise::Guaranteed => ("promise-guaranteed", "good"),
        Promise::BestEffort => ("promise-best-effort", "wait"),
        Promise::NeedsClick => ("promise-needs-click", "past"),
    }
}

fn because(because: Because) -> &'static str {
    match because {
        Because::Record => "promise-because-record",
        Because::Gradebook => "promise-because-gradebook",
        Because::Column => "promise-because-column",
        Because::Roster => "promise-because-roster",
        Because::LinkRoster => "promise-because-link-roster",
        Because::Groups => "promise-because-groups",
        Because::Events => "promise-because-events",
        Because::Launch => "promise-because-launch",
        Because::Person => "promise-because-person",
        Because::Badges => "promise-because-badges",
        Because::Nobody => "promise-because-nobody",
        Because::TooWeak => "promise-because-too-weak",
        Because::OtherPlatform => "promise-because-other-platform",
        Because::Unopened => "promise-because-unopened",
    }
}

fn better(better: Better) -> &'static str {
    match better {
        Better::AllowRoster => "promise-better-allow-roster",
        Better::ConnectRecords => "promise-better-connect-records",
        Better::WatchColumn => "promise-better-watch-column",
        Better::AskReleased => "promise-better-ask-released",
        Better::NeededBadge => "promise-better-needed-badge",
        Better::AskLess => "promise-better-ask-less",
        Better::OpenThere => "promise-better-open-there",
        Better::NameHere => "promise-better-name-here",
    }
}
