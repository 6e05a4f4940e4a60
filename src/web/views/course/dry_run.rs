//! The dry run of a badge, for who teaches there: whom its rule would award now, who lacks one thing, who is left out,
//! each with the reason.

use askama::Template;

use super::{
    super::{page, parts::Day, samples, way::Way},
    roster::List,
};
use crate::texts::Language;

/// A dry run of one badge in one course.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/dry_run.html")]
pub struct DryRunPage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when it has one.
    pub course: Option<String>,
    /// The badge's name.
    pub badge: String,
    /// The rule as a sentence.
    pub sentence: String,
    /// Whether the rule awards already.
    pub is_live: bool,
    /// The page of the course's badges.
    pub back: Way,
    /// What ways by form carry.
    pub carry: Vec<(String, String)>,
    /// How many people were looked at.
    pub checked: u64,
    /// Of those who would not be awarded: about whom something is not known.
    pub unknown: u64,
    /// The ways to stand, each with a list.
    pub lists: Vec<List>,
    /// The people of this one.
    pub people: Vec<Candidate>,
    /// More of them.
    pub next: Option<Way>,
}

page!(DryRunPage);

/// Somebody on a list.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Their name, when the platform tells it.
    pub name: Option<String>,
    /// The beginning of the platform's name of them.
    pub short_id: String,
    /// Why they are given no badge: the key of a phrase.
    pub excluded: Option<&'static str>,
    /// Since when they have met the rule.
    pub met: Option<Day>,
    /// What is missing.
    pub reasons: Vec<Reason>,
}

/// A part of the rule that somebody has not met.
#[derive(Clone, Debug)]
pub struct Reason {
    /// What is asked.
    pub text: String,
    /// What is missing, and what to do.
    pub note: Option<String>,
}

impl DryRunPage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let way =
            |by_form| Way { url: "/course/placements/01939a4e/dry-run?launch=01939a4e".to_owned(), by_form };
        let list = |name, count, is_current| List { name, count, way: way(false), is_current };
        let (sentence, _) = samples::rule(language);
        let page = |people| Self {
            language,
            course: Some(samples::course(language)),
            badge: samples::badge(language, 0).name,
            sentence: sentence.clone(),
            is_live: false,
            back: way(false),
            carry: Vec::new(),
            checked: 213,
            unknown: 2,
            lists: vec![
                list("dry-run-now", 12, true),
                list("dry-run-nearly", 30, false),
                list("dry-run-not-yet", 160, false),
                list("dry-run-already", 8, false),
                list("dry-run-excluded", 3, false),
            ],
            people,
            next: None,
        };
        let candidate = |name: Option<&str>| Candidate {
            name: name.map(str::to_owned),
            short_id: "f3a09b1c77…".to_owned(),
            excluded: None,
            met: None,
            reasons: Vec::new(),
        };
        let reason = |text: &str| Reason { text: text.to_owned(), note: Some(text.to_owned()) };
        vec![
            page(vec![
                Candidate { met: Some(samples::day(language)), ..candidate(Some("Grace Hopper")) },
                Candidate { reasons: vec![reason(&sentence)], ..candidate(None) },
                Candidate { excluded: Some("roster-excluded-staff"), ..candidate(Some("Ada Lovelace")) },
            ]),
            Self { is_live: true, unknown: 0, ..page(Vec::new()) },
            Self {
                course: None,
                badge: samples::HOSTILE.to_owned(),
                sentence: samples::HOSTILE.to_owned(),
                next: Some(way(true)),
                back: way(true),
                carry: vec![("csrf".to_owned(), "c".to_owned())],
                ..page(vec![Candidate {
                    short_id: samples::HOSTILE.to_owned(),
                    reasons: vec![reason(samples::HOSTILE)],
                    ..candidate(Some(samples::HOSTILE))
                }])
            },
        ]
    }
}
