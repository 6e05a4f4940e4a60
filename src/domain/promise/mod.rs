//! Promises: how surely a placement's rule finds who has met it (design §5). *Guaranteed*: a reconcile reads it from
//! the platform, whatever was lost before. *Best effort*: somebody tells of it, and what is lost stays lost.
//! *Needs a click*: only a learner's launch or a person's decision tells.
//!
//! [`of_rule`] is pure: a rule's leaves and what a course's channels can tell. `means` finds that out.

mod means;

use std::collections::{HashMap, HashSet};

use criteria::{Membership, Node, Rule, ScoreTest, Strength, Subject, Test};
use uuid::Uuid;

pub use means::{Known, of_course, of_placement};

/// How surely; the surer the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// Somebody has to do something that the platform does not tell of by itself.
    NeedsClick,
    /// It is told, and nobody finds what was not told.
    BestEffort,
    /// It is read, so that a reconcile finds it.
    Guaranteed,
}

/// Why a leaf is as sure as it is. Each is a text: `promise-because-…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Because {
    /// The platform's own record is read.
    Record,
    /// A column of the platform's own gradebook that is watched.
    Gradebook,
    /// A column of ours that is watched.
    Column,
    /// The course's list of people.
    Roster,
    /// The link's list of people.
    LinkRoster,
    /// The course's groups.
    Groups,
    /// Only events tell.
    Events,
    /// Only launching tells.
    Launch,
    /// A person decides.
    Person,
    /// As sure as the badges it needs.
    Badges,
    /// Nothing tells of it.
    Nobody,
    /// What tells of it proves less than the rule demands.
    TooWeak,
    /// It is about a course of another platform, where the same people have other accounts.
    OtherPlatform,
    /// It is about a course from which nobody has opened the tool: nothing of it can be read.
    Unopened,
}

impl Because {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::Record,
        Self::Gradebook,
        Self::Column,
        Self::Roster,
        Self::LinkRoster,
        Self::Groups,
        Self::Events,
        Self::Launch,
        Self::Person,
        Self::Badges,
        Self::Nobody,
        Self::TooWeak,
        Self::OtherPlatform,
        Self::Unopened,
    ];

    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Gradebook => "gradebook",
            Self::Column => "column",
            Self::Roster => "roster",
            Self::LinkRoster => "link-roster",
            Self::Groups => "groups",
            Self::Events => "events",
            Self::Launch => "launch",
            Self::Person => "person",
            Self::Badges => "badges",
            Self::Nobody => "nobody",
            Self::TooWeak => "too-weak",
            Self::OtherPlatform => "other-platform",
            Self::Unopened => "unopened",
        }
    }
}

/// What somebody could do for a surer leaf. Each is a text: `promise-better-…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Better {
    /// Let Laurel read the list of people.
    AllowRoster,
    /// Connect the platform's own records.
    ConnectRecords,
    /// Watch a column.
    WatchColumn,
    /// Gate the link and ask whether it is released, instead of whether it was opened.
    AskReleased,
    /// Make the badge that is needed surer.
    NeededBadge,
    /// Ask for less proof, or connect what proves more.
    AskLess,
    /// Open the tool in the other course once.
    OpenThere,
    /// Name a course of the same platform instead.
    NameHere,
}

impl Better {
    /// Every advice.
    pub const ALL: [Self; 8] = [
        Self::AllowRoster,
        Self::ConnectRecords,
        Self::WatchColumn,
        Self::AskReleased,
        Self::NeededBadge,
        Self::AskLess,
        Self::OpenThere,
        Self::NameHere,
    ];

    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllowRoster => "allow-roster",
            Self::ConnectRecords => "connect-records",
            Self::WatchColumn => "watch-column",
            Self::AskReleased => "ask-released",
            Self::NeededBadge => "needed-badge",
            Self::AskLess => "ask-less",
            Self::OpenThere => "open-there",
            Self::NameHere => "name-here",
        }
    }
}

/// Who tells of completions or scores in a course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teller {
    /// What people call it.
    pub name: String,
    /// How much it proves.
    pub strength: Strength,
    /// Whether it tells of completions.
    pub completions: bool,
    /// Whether of those of single activities, too.
    pub activities: bool,
    /// Whether it tells of scores.
    pub scores: bool,
}

/// What a course's channels can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Means {
    /// The list of people can be read.
    pub roster: bool,
    /// So can the groups.
    pub groups: bool,
    /// The names of activities whose columns of ours are watched.
    pub columns: HashSet<String>,
    /// Of these, the trigger columns: full marks complete their activity.
    pub triggers: HashSet<String>,
    /// The names of activities whose columns of the platform's own gradebook are watched.
    pub gradebook: HashSet<String>,
    /// The platform's own records that are read.
    pub records: Vec<Teller>,
    /// Whoever sends events.
    pub events: Vec<Teller>,
    /// Nobody has opened the tool there: an event, or whoever wrote a rule, has named the course.
    pub is_unopened: bool,
}

