//! The page of a course's checks (reconciles), for who teaches there: in what the last one ended, whether one runs,
//! who tells Laurel of the course and whether that is an alarm, and what was stated before.

use askama::Template;

use super::super::{page, parts::Day, samples, way::Way};
use crate::texts::Language;

/// A course's checks.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/course/reconcile.html")]
pub struct ReconcilePage {
    /// The reader's language.
    pub language: Language,
    /// The course's title, when it has one.
    pub course: Option<String>,
    /// The page of the course's badges.
    pub back: Way,
    /// What ways by form carry.
    pub carry: Vec<(String, String)>,
    /// The check that runs now.
    pub running: Option<Running>,
    /// In what the newest ended.
    pub newest: Option<Stated>,
    /// Where the form goes that asks for one.
    pub action: String,
    /// Its hidden fields.
    pub fields: Vec<(String, String)>,
    /// Who tells of the course; alarms first.
    pub channels: Vec<Channel>,
    /// What was stated before, newest first.
    pub history: Vec<Past>,
    /// More of it.
    pub older: Option<Way>,
}

page!(ReconcilePage);

/// A check that runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// Since when.
    pub since: Day,
    /// How far it is, in a sentence.
    pub progress: String,
    /// The same page again.
    pub again: Way,
}

/// In what a check ended.
#[derive(Clone, Debug)]
pub struct Stated {
    /// When.
    pub at: Day,
    /// In one sentence.
    pub sentence: String,
    /// What more there is to be said, in sentences, and whether each is good news.
    pub notes: Vec<(bool, String)>,
    /// What was read; nothing when it only looked at everybody again.
    pub sources: Vec<Read>,
    /// Who was awarded.
    pub rescued: Vec<Rescued>,
    /// How many more were.
    pub unnamed: u64,
}

/// Something that was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// What.
    pub name: String,
    /// How many entries, and how many of them were new.
    pub read: String,
    /// Why it could not be read to its end, and what to do.
    pub trouble: Option<String>,
    /// The platform's own words about it.
    pub platform_says: Option<String>,
}

/// Somebody whom nothing had told of.
#[derive(Clone, Debug)]
pub struct Rescued {
    /// The page that says why.
    pub way: Way,
    /// Who.
    pub name: String,
    /// Which badge.
    pub badge: String,
    /// Who told in the end, in a sentence.
    pub told: String,
}

/// Somebody or something that tells of the course.
#[derive(Clone, Debug)]
pub struct Channel {
    /// What people call it.
    pub name: String,
    /// How it tells: the key of a phrase.
    pub how: &'static str,
    /// When it was last heard.
    pub last: Day,
    /// How often it usually speaks.
    pub usual: Option<String>,
    /// What is wrong, and what to do.
    pub alarm: Option<Alarm>,
}

/// Something wrong with a channel.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Since when.
    pub since: Day,
    /// What.
    pub words: String,
    /// What to do.
    pub next: String,
}

/// An earlier statement.
#[derive(Clone, Debug)]
pub struct Past {
    /// When.
    pub at: Day,
    /// Why it was made: the key of a phrase.
    pub cause: &'static str,
    /// What it said.
    pub sentence: String,
}

