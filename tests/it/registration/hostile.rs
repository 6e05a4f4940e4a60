//! Platforms and visitors that mean harm, or are broken: nothing of theirs is stored, nobody else is touched.

use std::sync::Arc;

use laurel::{
    config::Sources,
    domain::platform::{self, Details, NewPlatform},
    store::{entity::platform_invitation::InvitationState, platform as rows},
};
use practice::{Profile, bend::Change, browser::Visit, demo};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{campus, go_on, invitation_of, invite, invite_by, left, open, paste, platforms, tool};
use crate::support::{app::TestApp, attempt::refused, log::Log};

/// A server on this machine that says the same to everybody, after a while.
async fn server(answer: String, wait: std::time::Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let answer = Arc::new(answer.replace("{at}", &at));
    #[expect(clippy::disallowed_methods, reason = "a helper of a test, not of the program")]
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 8192];
                let _ = stream.read(&mut buffer).await;
                tokio::time::sleep(wait).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    at
}

fn answer(status: &str, more: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{more}connection: close\r\n\r\n{body}", body.len())
}

/// A configuration that is huge, slow, elsewhere, or no configuration is refused in the same words, whatever it was.
#[tokio::test]
async fn a_configuration_that_cannot_be_fetched() {
    let app = TestApp::with(|sources: Sources| {
        sources.with("client.total_seconds", "1").with("client.json_bytes", "20000")
    })
    .await;
    let lms = campus(&app, Profile::Plain).await;
    let before = left(&app).await;
    let no_wait = std::time::Duration::ZERO;
    let cases = [
        ("huge", answer("200 OK", "", &"x".repeat(30_000)), no_wait),
        ("slow", answer("200 OK", "", "{}"), std::time::Duration::from_secs(20)),
        ("elsewhere", answer("302 Found", "location: http://127.0.0.1:1/\r\n", ""), no_wait),
        ("in circles", answer("302 Found", "location: {at}/again\r\n", ""), no_wait),
        ("refused", answer("403 Forbidden", "", "no"), no_wait),
        ("nonsense", "SSH-2.0-x\r\n".to_owned(), no_wait),
    ];
    for (name, answer, wait) in cases {
        let at = server(answer, wait).await;
        let (id, address) = invite_by(&app, &app.operator(), &lms).await;
        let browser = app.browser();
        let url = format!("{address}&openid_configuration={at}/openid");
        let page = go_on(&browser, browser.get(&url).await.unwrap()).await;
        refused(name, &page, 502, "lti.dr.config_unreachable");
        assert!(!page.contains("lti.net."), "{name}: {}", page.text());
        let tried = invitation_of(&app, id).await;
        assert_eq!((tried.state, tried.held_until), (InvitationState::Open, None), "{name}");
        assert_eq!(tried.trouble.as_deref(), Some("lti.dr.config_unreachable"), "{name}");
    }
    let at = server(answer("200 OK", "", "<html>"), no_wait).await;
    let browser = app.browser();
    let url = format!("{}&openid_configuration={at}/openid", invite(&app, &lms).await);
    let page = go_on(&browser, browser.get(&url).await.unwrap()).await;
    refused("no JSON", &page, 400, "lti.dr.config_invalid");
    assert_eq!(left(&app).await, before);
}

/// In production, addresses inside our network are not called, and the page does not tell which there are.
#[tokio::test]
async fn our_own_network_is_not_called() {
    let app = TestApp::production().await;
    let made =
        laurel::domain::invitation::create(&app.app, &app.operator(), Default::default()).await.unwrap();
    let address = made.address.unwrap();
    let browser = app.browser();
    for host in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "localhost", "metadata.google.internal"]
    {
        let url = format!("{address}&openid_configuration=https://{host}/openid");
        let page = browser.get(&url).await.unwrap();
        let page = go_on(&browser, page).await;
        let code = if page.status == 400 { "lti.dr.config_url_invalid" } else { "lti.dr.config_unreachable" };
        refused(host, &page, if page.status == 400 { 400 } else { 502 }, code);
        assert!(!page.contains("blocked"), "{host}: {}", page.text());
    }
    let tried = invitation_of(&app, made.row.id).await;
    assert_eq!(tried.state, InvitationState::Open);
    let words = tried.trouble_words.unwrap();
    assert!(words.starts_with("lti.net."), "the operator reads why: {words}");
    let plain = browser.get(&format!("{address}&openid_configuration=http://lms.example/o")).await.unwrap();
    refused("plain http", &plain, 400, "lti.dr.config_url_invalid");
}

