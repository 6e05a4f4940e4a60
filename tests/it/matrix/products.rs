//! The flows of issue 3 with every product: connected, opened by a teacher and a learner, an award told to the
//! gradebook, a result read from it. Each cell says what arrived at the LMS; what a product does not offer, its row says.

use laurel::{
    domain::{
        deployment,
        line_item::{
            REPORT_TAG, WATCHED_TAG,
            manage::{self, NewColumn},
        },
        placement::{self, NewPlacement},
        platform::{self, Details, NewPlatform},
    },
    ids::CourseId,
    store::{
        self, PageQuery,
        entity::{line_item, placement::PlacementMode, signal},
    },
};
use practice::{
    Activity, Options, Practice, Profile, Service, ToolRegistration, demo,
    services::{LineItem, TYPE_RESULTS, TYPE_SCORE},
};
use serde_json::{Value, json};

use super::clock;
use crate::support::app::{DEPLOYMENT, TestApp};

const ACTIVITY: &str = "badge-17";

/// What is different with a product, as far as a flow can tell.
struct Row {
    profile: Profile,
    /// The family of ours whose ways fit it.
    family: &'static str,
    /// What a teacher types into the gradebook can be read by us.
    tells_manual_grades: bool,
    /// Learners have names and addresses, so that a badge is sent at once.
    tells_people: bool,
}

const PRODUCTS: [Row; 8] = [
    Row { profile: Profile::Plain, family: "other", tells_manual_grades: true, tells_people: true },
    Row { profile: Profile::Moodle, family: "moodle", tells_manual_grades: true, tells_people: true },
    // Results only of those whom we gave a score (signals.md §1); anonymous by default.
    Row { profile: Profile::Canvas, family: "canvas", tells_manual_grades: false, tells_people: false },
    Row { profile: Profile::Blackboard, family: "blackboard", tells_manual_grades: true, tells_people: true },
    Row {
        profile: Profile::Brightspace,
        family: "brightspace",
        tells_manual_grades: true,
        tells_people: true,
    },
    Row { profile: Profile::Sakai, family: "sakai", tells_manual_grades: true, tells_people: true },
    Row { profile: Profile::Schoology, family: "schoology", tells_manual_grades: true, tells_people: true },
    // Grades typed by hand are not given out.
    Row { profile: Profile::OpenEdx, family: "open-edx", tells_manual_grades: false, tells_people: true },
];

/// One product, connected.
struct Campus {
    row: &'static Row,
    app: TestApp,
    lms: Practice,
    tool: ToolRegistration,
}

impl Campus {
    /// The LMS and we know each other, each by what the other's administrator was told.
    async fn connected(row: &'static Row) -> Self {
        let app = TestApp::new().await;
        let lms = Practice::start(Options {
            profile: row.profile,
            clock: clock(&app),
            seed_demo: true,
            key_name: row.profile.name().to_owned(),
            ..Options::default()
        })
        .await
        .unwrap();
        let client_id = format!("client-{}", row.profile.name());
        let audience = lms.token_audience();
        let details = Details {
            issuer_url: Some(lms.issuer().to_owned()),
            client_id: Some(client_id.clone()),
            authorization_endpoint: Some(lms.authorization_endpoint()),
            token_audience: (audience != lms.token_endpoint()).then_some(audience),
            token_endpoint: Some(lms.token_endpoint()),
            jwks_url: Some(lms.jwks_url()),
            ..Details::default()
        };
        let new = NewPlatform {
            family: row.family.to_owned(),
            host: Some(lms.base_url().to_owned()),
            tool: Some("1".to_owned()),
            details,
            ..NewPlatform::default()
        };
        let known = platform::add(&app.app, &app.operator(), new).await.unwrap();
        deployment::accept(&app.app, &app.operator(), known.id, DEPLOYMENT).await.unwrap();
        let at = |path: &str| app.at(path);
        let tool = ToolRegistration::new(
            &client_id,
            &at(&format!("/lti/login/{}", known.id)),
            &at("/lti/launch"),
            &at("/course"),
        );
        let mut tool = tool.with_services(&at(&format!("/lti/jwks/{}", known.id)));
        tool.deployment_id = DEPLOYMENT.to_owned();
        lms.register(tool.clone());
        lms.add_activity(demo::COURSE, Activity::tool(ACTIVITY, "Your badge", &client_id));
        Self { row, app, lms, tool }
    }

    /// Somebody opens the activity from the course page.
    async fn opened(&self, user: &str) -> practice::browser::LaunchOutcome {
        let name = self.row.profile.name();
        let outcome = self.app.browser().launch(&self.lms, user, ACTIVITY).await.unwrap();
        assert_eq!(outcome.status(), 200, "{name}, {user}: {}", outcome.page.text());
        outcome
    }

    async fn course(&self) -> CourseId {
        let all = store::course::list(self.app.app.store.read(), self.app.organization, PageQuery::default());
        all.await.unwrap().items[0].id
    }

    /// Runs jobs to the end, as time passes.
    async fn settle(&self) {
        for _ in 0..40 {
            self.app.run_jobs().await;
            if self.app.count("job WHERE state = 'ready'").await == 0 {
                return;
            }
            self.app.advance(3 * 3600);
        }
        panic!("{}: jobs without end", self.row.profile.name());
    }

    /// Our column of that tag in the LMS's gradebook.
    fn column(&self, tag: &str) -> LineItem {
        let mut items = self.lms.line_items(demo::COURSE);
        items.retain(|item| item.text("tag") == Some(tag));
        assert_eq!(items.len(), 1, "{}: {items:?}", self.row.profile.name());
        items.remove(0)
    }

