//! Achievements and their immutable versions.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::{Any, Example},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, Listed, asked, created},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::{
        achievement::{self, Alignment, Defined, Definition},
        addresses, issuer,
    },
    error::{Error, Result as Outcome},
    ids::{AchievementId, AchievementVersionId, ArtworkId, IssuerId, OrganizationId},
    store::{
        achievement as rows,
        entity::{achievement_version as version, achievement_version::MayPlace},
    },
    web::who::{MayDefine, MayRead},
};

/// A framework the achievement is aligned to.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct AlignmentIn {
    /// Name of the target.
    target_name: String,
    /// Address of the target.
    target_url: String,
    /// Framework the target belongs to.
    target_framework: Option<String>,
    /// Code of the target in its framework.
    target_code: Option<String>,
    /// A word of Open Badges 3.0, or `ext:…`.
    target_type: Option<String>,
}

impl From<AlignmentIn> for Alignment {
    fn from(given: AlignmentIn) -> Self {
        Self {
            target_name: given.target_name,
            target_url: given.target_url,
            target_framework: given.target_framework,
            target_code: given.target_code,
            target_type: given.target_type,
        }
    }
}

impl From<Alignment> for AlignmentIn {
    fn from(stored: Alignment) -> Self {
        Self {
            target_name: stored.target_name,
            target_url: stored.target_url,
            target_framework: stored.target_framework,
            target_code: stored.target_code,
            target_type: stored.target_type,
        }
    }
}

/// What a version says. It cannot be changed later; another version can be published.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct VersionIn {
    /// Title of the badge.
    name: String,
    /// What it says about its holder.
    description: String,
    /// The criteria in words, Markdown.
    criteria_narrative: String,
    /// A word of Open Badges 3.0, or `ext:…`; `Badge` if left out.
    achievement_type: Option<String>,
    /// Words to find it by.
    #[oai(default)]
    tags: Vec<String>,
    /// Frameworks it is aligned to.
    #[oai(default)]
    alignments: Vec<AlignmentIn>,
    /// Language of the texts, `en` if left out.
    language: Option<String>,
    /// An uploaded picture; the built-in design if left out.
    artwork_id: Option<ArtworkId>,
    /// The rule offered when it is placed (`/schemas/rule.json`).
    rule: Option<Any<Value>>,
    /// How many days an award lasts; for ever if left out.
    validity_days: Option<i32>,
    /// Who may place it; `instructors` if left out.
    may_place: Option<MayPlace>,
}

impl From<VersionIn> for Definition {
    fn from(given: VersionIn) -> Self {
        Self {
            name: given.name,
            description: given.description,
            criteria_narrative: given.criteria_narrative,
            achievement_type: given.achievement_type.unwrap_or_else(|| "Badge".to_owned()),
            tags: given.tags,
            alignments: given.alignments.into_iter().map(Into::into).collect(),
            language: given.language.unwrap_or_else(|| "en".to_owned()),
            artwork: given.artwork_id,
            rule: given.rule.map(|rule| rule.0),
            validity_days: given.validity_days,
            may_place: given.may_place.unwrap_or(MayPlace::Instructors),
        }
    }
}

/// The rule of the examples.
pub fn example_rule() -> Value {
    json!({ "version": 1, "node": { "type": "completed", "subject": { "course": "this" } } })
}

impl Example for VersionIn {
    fn example() -> Self {
        Self {
            name: "Workshop safety".to_owned(),
            description: "Knows how to work safely in the workshop.".to_owned(),
            criteria_narrative: "Complete the course *Workshop safety*.".to_owned(),
            achievement_type: Some("Badge".to_owned()),
            tags: vec!["safety".to_owned()],
            alignments: vec![AlignmentIn {
                target_name: "Occupational safety".to_owned(),
                target_url: "https://skills.example.org/occupational-safety".to_owned(),
                target_framework: None,
                target_code: None,
                target_type: None,
            }],
            language: Some("en".to_owned()),
            artwork_id: None,
            rule: Some(Any(example_rule())),
            validity_days: Some(730),
            may_place: Some(MayPlace::Instructors),
        }
    }
}

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

