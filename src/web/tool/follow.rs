//! What follows from a launch that was found true (lti-1.3-tool §10.2 step 26): `domain` takes it in, and the
//! browser goes to the page of its message type, with a session. Which message opens which page is said
//! here, once.

use std::sync::Arc;

use lti::{Launch, Message, Progress, Refusal};
use poem::{Response, Result};

use super::{origins, refused};
use crate::{
    app::{App, PlatformEntry},
    domain::{
        launch::{Arrival, Received, receive},
        review,
    },
    store::entity::deployment::Model as Deployment,
    telemetry::CorrelationId,
    web::{
        answer::{framed_by, no_store, see_other},
        cookies,
        course::{HANDOVER, PICK},
    },
};

/// A good message, where it comes from and where it leads.
pub(super) struct Checked {
    pub(super) launch: Launch,
    /// Path and query of the page that answers it.
    pub(super) page: String,
    /// `None` when it is new and will be accepted.
    pub(super) deployment: Option<Arc<Deployment>>,
}

/// What this browser keeps.
#[derive(Clone, Copy)]
pub(super) enum Kept<'a> {
    /// Cookies, as far as we know; the login's has this name.
    Cookie(&'a str),
    Nothing,
}

/// The page that answers a message. A click leads to the page that was signed; other messages have one page each,
/// whatever target their platform sends along.
pub(super) fn page_of(launch: &Launch) -> String {
    match &launch.message {
        // Canvas asks for somebody's work by an ordinary launch (§19).
        Message::ResourceLink(_) if launch.for_user.is_some() => review::PATH.to_owned(),
        Message::ResourceLink(_) => launch.target.path_and_query().to_owned(),
        Message::SubmissionReview(_) => review::PATH.to_owned(),
        Message::DeepLinking(_) => PICK.to_owned(),
    }
}

/// Step 26: what follows, and where the browser goes.
pub(super) async fn follow(
    app: &App,
    entry: &PlatformEntry,
    checked: Checked,
    progress: &Progress,
    correlation: &CorrelationId,
    browser: Kept<'_>,
) -> Result<Response> {
    let arrival = Arrival {
        platform: entry,
        deployment: checked.deployment.as_deref(),
        launch: &checked.launch,
        progress,
        correlation: correlation.as_str(),
        keeps_cookies: matches!(browser, Kept::Cookie(_)),
    };
    let (id, secret) = match receive(app, arrival).await? {
        Received::Replayed => return Err(refused(Refusal::StateReplayed, Some(entry))),
        Received::Session { id, secret, awards } => {
            tracing::info!(
                correlation.id = %correlation, platform.id = %entry.row.id, launch.id = %id,
                launch.outcome = "ok", awards = awards.len(), "a launch"
            );
            (id, secret)
        }
    };
    let mut location = lti::with_parameters(&checked.page, &[("launch", &id.to_string())]);
    if let Kept::Nothing = browser {
        // The target has a query by now.
        location = format!("{location}&{HANDOVER}={secret}");
    }
    let mut answer = see_other(&location);
    no_store(&mut answer);
    if let Kept::Cookie(binding) = browser {
        cookies::delete(app, &mut answer, binding);
        cookies::set_session(app, &mut answer, id, &secret);
    }
    Ok(framed_by(answer, origins(entry)))
}
