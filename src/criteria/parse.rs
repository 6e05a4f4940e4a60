//! From untrusted JSON to a [`Rule`](crate::Rule): every refusal names the path of the offending
//! node or member and a stable code. Agrees with `schema.json`; says more where a schema cannot.

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    decimal,
    rule::{Bound, Condition, Expected, Node, Pick, ScoreTest, Target, Test, Unit},
    signal::{Strength, Subject},
};

/// The most nodes a rule may have.
pub const MAX_NODES: usize = 200;
/// The deepest a rule may be; the top node is at depth 1.
pub const MAX_DEPTH: usize = 16;

/// Nodes of design §5 that are not built yet.
const LATER: [&str; 6] = ["released", "holds", "approved", "member_of", "during", "within"];

/// Why a rule is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} at {path}: {message}")]
pub struct RuleError {
    /// Where: `node.of[2].n`; `rule` for the whole.
    pub path: String,
    /// What, stable: `rule.group_empty`, `rule.n_too_large`, ….
    pub code: &'static str,
    /// What, for people.
    pub message: String,
}

type Result<T> = std::result::Result<T, RuleError>;

fn refuse<T>(path: &str, code: &'static str, message: impl Into<String>) -> Result<T> {
    Err(RuleError { path: path.to_owned(), code, message: message.into() })
}

/// Reads the whole form.
pub(crate) fn rule(value: &Value) -> Result<Node> {
    let map = object(value, "rule")?;
    let version =
        require(map, "rule", "version").map_err(|error| RuleError { path: "version".into(), ..error })?;
    if whole(version) != Some(1) {
        return refuse("version", "rule.version_unsupported", "Only version 1 is known.");
    }
    let Some(root) = map.get("node") else {
        return refuse("node", "rule.member_missing", "`node` is missing.");
    };
    if let Some(name) = map.keys().find(|name| !["version", "node"].contains(&name.as_str())) {
        return refuse(&short(name), "rule.member_unknown", "A rule has only `version` and `node`.");
    }
    let mut reader = Reader { nodes: 0 };
    reader.node(root, "node", 1)
}

/// Checks count and depth of a tree built in code, without recursion.
pub(crate) fn limits(root: &Node) -> Result<()> {
    let mut rest = vec![(root, 1)];
    let mut count = 0;
    while let Some((node, depth)) = rest.pop() {
        count += 1;
        within_limits(count, depth, "node")?;
        rest.extend(node.children().iter().map(|child| (child, depth + 1)));
    }
    Ok(())
}

fn within_limits(count: usize, depth: usize, path: &str) -> Result<()> {
    if depth > MAX_DEPTH {
        return refuse(path, "rule.too_deep", format!("A rule may be {MAX_DEPTH} levels deep."));
    }
    if count > MAX_NODES {
        return refuse(path, "rule.too_large", format!("A rule may have {MAX_NODES} nodes."));
    }
    Ok(())
}

struct Reader {
    nodes: usize,
}

impl Reader {
    fn node(&mut self, value: &Value, path: &str, depth: usize) -> Result<Node> {
        self.nodes += 1;
        within_limits(self.nodes, depth, path)?;
        let map = object(value, path)?;
        let kind = text(require(map, path, "type")?, &format!("{path}.type"))?;
        let members: &[&str] = match kind {
            "all_of" | "any_of" => &["of"],
            "at_least" => &["n", "of"],
            "launched" => &["link", "custom"],
            "completed" => &["subject"],
            "score" => &["subject", "unit", "at_least", "at_most", "between", "pick"],
            "role" => &["any_of"],
            later if LATER.contains(&later) => {
                let message = format!("`{later}` is not supported yet.");
                return refuse(&format!("{path}.type"), "rule.node_unsupported", message);
            }
            other => {
                let message = format!("There is no node `{}`.", short(other));
                return refuse(&format!("{path}.type"), "rule.node_unknown", message);
            }
        };
        let common = ["type", "min_strength"];
        only(map, path, |name| common.contains(&name) || members.contains(&name))?;
        let test = match kind {
            "all_of" => Test::AllOf(self.children(map, path, depth)?),
            "any_of" => Test::AnyOf(self.children(map, path, depth)?),
            "at_least" => {
                let n = number_of_children(map, path)?;
                let of = self.children(map, path, depth)?;
                if usize::try_from(n).is_ok_and(|n| n > of.len()) {
                    let message = format!("{n} of {} can never be met.", of.len());
                    return refuse(&format!("{path}.n"), "rule.n_too_large", message);
                }
                Test::AtLeast { n, of }
            }
            "launched" => launched(map, path)?,
            "completed" => Test::Completed(target(map, path)?),
            "score" => Test::Score(score(map, path)?),
            _ => Test::Role(texts(require(map, path, "any_of")?, &format!("{path}.any_of"), 50, 1..=255)?),
        };
        let min_strength = match map.get("min_strength") {
            Some(value) => Some(choice(value, &format!("{path}.min_strength"), |name| name.parse().ok())?),
            None => None,
        };
        Ok(Node { test, min_strength })
    }

