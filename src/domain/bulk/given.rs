//! What a row says, from a CSV record or a JSON object, and whether it makes sense. Who and what it names is looked up
//! when the row is worked on.

use chrono::{DateTime, NaiveDate, Utc};
use open_badges::Evidence;
use serde::{Deserialize, Serialize};

use super::{Unreadable, csv, outcomes::ADDED};
use crate::{
    domain::{
        award::manual::{EvidenceIn, checked_evidence, checked_narrative},
        learner::{LearnerIn, PersonIn},
        validate,
    },
    error::{Error, Result},
    ids::{AchievementId, AchievementVersionId, PlacementId},
};

/// A row as given. Kept with the row, so that it can be worked on again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Given {
    /// Our id of the learner …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learner_id: Option<String>,
    /// … or their platform …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_id: Option<String>,
    /// … and its id of them …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// … or where mail goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What is awarded: a version …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// … or the newest version of an achievement …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub achievement_id: Option<String>,
    /// … or what a placement awards, on its terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement_id: Option<String>,
    /// When it was or will be earned: a time, or a day (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awarded_at: Option<String>,
    /// The award period, for badges that are earned again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Words for the badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrative: Option<String>,
    /// What it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Piece>,
}

/// A piece of evidence as given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Piece {
    /// Where it can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrative: Option<String>,
}

/// The columns of a CSV file; those of evidence make one piece.
pub const COLUMNS: [&str; 15] = [
    "learner_id",
    "platform_id",
    "sub",
    "email",
    "name",
    "language",
    "version_id",
    "achievement_id",
    "placement_id",
    "awarded_at",
    "period",
    "narrative",
    "evidence_url",
    "evidence_name",
    "evidence_narrative",
];

/// Which column stands where; none where a file of outcomes says what became of the rows before.
#[derive(Clone, Debug)]
pub struct Header(Vec<Option<&'static str>>);

impl Header {
    /// Reads the first record.
    ///
    /// # Errors
    /// Columns that are unknown, stand twice, or are not enough to know who gets what.
    pub fn read(cells: Option<Vec<String>>) -> Result<Self, Unreadable> {
        let wrong = |what: String| Unreadable::Header { what };
        let cells = cells.ok_or_else(|| wrong("The first line is too long.".to_owned()))?;
        let mut columns = Vec::with_capacity(cells.len());
        for cell in &cells {
            let name = cell.trim().to_lowercase();
            if name == "row" || ADDED.contains(&name.as_str()) {
                columns.push(None);
                continue;
            }
            let Some(known) = COLUMNS.into_iter().find(|known| *known == name) else {
                let shown: String = name.chars().take(60).collect();
                return Err(wrong(format!(
                    "There is no column “{shown}”. Known are: {}.",
                    COLUMNS.join(", ")
                )));
            };
            if columns.contains(&Some(known)) {
                return Err(wrong(format!("The column {known} stands twice.")));
            }
            columns.push(Some(known));
        }
        let has = |name: &'static str| columns.contains(&Some(name));
        if !(has("learner_id") || has("email") || has("platform_id") && has("sub")) {
            return Err(wrong(
                "Who gets a badge? Give the column email, or learner_id, or platform_id and sub.".to_owned(),
            ));
        }
        if !["version_id", "achievement_id", "placement_id"].into_iter().any(has) {
            return Err(wrong(
                "Which badge is given? Give the column version_id, achievement_id or placement_id."
                    .to_owned(),
            ));
        }
        Ok(Self(columns))
    }

    /// What a record says.
    ///
    /// # Errors
    /// `row.cells`.
    pub fn row(&self, cells: &[String]) -> Result<Given> {
        if cells.len() > self.0.len() {
            let words = format!("The row has {} cells, but there are {} columns.", cells.len(), self.0.len());
            return Err(Error::invalid("row.cells", "row", words));
        }
        let mut given = Given::default();
        let mut piece = Piece::default();
        for (column, cell) in self.0.iter().zip(cells) {
            let Some(column) = column else { continue };
            let text = csv::restored(cell);
            if text.trim().is_empty() {
                continue;
            }
            let place = match *column {
                "learner_id" => &mut given.learner_id,
                "platform_id" => &mut given.platform_id,
                "sub" => &mut given.sub,
                "email" => &mut given.email,
                "name" => &mut given.name,
                "language" => &mut given.language,
                "version_id" => &mut given.version_id,
                "achievement_id" => &mut given.achievement_id,
                "placement_id" => &mut given.placement_id,
                "awarded_at" => &mut given.awarded_at,
                "period" => &mut given.period,
                "narrative" => &mut given.narrative,
                "evidence_url" => &mut piece.url,
                "evidence_name" => &mut piece.name,
                _ => &mut piece.narrative,
            };
            *place = Some(text);
        }
        if piece != Piece::default() {
            given.evidence.push(piece);
        }
        Ok(given)
    }
}

/// What a row asks for, where it makes sense.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Who gets it.
    pub learner: LearnerIn,
    /// What is awarded.
    pub what: What,
    /// When it was or will be earned; now when none.
    pub awarded_at: Option<DateTime<Utc>>,
    /// The award period, where one is named.
    pub period: Option<String>,
    /// Words for the badge.
    pub narrative: Option<String>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// What is awarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// This version.
    Version(AchievementVersionId),
    /// The newest version of this achievement.
    Achievement(AchievementId),
    /// What this placement awards, on its terms.
    Placement(PlacementId),
}

