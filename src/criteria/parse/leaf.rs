//! The leaves of a rule, read member by member.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Result, can_be, condition_likeness,
    json::{
        array, bounded, choice, exactly_one, id, number, number_of, object, only, require, sized, text, texts,
    },
    refuse,
};
use crate::{
    leaf::is_unresolved,
    rule::{Bound, Condition, Expected, Pick, ScoreTest, Target, Test, Unit},
    signal::{Membership, Subject},
};

/// The most achievements that one `holds` names.
const MOST_ACHIEVEMENTS: usize = 100;
/// The most people whose approval one `approved` asks for.
const MOST_APPROVALS: u32 = 20;

/// `launched`.
pub(super) fn launched(map: &Map<String, Value>, path: &str) -> Result<Test> {
    let link = match map.get("link") {
        Some(value) => Some(id(value, &format!("{path}.link"))?),
        None => None,
    };
    let mut custom = Vec::new();
    if let Some(value) = map.get("custom") {
        let path = format!("{path}.custom");
        let list = sized(array(value, &path)?, &path, 20)?;
        for (index, value) in list.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let condition = condition(value, &path)?;
            let likeness = condition_likeness(&condition);
            if custom.iter().any(|other| condition_likeness(other) == likeness) {
                return refuse(&path, "rule.value_duplicate", "This condition is there already.");
            }
            custom.push(condition);
        }
    }
    Ok(Test::Launched { link, custom })
}

fn condition(value: &Value, path: &str) -> Result<Condition> {
    let map = object(value, path)?;
    only(map, path, |name| ["name", "equals", "one_of", "at_least"].contains(&name))?;
    let name_path = format!("{path}.name");
    let name = bounded(text(require(map, path, "name")?, &name_path)?, &name_path, 1..=255)?;
    let (member, value) = exactly_one(map, path, &["equals", "one_of", "at_least"])?;
    let member_path = format!("{path}.{member}");
    let expected = match member {
        "equals" => {
            let text = bounded(text(value, &member_path)?, &member_path, 0..=1000)?;
            not_a_variable(&text, &member_path)?;
            Expected::Equals(text)
        }
        "one_of" => {
            let values = texts(value, &member_path, 100, 0..=1000)?;
            for (index, text) in values.iter().enumerate() {
                not_a_variable(text, &format!("{member_path}[{index}]"))?;
            }
            Expected::OneOf(values)
        }
        _ => Expected::AtLeast(number(value, &member_path)?),
    };
    Ok(Condition { name, expected })
}

/// A value such as `$Canvas.user.id` counts as absent, so nothing could ever equal it.
fn not_a_variable(text: &str, path: &str) -> Result<()> {
    if is_unresolved(text) {
        return refuse(path, "rule.value_invalid", "A variable that was not filled in never counts.");
    }
    Ok(())
}

fn target(map: &Map<String, Value>, path: &str) -> Result<Target> {
    let value = require(map, path, "subject")?;
    let path = format!("{path}.subject");
    let map = object(value, &path)?;
    only(map, &path, |name| ["course", "activity"].contains(&name))?;
    if map.is_empty() {
        return refuse(&path, "rule.member_missing", "Name a `course`, an `activity` or both.");
    }
    let course = match map.get("course") {
        None => None,
        Some(Value::String(this)) if this == "this" => None,
        Some(value) => Some(id(value, &format!("{path}.course"))?),
    };
    let subject = match map.get("activity") {
        None => Subject::Course,
        Some(value) => {
            let path = format!("{path}.activity");
            Subject::Activity(bounded(text(value, &path)?, &path, 1..=255)?)
        }
    };
    Ok(Target { course, subject })
}

/// `completed`.
pub(super) fn completed(map: &Map<String, Value>, path: &str) -> Result<Test> {
    Ok(Test::Completed(target(map, path)?))
}

