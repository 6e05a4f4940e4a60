//! Dynamic registration: cases G01–G17 from the platform's side.

use serde_json::{Value, json};
use url::Url;

use crate::{
    Manners, Options, Practice, Profile,
    bend::Change,
    browser::{Browser, Page, Visit},
    manners::{Activation, RegistrationChecks},
    registration::TOOL_CONFIGURATION,
    services::quirks::Audience,
};

const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
const ROSTER: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

async fn campus(profile: Profile) -> Practice {
    Practice::start(Options { seed_demo: true, profile, ..Options::default() }).await.unwrap()
}

/// What a tool reads out of the address that the administrator's browser opens.
fn asked(address: &str) -> (String, Option<String>) {
    let url = Url::parse(address).unwrap();
    let find = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    (find("openid_configuration").unwrap(), find("registration_token"))
}

async fn call(method: &str, url: &str, token: Option<&str>, body: Option<&Value>) -> Page {
    let mut visit = Visit::new(method, url);
    if let Some(body) = body {
        visit = visit.body("application/json", body.to_string());
    }
    if let Some(token) = token {
        visit = visit.header("authorization", &format!("Bearer {token}"));
    }
    Browser::new().visit(visit).await.unwrap()
}

fn json_of(page: &Page) -> Value {
    serde_json::from_slice(&page.body).unwrap_or_else(|_| panic!("{}", page.text()))
}

/// The complete request of lti-1.3-tool.md §20.3.
fn request() -> Value {
    json!({
        "application_type": "web", "response_types": ["id_token"], "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": "https://badges.example/lti/login", "redirect_uris": ["https://badges.example/lti/launch"],
        "client_name": "Campus Badges", "jwks_uri": "https://badges.example/jwks",
        "token_endpoint_auth_method": "private_key_jwt", "scope": format!("{SCORE} {ROSTER} https://other.example/x"),
        TOOL_CONFIGURATION: {
            "domain": "badges.example", "target_link_uri": "https://badges.example/lti/home", "description": "Badges",
            "custom_parameters": {"ctx_history": "$Context.id.history"}, "claims": ["iss", "sub", "name", "email"],
            "messages": [
                {"type": "LtiResourceLinkRequest", "target_link_uri": "https://badges.example/lti/home"},
                {"type": "LtiDeepLinkingRequest", "target_link_uri": "https://badges.example/lti/pick",
                 "label": "Add a badge", "placements": ["ContentArea"]},
            ],
        },
    })
}

fn without(name: &str) -> Value {
    let mut request = request();
    request.as_object_mut().unwrap().remove(name);
    request
}

fn with_lti(name: &str, value: Value) -> Value {
    let mut request = request();
    request[TOOL_CONFIGURATION][name] = value;
    request
}

/// The whole way; returns the reply of the registration endpoint.
async fn register(lms: &Practice) -> Page {
    let (configuration, token) =
        asked(&lms.start_registration("https://badges.example/lti/register?ticket=t1"));
    let document = json_of(&call("GET", &configuration, token.as_deref(), None).await);
    let endpoint = document["registration_endpoint"].as_str().unwrap().to_owned();
    call("POST", &endpoint, token.as_deref(), Some(&request())).await
}

#[tokio::test]
async fn a_tool_registers_itself_with_a_token_g01() {
    let lms = campus(Profile::Plain).await;
    let address = lms.start_registration("https://badges.example/lti/register?ticket=t%201");
    assert!(address.starts_with("https://badges.example/lti/register?ticket=t%201&openid_configuration="));
    let reply = register(&lms).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let reply = json_of(&reply);
    let tool = lms.registration(reply["client_id"].as_str().unwrap()).unwrap();
    assert_eq!(reply["scope"], format!("{SCORE} {ROSTER}"), "unknown scopes are left out (G09)");
    assert_eq!(tool.scopes, [SCORE, ROSTER]);
    assert_eq!(reply[TOOL_CONFIGURATION]["deployment_id"], tool.deployment_id.as_str());
    assert_eq!(tool.redirect_uris, ["https://badges.example/lti/launch"]);
    assert_eq!(tool.deep_linking.unwrap().target_link_uri, "https://badges.example/lti/pick");
    assert_eq!(tool.custom, [("ctx_history".to_owned(), "$Context.id.history".to_owned())]);
    assert!(tool.share_names && !tool.pending);
    let seen = lms.registration_requests();
    assert_eq!(seen.iter().map(|one| one.method.as_str()).collect::<Vec<_>>(), ["GET", "POST"]);
    assert!(seen.iter().all(|one| one.authorization.as_ref().unwrap().starts_with("Bearer ")));
    assert_eq!(seen[1].body.as_ref().unwrap()["client_name"], "Campus Badges");
}

