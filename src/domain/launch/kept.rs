//! What a message leaves beside its launch record, in the same transaction: what its page will need.

use lti::{Launch, Message, Permission};
use serde_json::json;

use super::Arrival;
use crate::{
    app::App,
    error::Result,
    store::{
        WriteTx,
        entity::{launch_record, review},
        review as reviews,
    },
};

/// Keeps what the message's page needs; `record` is inserted by now.
pub(super) async fn keep(
    app: &App,
    tx: &WriteTx,
    arrival: &Arrival<'_>,
    record: &launch_record::Model,
) -> Result<()> {
    if is_review(arrival.launch) {
        keep_review(app, tx, arrival.launch, record).await?;
    }
    match &arrival.launch.message {
        Message::ResourceLink(_) | Message::DeepLinking(_) | Message::SubmissionReview(_) => Ok(()),
    }
}

/// Whether a launch lets its person see others' work: in a submission review, or as a mentor.
pub(super) fn is_review(launch: &Launch) -> bool {
    launch.reviewed().is_some() || is_mentor(launch)
}

fn is_mentor(launch: &Launch) -> bool {
    launch.permission == Permission::Observe && launch.roles.is_mentor_here()
}

async fn keep_review(app: &App, tx: &WriteTx, launch: &Launch, record: &launch_record::Model) -> Result<()> {
    let (Some(organization_id), Some(learner_id)) = (record.organization_id, record.learner_id) else {
        return Ok(());
    };
    let line_item = match &launch.message {
        Message::SubmissionReview(review) => Some(review.line_item.clone()),
        _ => launch.services.ags.as_ref().and_then(|ags| ags.lineitem.clone()),
    };
    let reviewed = launch.reviewed();
    let row = review::Model {
        id: record.id,
        organization_id,
        learner_id,
        course_id: record.course_id,
        for_user: reviewed.map(|user| user.user_id.clone()),
        line_item_url: reviewed.and(line_item),
        mentored: json!(launch.mentored),
        return_url: launch.return_url.clone(),
        created_at: app.clock.now(),
    };
    reviews::insert(tx, row).await?;
    Ok(())
}