    fn children(&mut self, map: &Map<String, Value>, path: &str, depth: usize) -> Result<Vec<Node>> {
        let list_path = format!("{path}.of");
        let list = array(require(map, path, "of")?, &list_path)?;
        if list.is_empty() {
            return refuse(&list_path, "rule.group_empty", "A group needs at least one node.");
        }
        let mut seen = HashSet::new();
        let mut children = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let child_path = format!("{list_path}[{index}]");
            let child = self.node(value, &child_path, depth + 1)?;
            if !seen.insert(likeness(&child)) {
                return refuse(&child_path, "rule.child_duplicate", "The group has this node already.");
            }
            children.push(child);
        }
        Ok(children)
    }
}

/// A node with everything sorted whose order means nothing, for finding duplicates.
fn likeness(node: &Node) -> Node {
    let sorted = |of: &[Node]| {
        let mut of: Vec<_> = of.iter().map(likeness).map(|child| (format!("{child:?}"), child)).collect();
        of.sort_by(|(one, _), (other, _)| one.cmp(other));
        of.into_iter().map(|(_, child)| child).collect()
    };
    let test = match &node.test {
        Test::AllOf(of) => Test::AllOf(sorted(of)),
        Test::AnyOf(of) => Test::AnyOf(sorted(of)),
        Test::AtLeast { n, of } => Test::AtLeast { n: *n, of: sorted(of) },
        Test::Launched { link, custom } => {
            let mut custom = custom.clone();
            for condition in &mut custom {
                if let Expected::OneOf(values) = &mut condition.expected {
                    values.sort();
                }
            }
            custom.sort();
            Test::Launched { link: *link, custom }
        }
        Test::Role(names) => {
            let mut names = names.clone();
            names.sort();
            Test::Role(names)
        }
        other => other.clone(),
    };
    Node { test, min_strength: node.min_strength }
}

fn number_of_children(map: &Map<String, Value>, path: &str) -> Result<u32> {
    let value = require(map, path, "n")?;
    let path = format!("{path}.n");
    let is_whole = value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0);
    if !is_whole {
        return refuse(&path, "rule.wrong_type", "Must be a whole number.");
    }
    if value.as_f64().is_some_and(|n| n < 1.0) {
        return refuse(&path, "rule.n_too_small", "Must be 1 or more.");
    }
    match whole(value).and_then(|n| u32::try_from(n).ok()) {
        Some(n) if usize::try_from(n).is_ok_and(|n| n <= MAX_NODES) => Ok(n),
        _ => refuse(&path, "rule.n_too_large", "More than a rule can have nodes."),
    }
}

fn launched(map: &Map<String, Value>, path: &str) -> Result<Test> {
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
            let mut alike = custom.iter().filter(|other| same_condition(other, &condition));
            if alike.next().is_some() {
                return refuse(&path, "rule.value_duplicate", "This condition is there already.");
            }
            custom.push(condition);
        }
    }
    Ok(Test::Launched { link, custom })
}

fn same_condition(one: &Condition, other: &Condition) -> bool {
    let sorted = |values: &[String]| {
        let mut values = values.to_vec();
        values.sort();
        values
    };
    one.name == other.name
        && match (&one.expected, &other.expected) {
            (Expected::OneOf(one), Expected::OneOf(other)) => sorted(one) == sorted(other),
            (one, other) => one == other,
        }
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
    if crate::leaf::is_unresolved(text) {
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

fn score(map: &Map<String, Value>, path: &str) -> Result<ScoreTest> {
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
    Ok(ScoreTest { target, unit, bound, pick })
}

/// A decimal from 0 to below 10^12 with at most 8 places: text, or a JSON number whose shortest text
/// is certainly what was written (at most 15 significant digits).
fn number(value: &Value, path: &str) -> Result<Decimal> {
    let exact = match value {
        Value::String(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let plain = !text.starts_with('-')
                && whole.len() <= 12
                && (whole == "0" || !whole.starts_with('0'))
                && fraction.len() <= 8;
            match decimal::parse(text) {
                Some(number) if plain => number,
                _ => {
                    let message =
                        "Must be a number such as \"79.5\": up to 12 digits, a point, up to 8 digits.";
                    return refuse(path, "rule.value_invalid", message);
                }
            }
        }
        Value::Number(number) => {
            if number.as_f64().is_none_or(|number| !(0.0..1e12).contains(&number)) {
                return refuse(path, "rule.value_invalid", "Must be from 0 to below 1000000000000.");
            }
            // Without an exponent, whatever its size.
            let text = match number.as_u64() {
                Some(number) => number.to_string(),
                None => number.as_f64().unwrap_or_default().abs().to_string(),
            };
            let significant = text.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
            let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            match decimal::parse(&text) {
                Some(number) if significant <= 15 && places <= 8 => number,
                _ => {
                    let message = "Too many digits to be read exactly; write it as text, such as \"79.5\".";
                    return refuse(path, "rule.number_inexact", message);
                }
            }
        }
        _ => return refuse(path, "rule.wrong_type", "Must be a number, or a number as text."),
    };
    Ok(exact.normalize())
}

fn whole(value: &Value) -> Option<u64> {
    // JSON does not tell 2 and 2.0 apart, and neither does the schema.
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        number.to_string().parse().ok()
    })
}

