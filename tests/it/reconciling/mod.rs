//! Push makes it fast, reconciling makes it true (design §5): promises, health of channels, reconciles and what they
//! state, lists that are compared.

mod adversity;
mod elsewhere;
mod health;
mod lists;
mod promises;
mod runs;

use chrono::{DateTime, Utc};
use criteria::Strength;
use laurel::{
    domain::{
        api_key::{self, NewKey},
        learner::{LearnerIn, PersonIn},
        signal::{self, CourseIn, EventIn, Received, Reporter, Said},
    },
    ids::CourseId,
    store::entity::api_key as keys,
};

pub use runs::ended;

use crate::{services::Class, support::app::TestApp};

/// Another system that reports completions with a key of its own.
pub struct Registrar {
    pub key: keys::Model,
}

impl Registrar {
    pub async fn new(app: &TestApp) -> Self {
        let key = NewKey {
            name: "Registrar".to_owned(),
            scopes: vec![laurel::domain::access::Scope::Events],
            expires_at: None,
            event_strength: Strength::Strong,
        };
        let made = api_key::create(&app.app, &app.operator(), Some(app.organization), key).await.unwrap();
        Self { key: made.row }
    }

    /// Reports that whom the LMS calls so has completed the course.
    pub async fn tells(&self, class: &Class, user: &str, id: &str) -> Received {
        self.tells_of(&class.app, class.course, &class.app.lms.subject(user), id, None).await
    }

    pub async fn tells_of(
        &self,
        app: &TestApp,
        course: CourseId,
        sub: &str,
        id: &str,
        happened_at: Option<DateTime<Utc>>,
    ) -> Received {
        self.sends(app, EventIn { happened_at, ..completed(app, course, sub, id) }).await
    }

    /// Reports anything.
    pub async fn sends(&self, app: &TestApp, event: EventIn) -> Received {
        let reporter = Reporter {
            source: format!("key:{}", self.key.id),
            label: self.key.name.clone(),
            strength: Strength::Strong,
        };
        signal::receive(&app.app, &app.operator(), &reporter, &event).await.unwrap()
    }
}

/// The report that whom the LMS calls so has completed the course.
pub fn completed(app: &TestApp, course: CourseId, sub: &str, id: &str) -> EventIn {
    EventIn {
        source_id: id.to_owned(),
        learner: LearnerIn::Account {
            platform: app.platform.id,
            sub: sub.to_owned(),
            person: PersonIn::default(),
        },
        course: Some(CourseIn::Id(course)),
        activity: None,
        said: Said::Completed,
        happened_at: None,
    }
}
