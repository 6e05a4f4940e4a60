//! What the picker's form says: which badges, and what the author wants of each, by its place in the form.

use chrono::{DateTime, NaiveDateTime, Utc};
use criteria::{Filling, SlotKind};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    domain::pick::{self, Chosen, Offer, THIS_LINK},
    error::{Error, Result},
    ids::AchievementVersionId,
    web::course::Sent,
};

/// What stands chosen. Where only one may be, radio buttons send one; a forced second is refused later (D07).
pub(super) fn chosen(sent: &Sent) -> Result<Vec<AchievementVersionId>> {
    let mut chosen = Vec::new();
    for id in sent.all("choose") {
        let id = id.parse().map_err(|_| Error::not_found("badge that you may place"))?;
        if !chosen.contains(&id) {
            chosen.push(id);
        }
    }
    Ok(chosen)
}

/// What the author says about each badge, by its place in the form.
pub(super) fn choice(sent: &Sent, offers: &[Offer]) -> Result<Vec<Chosen>> {
    let mut choice = Vec::new();
    for (at, offer) in offers.iter().enumerate() {
        let column = match sent.first(&format!("column-{at}")) {
            None => None,
            Some(_) => Some(number_in(sent, &format!("maximum-{at}"))?),
        };
        let rule = pick::template(&offer.version.rule)?;
        let mut fillings = Vec::new();
        for (place, slot) in rule.slots().into_iter().enumerate() {
            let name = format!("slot-{at}-{place}");
            let Some(said) = sent.filled(&name) else { continue };
            let filling = match slot.kind {
                SlotKind::Link if said == "any" => continue,
                SlotKind::Link if said == "this" => Filling::Link(THIS_LINK),
                SlotKind::Link => Filling::Link(
                    said.parse::<Uuid>()
                        .map_err(|_| Error::invalid("link.elsewhere", &name, "There is no such link."))?,
                ),
                _ => Filling::Number(
                    Decimal::from_str_exact(said)
                        .map_err(|_| Error::invalid("rule.number", &name, "Give a number."))?,
                ),
            };
            fillings.push((slot.path, filling));
        }
        choice.push(Chosen {
            version: offer.version.id,
            fillings,
            column,
            opens_at: moment_in(sent, &format!("opens-{at}"))?,
            due_at: moment_in(sent, &format!("due-{at}"))?,
        });
    }
    Ok(choice)
}

fn number_in(sent: &Sent, name: &str) -> Result<u32> {
    let number = sent.filled(name).and_then(|text| text.parse().ok());
    let wrong = || Error::invalid("pick.column_maximum", name, "Give a whole number from 1 to 100.");
    number.filter(|number| (1..=100).contains(number)).ok_or_else(wrong)
}

/// A day and minute as browsers send it, in UTC.
fn moment_in(sent: &Sent, name: &str) -> Result<Option<DateTime<Utc>>> {
    let Some(text) = sent.filled(name) else { return Ok(None) };
    let found = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|moment| moment.and_utc());
    found.map(Some).ok_or_else(|| Error::invalid("pick.dates", name, "Give a day and a time."))
}
