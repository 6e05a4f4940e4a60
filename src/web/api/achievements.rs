//! Achievements, each with one of its versions; what a version says is in [`super::versions`].

use std::collections::{HashMap, hash_map::Entry};

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
    page::{Created, Listed, asked, created, try_listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
    versions::{VersionIn, VersionOut},
};
use crate::{
    app::App,
    domain::{
        achievement::{self, Defined},
        issuer,
    },
    error::Result as Outcome,
    ids::{AchievementId, IssuerId, OrganizationId},
    store::{achievement as rows, entity::issuer as issuer_entity},
    web::who::{MayDefine, MayRead},
};

/// A new achievement with its first version.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct AchievementIn {
    /// Who issues it.
    issuer_id: IssuerId,
    /// Unique within the issuer.
    slug: String,
    /// What it says.
    version: VersionIn,
}

impl Example for AchievementIn {
    fn example() -> Self {
        Self {
            issuer_id: examples::issuer(),
            slug: "workshop-safety".to_owned(),
            version: VersionIn::example(),
        }
    }
}

/// An achievement with one of its versions: the newest, or the one just published.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct AchievementOut {
    /// Its id.
    id: AchievementId,
    /// Who issues it.
    issuer_id: IssuerId,
    /// Its short name within the issuer.
    slug: String,
    /// The version.
    version: VersionOut,
    /// When it was defined.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it was archived.
    archived_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl AchievementOut {
    async fn of(app: &App, organization: OrganizationId, defined: Defined) -> Outcome<Self> {
        let issuer = issuer::find(app, organization, defined.achievement.issuer_id).await?;
        Self::by(&issuer, defined)
    }

    fn by(issuer: &issuer_entity::Model, defined: Defined) -> Outcome<Self> {
        Ok(Self {
            id: defined.achievement.id,
            issuer_id: issuer.id,
            slug: defined.achievement.slug,
            version: VersionOut::of(defined.version, &issuer.base_url, &issuer.slug)?,
            created_at: defined.achievement.created_at,
            archived_at: defined.achievement.archived_at,
        })
    }
}

impl Example for AchievementOut {
    fn example() -> Self {
        Self {
            id: examples::achievement(),
            issuer_id: examples::issuer(),
            slug: "workshop-safety".to_owned(),
            version: VersionOut::example(),
            created_at: examples::time(),
            archived_at: None,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Achievements;

#[OpenApi(prefix_path = "/achievements", tag = "Tag::Achievements")]
impl Achievements {
    /// Define an achievement.
    ///
    /// With version 1. What verifiers would refuse is refused now.
    ///
    /// Scope: `define`.
    #[oai(path = "/", method = "post", operation_id = "achievement_define")]
    async fn achievement_define(
        &self,
        app: Data<&App>,
        may: MayDefine,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<AchievementIn>,
    ) -> Result<Created<AchievementOut>, WriteProblem> {
        let AchievementIn { issuer_id, slug, version } = body.0;
        let made = achievement::define(&app, &may.caller, issuer_id, &slug, version.into()).await?;
        Ok(created(AchievementOut::of(&app, may.caller.organization, made).await?))
    }

    /// List achievements.
    ///
    /// Newest first, each with its newest version.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "achievement_list")]
    async fn achievement_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// Only this issuer's.
        issuer_id: Query<Option<IssuerId>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<AchievementOut>>, ListProblem> {
        let organization = may.caller.organization;
        let page = rows::list(app.store.read(), organization, issuer_id.0, asked(limit.0, cursor.0)).await?;
        let (mut items, mut issuers) = (Vec::with_capacity(page.items.len()), HashMap::new());
        for row in page.items {
            let issuer = match issuers.entry(row.issuer_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(issuer::find(&app, organization, row.issuer_id).await?),
            };
            items.push(AchievementOut::by(issuer, achievement::with_newest(&app, row).await?)?);
        }
        Ok(Json(Listed { items, next: page.next }))
    }

    /// Fetch one achievement.
    ///
    /// With its newest version.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "achievement_find")]
    async fn achievement_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<AchievementId>,
    ) -> Result<Json<AchievementOut>, ReadProblem> {
        let found = achievement::find(&app, may.caller.organization, id.0).await?;
        Ok(Json(AchievementOut::of(&app, may.caller.organization, found).await?))
    }

    /// Archive an achievement.
    ///
    /// Nobody places it anew, and it gets no new versions; its placements go on until they are ended, and what was
    /// issued stays valid. Twice is once.
    ///
    /// Scope: `define`.
    #[oai(path = "/:id/archive", method = "post", operation_id = "achievement_archive")]
    async fn achievement_archive(
        &self,
        app: Data<&App>,
        may: MayDefine,
        id: Path<AchievementId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<AchievementOut>, WriteProblem> {
        let found = achievement::archive(&app, &may.caller, id.0, true).await?;
        Ok(Json(AchievementOut::of(&app, may.caller.organization, found).await?))
    }

    /// Restore an archived achievement.
    ///
    /// It can be placed again. Twice is once.
    ///
    /// Scope: `define`.
    #[oai(path = "/:id/restore", method = "post", operation_id = "achievement_restore")]
    async fn achievement_restore(
        &self,
        app: Data<&App>,
        may: MayDefine,
        id: Path<AchievementId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<AchievementOut>, WriteProblem> {
        let found = achievement::archive(&app, &may.caller, id.0, false).await?;
        Ok(Json(AchievementOut::of(&app, may.caller.organization, found).await?))
    }

    /// Publish a version.
    ///
    /// It gets an address of its own; what was issued keeps the version it was issued under.
    ///
    /// Scope: `define`.
    #[oai(path = "/:id/versions", method = "post", operation_id = "achievement_publish_version")]
    async fn achievement_publish_version(
        &self,
        app: Data<&App>,
        may: MayDefine,
        id: Path<AchievementId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<VersionIn>,
    ) -> Result<Created<AchievementOut>, WriteProblem> {
        let made = achievement::publish_version(&app, &may.caller, id.0, body.0.into()).await?;
        Ok(created(AchievementOut::of(&app, may.caller.organization, made).await?))
    }

    /// List an achievement's versions.
    ///
    /// Newest first.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/versions", method = "get", operation_id = "achievement_versions")]
    async fn achievement_versions(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<AchievementId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<VersionOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let found = achievement::find(&app, organization, id.0).await?;
        let issuer = issuer::find(&app, organization, found.achievement.issuer_id).await?;
        let page = rows::versions(app.store.read(), organization, id.0, asked(limit.0, cursor.0)).await?;
        Ok(try_listed(page, |row| VersionOut::of(row, &issuer.base_url, &issuer.slug))?)
    }
}
