//! Rules as files: written out, and read in as drafts.

use std::collections::BTreeMap;

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Query},
    payload::Json,
    types::{Any, Example},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, created},
    problems::{ReadProblem, WriteProblem},
    versions::example_rule,
};
use crate::{
    app::App,
    domain::{
        access::Scope,
        api_key,
        rule_file::{self, FORMAT, Imported, RuleFile, Wanted},
    },
    error::{Error, Result as Outcome},
    ids::{AchievementId, CourseId, PlacementId},
    web::who::{MayPlace, MayRead},
};

/// A file of rules.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct RuleFileObject {
    /// `laurel/rules/1`.
    format: String,
    /// Badges in their newest versions, with their rule templates; ids are those of where the file was written.
    achievements: Vec<Any<Value>>,
    /// Placements with their newest rules.
    placements: Vec<Any<Value>>,
    /// What is named by id, and what else it is known by.
    references: Vec<Any<Value>>,
}

impl RuleFileObject {
    fn of(file: &RuleFile) -> Outcome<Self> {
        let list = |value: Value| -> Outcome<Vec<Any<Value>>> {
            let list: Vec<Value> = serde_json::from_value(value).map_err(Error::internal)?;
            Ok(list.into_iter().map(Any).collect())
        };
        let mut value = file.to_value();
        let mut take = |name: &str| list(value.get_mut(name).map(Value::take).unwrap_or_default());
        Ok(Self {
            format: FORMAT.to_owned(),
            achievements: take("achievements")?,
            placements: take("placements")?,
            references: take("references")?,
        })
    }

    fn read(self) -> Outcome<RuleFile> {
        let list = |list: Vec<Any<Value>>| list.into_iter().map(|any| any.0).collect::<Vec<_>>();
        RuleFile::parse(&json!({
            "format": self.format,
            "achievements": list(self.achievements),
            "placements": list(self.placements),
            "references": list(self.references),
        }))
    }
}

impl Example for RuleFileObject {
    fn example() -> Self {
        let achievement: AchievementId = examples::achievement();
        let placed = json!({
            "achievement": achievement, "course": examples::course::<CourseId>(), "rule": example_rule(),
            "mode": "ever", "terms": { "scope": "achievement", "withdraw": "never" },
        });
        Self {
            format: FORMAT.to_owned(),
            achievements: Vec::new(),
            placements: vec![Any(placed)],
            references: Vec::new(),
        }
    }
}

/// A file to be read in.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct ImportIn {
    /// The file.
    file: RuleFileObject,
    /// What ids of the file mean here: ids by ids. Whatever is not named is looked for by its id, slugs or platform
    /// id.
    #[oai(default)]
    map: BTreeMap<String, Uuid>,
}

impl Example for ImportIn {
    fn example() -> Self {
        Self { file: RuleFileObject::example(), map: BTreeMap::new() }
    }
}

/// What became of a file.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct ImportOut {
    /// Achievements that were defined.
    defined: Vec<AchievementId>,
    /// Achievements of the file that were here already; they stay as they are.
    known: Vec<AchievementId>,
    /// The drafts, in the file's order.
    placements: Vec<PlacementId>,
}

impl From<Imported> for ImportOut {
    fn from(imported: Imported) -> Self {
        Self { defined: imported.defined, known: imported.known, placements: imported.placements }
    }
}

impl Example for ImportOut {
    fn example() -> Self {
        Self { defined: Vec::new(), known: Vec::new(), placements: vec![examples::placement()] }
    }
}

/// The resource.
#[derive(Debug)]
pub struct RuleFiles;

#[OpenApi(prefix_path = "/rule-files", tag = "Tag::Placements")]
impl RuleFiles {
    /// Write rules into a file.
    ///
    /// Placements that have not ended, with their badges and terms and what their rules name. At most 500.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "rule_export")]
    async fn rule_export(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// Only of this course.
        course: Query<Option<CourseId>>,
        /// Only of this achievement.
        achievement: Query<Option<AchievementId>>,
    ) -> Result<Json<RuleFileObject>, ReadProblem> {
        let wanted = Wanted { course: course.0, achievement: achievement.0 };
        let file = rule_file::export(&app, may.caller.organization, wanted).await?;
        Ok(Json(RuleFileObject::of(&file)?))
    }

    /// Read rules from a file.
    ///
    /// All of it or nothing. Placements become drafts; achievements that are not here are defined, without their
    /// pictures, if the key may do that too (scope `define`). What is wrong is named by its path in the file.
    ///
    /// Scope: `place`.
    #[oai(path = "/", method = "post", operation_id = "rule_import")]
    async fn rule_import(
        &self,
        app: Data<&App>,
        may: MayPlace,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<ImportIn>,
    ) -> Result<Created<ImportOut>, WriteProblem> {
        let ImportIn { file, map } = body.0;
        let may_define = api_key::scopes_of(&may.key).contains(&Scope::Define);
        let mut meant = BTreeMap::new();
        for (id, here) in map {
            let id = id.parse::<Uuid>().map_err(|_| {
                Error::invalid("import.malformed", format!("map.{id}"), "Name an id of the file.")
            })?;
            meant.insert(id, here);
        }
        let imported = rule_file::import(&app, &may.caller, &file.read()?, &meant, may_define).await?;
        Ok(created(imported.into()))
    }
}
