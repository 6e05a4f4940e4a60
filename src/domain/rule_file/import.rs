//! Reading in: what a file defines and places, checked and written in one transaction.

use std::collections::{BTreeMap, HashMap};

use criteria::{Reference, Rule};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    FileAchievement, FilePlacement, RuleFile, below,
    here::{Here, unmapped},
    read_rule,
};
use crate::{
    app::App,
    domain::{
        access::Caller,
        achievement::{self, Alignment, Definition},
        audit::{self, Line},
        once,
        placement::{draft_row, rule_row},
        rule,
        terms::Terms,
        validate,
    },
    error::{Error, Kind, Result},
    ids::{AchievementId, AchievementVersionId, CourseId, OrganizationId, PlacementId},
    store::{
        PageQuery, WriteTx, achievement as achievements, audit as audit_rows,
        entity::{
            achievement as achievement_rows,
            achievement_version::{self, MayPlace},
            placement::PlacementMode,
        },
        issuer as issuers, placement as placements,
    },
};

/// What became of a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Imported {
    /// The achievements defined.
    pub defined: Vec<AchievementId>,
    /// The achievements that were here already, in the file's order.
    pub known: Vec<AchievementId>,
    /// The drafts, in the file's order.
    pub placements: Vec<PlacementId>,
}

/// Reads a file in. `map` says what ids of the file mean here; `may_define` whether achievements that are not here
/// may be made.
///
/// # Errors
/// `scope.missing` when one would be made that may not; `import.*`, `rule.*` and what defining and placing refuse, each
/// at its path in the file; then nothing has changed.
pub async fn import(
    app: &App,
    caller: &Caller,
    file: &RuleFile,
    map: &BTreeMap<Uuid, Uuid>,
    may_define: bool,
) -> Result<Imported> {
    let organization = caller.organization;
    let mut rules = Vec::with_capacity(file.placements.len());
    for (at, placed) in file.placements.iter().enumerate() {
        rules.push(read_rule(&placed.rule, &format!("placements[{at}]"))?);
    }
    let tx = app.store.write().await?;
    let id = app.dice.public_id::<AchievementVersionId>().0;
    if let Some(earlier) = once::claim(app, &tx, caller, id).await? {
        return done_before(&tx, organization, earlier).await;
    }
    let mut here = Here { organization, file, map, achievements: HashMap::new() };
    let mut imported = Imported::default();
    let mut fresh = Vec::new();
    for (at, given) in file.achievements.iter().enumerate() {
        let path = format!("achievements[{at}]");
        match here.known_achievement(&tx, given, &path).await? {
            Some(known) => {
                here.achievements.insert(given.id, known);
                imported.known.push(known);
            }
            None if !may_define => {
                let words = "This achievement is not here, and the key lacks the scope define.";
                return Err(Error::new(Kind::Forbidden, "scope.missing", words));
            }
            None => {
                let row = define(app, &tx, caller, given).await.map_err(|error| below(error, &path))?;
                here.achievements.insert(given.id, row.achievement_id);
                imported.defined.push(row.achievement_id);
                fresh.push((path, given, row));
            }
        }
    }
    // Templates may name each other, so they are read once all of the file are known.
    let mut written = Vec::with_capacity(fresh.len());
    for (path, given, mut row) in fresh {
        if let Some(template) = &given.rule {
            let template = here.moved(&tx, &read_rule(template, &path)?, &path).await?;
            row.rule = template.to_value();
        }
        achievements::insert_version(&tx, row.clone()).await?;
        let detail = json!({ "version": row.id, "number": row.number });
        let id = row.achievement_id.to_string();
        note(app, &tx, caller, ("achievement.defined", "achievement", id), &detail).await?;
        written.push((path, row));
    }
    for (path, row) in written.iter().filter(|(_, row)| !row.rule.is_null()) {
        let checked = rule::checked(&tx, organization, Some(row.achievement_id), &row.rule).await;
        checked.map_err(|error| below(error, path))?;
    }
    for ((at, given), read) in file.placements.iter().enumerate().zip(&rules) {
        let path = format!("placements[{at}]");
        let draft = draft(app, &tx, caller, &here, given, read, &path).await?;
        imported.placements.push(draft);
    }
    let detail = serde_json::to_value(&imported).map_err(Error::internal)?;
    note(app, &tx, caller, ("rules.imported", "rule_file", id.to_string()), &detail).await?;
    tx.commit().await?;
    Ok(imported)
}

