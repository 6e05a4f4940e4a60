//! The pages of Dynamic Registration (lti-1.3-tool §20): one that goes on by itself, one that asks first, one
//! that says what to do next in the platform and closes its window. All work without script.

use askama::Template;
use lti::quirks::Family;

use super::{page, samples::HOSTILE};
use crate::texts::Language;

/// Who asks whom; its form goes on by itself.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/register/begin.html")]
pub struct RegisterBegin {
    /// The reader's language.
    pub language: Language,
    /// Who asks.
    pub host: String,
    /// Whose platform it will be.
    pub organization: String,
    /// Names and values of the form's hidden fields.
    pub fields: Vec<(String, String)>,
}

page!(RegisterBegin);

/// What an administrator is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// May what is registered be changed?
    Update,
    /// Shall there be a second registration?
    Second,
}

/// Asks before anything is changed.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/register/ask.html")]
pub struct RegisterAsk {
    /// The reader's language.
    pub language: Language,
    /// What is asked.
    pub question: Question,
    /// Who asks.
    pub host: String,
    /// The platform that there is.
    pub platform: String,
    /// Whose it is.
    pub organization: String,
    /// Names and values of the form's hidden fields.
    pub fields: Vec<(String, String)>,
}

page!(RegisterAsk);

/// What a platform lets us do, in an administrator's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Columns in gradebooks.
    Columns,
    /// Posting scores.
    Scores,
    /// Reading results.
    Results,
    /// The list of participants.
    Roster,
}

impl Grant {
    fn key(self) -> &'static str {
        match self {
            Self::Columns => "register-grant-columns",
            Self::Scores => "register-grant-scores",
            Self::Results => "register-grant-results",
            Self::Roster => "register-grant-roster",
        }
    }
}

/// It is done; what to do next over there.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/register/done.html")]
pub struct RegisterDone {
    /// The reader's language.
    pub language: Language,
    /// The product, where it is known.
    pub product: Option<String>,
    /// The family of platforms.
    pub family: String,
    /// Who asked.
    pub host: String,
    /// Whose platform it is.
    pub organization: String,
    /// Our name over there.
    pub client_id: String,
    /// The deployment, where the platform named one.
    pub deployment_id: Option<String>,
    /// What it granted, and what not.
    pub grants: Vec<(Grant, bool)>,
    /// Somebody must still switch the tool on over there.
    pub awaits_activation: bool,
    /// It was registered before.
    pub is_update: bool,
}

page!(RegisterDone);

impl RegisterDone {
    /// The sentence that says what to do next: the family's own.
    fn next(&self) -> &'static str {
        Family::setup_of(&self.family).registered
    }

    /// The window messages that close the registration's window (§20.5), for the script.
    fn subjects(&self) -> String {
        lti::dynamic::CLOSE_SUBJECTS.join(" ")
    }

    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let families =
            ["moodle", "canvas", "blackboard", "brightspace", "sakai", "schoology", "open-edx", "other"];
        let page = |language, family: &str| Self {
            language,
            product: Family::named(family).map(|family| family.title.to_owned()),
            family: family.to_owned(),
            host: "lms.campus.example".to_owned(),
            organization: "Campus".to_owned(),
            client_id: "k3Jr5xQw8".to_owned(),
            deployment_id: (family != "canvas").then(|| "7".to_owned()),
            grants: vec![
                (Grant::Columns, true),
                (Grant::Scores, true),
                (Grant::Results, true),
                (Grant::Roster, family != "other"),
            ],
            awaits_activation: family == "moodle",
            is_update: family == "sakai",
        };
        let mut samples: Vec<Self> = Language::ALL
            .into_iter()
            .flat_map(|language| families.into_iter().map(move |family| page(language, family)))
            .collect();
        samples.push(Self {
            product: Some(HOSTILE.to_owned()),
            host: HOSTILE.to_owned(),
            organization: HOSTILE.to_owned(),
            client_id: HOSTILE.to_owned(),
            deployment_id: Some(HOSTILE.to_owned()),
            grants: Vec::new(),
            ..page(Language::En, "moodle")
        });
        samples
    }
}

fn fields(hostile: bool) -> Vec<(String, String)> {
    let value = if hostile { HOSTILE } else { "https://lms.campus.example/openid-configuration?site=1" };
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![field("csrf", "Xy7"), field("invite", "q3J8"), field("openid_configuration", value)]
}

impl RegisterBegin {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let pages = Language::ALL.into_iter().map(|language| Self {
            language,
            host: "lms.campus.example".to_owned(),
            organization: "Campus".to_owned(),
            fields: fields(false),
        });
        let mut samples: Vec<Self> = pages.collect();
        samples.push(Self {
            language: Language::En,
            host: HOSTILE.to_owned(),
            organization: HOSTILE.to_owned(),
            fields: fields(true),
        });
        samples
    }
}

impl RegisterAsk {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let page = |language, question| Self {
            language,
            question,
            host: "lms.campus.example".to_owned(),
            platform: "Campus Moodle".to_owned(),
            organization: "Campus".to_owned(),
            fields: fields(false),
        };
        let mut samples: Vec<Self> = Language::ALL
            .into_iter()
            .flat_map(|language| {
                [Question::Update, Question::Second].map(|question| page(language, question))
            })
            .collect();
        samples.push(Self {
            host: HOSTILE.to_owned(),
            platform: HOSTILE.to_owned(),
            organization: HOSTILE.to_owned(),
            fields: fields(true),
            ..page(Language::En, Question::Update)
        });
        samples
    }
}
