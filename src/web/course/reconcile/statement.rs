//! A statement in plain words: what was read from where, who was awarded because of it, and what is to be done about
//! what could not be read.

use std::collections::HashMap;

use super::{at, channels::why};
use crate::{
    app::App,
    domain::{
        pass,
        reconcile::{self, Source, SourceKind, Statement},
    },
    error::Result,
    ids::{LearnerId, PassId},
    store::{
        achievement as achievements,
        entity::{
            course, learner,
            reconcile_run::{Model, ReconcileCause, ReconcileState},
        },
        learner as learners,
    },
    texts::{Language, Texts},
    web::{
        course::{Visit, roster::called},
        views::course::{Past, Read, Rescued, Running, Stated},
    },
};

/// So many of the rescued are named on the page.
const NAMED: usize = 20;

/// Tells of the checks of one course.
pub(super) struct Teller<'a> {
    pub(super) app: &'a App,
    pub(super) visit: &'a Visit,
    pub(super) course: &'a course::Model,
    pub(super) language: Language,
}

impl Teller<'_> {
    fn texts(&self) -> Texts {
        Texts::of(self.language)
    }

    /// How far one is that runs.
    pub(super) async fn running(&self, run: &Model) -> Result<Running> {
        let texts = self.texts();
        let progress = match (run.state, run.pass_id) {
            (ReconcileState::Reading, _) | (_, None) => {
                let sources = reconcile::sources_of(run)?;
                let done = sources.iter().filter(|source| source.is_done).count();
                let text = texts.text("reconcile-running-read").arg("done", done.to_string());
                text.arg("all", sources.len().to_string()).to_string()
            }
            (_, Some(id)) => {
                let pass = pass::find(self.app, run.organization_id, PassId(id)).await?;
                texts.text("reconcile-running-people").arg("count", pass.checked).to_string()
            }
        };
        let since = at(self.language, run.created_at);
        Ok(Running { since, progress, again: self.visit.way(super::PATH) })
    }

    /// An earlier one; nothing while it runs.
    pub(super) fn past(&self, run: &Model) -> Result<Option<Past>> {
        let (Some(said), Some(ended)) = (reconcile::statement_of(run)?, run.ended_at) else {
            return Ok(None);
        };
        Ok(Some(Past {
            at: at(self.language, ended),
            cause: match run.cause {
                ReconcileCause::Due => "reconcile-cause-due",
                ReconcileCause::Asked => "reconcile-cause-asked",
                ReconcileCause::Replay => "reconcile-cause-replay",
            },
            sentence: said.sentence(self.language),
        }))
    }

    /// In what one ended, in full.
    pub(super) async fn stated(&self, run: &Model) -> Result<Option<Stated>> {
        let (Some(said), Some(ended)) = (reconcile::statement_of(run)?, run.ended_at) else {
            return Ok(None);
        };
        let sources = reconcile::sources_of(run)?;
        Ok(Some(Stated {
            at: at(self.language, ended),
            sentence: said.sentence(self.language),
            notes: self.notes(&said),
            sources: sources.iter().map(|source| self.read(source)).collect(),
            rescued: self.rescued(&said).await?,
            unnamed: said.awarded.saturating_sub(said.rescued.len().min(NAMED) as u64),
        }))
    }

    fn notes(&self, said: &Statement) -> Vec<(bool, String)> {
        let texts = self.texts();
        if said.trouble.is_some() {
            return Vec::new();
        }
        let mut notes = Vec::new();
        let mut note = |is_good, key, count: u64| {
            if count > 0 {
                notes.push((is_good, texts.text(key).arg("count", count).to_string()));
            }
        };
        note(true, "reconcile-note-awarded", said.awarded);
        note(false, "reconcile-note-held", said.held());
        note(false, "reconcile-note-missing", said.missing);
        note(false, "reconcile-note-unreadable", said.unreadable);
        for label in &said.silent {
            notes.push((false, texts.text("reconcile-note-silent").arg("label", label).to_string()));
        }
        if notes.is_empty() {
            notes.push((true, texts.say("reconcile-note-nobody")));
        }
        notes
    }

    fn read(&self, source: &Source) -> Read {
        let texts = self.texts();
        let named = |key| texts.text(key).arg("label", source.name.as_str()).to_string();
        let read = match source.new {
            0 => texts.text("reconcile-entries").arg("count", source.read),
            new => texts.text("reconcile-entries-new").arg("count", source.read).arg("new", new.to_string()),
        };
        let code = source.trouble.as_deref().unwrap_or_default();
        Read {
            name: match source.kind {
                SourceKind::Roster => texts.say("reconcile-source-roster"),
                SourceKind::LinkRoster => named("reconcile-source-link-roster"),
                SourceKind::Column => named("reconcile-source-column"),
                SourceKind::Record => named("reconcile-source-record"),
            },
            read: read.to_string(),
            trouble: (!source.is_complete).then(|| texts.say(why(source.kind.as_str(), code))),
            platform_says: source.platform_says.clone(),
        }
    }

    async fn rescued(&self, said: &Statement) -> Result<Vec<Rescued>> {
        let (db, organization) = (self.app.store.read(), self.course.organization_id);
        let named: Vec<_> = said.rescued.iter().take(NAMED).collect();
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let people = learners::of_ids(db, organization, named.iter().map(|one| one.learner)).await?;
        let people: HashMap<LearnerId, learner::Model> =
            people.into_iter().map(|row| (row.id, row)).collect();
        let badges = achievements::names(db, organization, named.iter().map(|one| one.achievement)).await?;
        let badges: HashMap<_, _> = badges.into_iter().collect();
        let texts = self.texts();
        let told = named.into_iter().map(|one| {
            let by = if one.sources.is_empty() { one.channels.join(", ") } else { one.sources.join(", ") };
            Rescued {
                way: self.visit.way(&format!("/course/people/{}", one.learner)),
                name: called(people.get(&one.learner), self.language),
                badge: badges.get(&one.achievement).cloned().unwrap_or_default(),
                told: texts.text("reconcile-rescued-by").arg("label", by).to_string(),
            }
        });
        Ok(told.collect())
    }
}