/// What became of the same request before: the audit has kept it.
async fn done_before(db: &impl ConnectionTrait, organization: OrganizationId, id: Uuid) -> Result<Imported> {
    let page = PageQuery { after: None, limit: 1 };
    let lines = audit_rows::list(db, organization, Some(&id.to_string()), page).await?;
    let line = lines.items.into_iter().next();
    let line = line.ok_or_else(|| {
        Error::conflict(
            "import.done_before",
            "This file has been read in before; the audit has forgotten what it made.",
        )
    })?;
    serde_json::from_value(line.detail).map_err(Error::internal)
}

/// An achievement's row and its first version, which is not written yet.
async fn define(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    given: &FileAchievement,
) -> Result<achievement_version::Model> {
    let issuer = issuers::unscoped_of_slug(tx, &given.issuer).await?;
    let issuer = issuer.filter(|issuer| issuer.organization_id == caller.organization);
    let issuer = issuer.ok_or_else(|| {
        Error::invalid("import.issuer_unknown", "issuer", "There is no issuer with this slug here.")
    })?;
    let now = app.clock.now();
    let row = achievement_rows::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        issuer_id: issuer.id,
        slug: validate::slug("slug", &given.slug)?,
        created_at: now,
        archived_at: None,
    };
    let alignments = given.alignments.iter().enumerate().map(|(at, alignment)| {
        Alignment::deserialize(alignment).map_err(|error| {
            Error::invalid("import.malformed", format!("alignments[{at}]"), error.to_string())
        })
    });
    let may_place = [MayPlace::Instructors, MayPlace::Operators]
        .into_iter()
        .find(|may| may.as_str() == given.may_place)
        .ok_or_else(|| {
            Error::invalid("import.malformed", "may_place", "Either `instructors` or `operators`.")
        })?;
    let definition = Definition {
        name: given.name.clone(),
        description: given.description.clone(),
        criteria_narrative: given.criteria_narrative.clone(),
        achievement_type: given.achievement_type.clone(),
        tags: given.tags.clone(),
        alignments: alignments.collect::<Result<_>>()?,
        language: given.language.clone(),
        artwork: None,
        rule: None,
        validity_days: given.validity_days,
        valid_until: given.valid_until,
        remind_days: given.remind_days.clone(),
        may_place,
        floor: given.floor.clone(),
    };
    let version = achievement::checked_version(app, caller, &issuer, row.id, 1, &definition).await?;
    achievements::insert(tx, row).await?;
    Ok(version)
}

/// Places what the file placed, as a draft.
async fn draft(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    here: &Here<'_>,
    given: &FilePlacement,
    rule: &Rule,
    path: &str,
) -> Result<PlacementId> {
    let achievement = here.meant(tx, Reference::Achievement(given.achievement)).await?;
    let achievement = achievement.ok_or_else(|| unmapped(format!("{path}.achievement")))?;
    let course = match given.course {
        None => None,
        Some(course) => {
            let meant = here.meant(tx, Reference::Course(course)).await?;
            Some(CourseId(meant.ok_or_else(|| unmapped(format!("{path}.course")))?))
        }
    };
    let mut modes = [PlacementMode::Ever, PlacementMode::Standing].into_iter();
    let mode = modes.find(|mode| mode.as_str() == given.mode).ok_or_else(|| {
        Error::invalid("import.malformed", format!("{path}.mode"), "Either `ever` or `standing`.")
    })?;
    let moved = here.moved(tx, rule, path).await?.to_value();
    let achievement = AchievementId(achievement);
    rule::checked(tx, here.organization, Some(achievement), &moved)
        .await
        .map_err(|error| below(error, path))?;
    let version = achievements::newest_version(tx, here.organization, achievement).await?;
    let version = version.ok_or_else(|| Error::internal("an achievement without version"))?;
    let mut draft = draft_row(app, caller, &version, course, mode);
    if given.terms != Terms::default() {
        let terms = given.terms.clone().checked(&draft, app.clock.now());
        terms.map_err(|error| below(error, path))?.keep(&mut draft.settings)?;
    }
    placements::insert(tx, draft.clone()).await?;
    rule::keep(app, tx, course, rule_row(app, caller, draft.id, 1, moved)).await?;
    let detail = json!({ "live": false, "imported": true });
    note(app, tx, caller, ("placement.placed", "placement", draft.id.to_string()), &detail).await?;
    Ok(draft.id)
}

async fn note(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    (action, subject_kind, subject_id): (&'static str, &'static str, String),
    detail: &Value,
) -> Result<()> {
    let line = Line { action, subject_kind, subject_id, detail };
    audit::record(app, tx, Some(caller.organization), caller, line).await
}
