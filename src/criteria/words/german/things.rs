//! What rules name, in German: links, courses, scores, roles, badges, people, spans.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::NUMBERS;
use crate::{
    language::Names,
    period::Span,
    rule::{Bound, Condition, Expected, Target, Unit},
    signal::{Membership, Strength, Subject},
    words::{joined, role_name, tidy, written},
};

pub(super) fn adverb(strength: Strength) -> &'static str {
    match strength {
        Strength::Weak => "schwach",
        Strength::Medium => "mittel",
        Strength::Strong => "stark",
        Strength::Attested => "durch eine Person",
    }
}

pub(super) fn link_title(link: Uuid, names: &dyn Names) -> String {
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
pub(super) fn place(target: &Target, names: &dyn Names) -> String {
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
pub(super) fn object(target: &Target, names: &dyn Names) -> String {
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

pub(super) fn conditions(custom: &[Condition]) -> String {
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

pub(super) fn bounds(bound: &Bound, unit: Unit) -> String {
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

pub(super) fn number(value: Decimal) -> String {
    value.normalize().to_string().replace('.', ",")
}

pub(super) fn points(value: Decimal) -> String {
    let noun = if value == Decimal::ONE { "Punkt" } else { "Punkte" };
    format!("{} {noun}", number(value))
}

pub(super) fn role(name: &str) -> String {
    match role_name(name).to_ascii_lowercase().as_str() {
        "learner" => "Lernende".to_owned(),
        "instructor" => "Lehrende".to_owned(),
        "administrator" => "Administration".to_owned(),
        "mentor" => "Mentoring".to_owned(),
        _ => format!("„{}“", tidy(role_name(name))),
    }
}

pub(super) fn roles(names: &[String]) -> String {
    let roles: Vec<_> = names.iter().map(|name| role(name)).collect();
    joined(&roles, "oder")
}

pub(super) fn badge(id: Uuid, names: &dyn Names) -> String {
    match names.achievement(id) {
        Some(title) => format!("„{}“", tidy(&title)),
        None => "ohne Namen".to_owned(),
    }
}

/// „zur Gruppe X".
pub(super) fn membership(of: Membership, id: &str, names: &dyn Names) -> String {
    let title = names.group(of, id);
    let to = match of {
        Membership::Section => "zum Kursabschnitt",
        Membership::Group => "zur Gruppe",
    };
    format!("{to} „{}“", tidy(title.as_deref().unwrap_or(id)))
}

/// In the dative.
pub(super) fn people(n: u32) -> String {
    match n {
        1 => "einer Person".to_owned(),
        n => format!("{} Personen", written(usize::try_from(n).unwrap_or(usize::MAX), &NUMBERS)),
    }
}

pub(super) fn span(span: Span, is_dative: bool) -> String {
    let days = if is_dative { "Tagen" } else { "Tage" };
    let units = [("Tag", days), ("Stunde", "Stunden"), ("Minute", "Minuten"), ("Sekunde", "Sekunden")];
    let parts = span.parts().into_iter().zip(units).filter(|(n, _)| *n > 0);
    let parts: Vec<_> =
        parts.map(|(n, (one, many))| format!("{n} {}", if n == 1 { one } else { many })).collect();
    joined(&parts, "und")
}
