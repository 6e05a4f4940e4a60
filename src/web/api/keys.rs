//! Keys of this API. A key grants no more than it holds itself.

use criteria::Strength;
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{CreatedSecret, Listed, asked, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::{
        access::Scope,
        api_key::{self, MadeKey, NewKey},
    },
    ids::ApiKeyId,
    store::{api_key as rows, entity::api_key as entity},
    web::who::MayOperate,
};

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum KeyScope {
    /// Read everything of the organization but secrets.
    Read,
    /// Define issuers, achievements and artwork.
    Define,
    /// Set up platforms and deployments, placements and rules.
    Place,
    /// Send events.
    Events,
    /// Award, revoke, correct.
    Award,
    /// Decide on learners who wait for people, on behalf of the people it names.
    Approve,
    /// Keys, jobs, launch records, audit.
    Operate,
}

impl KeyScope {
    fn scope(self) -> Scope {
        match self {
            Self::Read => Scope::Read,
            Self::Define => Scope::Define,
            Self::Place => Scope::Place,
            Self::Events => Scope::Events,
            Self::Award => Scope::Award,
            Self::Approve => Scope::Approve,
            Self::Operate => Scope::Operate,
        }
    }

    fn of(scope: Scope) -> Option<Self> {
        match scope {
            Scope::Read => Some(Self::Read),
            Scope::Define => Some(Self::Define),
            Scope::Place => Some(Self::Place),
            Scope::Events => Some(Self::Events),
            Scope::Award => Some(Self::Award),
            Scope::Approve => Some(Self::Approve),
            Scope::Operate => Some(Self::Operate),
            Scope::Server => None,
        }
    }
}

/// How much the events of a key prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum EventStrength {
    /// As much as a launch.
    Weak,
    /// As much as a column of our own.
    Medium,
    /// As much as the platform's own record.
    Strong,
}

impl EventStrength {
    pub fn strength(self) -> Strength {
        match self {
            Self::Weak => Strength::Weak,
            Self::Medium => Strength::Medium,
            Self::Strong => Strength::Strong,
        }
    }

    pub fn of(strength: Strength) -> Self {
        match strength {
            Strength::Weak => Self::Weak,
            Strength::Medium => Self::Medium,
            Strength::Strong | Strength::Attested => Self::Strong,
        }
    }
}

/// A new key.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct KeyIn {
    /// What it is for.
    name: String,
    /// What it may do; no more than the key that makes it.
    scopes: Vec<KeyScope>,
    /// How much its events prove; `medium` if left out, no more than those of the key that makes it.
    event_strength: Option<EventStrength>,
    /// When it stops working.
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Example for KeyIn {
    fn example() -> Self {
        Self {
            name: "Student information system".to_owned(),
            scopes: vec![KeyScope::Read, KeyScope::Events],
            event_strength: Some(EventStrength::Medium),
            expires_at: None,
        }
    }
}

/// A key.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct KeyOut {
    /// Its id.
    id: ApiKeyId,
    /// What it is for.
    name: String,
    /// The part of it that may be seen.
    prefix: String,
    /// What it may do.
    scopes: Vec<KeyScope>,
    /// How much its events prove.
    event_strength: EventStrength,
    /// The key itself: only in the answer that made it, never again.
    secret: Option<String>,
    /// When it was made.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it stops working.
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was last used, to the minute.
    last_used_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was revoked.
    revoked_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl From<entity::Model> for KeyOut {
    fn from(row: entity::Model) -> Self {
        Self {
            scopes: api_key::scopes_of(&row).into_iter().filter_map(KeyScope::of).collect(),
            event_strength: EventStrength::of(api_key::strength_of(&row)),
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            secret: None,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

impl Example for KeyOut {
    fn example() -> Self {
        Self {
            id: examples::key(),
            name: "Student information system".to_owned(),
            prefix: "x7Rk2mQp".to_owned(),
            scopes: vec![KeyScope::Read, KeyScope::Events],
            event_strength: EventStrength::Medium,
            secret: None,
            created_at: examples::time(),
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Keys;

#[OpenApi(prefix_path = "/keys", tag = "Tag::Keys")]
impl Keys {
    /// Make a key.
    ///
    /// Its `secret` is shown once: a request repeated under one `Idempotency-Key` finds the key, not its
    /// secret.
    ///
    /// Scope: `operate`.
    #[oai(path = "/", method = "post", operation_id = "key_create")]
    async fn key_create(
        &self,
        app: Data<&App>,
        may: MayOperate,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<KeyIn>,
    ) -> Result<CreatedSecret<KeyOut>, WriteProblem> {
        let given = body.0;
        let own = api_key::strength_of(&may.key);
        let new = NewKey {
            name: given.name,
            scopes: given.scopes.into_iter().map(KeyScope::scope).collect(),
            expires_at: given.expires_at,
            event_strength: given.event_strength.map_or(own.min(Strength::Medium), EventStrength::strength),
        };
        let MadeKey { row, secret } = api_key::delegate(&app, &may.caller, &may.key, new).await?;
        Ok(CreatedSecret::Made(Json(KeyOut { secret, ..KeyOut::from(row) }), "no-store".to_owned()))
    }

    /// List keys.
    ///
    /// Newest first, ended ones too, without their secrets.
    ///
    /// Scope: `operate`.
    #[oai(path = "/", method = "get", operation_id = "key_list")]
    async fn key_list(
        &self,
        app: Data<&App>,
        may: MayOperate,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<KeyOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one key.
    ///
    /// Without its secret.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id", method = "get", operation_id = "key_find")]
    async fn key_find(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<ApiKeyId>,
    ) -> Result<Json<KeyOut>, ReadProblem> {
        Ok(Json(api_key::find(&app, may.caller.organization, id.0).await?.into()))
    }

    /// Revoke a key.
    ///
    /// It stops working at once. Revoking twice is revoking once.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id/revoke", method = "post", operation_id = "key_revoke")]
    async fn key_revoke(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<ApiKeyId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<KeyOut>, WriteProblem> {
        Ok(Json(api_key::revoke(&app, &may.caller, id.0).await?.into()))
    }
}
