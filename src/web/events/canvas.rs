//! `POST /events/canvas/{secret}`: Canvas Live Events over HTTPS, signed only (`spec/signals.md` §1).
//!
//! Canvas signs the events of all its customers with the same keys, so the signature says that it is Canvas and the
//! secret in the address (Canvas sends no header) says whose Canvas. An event that is not signed is refused and
//! counted; one that says nothing to us is answered 200, because Canvas switches off what fails.

use lti::{Refusal, signed};
use poem::{
    Body, Request, Response, Result, handler,
    http::StatusCode,
    web::{Data, Path},
};
use serde_json::{Map, Value, json};

use super::{Sender, answer, enter_with, has_failed, ids_of, outcomes, read};
use crate::{
    app::App,
    domain::event_channel::{self, caliper, canvas, counts, item::Reading, receive::receive},
    error::{Error, Kind, Result as Outcomes},
    platform_client,
    store::entity::event_channel::ChannelKind,
};

#[handler]
pub async fn take_in(
    app: Data<&App>,
    Path(secret): Path<String>,
    request: &Request,
    body: Body,
) -> Result<Response> {
    let sender = enter_with(&app, request, ChannelKind::Canvas, &secret).await?;
    let body = read(&app, body).await?;
    let payload = match verified(&app, &sender, &body).await {
        Ok(payload) => payload,
        Err(refusal) => {
            counts::note_unsigned(&app, &sender.channel, refusal.code());
            tracing::warn!(
                correlation.id = sender.correlation, channel.id = %sender.channel.id, code = refusal.code(),
                "an event of Canvas was not signed as it must be"
            );
            let text = "Only signed events are taken: switch on \"Sign payload\" in the subscription.";
            return Err(Error::new(Kind::Unauthorized, "canvas.unsigned", text).into());
        }
    };
    let items = items_of(&app, &sender, &payload);
    let ids = ids_of(&items);
    let all = receive(&app, &sender.channel, Some(&sender.correlation), items).await?;
    let status = match has_failed(&sender, &all) {
        true => StatusCode::INTERNAL_SERVER_ERROR,
        false => StatusCode::OK,
    };
    Ok(answer(&sender, status, &json!({ "outcomes": outcomes(&ids, &all) })))
}

/// Without a secret nobody can say whose Canvas it is.
#[handler]
pub async fn take_in_unnamed() -> Result<Response> {
    Err(event_channel::unknown().into())
}

/// The signed payload: the whole body is one compact JWS, perhaps as a JSON text.
async fn verified(app: &App, sender: &Sender, body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::TokenMalformed)?.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let unverified = signed::peek(text)?;
    let url = sender.channel.keys_url.as_deref().unwrap_or(canvas::KEYS_URL);
    let keys = platform_client::keys::published(app, None, url, unverified.header()).await?;
    unverified.verify(&keys, app.clock.now())
}

/// What was signed: one event of Canvas's own form, or a Caliper envelope of the same subscription.
fn items_of(app: &App, sender: &Sender, payload: &Map<String, Value>) -> Vec<Outcomes<Reading>> {
    if let Some(account) = &sender.channel.account
        && !canvas::is_of_account(payload, account)
    {
        let text = "The event is of another root account than this channel may speak for.";
        return vec![Err(Error::new(Kind::Forbidden, "platform.not_granted", text))];
    }
    if payload.contains_key("data") {
        return match caliper::of_object(payload, app.settings.limits.batch_events) {
            Ok(envelope) => envelope.items,
            Err(error) => vec![Err(error)],
        };
    }
    vec![canvas::event(payload)]
}
