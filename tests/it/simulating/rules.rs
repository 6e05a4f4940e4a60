//! What badges ask for: a tree of their own, written as Laurel's rules only where they are placed.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::{
    rng::Rng,
    world::{COLUMNS, Course, GROUPS, Product, Term},
};

/// A badge of a course.
#[derive(Clone, Debug)]
pub struct Badge {
    pub asks: Asks,
    /// It must hold after a while, rather than have been so at some moment.
    pub is_standing: bool,
    /// It goes live on the seventh day only.
    pub is_late: bool,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asks {
    All(Vec<Self>),
    Any(Vec<Self>),
    AtLeast(usize, Vec<Self>),
    /// From the first on until before the second.
    During(DateTime<Utc>, DateTime<Utc>, Vec<Self>),
    /// All of it within so long.
    Within(Duration, Vec<Self>),
    /// By what is strongly proven only.
    Strongly(Box<Self>),
    Page(usize),
    Course,
    Score(usize, Pick, Bound),
    Released,
    Opened,
    Member(usize),
    Learns,
    /// One of the course's badges before it.
    Holds(usize),
    Approved,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    Latest,
    Best,
    First,
}

/// In thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    AtLeast(u32),
    AtMost(u32),
    Between(u32, u32),
}

impl Bound {
    pub fn holds(self, score: u32) -> bool {
        match self {
            Self::AtLeast(least) => score >= least,
            Self::AtMost(most) => score <= most,
            Self::Between(least, most) => least <= score && score <= most,
        }
    }
}

/// The badges of a course: each kind of question, and then any.
pub fn badges(rng: &mut Rng, term: &Term, count: usize) -> Vec<Badge> {
    let passed = |column| Asks::Score(column, Pick::Latest, Bound::AtLeast(8_000));
    let (from, to) = period(rng, term);
    let mut asked = vec![
        Asks::Course,
        Asks::Released,
        passed(0),
        Asks::All(vec![passed(1), Asks::Course, Asks::Member(rng.below(GROUPS))]),
        Asks::During(from, to, vec![Asks::Course]),
        Asks::During(from, to, vec![passed(0)]),
        Asks::Within(Duration::days(rng.between(2, 12)), vec![Asks::Course, passed(1)]),
        Asks::Holds(0),
        Asks::All(vec![Asks::Course, Asks::Approved]),
        Asks::Strongly(Box::new(Asks::Any(vec![passed(0), Asks::Course]))),
        Asks::Opened,
    ];
    while asked.len() < count {
        let known = asked.len();
        let next = any(rng, term, known, 3, Around::default());
        if !asked.contains(&next) {
            asked.push(next);
        }
    }
    asked.truncate(count);
    let badge = |asks: Asks| {
        let is_standing = matches!(asks, Asks::Score(_, Pick::Latest, _)) && rng.percent(50);
        Badge { asks, is_standing, is_late: rng.percent(25) }
    };
    asked.into_iter().map(badge).collect()
}

fn period(rng: &mut Rng, term: &Term) -> (DateTime<Utc>, DateTime<Utc>) {
    let from = rng.moment(term.start, term.end - Duration::days(3));
    (from, rng.moment(from + Duration::days(2), term.end + Duration::days(1)))
}

/// What is around a node.
#[derive(Clone, Copy, Debug, Default)]
struct Around {
    /// Not all of time counts.
    is_narrow: bool,
    /// A stretch, of which there is one on the way to any leaf.
    is_stretch: bool,
}

fn any(rng: &mut Rng, term: &Term, known: usize, depth: usize, around: Around) -> Asks {
    if depth == 0 || rng.percent(25) {
        return leaf(rng, known, !around.is_narrow);
    }
    let kind = rng.below(if around.is_stretch { 5 } else { 6 });
    let mut of = Vec::new();
    let around =
        Around { is_narrow: around.is_narrow || kind >= 4, is_stretch: around.is_stretch || kind == 5 };
    for _ in 0..2 + rng.below(2) {
        let child = any(rng, term, known, depth - 1, around);
        if !of.contains(&child) {
            of.push(child);
        }
    }
    match kind {
        0 => Asks::All(of),
        1 => Asks::Any(of),
        2 => Asks::AtLeast(1 + rng.below(of.len()), of),
        3 => Asks::Strongly(Box::new(Asks::Any(of))),
        4 => {
            let (from, to) = period(rng, term);
            Asks::During(from, to, of)
        }
        _ => Asks::Within(Duration::days(rng.between(1, 15)), of),
    }
}

