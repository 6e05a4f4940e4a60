//! What operators do and see: shared platforms and claim codes, health, diagnosis, set-up pages, floods (O06, O08).

mod check;
mod claims;
mod health;
mod setup;

use laurel::{
    domain::{
        access::{Actor, Caller, Scope},
        api_key::{self, NewKey},
        organization::{self, NewOrganization},
        platform::{self, Details, NewPlatform},
    },
    ids::OrganizationId,
    store::entity::platform as platforms,
};
use practice::{Bend, ToolRegistration, browser::Browser, claims as names, fields};
use serde_json::json;

use crate::support::{app::TestApp, attempt::Tried};

/// The issuer of everybody's cloud.
pub const CLOUD: &str = "https://shared.lms.example";

/// P2: one platform that customers share, kept by the server's operators.
pub struct Shared {
    pub app: TestApp,
    pub platform: platforms::Model,
}

/// Another tenant, with a key that may do everything in it.
pub struct Tenant {
    pub organization: OrganizationId,
    pub key: String,
}

impl Shared {
    pub async fn new() -> Self {
        Self::on(TestApp::new().await).await
    }

    pub async fn on(app: TestApp) -> Self {
        let new = NewPlatform {
            family: "other".to_owned(),
            name: Some("Cloud".to_owned()),
            is_shared: true,
            details: Details {
                issuer_url: Some(CLOUD.to_owned()),
                client_id: Some("c-200".to_owned()),
                authorization_endpoint: Some(app.lms.authorization_endpoint()),
                token_endpoint: Some(app.lms.token_endpoint()),
                jwks_url: Some(app.lms.jwks_url()),
                ..Details::default()
            },
            ..NewPlatform::default()
        };
        let platform = platform::add(&app.app, &Caller::server(Actor::CommandLine), new).await.unwrap();
        Self { app, platform }
    }

    /// The tool as a customer of the cloud has it.
    pub fn tool(&self, deployment: &str) -> ToolRegistration {
        let mut tool = self.app.tool.clone();
        tool.client_id = "c-200".to_owned();
        tool.deployment_id = deployment.to_owned();
        tool
    }

    /// Somebody in this role launches from a customer's deployment.
    pub async fn launch(&self, browser: &Browser, deployment: &str, role: &str) -> Tried {
        let tool = self.tool(deployment);
        let bends = [
            Bend::set_login("iss", CLOUD),
            Bend::claim("iss", CLOUD),
            Bend::claim(names::ROLES, json!([role])),
        ];
        let lms = &self.app.lms;
        let mut login = lms.valid_login(&tool);
        for bend in &bends {
            if let Bend::Login(change) = bend {
                change.apply(&mut login);
            }
        }
        let handshake = browser.begin_login(lms, &tool, login).await.unwrap();
        let token = lms.mint_bent(&lms.valid_claims(&tool, &handshake.nonce), &bends);
        let fields = fields::owned(&[("id_token", &token), ("state", &handshake.state)]);
        let page = browser.deliver_fields(lms, &tool, fields.clone()).await.unwrap();
        Tried { handshake, fields, page }
    }
}

/// A tenant of its own.
pub async fn tenant(app: &TestApp, slug: &str) -> Tenant {
    let nobody = Caller::server(Actor::CommandLine);
    let new = NewOrganization { slug: slug.to_owned(), name: format!("The {slug}") };
    let organization = organization::create(&app.app, &nobody, new).await.unwrap().id;
    let new = NewKey {
        name: "All".to_owned(),
        scopes: Scope::ALL.into_iter().filter(|scope| *scope != Scope::Server).collect(),
        expires_at: None,
        event_strength: criteria::Strength::Strong,
    };
    let caller = Caller::new(organization, Actor::CommandLine);
    let key = api_key::create(&app.app, &caller, Some(organization), new).await.unwrap().secret.unwrap();
    Tenant { organization, key }
}