impl Given {
    /// What the row asks for.
    ///
    /// # Errors
    /// Invalid fields.
    pub fn checked(&self) -> Result<Asked> {
        let pieces: Vec<EvidenceIn> = self
            .evidence
            .iter()
            .cloned()
            .map(|Piece { url, name, narrative }| EvidenceIn { url, name, narrative })
            .collect();
        let period = validate::line_opt("period", self.period.as_deref(), 64)?;
        Ok(Asked {
            learner: self.learner()?,
            what: match (&self.version_id, &self.achievement_id, &self.placement_id) {
                (Some(id), None, None) => What::Version(id_in("version_id", id)?.into()),
                (None, Some(id), None) => What::Achievement(id_in("achievement_id", id)?.into()),
                (None, None, Some(id)) => What::Placement(id_in("placement_id", id)?.into()),
                _ => {
                    return Err(Error::invalid(
                        "row.what",
                        "version_id",
                        "Name the badge by version_id, achievement_id or placement_id, by one of them.",
                    ));
                }
            },
            awarded_at: self.awarded_at.as_deref().map(moment).transpose()?,
            period,
            narrative: checked_narrative(self.narrative.as_deref())?,
            evidence: checked_evidence(&pieces)?,
        })
    }

    fn learner(&self) -> Result<LearnerIn> {
        let Self { learner_id, platform_id, sub, email, name, language, .. } = self.clone();
        let person = PersonIn { name, email: email.clone(), language };
        match (learner_id, platform_id, sub, email) {
            // What is told beside an id is for whoever reads the list.
            (Some(id), None, None, _) => Ok(LearnerIn::Id(id_in("learner_id", &id)?.into())),
            (None, Some(platform), Some(sub), _) => {
                let platform = id_in("platform_id", &platform)?.into();
                Ok(LearnerIn::Account { platform, sub: sub.trim().to_owned(), person })
            }
            (None, None, None, Some(email)) => {
                Ok(LearnerIn::Email { email, name: person.name, language: person.language })
            }
            _ => Err(Error::invalid(
                "learner.unnamed",
                "email",
                "Name the learner by learner_id, by platform_id and sub, or by email.",
            )),
        }
    }
}

fn id_in(field: &str, text: &str) -> Result<uuid::Uuid> {
    text.trim().parse().map_err(|_| {
        Error::invalid("row.id", field, "Give an id such as 019ab000-0000-7000-8000-000000000001.")
    })
}

fn moment(text: &str) -> Result<DateTime<Utc>> {
    let text = text.trim();
    let day = || Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let moment = text.parse::<DateTime<Utc>>().ok().or_else(day);
    moment.ok_or_else(|| {
        Error::invalid(
            "row.time",
            "awarded_at",
            "Give a time such as 2026-09-21T14:13:20Z or a day such as 2026-09-21.",
        )
    })
}
