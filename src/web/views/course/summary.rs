//! Parts of the instructor's page: whether anybody is missed, and how surely a badge finds who has earned it.

use super::super::{parts::Day, samples, way::Way};
use crate::texts::Language;

/// Whether anybody is missed in a course.
#[derive(Clone, Debug)]
pub struct Checks {
    /// The page that says more.
    pub way: Way,
    /// When the last check ended, and in what.
    pub newest: Option<(Day, String)>,
    /// One is running.
    pub is_running: bool,
    /// How many sources are an alarm.
    pub alarms: usize,
}

/// How surely a badge finds who has earned it (design §5).
#[derive(Clone, Debug)]
pub struct Surety {
    /// How surely: the key of a phrase.
    pub word: &'static str,
    /// The class of its colour.
    pub look: &'static str,
    /// Part by part of the rule.
    pub parts: Vec<SuretyPart>,
}

/// How surely a part of a rule is heard of.
#[derive(Clone, Debug)]
pub struct SuretyPart {
    /// What is asked.
    pub text: String,
    /// How surely: the key of a phrase.
    pub word: &'static str,
    /// The class of its colour.
    pub look: &'static str,
    /// Why: the key of a sentence.
    pub because: &'static str,
    /// Who tells, by name.
    pub told_by: Option<String>,
    /// What would make it surer: the key of a sentence.
    pub better: Option<&'static str>,
}

impl Checks {
    pub(super) fn sample(language: Language, alarms: usize) -> Self {
        let sentence = samples::of(
            language,
            "213 learners checked, 4 awarded, 0 missing, 2 unreadable.",
            "213 Lernende geprüft, 4 verliehen, 0 fehlen, 2 nicht lesbar.",
        );
        Self {
            way: Way { url: "/course/reconcile?launch=01939a4e".to_owned(), by_form: false },
            newest: (alarms < 2).then(|| (samples::minute(language), sentence)),
            is_running: alarms > 1,
            alarms,
        }
    }
}

impl Surety {
    pub(super) fn sample(language: Language) -> Self {
        let part = |text: String, word, look, because, better| SuretyPart {
            text,
            word,
            look,
            because,
            told_by: Some("Registrar".to_owned()),
            better,
        };
        Self {
            word: "promise-best-effort",
            look: "wait",
            parts: vec![
                part(
                    samples::of(language, "Complete “Exercises”", "„Übungen“ abschließen"),
                    "promise-best-effort",
                    "wait",
                    "promise-because-events",
                    Some("promise-better-connect-records"),
                ),
                SuretyPart {
                    told_by: None,
                    ..part(
                        samples::of(
                            language,
                            "At least 80 % in “Final test”",
                            "Mindestens 80 % im „Abschlusstest“",
                        ),
                        "promise-guaranteed",
                        "good",
                        "promise-because-column",
                        None,
                    )
                },
            ],
        }
    }
}
