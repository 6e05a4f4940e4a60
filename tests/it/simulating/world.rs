//! The truth of a simulated term: courses, the people in them, what each of them does and when, and what goes wrong on
//! the way to Laurel. Nothing here knows of Laurel.

use chrono::{DateTime, Duration, Utc};

use super::{
    channels::SENDERS,
    rng::Rng,
    rules::{self, Badge},
};

/// What product the platform is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Its record tells of courses.
    Canvas,
    /// Its record tells of courses and of activities.
    Moodle,
}

/// How large a term is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub courses: usize,
    /// In each course, staff and all.
    pub people: usize,
    /// In each course.
    pub badges: usize,
    /// How many in a hundred have a mail address: documents and mails are not what this is about.
    pub reachable: usize,
}

/// Everything that happens in thirty days.
#[derive(Clone, Debug)]
pub struct Term {
    pub product: Product,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// Laurel cannot be reached.
    pub outage: (DateTime<Utc>, DateTime<Utc>),
    /// A backup is made, and a day later put back; only of a database that is a file.
    pub backup: Option<DateTime<Utc>>,
    /// Reconciles on the way.
    pub reconciles: Vec<DateTime<Utc>>,
    /// How far the clocks of those who report are off.
    pub skews: [Duration; SENDERS],
    pub size: Size,
    pub courses: Vec<Course>,
}

/// A course of the platform.
#[derive(Clone, Debug)]
pub struct Course {
    /// The platform's number.
    pub id: String,
    pub pages: [String; 2],
    /// Opens when the first page is done.
    pub gate: String,
    /// Is always open.
    pub door: String,
    pub people: Vec<Person>,
    pub badges: Vec<Badge>,
}

/// Who somebody is in a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Learner,
    /// Teaches from the first day.
    Staff,
    /// Teaches at first and learns later.
    Switched,
    /// Leaves before having done what counts.
    Dropped,
}

/// Somebody in a course.
#[derive(Clone, Debug)]
pub struct Person {
    pub user: String,
    pub part: Part,
    pub joins: DateTime<Utc>,
    /// Of those who drop out: when.
    pub leaves: Option<DateTime<Utc>>,
    pub group: usize,
    /// In the order in which they happen.
    pub deeds: Vec<Deed>,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    pub at: DateTime<Utc>,
    pub what: What,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// One of the pages is done.
    Page(usize),
    /// Both are: the platform says so, nobody does it.
    Course,
    /// A score, in thousandths of a point of ten.
    Score(usize, u32),
    /// Opens the door.
    Opens,
}

/// How many groups a course has.
pub const GROUPS: usize = 3;
/// How many columns.
pub const COLUMNS: usize = 2;
/// How many people of a course open the tool over real HTTP.
const VISITORS: usize = 3;

impl Term {
    /// Makes one.
    pub fn new(rng: &mut Rng, product: Product, start: DateTime<Utc>, size: Size, has_file: bool) -> Self {
        let day = |days: i64| start + Duration::days(days);
        let outage = rng.moment(day(8), day(26));
        let backup = has_file.then(|| rng.moment(day(8), day(26)));
        let mut reconciles = vec![day(6) + Duration::seconds(1)];
        if rng.percent(50) {
            reconciles.push(rng.moment(day(9), day(28)));
        }
        let day_of_skew = 86_400;
        let mut skew = || Duration::seconds(rng.between(-day_of_skew, day_of_skew + 1));
        let skews = std::array::from_fn(|_| skew());
        let mut term = Self {
            product,
            start,
            end: day(30),
            outage: (outage, outage + Duration::hours(48)),
            backup,
            reconciles,
            skews,
            size,
            courses: Vec::new(),
        };
        for number in 0..size.courses {
            let course = Course::new(rng, &term, number + 1, size);
            term.courses.push(course);
        }
        term
    }

    pub fn is_out(&self, at: DateTime<Utc>) -> bool {
        self.outage.0 <= at && at < self.outage.1
    }

    /// When the backup is put back.
    pub fn restore(&self) -> Option<DateTime<Utc>> {
        self.backup.map(|at| at + Duration::days(1))
    }

    /// Whether what Laurel learned at this moment it still knows at the end.
    pub fn is_kept(&self, heard: DateTime<Utc>) -> bool {
        self.backup.is_none_or(|backup| heard <= backup || backup + Duration::days(1) < heard)
    }
}

impl Course {
    fn new(rng: &mut Rng, term: &Term, number: usize, size: Size) -> Self {
        let id = |of: usize| (number * 100 + of).to_string();
        let mut people = Vec::new();
        for index in 0..size.people {
            let part = match index % 25 {
                20 => Part::Staff,
                21 => Part::Switched,
                22 | 23 => Part::Dropped,
                _ => Part::Learner,
            };
            people.push(Person::new(rng, term, format!("p{number}-{index}"), part, index < VISITORS));
        }
        Self {
            id: (number * 100).to_string(),
            pages: [id(1), id(2)],
            gate: id(3),
            door: id(4),
            people,
            badges: rules::badges(rng, term, size.badges),
        }
    }
}

impl Person {
    fn new(rng: &mut Rng, term: &Term, user: String, part: Part, opens: bool) -> Self {
        let day = |days: i64| term.start + Duration::days(days);
        let is_late = part == Part::Learner && rng.percent(15);
        let joins = if is_late { rng.moment(day(3), day(20)) } else { term.start };
        // Who drops out does so before the first reconcile; what is said of them afterwards is not theirs to earn.
        let leaves = (part == Part::Dropped).then(|| rng.moment(day(1), day(5)));
        let from = if part == Part::Dropped { day(7) } else { joins.max(day(1)) + Duration::seconds(1) };
        let mut deeds = Vec::new();
        let keen = rng.percent(70) || part != Part::Learner;
        let mut pages = [None; 2];
        for (page, at) in pages.iter_mut().enumerate() {
            if rng.percent(if keen { 85 } else { 40 }) {
                let done = rng.moment(from, day(30));
                deeds.push(Deed { at: done, what: What::Page(page) });
                *at = Some(done);
            }
        }
        if let [Some(one), Some(other)] = pages {
            deeds.push(Deed { at: one.max(other), what: What::Course });
        }
        for column in 0..COLUMNS {
            let mut times = vec![rng.moment(from, day(30))];
            while rng.percent(35) {
                times.push(rng.moment(from, day(30)));
            }
            times.sort_unstable();
            times.dedup();
            times.retain(|_| rng.percent(90));
            let mut best = 0;
            for at in times {
                let mut score = score(rng, keen);
                // Most of what is graded again is graded better.
                if !rng.percent(15) {
                    score = score.max(best);
                }
                best = best.max(score);
                deeds.push(Deed { at, what: What::Score(column, score) });
            }
        }
        if opens && part == Part::Learner {
            deeds.push(Deed { at: rng.moment(from, day(30)), what: What::Opens });
        }
        // Of one moment the page comes before the course it completes.
        deeds.sort_by_key(|deed| (deed.at, deed.what));
        Self { user, part, joins, leaves, group: rng.below(GROUPS), deeds }
    }
}

/// Often a hair below or at a threshold.
fn score(rng: &mut Rng, keen: bool) -> u32 {
    let around = [4_999, 5_000, 5_001, 7_999, 8_000, 8_001];
    if rng.percent(50) {
        return *rng.one(&around);
    }
    let least = if keen { 6_000 } else { 0 };
    u32::try_from(rng.between(least, 10_001)).unwrap()
}
