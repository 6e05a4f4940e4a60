//! The notification service: cases X07–X12 from the platform's side.

use serde_json::{Value, json};

use super::{BADGE, CLIENT, FakeTool, campus, part};
use crate::{
    Notice, Options, Practice,
    bend::{Bend, Signer},
    browser::{Browser, Page, Visit},
    claims, demo,
    manners::NOTICE_SCOPE,
    notices::{CONTEXT_COPY, HELLO_WORLD, NOTICE, ORIGIN_CONTEXTS, SERVICE},
};

const DEPLOYMENT: &str = "dep-9";

struct Noticing {
    lms: Practice,
    tool: FakeTool,
    browser: Browser,
    keys: Practice,
}

impl Noticing {
    async fn start() -> Self {
        let (lms, tool, browser) = campus().await;
        lms.set_manners(|manners| {
            manners.notices.offered = true;
            manners.notices.on_copy = true;
        });
        let keys =
            Practice::start(Options { key_name: "tool".to_owned(), ..Options::default() }).await.unwrap();
        let mut registration = tool.registration();
        registration.jwks_url = Some(keys.jwks_url());
        registration.scopes = vec![NOTICE_SCOPE.to_owned()];
        lms.register(registration);
        Self { lms, tool, browser, keys }
    }

    async fn token(&self) -> String {
        let now = self.lms.now().timestamp();
        let assertion = json!({"iss": CLIENT, "sub": CLIENT, "aud": self.lms.token_endpoint(), "iat": now,
            "exp": now + 300, "jti": crate::dice::token()});
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &self.keys.mint(&assertion)),
            ("scope", NOTICE_SCOPE),
        ];
        let page = Browser::new().post(&self.lms.token_endpoint(), &fields).await.unwrap();
        let body: Value = serde_json::from_slice(&page.body).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn call(&self, method: &str, token: &str, body: &Value) -> Page {
        let url = self.lms.notices_url(CLIENT, DEPLOYMENT);
        let mut visit = Visit::new(method, &url).header("authorization", &format!("Bearer {token}"));
        if method == "PUT" {
            visit = visit.body("application/json", body.to_string());
        }
        Browser::new().visit(visit).await.unwrap()
    }

    fn handler(&self) -> String {
        format!("{}/notices", self.tool.base_url)
    }

    async fn handle(&self, kind: &str) {
        let body = json!({"notice_type": kind, "handler": self.handler()});
        let page = self.call("PUT", &self.token().await, &body).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert_eq!(serde_json::from_slice::<Value>(&page.body).unwrap(), body, "the reply echoes (X07)");
    }
}

#[tokio::test]
async fn handlers_are_registered_shown_and_removed_x07_x12() {
    let all = Noticing::start().await;
    all.browser.launch(&all.lms, demo::GRACE, BADGE).await.unwrap();
    let claim = all.tool.launches()[0][SERVICE].clone();
    assert_eq!(claim["platform_notification_service_url"], all.lms.notices_url(CLIENT, DEPLOYMENT));
    assert_eq!((&claim["scope"], &claim["service_versions"]), (&json!([NOTICE_SCOPE]), &json!(["1.0"])));
    assert_eq!(claim["notice_types_supported"], json!([HELLO_WORLD, CONTEXT_COPY]));
    all.handle(HELLO_WORLD).await;
    let token = all.token().await;
    let shown: Value = serde_json::from_slice(&all.call("GET", &token, &json!(null)).await.body).unwrap();
    assert_eq!(
        shown,
        json!({"client_id": CLIENT, "deployment_id": DEPLOYMENT,
               "notice_handlers": [{"notice_type": HELLO_WORLD, "handler": all.handler()}]})
    );
    let wrong = [
        json!({"notice_type": HELLO_WORLD, "handler": "https://evil.example/notices"}),
        json!({"notice_type": "LtiUnknownNotice", "handler": all.handler()}),
        json!({"handler": all.handler()}),
        json!({"notice_type": HELLO_WORLD}),
    ];
    for body in wrong {
        assert_eq!(all.call("PUT", &token, &body).await.status, 400, "{body}");
    }
    assert_eq!(all.call("PUT", "rubbish", &json!({})).await.status, 401);
    let empty = json!({"notice_type": HELLO_WORLD, "handler": ""});
    assert_eq!(all.call("PUT", &token, &empty).await.status, 200);
    assert_eq!(all.lms.notice_handler(CLIENT, DEPLOYMENT, HELLO_WORLD), None);
    assert!(all.lms.send_notice(CLIENT, DEPLOYMENT, &Notice::hello_world()).await.is_none());
    all.lms.set_manners(|manners| manners.notices.offered = false);
    assert_eq!(all.call("GET", &token, &json!(null)).await.status, 404);
}

