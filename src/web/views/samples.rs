//! What views look like with words in them: the list of all views, for the test that renders them in
//! all languages, and the made-up badges, days and rules that their samples share.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    auto_form::AutoForm,
    binding::{AskPage, LoginPage},
    claim::ClaimPage,
    course::{
        ApprovalsPage, DryRunPage, InstructorPage, LearnerPage, ListsPage, PickPage, ReconcilePage,
        ReviewPage, RosterPage, SettlePage,
    },
    criteria::CriteriaPage,
    deployment::DeploymentPage,
    error::ErrorPage,
    home::HomePage,
    markdown,
    parts::{Badge, Day, Evidence, Issuer, Line, Outcome, Outline},
    register::{RegisterAsk, RegisterBegin, RegisterDone},
    setup::SetupPage,
    share::SharePage,
};
use crate::texts::Language;

/// A rendered example of a view.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The view's name.
    pub view: &'static str,
    /// Which of its examples.
    pub number: usize,
    /// The page.
    pub html: String,
}

/// Every example of every view.
#[must_use]
pub fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    macro_rules! add {
        ($($view:ident),+) => {$(
            let pages = $view::samples().into_iter().enumerate();
            samples.extend(pages.map(|(number, page)| Sample {
                view: stringify!($view),
                number,
                html: page.html(),
            }));
        )+};
    }
    add!(
        ApprovalsPage,
        AskPage,
        AutoForm,
        ClaimPage,
        CriteriaPage,
        DeploymentPage,
        ErrorPage,
        HomePage,
        InstructorPage,
        LearnerPage,
        ListsPage,
        LoginPage,
        PickPage,
        ReconcilePage,
        RegisterAsk,
        RegisterBegin,
        RegisterDone,
        ReviewPage,
        RosterPage,
        DryRunPage,
        SettlePage,
        SetupPage,
        SharePage
    );
    samples
}

/// Words that must never become markup, script or a change of reading direction.
pub(super) const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}{{ t }} [x](javascript:alert(1)) &amp; מזל";

/// Picks the words of a language.
pub(super) fn of(language: Language, english: &str, german: &str) -> String {
    match language {
        Language::En => english.to_owned(),
        Language::De => german.to_owned(),
    }
}

fn moment() -> DateTime<Utc> {
    // 23 November 2026, 14:05 UTC.
    DateTime::UNIX_EPOCH + TimeDelta::minutes(29_924_045)
}

pub(super) fn day(language: Language) -> Day {
    Day::of(language, moment())
}

pub(super) fn later(language: Language) -> Day {
    Day::of(language, moment() + TimeDelta::days(730))
}

pub(super) fn minute(language: Language) -> Day {
    Day::minute(language, moment() + TimeDelta::days(3))
}

pub(super) fn course(language: Language) -> String {
    of(language, "STAT 101 · Thinking with Data", "STAT 101 · Denken mit Daten")
}

pub(super) fn reason(language: Language) -> String {
    of(language, "The exam was graded anew.", "Die Prüfung wurde neu bewertet.")
}

/// One of three badges.
pub(super) fn badge(language: Language, number: usize) -> Badge {
    let (name, description) = match number {
        0 => (
            of(language, "Statistics Foundations", "Grundlagen der Statistik"),
            of(
                language,
                "Reads, summarises and questions data, and says how sure a conclusion is.",
                "Liest, fasst zusammen und hinterfragt Daten und sagt, wie sicher ein Schluss ist.",
            ),
        ),
        1 => (
            of(language, "Reproducible Research", "Reproduzierbare Forschung"),
            of(
                language,
                "Publishes an analysis that others can run and check.",
                "Veröffentlicht eine Auswertung, die andere ausführen und prüfen können.",
            ),
        ),
        _ => (
            of(language, "Peer Reviewer", "Gutachterin, Gutachter"),
            of(language, "Gives fair and useful reviews.", "Schreibt faire und hilfreiche Gutachten."),
        ),
    };
    Badge {
        name,
        description,
        lang: None,
        picture: format!("/media/badge-{number}.png"),
        issuer: Issuer {
            name: of(language, "Northfield University", "Universität Nordfeld"),
            url: Some("https://www.example.edu".to_owned()),
        },
    }
}

/// A badge with longer words than anybody should choose, in another language than the page's.
pub(super) fn long_badge() -> Badge {
    Badge {
        name: "Certificat d’aptitude à l’anticonstitutionnellementissimissime interprétation critique, \
               collaborative et reproductible des données épidémiologiques longitudinales"
            .to_owned(),
        description: "Une phrase qui n’en finit pas. ".repeat(20),
        lang: Some("fr".to_owned()),
        picture: "/media/badge-1.png".to_owned(),
        issuer: Issuer {
            name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
                .to_owned(),
            url: None,
        },
    }
}

