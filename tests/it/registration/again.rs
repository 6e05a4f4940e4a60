//! The same platform once more: updates by its own tenant after a question, nothing for anybody else, and customers of
//! one cloud side by side (G14, lti-1.3-tool §2.1, §20.4).

use laurel::store::{entity::platform_invitation::InvitationState, platform as rows};
use practice::{Options, Profile, demo};

use super::{
    campus, deployments, go_on, invitation_of, invite, invite_by, left, open, paste, platforms, tool,
};
use crate::support::{app::TestApp, attempt::refused};

/// G14: the platform's update asks first, changes nothing until somebody agrees, and then keeps ids, keys and courses;
/// another tenant is refused before the platform hears anything.
#[tokio::test]
async fn g14_an_update_by_the_same_tenant_and_by_another() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Moodle).await;
    paste(&app, &lms, &invite(&app, &lms).await).await;
    let [row] = platforms(&app).await.try_into().unwrap();
    let known = tool(&lms);
    assert_eq!(open(&app, &lms, &known, demo::GRACE).await.page.status, 200);
    let keys = rows::keys(app.app.store.read(), row.id).await.unwrap();
    let before = left(&app).await;

    let mallory = app.tenant("mallory").await;
    let (_, hers) = invite_by(&app, &mallory, &lms).await;
    let browser = app.browser();
    let page = browser.get(&lms.start_update(&known.client_id, &hers).unwrap()).await.unwrap();
    let page = go_on(&browser, page).await;
    refused("by another", &page, 409, "lti.dr.already_registered");
    assert_eq!(
        lms.registration(&known.client_id).unwrap().jwks_url,
        known.jwks_url,
        "nothing was changed there"
    );

    let (id, address) = invite_by(&app, &app.operator(), &lms).await;
    let page = browser.get(&lms.start_update(&known.client_id, &address).unwrap()).await.unwrap();
    let asked = go_on(&browser, page).await;
    assert!(asked.contains("Bring the connection up to date?"), "{}", asked.text());
    let posts = || lms.registration_requests().iter().filter(|seen| seen.method == "POST").count();
    assert_eq!(posts(), 1, "nothing was sent yet");
    assert_eq!(invitation_of(&app, id).await.state, InvitationState::Open);
    lms.set_manners(|manners| manners.registration.grants = Some(Vec::new()));
    app.advance(60);
    let done = browser.press(&asked, "Update the connection").await.unwrap();
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.contains("is up to date"), "{}", done.text());
    assert_eq!(posts(), 2);
    let [updated] = platforms(&app).await.try_into().unwrap();
    assert_eq!((updated.id, &updated.client_id), (row.id, &row.client_id));
    assert_eq!(rows::keys(app.app.store.read(), row.id).await.unwrap(), keys);
    assert_eq!(deployments(&app, &row).await.len(), 1);
    let granted = rows::registration(app.app.store.read(), row.id).await.unwrap().unwrap();
    assert!(granted.updated_at > granted.registered_at);
    assert_eq!(left(&app).await, before);
    assert_eq!(open(&app, &lms, &tool(&lms), demo::GRACE).await.page.status, 200);
    assert_eq!(invitation_of(&app, id).await.platform_id, Some(row.id));
}

/// A second registration with an LMS that the tenant is connected to needs a word; another tenant of the same LMS
/// does not.
#[tokio::test]
async fn a_second_connection_is_asked_for() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    paste(&app, &lms, &invite(&app, &lms).await).await;
    let (browser, asked) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert!(asked.contains("Add a second connection?"), "{}", asked.text());
    assert_eq!(platforms(&app).await.len(), 1);
    let done = browser.press(&asked, "Add a second connection").await.unwrap();
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(platforms(&app).await.len(), 2);

    let college = app.tenant("college").await;
    let (_, address) = invite_by(&app, &college, &lms).await;
    let (_, done) = paste(&app, &lms, &address).await;
    assert!(done.contains("Connected"), "{}", done.text());
    let owners: Vec<_> = platforms(&app).await.iter().map(|row| row.organization_id.unwrap()).collect();
    assert_eq!((owners.len(), owners.contains(&college.organization)), (3, true));
}

/// Two customers of one cloud: one issuer, two client ids, two tenants, no question and no clash.
#[tokio::test]
async fn customers_of_one_cloud_do_not_block_each_other() {
    let app = TestApp::new().await;
    let one = campus(&app, Profile::Canvas).await;
    let other = app
        .stranger_lms(Options { profile: Profile::Canvas, beside: Some(one.clone()), ..Options::default() })
        .await;
    let college = app.tenant("college").await;
    for (caller, lms) in [(app.operator(), &one), (college.clone(), &other), (app.operator(), &one)] {
        let (_, address) = invite_by(&app, &caller, lms).await;
        let (_, done) = paste(&app, lms, &address).await;
        assert!(done.contains("Connected"), "{}", done.text());
    }
    let rows = platforms(&app).await;
    assert!(rows.iter().all(|row| row.issuer_url == "https://canvas.instructure.com"));
    let owners: Vec<_> = rows.iter().map(|row| row.organization_id.unwrap()).collect();
    assert_eq!(owners.iter().filter(|owner| **owner == college.organization).count(), 1);
    assert_eq!(owners.len(), 3);
}

/// A shared platform belongs to the server's operators; the deployment that its reply names is the organization's.
#[tokio::test]
async fn a_shared_platform_is_the_operators() {
    use laurel::domain::invitation::{NewInvitation, create};
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Blackboard).await;
    let new = NewInvitation {
        is_shared: true,
        family: Some("blackboard".to_owned()),
        issuer_url: Some(lms.issuer().to_owned()),
        ..NewInvitation::default()
    };
    let made = create(&app.app, &app.operator(), new).await.unwrap();
    let (_, done) = paste(&app, &lms, &made.address.unwrap()).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let [row] = platforms(&app).await.try_into().unwrap();
    assert_eq!(row.organization_id, None);
    let [deployment] = deployments(&app, &row).await.try_into().unwrap();
    assert_eq!(deployment.organization_id, Some(app.organization));
    assert_eq!(open(&app, &lms, &tool(&lms), demo::GRACE).await.page.status, 200);
}

/// An invitation for one family is no good for another.
#[tokio::test]
async fn an_invitation_may_be_for_one_family() {
    use laurel::domain::invitation::{NewInvitation, create};
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Sakai).await;
    let of = |family: &str| NewInvitation { family: Some(family.to_owned()), ..NewInvitation::default() };
    let unknown = create(&app.app, &app.operator(), of("webct")).await.unwrap_err();
    assert_eq!(unknown.code(), "family.unknown");
    let moodle = create(&app.app, &app.operator(), of("moodle")).await.unwrap();
    let (_, page) = paste(&app, &lms, &moodle.address.unwrap()).await;
    refused("another family", &page, 400, "lti.dr.unsupported_platform");
    let sakai = create(&app.app, &app.operator(), of("sakai")).await.unwrap();
    let (_, page) = paste(&app, &lms, &sakai.address.unwrap()).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(platforms(&app).await.pop().unwrap().family, "sakai");
}
