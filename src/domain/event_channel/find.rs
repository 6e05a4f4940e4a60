//! Finding whom and which course an event means, by whatever name its sender has for them.
//!
//! A name that two have names nobody. Reads only.

use sea_orm::ConnectionTrait;

use super::item::{self, CourseName, Name};
use crate::{
    app::{App, PlatformEntry},
    error::{Error, Kind as ErrorKind, Result},
    ids::{CourseId, LearnerId, OrganizationId},
    store::{
        course as courses,
        entity::{course, external_name::NamedNoun, learner},
        external_name, learner as learners,
    },
};

/// What a search for a learner came to.
pub(super) enum Found {
    /// This one.
    One(Box<learner::Model>),
    /// Nobody is called so.
    Nobody,
}

/// Who is called so.
///
/// # Errors
/// `actor.ambiguous` where two are.
pub(super) async fn find_learner(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: &PlatformEntry,
    name: &Name,
) -> Result<Found> {
    let issuer = &platform.row.issuer_url;
    let found = match name {
        Name::Sub(sub) => {
            let learner = learners::of_sub(db, organization, issuer, sub).await?;
            return Ok(learner.map_or(Found::Nobody, |learner| Found::One(Box::new(learner))));
        }
        Name::External(scheme, name) => {
            let names = [(scheme.as_str(), name.as_str())];
            let noun = NamedNoun::Learner;
            let ids = external_name::subjects(db, organization, platform.row.id, noun, &names).await?;
            match ids.len() {
                0 => Vec::new(),
                _ => learners::of_ids(db, organization, ids.into_iter().map(LearnerId)).await?,
            }
        }
        Name::Address(address) => learners::confirmed_of_address(db, organization, issuer, address).await?,
    };
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (None, _) => Ok(Found::Nobody),
        (Some(learner), None) => Ok(Found::One(Box::new(learner))),
        (Some(_), Some(_)) => Err(Error::new(
            ErrorKind::Invalid,
            "actor.ambiguous",
            "Several people here are called so. Let the sender use another name of them.",
        )),
    }
}

/// The first of a course's names that is one of ours.
pub(super) async fn find_course(
    app: &App,
    organization: OrganizationId,
    platform: &PlatformEntry,
    names: &[CourseName],
) -> Result<Option<course::Model>> {
    let db = app.store.read();
    let contexts: Vec<&str> = names
        .iter()
        .filter_map(|name| match name {
            CourseName::Context(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let mut known = match contexts.is_empty() {
        true => Vec::new(),
        false => courses::of_platform(db, organization, platform.row.id, &contexts).await?,
    };
    for name in names {
        let found = match name {
            CourseName::Context(id) => {
                let mut several = known.iter().enumerate().filter(|(_, course)| course.context_id == *id);
                match (several.next(), several.next()) {
                    // Two deployments have a course of this name: which is meant, nobody said.
                    (Some(_), Some(_)) => return Err(ambiguous_course()),
                    (Some((index, _)), None) => Some(known.swap_remove(index)),
                    (None, _) => None,
                }
            }
            CourseName::Canvas(number) => {
                let names = [(item::CANVAS, number.as_str())];
                let noun = NamedNoun::Course;
                let ids = external_name::subjects(db, organization, platform.row.id, noun, &names).await?;
                match ids.as_slice() {
                    [] => None,
                    [one] => courses::find(db, organization, CourseId(*one)).await?,
                    _ => return Err(ambiguous_course()),
                }
            }
            CourseName::Iri(_) | CourseName::Perhaps(_) => None,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn ambiguous_course() -> Error {
    Error::new(ErrorKind::Invalid, "course.ambiguous", "Several courses here are called so.")
}