fn leaf(rng: &mut Rng, known: usize, is_whole: bool) -> Asks {
    match rng.below(12) {
        0 | 1 => Asks::Page(rng.below(2)),
        2 => Asks::Course,
        3 => Asks::Released,
        4 => Asks::All(vec![Asks::Member(rng.below(GROUPS)), Asks::Course]),
        5 => Asks::All(vec![Asks::Learns, Asks::Released]),
        6 if is_whole => Asks::Holds(rng.below(known)),
        7 if is_whole => Asks::All(vec![Asks::Released, Asks::Approved]),
        _ => {
            let pick = *rng.one(&[Pick::Latest, Pick::Latest, Pick::Best, Pick::First]);
            let least = *rng.one(&[5_000, 8_000]);
            let bound = match (pick, rng.below(4)) {
                (Pick::Best, _) | (_, 0 | 1) => Bound::AtLeast(least),
                (_, 2) => Bound::AtMost(least),
                _ => Bound::Between(5_000, 8_000),
            };
            Asks::Score(rng.below(COLUMNS), pick, bound)
        }
    }
}

/// What the platform's own events call a column, and so do the rules and everybody else.
pub fn activity(product: Product, column: usize) -> String {
    match product {
        Product::Canvas => format!("{}", 701 + column),
        Product::Moodle => format!("https://lms.example/mod/quiz/view.php?id={}", 701 + column),
    }
}

/// What Laurel calls what a course's rules name.
pub struct Names {
    pub product: Product,
    pub gate: String,
    pub door: String,
    /// The achievements of the course's badges so far.
    pub achievements: Vec<String>,
}

impl Asks {
    /// As a rule of Laurel.
    pub fn written(&self, course: &Course, names: &Names) -> Value {
        let all = |of: &[Self]| of.iter().map(|one| one.written(course, names)).collect::<Vec<_>>();
        let points = |thousandths: u32| format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
        match self {
            Self::All(of) => json!({ "type": "all_of", "of": all(of) }),
            Self::Any(of) => json!({ "type": "any_of", "of": all(of) }),
            Self::AtLeast(n, of) => json!({ "type": "at_least", "n": n, "of": all(of) }),
            Self::During(from, to, of) => {
                json!({ "type": "during", "from": from.to_rfc3339(), "to": to.to_rfc3339(), "of": all(of) })
            }
            Self::Within(length, of) => {
                json!({ "type": "all_of", "within": format!("P{}D", length.num_days()), "of": all(of) })
            }
            Self::Strongly(of) => {
                let mut node = of.written(course, names);
                node["min_strength"] = json!("strong");
                node
            }
            Self::Page(page) => {
                json!({ "type": "completed", "subject": { "activity": course.pages[*page] } })
            }
            Self::Course => json!({ "type": "completed", "subject": { "course": "this" } }),
            Self::Score(column, pick, bound) => {
                let mut node = json!({
                    "type": "score", "subject": { "activity": activity(names.product, *column) }, "unit": "points",
                    "pick": match pick { Pick::Latest => "latest", Pick::Best => "best", Pick::First => "first" },
                });
                match bound {
                    Bound::AtLeast(least) => node["at_least"] = json!(points(*least)),
                    Bound::AtMost(most) => node["at_most"] = json!(points(*most)),
                    Bound::Between(least, most) => {
                        node["between"] = json!({ "from": points(*least), "to": points(*most) });
                    }
                }
                node
            }
            Self::Released => json!({ "type": "released", "link": names.gate }),
            Self::Opened => json!({ "type": "launched", "link": names.door }),
            Self::Member(group) => json!({ "type": "member_of", "group": format!("g{group}") }),
            Self::Learns => json!({ "type": "role", "any_of": ["learner"] }),
            Self::Holds(badge) => {
                json!({ "type": "holds", "achievements": [names.achievements[*badge]], "n": 1 })
            }
            Self::Approved => json!({ "type": "approved", "roles": ["instructor"], "n": 1 }),
        }
    }
}
