//! Learners, and how requests name them.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Listed, asked, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::learner::{self, LearnerIn, NO_PLATFORM, PersonIn},
    error::{Error, Result as Outcome},
    ids::{LearnerId, PlatformId},
    store::{entity::learner as entity, learner as rows},
    web::who::{MayAward, MayRead},
};

/// A learner, named in one of three ways: by `id`; by `platform_id` and `sub`; or by `email` alone.
/// Unknown people are created, but for an `id`.
#[derive(Clone, Debug, Default, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct LearnerRef {
    /// Our id.
    pub id: Option<LearnerId>,
    /// Their platform.
    pub platform_id: Option<PlatformId>,
    /// The platform's own id of them.
    pub sub: Option<String>,
    /// Delivery address.
    pub email: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// Language tag.
    pub language: Option<String>,
}

impl LearnerRef {
    /// The one way it names somebody.
    pub fn parse(self) -> Outcome<LearnerIn> {
        let Self { id, platform_id, sub, email, name, language } = self;
        match (id, platform_id, sub) {
            (Some(id), None, None) if email.is_none() && name.is_none() && language.is_none() => {
                Ok(LearnerIn::Id(id))
            }
            (None, Some(platform), Some(sub)) => {
                Ok(LearnerIn::Account { platform, sub, person: PersonIn { name, email, language } })
            }
            (None, None, None) => match email {
                Some(email) => Ok(LearnerIn::Email { email, name, language }),
                None => Err(ambiguous()),
            },
            _ => Err(ambiguous()),
        }
    }
}

fn ambiguous() -> Error {
    Error::invalid(
        "learner.unnamed",
        "learner",
        "Name the learner by id alone, by platform_id and sub, or by email.",
    )
}

/// What may be corrected of a learner; what is left out stays.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct LearnerPatch {
    /// Full name.
    name: Option<String>,
    /// Delivery address. Awards that waited for one are published.
    email: Option<String>,
    /// Language tag.
    language: Option<String>,
}

impl Example for LearnerPatch {
    fn example() -> Self {
        Self {
            name: Some("Grace Miller".to_owned()),
            email: Some("grace@example.org".to_owned()),
            language: None,
        }
    }
}

/// A learner.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct LearnerOut {
    /// Their id.
    id: LearnerId,
    /// `iss` of their platform; absent for people without one.
    platform_issuer_url: Option<String>,
    /// The platform's own id of them.
    sub: String,
    /// Full name.
    name: Option<String>,
    /// Delivery address.
    email: Option<String>,
    /// Language tag.
    language: Option<String>,
    /// A test user of the platform, who never holds a badge.
    test: bool,
    /// When they were first seen.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When they were last seen.
    last_seen_at: chrono::DateTime<chrono::Utc>,
}

impl Example for LearnerOut {
    fn example() -> Self {
        Self {
            id: examples::learner(),
            platform_issuer_url: Some("https://moodle.example.org".to_owned()),
            sub: "29123".to_owned(),
            name: Some("Grace Miller".to_owned()),
            email: Some("grace@example.org".to_owned()),
            language: Some("en".to_owned()),
            test: false,
            created_at: examples::time(),
            last_seen_at: examples::time(),
        }
    }
}

impl From<entity::Model> for LearnerOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            platform_issuer_url: Some(row.platform_issuer_url).filter(|url| url != NO_PLATFORM),
            sub: row.sub,
            name: row.name,
            email: row.email,
            language: row.language,
            test: row.is_test,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Learners;

#[OpenApi(prefix_path = "/learners", tag = "Tag::Learners")]
impl Learners {
    /// List learners.
    ///
    /// Newest first.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "learner_list")]
    async fn learner_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<LearnerOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one learner.
    ///
    /// One account at one platform.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "learner_find")]
    async fn learner_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<LearnerId>,
    ) -> Result<Json<LearnerOut>, ReadProblem> {
        Ok(Json(learner::find(&app, may.caller.organization, id.0).await?.into()))
    }

    /// Correct a learner.
    ///
    /// A first address publishes the awards that waited for one. Issued documents are corrected by
    /// `award_correct`.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id", method = "patch", operation_id = "learner_update")]
    async fn learner_update(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<LearnerId>,
        body: Json<LearnerPatch>,
    ) -> Result<Json<LearnerOut>, WriteProblem> {
        let LearnerPatch { name, email, language } = body.0;
        let person = PersonIn { name, email, language };
        Ok(Json(learner::update(&app, &may.caller, id.0, &person).await?.into()))
    }
}
