//! Dynamic Registration of the whole program over HTTP against the practice LMS: cases G01 to G17 by id, invitations,
//! platforms that are hostile or broken, and what becomes of a platform that was rebuilt (lti-1.3-tool §20, §2.3).

mod again;
mod agreed;
mod frozen;
mod hostile;
mod invited;
mod refused;

use laurel::{
    domain::{
        access::Caller,
        invitation::{self, NewInvitation},
    },
    ids::InvitationId,
    store::{
        PageQuery,
        entity::{deployment, platform, platform_invitation::Model as Invitation},
    },
};
use practice::{
    Activity, Options, Practice, Profile, ToolRegistration,
    browser::{Browser, LaunchOutcome, Page},
    demo,
};

use crate::support::app::TestApp;

/// An LMS of this product that nobody has registered yet.
async fn campus(app: &TestApp, profile: Profile) -> Practice {
    app.stranger_lms(Options { profile, ..Options::default() }).await
}

/// An invitation of T1 as operators make it; those with one issuer for all customers are served from this
/// machine, which the operator allows.
async fn invite(app: &TestApp, lms: &Practice) -> String {
    invite_by(app, &app.operator(), lms).await.1
}

async fn invite_by(app: &TestApp, caller: &Caller, lms: &Practice) -> (InvitationId, String) {
    let issuer_url = (!lms.base_url().starts_with(lms.issuer())).then(|| lms.issuer().to_owned());
    let new = NewInvitation { issuer_url, ..NewInvitation::default() };
    let made = invitation::create(&app.app, caller, new).await.unwrap();
    (made.row.id, made.address.unwrap())
}

/// Pastes the address as the LMS's administrator, and lets the tool's page go on by itself.
async fn paste(app: &TestApp, lms: &Practice, address: &str) -> (Browser, Page) {
    let browser = app.browser();
    let page = browser.begin_registration(lms, address).await.unwrap();
    let page = go_on(&browser, page).await;
    (browser, page)
}

/// What the script of our page does.
async fn go_on(browser: &Browser, page: Page) -> Page {
    match page.forms().into_iter().find(|_| page.contains("auto-form")) {
        Some(form) if page.status == 200 => browser.submit(&page, &form).await.unwrap(),
        _ => page,
    }
}

/// The tool as the LMS knows it after a registration.
fn tool(lms: &Practice) -> ToolRegistration {
    lms.tools().into_iter().next_back().expect("a tool")
}

/// Somebody opens the tool in the course.
async fn open(app: &TestApp, lms: &Practice, tool: &ToolRegistration, user: &str) -> LaunchOutcome {
    let activity = format!("badge-{}", tool.client_id);
    lms.add_activity(demo::COURSE, Activity::tool(activity.as_str(), "Badges", &tool.client_id));
    app.browser().launch(lms, user, activity.as_str()).await.unwrap()
}

/// Every platform there is but P1, oldest first.
async fn platforms(app: &TestApp) -> Vec<platform::Model> {
    let page = laurel::store::platform::unscoped_list(app.app.store.read(), all()).await.unwrap();
    let mut rows: Vec<_> = page.items.into_iter().filter(|row| row.id != app.platform.id).collect();
    rows.sort_by_key(|row| row.created_at);
    rows
}

async fn deployments(app: &TestApp, platform: &platform::Model) -> Vec<deployment::Model> {
    let db = app.app.store.read();
    laurel::store::deployment::unscoped_list(db, Some(platform.id), None, all()).await.unwrap().items
}

async fn invitation_of(app: &TestApp, id: InvitationId) -> Invitation {
    invitation::find(&app.app, app.organization, id).await.unwrap()
}

fn all() -> PageQuery {
    PageQuery { after: None, limit: 200 }
}

/// Counted rows of everything that a registration makes.
async fn left(app: &TestApp) -> [i64; 4] {
    let mut counts = [0; 4];
    let tables = ["platform", "platform_key", "platform_registration", "deployment"];
    for (count, table) in counts.iter_mut().zip(tables) {
        *count = app.count(table).await;
    }
    counts
}
