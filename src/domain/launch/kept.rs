//! What a message leaves beside its launch record, in the same transaction: what its page will need, and what
//! follows from where its course and link come from.

use lti::{Launch, Message, Permission};
use serde_json::json;

use super::{
    Arrival,
    place::{Place, place_of},
};
use crate::{
    app::App,
    domain::{copy, pick},
    error::Result,
    ids::OrganizationId,
    store::{
        WriteTx,
        entity::{launch_record, review},
        launch as launches, review as reviews,
    },
};

/// Keeps what the message's page needs; `record` is inserted by now.
pub(super) async fn keep(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    arrival: &Arrival<'_>,
    record: &launch_record::Model,
    place: &Place,
) -> Result<()> {
    if is_review(arrival.launch) {
        keep_review(app, tx, arrival.launch, record).await?;
    }
    match &arrival.launch.message {
        Message::ResourceLink(_) | Message::SubmissionReview(_) => Ok(()),
        Message::DeepLinking(settings) => {
            let from = pick::From {
                launch: record.id,
                organization,
                deployment: place.deployment,
                course: place.course.as_ref().map(|course| course.id),
            };
            pick::begin(app, tx, from, settings).await
        }
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

/// Where the course and the link of a launch come from: prepares a copied course, and knows a picked link again.
/// The place is as it is then.
pub(super) async fn trace(
    app: &App,
    tx: &WriteTx,
    arrival: &Arrival<'_>,
    place: &mut Place,
) -> Result<pick::Recognised> {
    let launch = arrival.launch;
    let platform = arrival.platform.row.id;
    let history = launch.history();
    let mut is_prepared = false;
    if let Some(course) = &place.course
        && let Some(prepared) = copy::prepare(app, tx, platform, course, &history.contexts).await?
    {
        place.course = Some(prepared);
        is_prepared = true;
    }
    if let (Some(course), Some(link)) = (&place.course, &place.link) {
        copy::trace(app, tx, platform, course, link, &history.links).await?;
    }
    let recognised = pick::recognise(app, tx, launch, place.link.as_ref(), place.course.as_ref()).await?;
    Ok(match recognised {
        pick::Recognised::Nothing if is_prepared => pick::Recognised::Placed,
        recognised => recognised,
    })
}

/// A message from nobody in particular: its record, its place and what its page needs; `false` when it is a replay.
pub(super) async fn keep_of_nobody(
    app: &App,
    organization: OrganizationId,
    arrival: &Arrival<'_>,
    mut record: launch_record::Model,
) -> Result<bool> {
    let tx = app.store.write().await?;
    let place = place_of(app, &tx, organization, arrival).await?;
    record.course_id = place.course.as_ref().map(|course| course.id);
    record.link_id = place.link.as_ref().map(|link| link.id);
    if !launches::insert(&tx, record.clone()).await? {
        return Ok(false);
    }
    keep(app, &tx, organization, arrival, &record, &place).await?;
    tx.commit().await?;
    Ok(true)
}