#[tokio::test]
async fn notices_are_signed_like_launches_and_come_alone_together_or_twice() {
    let all = Noticing::start().await;
    all.handle(HELLO_WORLD).await;
    let hello = Notice::hello_world();
    let first = all.lms.send_notice(CLIENT, DEPLOYMENT, &hello).await.unwrap();
    let again = all.lms.send_notice(CLIENT, DEPLOYMENT, &hello).await.unwrap();
    assert_eq!((first.status, again.status), (Some(200), Some(200)));
    let token = |envelope: &Value, at: usize| envelope["notices"][at]["jwt"].as_str().unwrap().to_owned();
    let (one, two) = (part(&token(&first.envelope, 0), 1), part(&token(&again.envelope, 0), 1));
    assert_eq!((&one[NOTICE]["id"], &one[NOTICE]["type"]), (&json!(hello.id), &json!(HELLO_WORLD)));
    assert_eq!(one[NOTICE]["id"], two[NOTICE]["id"], "repeated (X10)");
    assert_ne!(one["nonce"], two["nonce"]);
    assert_eq!((&one["aud"], &one[claims::DEPLOYMENT_ID]), (&json!(CLIENT), &json!(DEPLOYMENT)));
    assert!(one.get("sub").is_none() && one.get(claims::MESSAGE_TYPE).is_none());
    let mixed =
        [(Notice::hello_world(), Vec::new()), (Notice::hello_world(), vec![Bend::Signer(Signer::Stranger)])];
    let sent = all.lms.send_notices(CLIENT, DEPLOYMENT, &mixed).await.unwrap();
    assert_eq!(sent.envelope["notices"].as_array().unwrap().len(), 2);
    let judged = [
        super::verified(&all.lms.jwks_url(), &token(&sent.envelope, 0)).await,
        super::verified(&all.lms.jwks_url(), &token(&sent.envelope, 1)).await,
    ];
    assert!(judged[0].is_ok() && judged[1].is_err(), "{judged:?}");
    assert_eq!(all.tool.notices().len(), 3, "three envelopes arrived at the handler");
    assert_eq!(all.lms.notice_deliveries().len(), 3);
    assert_eq!(all.lms.post_envelope("http://127.0.0.1:1/", json!({})).await.status, None);
}

#[tokio::test]
async fn copying_a_course_is_announced_where_switched_on_x09() {
    let all = Noticing::start().await;
    all.handle(CONTEXT_COPY).await;
    all.browser.sign_in(&all.lms, demo::ADA).await.unwrap();
    let url = format!("{}/courses/{}", all.lms.base_url(), demo::COURSE);
    let page = all.browser.get(&url).await.unwrap();
    let page = all.browser.follow(all.browser.press(&page, "Copy this course").await.unwrap()).await.unwrap();
    assert!(page.contains("Introduction to Computing (copy)"), "{}", page.text());
    let envelope = all.tool.notices().remove(0);
    let claims = part(envelope["notices"][0]["jwt"].as_str().unwrap(), 1);
    assert_eq!(claims[NOTICE]["type"], CONTEXT_COPY);
    assert_eq!(claims[ORIGIN_CONTEXTS], json!([demo::COURSE]));
    let copy = claims[claims::CONTEXT]["id"].as_str().unwrap();
    assert!(page.url.path().ends_with(copy));
    all.lms.set_manners(|manners| manners.notices.on_copy = false);
    all.lms.copy_course(demo::COURSE, "quiet", "Quiet").await.unwrap();
    assert_eq!(all.tool.notices().len(), 1);
}