/// A version.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct VersionOut {
    /// Its id; it stands in public addresses.
    id: AchievementVersionId,
    /// Which achievement it is a version of.
    achievement_id: AchievementId,
    /// Counts from 1.
    number: i32,
    /// Title of the badge.
    name: String,
    /// What it says about its holder.
    description: String,
    /// The criteria in words, Markdown.
    criteria_narrative: String,
    /// A word of Open Badges 3.0, or `ext:…`.
    achievement_type: String,
    /// Words to find it by.
    tags: Vec<String>,
    /// Frameworks it is aligned to.
    alignments: Vec<AlignmentIn>,
    /// Language of the texts.
    language: String,
    /// Its uploaded picture.
    artwork_id: Option<ArtworkId>,
    /// The rule offered when it is placed.
    rule: Option<Any<Value>>,
    /// How many days an award lasts.
    validity_days: Option<i32>,
    /// Who may place it.
    may_place: MayPlace,
    /// The page that shows its criteria to people.
    criteria_url: String,
    /// Its plain picture.
    image_url: String,
    /// When it was published.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl VersionOut {
    fn of(row: version::Model, base: &str, slug: &str) -> Outcome<Self> {
        let alignments: Vec<Alignment> = serde_json::from_value(row.alignments).map_err(Error::internal)?;
        Ok(Self {
            id: row.id,
            achievement_id: row.achievement_id,
            number: row.number,
            name: row.name,
            description: row.description,
            criteria_narrative: row.criteria_narrative,
            achievement_type: row.achievement_type,
            tags: serde_json::from_value(row.tags).map_err(Error::internal)?,
            alignments: alignments.into_iter().map(Into::into).collect(),
            language: row.language,
            artwork_id: row.artwork_id,
            rule: Some(row.rule).filter(|rule| !rule.is_null()).map(Any),
            validity_days: row.validity_days,
            may_place: row.may_place,
            criteria_url: addresses::criteria(base, slug, row.id),
            image_url: addresses::picture(base, row.id),
            created_at: row.created_at,
        })
    }
}

impl Example for VersionOut {
    fn example() -> Self {
        let given = VersionIn::example();
        let base = "https://badges.example.org";
        Self {
            id: examples::version(),
            achievement_id: examples::achievement(),
            number: 1,
            name: given.name,
            description: given.description,
            criteria_narrative: given.criteria_narrative,
            achievement_type: "Badge".to_owned(),
            tags: given.tags,
            alignments: given.alignments,
            language: "en".to_owned(),
            artwork_id: None,
            rule: given.rule,
            validity_days: given.validity_days,
            may_place: MayPlace::Instructors,
            criteria_url: addresses::criteria(base, "school-of-design", examples::version()),
            image_url: addresses::picture(base, examples::version()),
            created_at: examples::time(),
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
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<AchievementOut>>, ListProblem> {
        let organization = may.caller.organization;
        let page = rows::list(app.store.read(), organization, issuer_id.0, asked(limit.0, cursor.0)).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for row in page.items {
            let defined = achievement::find(&app, organization, row.id).await?;
            items.push(AchievementOut::of(&app, organization, defined).await?);
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
    /// All of them, newest first.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/versions", method = "get", operation_id = "achievement_versions")]
    async fn achievement_versions(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<AchievementId>,
    ) -> Result<Json<Listed<VersionOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let found = achievement::find(&app, organization, id.0).await?;
        let issuer = issuer::find(&app, organization, found.achievement.issuer_id).await?;
        let versions = rows::versions(app.store.read(), organization, id.0).await?;
        let items = versions
            .into_iter()
            .map(|row| VersionOut::of(row, &issuer.base_url, &issuer.slug))
            .collect::<Outcome<Vec<_>>>()?;
        Ok(Json(Listed { items, next: None }))
    }
}

/// The resource of single versions.
#[derive(Debug)]
pub struct Versions;

#[OpenApi(prefix_path = "/versions", tag = "Tag::Achievements")]
impl Versions {
    /// Fetch one version.
    ///
    /// By the id that awards and placements name.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "version_find")]
    async fn version_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<AchievementVersionId>,
    ) -> Result<Json<VersionOut>, ReadProblem> {
        let organization = may.caller.organization;
        let found = achievement::find_version(&app, organization, id.0).await?;
        let of = achievement::find(&app, organization, found.achievement_id).await?;
        let issuer = issuer::find(&app, organization, of.achievement.issuer_id).await?;
        Ok(Json(VersionOut::of(found, &issuer.base_url, &issuer.slug)?))
    }
}