/// What a placement's promise rests on.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The course in question.
    pub course: Option<Uuid>,
    /// What is known of it, and of courses that the rule names.
    pub means: HashMap<Uuid, Means>,
    /// Of these, the courses of another platform, where the same people have other accounts.
    pub apart: HashSet<Uuid>,
    /// How sure badges are that the rule needs; a badge that nothing gives by itself is not here.
    pub badges: HashMap<Uuid, Promise>,
}

/// A leaf of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its path in the rule.
    pub path: String,
    /// How sure it is.
    pub promise: Promise,
    /// Why.
    pub because: Because,
    /// Who tells, by name.
    pub told_by: Vec<String>,
    /// What would make it surer.
    pub better: Option<Better>,
}

/// How sure a rule is, and its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promised {
    /// The whole.
    pub promise: Promise,
    /// In the rule's order.
    pub leaves: Vec<Leaf>,
}

/// How sure a rule is: `all_of` as its least sure child, `any_of` as its surest, `at_least` as the n-th surest.
#[must_use]
pub fn of_rule(rule: &Rule, scene: &Scene) -> Promised {
    let mut leaves = Vec::new();
    let promise = walk(rule.root(), "node", Strength::Weak, scene, &mut leaves);
    Promised { promise, leaves }
}

fn walk(node: &Node, path: &str, least: Strength, scene: &Scene, leaves: &mut Vec<Leaf>) -> Promise {
    let least = node.min_strength.map_or(least, |own| own.max(least));
    let children = node.children();
    let needed = match &node.test {
        Test::AllOf(_) | Test::During { .. } => children.len(),
        Test::AnyOf(_) => 1,
        Test::AtLeast { n, .. } => usize::try_from(*n).unwrap_or(usize::MAX),
        test => {
            let leaf = leaf(test, path, least, node.min_strength, scene);
            let promise = leaf.promise;
            leaves.push(leaf);
            return promise;
        }
    };
    let of = children.iter().enumerate();
    let mut promises: Vec<Promise> =
        of.map(|(index, child)| walk(child, &format!("{path}.of[{index}]"), least, scene, leaves)).collect();
    promises.sort_unstable_by(|a, b| b.cmp(a));
    promises.get(needed.saturating_sub(1)).copied().unwrap_or(Promise::NeedsClick)
}

/// One way by which a leaf can be met.
struct Way {
    promise: Promise,
    because: Because,
    strength: Strength,
    told_by: Vec<String>,
}

impl Way {
    fn new(promise: Promise, because: Because, strength: Strength) -> Self {
        Self { promise, because, strength, told_by: Vec::new() }
    }

    fn told(because: Because, promise: Promise, teller: &Teller) -> Self {
        Self { told_by: vec![teller.name.clone()], ..Self::new(promise, because, teller.strength) }
    }
}

/// What happens in another course is found by that course's own reconcile, which looks at whoever asks about it. But
/// people of another platform have other accounts there, and of a course that nobody has opened nothing is offered.
fn elsewhere(course: Option<Uuid>, scene: &Scene) -> Option<(Because, Better)> {
    let course = course.filter(|course| Some(*course) != scene.course)?;
    if scene.apart.contains(&course) {
        return Some((Because::OtherPlatform, Better::NameHere));
    }
    let is_unopened = scene.means.get(&course).is_some_and(|means| means.is_unopened);
    is_unopened.then_some((Because::Unopened, Better::OpenThere))
}

