//! Before the term: courses, people, badges, consent and channels.

use std::collections::HashMap;

use criteria::Strength;
use laurel::{
    config::Secret,
    domain::{
        access::Scope,
        api_key::{self, NewKey},
        event_channel::{self as channels_of, NewChannel},
        line_item::manage::{self, NewColumn},
        placement::{self, NewPlacement},
        records::source::{self, Credential, NewSource},
        roster,
        signal::Reporter,
    },
    store::{
        self,
        entity::{
            event_channel::{self, ChannelKind},
            placement::PlacementMode,
            record_source::RecordKind,
        },
    },
};
use practice::{
    Activity, Course as LmsCourse, ToolRegistration, User,
    course::{INSTRUCTOR, LEARNER},
    demo,
    services::{ALL_SCOPES, Group, quirks::SubjectShape},
};
use rust_decimal::Decimal;
use serde_json::json;

use super::{
    super::{
        rules::{Names, activity},
        world::{COLUMNS, Course, GROUPS, Product, Term},
    },
    MANY, Stage, teaches,
};
use crate::support::app::{CLIENT, TestApp};

impl Stage {
    /// A platform with these courses, in which a teacher has set everything up before the term begins.
    pub async fn new(term: &Term) -> Self {
        let app = TestApp::new().await;
        app.lms.quirks(|quirks| match term.product {
            Product::Canvas => quirks.product_family = "canvas",
            Product::Moodle => {
                quirks.product_family = "moodle";
                quirks.subjects = SubjectShape::Decimal;
            }
        });
        let scopes = ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        app.lms.register(ToolRegistration { scopes, ..app.tool.clone() });
        let mut stage = Self {
            app,
            courses: Vec::new(),
            placements: vec![HashMap::new(); term.courses.len()],
            columns: Vec::new(),
            badges: Vec::new(),
            keys: Vec::new(),
            stream: None,
            sensor: None,
            backup: None,
            told: Vec::new(),
        };
        for course in &term.courses {
            stage.build(term, course).await;
            stage.define(course).await;
        }
        stage.consent(term).await;
        for name in ["Registrar", "Other system"] {
            let key = stage.key(name).await;
            stage.keys.push(key);
        }
        let kind = match term.product {
            Product::Canvas => ChannelKind::Canvas,
            Product::Moodle => ChannelKind::Xapi,
        };
        stage.stream = Some(stage.channel("The platform", kind).await);
        stage.sensor = Some(stage.channel("A sensor", ChannelKind::Caliper).await);
        for course in &stage.courses {
            roster::ask(&stage.app.app, &stage.operator(), *course, None).await.unwrap();
        }
        stage.app.run_jobs().await;
        stage.app.advance(120);
        stage.app.run_jobs().await;
        for course in &term.courses {
            let items = stage.app.lms.line_items(course.id.as_str());
            let column = |index| items.iter().find(|item| item.label() == label(index)).unwrap().id;
            stage.columns.push(std::array::from_fn(column));
        }
        stage.place(term, false).await;
        stage
    }

    async fn build(&mut self, term: &Term, course: &Course) {
        let lms = &self.app.lms;
        lms.add_course(LmsCourse::new(course.id.as_str(), &course.id, &format!("Course {}", course.id)));
        for page in &course.pages {
            lms.add_activity(course.id.as_str(), Activity::page(page.as_str(), page, "Read this."));
        }
        let link = |id: &str| {
            Activity::tool(id, id, CLIENT)
                .custom("canvas_user_id", "$Canvas.user.id")
                .custom("canvas_course_id", "$Canvas.course.id")
        };
        lms.add_activity(course.id.as_str(), link(&course.gate).after(course.pages[0].as_str()));
        lms.add_activity(course.id.as_str(), link(&course.door));
        lms.enroll(course.id.as_str(), demo::ADA, &[INSTRUCTOR]);
        for group in 0..GROUPS {
            let mut made = Group::new(course.id.as_str(), &format!("g{group}"), &format!("Group {group}"));
            for person in course.people.iter().filter(|person| person.group == group) {
                made = made.member(person.user.as_str());
            }
            lms.add_group(made);
        }
        for (number, person) in course.people.iter().enumerate() {
            let user = User::new(person.user.as_str(), &person.user);
            let is_reachable = number % 100 < term.size.reachable;
            let address = format!("{}@campus.example", person.user);
            lms.add_user(if is_reachable { user.email(&address) } else { user });
            if person.joins <= term.start {
                self.enrolls(course, person, &[if teaches(person.part) { INSTRUCTOR } else { LEARNER }]);
            }
        }
        for link in [&course.door, &course.gate] {
            self.opens(demo::ADA, link).await;
        }
        let app = &self.app;
        let all = store::course::list(app.app.store.read(), app.organization, MANY).await.unwrap().items;
        let id = all.iter().find(|row| row.context_id == course.id).unwrap().id;
        self.courses.push(id);
        for column in 0..COLUMNS {
            let new = NewColumn {
                course: id,
                link: None,
                label: label(column),
                maximum: Some(Decimal::TEN),
                activity: Some(activity(term.product, column)),
            };
            manage::watch(&app.app, &self.operator(), new).await.unwrap();
        }
    }

