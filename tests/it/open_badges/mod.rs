//! Open Badges as the world meets them: documents, pictures, keys and lists over real HTTP (`spec/ob-conformance-cases.md`).
//!
//! The case ids stand in the tests' names. What no address shows is held by the tests of the package `open_badges`: the vectors
//! and worked proofs (OB050–OB052), what is never signed (OB053, OB054), status list vectors (OB073, OB074).

mod acceptance;
mod assertions;
mod baking;
mod checking;
mod credentials;
mod evidence;
mod keys;
mod life;
mod public;
mod status;

use std::collections::HashMap;

use laurel::{
    domain::{
        achievement::{self, Definition},
        addresses,
        award::{self, Published, holder, manual, revoke},
        floor::Floor,
        issuer,
        learner::LearnerIn,
    },
    ids::{AchievementVersionId, AwardId, IssuerId},
    store::entity::{
        achievement_version::MayPlace, award as awards, credential::CredentialKind, issuer as issuers,
    },
};
use mail_parser::{MessageParser, MimeHeaders as _};
use open_badges::{
    bake::png,
    verify::{self, Report, Resolved},
};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;

use super::support::app::TestApp;

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The addresses of one award's newest generation.
#[derive(Clone, Debug)]
pub struct Issued {
    pub id: AwardId,
    pub assertion: String,
    pub credential: String,
    pub picture: String,
    pub claim: String,
    pub share: String,
    /// The OB 3.0 document as it is kept.
    pub document: Value,
    /// Its place in its status list.
    pub index: u32,
}

/// One request, redirects not followed.
pub async fn request(method: Method, url: &str, headers: &[(&str, &str)], form: Option<&str>) -> Answer {
    #[expect(clippy::disallowed_methods, reason = "a stranger's client, on loopback")]
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut request = client.request(method, url);
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        request = request.header(name, HeaderValue::from_str(value).unwrap());
    }
    if let Some(form) = form {
        request = request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
    }
    let answer = request.send().await.unwrap();
    Answer {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.bytes().await.unwrap().to_vec(),
    }
}

pub async fn get(url: &str) -> Answer {
    request(Method::GET, url, &[], None).await
}

/// A document that must be there.
pub async fn document(url: &str) -> Value {
    let answer = get(url).await;
    assert_eq!(answer.status, 200, "{url}: {}", answer.text());
    answer.json()
}

/// The words of a badge that says nothing special.
pub fn definition(name: &str) -> Definition {
    Definition {
        name: name.to_owned(),
        description: format!("Has earned {name}."),
        criteria_narrative: "Open the activity.".to_owned(),
        achievement_type: "Badge".to_owned(),
        tags: vec!["test".to_owned()],
        alignments: Vec::new(),
        language: "en".to_owned(),
        artwork: None,
        rule: None,
        validity_days: None,
        valid_until: None,
        remind_days: Vec::new(),
        floor: Floor::default(),
        may_place: MayPlace::Instructors,
    }
}

/// Somebody without a platform.
pub fn person(email: &str) -> LearnerIn {
    LearnerIn::Email { email: email.to_owned(), name: None, language: None }
}

/// A person's decision without more.
pub fn decision(version: AchievementVersionId, learner: LearnerIn) -> manual::NewAward {
    manual::NewAward {
        version,
        learner,
        narrative: None,
        evidence: Vec::new(),
        placement: None,
        period: None,
        awarded_at: None,
        reason: None,
        by: None,
    }
}

impl TestApp {
    /// Another issuer of T1; `base_url` where it pretends to be elsewhere.
    pub async fn another_issuer(&self, slug: &str, base_url: Option<&str>) -> issuers::Model {
        let new = issuer::NewIssuer {
            slug: slug.to_owned(),
            name: format!("Issuer {slug}"),
            url: "https://campus.example".to_owned(),
            email: "badges@campus.example".to_owned(),
            description: None,
            language: None,
            base_url: base_url.map(str::to_owned),
        };
        issuer::create(&self.app, &self.operator(), new).await.unwrap()
    }

    pub async fn define(&self, issuer: IssuerId, slug: &str, words: Definition) -> AchievementVersionId {
        achievement::define(&self.app, &self.operator(), issuer, slug, words).await.unwrap().version.id
    }

    /// A person's decision to award.
    pub async fn award(&self, version: AchievementVersionId, email: &str) -> Issued {
        let made = manual::create(&self.app, &self.operator(), decision(version, person(email))).await;
        self.issued(made.unwrap().id).await
    }

    /// A badge and its award.
    pub async fn badge_for(&self, email: &str) -> Issued {
        let version = self.achievement("Machine Room Safety").await;
        self.award(version, email).await
    }

