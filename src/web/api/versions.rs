//! Versions of achievements: what each says, for ever.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::Path,
    payload::Json,
    types::{Any, Example},
};
use serde_json::{Value, json};

use super::{Tag, examples, floors::FloorObject, problems::ReadProblem};
use crate::{
    app::App,
    domain::{
        achievement::{self, Alignment, Definition},
        addresses,
        floor::Floor,
        issuer,
    },
    error::{Error, Result as Outcome},
    ids::{AchievementId, AchievementVersionId, ArtworkId},
    store::entity::{achievement_version as version, achievement_version::MayPlace},
    web::who::MayRead,
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
    /// When every award ends, at the latest.
    valid_until: Option<chrono::DateTime<chrono::Utc>>,
    /// How many days before its end a holder is reminded by mail: up to five numbers from 1 to 365; never if left
    /// out.
    #[oai(default)]
    remind_days: Vec<u16>,
    /// Who may place it; `instructors` if left out.
    may_place: Option<MayPlace>,
    /// What every placement asks at least.
    floor: Option<FloorObject>,
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
            valid_until: given.valid_until,
            remind_days: given.remind_days,
            may_place: given.may_place.unwrap_or(MayPlace::Instructors),
            floor: given.floor.map(Into::into).unwrap_or_default(),
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
            valid_until: None,
            remind_days: vec![30],
            may_place: Some(MayPlace::Instructors),
            floor: Some(FloorObject::example()),
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
    /// When every award ends, at the latest.
    valid_until: Option<chrono::DateTime<chrono::Utc>>,
    /// How many days before its end a holder is reminded by mail, the earliest first.
    remind_days: Vec<u16>,
    /// Who may place it.
    may_place: MayPlace,
    /// What every placement asks at least.
    floor: FloorObject,
    /// The page that shows its criteria to people.
    criteria_url: String,
    /// Its plain picture.
    image_url: String,
    /// When it was published.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl VersionOut {
    pub fn of(row: version::Model, base: &str, slug: &str) -> Outcome<Self> {
        let floor = Floor::of(&row)?.into();
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
            valid_until: row.valid_until,
            remind_days: serde_json::from_value(row.remind_days).map_err(Error::internal)?,
            may_place: row.may_place,
            floor,
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
            valid_until: None,
            remind_days: vec![30],
            may_place: MayPlace::Instructors,
            floor: FloorObject::example(),
            criteria_url: addresses::criteria(base, "school-of-design", examples::version()),
            image_url: addresses::picture(base, examples::version()),
            created_at: examples::time(),
        }
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
