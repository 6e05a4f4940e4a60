//! Platforms: LTI registrations.

use lti::quirks::Family;
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::{Any, Example},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, Listed, asked, created, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::{
        installation::{self, Decision},
        platform::{self, Details, NewPlatform},
        platform_key,
    },
    ids::PlatformId,
    store::{
        entity::{
            platform as entity, platform_key as key_entity, platform_registration as registration_entity,
        },
        platform as rows,
    },
    web::who::{MayPlace, MayRead},
};

/// What may be given of a platform, and corrected later. Addresses left out of a new platform come from
/// its family's template for `host`.
#[derive(Clone, Debug, Default, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct PlatformPatch {
    /// `iss`, byte for byte.
    issuer_url: Option<String>,
    /// Our name at the platform.
    client_id: Option<String>,
    /// Where authentication requests go.
    authorization_endpoint: Option<String>,
    /// Where service tokens come from.
    token_endpoint: Option<String>,
    /// Audience of client assertions, when it is not the token endpoint.
    token_audience: Option<String>,
    /// Where its keys are.
    jwks_url: Option<String>,
    /// Its keys, when it has no address for them.
    jwks_inline: Option<Any<Value>>,
    /// Its key as PEM, when it shows only that.
    public_key_pem: Option<String>,
    /// Switches that differ from the defaults.
    settings: Option<Any<Value>>,
    /// `false` refuses every login.
    enabled: Option<bool>,
}

impl Example for PlatformPatch {
    fn example() -> Self {
        Self { client_id: Some("k3Jr5xQw9".to_owned()), ..Self::default() }
    }
}

impl From<PlatformPatch> for Details {
    fn from(given: PlatformPatch) -> Self {
        Self {
            issuer_url: given.issuer_url,
            client_id: given.client_id,
            authorization_endpoint: given.authorization_endpoint,
            token_endpoint: given.token_endpoint,
            token_audience: given.token_audience,
            jwks_url: given.jwks_url,
            jwks_inline: given.jwks_inline.map(|keys| keys.0),
            public_key_pem: given.public_key_pem,
            settings: given.settings.map(|settings| settings.0),
            is_enabled: given.enabled,
        }
    }
}

/// A new platform.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct PlatformIn {
    /// `moodle`, `canvas`, …, or `other`.
    family: String,
    /// The platform's own address, for the family's template.
    host: Option<String>,
    /// The number the platform gave the tool, where its addresses hold one.
    tool: Option<String>,
    /// Name for people; its host if left out.
    name: Option<String>,
    /// What differs from the template.
    details: Option<PlatformPatch>,
}

impl PlatformIn {
    pub(super) fn into_new(self, is_shared: bool) -> NewPlatform {
        NewPlatform {
            family: self.family,
            host: self.host,
            tool: self.tool,
            name: self.name,
            is_shared,
            details: self.details.unwrap_or_default().into(),
        }
    }
}

impl Example for PlatformIn {
    fn example() -> Self {
        Self {
            family: "moodle".to_owned(),
            host: Some("https://moodle.example.org".to_owned()),
            tool: None,
            name: Some("Campus Moodle".to_owned()),
            details: Some(PlatformPatch {
                client_id: Some("k3Jr5xQw8".to_owned()),
                ..PlatformPatch::default()
            }),
        }
    }
}

