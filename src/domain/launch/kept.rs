//! What a message leaves beside its launch record, in the same transaction: what its page will need.

use lti::Message;

use super::Arrival;
use crate::{
    app::App,
    error::Result,
    store::{WriteTx, entity::launch_record},
};

/// Keeps what the message's page needs; `record` is inserted by now.
pub(super) async fn keep(
    _app: &App,
    _tx: &WriteTx,
    arrival: &Arrival<'_>,
    _record: &launch_record::Model,
) -> Result<()> {
    match &arrival.launch.message {
        Message::ResourceLink(_) | Message::DeepLinking(_) | Message::SubmissionReview(_) => Ok(()),
    }
}
