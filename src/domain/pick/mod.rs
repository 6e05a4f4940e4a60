//! Picks: an author chooses badges for a course inside the learning platform (deep linking, lti-1.3-tool §15).
//!
//! ```text
//! begin       the platform asks: kept with the launch, never in the page
//! shelf       what this author may place
//! draft       a badge that is only begun: an operator must approve it
//! answer      links for the platform, each with a token of its own; one answer for each request
//! recognise   the first launch that shows a token makes the placement, live if its rule passes by then what every
//!             rule must that goes live; what follows is never more than a draft
//! ```
//!
//! Links come back through custom parameters, which a course author can read and change: a token is good once, in
//! the deployment and course of its pick.

mod answer;
mod draft;
mod recognise;
mod shelf;

use lti::{Refusal, deep_linking::Settings};
use serde_json::json;
use uuid::Uuid;

pub use answer::{Chosen, Unanswered, answer, cancel, template, way_back};
pub use draft::draft;
pub(super) use recognise::{Recognised, may_go_live, recognise, take_effect};
pub use recognise::{Shown, shown};
pub use shelf::{Offer, PER_PAGE, Shelf, chosen, shelf};

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        session::Session,
    },
    error::{Error, Kind, Result},
    ids::{AchievementVersionId, CourseId, DeploymentId, LaunchId, OrganizationId},
    store::{WriteTx, entity::pick, pick as rows},
};

/// Stands in a rule for the link that is only being made.
pub const THIS_LINK: Uuid = Uuid::nil();
/// The custom parameter with a link's token. Lower case: some platforms make it so.
pub const TOKEN: &str = "laurel_pick";
/// The custom parameter that names the badge, for people who look into the link's settings.
pub const BADGE: &str = "laurel_badge";

/// What a platform asked an author to pick.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The row.
    pub row: pick::Model,
    /// What the platform accepts.
    pub settings: Settings,
}

impl Asked {
    /// Whether the platform takes links at all.
    ///
    /// # Errors
    /// `lti.dl.no_acceptable_type`: say so, and let the author go back (D08).
    pub fn acceptable(&self) -> Result<(), Refusal> {
        self.settings.choose(&[lti::deep_linking::ItemType::ResourceLink]).map(drop)
    }

    /// The versions that the author began here.
    #[must_use]
    pub fn drafts(&self) -> Vec<AchievementVersionId> {
        serde_json::from_value(self.row.drafts.clone()).unwrap_or_default()
    }
}

/// Where a pick comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct From {
    pub(super) launch: LaunchId,
    pub(super) organization: OrganizationId,
    pub(super) deployment: DeploymentId,
    pub(super) course: Option<CourseId>,
}

/// Keeps what a platform asked for, in the transaction of its launch.
pub(super) async fn begin(app: &App, tx: &WriteTx, from: From, settings: &Settings) -> Result<()> {
    let row = pick::Model {
        id: from.launch,
        organization_id: from.organization,
        deployment_id: from.deployment,
        course_id: from.course,
        settings: serde_json::to_value(settings).map_err(Error::internal)?,
        drafts: json!([]),
        choice_hash: None,
        answer: None,
        answered_at: None,
        created_at: app.clock.now(),
    };
    rows::insert(tx, row).await?;
    Ok(())
}

/// What the platform asked this session's author to pick.
///
/// # Errors
/// `not_found` when the session began otherwise; `pick.not_permitted` when the person no longer teaches here.
pub async fn find(app: &App, session: &Session) -> Result<Asked> {
    let none = || Error::not_found("request to pick something");
    let organization = session.launch.organization_id.ok_or_else(none)?;
    let row = rows::find(app.store.read(), organization, session.launch.id).await?.ok_or_else(none)?;
    // The launch was checked; a newer one may have shown that the person is a learner here by now (R06).
    if session.enrollment.as_ref().is_some_and(|enrollment| enrollment.permission == "learn") {
        return Err(Error::new(
            Kind::Forbidden,
            "pick.not_permitted",
            "Your role in this course does not let you place badges any more.",
        ));
    }
    let settings = serde_json::from_value(row.settings.clone()).map_err(Error::internal)?;
    Ok(Asked { row, settings })
}

/// The author, for the audit.
#[must_use]
pub fn author(asked: &Asked, correlation: Option<String>) -> Caller {
    Caller { correlation, ..Caller::new(asked.row.organization_id, Actor::Instructor(asked.row.id)) }
}
