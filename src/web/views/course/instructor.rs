//! The instructor's page: what this course awards, by which rule, and how far it has come.

use askama::Template;

use super::super::{
    page,
    parts::{Badge, Outline, Outlines},
    samples,
    way::Way,
};
use super::{Approvals, Checks, JustAwarded, Surety, Trigger, TriggerState, Undoing};
use crate::texts::Language;

/// An instructor's page of one course.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/instructor.html")]
pub struct InstructorPage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when it has one.
    pub course: Option<String>,
    /// The course's id here, which whoever places badges needs.
    pub course_id: String,
    /// Learners of this course that we have heard of.
    pub learners: usize,
    /// The page of the course's people, for who may look at their work.
    pub roster: Option<Way>,
    /// Whether anybody is missed, for who may know; nothing where no badge can be earned.
    pub checks: Option<Checks>,
    /// Who waits for approval, if anybody does.
    pub approvals: Option<Approvals>,
    /// What was just awarded to many.
    pub just_awarded: Vec<JustAwarded>,
    /// The page that compares lists with badges.
    pub lists: Way,
    /// What ways by form carry.
    pub carry: Vec<(String, String)>,
    /// Its badges.
    pub placements: Vec<Placed>,
}

page!(InstructorPage);

/// A badge placed into the course.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The badge.
    pub badge: Badge,
    /// The page that says in full what it takes.
    pub criteria_url: Option<String>,
    /// Draft, live or ended.
    pub state: PlacementState,
    /// The rule as a sentence.
    pub sentence: String,
    /// The rule as lines; a single line adds nothing to the sentence and is left out.
    pub rule: Option<Outline>,
    /// Awards by the rule.
    pub by_rule: usize,
    /// Awards by hand.
    pub by_hand: usize,
    /// Awards brought from elsewhere.
    pub imported: usize,
    /// Of all these, waiting for an address.
    pub waiting: usize,
    /// Of all these, taken back.
    pub revoked: usize,
    /// Of all these, no longer valid.
    pub expired: usize,
    /// What its gradebook column lacks, in sentences.
    pub gradebook: Vec<String>,
    /// What the reader can do about it, for a draft.
    pub decision: Option<Decision>,
    /// Awards that wait for the reader's click.
    pub hold: Option<Hold>,
    /// The page that says whom its rule would award, for who may know, unless it has ended.
    pub dry_run: Option<Way>,
    /// How surely it finds who has earned it, unless it has ended.
    pub surety: Option<Surety>,
    /// How often it can be earned and how long it is valid, in sentences, where that is special.
    pub terms: Vec<String>,
    /// Columns by which a teacher says who has done it.
    pub triggers: Vec<Trigger>,
}

/// Awards that wait for a teacher's click (design §5, the breaker).
#[derive(Clone, Debug)]
pub struct Hold {
    /// Where the form goes.
    pub action: String,
    /// Its hidden fields.
    pub fields: Vec<(String, String)>,
    /// Why they wait: the key of a sentence.
    pub why: &'static str,
    /// How many wait.
    pub would_award: i64,
    /// Of how many people.
    pub candidates: i64,
}

/// What a teacher can decide about a draft.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Where the form goes.
    pub action: String,
    /// Its hidden fields.
    pub fields: Vec<(String, String)>,
    /// It was prepared when the course was copied.
    pub is_copy: bool,
    /// Only operators may put it into force.
    pub needs_operator: bool,
    /// Activities of the rule that are not of this course.
    pub asks: Vec<Ask>,
}

/// An activity of a rule for which one of this course must be chosen.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The name of what is sent.
    pub name: String,
    /// Its title in the course it was copied from.
    pub title: Option<String>,
    /// Activities of this course: what is sent, the title, and whether it is proposed.
    pub options: Vec<(String, String, bool)>,
}

/// Where a placement is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacementState {
    /// Awards nothing yet.
    Draft,
    /// Awards.
    Live,
    /// Awards no longer.
    Ended,
}

impl PlacementState {
    fn word(self) -> &'static str {
        match self {
            Self::Draft => "instructor-state-draft",
            Self::Live => "instructor-state-live",
            Self::Ended => "instructor-state-ended",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Draft => "instructor-draft-means",
            Self::Live => "instructor-live-means",
            Self::Ended => "instructor-ended-means",
        }
    }

    fn look(self) -> &'static str {
        match self {
            Self::Draft => "wait",
            Self::Live => "good",
            Self::Ended => "past",
        }
    }
}

impl Ask {
    fn title(&self) -> &str {
        self.title.as_deref().unwrap_or("?")
    }
}

impl Placed {
    fn awarded(&self) -> usize {
        self.by_rule + self.by_hand + self.imported
    }

    fn outlines(&self) -> Option<(&str, Outlines<'_>)> {
        let rule = self.rule.as_ref().filter(|rule| !rule.of.is_empty())?;
        Some((&rule.text, Outlines { outlines: &rule.of }))
    }
}