fn leaf(test: &Test, path: &str, least: Strength, own: Option<Strength>, scene: &Scene) -> Leaf {
    let nothing = Means::default();
    let in_course = |course: Option<Uuid>| {
        course.or(scene.course).and_then(|course| scene.means.get(&course)).unwrap_or(&nothing)
    };
    let here = in_course(None);
    let (guaranteed, click) = (Promise::Guaranteed, Promise::NeedsClick);
    // Roles and memberships hear only a strength demanded at their own node.
    let (ways, least, better) = match test {
        Test::Launched { .. } => {
            let better = (least <= Strength::Medium).then_some(Better::AskReleased);
            (vec![Way::new(click, Because::Launch, Strength::Weak)], least, better)
        }
        Test::Released { .. } => {
            let mut ways = vec![Way::new(click, Because::Launch, Strength::Medium)];
            if here.roster {
                ways.push(Way::new(guaranteed, Because::LinkRoster, Strength::Medium));
            }
            (ways, least, Some(Better::AllowRoster))
        }
        Test::Completed(target) => {
            let means = in_course(target.course);
            let is_whole = target.subject == Subject::Course;
            let mut ways = told(means, |teller| teller.completions && (teller.activities || is_whole));
            if let Subject::Activity(activity) = &target.subject
                && means.triggers.contains(activity)
            {
                ways.push(Way::new(guaranteed, Because::Column, Strength::Medium));
            }
            (ways, least, Some(Better::ConnectRecords))
        }
        Test::Score(score) => {
            let means = in_course(score.target.course);
            let mut ways = told(means, |teller| teller.scores);
            let mut better = Better::ConnectRecords;
            if let Subject::Activity(activity) = &score.target.subject {
                better = Better::WatchColumn;
                if means.columns.contains(activity) {
                    ways.push(Way::new(guaranteed, Because::Column, Strength::Medium));
                }
                if means.gradebook.contains(activity) {
                    ways.push(Way::new(guaranteed, Because::Gradebook, Strength::Strong));
                }
            }
            (ways, least, Some(better))
        }
        Test::Holds { achievements, n } => {
            let mut sure: Vec<Promise> =
                achievements.iter().map(|badge| scene.badges.get(badge).copied().unwrap_or(click)).collect();
            sure.sort_unstable_by(|a, b| b.cmp(a));
            let at = usize::try_from(*n).unwrap_or(usize::MAX).saturating_sub(1);
            let promise = sure.get(at).copied().unwrap_or(click);
            // How much an award proves is not known before there is one.
            let way = Way::new(promise, Because::Badges, Strength::Attested);
            (vec![way], least, Some(Better::NeededBadge))
        }
        Test::Approved { .. } => (vec![Way::new(click, Because::Person, Strength::Attested)], least, None),
        Test::Role(_) => {
            let mut ways = vec![Way::new(click, Because::Launch, Strength::Weak)];
            if here.roster {
                ways.push(Way::new(guaranteed, Because::Roster, Strength::Weak));
            }
            (ways, own.unwrap_or(Strength::Weak), Some(Better::AllowRoster))
        }
        Test::MemberOf { of, .. } => {
            let readable = *of == Membership::Group && here.groups;
            let ways = readable.then(|| Way::new(guaranteed, Because::Groups, Strength::Medium));
            (ways.into_iter().collect(), own.unwrap_or(Strength::Weak), Some(Better::AllowRoster))
        }
        // Groups have been walked into.
        Test::AllOf(_) | Test::AnyOf(_) | Test::AtLeast { .. } | Test::During { .. } => {
            (Vec::new(), least, None)
        }
    };
    let there = match test {
        Test::Completed(target) | Test::Score(ScoreTest { target, .. }) => elsewhere(target.course, scene),
        _ => None,
    };
    match there {
        Some((Because::OtherPlatform, advice)) => Leaf {
            because: Because::OtherPlatform,
            better: Some(advice),
            ..best(Vec::new(), path, least, None)
        },
        Some((why, advice)) => {
            let leaf = best(ways, path, least, better);
            match leaf.because {
                Because::Nobody => Leaf { because: why, better: Some(advice), ..leaf },
                Because::Events => Leaf { better: Some(advice), ..leaf },
                _ => leaf,
            }
        }
        None => best(ways, path, least, better),
    }
}

/// Whoever tells of something: records are read, events come.
fn told(means: &Means, tells: impl Fn(&Teller) -> bool) -> Vec<Way> {
    let records = means.records.iter().filter(|teller| tells(teller));
    let mut ways: Vec<Way> =
        records.map(|teller| Way::told(Because::Record, Promise::Guaranteed, teller)).collect();
    let events = means.events.iter().filter(|teller| tells(teller));
    ways.extend(events.map(|teller| Way::told(Because::Events, Promise::BestEffort, teller)));
    ways
}

/// The surest way that proves enough; of equally sure ones of a kind all names.
fn best(ways: Vec<Way>, path: &str, least: Strength, better: Option<Better>) -> Leaf {
    let is_told = !ways.is_empty();
    let enough: Vec<Way> = ways.into_iter().filter(|way| way.strength >= least).collect();
    let surest = enough.iter().map(|way| way.promise).max();
    let (promise, because) = match surest {
        Some(promise) => {
            let way = enough.iter().find(|way| way.promise == promise);
            (promise, way.map_or(Because::Nobody, |way| way.because))
        }
        None if is_told => (Promise::NeedsClick, Because::TooWeak),
        None => (Promise::NeedsClick, Because::Nobody),
    };
    let told_by = enough
        .into_iter()
        .filter(|way| way.promise == promise && way.because == because)
        .flat_map(|way| way.told_by)
        .collect();
    let better = match (promise, because) {
        (Promise::Guaranteed, _) => None,
        (_, Because::TooWeak) => Some(Better::AskLess),
        _ => better,
    };
    Leaf { path: path.to_owned(), promise, because, told_by, better }
}
