//! Rosters over real HTTP against the practice LMS, by the case ids of `spec/lti-conformance-cases.md` (N).

mod crowd;
mod groups;
mod hostile;
mod links;
mod page;
mod people;

use laurel::{
    domain::roster::{self, Statement},
    ids::LinkId,
    store::{
        self,
        entity::{enrollment, roster as rows},
    },
};

use crate::services::Class;

impl Class {
    /// Somebody asks for the course's roster, a while after the last time, and the job runs once.
    pub async fn read(&self) -> rows::Model {
        self.read_of(None).await
    }

    /// The same of a link's.
    pub async fn read_of(&self, link: Option<LinkId>) -> rows::Model {
        self.app.advance(61);
        let asked = roster::ask(&self.app.app, &self.app.operator(), self.course, link).await.unwrap();
        self.app.run_jobs().await;
        let db = self.app.app.store.read();
        store::roster::find(db, self.app.organization, asked.id).await.unwrap().unwrap()
    }

    /// The standing of whom the LMS calls so; nothing of people we do not know here.
    pub async fn standing(&self, user: &str) -> Option<enrollment::Model> {
        let learner = self.app.learner(&self.app.lms.subject(user)).await?;
        let db = self.app.app.store.read();
        store::enrollment::find(db, self.app.organization, self.course, learner.id).await.unwrap()
    }

    /// Whether they are in the course now, as far as we know.
    pub async fn is_here(&self, user: &str) -> bool {
        let standing = self.standing(user).await;
        standing.is_some_and(|standing| standing.state == enrollment::EnrollmentState::Active)
    }
}

/// What a reading came to.
pub fn said(row: &rows::Model) -> Statement {
    roster::reading_of(row).unwrap().expect("a reading")
}