/// A badge whose author means harm.
pub(super) fn hostile_badge() -> Badge {
    Badge {
        name: HOSTILE.to_owned(),
        description: HOSTILE.to_owned(),
        lang: Some(HOSTILE.to_owned()),
        picture: HOSTILE.to_owned(),
        issuer: Issuer { name: HOSTILE.to_owned(), url: Some("javascript:alert(1)//://".to_owned()) },
    }
}

pub(super) fn criteria_html(language: Language) -> String {
    markdown::render(&of(
        language,
        "Whoever holds this badge has, in one semester,\n\n\
         1. completed **all twelve** weekly exercises,\n\
         2. reached at least 80 % in the final test, and\n\
         3. presented one analysis of open data.\n\n\
         > A number without its uncertainty is half a number.\n\n\
         More in the [course handbook](https://www.example.edu/stat101).",
        "Wer dieses Abzeichen hat, hat in einem Semester\n\n\
         1. **alle zwölf** Wochenübungen bearbeitet,\n\
         2. im Abschlusstest mindestens 80 % erreicht und\n\
         3. eine Auswertung offener Daten vorgestellt.\n\n\
         > Eine Zahl ohne ihre Unsicherheit ist eine halbe Zahl.\n\n\
         Mehr im [Handbuch zum Kurs](https://www.example.edu/stat101).",
    ))
}

pub(super) fn earned_html(language: Language) -> String {
    markdown::render(&of(
        language,
        "Reached at least 80 % in “Final test” and completed “Exercises” on 23 November 2026, as reported by the \
         learning platform.",
        "Am 23. November 2026 im „Abschlusstest“ mindestens 80 % erreicht und die „Übungen“ abgeschlossen, \
         gemeldet von der Lernplattform.",
    ))
}

pub(super) fn evidence(language: Language) -> Vec<Evidence> {
    vec![
        Evidence {
            title: Some(of(
                language,
                "Poster “Air quality in Northfield”",
                "Poster „Luftqualität in Nordfeld“",
            )),
            url: Some("https://www.example.edu/posters/41".to_owned()),
            html: markdown::render(&of(
                language,
                "Shown at the *open day*, with all its data.",
                "Am *Tag der offenen Tür* gezeigt, mit allen Daten.",
            )),
        },
        Evidence {
            title: Some(of(language, "Oral presentation", "Vortrag")),
            url: None,
            html: String::new(),
        },
    ]
}

/// Evidence whose every part means harm.
pub(super) fn hostile_evidence() -> Evidence {
    Evidence {
        title: Some(HOSTILE.to_owned()),
        url: Some("javascript:alert(1)".to_owned()),
        html: markdown::render(HOSTILE),
    }
}

/// An explained rule with a group in it and every outcome.
pub(super) fn explained(language: Language) -> Line {
    let line = |outcome, text: String, note: Option<String>, of: Vec<Line>| Line { outcome, text, note, of };
    line(
        Outcome::NotMet,
        of(language, "All of these", "All dies"),
        None,
        vec![
            line(
                Outcome::Met,
                of(language, "Complete “Exercises”", "„Übungen“ abschließen"),
                Some(of(
                    language,
                    "Done on 2 November 2026, reported by the learning platform.",
                    "Erledigt am 2. November 2026, gemeldet von der Lernplattform.",
                )),
                Vec::new(),
            ),
            line(
                Outcome::NotMet,
                of(language, "At least 80 % in “Final test”", "Mindestens 80 % im „Abschlusstest“"),
                Some(of(
                    language,
                    "Your score is 71 %. Another attempt may help.",
                    "Ihr Ergebnis ist 71 %. Ein weiterer Versuch kann helfen.",
                )),
                Vec::new(),
            ),
            line(
                Outcome::Unknown,
                of(language, "At least one of these", "Mindestens eines davon"),
                None,
                vec![
                    line(
                        Outcome::Unknown,
                        of(language, "Complete “Poster”", "„Poster“ abschließen"),
                        Some(of(language, "Nobody has told us yet.", "Das hat uns noch niemand gemeldet.")),
                        Vec::new(),
                    ),
                    line(
                        Outcome::NotMet,
                        of(language, "Open “Talk”", "„Vortrag“ öffnen"),
                        Some(of(
                            language,
                            "Open it once in your course.",
                            "Öffnen Sie es einmal in Ihrem Kurs.",
                        )),
                        Vec::new(),
                    ),
                ],
            ),
        ],
    )
}

/// A rule as a sentence and as an outline.
pub(super) fn rule(language: Language) -> (String, Outline) {
    fn outline(line: Line) -> Outline {
        Outline { text: line.text, of: line.of.into_iter().map(outline).collect() }
    }
    let sentence = of(
        language,
        "The learner completes “Exercises”, reaches at least 80 % in “Final test”, and does at least one of these \
         (completes “Poster”; opens “Talk”).",
        "Die lernende Person schließt „Übungen“ ab, erreicht im „Abschlusstest“ mindestens 80 % und tut mindestens \
         eines davon (schließt „Poster“ ab; öffnet „Vortrag“).",
    );
    (sentence, outline(explained(language)))
}
