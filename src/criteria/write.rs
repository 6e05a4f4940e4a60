//! The canonical JSON form of a rule: always the same members in the same order, decimals as
//! normalized text, ids in lower case. Defaults are written out, absent options are not.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::{
    rule::{Bound, Condition, Expected, Node, Pick, Rule, ScoreTest, Target, Test, Unit},
    signal::Subject,
};

impl Rule {
    /// The canonical JSON form; [`Rule::parse`] gives back an equal rule.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({ "version": 1, "node": node(self.root()) })
    }

    /// SHA-256 of the canonical form, 64 lower-case hexadecimal digits. Equal rules, however they
    /// were written, have equal digests.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut value = self.to_value();
        // Independent of whether serde_json keeps or sorts members.
        value.sort_all_objects();
        let digest = digest::digest(&digest::SHA256, value.to_string().as_bytes());
        digest.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

fn node(node: &Node) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| {
        map.insert(name.to_owned(), value);
    };
    let children = |of: &[Node]| Value::Array(of.iter().map(self::node).collect());
    match &node.test {
        Test::AllOf(of) => {
            put("type", "all_of".into());
            put("of", children(of));
        }
        Test::AnyOf(of) => {
            put("type", "any_of".into());
            put("of", children(of));
        }
        Test::AtLeast { n, of } => {
            put("type", "at_least".into());
            put("n", (*n).into());
            put("of", children(of));
        }
        Test::During { period, of } => {
            put("type", "during".into());
            for (name, edge) in [("from", period.from()), ("to", period.to())] {
                if let Some(edge) = edge {
                    put(name, edge.to_string().into());
                }
            }
            put("zone", period.zone().name().into());
            put("of", children(of));
        }
        Test::Launched { link, custom } => {
            put("type", "launched".into());
            if let Some(link) = link {
                put("link", link.to_string().into());
            }
            if !custom.is_empty() {
                put("custom", custom.iter().map(condition).collect());
            }
        }
        Test::Released { link } => {
            put("type", "released".into());
            put("link", link.to_string().into());
        }
        Test::Completed(target) => {
            put("type", "completed".into());
            put("subject", subject(target));
        }
        Test::Score(ScoreTest { target, unit, bound, pick }) => {
            put("type", "score".into());
            put("subject", subject(target));
            put("unit", unit.as_str().into());
            match bound {
                Bound::AtLeast(number) => put("at_least", decimal(*number)),
                Bound::AtMost(number) => put("at_most", decimal(*number)),
                Bound::Between { from, to } => {
                    put("between", json!({ "from": decimal(*from), "to": decimal(*to) }));
                }
            }
            put("pick", pick.as_str().into());
        }
        Test::Holds { achievements, n } => {
            put("type", "holds".into());
            put("achievements", achievements.iter().map(ToString::to_string).collect());
            put("n", (*n).into());
        }
        Test::Approved { roles, n } => {
            put("type", "approved".into());
            if !roles.is_empty() {
                put("roles", roles.iter().map(String::as_str).collect());
            }
            put("n", (*n).into());
        }
        Test::Role(names) => {
            put("type", "role".into());
            put("any_of", names.iter().map(String::as_str).collect());
        }
        Test::MemberOf { of, id } => {
            put("type", "member_of".into());
            put(of.as_str(), id.as_str().into());
        }
    }
    if let Some(within) = node.within {
        put("within", within.to_string().into());
    }
    if let Some(strength) = node.min_strength {
        put("min_strength", strength.as_str().into());
    }
    Value::Object(map)
}

fn condition(condition: &Condition) -> Value {
    let name = condition.name.as_str();
    match &condition.expected {
        Expected::Equals(text) => json!({ "name": name, "equals": text }),
        Expected::OneOf(texts) => json!({ "name": name, "one_of": texts }),
        Expected::AtLeast(number) => json!({ "name": name, "at_least": decimal(*number) }),
    }
}

fn subject(target: &Target) -> Value {
    let course = target.course.map(|course| course.to_string());
    match (&target.subject, course) {
        (Subject::Course, course) => json!({ "course": course.as_deref().unwrap_or("this") }),
        (Subject::Activity(id), None) => json!({ "activity": id }),
        (Subject::Activity(id), Some(course)) => json!({ "activity": id, "course": course }),
    }
}

fn decimal(number: Decimal) -> Value {
    number.normalize().to_string().into()
}

impl Unit {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Points => "points",
        }
    }
}

impl Pick {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::Best => "best",
            Self::First => "first",
        }
    }
}
