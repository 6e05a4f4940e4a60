//! The review page: what one learner, or several, did for the badges of a course, for somebody who may look: a
//! teacher who opened a submission, the learner themselves, a mentor.

use askama::Template;

use super::super::{
    page,
    parts::{Badge, Day, Line, Lines, Outcome, Standing, web_link},
    samples,
    way::Way,
};
use crate::texts::{Language, Texts};

/// A page about others' work.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/review.html")]
pub struct ReviewPage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when it has one.
    pub course: Option<String>,
    /// Why the reader may look.
    pub occasion: Occasion,
    /// Whose work it is.
    pub people: Vec<Person>,
    /// Where the reader may go back to; shown only when http or https.
    pub back: Option<String>,
    /// The page of ours from which the reader came.
    pub list: Option<Way>,
    /// What ways by form carry.
    pub carry: Vec<(String, String)>,
}

page!(ReviewPage);

/// Why somebody may look at the work of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A submission, opened from the gradebook.
    Submission,
    /// One's own submission.
    Own,
    /// The people in a mentor's care.
    Care,
    /// Somebody of one's own course, chosen from its list.
    Taught,
}

/// One learner's work.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their name; what there is of one.
    pub name: String,
    /// Why they are given no badge: the key of a phrase.
    pub excluded: Option<&'static str>,
    /// What they did for each badge.
    pub works: Vec<Work>,
}

/// What was done for a badge.
#[derive(Clone, Debug)]
pub struct Work {
    /// The badge.
    pub badge: Badge,
    /// The award, when there is one: what became of it, when it was earned, until when it is valid.
    pub award: Option<(Standing, Day, Option<Day>)>,
    /// How it was earned in words, as clean HTML; may be empty.
    pub earned_html: String,
    /// The rule, explained. A group's own text becomes the list's heading.
    pub explained: Option<Line>,
    /// What was earned in earlier periods, in a sentence.
    pub earlier: Option<String>,
    /// The page that says in full what it takes.
    pub criteria_url: Option<String>,
}

impl ReviewPage {
    fn title(&self) -> String {
        self.t().say(match self.occasion {
            Occasion::Submission => "review-title",
            Occasion::Own => "review-title-own",
            Occasion::Care => "review-title-care",
            Occasion::Taught => "review-title-taught",
        })
    }

    fn lead(&self) -> String {
        self.t().say(match self.occasion {
            Occasion::Submission => "review-lead",
            Occasion::Own => "review-lead-own",
            Occasion::Care => "review-lead-care",
            Occasion::Taught => "review-lead-taught",
        })
    }

    fn nothing(&self) -> (String, String) {
        let (what, why) = match self.occasion {
            Occasion::Care => ("review-nobody", "review-nobody-help"),
            Occasion::Submission | Occasion::Own | Occasion::Taught => ("review-none", "review-none-help"),
        };
        (self.t().say(what), self.t().say(why))
    }

    fn has_nothing(&self) -> bool {
        match self.occasion {
            Occasion::Care | Occasion::Taught => self.people.is_empty(),
            Occasion::Submission | Occasion::Own => self.people.iter().all(|person| person.works.is_empty()),
        }
    }

    fn way_back(&self) -> Option<&str> {
        self.back.as_deref().and_then(web_link)
    }

    /// The lines of an explained rule: a group's members, or the only line.
    fn lines<'a>(&self, root: &'a Line) -> Lines<'a> {
        Lines::new(self.language, if root.of.is_empty() { std::slice::from_ref(root) } else { &root.of })
    }

    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let page = |occasion, people| Self {
            language,
            course: Some(samples::course(language)),
            occasion,
            people,
            back: Some("https://moodle.example.edu/grade/report".to_owned()),
            list: (occasion == Occasion::Taught)
                .then(|| Way { url: "/course/roster?launch=1".to_owned(), by_form: true }),
            carry: match occasion {
                Occasion::Taught => vec![("csrf".to_owned(), "c".to_owned())],
                _ => Vec::new(),
            },
        };
        let work = |number, award| Work {
            badge: samples::badge(language, number),
            award,
            earned_html: String::new(),
            explained: Some(samples::explained(language)),
            earlier: None,
            criteria_url: Some("/i/demo/b/3f0c".to_owned()),
        };
        let active = || Some((Standing::Active, samples::day(language), Some(samples::later(language))));
        let revoked = Some((
            Standing::Revoked { on: Some(samples::day(language)), reason: Some(samples::reason(language)) },
            samples::day(language),
            None,
        ));
        let by_hand = Work {
            earned_html: format!("<p>{}</p>", samples::reason(language)),
            explained: None,
            ..work(2, active())
        };
        let person = |name: &str, works| Person { name: name.to_owned(), excluded: None, works };
        let hostile = || samples::HOSTILE.to_owned();
        let hostile_line =
            Line { outcome: Outcome::Met, text: hostile(), note: Some(hostile()), of: Vec::new() };
        vec![
            page(Occasion::Submission, vec![person("Grace Miller", vec![work(0, active())])]),
            page(Occasion::Submission, vec![person("Grace Miller", vec![work(1, revoked), by_hand])]),
            page(Occasion::Submission, Vec::new()),
            page(Occasion::Own, vec![person("Grace Miller", vec![work(1, None)])]),
            page(
                Occasion::Care,
                vec![
                    person("Grace Miller", vec![work(0, active()), work(1, None)]),
                    person("Alan Moore", Vec::new()),
                ],
            ),
            page(Occasion::Care, Vec::new()),
            page(Occasion::Taught, vec![person("Grace Miller", vec![work(0, active()), work(1, None)])]),
            Self {
                course: None,
                back: Some("javascript:alert(1)".to_owned()),
                ..page(
                    Occasion::Submission,
                    vec![Person {
                        name: hostile(),
                        excluded: Some("roster-excluded-staff"),
                        works: vec![
                            Work {
                                badge: samples::hostile_badge(),
                                award: Some((
                                    Standing::Revoked { on: None, reason: Some(hostile()) },
                                    samples::day(language),
                                    None,
                                )),
                                earned_html: String::new(),
                                explained: Some(hostile_line),
                                earlier: Some(hostile()),
                                criteria_url: Some(hostile()),
                            },
                            Work { badge: samples::long_badge(), criteria_url: None, ..work(0, None) },
                        ],
                    }],
                )
            },
        ]
    }
}

impl Work {
    /// The state beside the badge's name: its word, colour and icon.
    fn pill(&self, texts: Texts) -> (String, &'static str, &'static str) {
        match &self.award {
            Some((Standing::Active, ..)) => (texts.say("review-awarded"), "good", super::super::icon::YES),
            Some((standing, ..)) => (texts.say(standing.word()), standing.look(), standing.icon()),
            None => (texts.say("learner-not-yet"), "open", super::super::icon::OPEN),
        }
    }

    fn is_over(&self) -> bool {
        self.award.as_ref().is_some_and(|(standing, ..)| standing.is_over())
    }
}
