//! N09: the roster of one link, with everybody's own custom parameters.

use criteria::Kind;
use laurel::{
    ids::LinkId,
    store::{self, entity::signal},
};
use practice::{Activity, Fault, Misbehaviour, Service, ToolRegistration, demo, services::ALL_SCOPES};

use super::said;
use crate::{
    services::Class,
    support::app::{CLIENT, TestApp},
};

const GATED: &str = "badge-gated";

async fn readings(class: &Class) -> Vec<signal::Model> {
    let db = class.app.app.store.read();
    let page = store::PageQuery { after: None, limit: 200 };
    let mut all = store::signal::list(db, class.app.organization, None, page).await.unwrap().items;
    all.retain(|row| row.channel == "roster");
    all
}

fn is_open(row: &signal::Model) -> bool {
    row.value["open"] == serde_json::json!(true)
}

/// A course with a link that opens when the lesson is done; its id here.
async fn gated() -> (Class, LinkId) {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.register(ToolRegistration {
            scopes: ALL_SCOPES.map(str::to_owned).to_vec(),
            ..app.tool.clone()
        });
        let link = Activity::tool(GATED, "Gated", CLIENT).after(demo::LESSON).custom("uid", "$User.id");
        app.lms.add_activity(demo::COURSE, link);
    })
    .await;
    // The teacher opens it once, so that we know it.
    let browser = class.app.browser();
    browser.sign_in(&class.app.lms, demo::ADA).await.unwrap();
    assert_eq!(browser.launch(&class.app.lms, demo::ADA, GATED).await.unwrap().status(), 200);
    let db = class.app.app.store.read();
    let links = store::link::of_course(db, class.app.organization, class.course).await.unwrap();
    let link = links.iter().find(|link| link.resource_link_id == GATED).unwrap().id;
    (class, link)
}

/// N09: everybody's own values are read, for whom the link is open now, without a click.
#[tokio::test]
async fn n09_everybodys_own_values_are_read() {
    let (class, link) = gated().await;
    class.app.lms.complete(demo::LESSON, demo::GRACE);
    let row = class.read_of(Some(link)).await;
    assert_eq!((said(&row).is_complete, said(&row).gone), (true, 0), "N09");
    let target = class.seen(Service::Members, "GET")[0].target.clone();
    assert!(target.contains(&format!("rlid={GATED}")), "N09: {target}");
    let told = readings(&class).await;
    assert_eq!(told.len(), 1, "N09: staff is always let in, and says nothing");
    assert_eq!(told[0].learner_id, class.app.learner(demo::GRACE).await.unwrap().id);
    assert_eq!((told[0].strength, told[0].kind.as_str()), (2, "released"), "N09: medium");
    let told_kind: Kind = serde_json::from_value(told[0].value["said"].clone()).unwrap();
    assert_eq!(told_kind, Kind::Released { link: link.0 }, "N09");
    assert!(is_open(&told[0]), "N09");
    assert_eq!(told[0].value["custom"]["uid"], demo::GRACE, "N09");
    // A link's roster speaks of nobody else: nobody is gone by it.
    assert!(class.is_here(demo::ADA).await);

    // Said again it keeps its time; taken back it is a contrary value, said once.
    let row = class.read_of(Some(link)).await;
    assert!(said(&row).is_complete);
    assert_eq!(readings(&class).await[0].happened_at, told[0].happened_at);
    class.app.lms.world(|world| world.reopen(&demo::LESSON.into(), &demo::GRACE.into()));
    class.app.lms.complete(demo::LESSON, demo::EMMY);
    class.read_of(Some(link)).await;
    let told = readings(&class).await;
    assert_eq!(told.len(), 2);
    let open = |user: &'static str| {
        let (told, class) = (told.clone(), &class);
        async move {
            let id = class.app.learner(user).await.unwrap().id;
            is_open(told.iter().find(|row| row.learner_id == id).unwrap())
        }
    };
    assert!(!open(demo::GRACE).await && open(demo::EMMY).await, "N09");
    let closed_at = told.iter().map(|row| row.happened_at).min();
    class.read_of(Some(link)).await;
    assert_eq!(readings(&class).await.iter().map(|row| row.happened_at).min(), closed_at, "said once");
}

/// A broken reading takes nothing back; a link that is refused says "no access", without a retry.
#[tokio::test]
async fn a_links_roster_that_is_refused_changes_nothing() {
    let (class, link) = gated().await;
    class.app.lms.complete(demo::LESSON, demo::GRACE);
    class.read_of(Some(link)).await;
    class.app.lms.world(|world| world.reopen(&demo::LESSON.into(), &demo::GRACE.into()));
    class.app.lms.misbehave(Misbehaviour::of(Service::Members, Fault::Status(404)));
    let row = class.read_of(Some(link)).await;
    assert_eq!(row.trouble.as_deref(), Some("lti.nrps.scope_not_granted"));
    assert_eq!(class.dead("read_roster").await, 0);
    assert!(is_open(&readings(&class).await[0]));
    class.app.lms.behave();
    class.app.lms.misbehave(Misbehaviour::of(Service::Members, Fault::SamePage));
    let row = class.read_of(Some(link)).await;
    assert_eq!((row.trouble.as_deref(), said(&row).is_complete), (Some("lti.nrps.paging"), false));
    assert!(is_open(&readings(&class).await[0]));
}
