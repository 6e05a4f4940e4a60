//! Completion lists of a course, for who teaches there: a file is compared with a badge, and the difference shown.

use askama::Template;

use super::super::{page, parts::Day, samples, way::Way};
use crate::texts::Language;

/// The page of a course's completion lists.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/lists.html")]
pub struct ListsPage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when it has one.
    pub course: Option<String>,
    /// The page of the course's badges.
    pub back: Way,
    /// What ways by form carry.
    pub carry: Vec<(String, String)>,
    /// Where the form goes.
    pub action: String,
    /// Its hidden fields.
    pub fields: Vec<(String, String)>,
    /// What a list can be compared with: what is sent, and the name.
    pub badges: Vec<(String, String)>,
    /// Why the file that was sent cannot be read.
    pub problem: Option<String>,
    /// The list that is shown.
    pub shown: Option<Compared>,
    /// Lists that were compared before, newest first.
    pub earlier: Vec<EarlierList>,
}

page!(ListsPage);

/// A list with its difference.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What it is called.
    pub name: String,
    /// With which badge it was compared.
    pub badge: String,
    /// When.
    pub at: Day,
    /// How many lines it had.
    pub lines: i32,
    /// How many are on it and have the badge.
    pub both: u64,
    /// How many are on it and have no badge.
    pub there: usize,
    /// How many have the badge and are not on it.
    pub here: usize,
    /// The first of those on it without a badge.
    pub only_there: Vec<Listed>,
    /// How many more there are.
    pub more_there: usize,
    /// The first of those with the badge who are not on it.
    pub only_here: Vec<Listed>,
    /// How many more there are.
    pub more_here: usize,
    /// Numbers of lines that name nobody we know.
    pub unknown: String,
    /// Numbers of lines that name several.
    pub ambiguous: String,
    /// How many lines name somebody again.
    pub repeated: u64,
}

/// Somebody of the difference.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Who.
    pub name: String,
    /// The page that says why.
    pub way: Way,
    /// Why they have no badge: the key of a phrase.
    pub why: Option<&'static str>,
    /// When they completed, as the list says.
    pub completed: Option<Day>,
}

/// A list that was compared before.
#[derive(Clone, Debug)]
pub struct EarlierList {
    /// Its difference.
    pub way: Way,
    /// What it is called.
    pub name: String,
    /// With which badge it was compared.
    pub badge: String,
    /// When.
    pub at: Day,
}

impl ListsPage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let way = |by_form| Way { url: "/course/lists?launch=01939a4e".to_owned(), by_form };
        let hostile = || samples::HOSTILE.to_owned();
        let badge = || samples::badge(language, 0).name;
        let listed = |name: &str, why| Listed {
            name: name.to_owned(),
            way: way(false),
            why,
            completed: Some(samples::day(language)),
        };
        let compared = Compared {
            name: "completed.csv".to_owned(),
            badge: badge(),
            at: samples::minute(language),
            lines: 190,
            both: 185,
            there: 3,
            here: 1,
            only_there: vec![
                listed("Grace Hopper", Some("list-why-nearly")),
                listed("Emmy Noether", Some("roster-excluded-gone")),
            ],
            more_there: 1,
            only_here: vec![Listed { completed: None, ..listed("Alan Turing", None) }],
            more_here: 0,
            unknown: "17, 23".to_owned(),
            ambiguous: "40".to_owned(),
            repeated: 2,
        };
        let page = |shown| Self {
            language,
            course: Some(samples::course(language)),
            back: way(false),
            carry: Vec::new(),
            action: "/course/lists?launch=01939a4e".to_owned(),
            fields: vec![("csrf".to_owned(), "c".to_owned())],
            badges: vec![("1".to_owned(), badge()), ("2".to_owned(), hostile())],
            problem: None,
            shown,
            earlier: Vec::new(),
        };
        let earlier = |name: &str| EarlierList {
            way: way(true),
            name: name.to_owned(),
            badge: badge(),
            at: samples::minute(language),
        };
        vec![
            Self { earlier: vec![earlier("completed.csv")], ..page(Some(compared.clone())) },
            page(None),
            Self {
                course: None,
                carry: vec![("csrf".to_owned(), hostile())],
                problem: Some(hostile()),
                earlier: vec![earlier(samples::HOSTILE)],
                ..page(Some(Compared {
                    name: hostile(),
                    badge: hostile(),
                    only_there: vec![listed(samples::HOSTILE, Some("list-why-met"))],
                    only_here: Vec::new(),
                    here: 0,
                    unknown: String::new(),
                    ambiguous: String::new(),
                    repeated: 0,
                    ..compared
                }))
            },
        ]
    }
}
