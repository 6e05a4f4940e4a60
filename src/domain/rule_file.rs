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

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use criteria::{Reference, Rule};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    access::Caller,
    achievement::{self, Alignment, Definition},
    audit::{self, Line},
    floor::Floor,
    once, placement,
    placement::rule_row,
    rule,
    terms::Terms,
};
use crate::{
    app::App,
    error::{Error, Result},
    ids::{AchievementId, AchievementVersionId, CourseId, LinkId, OrganizationId, PlacementId},
    store::{
        PageQuery, WriteTx, achievement as achievements, audit as audit_rows, course as courses,
        entity::{
            achievement as achievement_rows, achievement_version,
            achievement_version::MayPlace,
            placement::{PlacementMode, PlacementState},
        },
        issuer as issuers, link as links, placement as placements,
    },
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
    /// Reads a file; `map` apart ([`import`]).
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

/// Which placements are written out; empty fields do not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Of this course.
    pub course: Option<CourseId>,
    /// Of this achievement.
    pub achievement: Option<AchievementId>,
}

/// Writes out placements that have not ended, with their badges and what their rules name.
///
/// # Errors
/// `import.too_large` for more than 500 placements; ours.
pub async fn export(app: &App, organization: OrganizationId, wanted: Wanted) -> Result<RuleFile> {
    let db = app.store.read();
    let filter = placements::Filter { course: wanted.course, achievement: wanted.achievement, state: None };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = placements::list(db, organization, filter, PageQuery { after, limit: 200 }).await?;
        found.extend(page.items);
        after = page.next;
        if found.len() > MOST {
            return Err(Error::conflict(
                "import.too_large",
                "These are too many for one file: name a course.",
            ));
        }
        if after.is_none() {
            break;
        }
    }
    found.retain(|placement| placement.state != PlacementState::Ended);
    found.reverse();
    let mut file = RuleFile::default();
    let mut named = Named::default();
    for placed in placement::with_rules(app, organization, found).await? {
        let row = placed.placement;
        named.of_rule(&placed.rule.rule)?;
        named.courses.extend(row.course_id);
        if !file.achievements.iter().any(|known| known.id == row.achievement_id.0) {
            let achievement = written(app, organization, row.achievement_id).await?;
            if let Some(rule) = &achievement.rule {
                named.of_rule(rule)?;
            }
            file.achievements.push(achievement);
        }
        file.placements.push(FilePlacement {
            achievement: row.achievement_id.0,
            course: row.course_id.map(|course| course.0),
            rule: canonical(&placed.rule.rule)?,
            mode: row.mode.as_str().to_owned(),
            terms: Terms::of(&row)?,
        });
    }
    // The same things are written in the same order, whenever they were made.
    file.achievements.sort_by(|a, b| (&a.issuer, &a.slug).cmp(&(&b.issuer, &b.slug)));
    let order: HashMap<Uuid, usize> =
        file.achievements.iter().enumerate().map(|(at, achievement)| (achievement.id, at)).collect();
    file.placements.sort_by_key(|placed| order.get(&placed.achievement).copied());
    file.references = named.described(app, organization, &file.achievements).await?;
    Ok(file)
}

async fn written(app: &App, organization: OrganizationId, id: AchievementId) -> Result<FileAchievement> {
    let achievement::Defined { achievement, version } = achievement::find(app, organization, id).await?;
    let issuer = issuers::find(app.store.read(), organization, achievement.issuer_id).await?;
    Ok(FileAchievement {
        id: id.0,
        issuer: issuer.ok_or_else(|| Error::not_found("issuer"))?.slug,
        slug: achievement.slug,
        floor: Floor::of(&version)?,
        remind_days: super::terms::reminders_by_version(&version)?,
        tags: serde_json::from_value(version.tags).map_err(Error::internal)?,
        alignments: serde_json::from_value(version.alignments).map_err(Error::internal)?,
        rule: Some(&version.rule).filter(|rule| !rule.is_null()).map(canonical).transpose()?,
        name: version.name,
        description: version.description,
        criteria_narrative: version.criteria_narrative,
        achievement_type: version.achievement_type,
        language: version.language,
        validity_days: version.validity_days,
        valid_until: version.valid_until,
        may_place: version.may_place.as_str().to_owned(),
    })
}

/// What is named by id.
#[derive(Default)]
struct Named {
    achievements: Vec<AchievementId>,
    courses: Vec<CourseId>,
    links: Vec<LinkId>,
}

impl Named {
    fn of_rule(&mut self, rule: &Value) -> Result<()> {
        for (_, reference) in Rule::parse(rule).map_err(Error::internal)?.references() {
            match reference {
                Reference::Achievement(id) => self.achievements.push(AchievementId(id)),
                Reference::Course(id) => self.courses.push(CourseId(id)),
                Reference::Link(id) => self.links.push(LinkId(id)),
            }
        }
        Ok(())
    }

