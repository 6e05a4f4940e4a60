//! Dynamic Registration between `lti` and the practice LMS as each product: the requests that `lti` makes are
//! carried over HTTP, and what comes of them is what the platform keeps (cases G01, G02, G08-G12, G15, G16).
//! No server of ours takes part; the page that does is tested with the program.

use lti::{
    Refusal,
    dynamic::{Configuration, Initiation, Offer, Page, Proposal, Registered, Trust, USUAL_SCOPES},
    quirks::HISTORY_PARAMETERS,
    services::{Answer, Failure, Request},
};
use practice::{
    Manners, Options, Practice, Profile,
    browser::{self, Browser, Visit},
};
use url::Url;

const PRODUCTS: [Profile; 8] = [
    Profile::Plain,
    Profile::Moodle,
    Profile::Canvas,
    Profile::Blackboard,
    Profile::Brightspace,
    Profile::Sakai,
    Profile::Schoology,
    Profile::OpenEdx,
];

async fn campus(options: Options) -> Practice {
    Practice::start(Options { seed_demo: true, ..options }).await.unwrap()
}

async fn carry(request: &Request, bearer: Option<&str>) -> browser::Page {
    let mut visit = Visit::new(request.method.name(), &request.url).header("accept", request.accept);
    if let Some(body) = &request.body {
        visit = visit.body(body.content_type, String::from_utf8(body.bytes.clone()).unwrap());
    }
    if let Some(bearer) = bearer {
        visit = visit.header("authorization", &format!("Bearer {bearer}"));
    }
    Browser::new().visit(visit).await.unwrap()
}

fn answer(page: &browser::Page) -> Answer<'_> {
    let headers = page.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    Answer::new(page.status, headers, &page.body)
}

/// What the administrator's browser brings after pasting our address.
fn opened(address: &str) -> Initiation {
    let url = Url::parse(address).unwrap();
    let find =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(find("ticket").as_deref(), Some("t1"), "our own query is kept");
    let (configuration, token) = (find("openid_configuration"), find("registration_token"));
    Initiation::parse(configuration.as_deref(), token.as_deref(), true).unwrap()
}

fn offer() -> Offer<'static> {
    let page = |url, label| Page { url, label, labels: &[("de", "Abzeichen")] };
    Offer {
        name: "Laurel",
        names: &[("de", "Laurel")],
        description: "Badges for what people achieve",
        login_url: "https://badges.example/lti/login/r1",
        launch_url: "https://badges.example/lti/launch",
        jwks_url: "https://badges.example/lti/jwks/r1",
        home: page("https://badges.example/course", "Badges"),
        picker: Some(page("https://badges.example/course/pick", "Add a badge")),
        review: None,
        logo_url: None,
        client_url: Some("https://badges.example"),
        policy_url: None,
        terms_url: None,
        contacts: &["admin@badges.example"],
        secondary_domains: &[],
        parameters: &HISTORY_PARAMETERS,
        scopes: &USUAL_SCOPES,
        tool_id: "laurel",
        vendor: "Laurel",
    }
}

/// The whole way of one registration.
struct Way {
    initiation: Initiation,
    platform: Configuration,
    proposal: Proposal,
}

impl Way {
    /// `address` is what the administrator's browser opened. Products with one issuer for all schools are
    /// served from elsewhere here, which somebody must allow (G05).
    async fn begin(lms: &Practice, address: &str, offer: &Offer<'_>) -> Self {
        let initiation = opened(address);
        let page = carry(&initiation.request(), initiation.bearer()).await;
        let is_home = lms.base_url().starts_with(lms.issuer());
        let strict = Trust { issuers: &[], allow_loopback_http: true };
        let strictly = Configuration::read(&answer(&page), &initiation, strict);
        assert_eq!(
            strictly.err().map(|failure| failure.refusal),
            (!is_home).then_some(Refusal::DrIssuerMismatch)
        );
        let issuers = [lms.issuer().to_owned()];
        let trust = Trust { issuers: &issuers, ..strict };
        let platform = Configuration::read(&answer(&page), &initiation, trust).unwrap();
        let proposal = offer.propose(&platform).unwrap();
        Self { initiation, platform, proposal }
    }

    async fn send(&self, request: &Request) -> Result<Registered, Failure> {
        let page = carry(request, self.initiation.bearer()).await;
        Registered::read(&answer(&page), &self.proposal, &self.platform)
    }
}

const PASTED: &str = "https://badges.example/lti/register?ticket=t1";

