//! Who must have a badge, and who must not: read off the truth of the term by design §5's words, not with the evaluator.
//!
//! Three judgements of the same tree. *True*: what really happened, at the moments at which it happened. *Sure*: what
//! Laurel knows for certain at the end, from what reached it and from what a reconcile can read; whoever is sure must
//! have the badge. *Believable*: at least as much as anybody could have been made to believe by clocks that are a
//! day off and by corrections that never arrived; whoever is not even that must not have it.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::{
    channels::Told,
    rules::{Asks, Pick},
    world::{COLUMNS, Course, Part, Person, Product, Term, What},
};

/// Something about somebody, and when it happened.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    what: Thing,
    /// It happened later than this, where that is all that is known; else at the moment itself.
    after: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
    /// Strong proof of it is there.
    is_strong: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Page(usize),
    Course,
    Score(usize, u32),
    Released,
    Opened,
}

/// How to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Only what happened in the time that counts whatever else is true.
    Strictly,
    /// What may have, a day of wrong clocks on either side; and what was so once, may still be so.
    Generously,
}

const DAY: Duration = Duration::days(1);

/// What the oracle says of one person, badge by badge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Says {
    /// They have earned it.
    pub is_true: bool,
    /// Laurel can know that they have, as soon as people have decided what is theirs to decide.
    pub is_sure: bool,
    /// Somebody may have been made to believe so.
    pub is_believable: bool,
}

/// Judges a person by all badges of their course.
pub fn judge(term: &Term, course: &Course, person: &Person, told: &[Told]) -> Vec<Says> {
    let real = truth(term, person, told);
    let known = known(term, course, person, told);
    let is_eligible = matches!(person.part, Part::Learner);
    // Who drops out does so before doing anything that counts.
    let mut all: Vec<Says> = Vec::with_capacity(course.badges.len());
    for badge in &course.badges {
        let held = |of: fn(&Says) -> bool| all.iter().map(of).collect::<Vec<bool>>();
        let ever = |facts: &[Fact], mode: Mode, held: Vec<bool>, approved: bool, is_sure: bool| {
            let scene =
                Scene { person, held: &held, approved, mode, is_sure, bounds: Vec::new(), strongly: false };
            scene.ever(&badge.asks, facts)
        };
        let is_true = ever(&real, Mode::Strictly, held(|says| says.is_true), true, false);
        let mut is_sure = ever(&known, Mode::Strictly, held(|says| says.is_sure), is_true, true);
        if badge.is_standing {
            is_sure = is_sure && now_holds(&badge.asks, &known, person);
        }
        let believed = ever(&real, Mode::Generously, held(|says| says.is_believable), true, false);
        all.push(match is_eligible {
            true => Says { is_true, is_sure: is_sure && is_true, is_believable: believed || is_true },
            false => Says::default(),
        });
    }
    all
}

/// A standing badge is judged by what holds last.
fn now_holds(asks: &Asks, known: &[Fact], person: &Person) -> bool {
    let end = known.iter().map(|fact| fact.at).max().unwrap_or_default();
    let scene = Scene {
        person,
        held: &[],
        approved: false,
        mode: Mode::Strictly,
        is_sure: true,
        bounds: Vec::new(),
        strongly: false,
    };
    scene.holds(asks, known, end)
}

/// What really happened.
fn truth(term: &Term, person: &Person, told: &[Told]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let was_told = |what: What| told.iter().any(|one| one.user == person.user && one.what == what);
    for deed in &person.deeds {
        let fact = |what, is_strong| Fact { what, after: None, at: deed.at, is_strong };
        match deed.what {
            What::Page(page) => {
                let is_strong = term.product == Product::Moodle || was_told(deed.what);
                facts.push(fact(Thing::Page(page), is_strong));
                if page == 0 {
                    facts.push(fact(Thing::Released, false));
                }
            }
            What::Course => facts.push(fact(Thing::Course, true)),
            What::Score(column, score) => {
                facts.push(fact(Thing::Score(column, score), was_told(deed.what)));
            }
            // In an outage the door does not open.
            What::Opens if !term.is_out(deed.at) => facts.push(fact(Thing::Opened, false)),
            What::Opens => {}
        }
    }
    facts
}

