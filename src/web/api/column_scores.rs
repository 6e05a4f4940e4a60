//! Scores: what was reported into a column, learner by learner.

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
    problems::ReadProblem,
    trouble::TroubleOut,
};
use crate::{
    app::App,
    domain::line_item::{explain, manage},
    ids::{AwardId, LearnerId, LineItemId, ScoreReportId},
    store::{
        entity::score_report::{self as report, ReportState, ScoreWanted},
        score_report as reports,
    },
    web::who::MayRead,
};

/// What a column should say about a learner.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct ScoreOut {
    /// Its id.
    id: ScoreReportId,
    /// About whom.
    learner_id: LearnerId,
    /// Because of which award.
    award_id: AwardId,
    /// Full points, or none any more.
    wanted: ScoreWanted,
    /// What became of it.
    state: ReportState,
    /// What went wrong last.
    trouble: Option<TroubleOut>,
    /// When it was decided.
    decided_at: chrono::DateTime<chrono::Utc>,
    /// When it was last sent.
    sent_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Example for ScoreOut {
    fn example() -> Self {
        Self {
            id: examples::score(),
            learner_id: examples::learner(),
            award_id: examples::award(),
            wanted: ScoreWanted::Awarded,
            state: ReportState::Failed,
            trouble: TroubleOut::explained(
                Some("lti.ags.rejected".to_owned()),
                Some("Incorrect score received".to_owned()),
                explain,
            ),
            decided_at: examples::time(),
            sent_at: Some(examples::time()),
        }
    }
}

impl From<report::Model> for ScoreOut {
    fn from(row: report::Model) -> Self {
        Self {
            id: row.id,
            learner_id: row.learner_id,
            award_id: row.award_id,
            wanted: row.wanted,
            state: row.state,
            trouble: TroubleOut::explained(row.trouble, row.trouble_words, explain),
            decided_at: row.decided_at,
            sent_at: row.posted_at,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct ColumnScores;

#[OpenApi(tag = "Tag::Columns")]
impl ColumnScores {
    /// List the scores reported into a column.
    ///
    /// Newest first, one per learner, with why the platform refused one.
    ///
    /// Scope: `read`.
    #[oai(path = "/columns/:id/scores", method = "get", operation_id = "column_scores")]
    async fn column_scores(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<LineItemId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<ScoreOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let item = manage::find(&app, organization, id.0).await?;
        let page = reports::list(app.store.read(), organization, item.id, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }
}
