//! What lists of awards look like in the API: rows as given, and what became of them.

use poem_openapi::{Object, types::Example};
use uuid::Uuid;

use super::examples;
use crate::{
    app::App,
    domain::bulk::{self, given::Given},
    error::Result,
    ids::{AwardId, BulkId, LearnerId, PassId},
    store::entity::{
        bulk::{BulkState, Model},
        bulk_row::{self, BulkRowState},
    },
};

/// A piece of evidence of a row.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct BulkEvidence {
    /// Where it can be seen.
    url: Option<String>,
    /// What it is called.
    name: Option<String>,
    /// What it shows.
    narrative: Option<String>,
}

/// A row of a list: who gets what, when, and why. Wrong rows are refused one by one.
#[derive(Clone, Debug, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct BulkRowIn {
    /// Our id of the learner; or
    learner_id: Option<String>,
    /// their platform
    platform_id: Option<String>,
    /// and its id of them; or
    sub: Option<String>,
    /// their address alone. Unknown people are created, but for an id.
    email: Option<String>,
    /// Full name.
    name: Option<String>,
    /// Language tag.
    language: Option<String>,
    /// What is awarded; or
    version_id: Option<String>,
    /// the achievement, of which the newest version is awarded; or
    achievement_id: Option<String>,
    /// the placement whose badge is awarded, on its terms: within its scope, in the period of `awarded_at`.
    placement_id: Option<String>,
    /// When it was earned, or will be: a time, or a day in UTC. Now if left out; ahead of time it is scheduled.
    awarded_at: Option<String>,
    /// The award period, for badges that are given again, where no placement says which it is.
    period: Option<String>,
    /// Words for the badge.
    narrative: Option<String>,
    /// What it rests on.
    evidence: Option<Vec<BulkEvidence>>,
}

/// A list of awards.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct BulkIn {
    /// 1 to 100,000.
    rows: Vec<BulkRowIn>,
}

impl Example for BulkIn {
    fn example() -> Self {
        let row = BulkRowIn {
            email: Some("linus@example.org".to_owned()),
            name: Some("Linus Berger".to_owned()),
            version_id: Some(examples::version::<Uuid>().to_string()),
            narrative: Some("Took part in the workshop day.".to_owned()),
            ..BulkRowIn::default()
        };
        Self { rows: vec![row] }
    }
}

/// What became of the rows of a list, by their number.
#[derive(Clone, Copy, Debug, Object)]
pub struct BulkTallyOut {
    /// Nothing yet.
    waiting: i64,
    /// Awarded.
    awarded: i64,
    /// To be awarded in their time.
    scheduled: i64,
    /// The learner had it already.
    already: i64,
    /// Refused.
    refused: i64,
}

/// A list that was uploaded.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct BulkOut {
    /// Its id.
    id: BulkId,
    /// Where it is.
    state: BulkState,
    /// How many rows it has.
    total: i32,
    /// Which time its rows are worked on, from 1.
    run: i32,
    /// What became of them so far.
    rows: Option<BulkTallyOut>,
    /// The pass under which the newest run awards; `pass_undo` takes it back until its mails leave, an hour later.
    pass_id: Option<PassId>,
    /// When it was uploaded.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When all rows had an outcome, or it was stopped.
    ended_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Example for BulkOut {
    fn example() -> Self {
        Self {
            id: examples::bulk(),
            state: BulkState::Running,
            total: 1,
            run: 1,
            rows: Some(BulkTallyOut { waiting: 1, awarded: 0, scheduled: 0, already: 0, refused: 0 }),
            pass_id: Some(examples::pass()),
            created_at: examples::time(),
            ended_at: None,
        }
    }
}

impl From<Model> for BulkOut {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            state: row.state,
            total: row.total,
            run: row.run,
            rows: None,
            pass_id: row.pass_id,
            created_at: row.created_at,
            ended_at: row.ended_at,
        }
    }
}

impl BulkOut {
    pub async fn whole(app: &App, row: Model) -> Result<Self> {
        let tally = bulk::tally(app, &row).await?;
        let bulk::Tally { waiting, awarded, scheduled, already, refused } = tally;
        Ok(Self { rows: Some(BulkTallyOut { waiting, awarded, scheduled, already, refused }), ..row.into() })
    }
}

/// A row with what became of it.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct BulkRowOut {
    /// The line of a CSV file, or the place in a list, from 1.
    number: i32,
    /// What became of it.
    state: BulkRowState,
    /// As given; empty where it could not be read.
    given: BulkRowIn,
    /// Who was meant.
    learner_id: Option<LearnerId>,
    /// The award, also an earlier one.
    award_id: Option<AwardId>,
    /// Why it was refused, for machines. What begins with `row.` is wrong with the row itself.
    code: Option<String>,
    /// Why it was refused.
    words: Option<String>,
}

impl Example for BulkRowOut {
    fn example() -> Self {
        Self {
            number: 1,
            state: BulkRowState::Refused,
            given: BulkRowIn { email: Some("linus".to_owned()), ..BulkRowIn::default() },
            learner_id: None,
            award_id: None,
            code: Some("email.invalid".to_owned()),
            words: Some("learner.email: This is not an e-mail address mail can be sent to.".to_owned()),
        }
    }
}

impl From<bulk_row::Model> for BulkRowOut {
    fn from(row: bulk_row::Model) -> Self {
        let given: Given = serde_json::from_value(row.given).unwrap_or_default();
        let evidence = given.evidence.into_iter();
        let evidence: Vec<BulkEvidence> = evidence
            .map(|piece| BulkEvidence { url: piece.url, name: piece.name, narrative: piece.narrative })
            .collect();
        Self {
            number: row.number,
            state: row.state,
            given: BulkRowIn {
                learner_id: given.learner_id,
                platform_id: given.platform_id,
                sub: given.sub,
                email: given.email,
                name: given.name,
                language: given.language,
                version_id: given.version_id,
                achievement_id: given.achievement_id,
                placement_id: given.placement_id,
                awarded_at: given.awarded_at,
                period: given.period,
                narrative: given.narrative,
                evidence: Some(evidence).filter(|evidence| !evidence.is_empty()),
            },
            learner_id: row.learner_id,
            award_id: row.award_id,
            code: row.code,
            words: row.words,
        }
    }
}
