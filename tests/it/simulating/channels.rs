//! What happens between the platform and Laurel: reports that are lost, late, doubled, out of order, and dated by clocks
//! that are wrong.

use chrono::{DateTime, Duration, Utc};

use super::{
    rng::Rng,
    world::{Course, Person, Product, Term, What},
};

/// The sender that is the platform's own stream of events; those before it are other systems with keys of their own.
pub const STREAM: usize = 2;
/// The sender that is a Caliper sensor.
pub const SENSOR: usize = 3;
/// How many senders there are, each with a clock of its own.
pub const SENDERS: usize = 4;

/// Who may tell of something.
fn senders(product: Product, what: What) -> &'static [usize] {
    match (product, what) {
        (_, What::Score(..)) => &[0, 1, STREAM, SENSOR],
        (_, What::Course) => &[0, 1, STREAM],
        // Canvas says how far somebody is, which is no proof of anything yet.
        (Product::Canvas, What::Page(_)) => &[0, 0, 1, 1, STREAM],
        _ => &[0, 1],
    }
}

/// A report on its way.
#[derive(Clone, Debug)]
pub struct Report {
    /// When it arrives.
    pub due: DateTime<Utc>,
    /// The sender's name for it.
    pub id: String,
    /// Which of the senders.
    pub sender: usize,
    pub course: usize,
    pub user: String,
    pub what: What,
    /// When it happened, by the sender's clock.
    pub stated: DateTime<Utc>,
}

/// What Laurel was told, and answered.
#[derive(Clone, Debug)]
pub struct Told {
    pub user: String,
    pub what: What,
    /// When it happened, as far as Laurel can know: as stated, but not after it was heard.
    pub at: DateTime<Utc>,
    pub heard: DateTime<Utc>,
    /// Laurel knows whom it is about. Else it waits until they appear, and may count then.
    pub is_known: bool,
}

/// Counted: what became of the reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lost {
    pub made: usize,
    pub lost: usize,
    pub doubled: usize,
    pub late: usize,
    pub refused_in_outage: usize,
}

/// All reports of a term, in the order in which they arrive.
pub fn reports(rng: &mut Rng, term: &Term, counted: &mut Lost) -> Vec<Report> {
    let mut all = Vec::new();
    for (index, course) in term.courses.iter().enumerate() {
        for person in &course.people {
            of_person(rng, term, (index, course), person, counted, &mut all);
        }
    }
    all.retain(|report: &Report| report.due < term.end);
    all.sort_by(|one, other| (one.due, &one.id).cmp(&(other.due, &other.id)));
    all
}

fn of_person(
    rng: &mut Rng,
    term: &Term,
    (index, course): (usize, &Course),
    person: &Person,
    counted: &mut Lost,
    all: &mut Vec<Report>,
) {
    for (number, deed) in person.deeds.iter().enumerate() {
        if deed.what == What::Opens {
            continue;
        }
        counted.made += 1;
        if rng.percent(30) {
            counted.lost += 1;
            continue;
        }
        let sender = *rng.one(senders(term.product, deed.what));
        let copies = if rng.percent(20) { 2 } else { 1 };
        counted.doubled += copies - 1;
        for _ in 0..copies {
            let mut due = deed.at + delay(rng);
            counted.late += usize::from(due - deed.at > Duration::hours(1));
            if term.is_out(due) {
                counted.refused_in_outage += 1;
                if rng.percent(50) {
                    continue;
                }
                // Some senders try again.
                due = term.outage.1 + Duration::seconds(rng.between(1, 7_200));
            }
            all.push(Report {
                due,
                id: format!("{}-{}-{number}", course.id, person.user),
                sender,
                course: index,
                user: person.user.clone(),
                what: deed.what,
                stated: deed.at + term.skews[sender],
            });
        }
    }
}

/// Mostly seconds, sometimes hours, now and then days: reports overtake each other.
fn delay(rng: &mut Rng) -> Duration {
    Duration::seconds(match rng.below(10) {
        0 => rng.between(86_400, 4 * 86_400),
        1..=3 => rng.between(600, 86_400),
        _ => rng.between(1, 60),
    })
}
