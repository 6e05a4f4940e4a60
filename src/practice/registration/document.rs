//! The platform's configuration document (lti-1.3-tool.md §20.2) with its oddities.

use serde_json::{Map, Value, json};

use super::PLATFORM_CONFIGURATION;
use crate::{
    lms::{Lms, lock},
    manners::{Manners, RegistrationManners},
    opening::put,
};

/// The document is for the bearer of a registration token only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotShown;

impl Lms {
    /// The configuration document's address, with its query if it has one.
    #[must_use]
    pub fn configuration_url(&self) -> String {
        let query = self.manners().registration.configuration_query;
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}/openid-configuration{query}", self.base_url())
    }

    /// The document, if this request may see it: whoever leaves the query of its address out gets nothing.
    pub(crate) fn show_configuration(&self, query: &str, bearer: Option<&str>) -> Result<Value, NotShown> {
        let manners = self.manners();
        let wants = manners.registration.configuration_query.as_deref().unwrap_or_default();
        if !wants.split('&').all(|pair| pair.is_empty() || query.split('&').any(|given| given == pair)) {
            return Err(NotShown);
        }
        let now = self.now();
        let known = bearer.is_some_and(|bearer| {
            lock(&self.messages.tickets)
                .iter()
                .any(|ticket| ticket.token == bearer && ticket.expires_at > now)
        });
        if manners.registration.configuration_needs_token && !known {
            return Err(NotShown);
        }
        Ok(self.openid_configuration())
    }

    /// The configuration document.
    #[must_use]
    pub fn openid_configuration(&self) -> Value {
        let manners = self.manners();
        let registration = &manners.registration;
        let mut document = json!({
            "issuer": self.issuer(),
            "authorization_endpoint": self.authorization_endpoint(),
            "token_endpoint": self.token_endpoint(),
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "jwks_uri": self.jwks_url(),
            "registration_endpoint": self.registration_endpoint(),
            "scopes_supported": registration.scopes_supported,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": registration.claims_supported,
            PLATFORM_CONFIGURATION: platform_configuration(&manners, self.quirks(|quirks| quirks.product_family)),
        });
        // Where assertions are for somebody else than the token endpoint, the document says for whom (Brightspace).
        let audience = Some(self.token_audience()).filter(|audience| *audience != self.token_endpoint());
        if let Some(audience) = audience {
            put(&mut document, "authorization_server", audience.into());
        }
        for change in &registration.configuration_changes {
            change.apply(&mut document);
        }
        document
    }
}

fn platform_configuration(manners: &Manners, family: &str) -> Value {
    let mut platform = json!({
        "product_family_code": family,
        "version": manners.version,
        "messages_supported": messages(&manners.registration),
        "variables": ["User.id", "Context.id", "Context.title", "Context.id.history", "ResourceLink.id",
            "ResourceLink.title", "ResourceLink.id.history", "Person.name.full", "Person.email.primary"],
    });
    if manners.registration.bare_messages {
        let placements: Vec<&String> = manners.registration.messages.iter().flat_map(|(_, at)| at).collect();
        put(&mut platform, "placements", json!(placements));
    }
    if manners.notices.offered {
        put(&mut platform, "notice_types_supported", json!(crate::notices::TYPES));
    }
    platform
}

fn messages(manners: &RegistrationManners) -> Vec<Value> {
    manners
        .messages
        .iter()
        .map(|(kind, placements)| {
            if manners.bare_messages {
                return kind.as_str().into();
            }
            let mut message = Map::new();
            message.insert("type".to_owned(), kind.as_str().into());
            if !placements.is_empty() {
                message.insert("placements".to_owned(), json!(placements));
            }
            message.into()
        })
        .collect()
}