fn id(value: &Value, path: &str) -> Result<Uuid> {
    let text = text(value, path)?;
    match Uuid::try_parse(text) {
        Ok(id) if text.len() == 36 => Ok(id),
        _ => {
            refuse(path, "rule.value_invalid", "Must be an id such as 0192e0c4-7a1b-7c3d-8e4f-5a6b7c8d9e0f.")
        }
    }
}

fn choice<T>(value: &Value, path: &str, known: impl Fn(&str) -> Option<T>) -> Result<T> {
    let name = text(value, path)?;
    match known(name) {
        Some(choice) => Ok(choice),
        None => refuse(path, "rule.value_invalid", format!("`{}` is not one of the choices.", short(name))),
    }
}

fn texts(
    value: &Value,
    path: &str,
    most: usize,
    length: std::ops::RangeInclusive<usize>,
) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for (index, value) in sized(array(value, path)?, path, most)?.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let text = bounded(text(value, &path)?, &path, length.clone())?;
        if texts.contains(&text) {
            return refuse(&path, "rule.value_duplicate", "This value is there already.");
        }
        texts.push(text);
    }
    Ok(texts)
}

fn sized<'a>(list: &'a [Value], path: &str, most: usize) -> Result<&'a [Value]> {
    if list.is_empty() || list.len() > most {
        return refuse(path, "rule.value_invalid", format!("Must have 1 to {most} members."));
    }
    Ok(list)
}

fn bounded(text: &str, path: &str, length: std::ops::RangeInclusive<usize>) -> Result<String> {
    let is_control = |c: char| c < ' ' || c == '\u{7f}';
    if !length.contains(&text.chars().count()) || text.contains(is_control) {
        let message =
            format!("Must have {} to {} characters, none of them control.", length.start(), length.end());
        return refuse(path, "rule.value_invalid", message);
    }
    Ok(text.to_owned())
}

fn exactly_one<'a>(
    map: &'a Map<String, Value>,
    path: &str,
    names: &[&'static str],
) -> Result<(&'static str, &'a Value)> {
    let mut present = names.iter().filter_map(|name| map.get(*name).map(|value| (*name, value)));
    match (present.next(), present.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => {
            refuse(path, "rule.member_missing", format!("One of `{}` is needed.", names.join("`, `")))
        }
        (Some(_), Some((second, _))) => {
            let message = format!("Only one of `{}` may be given.", names.join("`, `"));
            refuse(&format!("{path}.{second}"), "rule.member_conflict", message)
        }
    }
}

fn only(map: &Map<String, Value>, path: &str, known: impl Fn(&str) -> bool) -> Result<()> {
    match map.keys().find(|name| !known(name)) {
        Some(name) => {
            let name = short(name);
            refuse(&format!("{path}.{name}"), "rule.member_unknown", format!("`{name}` means nothing here."))
        }
        None => Ok(()),
    }
}

fn require<'a>(map: &'a Map<String, Value>, path: &str, name: &str) -> Result<&'a Value> {
    match map.get(name) {
        Some(value) => Ok(value),
        None => refuse(&format!("{path}.{name}"), "rule.member_missing", format!("`{name}` is missing.")),
    }
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>> {
    match value {
        Value::Object(map) => Ok(map),
        _ => refuse(path, "rule.wrong_type", "Must be an object."),
    }
}

fn array<'a>(value: &'a Value, path: &str) -> Result<&'a [Value]> {
    match value {
        Value::Array(list) => Ok(list),
        _ => refuse(path, "rule.wrong_type", "Must be an array."),
    }
}

fn text<'a>(value: &'a Value, path: &str) -> Result<&'a str> {
    match value {
        Value::String(text) => Ok(text),
        _ => refuse(path, "rule.wrong_type", "Must be text."),
    }
}

/// The start of a text that a stranger wrote, fit for a path or message.
fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(40).collect()
}

impl Strength {
    /// The demand that remains of two, the outer and the node's own.
    pub(crate) fn stricter(outer: Option<Self>, own: Option<Self>) -> Option<Self> {
        outer.max(own)
    }
}