    async fn consent(&self, term: &Term) {
        let new = NewSource {
            platform: self.app.platform.id,
            kind: match term.product {
                Product::Canvas => RecordKind::Canvas,
                Product::Moodle => RecordKind::Moodle,
            },
            base_url: self.app.lms.base_url().to_owned(),
            credential: Credential::Token { token: Secret::from(self.app.lms.record_token()) },
            courses: Vec::new(),
            consent_by: "The registrar".to_owned(),
            consent_note: None,
        };
        source::add(&self.app.app, &self.operator(), new).await.unwrap();
    }

    /// A channel that is believed.
    async fn channel(&self, name: &str, kind: ChannelKind) -> event_channel::Model {
        let new = NewChannel {
            name: name.to_owned(),
            kind,
            platform: self.app.platform.id,
            courses: Vec::new(),
            strength: Strength::Strong,
            allows_email: false,
            home_page: None,
            account_scheme: None,
            keys_url: (kind == ChannelKind::Canvas).then(|| self.app.lms.jwks_url()),
            account: None,
            expires_at: None,
        };
        channels_of::create(&self.app.app, &self.operator(), new).await.unwrap().row
    }

    async fn key(&self, name: &str) -> Reporter {
        let key = NewKey {
            name: name.to_owned(),
            scopes: vec![Scope::Events],
            expires_at: None,
            event_strength: Strength::Strong,
        };
        let made = api_key::create(&self.app.app, &self.operator(), Some(self.app.organization), key).await;
        let row = made.unwrap().row;
        Reporter { source: format!("key:{}", row.id), label: row.name, strength: Strength::Strong }
    }

    /// The badges that go live now, or later.
    pub async fn place(&mut self, term: &Term, late: bool) {
        for (index, course) in term.courses.iter().enumerate() {
            let (app, id) = (&self.app, self.courses[index]);
            let links = store::link::of_course(app.app.store.read(), app.organization, id).await.unwrap();
            let link = |name: &str| links.iter().find(|row| row.resource_link_id == name).unwrap().id;
            let badges = &self.badges[index];
            let names = Names {
                product: term.product,
                gate: link(&course.gate).to_string(),
                door: link(&course.door).to_string(),
                achievements: badges.iter().map(|(_, achievement)| achievement.to_string()).collect(),
            };
            for (number, badge) in course.badges.iter().enumerate().filter(|(_, badge)| badge.is_late == late)
            {
                let new = NewPlacement {
                    version: badges[number].0,
                    course: Some(id),
                    link: None,
                    rule: Some(json!({ "version": 1, "node": badge.asks.written(course, &names) })),
                    mode: if badge.is_standing { PlacementMode::Standing } else { PlacementMode::Ever },
                    live: true,
                };
                let placed = placement::place(&app.app, &app.operator(), new).await;
                let placed = placed.unwrap_or_else(|error| panic!("{:?}: {error:?}", badge.asks));
                self.placements[index].insert(number, placed.placement.id);
            }
        }
        self.app.run_jobs().await;
    }

    /// The badges of a course.
    async fn define(&mut self, course: &Course) {
        let mut defined = Vec::with_capacity(course.badges.len());
        for number in 0..course.badges.len() {
            let version = self.app.achievement(&format!("Badge {} {number}", course.id)).await;
            let db = self.app.app.store.read();
            let row = store::achievement::version(db, self.app.organization, version).await.unwrap();
            defined.push((version, row.unwrap().achievement_id));
        }
        self.badges.push(defined);
    }
}

fn label(column: usize) -> String {
    format!("quiz-{column}")
}