/// G01: every product's configuration is fetched, our registration is posted with its token, and it is kept
/// there. G08: what is kept has our addresses, domain, picker, custom parameters and scopes.
#[tokio::test]
async fn g01_g08_every_product_takes_our_registration() {
    for product in PRODUCTS {
        let lms = campus(Options { profile: product, ..Options::default() }).await;
        let way = Way::begin(&lms, &lms.start_registration(PASTED), &offer()).await;
        let agreed = way
            .send(&way.proposal.request())
            .await
            .unwrap_or_else(|failure| panic!("{product:?}: {failure}"));
        let kept = lms.registration(&agreed.client_id).unwrap_or_else(|| panic!("{product:?}: {agreed:?}"));
        assert_eq!(way.platform.issuer(), lms.issuer());
        assert_eq!(way.platform.jwks_uri(), lms.jwks_url());
        assert_eq!(kept.redirect_uris, ["https://badges.example/lti/launch"], "{product:?}");
        assert_eq!(kept.jwks_url.as_deref(), Some("https://badges.example/lti/jwks/r1"));
        assert_eq!(kept.domain.as_deref(), Some("badges.example"));
        assert!(kept.deep_linking.is_some(), "{product:?}: the picker is known there");
        assert!(kept.custom.iter().any(|(key, _)| key == "ctx_history"), "{product:?}");
        assert!(kept.scopes.iter().all(|scope| agreed.scopes.contains(scope)), "{product:?}");
        for scope in
            lti::services::scope::ALL.iter().take(1).chain(&[lti::services::scope::MEMBERSHIP_READONLY])
        {
            assert!(kept.scopes.iter().any(|kept| kept == scope), "{product:?} grants {scope}");
        }
        assert_eq!(
            way.platform.token_audience().unwrap_or(&lms.token_endpoint()),
            lms.token_audience(),
            "{product:?}"
        );
        match agreed.deployment_id {
            Some(deployment) => assert_eq!(deployment, kept.deployment_id, "{product:?}"),
            None => assert_eq!(product, Profile::Canvas, "only Canvas keeps it to itself"),
        }
        assert_eq!(agreed.awaits_activation, kept.pending, "{product:?}");
        // Used once, and told so in the platform's own words.
        let again = way.send(&way.proposal.request()).await.unwrap_err();
        assert_eq!((again.refusal.code(), again.status), ("lti.dr.rejected", Some(401)), "{product:?}");
        assert!(again.words.unwrap().contains("token_already_used"));
        lms.shutdown().await;
    }
}

/// G16: an older Moodle's texts in `messages_supported` work. G02: without a token no request has an
/// `Authorization` header.
#[tokio::test]
async fn g02_g16_an_older_moodle_and_a_platform_without_tokens() {
    let older = campus(Options {
        profile: Profile::Moodle,
        manners: Some(Manners::old_moodle()),
        ..Options::default()
    })
    .await;
    let way = Way::begin(&older, &older.start_registration(PASTED), &offer()).await;
    assert!(way.platform.warnings().iter().any(|warning| warning.code == "member_odd"));
    assert!(way.send(&way.proposal.request()).await.is_ok());
    older.shutdown().await;

    let mut manners = Manners::default();
    manners.registration.sends_token = false;
    let plain = campus(Options { manners: Some(manners), ..Options::default() }).await;
    let way = Way::begin(&plain, &plain.start_registration(PASTED), &offer()).await;
    assert_eq!(way.initiation.bearer(), None);
    way.send(&way.proposal.request()).await.unwrap();
    assert!(plain.registration_requests().iter().all(|seen| seen.authorization.is_none()));
    plain.shutdown().await;
}

/// G12: a platform that refuses is `lti.dr.rejected` with its own words.
#[tokio::test]
async fn g12_moodle_says_what_is_wrong_in_bare_words() {
    let lms = campus(Options { profile: Profile::Moodle, ..Options::default() }).await;
    let page = Page { url: "https://elsewhere.example/course", label: "x", labels: &[] };
    let foreign = Offer { home: page, secondary_domains: &["elsewhere.example"], ..offer() };
    let way = Way::begin(&lms, &lms.start_registration(PASTED), &foreign).await;
    let failure = way.send(&way.proposal.request()).await.unwrap_err();
    assert!(matches!(failure.refusal, Refusal::DrRejected(_)));
    assert_eq!(failure.words.as_deref(), Some("domain_targetlinkuri_mismatch"));
    lms.shutdown().await;
}

#[tokio::test]
async fn a_registration_can_be_read_and_changed_later() {
    // By the platform's own update flow (Moodle) …
    let lms = campus(Options { profile: Profile::Moodle, ..Options::default() }).await;
    let way = Way::begin(&lms, &lms.start_registration(PASTED), &offer()).await;
    let first = way.send(&way.proposal.request()).await.unwrap();
    let renamed = Offer { name: "Laurel, renamed", ..offer() };
    let update = Way::begin(&lms, &lms.start_update(&first.client_id, PASTED).unwrap(), &renamed).await;
    assert_eq!(update.send(&update.proposal.current()).await.unwrap().client_id, first.client_id);
    let changed = update.send(&update.proposal.request()).await.unwrap();
    assert_eq!((changed.client_id, changed.deployment_id), (first.client_id.clone(), first.deployment_id));
    assert_eq!(lms.registration(&first.client_id).unwrap().name, "Laurel, renamed");
    lms.shutdown().await;

    // … or at the registration's own address (RFC 7592).
    let lms = campus(Options { profile: Profile::Canvas, ..Options::default() }).await;
    let way = Way::begin(&lms, &lms.start_registration(PASTED), &offer()).await;
    let first = way.send(&way.proposal.request()).await.unwrap();
    let management = first.management.clone().unwrap();
    let page = carry(&management.read(), Some(&management.token)).await;
    assert_eq!(
        Registered::read(&answer(&page), &way.proposal, &way.platform).unwrap().client_id,
        first.client_id
    );
    let proposal = renamed.propose(&way.platform).unwrap();
    let page = carry(&proposal.update(&management.uri, &first.client_id), Some(&management.token)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(lms.registration(&first.client_id).unwrap().name, "Laurel, renamed");
    lms.shutdown().await;
}
