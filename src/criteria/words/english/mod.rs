//! English.

mod lacks;
mod things;

use chrono::{DateTime, NaiveDateTime, Utc};
use uuid::Uuid;

use self::things::{
    badge, bounds, conditions, link_title, membership, people, roles, span, strength, whole_target,
};
use super::{Clause, Mood, Share, Words, badges, shown, written};
use crate::{
    language::Names,
    period::Zone,
    rule::{Node, Pick, ScoreTest, Test, Unit},
    signal::{Channel, Strength},
    verdict::Missing,
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
            Test::Released { link } => {
                let link = link_title(*link, names);
                format!("{} the learning platform's conditions for {link}", verb(["meets", "meet", "met"]))
            }
            Test::Holds { achievements, n } => {
                format!("{} {}", verb(["holds", "hold", "held"]), badges(self, achievements, *n, names))
            }
            Test::Approved { roles: wanted, n } => {
                let verb = verb(["is", "be", "was"]);
                let people = people(*n);
                match wanted.as_slice() {
                    [] => format!("{verb} approved by {people}"),
                    _ => format!("{verb} approved by {people} with the role of {}", roles(wanted)),
                }
            }
            Test::Role(names) => format!("{} the role of {}", verb(["has", "have", "had"]), roles(names)),
            Test::MemberOf { of, id } => {
                format!("{} in {}", verb(["is", "be", "was"]), membership(*of, id, names))
            }
            Test::AllOf(_) | Test::AnyOf(_) | Test::AtLeast { .. } | Test::During { .. } => String::new(),
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

    fn clause(&self, clause: &Clause) -> String {
        match clause {
            Clause::Within(within) => format!("within {}", span(*within)),
            Clause::During(period) => match shown(self, period) {
                [Some(from), Some(to)] => format!("from {from} until before {to}"),
                [Some(from), None] => format!("from {from}"),
                [_, to] => format!("before {}", to.unwrap_or_default()),
            },
        }
    }

    fn whole_clause(&self, clause: &Clause) -> String {
        match clause {
            Clause::Within(within) => {
                format!("No more than {} may lie between the first and the last of it.", span(*within))
            }
            Clause::During(_) => format!("Only what happens {} counts.", self.clause(clause)),
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

    fn clock(&self, shown: NaiveDateTime, zone: Option<Zone>) -> String {
        let shown = shown.format("%-d %B %Y, %H:%M");
        zone.map_or_else(|| shown.to_string(), |zone| format!("{shown} ({})", zone.name()))
    }

    fn channel(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Launch => "seen at launch",
            Channel::Roster => "read from the list of members",
            Channel::Column => "read from this badge's gradebook column",
            Channel::Gradebook => "read from the gradebook",
            Channel::Event => "reported by an event",
            Channel::Record => "read from the learning platform's records",
            Channel::Approval => "approved by a person",
            Channel::Manual => "entered by hand",
            Channel::Import => "imported",
            Channel::Award => "by an award",
        }
    }

    fn reported_by(&self, source: &str) -> String {
        format!("reported by “{source}”")
    }

    fn met(&self, told: &str) -> String {
        format!("Met on {told}.")
    }

    fn missing(&self, missing: &Missing, unit: Option<Unit>, names: &dyn Names) -> String {
        lacks::sentences(self, missing, unit, names)
    }

    fn badge(&self, id: Uuid, names: &dyn Names) -> String {
        badge(id, names)
    }

    fn badges(&self, share: Share, titles: &str) -> String {
        match share {
            Share { total: 1, .. } => format!("the badge {titles}"),
            _ if share.is_all() => format!("the badges {titles}"),
            _ => format!("{} of the badges {titles}", written(share.needed, &NUMBERS)),
        }
    }

    fn earned(&self, on: DateTime<Utc>, parts: &str, proof: Strength) -> String {
        format!("Met on {}: {parts}. Strength of proof: {}.", self.date(on), strength(proof))
    }
}
