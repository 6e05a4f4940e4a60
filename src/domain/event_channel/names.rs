//! What else a platform calls its people and courses, told by launches and rosters in custom parameters: needed
//! where its events use those names (`spec/signals.md` §1, NRPS `rlid`).
//!
//! A name that two people have names nobody: whoever reads them sees both, and refuses.

use std::collections::BTreeMap;

use super::{
    canvas,
    item::CANVAS,
    json::{MAX_NAME, is_name},
};
use crate::{
    app::App,
    error::Result,
    ids::{CourseId, LearnerId, OrganizationId, PlatformId},
    store::{
        WriteTx,
        entity::external_name::{Model, NamedNoun},
        external_name as rows,
    },
};

/// Custom parameter, what it names, in which scheme, and the variable that a platform puts into it.
const PARAMETERS: [(&str, NamedNoun, &str, &str); 5] = [
    ("canvas_user_id", NamedNoun::Learner, CANVAS, "$Canvas.user.id"),
    ("canvas_course_id", NamedNoun::Course, CANVAS, "$Canvas.course.id"),
    ("user_id", NamedNoun::Learner, "user_id", "$User.id"),
    ("username", NamedNoun::Learner, "username", "$User.username"),
    ("person_sourced_id", NamedNoun::Learner, "sourced_id", "$Person.sourcedId"),
];

/// The schemes in which learners have names.
pub fn schemes() -> impl Iterator<Item = &'static str> {
    PARAMETERS.iter().filter(|(_, noun, ..)| *noun == NamedNoun::Learner).map(|(_, _, scheme, _)| *scheme)
}

/// Whether learners can have names in this scheme.
#[must_use]
pub fn is_scheme(name: &str) -> bool {
    schemes().any(|scheme| scheme == name)
}

/// The custom parameters that tell names, with their variables: what to ask a platform for.
pub fn wanted() -> impl Iterator<Item = (&'static str, &'static str)> {
    PARAMETERS.iter().map(|(parameter, _, _, variable)| (*parameter, *variable))
}

/// Somebody of whom a platform told custom parameters, and where.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Which platform.
    pub platform: PlatformId,
    /// In which course.
    pub course: Option<CourseId>,
    /// Who.
    pub learner: LearnerId,
    /// What was told.
    pub custom: &'a BTreeMap<String, String>,
}

/// Writes down the names that people's custom parameters tell: nothing at all where they tell none, otherwise
/// one statement.
///
/// # Errors
/// Only the database's.
pub async fn learn(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    people: &[Named<'_>],
) -> Result<()> {
    let now = app.clock.now();
    let mut told = Vec::new();
    for person in people {
        for (parameter, noun, scheme, _) in PARAMETERS {
            let name = person.custom.get(parameter).filter(|name| is_name(name, MAX_NAME));
            let Some(name) = name.filter(|name| !name.starts_with('$')) else { continue };
            let subject_id = match noun {
                NamedNoun::Learner => person.learner.0,
                NamedNoun::Course => match person.course {
                    Some(course) => course.0,
                    None => continue,
                },
            };
            told.push(Model {
                id: app.dice.row_id(now),
                organization_id: organization,
                platform_id: person.platform,
                noun,
                scheme: scheme.to_owned(),
                name: if scheme == CANVAS { canvas::local(name, None) } else { name.clone() },
                subject_id,
                created_at: now,
            });
        }
    }
    // In one order, so that two of these never hold each other up.
    told.sort_by(|one, other| (&one.scheme, &one.name).cmp(&(&other.scheme, &other.name)));
    told.dedup_by(|one, other| {
        (one.noun, &one.scheme, &one.name, one.subject_id)
            == (other.noun, &other.scheme, &other.name, other.subject_id)
    });
    Ok(rows::insert_new(tx, told).await?)
}