    async fn described(
        mut self,
        app: &App,
        organization: OrganizationId,
        known: &[FileAchievement],
    ) -> Result<Vec<FileReference>> {
        let db = app.store.read();
        self.achievements.retain(|id| !known.iter().any(|achievement| achievement.id == id.0));
        self.achievements.sort_unstable();
        self.achievements.dedup();
        self.courses.sort_unstable();
        self.courses.dedup();
        self.links.sort_unstable();
        self.links.dedup();
        let mut all = Vec::new();
        for id in self.achievements {
            let achievement = written(app, organization, id).await?;
            all.push(FileReference {
                id: id.0,
                kind: "achievement".to_owned(),
                slug: Some(format!("{}/{}", achievement.issuer, achievement.slug)),
                name: Some(achievement.name),
                platform_id: None,
            });
        }
        for id in self.courses {
            let Some(course) = courses::find(db, organization, id).await? else { continue };
            all.push(FileReference {
                id: id.0,
                kind: "course".to_owned(),
                name: course.title,
                slug: None,
                platform_id: Some(course.context_id),
            });
        }
        for id in self.links {
            let Some(link) = links::find(db, organization, id).await? else { continue };
            all.push(FileReference {
                id: id.0,
                kind: "link".to_owned(),
                name: link.title,
                slug: None,
                platform_id: Some(link.resource_link_id),
            });
        }
        Ok(all)
    }
}

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

