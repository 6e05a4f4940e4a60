//! One login and launch made by hand, over real HTTP: the conformance cases' VL and VT with one thing changed.

use practice::{
    Bend, Practice, ToolRegistration,
    browser::{Browser, Handshake, Page},
    fields::{self, Fields},
};
use serde_json::Value;

use super::app::TestApp;

/// What is sent in an attempt, and by whom.
pub struct Attempt<'a> {
    lms: &'a Practice,
    tool: &'a ToolRegistration,
    browser: Browser,
}

/// The answer to a launch, and the way there.
pub struct Tried {
    /// The login's answer.
    pub handshake: Handshake,
    /// What was posted to `/lti/launch`.
    pub fields: Fields,
    /// What came back; not followed.
    pub page: Page,
}

impl TestApp {
    /// A new browser in front of P1.
    pub fn attempt(&self) -> Attempt<'_> {
        self.attempt_from(self.browser())
    }

    /// The same with this browser.
    pub fn attempt_from(&self, browser: Browser) -> Attempt<'_> {
        Attempt { lms: &self.lms, tool: &self.tool, browser }
    }

    /// VL and VT in a fresh browser, bent.
    pub async fn launch(&self, bends: &[Bend]) -> Tried {
        self.attempt().launch(bends).await
    }

    /// A straight launch of this person in these roles.
    pub async fn launch_as(&self, sub: &str, roles: &[&str]) -> Tried {
        self.launch(&[
            Bend::claim("sub", sub),
            Bend::claim(practice::claims::ROLES, serde_json::json!(roles)),
        ])
        .await
    }
}

impl<'a> Attempt<'a> {
    /// At another platform.
    pub fn at(lms: &'a Practice, tool: &'a ToolRegistration, browser: Browser) -> Self {
        Self { lms, tool, browser }
    }

    /// The browser.
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// The login, with the `Login` bends.
    pub async fn login(&self, bends: &[Bend]) -> Handshake {
        let mut login = self.lms.valid_login(self.tool);
        for bend in bends {
            if let Bend::Login(change) = bend {
                change.apply(&mut login);
            }
        }
        self.browser.begin_login(self.lms, self.tool, login).await.unwrap()
    }

    /// The claims of VT for a login.
    pub fn claims(&self, handshake: &Handshake) -> Value {
        self.lms.valid_claims(self.tool, &handshake.nonce)
    }

    /// The fields of VT for a login, bent.
    pub fn fields(&self, handshake: &Handshake, bends: &[Bend]) -> Fields {
        let token = self.lms.mint_bent(&self.claims(handshake), bends);
        let mut answer = fields::owned(&[("id_token", &token), ("state", &handshake.state)]);
        for bend in bends {
            if let Bend::Answer(change) = bend {
                change.apply(&mut answer);
            }
        }
        answer
    }

    /// Posts fields as the LMS would.
    pub async fn deliver(&self, fields: Fields) -> Page {
        self.browser.deliver_fields(self.lms, self.tool, fields).await.unwrap()
    }

    /// Login and launch.
    pub async fn launch(&self, bends: &[Bend]) -> Tried {
        let handshake = self.login(bends).await;
        let fields = self.fields(&handshake, bends);
        let page = self.deliver(fields.clone()).await;
        Tried { handshake, fields, page }
    }

    /// Follows the redirect of a good launch to the page.
    pub async fn follow(&self, tried: &Tried) -> Page {
        self.browser.follow(tried.page.clone()).await.unwrap()
    }
}

impl Tried {
    /// The launch was good: 303 with a launch id.
    #[track_caller]
    pub fn assert_ok(&self, about: &str) -> String {
        assert_eq!(self.page.status, 303, "{about}: {}", self.page.text());
        let location = self.page.location().unwrap();
        let id = location.query_pairs().find(|(name, _)| name == "launch");
        id.expect("a launch id").1.into_owned()
    }

    /// The launch was refused with this status and code, on a page.
    #[track_caller]
    pub fn assert_refused(&self, about: &str, status: u16, code: &str) {
        refused(about, &self.page, status, code);
    }
}

/// The page is a refusal with this status and code.
#[track_caller]
pub fn refused(about: &str, page: &Page, status: u16, code: &str) {
    assert_eq!(page.status, status, "{about}: {}", page.text());
    assert!(page.contains(code), "{about}: the page lacks {code}: {}", page.text());
    assert!(
        page.header("x-correlation-id").is_some_and(|id| page.contains(id)),
        "{about}: no correlation id"
    );
}
