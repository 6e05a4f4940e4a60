//! The flows of issue 3 with every product: registered by one pasted address, a badge picked by a teacher and opened by
//! a learner, the roster read, the award told to the gradebook and looked at from there, a result read. Each cell
//! says what arrived at the LMS; what a product does not offer, its row says.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use laurel::{
    domain::{
        invitation::{self, NewInvitation},
        line_item::{
            REPORT_TAG, WATCHED_TAG,
            manage::{self, NewColumn},
        },
        placement, roster,
    },
    ids::CourseId,
    store::{
        self, PageQuery,
        entity::{line_item, signal},
    },
};
use practice::{
    Activity, Opening, Options, Practice, Profile, Service, ToolRegistration,
    browser::{Browser, LaunchOutcome, Page},
    course::Kind,
    demo,
    services::{LineItem, TYPE_MEMBERS, TYPE_RESULTS, TYPE_SCORE},
};
use serde_json::{Value, json};

use crate::support::app::TestApp;

/// What is different with a product, as far as a flow can tell.
pub struct Row {
    profile: Profile,
    /// What a teacher types into the gradebook can be read by us.
    tells_manual_grades: bool,
}

const PRODUCTS: [Row; 8] = [
    Row { profile: Profile::Plain, tells_manual_grades: true },
    Row { profile: Profile::Moodle, tells_manual_grades: true },
    // Results only of those whom we gave a score (signals.md §1).
    Row { profile: Profile::Canvas, tells_manual_grades: false },
    Row { profile: Profile::Blackboard, tells_manual_grades: true },
    Row { profile: Profile::Brightspace, tells_manual_grades: true },
    Row { profile: Profile::Sakai, tells_manual_grades: true },
    Row { profile: Profile::Schoology, tells_manual_grades: true },
    // Grades typed by hand are not given out.
    Row { profile: Profile::OpenEdx, tells_manual_grades: false },
];

/// The row of a product.
pub fn row_of(profile: Profile) -> &'static Row {
    PRODUCTS.iter().find(|row| row.profile == profile).expect("a row")
}

/// One product, registered.
pub struct Campus {
    row: &'static Row,
    pub app: TestApp,
    pub lms: Practice,
    pub tool: ToolRegistration,
}

impl Campus {
    /// The LMS's administrator pastes one address; what the LMS keeps then is us.
    pub async fn registered(row: &'static Row) -> Self {
        let name = row.profile.name();
        let app = TestApp::new().await;
        let options = Options { profile: row.profile, key_name: name.to_owned(), ..Options::default() };
        let lms = app.stranger_lms(options).await;
        // One issuer for all customers is served from elsewhere here, which the operator allows.
        let issuer_url = (!lms.base_url().starts_with(lms.issuer())).then(|| lms.issuer().to_owned());
        let new = NewInvitation { issuer_url, ..NewInvitation::default() };
        let invited = invitation::create(&app.app, &app.operator(), new).await.unwrap();
        let browser = app.browser();
        let page = browser.begin_registration(&lms, &invited.address.unwrap()).await.unwrap();
        let done = browser.submit(&page, &page.forms()[0]).await.unwrap();
        assert_eq!(done.status, 200, "{name}: {}", done.text());
        let [tool] = lms.tools().try_into().expect("one tool");
        assert_eq!(tool.redirect_uris, [app.at("/lti/launch")], "{name}");
        assert!(tool.jwks_url.as_ref().unwrap().starts_with(&app.at("/lti/jwks/")), "{name}");
        assert!(tool.deep_linking.is_some(), "{name}: the picker is known");
        for scope in [
            practice::services::SCOPE_LINE_ITEM,
            practice::services::SCOPE_RESULT,
            practice::services::SCOPE_SCORE,
            practice::services::SCOPE_MEMBERS,
        ] {
            assert!(tool.scopes.iter().any(|granted| granted == scope), "{name}: {scope}");
        }
        if tool.pending {
            assert!(lms.activate(&tool.client_id), "{name}: its administrator switches us on");
        }
        Self { row, app, lms, tool }
    }

    /// A teacher picks a badge; the LMS takes our signed answer and has an activity for it.
    pub async fn deep_linked(&self) -> Activity {
        let name = self.row.profile.name();
        let version = self.app.achievement("Lab safety").await;
        let browser = self.app.browser();
        let opening =
            Opening::DeepLinking { course: demo::COURSE.into(), client_id: self.tool.client_id.clone() };
        let asked = browser.open(&self.lms, demo::ADA, opening, &[]).await.unwrap();
        assert_eq!(asked.status(), 200, "{name}: {}", asked.page.text());
        assert!(asked.contains("Lab safety"), "{name}: {}", asked.page.text());
        let settle = send(&browser, &asked.page, "settle", Some(&version.to_string())).await;
        let leave = send(&browser, &settle, "place", None).await;
        let back = browser.submit(&leave, &leave.forms()[0]).await.unwrap();
        let saved = browser.finish_deep_link(back).await.unwrap();
        assert_eq!(saved.status, 200, "{name}: {}", saved.text());
        let answer = self.lms.deep_linking_responses().pop().expect("an answer");
        assert_eq!(answer.refusal, None, "{name}");
        let claims = answer.claims.expect("a good signature");
        assert_eq!(claims["iss"], json!(self.tool.client_id), "{name}");
        let mut activities = self.lms.world(|world| world.course(demo::COURSE).unwrap().activities.clone());
        activities.retain(
            |activity| matches!(&activity.kind, Kind::Tool(link) if link.client_id == self.tool.client_id),
        );
        let [activity] = activities.try_into().expect("one activity");
        activity
    }