/// What Laurel knows for certain at the end.
fn known(term: &Term, course: &Course, person: &Person, told: &[Told]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let kept = told.iter().filter(|one| one.is_known && one.user == person.user && term.is_kept(one.heard));
    for one in kept {
        let fact = |what| Fact { what, after: None, at: one.at, is_strong: true };
        facts.push(match one.what {
            What::Page(page) => fact(Thing::Page(page)),
            What::Course => fact(Thing::Course),
            What::Score(column, score) => fact(Thing::Score(column, score)),
            What::Opens => Fact { is_strong: false, ..fact(Thing::Opened) },
        });
    }
    let reads = reads(term);
    let mut last: BTreeMap<usize, (u32, DateTime<Utc>)> = BTreeMap::new();
    for deed in &person.deeds {
        let fact = |what| Fact { what, after: None, at: deed.at, is_strong: true };
        match deed.what {
            What::Course => facts.push(fact(Thing::Course)),
            What::Page(page) => {
                if term.product == Product::Moodle {
                    facts.push(fact(Thing::Page(page)));
                }
                let is_asked = course.badges.iter().any(|badge| asks_release(&badge.asks));
                if page == 0 && is_asked {
                    // Nobody knows since when.
                    let seen = first_read(&reads, deed.at);
                    let after = Some(DateTime::UNIX_EPOCH);
                    facts.push(Fact { what: Thing::Released, after, at: seen, is_strong: false });
                }
            }
            What::Score(column, score) => match last.get(&column) {
                // The same again is nothing new to a reader.
                Some((same, _)) if *same == score => {}
                _ => _ = last.insert(column, (score, deed.at)),
            },
            What::Opens => {}
        }
    }
    for column in 0..COLUMNS {
        let Some((score, at)) = last.get(&column).copied() else { continue };
        let seen = first_read(&reads, at);
        // It was read with another value, or with none, by somebody who knew this person.
        let before = reads.iter().copied().rfind(|read| *read < at && person.joins <= *read);
        let after = Some(before.unwrap_or(term.start));
        facts.push(Fact { what: Thing::Score(column, score), after, at: seen, is_strong: false });
    }
    facts
}

fn asks_release(asks: &Asks) -> bool {
    match asks {
        Asks::All(of)
        | Asks::Any(of)
        | Asks::AtLeast(_, of)
        | Asks::During(_, _, of)
        | Asks::Within(_, of) => of.iter().any(asks_release),
        Asks::Strongly(of) => asks_release(of),
        asks => *asks == Asks::Released,
    }
}

/// When everything was read, as far as that is remembered.
fn reads(term: &Term) -> Vec<DateTime<Utc>> {
    let mut reads: Vec<_> = term.reconciles.iter().copied().filter(|at| term.is_kept(*at)).collect();
    reads.retain(|at| !term.is_out(*at));
    reads.push(term.end);
    reads
}

fn first_read(reads: &[DateTime<Utc>], at: DateTime<Utc>) -> DateTime<Utc> {
    reads.iter().copied().find(|read| at <= *read).unwrap_or(at)
}

/// What a tree is judged against.
#[derive(Clone)]
struct Scene<'a> {
    person: &'a Person,
    held: &'a [bool],
    approved: bool,
    mode: Mode,
    /// Only what is proven counts, of awards too.
    is_sure: bool,
    /// The times that count: from the first on until before the second.
    bounds: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    strongly: bool,
}

