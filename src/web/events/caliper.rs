//! `POST /events/caliper`: Caliper envelopes from sensors, with the outcome of each item.

use poem::{Body, Request, Response, Result, handler, http::StatusCode, web::Data};
use serde_json::json;

use super::{answer, enter, has_failed, ids_of, outcomes, read};
use crate::{
    app::App,
    domain::event_channel::{caliper, receive::receive},
    store::entity::event_channel::ChannelKind,
    web::problem::Unreadable,
};

#[handler]
pub async fn take_in(app: Data<&App>, request: &Request, body: Body) -> Result<Response> {
    let sender = enter(&app, request, ChannelKind::Caliper).await?;
    let body = read(&app, body).await?;
    let envelope = caliper::envelope(&body, app.settings.limits.batch_events)
        .map_err(|error| Unreadable::bad(error.code(), error.message().to_owned()))?;
    let ids = ids_of(&envelope.items);
    let all = receive(&app, &sender.channel, Some(&sender.correlation), envelope.items).await?;
    let status = match has_failed(&sender, &all) {
        true => StatusCode::INTERNAL_SERVER_ERROR,
        false => StatusCode::OK,
    };
    let told = json!({ "sensor": envelope.sensor, "outcomes": outcomes(&ids, &all) });
    Ok(answer(&sender, status, &told))
}
