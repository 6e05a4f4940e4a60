//! What is missing, in English.

use chrono::DateTime;

use super::{
    English, NUMBERS,
    things::{link_title, people, points, span, strength},
};
use crate::{
    language::Names,
    rule::Unit,
    signal::Strength,
    verdict::{Missing, NoScore},
    words::{Words as _, badges, percent, tidy, written},
};

/// A lack, as one or two sentences.
pub(super) fn sentences(words: &English, missing: &Missing, unit: Option<Unit>, names: &dyn Names) -> String {
    match missing {
        Missing::More { n } => {
            format!("Still needed: {} of these.", written(usize::try_from(*n).unwrap_or(0), &NUMBERS))
        }
        Missing::Launch { link: Some(link) } => {
            format!("Not opened yet. Please open {} in the course.", link_title(*link, names))
        }
        Missing::Launch { link: None } => "Not opened yet. Please open it from the course.".to_owned(),
        Missing::Parameter { name, known: true, .. } => {
            format!("Opened, but “{}” does not have the needed value.", tidy(name))
        }
        Missing::Parameter { name, known: false, .. } => format!(
            "Opened, but the learning platform did not say what “{}” is. Please ask your instructor.",
            tidy(name)
        ),
        Missing::Completion { .. } => "No completion has been reported yet.".to_owned(),
        Missing::Score { why, .. } => match why {
            NoScore::Untold => "No score has been reported yet.",
            NoScore::Missing => "Not graded yet.",
            NoScore::Excused => "Excused, so there is no score.",
            NoScore::Unreleased => "Graded, but not released yet.",
            NoScore::NoMaximum => "The score came without its maximum, so there is no percentage.",
        }
        .to_owned(),
        Missing::ScoreOutside { given, maximum, .. } => {
            let points = match maximum {
                Some(maximum) => format!("{} of {}", given.normalize(), points(*maximum)),
                None => points(*given),
            };
            match percent(*given, *maximum).filter(|_| unit == Some(Unit::Percent)) {
                Some(percent) => format!("Current score: {percent}% ({points})."),
                None => format!("Current score: {points}."),
            }
        }
        Missing::Role { known: true } => "The learning platform lists another role.".to_owned(),
        Missing::Role { known: false } => "The role is not known yet.".to_owned(),
        Missing::Release { link } => format!(
            "Not open yet. Please do what the learning platform asks for before it opens {}.",
            link_title(*link, names)
        ),
        Missing::Awards { lacking, n } => format!("Still needed: {}.", badges(words, lacking, *n, names)),
        Missing::Approvals { n, declined } => {
            let needed = format!("Still needed: the approval of {}.", people(*n));
            if *declined { format!("Declined by a person. {needed}") } else { needed }
        }
        Missing::Membership { known: true } => {
            "The learning platform does not list the learner there.".to_owned()
        }
        Missing::Membership { known: false } => "Who is in it is not known yet.".to_owned(),
        Missing::Straddles { after, at } if *after <= DateTime::UNIX_EPOCH => format!(
            "Read on {}, but nobody knows when it happened, so perhaps outside of the time that counts. A person \
             must decide.",
            words.date(*at)
        ),
        Missing::Straddles { after, at } => format!(
            "Read on {}, but it may have happened at any time since {}, so perhaps outside of the time that \
             counts. A person must decide.",
            words.date(*at),
            words.date(*after)
        ),
        Missing::TooFarApart { within } => format!(
            "All of it was done, but no more than {} may lie between the first and the last.",
            span(*within)
        ),
        Missing::Stronger { have, need: Strength::Attested } => {
            format!("Seen, but only with {} proof; a person must attest it.", strength(*have))
        }
        Missing::Stronger { have, need } => format!(
            "Seen, but only with {} proof; at least {} proof is needed.",
            strength(*have),
            strength(*need)
        ),
        Missing::Settling { until } => {
            format!("Met, but it must stay so until {} at {} UTC.", words.date(*until), until.format("%H:%M"))
        }
    }
}
