//! Rule: the criteria tree (design §5), checked once and immutable.
//!
//! A [`Rule`] can only be made by [`Rule::parse`] and [`Rule::new`], so whoever holds one holds a
//! rule within the limits and without contradictions. `parse/` checks, `write.rs` prints.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    parse::{self, RuleError},
    period::{Period, Span},
    signal::{Membership, Strength, Subject},
};

/// A checked rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    root: Node,
}

impl Rule {
    /// Reads the JSON form (`{"version": 1, "node": {…}}`).
    ///
    /// # Errors
    /// The first thing wrong, with its path (`node.of[2].n`) and a stable code.
    pub fn parse(value: &serde_json::Value) -> Result<Self, RuleError> {
        parse::rule(value).map(|root| Self { root })
    }

    /// Makes a rule of a tree built in code, by the same checks as [`Rule::parse`].
    ///
    /// # Errors
    /// As [`Rule::parse`].
    pub fn new(root: Node) -> Result<Self, RuleError> {
        // Checked before it is written: the writer recurses as deep as the tree is.
        parse::limits(&root)?;
        Self::parse(&Self { root }.to_value())
    }

    /// The top of the tree.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Every node with its path, top first.
    pub fn nodes(&self) -> impl Iterator<Item = (String, &Node)> {
        let mut rest = vec![("node".to_owned(), &self.root)];
        std::iter::from_fn(move || {
            let (path, node) = rest.pop()?;
            let children = node.children().iter().enumerate().rev();
            rest.extend(children.map(|(index, child)| (format!("{path}.of[{index}]"), child)));
            Some((path, node))
        })
    }

    /// This rule and the approval of so many people with one of these roles (of anybody when there is none): what an
    /// achievement's floor adds to the rules of its placements. A rule that asks for just that already stays as it is.
    #[must_use]
    pub fn with_approval(&self, roles: &[String], n: u32) -> Self {
        let approved = Node::new(Test::Approved { roles: roles.to_vec(), n: n.max(1) });
        let of = match self.root() {
            Node { test: Test::AllOf(of), min_strength: None, within: None } => of.clone(),
            other => vec![other.clone()],
        };
        if of.contains(&approved) {
            return self.clone();
        }
        Self { root: Node::new(Test::AllOf(of.into_iter().chain([approved]).collect())) }
    }

    /// Every row the rule names, with the path of its naming, for the check that they belong to the
    /// rule's organization.
    #[must_use]
    pub fn references(&self) -> Vec<(String, Reference)> {
        let mut found = Vec::new();
        for (path, node) in self.nodes() {
            match &node.test {
                Test::Launched { link: Some(link), .. } | Test::Released { link } => {
                    found.push((format!("{path}.link"), Reference::Link(*link)));
                }
                Test::Holds { achievements, .. } => {
                    let named = achievements.iter().enumerate();
                    found.extend(named.map(|(index, id)| {
                        (format!("{path}.achievements[{index}]"), Reference::Achievement(*id))
                    }));
                }
                Test::Completed(target) | Test::Score(ScoreTest { target, .. }) => {
                    if let Some(course) = target.course {
                        found.push((format!("{path}.subject.course"), Reference::Course(course)));
                    }
                }
                _ => {}
            }
        }
        found
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::parse(&value).map_err(serde::de::Error::custom)
    }
}

/// A row that a rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A resource link.
    Link(Uuid),
    /// A course.
    Course(Uuid),
    /// An achievement.
    Achievement(Uuid),
}

impl Reference {
    /// The row's id.
    #[must_use]
    pub fn id(self) -> Uuid {
        let (Self::Link(id) | Self::Course(id) | Self::Achievement(id)) = self;
        id
    }
}

/// One node of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// What must be so.
    pub test: Test,
    /// Signals below it are ignored, here and in all nodes below. Roles and memberships, being
    /// neutral, hear only a strength demanded at their own node.
    pub min_strength: Option<Strength>,
    /// Only of a group, and of none within such a group: some signals that meet it lie so close
    /// together.
    pub within: Option<Span>,
}

impl Node {
    /// A node that takes any strength, at any distance.
    #[must_use]
    pub fn new(test: Test) -> Self {
        Self { test, min_strength: None, within: None }
    }

