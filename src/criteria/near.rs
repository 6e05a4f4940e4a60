//! Near: how much a verdict lacks of being met, for whoever wants to know who is almost there.
//!
//! A leaf that is not met lacks one thing; awards and approvals lack as many as are missing. A group lacks the least
//! that makes as many of its members met as it needs. Parts that lie too far apart lack one thing: to be done again,
//! closer together. So does a rule whose parts are all met, but prove too little together or at the wrong time. A rule
//! that only has to settle lacks nothing but time.

use crate::{
    rule::{Node, Rule},
    verdict::{Explanation, Missing, Outcome, Verdict},
};

/// What a verdict lacks of being met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lack {
    /// How many things at least.
    pub things: u32,
    /// The nodes where that is, by their paths in the rule; of several ways the first that lacks least.
    pub paths: Vec<String>,
}

impl Lack {
    /// Whether everything but one thing is there.
    #[must_use]
    pub fn is_near(&self) -> bool {
        self.things <= 1
    }
}

/// What `verdict` lacks. `rule` must be the rule that was judged.
#[must_use]
pub fn lack(verdict: &Verdict, rule: &Rule) -> Lack {
    let settles = matches!(verdict.explanation.missing, Some(Missing::Settling { .. }));
    if verdict.outcome == Outcome::Met || settles {
        return Lack::default();
    }
    let lack = of(&verdict.explanation, rule.root());
    if lack.things == 0 { Lack { things: 1, paths: vec![verdict.explanation.path.clone()] } } else { lack }
}

fn of(explanation: &Explanation, node: &Node) -> Lack {
    if explanation.outcome == Outcome::Met {
        return Lack::default();
    }
    let here = |things: u32| Lack { things, paths: vec![explanation.path.clone()] };
    let too_far_apart = matches!(explanation.missing, Some(Missing::TooFarApart { .. }));
    let Some(needed) = node.needed().filter(|_| !too_far_apart) else {
        return here(match explanation.missing {
            Some(Missing::Awards { n, .. } | Missing::Approvals { n, .. }) => n.max(1),
            _ => 1,
        });
    };
    let children = explanation.of.iter().zip(node.children());
    let mut lacks: Vec<Lack> = children.map(|(explanation, child)| of(explanation, child)).collect();
    // Stable: among equals the first of the rule.
    lacks.sort_by_key(|lack| lack.things);
    lacks.into_iter().take(needed).fold(Lack::default(), |mut whole, lack| {
        whole.things = whole.things.saturating_add(lack.things);
        whole.paths.extend(lack.paths);
        whole
    })
}