    pub async fn published(&self, id: AwardId) -> Published {
        award::find_published(&self.app, self.organization, id).await.unwrap()
    }

    /// Where an award's newest generation is.
    pub async fn issued(&self, id: AwardId) -> Issued {
        let found = self.published(id).await;
        let award = &found.award;
        let issuer = issuer::find(&self.app, self.organization, award.issuer_id).await.unwrap();
        let (base, slug) = (&issuer.base_url, &issuer.slug);
        let ob2 = found.newest_document(CredentialKind::Ob2).unwrap();
        let ob3 = found.newest_document(CredentialKind::Ob3).unwrap();
        let public = self.app.settings.server.public_url.as_str();
        Issued {
            id,
            assertion: addresses::assertion(base, slug, ob2.id),
            credential: addresses::credential(base, slug, ob3.id),
            picture: addresses::baked_picture(base, ob2.id),
            claim: addresses::claim(public, &holder::claim_token(&self.app, award).unwrap()),
            share: addresses::share(public, &award.share_token),
            document: serde_json::from_str(&ob3.document).unwrap(),
            index: u32::try_from(ob3.status_index.unwrap()).unwrap(),
        }
    }

    /// Presses the button of the claim page: `yes` publishes, `no` withdraws.
    pub async fn decide(&self, issued: &Issued, publish: &str) -> Answer {
        let page = get(&issued.claim).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let (action, csrf) = form_of(&page.text());
        let body = format!("csrf={csrf}&publish={publish}");
        request(Method::POST, &self.at(&action), &[], Some(&body)).await
    }

    /// Publishes through the claim page and reads the credential where it is then served.
    pub async fn publish(&self, issued: &Issued) -> Value {
        let answer = self.decide(issued, "yes").await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        document(&issued.credential).await
    }

    pub async fn revoke(&self, id: AwardId, reason: &str) -> awards::Model {
        revoke::revoke(&self.app, &self.operator(), id, reason).await.unwrap()
    }

    /// The picture of the last mail.
    pub fn last_picture(&self) -> Vec<u8> {
        let mails = self.mails();
        let mail = mails.last().expect("a mail");
        let parsed = MessageParser::default().parse(&mail.bytes).unwrap();
        let mut pictures = parsed.attachments().filter(|part| part.attachment_name().is_some());
        pictures.next().expect("an attachment").contents().to_vec()
    }

    /// The claim address of the last mail.
    pub fn last_claim(&self) -> String {
        let mails = self.mails();
        let parsed = MessageParser::default().parse(&mails.last().expect("a mail").bytes).unwrap();
        let text = parsed.body_text(0).unwrap();
        text.split_whitespace().find(|word| word.contains("/claim/")).unwrap().to_owned()
    }

    /// A verifier of no account: fetches what the badge names over HTTP, then judges it.
    pub async fn verify(&self, credential: &Value) -> Report {
        let resolved = resolve(credential).await;
        verify::credential(credential, &resolved, self.clock.now(), None)
    }

    pub fn did_address(&self) -> String {
        self.at("/i/campus/did.json")
    }

    pub fn list_address(&self) -> String {
        self.at("/i/campus/status/1")
    }
}

/// What a credential names, as its addresses answer.
pub async fn resolve(credential: &Value) -> Resolved {
    let mut resolved = Resolved { documents: HashMap::new(), status_lists: HashMap::new() };
    let needs = verify::needs(credential, true);
    for need in needs.documents {
        let answer = get(&need.url).await;
        if answer.status == 200 {
            resolved.documents.insert(need.id, answer.json());
        }
    }
    for url in needs.status_lists {
        let answer = get(&url).await;
        if answer.status == 200 {
            resolved.status_lists.insert(url, answer.json());
        }
    }
    resolved
}

/// The form of a claim page: its address and its token.
pub fn form_of(page: &str) -> (String, String) {
    let page = scraper::Html::parse_document(page);
    let first = |what: &str, member: &str| {
        let selector = scraper::Selector::parse(what).unwrap();
        let found = page.select(&selector).next().unwrap_or_else(|| panic!("no {what} in the page"));
        found.attr(member).unwrap().to_owned()
    };
    (first("form[method=post]", "action"), first("form[method=post] input[name=csrf]", "value"))
}

/// Both documents of a picture.
pub fn badges_in(picture: &[u8]) -> (Option<String>, Option<String>) {
    let found = png::extract(picture).unwrap();
    assert!(!found.has_repeats, "one chunk of each kind");
    (found.ob2, found.ob3)
}

/// SHA-256 by other means than the product's, in hex.
pub fn sha256(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
