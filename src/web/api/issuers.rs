//! Issuers: Open Badges profiles.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, Listed, asked, created, listed, try_listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::{
        addresses,
        issuer::{self, NewIssuer},
    },
    error::Result as Outcome,
    ids::IssuerId,
    store::{
        entity::{issuer as entity, issuer_key},
        issuer as rows,
    },
    web::who::{MayDefine, MayRead},
};

/// A new issuer. Name, address and e-mail stand in every badge.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct IssuerIn {
    /// Global and immutable; stands in the DID.
    slug: String,
    /// Name for people.
    name: String,
    /// Web page of the issuer.
    url: String,
    /// Contact address, published.
    email: String,
    /// A sentence about the issuer.
    description: Option<String>,
    /// Language of its texts, `en` if left out.
    language: Option<String>,
    /// Origin of its documents, immutable; the server's public address if left out.
    base_url: Option<String>,
}

impl Example for IssuerIn {
    fn example() -> Self {
        Self {
            slug: "school-of-design".to_owned(),
            name: "School of Design".to_owned(),
            url: "https://design.example.org".to_owned(),
            email: "badges@design.example.org".to_owned(),
            description: Some("Design courses at North Harbour College".to_owned()),
            language: Some("en".to_owned()),
            base_url: None,
        }
    }
}

/// An issuer.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct IssuerOut {
    /// Its id.
    id: IssuerId,
    /// Its short name.
    slug: String,
    /// Its name for people.
    name: String,
    /// Its web page.
    url: String,
    /// Its contact address.
    email: String,
    /// A sentence about it.
    description: Option<String>,
    /// Language of its texts.
    language: String,
    /// Origin of its documents.
    base_url: String,
    /// Its decentralized identifier.
    did: String,
    /// Its public Open Badges 2.0 profile.
    profile_url: String,
    /// When it was set up.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl IssuerOut {
    fn of(row: entity::Model) -> Outcome<Self> {
        Ok(Self {
            did: issuer::did_of(&row)?,
            profile_url: addresses::ob2_profile(&row.base_url, &row.slug),
            id: row.id,
            slug: row.slug,
            name: row.name,
            url: row.url,
            email: row.email,
            description: row.description,
            language: row.language,
            base_url: row.base_url,
            created_at: row.created_at,
        })
    }
}

impl Example for IssuerOut {
    fn example() -> Self {
        Self {
            id: examples::issuer(),
            slug: "school-of-design".to_owned(),
            name: "School of Design".to_owned(),
            url: "https://design.example.org".to_owned(),
            email: "badges@design.example.org".to_owned(),
            description: Some("Design courses at North Harbour College".to_owned()),
            language: "en".to_owned(),
            base_url: "https://badges.example.org".to_owned(),
            did: "did:web:badges.example.org:i:school-of-design".to_owned(),
            profile_url: "https://badges.example.org/i/school-of-design/ob2".to_owned(),
            created_at: examples::time(),
        }
    }
}

/// A signing key of an issuer; only its public half.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct IssuerKeyOut {
    /// The public key as the DID document shows it.
    public_multibase: String,
    /// Whether it signs.
    state: issuer_key::IssuerKeyState,
    /// When it was made.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it stopped signing.
    retired_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Example for IssuerKeyOut {
    fn example() -> Self {
        Self {
            public_multibase: "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK".to_owned(),
            state: issuer_key::IssuerKeyState::Active,
            created_at: examples::time(),
            retired_at: None,
        }
    }
}

impl From<issuer_key::Model> for IssuerKeyOut {
    fn from(row: issuer_key::Model) -> Self {
        Self {
            public_multibase: row.public_multibase,
            state: row.state,
            created_at: row.created_at,
            retired_at: row.retired_at,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Issuers;

#[OpenApi(prefix_path = "/issuers", tag = "Tag::Issuers")]
impl Issuers {
    /// Set up an issuer.
    ///
    /// It gets its first signing key and its DID document at once.
    ///
    /// Scope: `define`.
    #[oai(path = "/", method = "post", operation_id = "issuer_create")]
    async fn issuer_create(
        &self,
        app: Data<&App>,
        may: MayDefine,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<IssuerIn>,
    ) -> Result<Created<IssuerOut>, WriteProblem> {
        let given = body.0;
        let new = NewIssuer {
            slug: given.slug,
            name: given.name,
            url: given.url,
            email: given.email,
            description: given.description,
            language: given.language,
            base_url: given.base_url,
        };
        let made = issuer::create(&app, &may.caller, new).await?;
        Ok(created(IssuerOut::of(made)?))
    }

    /// List issuers.
    ///
    /// Newest first.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "issuer_list")]
    async fn issuer_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<IssuerOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(try_listed(page, IssuerOut::of)?)
    }

    /// Fetch one issuer.
    ///
    /// With its DID and the address of its profile.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "issuer_find")]
    async fn issuer_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<IssuerId>,
    ) -> Result<Json<IssuerOut>, ReadProblem> {
        let found = issuer::find(&app, may.caller.organization, id.0).await?;
        Ok(Json(IssuerOut::of(found)?))
    }

    /// List an issuer's keys.
    ///
    /// Newest first, public halves only; retired keys stay published for ever.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/keys", method = "get", operation_id = "issuer_keys")]
    async fn issuer_keys(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<IssuerId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<IssuerKeyOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let found = issuer::find(&app, organization, id.0).await?;
        let page =
            rows::list_keys(app.store.read(), organization, found.id, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Rotate an issuer's key.
    ///
    /// A new key signs from now on; the old one stays published, so what it signed stays valid.
    ///
    /// Scope: `define`.
    #[oai(path = "/:id/rotate-key", method = "post", operation_id = "issuer_rotate_key")]
    async fn issuer_rotate_key(
        &self,
        app: Data<&App>,
        may: MayDefine,
        id: Path<IssuerId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<IssuerKeyOut>, WriteProblem> {
        Ok(Json(issuer::rotate_key(&app, &may.caller, id.0).await?.into()))
    }
}
