//! German. Objects stand in the accusative before an infinitive or participle and after a finite verb.

use chrono::{DateTime, Datelike as _, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Mood, Share, Words, joined, percent, role_name, tidy, written};
use crate::{
    language::Names,
    rule::{Bound, Condition, Expected, Node, Pick, ScoreTest, Target, Test, Unit},
    signal::{Channel, Strength, Subject},
    verdict::{Evidence, Missing, NoScore},
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
            Test::Role(roles) => {
                let roles: Vec<_> = roles.iter().map(|name| role(name)).collect();
                say(["hat", "", "haben", "gehabt"], format!("die Rolle {}", joined(&roles, "oder")))
            }
            Test::AllOf(_) | Test::AnyOf(_) | Test::AtLeast { .. } => String::new(),
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
        let month = usize::try_from(at.month0()).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"");
        format!("{}. {month} {}", at.day(), at.year())
    }

    fn channel(&self, channel: Channel, source: &str) -> String {
        match channel {
            Channel::Launch => "beim Aufruf gesehen",
            Channel::Roster => "aus der Mitgliederliste gelesen",
            Channel::Column => "aus der Bewertungsspalte dieses Badges gelesen",
            Channel::Gradebook => "aus dem Bewertungsbuch gelesen",
            Channel::Event if source.trim().is_empty() => "durch ein Ereignis gemeldet",
            Channel::Event => return format!("gemeldet von „{}“", tidy(source)),
            Channel::Record => "aus den Daten der Lernplattform gelesen",
            Channel::Approval => "von einer Person genehmigt",
            Channel::Manual => "von Hand eingetragen",
            Channel::Import => "importiert",
        }
        .to_owned()
    }

    fn met(&self, evidence: &Evidence) -> String {
        let channel = self.channel(evidence.channel, &evidence.source);
        format!("Erfüllt am {}, {channel}.", self.date(evidence.at))
    }

    fn missing(&self, missing: &Missing, unit: Option<Unit>, names: &dyn Names) -> String {
        match missing {
            Missing::More { n: 1 } => "Noch nötig: eines davon.".to_owned(),
            Missing::More { n } => {
                format!("Noch nötig: {} davon.", written(usize::try_from(*n).unwrap_or(0), &NUMBERS))
            }
            Missing::Launch { link: Some(link) } => {
                format!("Noch nicht geöffnet. Bitte {} im Kurs öffnen.", link_title(*link, names))
            }
            Missing::Launch { link: None } => {
                "Noch nicht geöffnet. Bitte aus dem Kurs heraus öffnen.".to_owned()
            }
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
                format!("Erfüllt, muss aber noch bis {}, {time} Uhr UTC so bleiben.", self.date(*until))
            }
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

fn adverb(strength: Strength) -> &'static str {
    match strength {
        Strength::Weak => "schwach",
        Strength::Medium => "mittel",
        Strength::Strong => "stark",
        Strength::Attested => "durch eine Person",
    }
}

fn link_title(link: Uuid, names: &dyn Names) -> String {
    match names.link(link) {
        Some(title) => format!("„{}“", tidy(&title)),
        None => "einen Link des Kurses".to_owned(),
    }
}

/// The course's title, quoted, and whether the course is the placement's own.
fn course(course: Option<Uuid>, names: &dyn Names) -> Option<String> {
    let title = match course {
        Some(course) => names.course(course),
        None => names.this_course(),
    };
    title.map(|title| format!("„{}“", tidy(&title)))
}

/// „in etwas": where a score is reached.
fn place(target: &Target, names: &dyn Names) -> String {
    match &target.subject {
        Subject::Course => in_course(target.course, names),
        Subject::Activity(_) => format!("in {}", object(target, names)),
    }
}

fn in_course(id: Option<Uuid>, names: &dyn Names) -> String {
    match (course(id, names), id) {
        (Some(title), _) => format!("im Kurs {title}"),
        (None, None) => "im Kurs".to_owned(),
        (None, Some(_)) => "in einem anderen Kurs".to_owned(),
    }
}

/// „etwas": what is completed.
fn object(target: &Target, names: &dyn Names) -> String {
    match &target.subject {
        Subject::Course => match (course(target.course, names), target.course) {
            (Some(title), _) => format!("den Kurs {title}"),
            (None, None) => "den Kurs".to_owned(),
            (None, Some(_)) => "einen anderen Kurs".to_owned(),
        },
        Subject::Activity(id) => {
            let title = names.activity(target.course, id);
            let title = format!("„{}“", tidy(title.as_deref().unwrap_or(id)));
            match target.course {
                Some(_) => format!("{title} {}", in_course(target.course, names)),
                None => title,
            }
        }
    }
}

fn conditions(custom: &[Condition]) -> String {
    let parts: Vec<_> = custom.iter().map(condition).collect();
    if parts.is_empty() { String::new() } else { format!(" mit {}", joined(&parts, "und")) }
}

fn condition(condition: &Condition) -> String {
    let name = tidy(&condition.name);
    match &condition.expected {
        Expected::Equals(text) => format!("„{name}“ gleich „{}“", tidy(text)),
        Expected::OneOf(texts) => {
            let texts: Vec<_> = texts.iter().map(|text| format!("„{}“", tidy(text))).collect();
            format!("„{name}“ gleich {}", joined(&texts, "oder"))
        }
        Expected::AtLeast(least) => format!("„{name}“ mindestens {}", number(*least)),
    }
}

fn bounds(bound: &Bound, unit: Unit) -> String {
    let amount = |value: Decimal| match unit {
        Unit::Percent => format!("{}\u{a0}%", number(value)),
        Unit::Points => points(value),
    };
    match bound {
        Bound::AtLeast(least) => format!("mindestens {}", amount(*least)),
        Bound::AtMost(most) => format!("höchstens {}", amount(*most)),
        Bound::Between { from, to } => match unit {
            Unit::Percent => format!("zwischen {} und {}", amount(*from), amount(*to)),
            Unit::Points => format!("zwischen {} und {}", number(*from), amount(*to)),
        },
    }
}

fn number(value: Decimal) -> String {
    value.normalize().to_string().replace('.', ",")
}

fn points(value: Decimal) -> String {
    let noun = if value == Decimal::ONE { "Punkt" } else { "Punkte" };
    format!("{} {noun}", number(value))
}

fn role(name: &str) -> String {
    match role_name(name).to_ascii_lowercase().as_str() {
        "learner" => "Lernende".to_owned(),
        "instructor" => "Lehrende".to_owned(),
        "administrator" => "Administration".to_owned(),
        "mentor" => "Mentoring".to_owned(),
        _ => format!("„{}“", tidy(role_name(name))),
    }
}