    /// Somebody opens the activity from the course page.
    pub async fn opened(&self, user: &str, activity: &Activity) -> LaunchOutcome {
        let name = self.row.profile.name();
        let outcome = self.app.browser().launch(&self.lms, user, &activity.id).await.unwrap();
        assert_eq!(outcome.status(), 200, "{name}, {user}: {}", outcome.page.text());
        outcome
    }

    pub async fn course(&self) -> CourseId {
        let all = store::course::list(self.app.app.store.read(), self.app.organization, PageQuery::default());
        all.await.unwrap().items[0].id
    }

    /// Runs jobs to the end, as time passes.
    pub async fn settle(&self) {
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
    pub fn column(&self, tag: &str) -> LineItem {
        let mut items = self.lms.line_items(demo::COURSE);
        items.retain(|item| item.text("tag") == Some(tag));
        assert_eq!(items.len(), 1, "{}: {items:?}", self.row.profile.name());
        items.remove(0)
    }

    /// A teacher opens what was picked, then a learner: both by our registration, and the learner earns.
    async fn launched(&self, activity: &Activity) {
        let name = self.row.profile.name();
        let before = self.lms.authentication_requests().len();
        let teacher = self.opened(demo::ADA, activity).await;
        assert!(teacher.contains("Badges in this course"), "{name}: {}", teacher.page.text());
        let db = self.app.app.store.read();
        let all = store::placement::of_course(db, self.app.organization, self.course().await).await.unwrap();
        assert_eq!(all.len(), 1, "{name}: the picked badge is placed: {all:?}");
        placement::set_report(&self.app.app, &self.app.operator(), all[0].id, true).await.unwrap();
        let learner = self.opened(demo::GRACE, activity).await;
        assert!(learner.contains("Lab safety"), "{name}: {}", learner.page.text());
        let asked = self.lms.authentication_requests().split_off(before);
        let client_ids = asked.iter().map(|request| practice::fields::first(&request.fields, "client_id"));
        assert!(client_ids.eq([Some(self.tool.client_id.as_str()); 2]), "{name}: {asked:?}");
        assert_eq!(self.app.awards().await.len(), 1, "{name}: the teacher earns nothing");
        self.app.run_jobs().await;
        let payload = learner.id_token().unwrap().split('.').nth(1).unwrap();
        let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let is_told = payload["email"].as_str().is_some_and(|email| !email.is_empty());
        assert_eq!(
            self.app.mails().len(),
            usize::from(is_told),
            "{name}: sent as soon as there is an address"
        );
    }

    /// The course's people are read, also those who never opened anything.
    async fn rostered(&self) {
        let name = self.row.profile.name();
        let of = |user: &str| {
            let sub = self.lms.subject(user);
            async move {
                let db = self.app.app.store.read();
                store::learner::of_sub(db, self.app.organization, self.lms.issuer(), &sub).await.unwrap()
            }
        };
        let known = of(demo::ALAN).await;
        self.app.advance(61);
        let (app, operator) = (&self.app.app, self.app.operator());
        roster::ask(app, &operator, self.course().await, None).await.unwrap();
        self.app.run_jobs().await;
        let asked = self.lms.requests_to(Service::Members);
        assert!(!asked.is_empty(), "{name}");
        assert!(asked.iter().all(|request| request.header("accept") == Some(TYPE_MEMBERS)), "{name}");
        let alan = of(demo::ALAN).await;
        assert!(alan.is_some_and(|alan| alan.is_confirmed), "{name}: known before: {}", known.is_some());
        assert!(of(demo::EMMY).await.is_some(), "{name}");
    }

    /// The award is in the learner's row of a column that we made.
    async fn scored(&self) {
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
    async fn reviewed(&self) {
        let name = self.row.profile.name();
        let opening = self.lms.review(self.column(REPORT_TAG).id, demo::GRACE).unwrap();
        let outcome = self.app.browser().open(&self.lms, demo::ADA, opening, &[]).await.unwrap();
        assert_eq!(outcome.status(), 200, "{name}: {}", outcome.page.text());
        let is_shown = outcome.contains("Lab safety") && outcome.contains("seen at launch");
        assert!(is_shown, "{name}: {}", outcome.page.text());
    }

    /// What a teacher types into a watched column is read.
    async fn read(&self) {
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

/// Sends a page's form with a choice and one of its buttons.
async fn send(browser: &Browser, page: &Page, button: &str, choose: Option<&str>) -> Page {
    let mut form = page.forms().into_iter().next().expect("a form");
    form.fields.extend(choose.map(|choice| ("choose".to_owned(), choice.to_owned())));
    assert!(form.press(button), "no button {button}: {}", page.text());
    let answer = browser.submit(page, &form).await.unwrap();
    assert_eq!(answer.status, 200, "{button}: {}", answer.text());
    answer
}

async fn walk(profile: Profile) {
    let campus = Campus::registered(row_of(profile)).await;
    let activity = campus.deep_linked().await;
    campus.launched(&activity).await;
    campus.rostered().await;
    campus.scored().await;
    campus.reviewed().await;
    campus.read().await;
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
