//! The people of a course, for who teaches there: who is in it, where each stands with each badge, and when the
//! learning platform was last asked.

use askama::Template;

use super::super::{
    page,
    parts::{Day, Standing},
    samples,
    way::Way,
};
use crate::texts::Language;

/// The people of one course.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/roster.html")]
pub struct RosterPage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when it has one.
    pub course: Option<String>,
    /// The page of the course's badges.
    pub back: Way,
    /// What ways by form carry.
    pub carry: Vec<(String, String)>,
    /// When the platform was last asked, and what came of it.
    pub reading: Reading,
    /// Where the button goes; nothing where the platform offers no list.
    pub ask: Option<Ask>,
    /// The lists there are.
    pub lists: Vec<List>,
    /// The people of this one.
    pub people: Vec<Someone>,
    /// The page before.
    pub previous: Option<Way>,
    /// The page after.
    pub next: Option<Way>,
}

page!(RosterPage);

/// What is known of the last reading.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// When it ended; `None` before the first.
    pub at: Option<Day>,
    /// How many people it named.
    pub people: u64,
    /// Whether it was complete.
    pub is_complete: bool,
    /// Why not: the key of a sentence.
    pub trouble: Option<&'static str>,
    /// One is on its way.
    pub is_awaited: bool,
}

/// The form that asks for a reading.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Its address.
    pub action: String,
    /// Its hidden fields, the token among them.
    pub fields: Vec<(String, String)>,
}

/// One of the lists of people.
#[derive(Clone, Debug)]
pub struct List {
    /// The key of its name.
    pub name: &'static str,
    /// How many are on it.
    pub count: u64,
    /// Its address.
    pub way: Way,
    /// It is this one.
    pub is_current: bool,
}

/// Somebody in the course.
#[derive(Clone, Debug)]
pub struct Someone {
    /// Their name, when the platform tells it.
    pub name: Option<String>,
    /// The beginning of the platform's name of them.
    pub short_id: String,
    /// The page that says why they have each badge, or why not.
    pub way: Way,
    /// Their groups.
    pub groups: Vec<String>,
    /// Why they are given no badge: the key of a phrase.
    pub excluded: Option<&'static str>,
    /// Where they stand with each badge.
    pub stands: Vec<Stand>,
}

/// Where somebody stands with one badge.
#[derive(Clone, Debug)]
pub struct Stand {
    /// The badge's name.
    pub badge: String,
    /// The newest award, and its day.
    pub award: Option<(Standing, Day)>,
    /// What is missing, in a sentence.
    pub missing: Option<String>,
}

impl RosterPage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let way = |by_form| Way { url: "/course/roster?launch=01939a4e&who=staff".to_owned(), by_form };
        let words = |english: &str, german: &str| samples::of(language, english, german);
        let stand = |number, award: Option<Standing>, missing: Option<String>| Stand {
            badge: samples::badge(language, number).name,
            award: award.map(|standing| (standing, samples::day(language))),
            missing,
        };
        let someone = |name: Option<&str>, id: &str, stands| Someone {
            name: name.map(str::to_owned),
            short_id: id.to_owned(),
            way: way(false),
            groups: vec![words("Tuesday group", "Dienstagsgruppe")],
            excluded: None,
            stands,
        };
        let missing = || {
            Some(words("The course has not been completed yet.", "Der Kurs ist noch nicht abgeschlossen."))
        };
        let list = |name, count, is_current| List { name, count, way: way(false), is_current };
        let page = |reading, people| Self {
            language,
            course: Some(samples::course(language)),
            back: way(false),
            carry: Vec::new(),
            reading,
            ask: Some(Ask {
                action: "/course/roster?launch=01939a4e".to_owned(),
                fields: vec![("csrf".to_owned(), "c".to_owned())],
            }),
            lists: vec![
                list("roster-learners", 213, true),
                list("roster-staff", 3, false),
                list("roster-gone", 12, false),
            ],
            people,
            previous: None,
            next: Some(way(false)),
        };
        let hostile = || samples::HOSTILE.to_owned();
        let read = |trouble: Option<&'static str>| Reading {
            at: Some(samples::minute(language)),
            people: 213,
            is_complete: trouble.is_none(),
            trouble,
            is_awaited: false,
        };
        vec![
            page(
                read(None),
                vec![
                    someone(
                        Some("Grace Hopper"),
                        "user-grace",
                        vec![
                            stand(0, Some(Standing::Active), None),
                            stand(1, Some(Standing::WaitingForAddress), None),
                            stand(2, None, missing()),
                        ],
                    ),
                    someone(None, "f3a09b1c77…", vec![stand(0, None, missing())]),
                    Someone {
                        excluded: Some("roster-excluded-staff"),
                        ..someone(Some("Ada Lovelace"), "user-ada", Vec::new())
                    },
                ],
            ),
            Self {
                previous: Some(way(true)),
                next: None,
                back: way(true),
                carry: vec![("csrf".to_owned(), hostile())],
                course: None,
                ..page(
                    read(Some("roster-why-permission")),
                    vec![Someone {
                        groups: vec![hostile()],
                        ..someone(
                            Some(samples::HOSTILE),
                            samples::HOSTILE,
                            vec![Stand { badge: hostile(), award: None, missing: Some(hostile()) }],
                        )
                    }],
                )
            },
            Self { next: None, ..page(Reading { is_awaited: true, ..Reading::default() }, Vec::new()) },
            Self {
                next: None,
                ask: None,
                ..page(
                    Reading::default(),
                    vec![someone(Some("Grace Hopper"), "user-grace", vec![stand(0, None, missing())])],
                )
            },
        ]
    }
}
