//! Slots: the parts of a rule that whoever places it may tighten and never loosen (design §2, §5). And the same
//! rule about other rows, for a course that was copied.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    parse::RuleError,
    period::Period,
    rule::{Bound, Node, Reference, Rule, ScoreTest, Test, Unit},
};

/// A part of a rule that may be tightened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The node's path, as [`Rule::nodes`] gives it.
    pub path: String,
    /// What may be tightened, and how far it is now.
    pub kind: SlotKind,
}

/// What may be tightened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// The least score; may be raised.
    AtLeast {
        /// What it is counted in.
        unit: Unit,
        /// How much it is.
        now: Decimal,
    },
    /// The greatest score; may be lowered.
    AtMost {
        /// What it is counted in.
        unit: Unit,
        /// How much it is.
        now: Decimal,
    },
    /// How many parts of a group are needed; may be raised.
    Needed {
        /// How many it is.
        now: u32,
        /// How many parts there are.
        of: u32,
    },
    /// Any link of the course; may become one link.
    Link,
}

/// What is put into a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// A number.
    Number(Decimal),
    /// A link.
    Link(Uuid),
}

impl Rule {
    /// What may be tightened, top first.
    #[must_use]
    pub fn slots(&self) -> Vec<Slot> {
        self.nodes().filter_map(|(path, node)| Some(Slot { path, kind: kind(node)? })).collect()
    }

    /// The rule with its slots filled; those that are not named stay as they are.
    ///
    /// # Errors
    /// `rule.slot_unknown`, `rule.slot_loosened`, and whatever [`Rule::parse`] refuses.
    pub fn filled(&self, fillings: &[(String, Filling)]) -> Result<Self, RuleError> {
        let slots = self.slots();
        for (path, filling) in fillings {
            let refuse = |code, message: &str| {
                Err(RuleError { path: path.clone(), code, message: message.to_owned() })
            };
            let Some(slot) = slots.iter().find(|slot| slot.path == *path) else {
                return refuse("rule.slot_unknown", "This part of the rule cannot be changed.");
            };
            let is_tighter = match (slot.kind, filling) {
                (SlotKind::AtLeast { now, .. }, Filling::Number(new)) => *new >= now,
                (SlotKind::AtMost { now, .. }, Filling::Number(new)) => *new <= now,
                (SlotKind::Needed { now, of }, Filling::Number(new)) => {
                    (Decimal::from(now)..=Decimal::from(of)).contains(new) && new.fract().is_zero()
                }
                (SlotKind::Link, Filling::Link(_)) => true,
                _ => return refuse("rule.slot_unknown", "This part of the rule takes something else."),
            };
            if !is_tighter {
                return refuse("rule.slot_loosened", "The rule may be made stricter here, not easier.");
            }
        }
        let root = rebuilt(self.root(), "node", &|path, test| {
            let filling = fillings.iter().find(|(known, _)| known == path).map(|(_, filling)| *filling);
            if let Some(filling) = filling {
                fill(test, filling);
            }
        });
        Self::new(root)
    }

    /// The period in which everything has to happen, if the rule demands one of all its parts.
    #[must_use]
    pub fn period(&self) -> Option<Period> {
        let whole = |node: &Node| match &node.test {
            Test::During { period, .. } => Some(*period),
            _ => None,
        };
        match &self.root().test {
            Test::AllOf(of) => of.iter().find_map(whole),
            _ => whole(self.root()),
        }
    }

    /// The same rule about other rows: `other` says which row stands for one that is named, if another does.
    ///
    /// # Errors
    /// Whatever [`Rule::parse`] refuses: two parts may have become the same.
    pub fn with_references(&self, other: impl Fn(Reference) -> Option<Uuid>) -> Result<Self, RuleError> {
        Self::new(rebuilt(self.root(), "node", &|_, test| match test {
            Test::Launched { link: Some(link), .. } | Test::Released { link } => {
                *link = other(Reference::Link(*link)).unwrap_or(*link);
            }
            Test::Holds { achievements, .. } => {
                for achievement in achievements {
                    *achievement = other(Reference::Achievement(*achievement)).unwrap_or(*achievement);
                }
            }
            Test::Completed(target) | Test::Score(ScoreTest { target, .. }) => {
                if let Some(course) = &mut target.course {
                    *course = other(Reference::Course(*course)).unwrap_or(*course);
                }
            }
            _ => {}
        }))
    }
}

fn kind(node: &Node) -> Option<SlotKind> {
    match &node.test {
        Test::Score(ScoreTest { bound: Bound::AtLeast(now), unit, .. }) => {
            Some(SlotKind::AtLeast { unit: *unit, now: *now })
        }
        Test::Score(ScoreTest { bound: Bound::AtMost(now), unit, .. }) => {
            Some(SlotKind::AtMost { unit: *unit, now: *now })
        }
        Test::AtLeast { n, of } => {
            Some(SlotKind::Needed { now: *n, of: u32::try_from(of.len()).unwrap_or(u32::MAX) })
        }
        Test::Launched { link: None, .. } => Some(SlotKind::Link),
        _ => None,
    }
}

fn fill(test: &mut Test, filling: Filling) {
    match (test, filling) {
        (
            Test::Score(ScoreTest { bound: Bound::AtLeast(now) | Bound::AtMost(now), .. }),
            Filling::Number(new),
        ) => *now = new,
        (Test::AtLeast { n, .. }, Filling::Number(new)) => {
            *n = u32::try_from(new).unwrap_or(*n);
        }
        (Test::Launched { link, .. }, Filling::Link(new)) => *link = Some(new),
        _ => {}
    }
}

/// The tree with every test changed by `change`, which is told the node's path. As deep as a rule may be.
fn rebuilt(node: &Node, path: &str, change: &impl Fn(&str, &mut Test)) -> Node {
    let children = |of: &[Node]| -> Vec<Node> {
        let of = of.iter().enumerate();
        of.map(|(index, child)| rebuilt(child, &format!("{path}.of[{index}]"), change)).collect()
    };
    let mut test = match &node.test {
        Test::AllOf(of) => Test::AllOf(children(of)),
        Test::AnyOf(of) => Test::AnyOf(children(of)),
        Test::AtLeast { n, of } => Test::AtLeast { n: *n, of: children(of) },
        Test::During { period, of } => Test::During { period: *period, of: children(of) },
        leaf => leaf.clone(),
    };
    change(path, &mut test);
    Node { test, ..node.clone() }
}
