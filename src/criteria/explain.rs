//! A verdict in words: for pages, node by node; and for the signed badge, which states thresholds,
//! days and channels, never the grade (design §6.10).

use crate::{
    language::{Language, Names},
    rule::{Node, Rule, ScoreTest, Test},
    sentence::flattened,
    verdict::{Explanation, Missing, Outcome, Verdict},
    words::{self, Mood, Words, told},
};

/// One line of an explained verdict, with lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The node's path in the rule.
    pub path: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What is asked, without a full stop: "Complete the course".
    pub text: String,
    /// How it was met, or what is missing and what to do, in whole sentences. `None` for a met group.
    pub note: Option<String>,
    /// What is missing, for a page that wants to link to it.
    pub missing: Option<Missing>,
    /// The group's members.
    pub of: Vec<Self>,
}

/// Explains a verdict to a person. `rule` must be the rule that was judged. Groups of a single member
/// are left out; a rule that only has to settle, or whose parts prove too little together, says so in its first line.
#[must_use]
pub fn explain(verdict: &Verdict, rule: &Rule, language: Language, names: &dyn Names) -> Explained {
    let words = words::of(language);
    let mut lines = lines(&verdict.explanation, rule.root(), words, names);
    // The whole rule's outcome and lack may have been left out with its group.
    lines.outcome = verdict.outcome;
    if let Some(missing @ (Missing::Settling { .. } | Missing::Stronger { .. })) =
        &verdict.explanation.missing
    {
        lines.note = Some(words.missing(missing, None, names));
        lines.missing = Some(missing.clone());
    }
    lines
}

fn lines(explanation: &Explanation, node: &Node, words: &dyn Words, names: &dyn Names) -> Explained {
    let flat = flattened(node);
    let mut explanation = explanation;
    let mut too_far = None;
    for _ in 0..flat.skipped {
        too_far = too_far.or(too_far_apart(explanation));
        explanation = explanation.of.first().unwrap_or(explanation);
    }
    let unit = match &flat.node.test {
        Test::Score(ScoreTest { unit, .. }) => Some(*unit),
        _ => None,
    };
    // A group that was left out may lack what its only member does not.
    let Explanation { outcome, missing, .. } = too_far.unwrap_or(explanation);
    let note = match (&explanation.met_by, missing) {
        (_, Some(missing)) => Some(words.missing(missing, unit, names)),
        (Some(first), None) => Some(words.met(&told(words, std::iter::once(first).chain(&explanation.with)))),
        (None, None) => None,
    };
    let children = explanation.of.iter().zip(flat.node.children());
    Explained {
        path: explanation.path.clone(),
        outcome: *outcome,
        text: flat.line(words, names),
        note,
        missing: missing.clone(),
        of: children.map(|(explanation, child)| lines(explanation, child, words, names)).collect(),
    }
}

fn too_far_apart(explanation: &Explanation) -> Option<&Explanation> {
    matches!(explanation.missing, Some(Missing::TooFarApart { .. })).then_some(explanation)
}

/// What was met, in words fit to be signed into a badge: thresholds, days and channels, never the
/// grade, and no names of people. `None` when the verdict is not met.
#[must_use]
pub fn evidence_sentence(
    verdict: &Verdict,
    rule: &Rule,
    language: Language,
    names: &dyn Names,
) -> Option<String> {
    let words = words::of(language);
    let (Outcome::Met, Some(on), Some(strength)) = (verdict.outcome, verdict.met_at, verdict.strength) else {
        return None;
    };
    let mut parts = Vec::new();
    collect(&verdict.explanation, rule.root(), words, names, &mut parts);
    Some(words.earned(on, &parts.join("; "), strength))
}

/// The met leaves below met groups.
fn collect(
    explanation: &Explanation,
    node: &Node,
    words: &dyn Words,
    names: &dyn Names,
    parts: &mut Vec<String>,
) {
    if explanation.outcome != Outcome::Met {
        return;
    }
    if let Some(evidence) = &explanation.met_by {
        let what = words.leaf(node, Mood::Done, names);
        let told = told(words, std::iter::once(evidence).chain(&explanation.with));
        parts.push(format!("{what} ({told})"));
    }
    for (explanation, child) in explanation.of.iter().zip(node.children()) {
        collect(explanation, child, words, names, parts);
    }
}