impl InstructorPage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let way = |url: &str| Way { url: format!("{url}?launch=01939a4e"), by_form: false };
        let placed = |number, state, counts: [usize; 5]| {
            let [by_rule, by_hand, imported, waiting, revoked] = counts;
            let (sentence, rule) = samples::rule(language);
            Placed {
                badge: samples::badge(language, number),
                criteria_url: Some("/i/demo/b/3f0c".to_owned()),
                state,
                sentence,
                rule: Some(rule),
                by_rule,
                by_hand,
                imported,
                waiting,
                revoked,
                expired: revoked,
                gradebook: Vec::new(),
                decision: None,
                hold: None,
                dry_run: (state != PlacementState::Ended).then(|| way("/course/placements/01939a4e/dry-run")),
                surety: (state != PlacementState::Ended).then(|| Surety::sample(language)),
                terms: Vec::new(),
                triggers: Vec::new(),
            }
        };
        let page = |placements| Self {
            language,
            course: Some(samples::course(language)),
            course_id: "01939a4e-7d0c-7aa2-9b5e-2f64c1c0d1aa".to_owned(),
            learners: 213,
            roster: Some(way("/course/roster")),
            checks: Some(Checks::sample(language, 1)),
            approvals: Some(Approvals { way: way("/course/approvals"), count: 2, has_more: false }),
            just_awarded: vec![JustAwarded::sample(
                language,
                Undoing::Possible { mails: samples::minute(language) },
            )],
            lists: way("/course/lists"),
            carry: Vec::new(),
            placements,
        };
        let hostile = || samples::HOSTILE.to_owned();
        let trigger = |state| Trigger { activity: hostile(), state };
        let offered = Trigger {
            activity: "workshop".to_owned(),
            state: TriggerState::Offered {
                means: "trigger-shown-of-posted",
                action: "/course/placements/01939a4e/column".to_owned(),
                fields: vec![("csrf".to_owned(), hostile())],
            },
        };
        let there = Trigger {
            activity: "talk".to_owned(),
            state: TriggerState::There { label: samples::of(language, "Done: talk", "Erledigt: Vortrag") },
        };
        let hostile_placement = Placed {
            badge: samples::hostile_badge(),
            criteria_url: Some(hostile()),
            sentence: hostile(),
            gradebook: vec![hostile()],
            rule: Some(Outline { text: hostile(), of: vec![Outline { text: hostile(), of: Vec::new() }] }),
            terms: vec![hostile()],
            triggers: vec![
                trigger(TriggerState::Wanted { label: hostile() }),
                trigger(TriggerState::Refused { why: hostile() }),
            ],
            ..placed(0, PlacementState::Live, [1, 0, 0, 0, 0])
        };
        let decision = |needs_operator: bool, options| Decision {
            action: "/course/placements/01939a4e-7d0c-7aa2-9b5e-2f64c1c0d1aa/decide".to_owned(),
            fields: vec![("csrf".to_owned(), hostile())],
            is_copy: !needs_operator,
            needs_operator,
            asks: vec![Ask {
                name: "link-01939a4e-7d0c-7aa2-9b5e-2f64c1c0d1aa".to_owned(),
                title: Some(hostile()),
                options,
            }],
        };
        let options =
            vec![("1".to_owned(), hostile(), false), ("2".to_owned(), samples::course(language), true)];
        let hold = |why| Hold {
            action: "/course/holds/01939a4e-7d0c-7aa2-9b5e-2f64c1c0d1aa/decide".to_owned(),
            fields: vec![("csrf".to_owned(), hostile())],
            why,
            would_award: 120,
            candidates: 213,
        };
        vec![
            page(vec![
                Placed {
                    terms: vec![samples::of(language, "It is valid for 730 days.", "Es gilt 730 Tage.")],
                    triggers: vec![offered, there],
                    ..placed(0, PlacementState::Live, [187, 2, 1, 3, 1])
                },
                Placed {
                    hold: Some(hold("hold-why-breaker")),
                    ..placed(1, PlacementState::Live, [3, 0, 0, 0, 0])
                },
                Placed {
                    hold: Some(hold("hold-why-first-release")),
                    ..placed(2, PlacementState::Live, [0; 5])
                },
                Placed {
                    decision: Some(decision(false, options)),
                    ..placed(1, PlacementState::Draft, [0; 5])
                },
                Placed {
                    decision: Some(decision(true, Vec::new())),
                    ..placed(0, PlacementState::Draft, [0; 5])
                },
                placed(2, PlacementState::Ended, [12_345, 0, 0, 0, 0]),
            ]),
            Self { learners: 0, checks: None, approvals: None, just_awarded: Vec::new(), ..page(Vec::new()) },
            Self {
                course: None,
                checks: Some(Checks::sample(language, 2)),
                carry: vec![("csrf".to_owned(), hostile())],
                approvals: Some(Approvals { way: Way::default(), count: 50, has_more: true }),
                just_awarded: vec![
                    JustAwarded { badges: hostile(), ..JustAwarded::sample(language, Undoing::Running) },
                    JustAwarded { badges: hostile(), ..JustAwarded::sample(language, Undoing::Done) },
                ],
                ..page(vec![
                    hostile_placement,
                    Placed {
                        badge: samples::long_badge(),
                        criteria_url: None,
                        rule: None,
                        ..placed(0, PlacementState::Live, [1, 1, 0, 1, 0])
                    },
                ])
            },
        ]
    }
}
