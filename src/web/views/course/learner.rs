//! The learner's page: badges earned in this course, and for each one not yet earned what is done, what
//! is missing and what to do about it.

use askama::Template;

use super::super::{
    page,
    parts::{Badge, Day, Line, Lines, Outcome, Standing},
    samples,
};
use crate::texts::{Language, Texts};

/// A learner's page of one course.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/learner.html")]
pub struct LearnerPage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when the launch named a course with one.
    pub course: Option<String>,
    /// How to greet the reader, when the platform told.
    pub name: Option<String>,
    /// In what capacity they read.
    pub audience: Audience,
    /// The badges of this course, earned ones first.
    pub offers: Vec<Offer>,
}

page!(LearnerPage);

/// In what capacity somebody reads the learner's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// As a learner who can earn.
    Learner,
    /// As somebody who teaches here, or did: cannot earn.
    Staff,
    /// As a test user or somebody acting as another: cannot earn.
    Test,
    /// Without a role in the course: may look.
    Visitor,
    /// The launch came from no course.
    NoCourse,
}

/// A badge of the course, and how far the reader is.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The badge.
    pub badge: Badge,
    /// The page that says in full what it takes.
    pub criteria_url: Option<String>,
    /// How far the reader is.
    pub progress: Progress,
    /// What was earned in earlier periods, in a sentence.
    pub earlier: Option<String>,
}

/// How far somebody is with a badge.
#[derive(Clone, Debug)]
pub enum Progress {
    /// There is an award.
    Award {
        /// What became of it.
        standing: Standing,
        /// When it was earned.
        on: Day,
        /// Until when it is valid.
        valid_until: Option<Day>,
        /// The owner's page, where there is one.
        claim_url: Option<String>,
        /// Whether the mail with it went out.
        is_mailed: bool,
    },
    /// Not earned: the rule, explained. A group's own text becomes the list's heading.
    NotYet(Line),
    /// The reader cannot earn, or nothing is known: the badge alone is shown.
    Shown,
}

impl LearnerPage {
    fn notice(&self) -> Option<String> {
        let key = match self.audience {
            Audience::Learner => return None,
            Audience::Staff => "learner-staff",
            Audience::Test => "learner-test",
            Audience::Visitor => "learner-visitor",
            Audience::NoCourse => "learner-no-course",
        };
        Some(self.t().say(key))
    }

    fn title(&self) -> String {
        let has_course = self.audience != Audience::NoCourse;
        self.t().say(if has_course { "learner-title" } else { "learner-title-nameless-course" })
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
        let page = |audience, offers| Self {
            language,
            course: Some(samples::course(language)),
            name: Some("Grace".to_owned()),
            audience,
            offers,
        };
        let offer = |number, progress| Offer {
            badge: samples::badge(language, number),
            criteria_url: Some("/i/demo/b/3f0c".to_owned()),
            progress,
            earlier: None,
        };
        let award = |standing, is_mailed: bool| Progress::Award {
            standing,
            on: samples::day(language),
            valid_until: is_mailed.then(|| samples::later(language)),
            claim_url: is_mailed.then(|| "/claim/0123456789abcdef".to_owned()),
            is_mailed,
        };
        let not_yet = || Progress::NotYet(samples::explained(language));
        let hostile = || samples::HOSTILE.to_owned();
        let alone =
            Line { outcome: Outcome::Unknown, text: hostile(), note: Some(hostile()), of: Vec::new() };
        vec![
            page(
                Audience::Learner,
                vec![
                    offer(0, award(Standing::Active, true)),
                    Offer {
                        earlier: Some(samples::of(
                            language,
                            "Earned before: 23 November 2025.",
                            "Früher verdient: 23. November 2025.",
                        )),
                        ..offer(1, not_yet())
                    },
                    offer(2, award(Standing::WaitingForAddress, false)),
                ],
            ),
            page(
                Audience::Learner,
                vec![
                    offer(2, award(Standing::Scheduled { on: Some(samples::day(language)) }, false)),
                    offer(0, award(Standing::Expired { on: Some(samples::day(language)) }, true)),
                    offer(
                        1,
                        award(
                            Standing::Revoked {
                                on: Some(samples::day(language)),
                                reason: Some(samples::reason(language)),
                            },
                            false,
                        ),
                    ),
                ],
            ),
            page(Audience::Learner, Vec::new()),
            page(Audience::Staff, vec![offer(0, Progress::Shown)]),
            page(Audience::Test, vec![offer(2, not_yet())]),
            page(Audience::Visitor, vec![offer(0, Progress::Shown), offer(1, Progress::Shown)]),
            Self { course: None, name: None, ..page(Audience::NoCourse, Vec::new()) },
            Self {
                course: Some(hostile()),
                name: Some(hostile()),
                ..page(
                    Audience::Learner,
                    vec![
                        Offer {
                            badge: samples::hostile_badge(),
                            criteria_url: Some(hostile()),
                            progress: Progress::NotYet(alone),
                            earlier: Some(hostile()),
                        },
                        Offer {
                            badge: samples::hostile_badge(),
                            criteria_url: None,
                            progress: award(Standing::Revoked { on: None, reason: Some(hostile()) }, false),
                            earlier: None,
                        },
                        Offer {
                            badge: samples::long_badge(),
                            criteria_url: None,
                            progress: not_yet(),
                            earlier: None,
                        },
                    ],
                )
            },
        ]
    }
}

impl Offer {
    /// The state beside the badge's name: its word, colour and icon.
    fn pill(&self, texts: Texts) -> Option<(String, &'static str, &'static str)> {
        match &self.progress {
            Progress::Award { standing: Standing::Active, .. } => {
                Some((texts.say("learner-earned"), "good", super::super::icon::YES))
            }
            Progress::Award { standing, .. } => {
                Some((texts.say(standing.word()), standing.look(), standing.icon()))
            }
            Progress::NotYet(_) => Some((texts.say("learner-not-yet"), "open", super::super::icon::OPEN)),
            Progress::Shown => None,
        }
    }

    fn is_over(&self) -> bool {
        matches!(&self.progress, Progress::Award { standing, .. } if standing.is_over())
    }

    fn is_earned(&self) -> bool {
        !matches!(self.progress, Progress::NotYet(_))
    }
}
