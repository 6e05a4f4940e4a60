//! From untrusted JSON to a [`Rule`](crate::Rule): every refusal names the path of the offending
//! node or member and a stable code. Agrees with `schema.json`; says more where a schema cannot.
//! Here the tree and its limits; `leaf.rs` reads leaves, `time.rs` periods and spans, `json.rs` the
//! values they are made of.

pub(crate) mod json;
mod leaf;
pub(crate) mod time;

use std::collections::HashSet;

use serde_json::{Map, Value};

use self::json::{array, choice, number_of, object, only, require, short, text, whole};
use crate::{
    period::Span,
    rule::{Condition, Expected, Node, Test},
    signal::Strength,
};

/// The most nodes a rule may have.
pub const MAX_NODES: usize = 200;
/// The deepest a rule may be; the top node is at depth 1.
pub const MAX_DEPTH: usize = 16;

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

pub(crate) type Result<T> = std::result::Result<T, RuleError>;

pub(crate) fn refuse<T>(path: &str, code: &'static str, message: impl Into<String>) -> Result<T> {
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
    let mut reader = Reader { nodes: 0, is_within: false };
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
    /// Whether a group around has a `within`.
    is_within: bool,
}

impl Reader {
    fn node(&mut self, value: &Value, path: &str, depth: usize) -> Result<Node> {
        self.nodes += 1;
        within_limits(self.nodes, depth, path)?;
        let map = object(value, path)?;
        let kind = text(require(map, path, "type")?, &format!("{path}.type"))?;
        let members: &[&str] = match kind {
            "all_of" | "any_of" => &["of", "within"],
            "at_least" => &["n", "of", "within"],
            "during" => &["from", "to", "zone", "of", "within"],
            "launched" => &["link", "custom"],
            "released" => &["link"],
            "completed" => &["subject"],
            "score" => &["subject", "unit", "at_least", "at_most", "between", "pick"],
            "holds" => &["achievements", "n"],
            "approved" => &["roles", "n"],
            "role" => &["any_of"],
            "member_of" => &["section", "group"],
            other => {
                let message = format!("There is no node `{}`.", short(other));
                return refuse(&format!("{path}.type"), "rule.node_unknown", message);
            }
        };
        let common = ["type", "min_strength"];
        only(map, path, |name| common.contains(&name) || members.contains(&name))?;
        let within = self.within(map, path)?;
        self.is_within |= within.is_some();
        let test = match kind {
            "all_of" => Test::AllOf(self.children(map, path, depth)?),
            "any_of" => Test::AnyOf(self.children(map, path, depth)?),
            "at_least" => {
                let n = number_of(map, path)?;
                let of = self.children(map, path, depth)?;
                can_be(n, of.len(), path)?;
                Test::AtLeast { n, of }
            }
            "during" => {
                Test::During { period: time::period(map, path)?, of: self.children(map, path, depth)? }
            }
            "launched" => leaf::launched(map, path)?,
            "released" => leaf::released(map, path)?,
            "completed" => leaf::completed(map, path)?,
            "score" => leaf::score(map, path)?,
            "holds" => leaf::holds(map, path)?,
            "approved" => leaf::approved(map, path)?,
            "member_of" => leaf::member_of(map, path)?,
            _ => leaf::role(map, path)?,
        };
        self.is_within &= within.is_none();
        let min_strength = match map.get("min_strength") {
            Some(value) => Some(choice(value, &format!("{path}.min_strength"), |name| name.parse().ok())?),
            None => None,
        };
        Ok(Node { test, min_strength, within })
    }

    /// A group's `within`; one in another would make a rule's cost explode and its words unreadable.
    fn within(&self, map: &Map<String, Value>, path: &str) -> Result<Option<Span>> {
        let Some(value) = map.get("within") else { return Ok(None) };
        let path = format!("{path}.within");
        let span = time::span(value, &path)?;
        if self.is_within {
            let message = "A group around this one has a `within` already.";
            return refuse(&path, "rule.within_nested", message);
        }
        Ok(Some(span))
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
            let mut custom: Vec<_> = custom.iter().map(condition_likeness).collect();
            custom.sort();
            Test::Launched { link: *link, custom }
        }
        Test::During { period, of } => Test::During { period: period.in_instants(), of: sorted(of) },
        Test::Role(names) => {
            let mut names = names.clone();
            names.sort();
            Test::Role(names)
        }
        Test::Approved { roles, n } => {
            let mut roles = roles.clone();
            roles.sort();
            Test::Approved { roles, n: *n }
        }
        Test::Holds { achievements, n } => {
            let mut achievements = achievements.clone();
            achievements.sort();
            Test::Holds { achievements, n: *n }
        }
        other => other.clone(),
    };
    Node { test, ..*node }
}

/// The same of a launch's condition.
fn condition_likeness(condition: &Condition) -> Condition {
    let mut condition = condition.clone();
    if let Expected::OneOf(values) = &mut condition.expected {
        values.sort();
    }
    condition
}

/// Refuses to need more than there is.
fn can_be(n: u32, total: usize, path: &str) -> Result<()> {
    if usize::try_from(n).is_ok_and(|n| n > total) {
        let message = format!("{n} of {total} can never be met.");
        return refuse(&format!("{path}.n"), "rule.n_too_large", message);
    }
    Ok(())
}

impl Strength {
    /// The demand that remains of two, the outer and the node's own.
    pub(crate) fn stricter(outer: Option<Self>, own: Option<Self>) -> Option<Self> {
        outer.max(own)
    }
}
