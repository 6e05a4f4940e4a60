//! The picker: badges to choose from, and what can be said about each before it goes to the platform.

use askama::Template;

use super::super::{page, parts::Badge, samples};
use crate::texts::Language;

/// Badges to choose from.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/pick.html")]
pub struct PickPage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when it has one.
    pub course: Option<String>,
    /// Hidden fields of the form.
    pub fields: Vec<(String, String)>,
    /// Why the platform takes nothing of ours: a code. Then there is only the way back.
    pub refused: Option<String>,
    /// What is wrong with what was sent.
    pub problem: Option<String>,
    /// Whether several may be chosen.
    pub takes_several: bool,
    /// What is searched for.
    pub search: String,
    /// How many were found.
    pub found: usize,
    /// Which page of them it is, from 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
    /// What is chosen but not on this page.
    pub elsewhere: Vec<Pickable>,
    /// What is on this page.
    pub offers: Vec<Pickable>,
    /// The badge that may be begun.
    pub draft: Begun,
}

page!(PickPage);

/// A badge that can be chosen.
#[derive(Clone, Debug)]
pub struct Pickable {
    /// What is sent when it is chosen.
    pub id: String,
    /// The badge.
    pub badge: Badge,
    /// Begun here; somebody must approve it.
    pub is_draft: bool,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// A badge that an author begins.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Its name so far.
    pub name: String,
    /// Its words so far.
    pub description: String,
    /// Who may award it: what is sent, and the name.
    pub issuers: Vec<(String, String)>,
    /// Whether the form for it stands open.
    pub is_open: bool,
}

/// What is said about each chosen badge.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/settle.html")]
pub struct SettlePage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when it has one.
    pub course: Option<String>,
    /// Hidden fields of the form.
    pub fields: Vec<(String, String)>,
    /// What is wrong with what was sent.
    pub problem: Option<String>,
    /// What was searched for, for the way back to the choice.
    pub search: String,
    /// On which page of the choice the author was.
    pub page: String,
    /// The badges.
    pub settled: Vec<Settled>,
}

page!(SettlePage);

/// A chosen badge.
#[derive(Clone, Debug)]
pub struct Settled {
    /// What is sent for it.
    pub id: String,
    /// The badge.
    pub badge: Badge,
    /// Begun here; somebody must approve it.
    pub is_draft: bool,
    /// Its rule as a sentence.
    pub sentence: String,
    /// What of the rule may be made stricter.
    pub slots: Vec<Field>,
    /// The column, where the platform may take one.
    pub column: Option<Column>,
    /// From when on it is open, as the browser writes it.
    pub opens: String,
    /// When it is due, as the browser writes it.
    pub due: String,
}

/// A column in the gradebook.
#[derive(Clone, Debug)]
pub struct Column {
    /// Whether there should be one.
    pub is_wanted: bool,
    /// Its most points.
    pub maximum: String,
}

/// A control for a part of a rule.
#[derive(Clone, Debug)]
pub struct Field {
    /// What it is for.
    pub label: String,
    /// The part of the rule, as a sentence.
    pub part: String,
    /// The name of what is sent.
    pub name: String,
    /// What it holds.
    pub value: String,
    /// What may be entered.
    pub options: Options,
}

/// What may be entered into a control.
#[derive(Clone, Debug)]
pub enum Options {
    /// A number.
    Number {
        /// Not below.
        least: Option<String>,
        /// Not above.
        most: Option<String>,
    },
    /// One of these: what is sent, and its name.
    OneOf(Vec<(String, String)>),
}

/// Badges that stand together.
struct Group<'a> {
    is_elsewhere: bool,
    list: &'a [Pickable],
}

impl PickPage {
    /// What is chosen elsewhere, then this page; without what is empty.
    fn groups(&self) -> Vec<Group<'_>> {
        let groups = [
            Group { is_elsewhere: true, list: &self.elsewhere },
            Group { is_elsewhere: false, list: &self.offers },
        ];
        groups.into_iter().filter(|group| !group.list.is_empty()).collect()
    }
}

