//! Registrations that are refused, each with its code and status, and nothing stored.

use laurel::store::entity::platform_invitation::InvitationState;
use practice::{Profile, bend::Change, browser::Page};
use serde_json::{Value, json};

use super::{campus, go_on, invitation_of, invite, invite_by, left, paste, platforms};
use crate::support::{app::TestApp, attempt::refused};

/// Opens our page with these parameters behind a good invitation and lets it go on.
async fn opened(app: &TestApp, lms: &practice::Practice, more: &str) -> Page {
    let address = invite(app, lms).await;
    let browser = app.browser();
    let page = browser.get(&format!("{address}{more}")).await.unwrap();
    go_on(&browser, page).await
}

/// G03: the configuration's address is missing, as when somebody opens the pasted address themselves.
#[tokio::test]
async fn g03_without_a_configuration() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    for more in ["", "&openid_configuration=", "&openid_configuration=%20"] {
        refused(more, &opened(&app, &lms, more).await, 400, "lti.dr.missing_parameter");
    }
}

/// G04: a configuration by plain http from elsewhere, or with a fragment.
#[tokio::test]
async fn g04_an_address_that_is_none() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    for url in [
        "http://lms.example/openid",
        "https://lms.example/openid%23x",
        "https://user:pass@lms.example/openid",
        "ftp://lms.example/openid",
        "javascript:alert(1)",
        "/openid",
    ] {
        let page = opened(&app, &lms, &format!("&openid_configuration={url}")).await;
        refused(url, &page, 400, "lti.dr.config_url_invalid");
    }
}

/// G05: an issuer on another host than its configuration.
#[tokio::test]
async fn g05_somebody_elses_issuer() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let before = left(&app).await;
    let issuer = json!("https://moodle.elsewhere.example");
    lms.set_manners(|manners| {
        manners.registration.configuration_changes = vec![Change::set("issuer", issuer)];
    });
    let address = invite(&app, &lms).await;
    let (_, page) = paste(&app, &lms, &address).await;
    refused("G05", &page, 400, "lti.dr.issuer_mismatch");
    assert_eq!(lms.registration_requests().len(), 1, "nothing was posted");
    // The invitation is as good as it was.
    lms.set_manners(|manners| manners.registration.configuration_changes.clear());
    let (_, page) = paste(&app, &lms, &address).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let after = left(&app).await;
    assert_eq!([after[0] - before[0], after[1] - before[1]], [1, 1]);
}

/// G06: Canvas's one issuer may be configured from Canvas's own hosts (the table itself is tested with `lti`), and
/// from no other: an operator has to name it, and then only that one.
#[tokio::test]
async fn g06_one_issuer_for_all_schools() {
    use laurel::domain::invitation::{NewInvitation, create};
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Canvas).await;
    assert_eq!(lms.issuer(), "https://canvas.instructure.com");
    let plain = create(&app.app, &app.operator(), NewInvitation::default()).await.unwrap();
    let (_, page) = paste(&app, &lms, &plain.address.unwrap()).await;
    refused("not by anybody", &page, 400, "lti.dr.issuer_mismatch");
    let other =
        NewInvitation { issuer_url: Some("https://blackboard.com".to_owned()), ..NewInvitation::default() };
    let other = create(&app.app, &app.operator(), other).await.unwrap();
    let (_, page) = paste(&app, &lms, &other.address.unwrap()).await;
    refused("another one", &page, 400, "lti.dr.issuer_mismatch");
    let (_, page) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert_eq!(page.status, 200, "{}", page.text());
}