/// A platform.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct PlatformOut {
    /// Its id; it stands in public addresses.
    id: PlatformId,
    /// Shared by customers of one client id: only the server's operators change it.
    shared: bool,
    /// Its family.
    family: String,
    /// Its name for people.
    name: String,
    /// `iss`.
    issuer_url: String,
    /// Our name at the platform; empty until it is known.
    client_id: String,
    /// Where authentication requests go.
    authorization_endpoint: String,
    /// Where service tokens come from.
    token_endpoint: Option<String>,
    /// Audience of client assertions.
    token_audience: Option<String>,
    /// Where its keys are.
    jwks_url: Option<String>,
    /// Its own switches, where they differ from the server's configuration.
    settings: Any<Value>,
    /// Whether it may launch. `frozen`: it says that it is another installation (`seen_guid`); thaw it.
    state: entity::PlatformState,
    /// Which installation it is, as its launches say (`tool_platform.guid`).
    guid: Option<String>,
    /// The other installation for which it is frozen.
    seen_guid: Option<String>,
    /// What it granted when it registered itself; absent when it was set up by hand.
    registration: Option<PlatformRegistrationOut>,
    /// Give this to the platform: where logins begin.
    login_url: String,
    /// Give this to the platform: where launches arrive.
    launch_url: String,
    /// Give this to the platform: our public keys for it.
    tool_jwks_url: String,
    /// For the platform's administrator: a page with all that is to be entered there, and where.
    setup_url: String,
    /// When it was added.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl PlatformOut {
    /// As it is without what it granted.
    pub(super) fn of(app: &App, row: entity::Model) -> Self {
        Self::with(app, row, None)
    }

    fn with(app: &App, row: entity::Model, granted: Option<registration_entity::Model>) -> Self {
        let family = Family::services_of(&row.family);
        let url = &app.settings.server.public_url;
        Self {
            shared: row.organization_id.is_none(),
            login_url: url.at(&format!("/lti/login/{}", row.id)),
            launch_url: url.at("/lti/launch"),
            tool_jwks_url: url.at(&format!("/lti/jwks/{}", row.id)),
            setup_url: url.at(&format!("/lti/setup/{}", row.id)),
            id: row.id,
            family: row.family,
            name: row.name,
            issuer_url: row.issuer_url,
            client_id: row.client_id,
            authorization_endpoint: row.authorization_endpoint,
            token_endpoint: row.token_endpoint,
            token_audience: row.token_audience,
            jwks_url: row.jwks_url,
            settings: Any(row.settings),
            state: row.state,
            guid: row.guid,
            seen_guid: row.seen_guid,
            registration: granted.map(|granted| PlatformRegistrationOut {
                product: granted.product,
                version: granted.version,
                scopes: serde_json::from_value(granted.scopes).unwrap_or_default(),
                scopes_certain: !family.registered_scope_lies,
                messages: Any(granted.messages),
                awaited_activation: granted.awaits_activation,
                warnings: Any(granted.warnings),
                registered_at: granted.registered_at,
                updated_at: granted.updated_at,
            }),
            created_at: row.created_at,
        }
    }

    /// One row, with what the platform granted.
    async fn found(app: &App, row: entity::Model) -> crate::error::Result<Self> {
        let granted = platform::granted(app, row.id).await?;
        Ok(Self::with(app, row, granted))
    }
}

/// What a platform granted when it registered itself.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct PlatformRegistrationOut {
    /// The product, as it says.
    product: Option<String>,
    /// The product's version, as it says.
    version: Option<String>,
    /// What it says that it granted.
    scopes: Vec<String>,
    /// Whether that can be believed: some products list more than they grant, and only launches tell.
    scopes_certain: bool,
    /// Kinds of messages with their placements: `[{"type": …, "placements": […]}]`.
    messages: Any<Value>,
    /// Somebody had to switch the tool on over there afterwards.
    awaited_activation: bool,
    /// What was odd about its configuration: `[{"code": …, "about": …}]`.
    warnings: Any<Value>,
    /// When it registered.
    registered_at: chrono::DateTime<chrono::Utc>,
    /// When it last changed its registration.
    updated_at: chrono::DateTime<chrono::Utc>,
}

impl Example for PlatformRegistrationOut {
    fn example() -> Self {
        Self {
            product: Some("moodle".to_owned()),
            version: Some("4.5.5+ (Build: 20250613)".to_owned()),
            scopes: vec!["https://purl.imsglobal.org/spec/lti-ags/scope/score".to_owned()],
            scopes_certain: false,
            messages: Any(json!([{ "type": "LtiDeepLinkingRequest", "placements": ["ContentArea"] }])),
            awaited_activation: true,
            warnings: Any(json!([])),
            registered_at: examples::time(),
            updated_at: examples::time(),
        }
    }
}

/// What an operator says about a frozen platform or deployment.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct ThawIn {
    /// What it is.
    decision: ThawDecision,
}

/// What a frozen platform or deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ThawDecision {
    /// The installation it was, under a new guid: it works again, and the new guid is kept.
    Same,
    /// Another installation at the old address. It stays switched off for good; people known from it keep their
    /// awards, but nobody who comes from that address is taken for them any more. Register the new one anew.
    Rebuilt,
}

impl ThawIn {
    pub(super) fn decision(&self) -> Decision {
        match self.decision {
            ThawDecision::Same => Decision::Same,
            ThawDecision::Rebuilt => Decision::Rebuilt,
        }
    }
}

impl Example for ThawIn {
    fn example() -> Self {
        Self { decision: ThawDecision::Same }
    }
}

