//! Looking at what is stored: counted rows, for "nothing is left behind", and single ones.

use laurel::store::{
    self, PageQuery,
    entity::{award, launch_record, learner},
    launch,
};
use sea_orm::{ConnectionTrait as _, Statement};

use super::app::TestApp;

impl TestApp {
    /// Rows of a table, whoever owns them.
    pub async fn count(&self, table: &str) -> i64 {
        let db = self.app.store.read();
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let found = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        found.unwrap().try_get("", "n").unwrap()
    }

    /// How many rows there are of everything that a launch may leave.
    pub async fn rows(&self) -> Rows {
        Rows {
            deployments: self.count("deployment").await,
            courses: self.count("course").await,
            links: self.count("link").await,
            learners: self.count("learner").await,
            enrollments: self.count("enrollment").await,
            signals: self.count("signal").await,
            awards: self.count("award").await,
            credentials: self.count("credential").await,
            jobs: self.count("job").await,
            launches: self.count("launch_record").await,
        }
    }

    /// The launch record of this id.
    pub async fn launch_record(&self, id: &str) -> launch_record::Model {
        let id = id.parse().unwrap();
        launch::unscoped_of_session(self.app.store.read(), id).await.unwrap().expect("a launch record")
    }

    /// The launch records with this outcome (`ok` or a code).
    pub async fn launches(&self, outcome: &str) -> Vec<launch_record::Model> {
        let filter = launch::Filter { outcome: Some(outcome.to_owned()), ..launch::Filter::default() };
        let page = PageQuery { after: None, limit: 200 };
        launch::unscoped_list(self.app.store.read(), filter, page).await.unwrap().items
    }

    /// The learner P1 calls this.
    pub async fn learner(&self, sub: &str) -> Option<learner::Model> {
        store::learner::of_sub(self.app.store.read(), self.organization, self.lms.issuer(), sub)
            .await
            .unwrap()
    }

    /// All awards of T1, oldest first.
    pub async fn awards(&self) -> Vec<award::Model> {
        let filter = store::award::Filter::default();
        let page = PageQuery { after: None, limit: 200 };
        let mut all =
            store::award::list(self.app.store.read(), self.organization, filter, page).await.unwrap().items;
        all.reverse();
        all
    }
}

/// Counted rows; compare before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub deployments: i64,
    pub courses: i64,
    pub links: i64,
    pub learners: i64,
    pub enrollments: i64,
    pub signals: i64,
    pub awards: i64,
    pub credentials: i64,
    pub jobs: i64,
    pub launches: i64,
}

impl Rows {
    /// The same with so many more launch records: what a refused launch may leave.
    pub fn with_launches(&self, more: i64) -> Self {
        Self { launches: self.launches + more, ..self.clone() }
    }
}

/// Lets the awards of every live placement in a course wait for a click, as a pass would.
pub async fn hold_something(app: &TestApp) {
    use laurel::store::entity::{hold, placement::PlacementState};
    let (db, now) = (app.app.store.read(), app.app.clock.now());
    let everybody = PageQuery { after: None, limit: 200 };
    let organizations = store::organization::unscoped_list(db, everybody).await.unwrap().items;
    for organization in organizations.iter().map(|row| row.id) {
        let filter = store::pass::Filter::default();
        let passes = store::pass::list(db, organization, filter, everybody).await.unwrap().items;
        for pass in passes {
            let Some(id) = pass.placement_id else { continue };
            let placement = store::placement::find(db, organization, id).await.unwrap().unwrap();
            let rules = store::placement::newest_rules(db, organization, [id]).await.unwrap();
            if placement.state != PlacementState::Live {
                continue;
            }
            let row = hold::Model {
                id: app.app.dice.row_id(now),
                organization_id: organization,
                placement_id: id,
                rule_id: rules[0].id,
                course_id: pass.course_id,
                scope: store::hold::scope_of(pass.course_id),
                pass_id: pass.id,
                why: hold::HoldWhy::Breaker,
                state: hold::HoldState::Open,
                would_award: 180,
                candidates: 210,
                decided_by: None,
                decided_at: None,
                created_at: now,
                updated_at: now,
            };
            let tx = app.app.store.write().await.unwrap();
            store::hold::insert_if_none_open(&tx, row).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}