    /// A teacher opens the tool, then a learner: the platform was asked by our registration, and the learner earns.
    async fn launch(&self) {
        let name = self.row.profile.name();
        let teacher = self.opened(demo::ADA).await;
        assert!(teacher.contains("Badges in this course"), "{name}: {}", teacher.page.text());
        let new = NewPlacement {
            version: self.app.achievement("Lab safety").await,
            course: Some(self.course().await),
            link: None,
            rule: Some(json!({ "version": 1, "node": { "type": "launched" } })),
            mode: PlacementMode::Ever,
            live: true,
        };
        let placed = placement::place(&self.app.app, &self.app.operator(), new).await.unwrap();
        placement::set_report(&self.app.app, &self.app.operator(), placed.placement.id, true).await.unwrap();
        let learner = self.opened(demo::GRACE).await;
        assert!(learner.contains("Lab safety"), "{name}: {}", learner.page.text());
        let asked = self.lms.authentication_requests();
        let client_ids = asked.iter().map(|request| practice::fields::first(&request.fields, "client_id"));
        assert!(client_ids.eq([Some(self.tool.client_id.as_str()); 2]), "{name}: {asked:?}");
        assert_eq!(self.app.awards().await.len(), 1, "{name}: the teacher earns nothing");
        self.app.run_jobs().await;
        assert_eq!(self.app.mails().len(), usize::from(self.row.tells_people), "{name}");
    }

    /// The award is in the learner's row of a column that we made.
    async fn score(&self) {
        let name = self.row.profile.name();
        self.settle().await;
        let column = self.column(REPORT_TAG);
        let grade = self.lms.grade_of(column.id, demo::GRACE);
        assert_eq!(grade.map(|grade| grade.value()), Some(column.maximum()), "{name}");
        assert!(self.lms.grade_of(column.id, demo::ADA).is_none(), "{name}: teachers get no score");
        let mut posted = self.lms.requests_to(Service::Scores);
        posted
            .retain(|request| request.method == "POST" && request.header("content-type") == Some(TYPE_SCORE));
        assert_eq!(posted.len(), 1, "{name}: told once");
        let review = &column.members["submissionReview"];
        assert_eq!(review["url"], json!(self.app.at("/course/review")), "{name}: {review}");
        assert_eq!(self.app.count("job WHERE state = 'dead'").await, 0, "{name}");
    }

    /// The column's review opens our evidence for the teacher.
    async fn review(&self) {
        let name = self.row.profile.name();
        let opening = self.lms.review(self.column(REPORT_TAG).id, demo::GRACE).unwrap();
        let outcome = self.app.browser().open(&self.lms, demo::ADA, opening, &[]).await.unwrap();
        assert_eq!(outcome.status(), 200, "{name}: {}", outcome.page.text());
        let is_shown = outcome.contains("Lab safety") && outcome.contains("seen at launch");
        assert!(is_shown, "{name}: {}", outcome.page.text());
    }

    /// What a teacher types into a watched column is read.
    async fn result(&self) {
        let name = self.row.profile.name();
        let (app, operator) = (&self.app.app, self.app.operator());
        let new = NewColumn {
            course: self.course().await,
            link: None,
            label: "Workshop".to_owned(),
            maximum: Some("10".parse().unwrap()),
            activity: Some("workshop".to_owned()),
        };
        let watched: line_item::Model = manage::watch(app, &operator, new).await.unwrap();
        self.settle().await;
        let theirs = self.column(WATCHED_TAG);
        self.lms.grade(demo::ADA, theirs.id, demo::GRACE, 8.0).unwrap();
        self.app.advance(2);
        manage::read(app, &operator, watched.id).await.unwrap();
        self.settle().await;
        let asked = self.lms.requests_to(Service::Results);
        assert!(!asked.is_empty(), "{name}");
        assert!(asked.iter().all(|request| request.header("accept") == Some(TYPE_RESULTS)), "{name}");
        let row = manage::find(app, self.app.organization, watched.id).await.unwrap();
        let said = row.reading.unwrap_or(Value::Null);
        assert_eq!(said["is_complete"], json!(true), "{name}: {said}");
        let read = usize::from(self.row.tells_manual_grades);
        assert_eq!(said["changed"], json!(read), "{name}: {said}");
        let sub = self.lms.subject(demo::GRACE);
        let db = app.store.read();
        let learner = store::learner::of_sub(db, self.app.organization, self.lms.issuer(), &sub);
        let learner = learner.await.unwrap().unwrap();
        let mut heard = store::signal::of_learner(db, self.app.organization, learner.id).await.unwrap();
        heard.retain(|signal| signal.form == signal::SignalForm::Reading);
        assert_eq!(heard.len(), read, "{name}");
        assert!(heard.iter().all(|signal| signal.value.to_string().contains('8')), "{name}: {heard:?}");
        assert_eq!(self.lms.scores(theirs.id).len(), 0, "{name}: nothing is written into a watched column");
    }
}

async fn walk(profile: Profile) {
    let row = PRODUCTS.iter().find(|row| row.profile == profile).expect("a row");
    let campus = Campus::connected(row).await;
    campus.launch().await;
    campus.score().await;
    campus.review().await;
    campus.result().await;
    campus.lms.shutdown().await;
}

macro_rules! walks {
    ($($name:ident = $profile:ident;)+) => {$(
        #[tokio::test]
        async fn $name() {
            walk(Profile::$profile).await;
        }
    )+};
}

walks! {
    plain = Plain;
    moodle = Moodle;
    canvas = Canvas;
    blackboard = Blackboard;
    brightspace = Brightspace;
    sakai = Sakai;
    schoology = Schoology;
    openedx = OpenEdx;
}

#[test]
fn no_product_is_left_out() {
    for profile in Profile::ALL {
        assert!(PRODUCTS.iter().any(|row| row.profile == profile), "{profile:?} has no row");
    }
}