/// A tenant whose LMS claims another's client id on the same issuer gets nothing, and the other keeps everything.
#[tokio::test]
async fn another_tenants_client_id_is_not_to_be_had() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    paste(&app, &lms, &invite(&app, &lms).await).await;
    let victim = tool(&lms);
    assert_eq!(open(&app, &lms, &victim, demo::GRACE).await.page.status, 200);
    let [row] = platforms(&app).await.try_into().unwrap();
    let before = left(&app).await;
    let mallory = app.tenant("mallory").await;
    let claimed = victim.client_id.clone();
    lms.set_manners(|manners| {
        manners.registration.reply_changes = vec![Change::set("client_id", json!(claimed))];
    });
    let made = laurel::domain::invitation::create(&app.app, &mallory, Default::default()).await.unwrap();
    let (_, page) = paste(&app, &lms, &made.address.unwrap()).await;
    refused("mallory", &page, 409, "lti.dr.already_registered");
    assert_eq!(left(&app).await, before, "nothing of hers is there");
    assert_eq!(platforms(&app).await, std::slice::from_ref(&row), "and nothing of the other's has changed");
    let hers = laurel::domain::invitation::find(&app.app, mallory.organization, made.row.id).await.unwrap();
    assert_eq!(hers.state, InvitationState::Used, "the platform had said yes");
    assert_eq!((hers.platform_id, hers.trouble.as_deref()), (None, Some("lti.dr.already_registered")));
    lms.set_manners(|manners| manners.registration.reply_changes.clear());
    assert_eq!(open(&app, &lms, &victim, demo::GRACE).await.page.status, 200);
    // Nor by hand.
    let new = NewPlatform {
        family: "other".to_owned(),
        details: Details {
            issuer_url: Some(row.issuer_url.clone()),
            client_id: Some(row.client_id.clone()),
            authorization_endpoint: Some(row.authorization_endpoint.clone()),
            jwks_url: row.jwks_url.clone(),
            ..Details::default()
        },
        ..NewPlatform::default()
    };
    let by_hand = platform::add(&app.app, &mallory, new).await;
    assert_eq!(by_hand.unwrap_err().code(), "platform.exists");
    let found =
        rows::unscoped_of_login(app.app.store.read(), lms.issuer(), Some(&victim.client_id)).await.unwrap();
    assert_eq!(found.len(), 1);
}

/// A reply that is no reply: the platform said yes, so the invitation is spent, but nothing is there.
#[tokio::test]
async fn a_reply_that_cannot_be_used() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let before = left(&app).await;
    for change in
        [Change::drop("client_id"), Change::set("client_id", json!("")), Change::set("client_id", json!({}))]
    {
        lms.set_manners(|manners| manners.registration.reply_changes = vec![change]);
        let (id, address) = invite_by(&app, &app.operator(), &lms).await;
        let (_, page) = paste(&app, &lms, &address).await;
        refused("no client id", &page, 502, "lti.dr.response_invalid");
        let spent = invitation_of(&app, id).await;
        assert_eq!((spent.state, spent.platform_id), (InvitationState::Used, None));
        let (_, page) = paste(&app, &lms, &address).await;
        refused("again", &page, 400, "lti.dr.ticket_invalid");
    }
    assert_eq!(left(&app).await, before);
}

/// Looking ahead registers nothing: neither a prefetch nor HEAD nor opening the page a hundred times. Two windows that
/// go on at once register once.
#[tokio::test]
async fn looking_does_nothing_and_two_at_once_are_one() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let address = lms.start_registration(&invite(&app, &lms).await);
    let browser = app.browser();
    for _ in 0..10 {
        let prefetch = Visit::new("GET", &address).header("sec-purpose", "prefetch");
        assert_eq!(browser.visit(prefetch).await.unwrap().status, 200);
    }
    assert_eq!(browser.visit(Visit::new("HEAD", &address)).await.unwrap().status, 200);
    assert!(lms.registration_requests().is_empty());
    let page = browser.get(&address).await.unwrap();
    let form = page.forms().remove(0);
    let tries = (0..6).map(|_| browser.submit(&page, &form));
    let pages = futures_util::future::join_all(tries).await;
    let mut statuses: Vec<u16> = pages.into_iter().map(|page| page.unwrap().status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400, 400, 400]);
    assert_eq!(platforms(&app).await.len(), 1);
    assert_eq!(lms.tools().len(), 1);
}

/// A form that is not ours, or was made for another platform, is not taken.
#[tokio::test]
async fn only_our_own_form_goes_on() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let browser = app.browser();
    let page = browser.begin_registration(&lms, &invite(&app, &lms).await).await.unwrap();
    for (name, value) in
        [("csrf", ""), ("csrf", "made-up"), ("openid_configuration", "https://evil.example/openid")]
    {
        let mut form = page.forms().remove(0);
        form.set(name, value);
        refused(name, &browser.submit(&page, &form).await.unwrap(), 403, "csrf.invalid");
    }
    let form = page.forms().remove(0);
    let cross =
        Visit::form(&app.at("/lti/register"), form.fields.clone()).header("sec-fetch-site", "cross-site");
    refused("cross-site", &browser.visit(cross).await.unwrap(), 403, "csrf.invalid");
    assert!(lms.registration_requests().is_empty());
}

/// Neither the invitation's secret nor the platform's token reaches the log or the database.
#[tokio::test]
async fn no_secret_is_written_down() {
    let log = Log::start();
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let (id, address) = invite_by(&app, &app.operator(), &lms).await;
    let (_, done) = paste(&app, &lms, &address).await;
    assert_eq!(done.status, 200);
    let secret = address.split("invite=").nth(1).unwrap();
    let token = lms.registration_tickets().pop().unwrap().token;
    let text = log.text();
    assert!(!text.contains(secret) && !text.contains(&token), "{text}");
    let row = platforms(&app).await.pop().unwrap();
    let granted = rows::registration(app.app.store.read(), row.id).await.unwrap().unwrap();
    let kept = format!("{row:?} {granted:?} {:?}", invitation_of(&app, id).await);
    assert!(!kept.contains(secret) && !kept.contains(&token), "{kept}");
}
