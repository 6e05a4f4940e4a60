//! German. Objects stand in the accusative before an infinitive or participle and after a finite verb.

mod lacks;
mod things;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use uuid::Uuid;

use self::things::{
    adverb, badge, bounds, conditions, link_title, membership, object, people, place, roles, span,
};
use super::{Clause, Mood, Share, Words, badges, shown, written};
use crate::{
    language::Names,
    period::Zone,
    rule::{Node, Pick, ScoreTest, Test, Unit},
    signal::{Channel, Strength},
    verdict::Missing,
};

pub(super) struct German;

/// "1" is "eine" with „Bedingung"; the neuter stands where it is needed.
const NUMBERS: [&str; 13] = [
    "keine", "eine", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf",
    "zwölf",
];

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

impl Words for German {
    fn leaf(&self, node: &Node, mood: Mood, names: &dyn Names) -> String {
        // Finite verb and the particle it leaves behind, infinitive, participle.
        let say = |[finite, particle, infinitive, participle]: [&str; 4], object: String| match mood {
            Mood::Does if particle.is_empty() => format!("{finite} {object}"),
            Mood::Does => format!("{finite} {object} {particle}"),
            Mood::Do => format!("{object} {infinitive}"),
            Mood::Done => format!("{object} {participle}"),
        };
        match &node.test {
            Test::Launched { link, custom } => {
                let what = match link {
                    Some(link) => link_title(*link, names),
                    None => "dieses Badge aus dem Kurs heraus".to_owned(),
                };
                say(["öffnet", "", "öffnen", "geöffnet"], format!("{what}{}", conditions(custom)))
            }
            Test::Completed(target) => {
                say(["schließt", "ab", "abschließen", "abgeschlossen"], object(target, names))
            }
            Test::Score(ScoreTest { target, unit, bound, pick }) => {
                let pick = match pick {
                    Pick::Latest => "",
                    Pick::Best => " (bester Versuch)",
                    Pick::First => " (erster Versuch)",
                };
                let object = format!("{} {}{pick}", bounds(bound, *unit), place(target, names));
                say(["erreicht", "", "erreichen", "erreicht"], object)
            }
            Test::Released { link } => {
                let object = format!("die Bedingungen der Lernplattform für {}", link_title(*link, names));
                say(["erfüllt", "", "erfüllen", "erfüllt"], object)
            }
            Test::Holds { achievements, n } => {
                say(["besitzt", "", "besitzen", "besessen"], badges(self, achievements, *n, names))
            }
            Test::Approved { roles: wanted, n } => {
                let people = people(*n);
                let object = match wanted.as_slice() {
                    [] => format!("von {people}"),
                    _ => format!("von {people} mit der Rolle {}", roles(wanted)),
                };
                say(["wird", "genehmigt", "genehmigt werden", "genehmigt"], object)
            }
            Test::Role(names) => say(["hat", "", "haben", "gehabt"], format!("die Rolle {}", roles(names))),
            Test::MemberOf { of, id } => say(["gehört", "", "gehören", "gehört"], membership(*of, id, names)),
            Test::AllOf(_) | Test::AnyOf(_) | Test::AtLeast { .. } | Test::During { .. } => String::new(),
        }
    }