#[tokio::test]
async fn without_a_token_everybody_may_register_g02() {
    let lms = campus(Profile::Plain).await;
    lms.set_manners(|manners| manners.registration.sends_token = false);
    assert_eq!(asked(&lms.start_registration("https://badges.example/r")).1, None);
    assert_eq!(register(&lms).await.status, 201);
    lms.set_manners(|manners| manners.registration.sends_token = true);
    let refused = call("POST", &lms.registration_endpoint(), None, Some(&request())).await;
    assert_eq!(refused.status, 401);
}

#[tokio::test]
async fn a_token_is_good_once_but_a_failed_try_does_not_spend_it() {
    let lms = campus(Profile::Plain).await;
    let (_, token) = asked(&lms.start_registration("https://badges.example/r"));
    let endpoint = lms.registration_endpoint();
    let post = async |body: &Value| call("POST", &endpoint, token.as_deref(), Some(body)).await;
    assert_eq!(post(&without("jwks_uri")).await.status, 400);
    assert_eq!(post(&request()).await.status, 201);
    let again = post(&request()).await;
    assert_eq!((again.status, &json_of(&again)["error"]), (401, &json!("token_already_used")));
    assert_eq!(call("POST", &endpoint, Some("rubbish"), Some(&request())).await.status, 401);
    assert_eq!(lms.tools().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_or_was_not_offered_is_refused_g08() {
    let lms = campus(Profile::Plain).await;
    let (_, token) = asked(&lms.start_registration("https://badges.example/r"));
    let mut wrong: Vec<Value> = [
        "application_type",
        "response_types",
        "grant_types",
        "initiate_login_uri",
        "redirect_uris",
        "client_name",
        "jwks_uri",
        "token_endpoint_auth_method",
        "scope",
        TOOL_CONFIGURATION,
    ]
    .map(without)
    .into();
    wrong.extend([
        with_lti("domain", json!("https://badges.example")),
        with_lti("target_link_uri", json!("https://evil.example/")),
        with_lti("claims", json!("sub")),
        with_lti("custom_parameters", json!({"n": 1})),
        with_lti("messages", json!([{"type": "LtiStartProctoring"}])),
        with_lti("messages", json!([{"type": "LtiDeepLinkingRequest", "placements": ["course_navigation"]}])),
        with_lti(
            "messages",
            json!([{"type": "LtiDeepLinkingRequest", "target_link_uri": "https://a.example/"}]),
        ),
        json!([]),
    ]);
    for body in wrong {
        let reply = call("POST", &lms.registration_endpoint(), token.as_deref(), Some(&body)).await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(json_of(&reply)["error_description"].is_string());
    }
    assert!(lms.tools().is_empty(), "a refused registration leaves nothing");
}

#[tokio::test]
async fn moodle_answers_200_with_a_deployment_and_waits_for_its_administrator_g10_g12() {
    let lms = campus(Profile::Moodle).await;
    let (_, token) = asked(&lms.start_registration("https://badges.example/r"));
    let post =
        async |body: &Value| call("POST", &lms.registration_endpoint(), token.as_deref(), Some(body)).await;
    let words = [
        (without("jwks_uri"), "missing required attribute jwks_uri"),
        (with_lti("domain", json!("")), "missing_domain"),
        (with_lti("domain", json!("badges.example:8443")), "domain_targetlinkuri_mismatch"),
        (with_lti("target_link_uri", json!("https://badges.example:8443/")), "domain_targetlinkuri_mismatch"),
    ];
    for (body, said) in words {
        let reply = post(&body).await;
        assert_eq!((reply.status, reply.text().as_str()), (400, said));
        assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    }
    let reply = post(&request()).await;
    assert_eq!(reply.status, 200);
    let reply = json_of(&reply);
    assert!(reply[TOOL_CONFIGURATION]["deployment_id"].as_str().unwrap().parse::<u64>().is_ok());
    let scopes: Vec<&str> = reply["scope"].as_str().unwrap().split(' ').collect();
    assert_eq!(scopes.iter().filter(|scope| scope.contains("lti-ags")).count(), 4, "the answer's scope lies");
    let tool = lms.registration(reply["client_id"].as_str().unwrap()).unwrap();
    assert_eq!(tool.scopes, [SCORE, ROSTER], "but only what was asked is granted");
    assert!(tool.pending);
    assert!(lms.activate(&tool.client_id));
    assert!(!lms.registration(&tool.client_id).unwrap().pending);
    let page = call("POST", &lms.registration_endpoint(), Some("garbage"), Some(&request())).await;
    assert_eq!((page.status, page.contains("<!doctype html>")), (404, true));
}

#[tokio::test]
async fn canvas_shows_its_configuration_to_the_bearer_only_and_tells_no_deployment_g11() {
    let lms = campus(Profile::Canvas).await;
    let (configuration, token) = asked(&lms.start_registration("https://badges.example/r"));
    assert!(configuration.contains('?'), "the configuration's own query is kept");
    assert_eq!(call("GET", &configuration, None, None).await.status, 401);
    assert_eq!(
        call("GET", configuration.split('?').next().unwrap(), token.as_deref(), None).await.status,
        401
    );
    assert_eq!(call("GET", &configuration, token.as_deref(), None).await.status, 200);
    let reply = json_of(&register(&lms).await);
    let client_id = reply["client_id"].as_u64().expect("a number").to_string();
    assert!(reply[TOOL_CONFIGURATION].get("deployment_id").is_none());
    let tool = lms.registration(&client_id).unwrap();
    let (number, digits) = tool.deployment_id.split_once(':').unwrap();
    assert!(number.parse::<u32>().is_ok() && digits.len() == 40);
    assert!(!tool.share_names, "anonymous unless the tool asks for more");
}

#[tokio::test]
async fn sakai_lists_openid_only_and_misspells_g15_and_old_moodle_lists_texts_g16() {
    let lms = campus(Profile::Sakai).await;
    assert_eq!(lms.openid_configuration()["scopes_supported"], json!(["openid"]));
    let reply = json_of(&register(&lms).await);
    assert_eq!(reply["grant_types"], json!(["implict", "client_credentials"]));
    assert_eq!(reply[TOOL_CONFIGURATION]["domain"], "https://badges.example/");
    assert_eq!(reply["scope"], format!("{SCORE} {ROSTER}"), "the services exist all the same");
    lms.set_manners(|manners| *manners = Manners::old_moodle());
    let old = lms.openid_configuration();
    let platform = &old["https://purl.imsglobal.org/spec/lti-platform-configuration"];
    assert_eq!(platform["messages_supported"][0], "LtiResourceLinkRequest");
    assert_eq!(platform["placements"], json!(["ContentArea"]));
}

#[tokio::test]
async fn a_registration_is_shown_and_updated() {
    let lms = campus(Profile::Plain).await;
    let first = json_of(&register(&lms).await);
    let client_id = first["client_id"].as_str().unwrap();
    let mut changed = request();
    changed["client_name"] = json!("Other Badges");
    // RFC 7592, with the token of the reply.
    let uri = first["registration_client_uri"].as_str().unwrap();
    let own = first["registration_access_token"].as_str();
    assert_eq!(json_of(&call("GET", uri, own, None).await)["client_name"], "Campus Badges");
    assert_eq!(call("PUT", uri, Some("another"), Some(&changed)).await.status, 401);
    assert_eq!(call("PUT", uri, own, Some(&changed)).await.status, 200);
    let updated = lms.registration(client_id).unwrap();
    assert_eq!((updated.name.as_str(), lms.tools().len()), ("Other Badges", 1));
    assert_eq!(first[TOOL_CONFIGURATION]["deployment_id"], updated.deployment_id.as_str(), "it stays");
    // Moodle's way: a new visit of the tool's page with an update token.
    let (_, token) = asked(&lms.start_update(client_id, "https://badges.example/r").unwrap());
    let endpoint = lms.registration_endpoint();
    assert_eq!(json_of(&call("GET", &endpoint, token.as_deref(), None).await)["client_id"], client_id);
    assert_eq!(call("POST", &endpoint, token.as_deref(), Some(&request())).await.status, 200);
    assert_eq!(lms.registration(client_id).unwrap().name, "Campus Badges");
    assert_eq!(call("PUT", &endpoint, token.as_deref(), Some(&request())).await.status, 401, "spent");
}

#[tokio::test]
async fn the_configuration_can_be_bent_and_an_upgrade_is_signed() {
    let lms = campus(Profile::Plain).await;
    lms.set_manners(|manners| {
        let switches = &mut manners.registration;
        switches.checks = RegistrationChecks::Lax;
        switches.configuration_changes = vec![Change::drop("jwks_uri")];
        switches.grants = Some(vec![SCORE.to_owned()]);
        switches.upgrades = Some(("key".to_owned(), "secret".to_owned()));
        switches.activation = Activation::Closed;
    });
    lms.quirks(|quirks| quirks.token_audience = Audience::Fixed("https://auth.example/token"));
    let document = lms.openid_configuration();
    assert_eq!(document["authorization_server"], lms.token_audience());
    assert_eq!(document["authorization_server"], "https://auth.example/token");
    assert!(document.get("jwks_uri").is_none());
    let reply = json_of(&register(&lms).await);
    assert_eq!(reply["scope"], SCORE, "fewer than asked (G09)");
    let consumer = &reply["oauth_consumer"];
    let text = format!("keysecret{}", consumer["nonce"].as_str().unwrap());
    assert_eq!(consumer["sign"], crate::keys::sha256_hex(text.as_bytes()));
    let tool = lms.tools().remove(0);
    lms.add_activity(crate::demo::COURSE, crate::Activity::tool("one", "One", &tool.client_id));
    let refused = Browser::new().launch(&lms, "user-grace", "one").await.unwrap_err();
    assert!(refused.to_string().contains("activate"), "{refused}");
}

#[tokio::test]
async fn an_administrator_pastes_an_address_and_sees_the_new_tool() {
    let lms = campus(Profile::Moodle).await;
    let browser = Browser::new();
    let tools = format!("{}/admin/tools", lms.base_url());
    browser.sign_in(&lms, "user-ada").await.unwrap();
    assert_eq!(browser.get(&tools).await.unwrap().status, 403, "a teacher is no administrator");
    browser.sign_in(&lms, "user-admin").await.unwrap();
    let page = browser.get(&tools).await.unwrap();
    let mut form = page.forms().into_iter().find(|form| form.action.ends_with("register")).unwrap();
    form.set("url", "javascript:alert(1)");
    assert_eq!(browser.submit(&page, &form).await.unwrap().status, 400);
    form.set("url", "https://badges.example/lti/register?ticket=<t>");
    let page = browser.follow(browser.submit(&page, &form).await.unwrap()).await.unwrap();
    let ticket = lms.registration_tickets().pop().unwrap();
    assert!(page.contains("<iframe id=\"registration\""), "{}", page.text());
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'"));
    let closed = browser.get(&format!("{}?closed=1", page.url)).await.unwrap();
    assert!(closed.contains("without registering"));
    let endpoint = lms.registration_endpoint();
    assert_eq!(call("POST", &endpoint, Some(&ticket.token), Some(&request())).await.status, 200);
    let page = browser.get(page.url.as_str()).await.unwrap();
    assert!(page.contains("Campus Badges is registered") && page.contains("until you activate it"));
    let page = browser.follow(browser.press(&page, "Activate: Campus Badges").await.unwrap()).await.unwrap();
    assert!(page.contains("Campus Badges") && !page.contains("waits to be activated"));
    // The same address again: an update, unless a second registration is asked for.
    form.set("url", "https://badges.example/other");
    let asked = browser.submit(&page, &form).await.unwrap();
    assert!(asked.contains("Update Campus Badges or register it again?"), "{}", asked.text());
    let update = browser.follow(browser.press(&asked, "Update Campus Badges").await.unwrap()).await.unwrap();
    assert!(update.contains("Update a tool"));
    assert!(lms.registration_tickets().pop().unwrap().is_update);
    let second = browser.press(&asked, "Register it a second time").await.unwrap();
    assert_eq!((second.status, lms.registration_tickets().pop().unwrap().is_update), (303, false));
    let page = browser.follow(browser.press(&page, "Remove: Campus Badges").await.unwrap()).await.unwrap();
    assert!(page.contains("No tool is registered yet."));
}
