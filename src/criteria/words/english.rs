//! English.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Mood, Share, Words, joined, percent, role_name, tidy, written};
use crate::{
    language::Names,
    rule::{Bound, Condition, Expected, Node, Pick, ScoreTest, Target, Test, Unit},
    signal::{Channel, Strength, Subject},
    verdict::{Evidence, Missing, NoScore},
};

pub(super) struct English;

const NUMBERS: [&str; 13] = [
    "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

impl Words for English {
    fn leaf(&self, node: &Node, mood: Mood, names: &dyn Names) -> String {
        let verb = |forms: [&'static str; 3]| match mood {
            Mood::Does => forms[0],
            Mood::Do => forms[1],
            Mood::Done => forms[2],
        };
        match &node.test {
            Test::Launched { link, custom } => {
                let what = match link {
                    Some(link) => link_title(*link, names),
                    None => "this badge from the course".to_owned(),
                };
                format!("{} {what}{}", verb(["opens", "open", "opened"]), conditions(custom))
            }
            Test::Completed(target) => {
                format!("{} {}", verb(["completes", "complete", "completed"]), whole_target(target, names))
            }
            Test::Score(ScoreTest { target, unit, bound, pick }) => {
                let pick = match pick {
                    Pick::Latest => "",
                    Pick::Best => " (best attempt)",
                    Pick::First => " (first attempt)",
                };
                let verb = verb(["scores", "score", "scored"]);
                format!("{verb} {} in {}{pick}", bounds(bound, *unit), whole_target(target, names))
            }
            Test::Role(roles) => {
                let roles: Vec<_> = roles.iter().map(|name| role(name)).collect();
                format!("{} the role of {}", verb(["has", "have", "had"]), joined(&roles, "or"))
            }
            Test::AllOf(_) | Test::AnyOf(_) | Test::AtLeast { .. } => String::new(),
        }
    }

    fn conjunction(&self, all: bool) -> &'static str {
        if all { "and" } else { "or" }
    }

    fn group(&self, share: Share) -> String {
        let [needed, total] = [share.needed, share.total].map(|n| written(n, &NUMBERS));
        match share {
            Share { total: 2, .. } if share.is_all() => "meets both of these conditions".to_owned(),
            _ if share.is_all() => format!("meets all {total} of these conditions"),
            _ => format!("meets at least {needed} of these {total} conditions"),
        }
    }

    fn heading(&self, share: Share) -> String {
        let [needed, total] = [share.needed, share.total].map(|n| written(n, &NUMBERS));
        match share {
            _ if share.is_all() => "All of these".to_owned(),
            Share { needed: 1, .. } => "At least one of these".to_owned(),
            _ => format!("At least {needed} of these {total}"),
        }
    }

    fn proof(&self, strength: Strength) -> Option<&'static str> {
        match strength {
            Strength::Weak => None,
            Strength::Medium => Some("at least medium proof"),
            Strength::Strong => Some("at least strong proof"),
            Strength::Attested => Some("attested by a person"),
        }
    }

    fn whole_proof(&self, strength: Strength) -> Option<&'static str> {
        match strength {
            Strength::Weak => None,
            Strength::Medium => Some("Only proof that is at least medium counts."),
            Strength::Strong => Some("Only proof that is at least strong counts."),
            Strength::Attested => Some("Only what a person has attested counts."),
        }
    }

    fn whole(&self, phrase: &str) -> String {
        format!("The learner {phrase}.")
    }

    fn date(&self, at: DateTime<Utc>) -> String {
        at.format("%-d %B %Y").to_string()
    }

    fn channel(&self, channel: Channel, source: &str) -> String {
        match channel {
            Channel::Launch => "seen at launch",
            Channel::Roster => "read from the list of members",
            Channel::Column => "read from this badge's gradebook column",
            Channel::Gradebook => "read from the gradebook",
            Channel::Event if source.trim().is_empty() => "reported by an event",
            Channel::Event => return format!("reported by “{}”", tidy(source)),
            Channel::Record => "read from the learning platform's records",
            Channel::Approval => "approved by a person",
            Channel::Manual => "entered by hand",
            Channel::Import => "imported",
        }
        .to_owned()
    }

    fn met(&self, evidence: &Evidence) -> String {
        format!("Met on {}, {}.", self.date(evidence.at), self.channel(evidence.channel, &evidence.source))
    }

    fn missing(&self, missing: &Missing, unit: Option<Unit>, names: &dyn Names) -> String {
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
            Missing::Stronger { have, need: Strength::Attested } => {
                format!("Seen, but only with {} proof; a person must attest it.", strength(*have))
            }
            Missing::Stronger { have, need } => format!(
                "Seen, but only with {} proof; at least {} proof is needed.",
                strength(*have),
                strength(*need)
            ),
            Missing::Settling { until } => {
                format!(
                    "Met, but it must stay so until {} at {} UTC.",
                    self.date(*until),
                    until.format("%H:%M")
                )
            }
        }
    }

    fn earned(&self, on: DateTime<Utc>, parts: &str, proof: Strength) -> String {
        format!("Met on {}: {parts}. Strength of proof: {}.", self.date(on), strength(proof))
    }
}

fn strength(strength: Strength) -> &'static str {
    // English uses the stable names.
    strength.as_str()
}

fn link_title(link: Uuid, names: &dyn Names) -> String {
    match names.link(link) {
        Some(title) => format!("“{}”", tidy(&title)),
        None => "a link of the course".to_owned(),
    }
}

fn course(course: Option<Uuid>, names: &dyn Names) -> String {
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

fn whole_target(target: &Target, names: &dyn Names) -> String {
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

fn conditions(custom: &[Condition]) -> String {
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

fn bounds(bound: &Bound, unit: Unit) -> String {
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

fn points(number: Decimal) -> String {
    let noun = if number == Decimal::ONE { "point" } else { "points" };
    format!("{} {noun}", number.normalize())
}

fn role(name: &str) -> String {
    match role_name(name).to_ascii_lowercase().as_str() {
        known @ ("learner" | "instructor" | "administrator" | "mentor") => known.to_owned(),
        _ => format!("“{}”", tidy(role_name(name))),
    }
}
