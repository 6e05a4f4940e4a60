//! The queue of approvals of a course, for who teaches there: who waits for people only, for which badge, what the rule
//! says of them, what was decided so far, and a form for one's own decision.

use askama::Template;

use super::super::{
    page,
    parts::{Badge, Day, Line, Lines},
    samples,
    way::Way,
};
use crate::texts::Language;

/// The queue of one course.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/approvals.html")]
pub struct ApprovalsPage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when it has one.
    pub course: Option<String>,
    /// The page of the course's badges.
    pub back: Way,
    /// What ways by form carry.
    pub carry: Vec<(String, String)>,
    /// Who waits; once for each badge.
    pub people: Vec<Waiter>,
    /// More of them.
    pub next: Option<Way>,
}

page!(ApprovalsPage);

/// How many wait, for the course's page.
#[derive(Clone, Debug)]
pub struct Approvals {
    /// The page of them.
    pub way: Way,
    /// How many were counted.
    pub count: usize,
    /// There may be more.
    pub has_more: bool,
}

/// Somebody who waits for people.
#[derive(Clone, Debug)]
pub struct Waiter {
    /// Who.
    pub name: String,
    /// The page of all that is known of them here.
    pub way: Way,
    /// For which badge.
    pub badge: Badge,
    /// The rule, and how it stands.
    pub explained: Line,
    /// How many have approved, of how many; nothing where a reading straddles the edge of the time that counts.
    pub given: Vec<Given>,
    /// What was decided so far, oldest first.
    pub rulings: Vec<Ruling>,
    /// It is the reader: they decide nothing here.
    pub is_own: bool,
    /// Where the form goes.
    pub action: String,
    /// Its hidden fields.
    pub fields: Vec<(String, String)>,
}

/// How far a part of a rule is that asks for people.
#[derive(Clone, Debug)]
pub struct Given {
    /// How many have approved.
    pub given: u32,
    /// Of how many.
    pub needed: u32,
    /// Whose approval counts; anybody's when empty.
    pub roles: String,
}

/// What somebody decided.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// Who, when their name is known.
    pub by: Option<String>,
    /// The reader.
    pub is_mine: bool,
    /// For, or against.
    pub approves: bool,
    /// Why.
    pub note: Option<String>,
    /// When.
    pub at: Day,
}

impl Waiter {
    fn lines(&self, language: Language) -> Lines<'_> {
        match self.explained.of.is_empty() {
            true => Lines::new(language, std::slice::from_ref(&self.explained)),
            false => Lines::new(language, &self.explained.of),
        }
    }

    fn has_ruled(&self) -> bool {
        self.rulings.iter().any(|ruling| ruling.is_mine)
    }
}

impl ApprovalsPage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let way = |url: &str| Way { url: format!("{url}?launch=01939a4e"), by_form: false };
        let hostile = || samples::HOSTILE.to_owned();
        let ruling = |by: Option<&str>, approves, note: Option<String>| Ruling {
            by: by.map(str::to_owned),
            is_mine: false,
            approves,
            note,
            at: samples::minute(language),
        };
        let waiter = |name: &str| Waiter {
            name: name.to_owned(),
            way: way("/course/people/1"),
            badge: samples::badge(language, 0),
            explained: samples::explained(language),
            given: vec![Given { given: 1, needed: 2, roles: "instructor".to_owned() }],
            rulings: vec![
                ruling(Some("Ruth Dean"), true, Some(samples::reason(language))),
                ruling(None, false, None),
            ],
            is_own: false,
            action: "/course/approvals?launch=01939a4e".to_owned(),
            fields: vec![("csrf".to_owned(), "c".to_owned())],
        };
        let page = |people| Self {
            language,
            course: Some(samples::course(language)),
            back: way("/course"),
            carry: Vec::new(),
            people,
            next: None,
        };
        vec![
            page(vec![
                waiter("Grace Hopper"),
                Waiter {
                    rulings: vec![Ruling { is_mine: true, ..ruling(Some("Ada"), true, None) }],
                    ..waiter("Emmy Noether")
                },
                Waiter { is_own: true, rulings: Vec::new(), ..waiter("Ada Lovelace") },
            ]),
            page(Vec::new()),
            Self {
                course: None,
                next: Some(Way { by_form: true, ..way("/course/approvals") }),
                carry: vec![("csrf".to_owned(), hostile())],
                ..page(vec![Waiter {
                    badge: samples::hostile_badge(),
                    given: vec![Given { given: 0, needed: 20, roles: hostile() }],
                    rulings: vec![ruling(Some(samples::HOSTILE), false, Some(hostile()))],
                    ..waiter(samples::HOSTILE)
                }])
            },
        ]
    }
}
