//! The registration request (§20.3): the offer, cut to what the platform says it can serve, with the members
//! that its product wants beside the standard's.

use openidconnect::{
    ClientContactEmail, ClientName, ClientUrl, JsonWebKeySetUrl, LanguageTag, LocalizedClaim, LogoUrl,
    PolicyUrl, RedirectUrl, ResponseTypes, ToSUrl,
    core::{CoreApplicationType, CoreClientAuthMethod, CoreGrantType, CoreResponseType},
    registration::ClientRegistrationRequest,
};
use serde_json::{Map, Value, json};

use super::{
    JSON,
    configuration::Configuration,
    document::{LtiTool, MessageBlock, ToolBlock, ToolDocument},
    offer::{Offer, OfferError, Page, domain_of},
};
use crate::{
    deep_linking::ItemType,
    launch::Kind,
    quirks::Extras,
    services::{Body, Method, Request, Scopes, scope},
};

/// The claims that we use.
const CLAIMS: [&str; 7] = ["iss", "sub", "name", "given_name", "family_name", "email", "locale"];

const CANVAS: &str = "https://canvas.instructure.com/lti/";

/// A registration to be sent to one platform.
#[derive(Clone, Debug)]
pub struct Proposal {
    body: Map<String, Value>,
    scopes: Scopes,
    endpoint: String,
}

