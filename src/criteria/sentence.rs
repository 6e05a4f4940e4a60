//! A rule in words: as one sentence, and as an outline for lists. Written for an instructor who has
//! never seen the tree. The words themselves are in `words/`.

use crate::{
    language::{Language, Names},
    rule::{Node, Rule, Test},
    words::{self, Clause, Mood, Share, Words, capitalized, joined},
};

/// The rule as a sentence: "The learner opens “Week 1” and completes the course."
///
/// Groups within groups stand in brackets, their parts divided by semicolons.
#[must_use]
pub fn sentence(rule: &Rule, language: Language, names: &dyn Names) -> String {
    let words = words::of(language);
    let root = flattened(rule.root());
    let phrase = match root.share() {
        None => words.leaf(root.node, Mood::Does, names),
        Some(share) => {
            let parts: Vec<_> = root.node.children().iter().map(|child| part(child, words, names)).collect();
            if share.is_all() || share.needed == 1 {
                joined(&parts, words.conjunction(share.is_all()))
            } else {
                format!("{}: {}", words.group(share), parts.join("; "))
            }
        }
    };
    let mut text = words.whole(&phrase);
    for clause in &root.clauses {
        text.push(' ');
        text.push_str(&words.whole_clause(clause));
    }
    if let Some(demand) = root.strength.and_then(|strength| words.whole_proof(strength)) {
        text.push(' ');
        text.push_str(demand);
    }
    text
}

/// A rule, or a part of it, as a line with lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The node's path in the rule.
    pub path: String,
    /// What to do, without a full stop: "Open “Week 1”", "At least one of these".
    pub text: String,
    /// The group's members.
    pub of: Vec<Self>,
}

/// The rule as nested lines, for lists. Groups of a single member are left out.
#[must_use]
pub fn outline(rule: &Rule, language: Language, names: &dyn Names) -> Outline {
    outlined(rule.root(), "node", words::of(language), names)
}

fn outlined(node: &Node, path: &str, words: &dyn Words, names: &dyn Names) -> Outline {
    let flat = flattened(node);
    let path = format!("{path}{}", ".of[0]".repeat(flat.skipped));
    let children = flat.node.children().iter().enumerate();
    let of = children.map(|(index, child)| outlined(child, &format!("{path}.of[{index}]"), words, names));
    Outline { of: of.collect(), text: flat.line(words, names), path }
}

/// A node without the groups of one member around it.
pub(crate) struct Flat<'a> {
    pub(crate) node: &'a Node,
    /// The strictest demand of those left out and its own.
    strength: Option<crate::Strength>,
    /// When it must happen, outermost first.
    clauses: Vec<Clause>,
    /// How many were left out.
    pub(crate) skipped: usize,
}

/// Leaves out groups of one member.
pub(crate) fn flattened(mut node: &Node) -> Flat<'_> {
    let mut strength = node.min_strength;
    let mut clauses = Vec::new();
    let mut skipped = 0;
    loop {
        if let Test::During { period, .. } = &node.test {
            clauses.push(Clause::During(*period));
        }
        clauses.extend(node.within.map(Clause::Within));
        let [only] = node.children() else { return Flat { node, strength, clauses, skipped } };
        node = only;
        strength = strength.max(node.min_strength);
        skipped += 1;
    }
}

impl Flat<'_> {
    fn share(&self) -> Option<Share> {
        self.node.needed().map(|needed| Share { needed, total: self.node.children().len() })
    }

    /// As a line of a list.
    pub(crate) fn line(&self, words: &dyn Words, names: &dyn Names) -> String {
        let text = match self.share() {
            None => words.leaf(self.node, Mood::Do, names),
            Some(share) => words.heading(share),
        };
        capitalized(&self.with_demand(text, words))
    }

    /// With its clauses and its demand of strength in brackets.
    fn with_demand(&self, text: String, words: &dyn Words) -> String {
        let mut demands: Vec<_> = self.clauses.iter().map(|clause| words.clause(clause)).collect();
        demands.extend(self.strength.and_then(|strength| words.proof(strength)).map(str::to_owned));
        if demands.is_empty() { text } else { format!("{text} ({})", demands.join("; ")) }
    }
}

/// A node as a part of a sentence about the learner.
fn part(node: &Node, words: &dyn Words, names: &dyn Names) -> String {
    let flat = flattened(node);
    let text = match flat.share() {
        None => words.leaf(flat.node, Mood::Does, names),
        Some(share) => {
            let parts: Vec<_> = flat.node.children().iter().map(|child| part(child, words, names)).collect();
            format!("{} ({})", words.group(share), parts.join("; "))
        }
    };
    flat.with_demand(text, words)
}