impl Scene<'_> {
    /// Whether it was so at some moment.
    fn ever(&self, asks: &Asks, facts: &[Fact]) -> bool {
        let mut moments: Vec<_> = facts.iter().map(|fact| fact.at).collect();
        // What takes no deed is so at any moment.
        moments.push(DateTime::<Utc>::MAX_UTC);
        moments.into_iter().any(|moment| self.holds(asks, facts, moment))
    }

    fn holds(&self, asks: &Asks, facts: &[Fact], now: DateTime<Utc>) -> bool {
        let each = |of: &[Asks]| of.iter().filter(|one| self.holds(one, facts, now)).count();
        match asks {
            Asks::All(of) => each(of) == of.len(),
            Asks::Any(of) => each(of) > 0,
            Asks::AtLeast(n, of) => each(of) >= *n,
            Asks::Strongly(of) => Scene { strongly: true, ..self.clone() }.holds(of, facts, now),
            Asks::During(from, to, of) => {
                let mut inner = self.clone();
                let slack = if self.mode == Mode::Generously { DAY } else { Duration::zero() };
                inner.bounds.push((*from - slack, *to + slack));
                of.iter().all(|one| inner.holds(one, facts, now))
            }
            Asks::Within(length, of) => self.within(*length, of, facts, now),
            Asks::Page(page) => self.happened(Thing::Page(*page), facts, now),
            Asks::Course => self.happened(Thing::Course, facts, now),
            Asks::Released => self.happened(Thing::Released, facts, now),
            Asks::Opened => self.happened(Thing::Opened, facts, now),
            Asks::Member(group) => self.person.group == *group,
            Asks::Learns => self.person.part == Part::Learner,
            Asks::Holds(badge) => {
                // How much an award proves is its own affair.
                self.held.get(*badge).copied().unwrap_or(false) && !(self.is_sure && self.strongly)
            }
            Asks::Approved => self.approved,
            Asks::Score(column, pick, bound) => {
                self.scored(*column, *pick, |score| bound.holds(score), facts, now)
            }
        }
    }

    /// Some stretch of time so long in which all of it happened.
    fn within(&self, length: Duration, of: &[Asks], facts: &[Fact], now: DateTime<Utc>) -> bool {
        let slack = if self.mode == Mode::Generously { DAY } else { Duration::zero() };
        let instant = Duration::microseconds(1);
        facts.iter().map(|fact| fact.at).any(|last| {
            let mut inner = self.clone();
            inner.bounds.push((last - length - slack - slack, last + slack + instant));
            of.iter().all(|one| inner.holds(one, facts, now))
        }) || {
            // What takes no deed lies in any stretch.
            let mut inner = self.clone();
            inner.bounds.push((DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MAX_UTC));
            of.iter().all(|one| inner.holds(one, facts, now))
        }
    }

    fn happened(&self, what: Thing, facts: &[Fact], now: DateTime<Utc>) -> bool {
        facts.iter().any(|fact| fact.what == what && self.counts(fact, now) == Some(true))
    }

    /// Whether a fact lies in the time that counts; `None` where nobody knows.
    fn counts(&self, fact: &Fact, now: DateTime<Utc>) -> Option<bool> {
        if fact.at > now || self.strongly && !fact.is_strong {
            return Some(false);
        }
        let mut is_inside = true;
        for (from, to) in &self.bounds {
            let first = fact.after.unwrap_or(fact.at);
            if fact.at < *from || first >= *to {
                return Some(false);
            }
            is_inside &= *from <= first && fact.at < *to;
        }
        if is_inside { Some(true) } else { None }
    }

    fn scored(
        &self,
        column: usize,
        pick: Pick,
        fits: impl Fn(u32) -> bool,
        facts: &[Fact],
        now: DateTime<Utc>,
    ) -> bool {
        let mut scores: Vec<(DateTime<Utc>, u32, bool)> = facts
            .iter()
            .filter_map(|fact| match (fact.what, self.counts(fact, now)) {
                (Thing::Score(of, score), counts) if of == column && counts != Some(false) => {
                    Some((fact.at, score, counts == Some(true)))
                }
                _ => None,
            })
            .collect();
        if self.mode == Mode::Generously {
            return scores.iter().any(|(_, score, _)| fits(*score));
        }
        if pick == Pick::Best {
            // All of these ask for a least score, so any that reaches it will do.
            return scores.iter().any(|(_, score, is_certain)| *is_certain && fits(*score));
        }
        scores.sort_unstable();
        let picked = if pick == Pick::Latest { scores.last() } else { scores.first() };
        let Some((at, score, is_certain)) = picked.copied() else { return false };
        // Of two of one moment nobody says which is the later.
        let is_alone = scores.iter().all(|(other, value, _)| *other != at || *value == score);
        is_certain && is_alone && fits(score)
    }
}