impl Offer<'_> {
    /// Writes the registration for a platform.
    ///
    /// # Errors
    /// [`OfferError`]: our own addresses are wrong.
    pub fn propose(&self, platform: &Configuration) -> Result<Proposal, OfferError> {
        let domain = domain_of(self.launch_url).ok_or(OfferError::NotAnAddress("launch_url"))?;
        for (name, page) in [("home", Some(self.home)), ("picker", self.picker), ("review", self.review)] {
            let Some(page) = page else { continue };
            let own = domain_of(page.url).ok_or(OfferError::NotAnAddress(name))?;
            if own != domain && !self.secondary_domains.contains(&own.as_str()) {
                return Err(OfferError::ForeignPage(name));
            }
        }
        let scopes = self.scopes_for(platform);
        let document = self.document(platform, domain, &scopes)?;
        let Ok(Value::Object(body)) = serde_json::to_value(document.client_metadata()) else {
            return Err(OfferError::NotWritten);
        };
        Ok(Proposal { body, scopes, endpoint: platform.registration_endpoint().to_owned() })
    }

    fn document(
        &self,
        platform: &Configuration,
        domain: String,
        scopes: &Scopes,
    ) -> Result<ToolDocument, OfferError> {
        let canvas = platform.quirks().extras == Extras::Canvas;
        let mut extras = Map::new();
        if canvas {
            // Without it Canvas sends neither names nor addresses.
            extras.insert(format!("{CANVAS}privacy_level"), json!("public"));
            extras.insert(format!("{CANVAS}tool_id"), json!(self.tool_id));
            extras.insert(format!("{CANVAS}vendor"), json!(self.vendor));
        }
        let parameters = self.parameters.iter();
        let lti = LtiTool {
            scope: scopes.to_string(),
            tool: ToolBlock {
                domain,
                secondary_domains: self.secondary_domains.iter().map(|&host| host.to_owned()).collect(),
                target_link_uri: self.home.url.to_owned(),
                description: self.description.to_owned(),
                custom_parameters: parameters.map(|one| (one.key.to_owned(), one.variable.into())).collect(),
                claims: CLAIMS.iter().map(|&claim| claim.to_owned()).collect(),
                messages: self.messages_for(platform),
                extras,
            },
        };
        let address = |name| move |_| OfferError::NotAnAddress(name);
        let redirect = RedirectUrl::new(self.launch_url.to_owned()).map_err(address("launch_url"))?;
        let jwks = JsonWebKeySetUrl::new(self.jwks_url.to_owned()).map_err(address("jwks_url"))?;
        let login = openidconnect::InitiateLoginUrl::new(self.login_url.to_owned());
        let mut names = LocalizedClaim::from(ClientName::new(self.name.to_owned()));
        for &(language, name) in self.names {
            names.insert(Some(LanguageTag::new(language.to_owned())), ClientName::new(name.to_owned()));
        }
        let contacts = self.contacts.iter().map(|&one| ClientContactEmail::new(one.to_owned())).collect();
        let text = |url: Option<&str>| url.map(str::to_owned);
        let logo = text(self.logo_url).map(LogoUrl::new).transpose().map_err(address("logo_url"))?;
        let client = text(self.client_url).map(ClientUrl::new).transpose().map_err(address("client_url"))?;
        let policy = text(self.policy_url).map(PolicyUrl::new).transpose().map_err(address("policy_url"))?;
        let terms = text(self.terms_url).map(ToSUrl::new).transpose().map_err(address("terms_url"))?;
        let document: ToolDocument = ClientRegistrationRequest::new(vec![redirect], lti);
        Ok(document
            .set_application_type(Some(CoreApplicationType::Web))
            .set_response_types(Some(vec![ResponseTypes::new(vec![CoreResponseType::IdToken])]))
            .set_grant_types(Some(vec![CoreGrantType::Implicit, CoreGrantType::ClientCredentials]))
            .set_initiate_login_uri(Some(login.map_err(address("login_url"))?))
            .set_client_name(Some(names))
            .set_jwks_uri(Some(jwks))
            .set_logo_uri(logo.map(LocalizedClaim::from))
            .set_client_uri(client.map(LocalizedClaim::from))
            .set_policy_uri(policy.map(LocalizedClaim::from))
            .set_tos_uri(terms.map(LocalizedClaim::from))
            .set_contacts((!self.contacts.is_empty()).then_some(contacts))
            .set_token_endpoint_auth_method(Some(CoreClientAuthMethod::PrivateKeyJwt)))
    }

    /// What to ask for: what the platform lists, or everything if its list names no service at all (G15).
    /// Notices are announced by their types.
    fn scopes_for(&self, platform: &Configuration) -> Scopes {
        let listed: Scopes = platform.scopes().collect();
        let lists_services = scope::ALL.iter().any(|known| listed.contains(known));
        let wanted = |scope: &&&str| match **scope {
            scope::NOTICE_HANDLERS => !platform.notice_types().is_empty(),
            // Asked for unlisted, these two would only make a careful platform refuse the whole.
            scope::GROUP_READONLY => listed.contains(scope::GROUP_READONLY),
            scope::LINEITEM_READONLY => {
                listed.contains(scope::LINEITEM_READONLY) && !listed.contains(scope::LINEITEM)
            }
            other => !lists_services || listed.contains(other),
        };
        self.scopes.iter().filter(wanted).collect()
    }

    /// The messages that the platform lists, at the placements that it lists.
    fn messages_for(&self, platform: &Configuration) -> Vec<MessageBlock> {
        let quirks = platform.quirks();
        let pages = [
            (Kind::ResourceLink, Some(self.home), quirks.link_placements),
            (Kind::DeepLinking, self.picker, quirks.picker_placements),
            (Kind::SubmissionReview, self.review, &[][..]),
        ];
        let listed = platform.messages();
        let canvas = quirks.extras == Extras::Canvas;
        let mut messages = Vec::new();
        for (kind, page, wanted) in pages {
            let Some(page) = page else { continue };
            let support = listed.iter().find(|support| support.kind == kind.name());
            // Plain launches are what LTI is; the rest only where it is known to come.
            let is_listed = support.is_some()
                || kind == Kind::ResourceLink
                || (listed.is_empty() && kind == Kind::DeepLinking);
            if !is_listed {
                continue;
            }
            let offered = support.map(|support| support.placements.as_slice()).unwrap_or_default();
            let placements: Vec<&str> = wanted
                .iter()
                .filter(|placement| offered.is_empty() || offered.iter().any(|one| one == *placement))
                .copied()
                .collect();
            // Canvas wants one message for each placement.
            match canvas && placements.len() > 1 {
                true => {
                    messages.extend(placements.iter().map(|one| self.message(kind, page, &[one], canvas)));
                }
                false => messages.push(self.message(kind, page, &placements, canvas)),
            }
        }
        messages
    }

    fn message(&self, kind: Kind, page: Page<'_>, placements: &[&str], canvas: bool) -> MessageBlock {
        let mut extras: Map<String, Value> =
            page.labels.iter().map(|(language, text)| (format!("label#{language}"), json!(text))).collect();
        if canvas && placements.contains(&"course_navigation") {
            // In the menu of those courses whose teachers want it.
            extras.insert(format!("{CANVAS}course_navigation/default_enabled"), json!(false));
        }
        MessageBlock {
            kind: kind.name().to_owned(),
            target_link_uri: page.url.to_owned(),
            label: page.label.to_owned(),
            icon_uri: self.logo_url.map(str::to_owned),
            placements: placements.iter().map(|&one| one.to_owned()).collect(),
            supported_types: match kind {
                Kind::DeepLinking => vec![ItemType::ResourceLink.name().to_owned()],
                Kind::ResourceLink | Kind::SubmissionReview => Vec::new(),
            },
            extras,
        }
    }
}

impl Proposal {
    /// The scopes that are asked for.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The registration as it will be sent.
    #[must_use]
    pub fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// The request that registers us. Send it once, with the initiation's bearer.
    #[must_use]
    pub fn request(&self) -> Request {
        self.written(Method::Post, self.endpoint.clone(), self.body.clone())
    }

    /// The request that reads what is registered now, where the initiation's token is one for an update
    /// (Moodle); the answer is read by [`super::Registered::read`]. Then [`Proposal::request`] updates it.
    #[must_use]
    pub fn current(&self) -> Request {
        Request { method: Method::Get, url: self.endpoint.clone(), accept: JSON, body: None, scope: None }
    }

    /// The request that replaces an earlier registration at its own address (RFC 7592 §2.2), with that
    /// registration's access token as bearer.
    #[must_use]
    pub fn update(&self, uri: &str, client_id: &str) -> Request {
        let mut body = self.body.clone();
        body.insert("client_id".to_owned(), client_id.into());
        self.written(Method::Put, uri.to_owned(), body)
    }

    fn written(&self, method: Method, url: String, body: Map<String, Value>) -> Request {
        let bytes = Value::Object(body).to_string().into_bytes();
        Request { method, url, accept: JSON, body: Some(Body { content_type: JSON, bytes }), scope: None }
    }
}