/// G07: a platform whose lists lack RS256, `id_token` or `private_key_jwt`.
#[tokio::test]
async fn g07_a_platform_that_offers_too_little() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    for name in [
        "id_token_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "response_types_supported",
        "token_endpoint_auth_methods_supported",
    ] {
        lms.set_manners(|manners| {
            manners.registration.configuration_changes = vec![Change::set(name, json!(["ES512"]))];
        });
        let (_, page) = paste(&app, &lms, &invite(&app, &lms).await).await;
        refused(name, &page, 400, "lti.dr.unsupported_platform");
        assert!(page.contains(name), "{}", page.text());
    }
    for name in ["registration_endpoint", "jwks_uri", "token_endpoint", "authorization_endpoint"] {
        lms.set_manners(|manners| {
            manners.registration.configuration_changes = vec![Change::drop(name)];
        });
        let (_, page) = paste(&app, &lms, &invite(&app, &lms).await).await;
        refused(name, &page, 400, "lti.dr.config_invalid");
    }
    assert!(platforms(&app).await.is_empty());
}

/// G12: the platform's own words are on the page, escaped, and for the operator; the invitation may be used again.
#[tokio::test]
async fn g12_the_platforms_words_are_escaped() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Moodle).await;
    let (id, address) = invite_by(&app, &app.operator(), &lms).await;
    // A proposal that this Moodle does not like, in the words that it has for it.
    lms.set_manners(|manners| {
        manners.registration.configuration_changes =
            vec![Change::new("a lying address", |document: &mut Value| {
                let endpoint =
                    document["registration_endpoint"].as_str().unwrap().replace("/register", "/refuse");
                document["registration_endpoint"] = endpoint.into();
            })];
    });
    let before = left(&app).await;
    let (_, page) = paste(&app, &lms, &address).await;
    refused("an address that refuses", &page, 502, "lti.dr.rejected");
    lms.set_manners(|manners| {
        manners.registration.configuration_changes.clear();
        manners.registration.checks = practice::manners::RegistrationChecks::Strict;
        manners.registration.html_errors = false;
        manners.registration.messages = vec![("<script>alert(1)</script>".to_owned(), Vec::new())];
    });
    let (_, page) = paste(&app, &lms, &address).await;
    refused("G12", &page, 502, "lti.dr.rejected");
    assert!(page.contains("invalid_client_metadata"), "{}", page.text());
    assert!(!page.contains("<script>alert"), "{}", page.text());
    assert_eq!(left(&app).await, before, "nothing stays behind");
    let tried = invitation_of(&app, id).await;
    assert_eq!((tried.state, tried.trouble.as_deref()), (InvitationState::Open, Some("lti.dr.rejected")));
    assert!(tried.trouble_words.is_some() && tried.tried_by.as_deref() == Some("localhost"));
    lms.set_manners(|manners| *manners = practice::Manners::moodle());
    let (_, page) = paste(&app, &lms, &address).await;
    assert_eq!(page.status, 200, "{}", page.text());
}

/// G13: an invitation used twice, expired, withdrawn, or made up.
#[tokio::test]
async fn g13_an_invitation_that_is_not_good() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let address = invite(&app, &lms).await;
    let (_, page) = paste(&app, &lms, &address).await;
    assert_eq!(page.status, 200);
    let asked = lms.registration_requests().len();
    let (_, page) = paste(&app, &lms, &address).await;
    refused("used twice", &page, 400, "lti.dr.ticket_invalid");

    let (id, taken) = invite_by(&app, &app.operator(), &lms).await;
    // Its page is open already when it is taken back.
    let browser = app.browser();
    let open = browser.begin_registration(&lms, &taken).await.unwrap();
    laurel::domain::invitation::withdraw(&app.app, &app.operator(), id).await.unwrap();
    refused("withdrawn", &go_on(&browser, open).await, 400, "lti.dr.ticket_invalid");

    let old = invite(&app, &lms).await;
    let open = browser.begin_registration(&lms, &old).await.unwrap();
    app.advance(24 * 3600);
    refused("expired", &go_on(&browser, open).await, 400, "lti.dr.ticket_invalid");
    for made_up in ["/lti/register?invite=x", "/lti/register?invite=", "/lti/register?other=1"] {
        let (_, page) = paste(&app, &lms, &app.at(made_up)).await;
        refused(made_up, &page, 400, "lti.dr.ticket_invalid");
    }
    assert_eq!(lms.registration_requests().len(), asked, "nobody was asked for any of it");
    assert_eq!(platforms(&app).await.len(), 1);
}
