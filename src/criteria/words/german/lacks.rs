//! What is missing, in German.

use chrono::DateTime;
use rust_decimal::Decimal;

use super::{
    German, NUMBERS,
    things::{adverb, link_title, number, people, points, span},
};
use crate::{
    language::Names,
    rule::Unit,
    signal::Strength,
    verdict::{Missing, NoScore},
    words::{Words as _, badges, percent, tidy, written},
};

/// A lack, as one or two sentences.
pub(super) fn sentences(words: &German, missing: &Missing, unit: Option<Unit>, names: &dyn Names) -> String {
    match missing {
        Missing::More { n: 1 } => "Noch nötig: eines davon.".to_owned(),
        Missing::More { n } => {
            format!("Noch nötig: {} davon.", written(usize::try_from(*n).unwrap_or(0), &NUMBERS))
        }
        Missing::Launch { link: Some(link) } => {
            format!("Noch nicht geöffnet. Bitte {} im Kurs öffnen.", link_title(*link, names))
        }
        Missing::Launch { link: None } => "Noch nicht geöffnet. Bitte aus dem Kurs heraus öffnen.".to_owned(),
        Missing::Parameter { name, known: true, .. } => {
            format!("Geöffnet, aber „{}“ hat nicht den nötigen Wert.", tidy(name))
        }
        Missing::Parameter { name, known: false, .. } => format!(
            "Geöffnet, aber die Lernplattform hat „{}“ nicht mitgeteilt. Bitte die Kursleitung fragen.",
            tidy(name)
        ),
        Missing::Completion { .. } => "Es wurde noch kein Abschluss gemeldet.".to_owned(),
        Missing::Score { why, .. } => match why {
            NoScore::Untold => "Es wurde noch keine Bewertung gemeldet.",
            NoScore::Missing => "Noch nicht bewertet.",
            NoScore::Excused => "Entschuldigt, daher gibt es keine Bewertung.",
            NoScore::Unreleased => "Bewertet, aber noch nicht freigegeben.",
            NoScore::NoMaximum => "Ohne Höchstpunktzahl gemeldet, daher gibt es keinen Prozentwert.",
        }
        .to_owned(),
        Missing::ScoreOutside { given, maximum, .. } => {
            let points = match maximum {
                Some(maximum) => {
                    let noun = if *maximum == Decimal::ONE { "Punkt" } else { "Punkten" };
                    format!("{} von {} {noun}", number(*given), number(*maximum))
                }
                None => points(*given),
            };
            match percent(*given, *maximum).filter(|_| unit == Some(Unit::Percent)) {
                Some(percent) => format!("Aktueller Stand: {}\u{a0}% ({points}).", number(percent)),
                None => format!("Aktueller Stand: {points}."),
            }
        }
        Missing::Role { known: true } => "Die Lernplattform nennt eine andere Rolle.".to_owned(),
        Missing::Role { known: false } => "Die Rolle ist noch nicht bekannt.".to_owned(),
        Missing::Release { link } => format!(
            "Noch nicht freigegeben. Bitte erst erledigen, was die Lernplattform für {} verlangt.",
            link_title(*link, names)
        ),
        Missing::Awards { lacking, n } => format!("Noch nötig: {}.", badges(words, lacking, *n, names)),
        Missing::Approvals { n, declined } => {
            let needed = format!("Noch nötig: die Genehmigung von {}.", people(*n));
            if *declined { format!("Von einer Person abgelehnt. {needed}") } else { needed }
        }
        Missing::Membership { known: true } => {
            "Die Lernplattform führt die lernende Person dort nicht.".to_owned()
        }
        Missing::Membership { known: false } => "Wer dazugehört, ist noch nicht bekannt.".to_owned(),
        Missing::Straddles { after, at } if *after <= DateTime::UNIX_EPOCH => format!(
            "Gelesen am {}; wann es geschehen ist, weiß niemand, also vielleicht außerhalb der Zeit, die zählt. \
             Eine Person muss entscheiden.",
            words.date(*at)
        ),
        Missing::Straddles { after, at } => format!(
            "Gelesen am {}, kann aber jederzeit seit dem {} geschehen sein, also vielleicht außerhalb der Zeit, \
             die zählt. Eine Person muss entscheiden.",
            words.date(*at),
            words.date(*after)
        ),
        Missing::TooFarApart { within } => format!(
            "Alles wurde getan, aber zwischen dem Ersten und dem Letzten dürfen höchstens {} liegen.",
            span(*within, false)
        ),
        Missing::Stronger { have, need: Strength::Attested } => {
            format!("Gesehen, aber nur {} nachgewiesen; eine Person muss es bestätigen.", adverb(*have))
        }
        Missing::Stronger { have, need } => {
            let need = if *need == Strength::Strong { "starker" } else { "mittlerer" };
            let have = adverb(*have);
            format!("Gesehen, aber nur {have} nachgewiesen; nötig ist mindestens ein {need} Nachweis.")
        }
        Missing::Settling { until } => {
            let time = until.format("%H:%M");
            format!("Erfüllt, muss aber noch bis {}, {time} Uhr UTC so bleiben.", words.date(*until))
        }
    }
}