impl Example for PlatformOut {
    fn example() -> Self {
        let id: PlatformId = examples::platform();
        Self {
            id,
            shared: false,
            family: "moodle".to_owned(),
            name: "Campus Moodle".to_owned(),
            issuer_url: "https://moodle.example.org".to_owned(),
            client_id: "k3Jr5xQw8".to_owned(),
            authorization_endpoint: "https://moodle.example.org/mod/lti/auth.php".to_owned(),
            token_endpoint: Some("https://moodle.example.org/mod/lti/token.php".to_owned()),
            token_audience: None,
            jwks_url: Some("https://moodle.example.org/mod/lti/certs.php".to_owned()),
            settings: Any(json!({ "leeway_s": 120 })),
            state: entity::PlatformState::Active,
            guid: Some("moodle.example.org-5f2e".to_owned()),
            seen_guid: None,
            registration: Some(PlatformRegistrationOut::example()),
            login_url: format!("https://badges.example.org/lti/login/{id}"),
            launch_url: "https://badges.example.org/lti/launch".to_owned(),
            tool_jwks_url: format!("https://badges.example.org/lti/jwks/{id}"),
            setup_url: format!("https://badges.example.org/lti/setup/{id}"),
            created_at: examples::time(),
        }
    }
}

/// A key with which we sign for a platform; only its public half.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct PlatformKeyOut {
    /// Its name in the key set.
    kid: String,
    /// From when on it signs.
    signs_from: chrono::DateTime<chrono::Utc>,
    /// When it leaves the key set.
    retired_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was made and published.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl Example for PlatformKeyOut {
    fn example() -> Self {
        Self {
            kid: "8cYw2m1xVbT0uQe4".to_owned(),
            signs_from: examples::time() + platform_key::OVERLAP,
            retired_at: None,
            created_at: examples::time(),
        }
    }
}

impl From<key_entity::Model> for PlatformKeyOut {
    fn from(row: key_entity::Model) -> Self {
        Self {
            kid: row.kid,
            signs_from: row.activates_at,
            retired_at: row.retired_at,
            created_at: row.created_at,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Platforms;

#[OpenApi(prefix_path = "/platforms", tag = "Tag::Platforms")]
impl Platforms {
    /// Add a platform.
    ///
    /// It gets a signing key of its own. It may be added before the platform has told its client id:
    /// it refuses launches until an update brings it.
    ///
    /// Scope: `place`.
    #[oai(path = "/", method = "post", operation_id = "platform_add")]
    async fn platform_add(
        &self,
        app: Data<&App>,
        may: MayPlace,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<PlatformIn>,
    ) -> Result<Created<PlatformOut>, WriteProblem> {
        let made = platform::add(&app, &may.caller, body.0.into_new(false)).await?;
        Ok(created(PlatformOut::of(&app, made)))
    }

    /// List platforms.
    ///
    /// The organization's own and the shared ones, newest first.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "platform_list")]
    async fn platform_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<PlatformOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        let ids = page.items.iter().map(|row| row.id);
        let mut granted = rows::registrations(app.store.read(), ids).await?;
        Ok(listed(page, |row| {
            let at = granted.iter().position(|granted| granted.id == row.id);
            PlatformOut::with(&app, row, at.map(|at| granted.swap_remove(at)))
        }))
    }

    /// Fetch one platform.
    ///
    /// With the addresses the platform wants to know.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "platform_find")]
    async fn platform_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<PlatformId>,
    ) -> Result<Json<PlatformOut>, ReadProblem> {
        let row = platform::find(&app, may.caller.organization, id.0).await?;
        Ok(Json(PlatformOut::found(&app, row).await?))
    }

    /// Correct a platform.
    ///
    /// What is left out stays. Shared platforms are refused (403).
    ///
    /// Scope: `place`.
    #[oai(path = "/:id", method = "patch", operation_id = "platform_update")]
    async fn platform_update(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlatformId>,
        body: Json<PlatformPatch>,
    ) -> Result<Json<PlatformOut>, WriteProblem> {
        let updated = platform::update(&app, &may.caller, id.0, &body.0.into()).await?;
        Ok(Json(PlatformOut::found(&app, updated).await?))
    }

    /// Thaw a frozen platform.
    ///
    /// Its launches brought another `tool_platform.guid` than it had before, so nothing of it is taken in until
    /// somebody says what it is. Refused (409) when it is not frozen.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/thaw", method = "post", operation_id = "platform_thaw")]
    async fn platform_thaw(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlatformId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<ThawIn>,
    ) -> Result<Json<PlatformOut>, WriteProblem> {
        let thawed = installation::thaw_platform(&app, &may.caller, id.0, body.0.decision()).await?;
        Ok(Json(PlatformOut::found(&app, thawed).await?))
    }

    /// Rotate our key for a platform.
    ///
    /// The next key is published now and signs a day later; the old one stays published another day.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/rotate-key", method = "post", operation_id = "platform_rotate_key")]
    async fn platform_rotate_key(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlatformId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<PlatformKeyOut>, WriteProblem> {
        Ok(Json(platform_key::rotate(&app, &may.caller, id.0).await?.into()))
    }
}