    /// The node's children, in order; empty for all but groups.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        match &self.test {
            Test::AllOf(of) | Test::AnyOf(of) | Test::AtLeast { of, .. } | Test::During { of, .. } => of,
            _ => &[],
        }
    }

    /// How many children must be met, if it is a group.
    #[must_use]
    pub(crate) fn needed(&self) -> Option<usize> {
        match &self.test {
            Test::AllOf(of) | Test::During { of, .. } => Some(of.len()),
            Test::AnyOf(_) => Some(1),
            Test::AtLeast { n, .. } => Some(usize::try_from(*n).unwrap_or(usize::MAX)),
            _ => None,
        }
    }
}

/// What a node asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// All children are met.
    AllOf(Vec<Node>),
    /// At least one child is met.
    AnyOf(Vec<Node>),
    /// At least `n` children are met.
    AtLeast {
        /// From 1 to the number of children.
        n: u32,
        /// The children.
        of: Vec<Node>,
    },
    /// All children are met by what happened in the period. Roles and memberships have no history and
    /// count at any time.
    During {
        /// The period.
        period: Period,
        /// The children.
        of: Vec<Node>,
    },
    /// The learner opened the link (or any link of the course), the launch meeting all conditions.
    Launched {
        /// The link; `None` is any link of the placement's course.
        link: Option<Uuid>,
        /// Conditions on custom parameters; all must hold in one launch.
        custom: Vec<Condition>,
    },
    /// The platform lets the learner open this gated link: its own conditional release is the
    /// criterion. Seen by a launch or in the link's list of members; at least medium proof.
    Released {
        /// The link.
        link: Uuid,
    },
    /// A completion event or the platform's record.
    Completed(Target),
    /// A score within bounds.
    Score(ScoreTest),
    /// The learner holds current awards of so many of these achievements.
    Holds {
        /// Their ids.
        achievements: Vec<Uuid>,
        /// From 1 to their number.
        n: u32,
    },
    /// So many different people have approved, and have not taken it back.
    Approved {
        /// Only people with one of these roles; anybody when empty.
        roles: Vec<String>,
        /// From 1 to 20.
        n: u32,
    },
    /// The learner holds one of these roles in the placement's course.
    Role(Vec<String>),
    /// The learner is in this section or group of the placement's course.
    MemberOf {
        /// Which of both.
        of: Membership,
        /// The platform's id of it.
        id: String,
    },
}

/// A condition on one custom parameter of a launch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// The parameter's name as configured at the platform.
    pub name: String,
    /// What its value must be. A literal `$Variable` is absent, and then nobody knows.
    pub expected: Expected,
}

/// What a custom parameter's value must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// Exactly this text.
    Equals(String),
    /// One of these texts.
    OneOf(Vec<String>),
    /// A number not below this one.
    AtLeast(Decimal),
}

/// What a completion or score must be about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The course; `None` is the placement's own.
    pub course: Option<Uuid>,
    /// The course as a whole or one activity in it.
    pub subject: Subject,
}

/// A test on a score.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScoreTest {
    /// In what.
    pub target: Target,
    /// How to compare.
    pub unit: Unit,
    /// With what.
    pub bound: Bound,
    /// Which of several scores counts.
    pub pick: Pick,
}

/// What a score is compared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Given of maximum, times 100, both from one reading.
    Percent,
    /// Given.
    Points,
}

/// The numbers a score is compared with; exact, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Not below.
    AtLeast(Decimal),
    /// Not above.
    AtMost(Decimal),
    /// Neither below `from` nor above `to`.
    Between {
        /// Lower end.
        from: Decimal,
        /// Upper end, not below `from`.
        to: Decimal,
    },
}

/// Which of several scores counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pick {
    /// The latest; a later excuse or retraction hides it.
    #[default]
    Latest,
    /// The best of those that count.
    Best,
    /// The first that counts.
    First,
}

/// What the evaluator must know of the placement whose rule it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Its id, by which approvals name it; without it none is found.
    pub id: Option<Uuid>,
    /// Its course; `None` for the whole organization, where signals of every course count unless a
    /// node names one.
    pub course: Option<Uuid>,
    /// When the rule counts as met.
    pub mode: Mode,
}

/// When a rule counts as met (design §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Having been met at some moment is enough.
    #[default]
    Ever,
    /// It must hold now, and have held for the settling time.
    Standing,
}
