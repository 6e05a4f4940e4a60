//! Who asks, for the API: extractors whose presence in a handler means being allowed (house rule 5).
//!
//! [`super::api`]'s gate has looked the key up once per request and left a [`Client`]; each extractor
//! here demands one scope of it. All are one bearer scheme in the document.

use std::sync::Arc;

use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};
use uuid::Uuid;

use crate::{
    domain::{
        access::{Actor, Caller, Scope},
        api_key,
        once::Once,
    },
    error::{Error, Kind},
    ids::OrganizationId,
    store::entity::api_key as entity,
    telemetry::CorrelationId,
};

/// The key of a request, already checked.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its row.
    pub key: Arc<entity::Model>,
    /// The promise of an `Idempotency-Key`.
    pub once: Option<Once>,
}

impl Client {
    fn caller(&self, request: &Request, organization: OrganizationId) -> Caller {
        Caller {
            organization,
            actor: Actor::ApiKey(self.key.id),
            correlation: request.extensions().get::<CorrelationId>().map(ToString::to_string),
            once: self.once.clone(),
        }
    }
}

/// The request's caller if its key holds `scope`. A server key has no organization: it gets the nil
/// one, which owns nothing.
fn allowed(request: &Request, scope: Scope) -> Result<(Caller, Arc<entity::Model>)> {
    let client = request.extensions().get::<Client>().ok_or_else(api_key::unknown)?;
    let is_server = scope == Scope::Server;
    let holds = api_key::scopes_of(&client.key).contains(&scope);
    let organization = match client.key.organization_id {
        Some(organization) if holds && !is_server => organization,
        None if holds && is_server => OrganizationId(Uuid::nil()),
        _ => {
            return Err(Error::new(
                Kind::Forbidden,
                "scope.missing",
                format!("This key lacks the scope {}.", scope.as_str()),
            )
            .into());
        }
    };
    Ok((client.caller(request, organization), Arc::clone(&client.key)))
}

macro_rules! may {
    ($($(#[$doc:meta])* $name:ident = $scope:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            /// On whose behalf.
            pub caller: Caller,
            /// With which key.
            pub key: Arc<entity::Model>,
        }

        impl<'a> ApiExtractor<'a> for $name {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut Registry) {
                registry.create_security_scheme("key", scheme());
            }

            fn security_schemes() -> Vec<&'static str> {
                vec!["key"]
            }

            async fn from_request(
                request: &'a Request,
                _body: &mut RequestBody,
                _options: ExtractParamOptions<()>,
            ) -> Result<Self> {
                let (caller, key) = allowed(request, $scope)?;
                Ok(Self { caller, key })
            }
        }
    )+};
}

may! {
    /// Reads everything of its organization but secrets.
    MayRead = Scope::Read;
    /// Defines issuers, achievements and artwork.
    MayDefine = Scope::Define;
    /// Sets up platforms, deployments and placements.
    MayPlace = Scope::Place;
    /// Sends events.
    MayReport = Scope::Events;
    /// Awards, revokes, corrects.
    MayAward = Scope::Award;
    /// Decides on behalf of the people it names.
    MayApprove = Scope::Approve;
    /// Sees keys, jobs, launch records and the audit.
    MayOperate = Scope::Operate;
    /// A server key.
    MayServe = Scope::Server;
}

fn scheme() -> MetaSecurityScheme {
    MetaSecurityScheme {
        ty: "http",
        description: Some(
            "A key of the API, made by `laurel api-key add` or `POST /keys`. Each operation names the scope \
             it needs.",
        ),
        name: None,
        key_in: None,
        scheme: Some("bearer"),
        bearer_format: Some("laurel_…"),
        flows: None,
        openid_connect_url: None,
    }
}
