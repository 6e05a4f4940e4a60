//! LTI 1.1 consumer keys of a platform: what proves its past. Secrets go in and never come out.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, Listed, asked, created, listed},
    problems::{ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::consumer_key,
    ids::{ConsumerKeyId, PlatformId},
    store::entity::consumer_key as entity,
    web::who::MayPlace,
};

/// A consumer key with its secret.
#[derive(Clone, Object)]
#[oai(example, deny_unknown_fields)]
pub struct ConsumerKeyIn {
    /// `oauth_consumer_key` of the LTI 1.1 tool.
    key: String,
    /// Its secret, which no answer ever shows.
    secret: String,
}

impl std::fmt::Debug for ConsumerKeyIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsumerKeyIn").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Example for ConsumerKeyIn {
    fn example() -> Self {
        Self { key: "key-77".to_owned(), secret: "s3cr3t-legacy".to_owned() }
    }
}

/// A consumer key, without its secret.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct ConsumerKeyOut {
    /// Its id.
    id: ConsumerKeyId,
    /// Of which platform.
    platform_id: PlatformId,
    /// `oauth_consumer_key`.
    key: String,
    /// When it was first given.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When its secret was last given.
    updated_at: chrono::DateTime<chrono::Utc>,
}

impl From<entity::Model> for ConsumerKeyOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            platform_id: row.platform_id,
            key: row.key,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Example for ConsumerKeyOut {
    fn example() -> Self {
        Self {
            id: examples::consumer_key(),
            platform_id: examples::platform(),
            key: "key-77".to_owned(),
            created_at: examples::time(),
            updated_at: examples::time(),
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct ConsumerKeys;

#[OpenApi(tag = "Tag::Platforms")]
impl ConsumerKeys {
    /// Give a platform's LTI 1.1 consumer key.
    ///
    /// Launches that prove by its secret under which ids LTI 1.1 knew a person, a course or a link attach those
    /// ids: what events report by them is about the same person. A key that is there gets the new secret.
    ///
    /// Scope: `place`.
    #[oai(path = "/platforms/:id/consumer-keys", method = "post", operation_id = "platform_set_consumer_key")]
    async fn platform_set_consumer_key(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlatformId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<ConsumerKeyIn>,
    ) -> Result<Created<ConsumerKeyOut>, WriteProblem> {
        let ConsumerKeyIn { key, secret } = body.0;
        let secret = SecretString::from(secret);
        Ok(created(consumer_key::set(&app, &may.caller, id.0, &key, &secret).await?.into()))
    }

    /// List a platform's LTI 1.1 consumer keys.
    ///
    /// The organization's own, newest first, without their secrets.
    ///
    /// Scope: `place`.
    #[oai(path = "/platforms/:id/consumer-keys", method = "get", operation_id = "platform_consumer_keys")]
    async fn platform_consumer_keys(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlatformId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<ConsumerKeyOut>>, ReadProblem> {
        let page = consumer_key::list(&app, may.caller.organization, id.0, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Forget an LTI 1.1 consumer key.
    ///
    /// And its secret: launches prove nothing by it any more. Ids that it attached stay attached. Removing twice is
    /// removing once.
    ///
    /// Scope: `place`.
    #[oai(path = "/consumer-keys/:id/remove", method = "post", operation_id = "consumer_key_remove")]
    async fn consumer_key_remove(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<ConsumerKeyId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<ConsumerKeyOut>, WriteProblem> {
        Ok(Json(consumer_key::remove(&app, &may.caller, id.0).await?.into()))
    }
}