impl ReconcilePage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let words = |english: &str, german: &str| samples::of(language, english, german);
        let hostile = || samples::HOSTILE.to_owned();
        let way = |url: &str| Way { url: format!("{url}?launch=01939a4e"), by_form: false };
        let sentence = words(
            "213 learners checked, 4 awarded, 0 missing, 2 unreadable.",
            "213 Lernende geprüft, 4 verliehen, 0 fehlen, 2 nicht lesbar.",
        );
        let source = |name: String, read: String| Read { name, read, trouble: None, platform_says: None };
        let rescued = |name: &str| Rescued {
            way: way("/course/people/1"),
            name: name.to_owned(),
            badge: samples::badge(language, 0).name,
            told: words(
                "Found in the column “Workshop” of the gradebook.",
                "Gefunden in der Spalte „Workshop“ des Notenbuchs.",
            ),
        };
        let stated = Stated {
            at: samples::minute(language),
            sentence: sentence.clone(),
            notes: vec![
                (
                    true,
                    words(
                        "4 badges were awarded of which nobody had told Laurel.",
                        "4 Abzeichen wurden verliehen, von denen niemand Laurel berichtet hatte.",
                    ),
                ),
                (
                    false,
                    words(
                        "Of 2 learners nobody knows: what could not be read might have said that they have earned a badge.",
                        "Von 2 Lernenden weiß es niemand: Was nicht lesbar war, hätte von ihnen berichten können.",
                    ),
                ),
            ],
            sources: vec![
                source(
                    words("List of people", "Liste der Personen"),
                    words("213 entries, 4 of them new", "213 Einträge, 4 davon neu"),
                ),
                Read {
                    trouble: Some(words(
                        "The platform does not answer. Laurel tries again by itself.",
                        "Die Plattform antwortet nicht. Laurel versucht es von selbst wieder.",
                    )),
                    platform_says: Some("503 Service Unavailable".to_owned()),
                    ..source(
                        words("Column “Workshop”", "Spalte „Workshop“"),
                        words("0 entries", "0 Einträge"),
                    )
                },
            ],
            rescued: vec![rescued("Grace Hopper"), rescued("Emmy Noether")],
            unnamed: 2,
        };
        let channel = |name: &str, how, usual: Option<String>, alarm| Channel {
            name: name.to_owned(),
            how,
            last: samples::minute(language),
            usual,
            alarm,
        };
        let alarm = Alarm {
            since: samples::minute(language),
            words: words(
                "Registrar usually speaks of this course and has been silent for much longer than usual.",
                "Registrar meldet sich sonst zu diesem Kurs und schweigt viel länger als üblich.",
            ),
            next: words("Ask whoever runs it.", "Fragen Sie, wer es betreibt."),
        };
        let past = |cause| Past { at: samples::minute(language), cause, sentence: sentence.clone() };
        let page = |newest: Option<Stated>| Self {
            language,
            course: Some(samples::course(language)),
            back: way("/course"),
            carry: Vec::new(),
            running: None,
            newest,
            action: "/course/reconcile?launch=01939a4e".to_owned(),
            fields: vec![("csrf".to_owned(), "c".to_owned())],
            channels: Vec::new(),
            history: Vec::new(),
            older: None,
        };
        let by_form = Way { by_form: true, ..way("/course") };
        vec![
            Self {
                channels: vec![
                    channel(
                        "Registrar",
                        "channel-event",
                        Some(words("about every day", "etwa jeden Tag")),
                        Some(alarm),
                    ),
                    channel(
                        "Moodle",
                        "channel-launch",
                        Some(words("about every hour", "etwa jede Stunde")),
                        None,
                    ),
                    channel(&words("Workshop", "Workshop"), "channel-column", None, None),
                ],
                history: vec![past("reconcile-cause-asked"), past("reconcile-cause-due")],
                older: Some(way("/course/reconcile")),
                ..page(Some(stated.clone()))
            },
            Self {
                back: by_form.clone(),
                carry: vec![("csrf".to_owned(), "c".to_owned()), ("session".to_owned(), "s".to_owned())],
                running: Some(Running {
                    since: samples::minute(language),
                    progress: words("1 of 3 sources has been read.", "1 von 3 Quellen ist gelesen."),
                    again: by_form.clone(),
                }),
                ..page(None)
            },
            Self {
                course: Some(hostile()),
                channels: vec![channel(samples::HOSTILE, "channel-record", None, None)],
                ..page(Some(Stated {
                    sources: vec![Read {
                        name: hostile(),
                        read: hostile(),
                        trouble: Some(hostile()),
                        platform_says: Some(hostile()),
                    }],
                    rescued: vec![Rescued {
                        way: by_form,
                        name: hostile(),
                        badge: hostile(),
                        told: hostile(),
                    }],
                    unnamed: 0,
                    ..stated
                }))
            },
        ]
    }
}
