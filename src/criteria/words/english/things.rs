//! What rules name, in English: links, courses, scores, roles, badges, people, spans.

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

pub(super) fn strength(strength: Strength) -> &'static str {
    // English uses the stable names.
    strength.as_str()
}

pub(super) fn link_title(link: Uuid, names: &dyn Names) -> String {
    match names.link(link) {
        Some(title) => format!("“{}”", tidy(&title)),
        None => "a link of the course".to_owned(),
    }
}

pub(super) fn course(course: Option<Uuid>, names: &dyn Names) -> String {
    let title = match course {
        Some(course) => names.course(course),
        None => names.this_course(),
    };
    match (title, course) {
        (Some(title), _) => format!("the course “{}”", tidy(&title)),
        (None, None) => "the course".to_owned(),
        (None, Some(_)) => "another course".to_owned(),
    }
}

pub(super) fn whole_target(target: &Target, names: &dyn Names) -> String {
    match &target.subject {
        Subject::Course => course(target.course, names),
        Subject::Activity(id) => {
            let title = names.activity(target.course, id);
            let title = format!("“{}”", tidy(title.as_deref().unwrap_or(id)));
            match target.course {
                Some(_) => format!("{title} in {}", course(target.course, names)),
                None => title,
            }
        }
    }
}

pub(super) fn conditions(custom: &[Condition]) -> String {
    let parts: Vec<_> = custom.iter().map(condition).collect();
    if parts.is_empty() { String::new() } else { format!(" with {}", joined(&parts, "and")) }
}

fn condition(condition: &Condition) -> String {
    let name = tidy(&condition.name);
    match &condition.expected {
        Expected::Equals(text) => format!("“{name}” equal to “{}”", tidy(text)),
        Expected::OneOf(texts) => {
            let texts: Vec<_> = texts.iter().map(|text| format!("“{}”", tidy(text))).collect();
            format!("“{name}” equal to {}", joined(&texts, "or"))
        }
        Expected::AtLeast(number) => format!("“{name}” at least {}", number.normalize()),
    }
}

pub(super) fn bounds(bound: &Bound, unit: Unit) -> String {
    let amount = |number: Decimal| match unit {
        Unit::Percent => format!("{}%", number.normalize()),
        Unit::Points => points(number),
    };
    match bound {
        Bound::AtLeast(least) => format!("at least {}", amount(*least)),
        Bound::AtMost(most) => format!("at most {}", amount(*most)),
        Bound::Between { from, to } => match unit {
            Unit::Percent => format!("between {} and {}", amount(*from), amount(*to)),
            Unit::Points => format!("between {} and {}", from.normalize(), amount(*to)),
        },
    }
}

pub(super) fn points(number: Decimal) -> String {
    let noun = if number == Decimal::ONE { "point" } else { "points" };
    format!("{} {noun}", number.normalize())
}

pub(super) fn role(name: &str) -> String {
    match role_name(name).to_ascii_lowercase().as_str() {
        known @ ("learner" | "instructor" | "administrator" | "mentor") => known.to_owned(),
        _ => format!("“{}”", tidy(role_name(name))),
    }
}

pub(super) fn roles(names: &[String]) -> String {
    let roles: Vec<_> = names.iter().map(|name| role(name)).collect();
    joined(&roles, "or")
}

pub(super) fn badge(id: Uuid, names: &dyn Names) -> String {
    match names.achievement(id) {
        Some(title) => format!("“{}”", tidy(&title)),
        None => "without a name".to_owned(),
    }
}

pub(super) fn membership(of: Membership, id: &str, names: &dyn Names) -> String {
    let title = names.group(of, id);
    format!("the {} “{}”", of.as_str(), tidy(title.as_deref().unwrap_or(id)))
}

pub(super) fn people(n: u32) -> String {
    match n {
        1 => "a person".to_owned(),
        n => format!("{} people", written(usize::try_from(n).unwrap_or(usize::MAX), &NUMBERS)),
    }
}

pub(super) fn span(span: Span) -> String {
    let units = ["day", "hour", "minute", "second"];
    let parts = span.parts().into_iter().zip(units).filter(|(n, _)| *n > 0);
    let parts: Vec<_> =
        parts.map(|(n, unit)| format!("{n} {unit}{}", if n == 1 { "" } else { "s" })).collect();
    joined(&parts, "and")
}