/// `score`.
pub(super) fn score(map: &Map<String, Value>, path: &str) -> Result<Test> {
    let target = target(map, path)?;
    let unit = choice(require(map, path, "unit")?, &format!("{path}.unit"), |name| match name {
        "percent" => Some(Unit::Percent),
        "points" => Some(Unit::Points),
        _ => None,
    })?;
    let (member, value) = exactly_one(map, path, &["at_least", "at_most", "between"])?;
    let member_path = format!("{path}.{member}");
    let bound = match member {
        "at_least" => Bound::AtLeast(number(value, &member_path)?),
        "at_most" => Bound::AtMost(number(value, &member_path)?),
        _ => {
            let ends = object(value, &member_path)?;
            only(ends, &member_path, |name| ["from", "to"].contains(&name))?;
            let from = number(require(ends, &member_path, "from")?, &format!("{member_path}.from"))?;
            let to = number(require(ends, &member_path, "to")?, &format!("{member_path}.to"))?;
            if from > to {
                return refuse(&member_path, "rule.range_reversed", "`from` is above `to`.");
            }
            Bound::Between { from, to }
        }
    };
    let pick = match map.get("pick") {
        None => Pick::Latest,
        Some(value) => choice(value, &format!("{path}.pick"), |name| match name {
            "latest" => Some(Pick::Latest),
            "best" => Some(Pick::Best),
            "first" => Some(Pick::First),
            _ => None,
        })?,
    };
    Ok(Test::Score(ScoreTest { target, unit, bound, pick }))
}

/// `released`.
pub(super) fn released(map: &Map<String, Value>, path: &str) -> Result<Test> {
    Ok(Test::Released { link: id(require(map, path, "link")?, &format!("{path}.link"))? })
}

/// `holds`; of all, unless it says of how many.
pub(super) fn holds(map: &Map<String, Value>, path: &str) -> Result<Test> {
    let list_path = format!("{path}.achievements");
    let list = sized(array(require(map, path, "achievements")?, &list_path)?, &list_path, MOST_ACHIEVEMENTS)?;
    let mut achievements: Vec<Uuid> = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let path = format!("{list_path}[{index}]");
        let achievement = id(value, &path)?;
        if achievements.contains(&achievement) {
            return refuse(&path, "rule.value_duplicate", "This value is there already.");
        }
        achievements.push(achievement);
    }
    let n = match map.get("n") {
        Some(_) => number_of(map, path)?,
        None => u32::try_from(achievements.len()).unwrap_or(u32::MAX),
    };
    can_be(n, achievements.len(), path)?;
    Ok(Test::Holds { achievements, n })
}

/// `approved`; of one person, unless it says of how many.
pub(super) fn approved(map: &Map<String, Value>, path: &str) -> Result<Test> {
    let roles = match map.get("roles") {
        Some(value) => texts(value, &format!("{path}.roles"), 50, 1..=255)?,
        None => Vec::new(),
    };
    let n = match map.get("n") {
        Some(_) => number_of(map, path)?,
        None => 1,
    };
    if n > MOST_APPROVALS {
        let message = format!("At most {MOST_APPROVALS} people can be asked for.");
        return refuse(&format!("{path}.n"), "rule.n_too_large", message);
    }
    Ok(Test::Approved { roles, n })
}

/// `role`.
pub(super) fn role(map: &Map<String, Value>, path: &str) -> Result<Test> {
    Ok(Test::Role(texts(require(map, path, "any_of")?, &format!("{path}.any_of"), 50, 1..=255)?))
}

/// `member_of`.
pub(super) fn member_of(map: &Map<String, Value>, path: &str) -> Result<Test> {
    let (member, value) = exactly_one(map, path, &["section", "group"])?;
    let path = format!("{path}.{member}");
    let of = if member == "section" { Membership::Section } else { Membership::Group };
    Ok(Test::MemberOf { of, id: bounded(text(value, &path)?, &path, 1..=255)? })
}