/// Reads a file in. `map` says what ids of the file mean here.
///
/// # Errors
/// `import.*`, `rule.*` and what defining and placing refuse, each at its path in the file; then nothing has changed.
pub async fn import(
    app: &App,
    caller: &Caller,
    file: &RuleFile,
    map: &BTreeMap<Uuid, Uuid>,
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
    let mut here = Here { organization, file, map, achievements: HashMap::new(), versions: HashMap::new() };
    let mut imported = Imported::default();
    let mut fresh = Vec::new();
    for (at, given) in file.achievements.iter().enumerate() {
        let path = format!("achievements[{at}]");
        match here.known_achievement(&tx, given, &path).await? {
            Some(known) => {
                here.achievements.insert(given.id, known);
                imported.known.push(known);
            }
            None => {
                let row = define(app, &tx, caller, given).await.map_err(|error| below(error, &path))?;
                here.achievements.insert(given.id, row.achievement_id);
                imported.defined.push(row.achievement_id);
                fresh.push((at, given, row));
            }
        }
    }
    // Templates may name each other, so they are read once all of the file are known.
    for (at, given, mut row) in fresh {
        let path = format!("achievements[{at}]");
        if let Some(template) = &given.rule {
            let template = here.moved(&tx, &read_rule(template, &path)?, &path).await?;
            row.rule = template.to_value();
        }
        achievements::insert_version(&tx, row.clone()).await?;
        let detail = json!({ "version": row.id, "number": row.number });
        let id = row.achievement_id.to_string();
        note(app, &tx, caller, ("achievement.defined", "achievement", id), &detail).await?;
        here.versions.insert(row.achievement_id, row);
    }
    for (at, given) in file.achievements.iter().enumerate() {
        let id = here.achievements.get(&given.id).copied();
        if let Some(row) = id.filter(|id| imported.defined.contains(id)).and_then(|id| here.versions.get(&id))
            && !row.rule.is_null()
        {
            let checked = rule::checked(&tx, organization, Some(row.achievement_id), &row.rule).await;
            checked.map_err(|error| below(error, &format!("achievements[{at}]")))?;
        }
    }
    for ((at, given), read) in file.placements.iter().enumerate().zip(&rules) {
        let path = format!("placements[{at}]");
        let draft = here.draft(app, &tx, caller, given, read, &path).await?;
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
        slug: super::validate::slug("slug", &given.slug)?,
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

/// What the file's ids mean here.
struct Here<'a> {
    organization: OrganizationId,
    file: &'a RuleFile,
    map: &'a BTreeMap<Uuid, Uuid>,
    /// The file's achievements.
    achievements: HashMap<Uuid, AchievementId>,
    /// Versions that the file brought.
    versions: HashMap<AchievementId, achievement_version::Model>,
}

impl Here<'_> {
    /// The achievement that is meant, if it is here.
    async fn known_achievement(
        &self,
        tx: &WriteTx,
        given: &FileAchievement,
        path: &str,
    ) -> Result<Option<AchievementId>> {
        if let Some(mapped) = self.map.get(&given.id) {
            let found = achievements::find(tx, self.organization, AchievementId(*mapped)).await?;
            let unknown = || {
                Error::invalid("import.mapped_unknown", format!("{path}.id"), "There is no such achievement.")
            };
            return found.map(|found| Some(found.id)).ok_or_else(unknown);
        }
        self.by_slugs(tx, &given.issuer, &given.slug).await
    }

    async fn by_slugs(
        &self,
        db: &impl ConnectionTrait,
        issuer: &str,
        slug: &str,
    ) -> Result<Option<AchievementId>> {
        let issuer = issuers::unscoped_of_slug(db, issuer).await?;
        let Some(issuer) = issuer.filter(|issuer| issuer.organization_id == self.organization) else {
            return Ok(None);
        };
        let found = achievements::of_slug(db, self.organization, issuer.id, slug).await?;
        Ok(found.map(|found| found.id))
    }

    /// What an id of the file means.
    async fn meant(&self, db: &impl ConnectionTrait, reference: Reference) -> Result<Option<Uuid>> {
        let (Reference::Achievement(id) | Reference::Course(id) | Reference::Link(id)) = reference;
        let wanted = self.map.get(&id).copied().unwrap_or(id);
        let organization = self.organization;
        let is_here = match reference {
            Reference::Achievement(_) => {
                if let Some(known) = self.achievements.get(&id) {
                    return Ok(Some(known.0));
                }
                achievements::find(db, organization, AchievementId(wanted)).await?.is_some()
            }
            Reference::Course(_) => courses::find(db, organization, CourseId(wanted)).await?.is_some(),
            Reference::Link(_) => links::find(db, organization, LinkId(wanted)).await?.is_some(),
        };
        if is_here {
            return Ok(Some(wanted));
        }
        let Some(said) = self.file.references.iter().find(|said| said.id == id) else { return Ok(None) };
        if self.map.contains_key(&id) {
            return Ok(None);
        }
        Ok(match (reference, &said.slug, &said.platform_id) {
            (Reference::Achievement(_), Some(slug), _) => match slug.split_once('/') {
                Some((issuer, slug)) => self.by_slugs(db, issuer, slug).await?.map(|id| id.0),
                None => None,
            },
            (Reference::Course(_), _, Some(context)) => {
                only(courses::of_context_id(db, organization, context).await?).map(|course| course.id.0)
            }
            (Reference::Link(_), _, Some(resource)) => {
                only(links::of_resource_link_id(db, organization, resource).await?).map(|link| link.id.0)
            }
            _ => None,
        })
    }

    /// A rule about what is here.
    async fn moved(&self, db: &impl ConnectionTrait, rule: &Rule, path: &str) -> Result<Rule> {
        let mut meant = HashMap::new();
        for (at, reference) in rule.references() {
            let (Reference::Achievement(id) | Reference::Course(id) | Reference::Link(id)) = reference;
            let found = self.meant(db, reference).await?;
            meant.insert(id, found.ok_or_else(|| unmapped(format!("{path}.rule.{at}")))?);
        }
        rule.with_references(|reference| {
            let (Reference::Achievement(id) | Reference::Course(id) | Reference::Link(id)) = reference;
            meant.get(&id).copied()
        })
        .map_err(|error| below(achievement::invalid_rule(&error), path))
    }

    async fn draft(
        &self,
        app: &App,
        tx: &WriteTx,
        caller: &Caller,
        given: &FilePlacement,
        rule: &Rule,
        path: &str,
    ) -> Result<PlacementId> {
        let achievement = self.meant(tx, Reference::Achievement(given.achievement)).await?;
        let achievement = achievement.ok_or_else(|| unmapped(format!("{path}.achievement")))?;
        let course = match given.course {
            None => None,
            Some(course) => {
                let meant = self.meant(tx, Reference::Course(course)).await?;
                Some(CourseId(meant.ok_or_else(|| unmapped(format!("{path}.course")))?))
            }
        };
        let mode = [PlacementMode::Ever, PlacementMode::Standing].into_iter();
        let mode = mode.into_iter().find(|mode| mode.as_str() == given.mode).ok_or_else(|| {
            Error::invalid("import.malformed", format!("{path}.mode"), "Either `ever` or `standing`.")
        })?;
        let moved = self.moved(tx, rule, path).await?.to_value();
        let achievement = AchievementId(achievement);
        rule::checked(tx, self.organization, Some(achievement), &moved)
            .await
            .map_err(|error| below(error, path))?;
        let version = achievements::newest_version(tx, self.organization, achievement).await?;
        let version = version.ok_or_else(|| Error::internal("an achievement without version"))?;
        let mut draft = placement::draft_row(app, caller, &version, course, mode);
        if given.terms != Terms::default() {
            let terms = given.terms.clone().checked(&draft, app.clock.now());
            terms.map_err(|error| below(error, path))?.keep(&mut draft.settings)?;
        }
        placements::insert(tx, draft.clone()).await?;
        placements::insert_rule(tx, course, rule_row(app, caller, draft.id, 1, moved)).await?;
        let detail = json!({ "live": false, "imported": true });
        note(app, tx, caller, ("placement.placed", "placement", draft.id.to_string()), &detail).await?;
        Ok(draft.id)
    }
}

fn only<T>(mut found: Vec<T>) -> Option<T> {
    if found.len() == 1 { found.pop() } else { None }
}

fn unmapped(path: String) -> Error {
    Error::invalid(
        "import.reference_unmapped",
        path,
        "Nothing here, or more than one thing, is known by this. Say what it means in `map`.",
    )
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