fn hidden() -> Vec<(String, String)> {
    vec![
        ("launch".to_owned(), "01939a4e-7d0c-7aa2-9b5e-2f64c1c0d1aa".to_owned()),
        ("csrf".to_owned(), samples::HOSTILE.to_owned()),
    ]
}

impl PickPage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let pickable = |number: usize| Pickable {
            id: format!("3f0c0000-0000-4000-8000-00000000000{number}"),
            badge: samples::badge(language, number),
            is_draft: number == 2,
            is_chosen: number == 1,
        };
        let page = Self {
            language,
            course: Some(samples::course(language)),
            fields: hidden(),
            refused: None,
            problem: None,
            takes_several: true,
            search: String::new(),
            found: 3,
            page: 1,
            pages: 1,
            elsewhere: Vec::new(),
            offers: (0..3).map(pickable).collect(),
            draft: Begun {
                name: String::new(),
                description: String::new(),
                issuers: vec![("1".to_owned(), "Northfield University".to_owned())],
                is_open: false,
            },
        };
        let hostile = Pickable { badge: samples::hostile_badge(), ..pickable(0) };
        let hostile_words = || samples::HOSTILE.to_owned();
        vec![
            page.clone(),
            Self {
                takes_several: false,
                search: hostile_words(),
                problem: Some(hostile_words()),
                found: 1_000,
                page: 2,
                pages: 42,
                elsewhere: vec![pickable(1)],
                offers: vec![hostile, Pickable { badge: samples::long_badge(), ..pickable(3) }],
                draft: Begun {
                    name: hostile_words(),
                    description: hostile_words(),
                    issuers: vec![("1".to_owned(), hostile_words()), ("2".to_owned(), "B".to_owned())],
                    is_open: true,
                },
                ..page.clone()
            },
            Self { search: "xyz".to_owned(), found: 0, offers: Vec::new(), ..page.clone() },
            Self { found: 0, offers: Vec::new(), course: None, ..page.clone() },
            Self { refused: Some("lti.dl.no_acceptable_type".to_owned()), ..page },
        ]
    }
}

impl SettlePage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let (sentence, _) = samples::rule(language);
        let field = |name: &str, options| Field {
            label: samples::course(language),
            part: sentence.clone(),
            name: name.to_owned(),
            value: "80".to_owned(),
            options,
        };
        let number = Options::Number { least: Some("80".to_owned()), most: Some("100".to_owned()) };
        let links = Options::OneOf(vec![
            ("this".to_owned(), samples::course(language)),
            ("80".to_owned(), samples::HOSTILE.to_owned()),
        ]);
        let settled = Settled {
            id: "3f0c0000-0000-4000-8000-000000000000".to_owned(),
            badge: samples::badge(language, 0),
            is_draft: false,
            sentence: sentence.clone(),
            slots: vec![field("slot-0-0", number), field("slot-0-1", links)],
            column: Some(Column { is_wanted: true, maximum: "100".to_owned() }),
            opens: "2026-11-23T08:00".to_owned(),
            due: String::new(),
        };
        let hostile = Settled {
            badge: samples::hostile_badge(),
            is_draft: true,
            sentence: samples::HOSTILE.to_owned(),
            slots: Vec::new(),
            column: None,
            opens: samples::HOSTILE.to_owned(),
            ..settled.clone()
        };
        let page = Self {
            language,
            course: Some(samples::course(language)),
            fields: hidden(),
            problem: None,
            search: samples::HOSTILE.to_owned(),
            page: "1".to_owned(),
            settled: vec![settled],
        };
        vec![
            Self { problem: Some(samples::HOSTILE.to_owned()), settled: vec![hostile], ..page.clone() },
            page,
        ]
    }
}
