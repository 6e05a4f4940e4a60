//! Rules: what a learner must have done, whether they have, and both in words.
//!
//! ```text
//!   JSON ── Rule::parse ──▶ Rule ──┐
//!                                  ├── evaluate ──▶ Verdict ── explain ──▶ words for pages
//!   what channels told ─▶ Signal ──┘                        └─ evidence_sentence ──▶ words to sign
//! ```
//!
//! Pure functions over values: no I/O, no clock, no database, nothing of ours. Time comes as an
//! argument, titles come through [`Names`]. The definitions are design §5; the JSON form is
//! published as [`SCHEMA`].
//!
//! Read `rule.rs` (the tree), then `signal.rs`, then `evaluate.rs`, `group.rs`, `leaf/` and `ruling.rs`.
#![warn(missing_docs, clippy::missing_errors_doc)]

mod award_period;
mod contrary;
mod cycle;
mod decimal;
mod evaluate;
mod explain;
mod group;
mod language;
mod leaf;
mod near;
mod parse;
mod period;
mod rule;
mod ruling;
mod scene;
mod sentence;
mod signal;
mod slots;
mod tally;
mod verdict;
mod words;
mod write;

#[cfg(test)]
mod checks;

pub use award_period::{AwardPeriod, AwardPeriods, by_period, earns};
pub use contrary::contrary;
pub use cycle::cycle;
pub use evaluate::{Frame, SETTLING_MINUTES, evaluate, evaluate_in};
pub use explain::{Explained, evidence_sentence, explain};
pub use language::{Language, Names, NoNames};
pub use near::{Lack, lack};
pub use parse::{MAX_DEPTH, MAX_NODES, RuleError};
pub use period::{Edge, Period, Span, SpanError, Zone};
pub use rule::{
    Bound, Condition, Expected, Mode, Node, Pick, Placement, Reference, Rule, ScoreTest, Target, Test, Unit,
};
pub use ruling::{awaiting, awaiting_in};
pub use sentence::{Outline, outline, sentence};
pub use signal::{Channel, Form, Kind, Membership, ScoreState, Signal, Strength, Subject, Unrecognized};
pub use slots::{Filling, Slot, SlotKind};
pub use verdict::{Evidence, Explanation, Missing, NoScore, Outcome, Verdict};

/// The published JSON schema (draft 2020-12) of a rule's JSON form.
///
/// What a schema cannot say (n beyond the children, children equal but written differently, depth,
/// count, the order of a range, days and zones that do not exist, one `within` in another) only [`Rule::parse`] refuses.
pub const SCHEMA: &str = include_str!("schema.json");