    fn conjunction(&self, all: bool) -> &'static str {
        if all { "und" } else { "oder" }
    }

    fn group(&self, share: Share) -> String {
        let [needed, total] = [share.needed, share.total].map(|n| written(n, &NUMBERS));
        match share {
            Share { total: 2, .. } if share.is_all() => "erfüllt beide Bedingungen".to_owned(),
            _ if share.is_all() => format!("erfüllt alle {total} Bedingungen"),
            _ => format!("erfüllt mindestens {needed} dieser {total} Bedingungen"),
        }
    }

    fn heading(&self, share: Share) -> String {
        let [needed, total] = [share.needed, share.total].map(|n| written(n, &NUMBERS));
        match share {
            _ if share.is_all() => "Alles davon".to_owned(),
            Share { needed: 1, .. } => "Mindestens eines davon".to_owned(),
            _ => format!("Mindestens {needed} von diesen {total}"),
        }
    }

    fn proof(&self, strength: Strength) -> Option<&'static str> {
        match strength {
            Strength::Weak => None,
            Strength::Medium => Some("mindestens mittlerer Nachweis"),
            Strength::Strong => Some("mindestens starker Nachweis"),
            Strength::Attested => Some("von einer Person bestätigt"),
        }
    }

    fn clause(&self, clause: &Clause) -> String {
        match clause {
            Clause::Within(within) => format!("innerhalb von {}", span(*within, true)),
            Clause::During(period) => match shown(self, period) {
                [Some(from), Some(to)] => format!("ab dem {from} und vor dem {to}"),
                [Some(from), None] => format!("ab dem {from}"),
                [_, to] => format!("vor dem {}", to.unwrap_or_default()),
            },
        }
    }

    fn whole_clause(&self, clause: &Clause) -> String {
        match clause {
            Clause::Within(within) => {
                let span = span(*within, false);
                format!("Zwischen dem Ersten und dem Letzten davon dürfen höchstens {span} liegen.")
            }
            Clause::During(_) => format!("Es zählt nur, was {} geschieht.", self.clause(clause)),
        }
    }

    fn whole_proof(&self, strength: Strength) -> Option<&'static str> {
        match strength {
            Strength::Weak => None,
            Strength::Medium => Some("Es zählen nur mindestens mittlere Nachweise."),
            Strength::Strong => Some("Es zählen nur mindestens starke Nachweise."),
            Strength::Attested => Some("Es zählt nur, was eine Person bestätigt hat."),
        }
    }

    fn whole(&self, phrase: &str) -> String {
        format!("Die lernende Person {phrase}.")
    }

    fn date(&self, at: DateTime<Utc>) -> String {
        day(&at)
    }

    fn clock(&self, shown: NaiveDateTime, zone: Option<Zone>) -> String {
        let time = format!("{}, {} Uhr", day(&shown), shown.format("%H:%M"));
        zone.map_or_else(|| time.clone(), |zone| format!("{time} ({})", zone.name()))
    }

    fn channel(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Launch => "beim Aufruf gesehen",
            Channel::Roster => "aus der Mitgliederliste gelesen",
            Channel::Column => "aus der Bewertungsspalte dieses Badges gelesen",
            Channel::Gradebook => "aus dem Bewertungsbuch gelesen",
            Channel::Event => "durch ein Ereignis gemeldet",
            Channel::Record => "aus den Daten der Lernplattform gelesen",
            Channel::Approval => "von einer Person genehmigt",
            Channel::Manual => "von Hand eingetragen",
            Channel::Import => "importiert",
            Channel::Award => "durch Verleihung",
        }
    }

    fn reported_by(&self, source: &str) -> String {
        format!("gemeldet von „{source}“")
    }

    fn met(&self, told: &str) -> String {
        format!("Erfüllt am {told}.")
    }

    fn missing(&self, missing: &Missing, unit: Option<Unit>, names: &dyn Names) -> String {
        lacks::sentences(self, missing, unit, names)
    }

    fn badge(&self, id: Uuid, names: &dyn Names) -> String {
        badge(id, names)
    }

    fn badges(&self, share: Share, titles: &str) -> String {
        match share {
            Share { total: 1, .. } => format!("das Badge {titles}"),
            _ if share.is_all() => format!("die Badges {titles}"),
            Share { needed: 1, .. } => format!("eines der Badges {titles}"),
            _ => format!("{} der Badges {titles}", written(share.needed, &NUMBERS)),
        }
    }

    fn earned(&self, on: DateTime<Utc>, parts: &str, strength: Strength) -> String {
        let strength = match strength {
            Strength::Attested => "von einer Person bestätigt",
            other => adverb(other),
        };
        format!("Erfüllt am {}: {parts}. Stärke des Nachweises: {strength}.", self.date(on))
    }
}

fn day(at: &impl Datelike) -> String {
    let month = usize::try_from(at.month0()).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"");
    format!("{}. {month} {}", at.day(), at.year())
}
