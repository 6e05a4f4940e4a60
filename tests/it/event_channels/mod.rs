//! Event channels over real HTTP: what platforms say as it happens, who may say it, and what becomes of it
//! (issue 4, item 2; spec/signals.md). `parsing.rs` throws anything at the parsers.

mod caliper;
mod canvas;
mod channels;
mod parsing;
mod waiting;
mod xapi;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use laurel::{
    domain::event_channel::{self, NewChannel},
    ids::CourseId,
    store::{
        self,
        entity::{
            award,
            event_channel::{ChannelKind, Model},
            learner, signal,
        },
    },
};
use practice::{CourseId as PracticeCourse, UserId, demo, events::Store};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    services::Class,
    support::{
        api::{Answer, Sent, send},
        app::TestApp,
    },
};

/// A course that a teacher has opened the tool in, with channels into it. No learner has ever opened anything.
pub struct Stage {
    pub app: TestApp,
    pub course: CourseId,
}

impl Stage {
    pub async fn new() -> Self {
        Self::of(TestApp::new().await).await
    }

    pub async fn of(app: TestApp) -> Self {
        let class = Class::on(app, &[], |_| {}).await;
        Self { course: class.course, app: class.app }
    }

    /// A channel of P1, strong, for every course.
    pub async fn channel(&self, kind: ChannelKind) -> (Model, String) {
        self.channel_that(kind, |_| {}).await
    }

    /// The same with something else about it.
    pub async fn channel_that(
        &self,
        kind: ChannelKind,
        change: impl FnOnce(&mut NewChannel),
    ) -> (Model, String) {
        let mut new = NewChannel {
            name: "The platform".to_owned(),
            kind,
            platform: self.app.platform.id,
            courses: Vec::new(),
            strength: criteria::Strength::Strong,
            allows_email: false,
            home_page: None,
            account_scheme: None,
            keys_url: (kind == ChannelKind::Canvas).then(|| self.app.lms.jwks_url()),
            account: None,
            expires_at: None,
        };
        change(&mut new);
        let made = event_channel::create(&self.app.app, &self.app.operator(), new).await.unwrap();
        (made.row, made.secret.unwrap())
    }

    /// The LMS's account at a channel for statements.
    pub fn store(&self, (row, secret): &(Model, String)) -> Store {
        Store {
            endpoint: self.app.at("/events/xapi"),
            username: row.prefix.clone(),
            password: secret.clone(),
        }
    }

    /// A badge for completing the course.
    pub async fn badge_for_completing(&self, name: &str) {
        self.badge(name, json!({ "type": "completed", "subject": { "course": "this" } })).await;
    }

    /// A badge in the course.
    pub async fn badge(&self, name: &str, node: Value) {
        let version = self.app.achievement(name).await;
        self.app.place(version, Some(self.course), node).await;
        self.app.run_jobs().await;
    }

    /// The platform names somebody, as its roster does: without a launch.
    pub async fn rosters(&self, sub: &str) -> learner::Model {
        let tx = self.app.app.store.write().await.unwrap();
        let row = store::learner::upsert(&tx, self.rosters_row(sub)).await.unwrap();
        tx.commit().await.unwrap();
        row
    }

    /// What its roster says of somebody.
    pub fn rosters_row(&self, sub: &str) -> learner::Model {
        let now = self.app.clock.now();
        learner::Model {
            id: self.app.app.dice.row_id(now),
            organization_id: self.app.organization,
            platform_issuer_url: self.app.lms.issuer().to_owned(),
            sub: sub.to_owned(),
            name: Some(sub.to_owned()),
            given_name: None,
            family_name: None,
            email: Some(format!("{sub}@campus.example")),
            language: None,
            is_test: false,
            is_confirmed: true,
            created_at: now,
            last_seen_at: now,
        }
    }

    /// The LMS's statement that this person completed the course.
    pub fn completed(&self, user: &str) -> Value {
        self.app.lms.course_completed_statement(&PracticeCourse::from(demo::COURSE), &UserId::from(user))
    }

    /// All signals of events, by name: rows of one moment are in no order.
    pub async fn signals(&self) -> Vec<signal::Model> {
        let page = store::PageQuery { after: None, limit: 200 };
        let db = self.app.app.store.read();
        let mut all = store::signal::list(db, self.app.organization, None, page).await.unwrap().items;
        all.retain(|row| row.channel == "event");
        all.sort_by(|one, other| one.source_id.cmp(&other.source_id));
        all
    }

    /// The signals that came after these.
    pub async fn signals_after(&self, before: &[signal::Model]) -> Vec<signal::Model> {
        let mut all = self.signals().await;
        all.retain(|row| before.iter().all(|known| known.id != row.id));
        all
    }

    /// All awards.
    pub async fn awards(&self) -> Vec<award::Model> {
        self.app.awards().await
    }

    /// What the API says a channel brought.
    pub async fn counts(&self, channel: &Model) -> Value {
        let path = format!("/event-channels/{}", channel.id);
        let found = send(&self.app, &Method::GET, &path, Some(&self.app.api_key), &[], Sent::Nothing).await;
        assert_eq!(found.status, 200, "{}", found.text);
        found.json["counts"].clone()
    }

    /// Sends anything to `/events{path}` with this `Authorization`.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        authorization: Option<&str>,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        // `send` speaks to the API; the way out of it is a path of two steps.
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        if let Some(value) = authorization {
            all.push(("authorization", value));
        }
        send(
            &self.app,
            &method,
            &format!("/../../events{path}"),
            None,
            &all,
            Sent::Text("application/json", body),
        )
        .await
    }

    /// Posts statements as Bearer.
    pub async fn state(&self, secret: &str, statements: &Value) -> Answer {
        self.send(Method::POST, "/xapi/statements", Some(&bearer(secret)), &[], statements.to_string()).await
    }
}

pub fn bearer(secret: &str) -> String {
    format!("Bearer {secret}")
}

pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// The outcomes of an answer, in order.
pub fn words(answer: &Value) -> Vec<String> {
    let word = |item: &Value| item["outcome"].as_str().unwrap().to_owned();
    answer["outcomes"].as_array().unwrap().iter().map(word).collect()
}
