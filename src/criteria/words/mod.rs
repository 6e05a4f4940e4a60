//! The words of each language: one implementation of [`Words`] per folder. Which words are said in what
//! order is decided in `sentence.rs` and `explain.rs`.

mod english;
mod german;

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use uuid::Uuid;

use crate::{
    language::{Language, Names},
    period::{Period, Span, Zone},
    rule::{Node, Unit},
    signal::{Channel, Strength},
    verdict::{Evidence, Missing},
};

/// How a leaf is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Of the learner: "opens it", „öffnet es".
    Does,
    /// To anybody: "open it", „es öffnen".
    Do,
    /// Looking back: "opened it", „es geöffnet".
    Done,
}

/// How many of a group's children are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) needed: usize,
    pub(crate) total: usize,
}

impl Share {
    pub(crate) fn is_all(self) -> bool {
        self.needed >= self.total
    }
}

/// What else a group asks of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clause {
    /// To happen in a period.
    During(Period),
    /// To happen close together.
    Within(Span),
}

/// One language.
pub(crate) trait Words {
    /// A leaf, without its demand of strength.
    fn leaf(&self, node: &Node, mood: Mood, names: &dyn Names) -> String;
    /// The last of several parts is joined by this: "and", "or".
    fn conjunction(&self, all: bool) -> &'static str;
    /// A group within a sentence, up to its opening bracket or colon: "meets both of these conditions".
    fn group(&self, share: Share) -> String;
    /// A group above a list of its children: "At least one of these".
    fn heading(&self, share: Share) -> String;
    /// A demand of strength in brackets behind a part; `None` where it demands nothing.
    fn proof(&self, strength: Strength) -> Option<&'static str>;
    /// When it must happen, in brackets behind a part: "before 1 March 2027, 00:00".
    fn clause(&self, clause: &Clause) -> String;
    /// The same of a whole rule, as a sentence.
    fn whole_clause(&self, clause: &Clause) -> String;
    /// A demand of strength on a whole rule, as a sentence.
    fn whole_proof(&self, strength: Strength) -> Option<&'static str>;
    /// What the learner does, as a sentence.
    fn whole(&self, phrase: &str) -> String;
    /// A day.
    fn date(&self, at: DateTime<Utc>) -> String;
    /// What a zone's clock shows, and the zone: "1 March 2027, 00:00 (Europe/Berlin)".
    fn clock(&self, shown: NaiveDateTime, zone: Option<Zone>) -> String;
    /// How we were told.
    fn channel(&self, channel: Channel) -> &'static str;
    /// The same of an event, where it is known who sent it.
    fn reported_by(&self, source: &str) -> String;
    /// A met node, as a sentence; `told` is when and how, of all that met it.
    fn met(&self, told: &str) -> String;
    /// A lack, as one or two sentences.
    fn missing(&self, missing: &Missing, unit: Option<Unit>, names: &dyn Names) -> String;
    /// The title of a badge, quoted.
    fn badge(&self, id: Uuid, names: &dyn Names) -> String;
    /// Titles of badges in a row, and how many of them are needed: "one of the badges “A” and “B”".
    fn badges(&self, share: Share, titles: &str) -> String;
    /// All that was met, as sentences to sign.
    fn earned(&self, on: DateTime<Utc>, parts: &str, strength: Strength) -> String;
}

/// Badges, so many of which are needed.
fn badges(words: &dyn Words, ids: &[Uuid], n: u32, names: &dyn Names) -> String {
    let titles: Vec<_> = ids.iter().map(|id| words.badge(*id, names)).collect();
    let needed = usize::try_from(n).unwrap_or(usize::MAX);
    words.badges(Share { needed, total: titles.len() }, &joined(&titles, words.conjunction(true)))
}

/// When something happened and how we were told, of all that met a node: "3 May 2026, seen at launch".
pub(crate) fn told<'a>(words: &dyn Words, evidence: impl Iterator<Item = &'a Evidence>) -> String {
    let mut parts: Vec<String> = Vec::new();
    for one in evidence {
        let how = match one.channel {
            Channel::Event if !one.source.trim().is_empty() => words.reported_by(&tidy(&one.source)),
            channel => words.channel(channel).to_owned(),
        };
        let part = format!("{}, {how}", words.date(one.at));
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.join("; ")
}

/// The ends of a period as the clock of its zone shows them; the zone stands with the last.
fn shown(words: &dyn Words, period: &Period) -> [Option<String>; 2] {
    let zone = period.zone();
    let to = period.to().map(|edge| words.clock(edge.shown(zone), Some(zone)));
    let from = period.from().map(|edge| words.clock(edge.shown(zone), to.is_none().then_some(zone)));
    [from, to]
}

/// The words of a language.
pub(crate) fn of(language: Language) -> &'static dyn Words {
    match language {
        Language::English => &english::English,
        Language::German => &german::German,
    }
}

/// Parts in a row: "a, b and c".
pub(crate) fn joined(parts: &[String], conjunction: &str) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {conjunction} {last}", others.join(", ")),
    }
}

/// With a capital first letter.
pub(crate) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// A title or value on one line, without invisible controls, at most 200 characters.
fn tidy(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let visible: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    let words: Vec<_> = visible.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// A role as people say it: the end of an address, otherwise as it is.
fn role_name(name: &str) -> &str {
    name.rsplit(['#', '/']).next().filter(|end| !end.is_empty()).unwrap_or(name)
}

/// Given of maximum in percent for display: two places, cut rather than rounded, so that 79.999 is
/// not shown as 80.
fn percent(given: Decimal, maximum: Option<Decimal>) -> Option<Decimal> {
    let share = given.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(maximum?)?;
    Some(share.round_dp_with_strategy(2, RoundingStrategy::ToZero).normalize())
}

/// The n-th of twelve written numbers, else digits.
fn written(n: usize, words: &[&str; 13]) -> String {
    words.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}
