//! Rules as files: achievements and placements with their rules written out, and read in as drafts, here or at
//! another organization (issue 4, point 9).
//!
//! A file names things by the ids they had where it was written, and says of each of them what else it is known by:
//! an achievement by its issuer's and its own slug, a course by its context id, a link by its resource link id. Read in,
//! an id means what the `map` says; else the achievement of the file with that id; else the same id here; else the one
//! thing here that is known by the same. What means nothing, or several things, is refused where it stands.
//!
//! All or nothing, in one transaction, and nothing goes live: achievements that are here stay as they are, others are
//! defined; placements become drafts. Pictures stay behind, and so do columns.

mod export;
mod here;
mod import;

use chrono::{DateTime, Utc};
use criteria::Rule;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

pub use export::{Wanted, export};
pub use import::{Imported, import};

use super::{achievement, floor::Floor, terms::Terms};
use crate::{
    error::{Error, Result},
    store::entity::{achievement_version::MayPlace, placement::PlacementMode},
};

/// What such a file says of itself.
pub const FORMAT: &str = "laurel/rules/1";
/// The most achievements and the most placements of a file.
const MOST: usize = 500;

/// A file's content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleFile {
    /// Badges with their rule templates.
    pub achievements: Vec<FileAchievement>,
    /// Where they were placed, with their rules.
    pub placements: Vec<FilePlacement>,
    /// What is named by id, and what else it is known by.
    pub references: Vec<FileReference>,
}

/// A badge in its newest version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileAchievement {
    /// Its id where it was written.
    pub id: Uuid,
    /// Slug of its issuer.
    pub issuer: String,
    /// Its own slug.
    pub slug: String,
    /// Title.
    pub name: String,
    /// What it says about its holder.
    pub description: String,
    /// The human criteria.
    pub criteria_narrative: String,
    /// A word of Open Badges 3.0.
    #[serde(default = "badge")]
    pub achievement_type: String,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Frameworks it is aligned to.
    #[serde(default)]
    pub alignments: Vec<Value>,
    /// Language of the texts.
    pub language: String,
    /// The rule offered when it is placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Value>,
    /// How many days an award lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity_days: Option<i32>,
    /// When every award ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
    /// When holders are reminded.
    #[serde(default)]
    pub remind_days: Vec<u16>,
    /// Who may place it: `instructors` or `operators`.
    #[serde(default = "operators")]
    pub may_place: String,
    /// What every placement asks at least.
    #[serde(default)]
    pub floor: Floor,
}

fn badge() -> String {
    "Badge".to_owned()
}

fn operators() -> String {
    MayPlace::Operators.as_str().to_owned()
}

/// A placement with its newest rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePlacement {
    /// Of which achievement.
    pub achievement: Uuid,
    /// In which course; the whole organization when none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<Uuid>,
    /// The rule.
    pub rule: Value,
    /// `ever` or `standing`.
    #[serde(default = "ever")]
    pub mode: String,
    /// On what terms.
    #[serde(default)]
    pub terms: Terms,
}

fn ever() -> String {
    PlacementMode::Ever.as_str().to_owned()
}

/// Something that is named by its id, and what else it is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileReference {
    /// Its id where it was written.
    pub id: Uuid,
    /// `achievement`, `course` or `link`.
    pub kind: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of an achievement: slugs of its issuer and its own, `issuer/slug`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Of a course: the platform's id. Of a link: its resource link id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_id: Option<String>,
}

impl RuleFile {
    /// Reads a file; `map` apart ([`import()`]).
    ///
    /// # Errors
    /// `import.format`, `import.too_large`, `import.malformed` at the path of the offending member.
    pub fn parse(value: &Value) -> Result<Self> {
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            let message = format!("This is no file of rules: its `format` is not `{FORMAT}`.");
            return Err(Error::invalid("import.format", "format", message));
        }
        Ok(Self {
            achievements: list(value, "achievements")?,
            placements: list(value, "placements")?,
            references: list(value, "references")?,
        })
    }

    /// The file's JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "format": FORMAT,
            "achievements": self.achievements,
            "placements": self.placements,
            "references": self.references,
        })
    }
}

fn list<T: DeserializeOwned>(value: &Value, name: &str) -> Result<Vec<T>> {
    let Some(members) = value.get(name) else { return Ok(Vec::new()) };
    let Some(members) = members.as_array() else {
        return Err(Error::invalid("import.malformed", name, "This must be a list."));
    };
    if members.len() > MOST {
        return Err(Error::invalid("import.too_large", name, format!("At most {MOST} of these.")));
    }
    let one = |(at, member): (usize, &Value)| {
        T::deserialize(member)
            .map_err(|error| Error::invalid("import.malformed", format!("{name}[{at}]"), error.to_string()))
    };
    members.iter().enumerate().map(one).collect()
}

/// A stored rule as files write it, however it was sent.
fn canonical(rule: &Value) -> Result<Value> {
    Ok(Rule::parse(rule).map_err(Error::internal)?.to_value())
}

fn read_rule(rule: &Value, path: &str) -> Result<Rule> {
    Rule::parse(rule).map_err(|error| below(achievement::invalid_rule(&error), path))
}

/// The same failure, of a part of the file.
fn below(error: Error, path: &str) -> Error {
    match error.field() {
        Some(field) => Error::invalid(error.code(), format!("{path}.{field}"), error.message().to_owned()),
        None => Error::invalid(error.code(), path, error.message().to_owned()),
    }
}
