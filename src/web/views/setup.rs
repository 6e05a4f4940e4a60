//! The set-up page of a platform: what its administrator enters where, to copy. Names of menus and fields are the
//! platform's, in English, and marked so for whoever has the page read aloud.

use askama::Template;

use super::page;
use crate::texts::Language;

/// A field over there.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub label: String,
    /// What goes in.
    pub given: Given,
}

/// What goes into a field.
#[derive(Clone, Debug)]
pub enum Given {
    /// Copied as it stands, a line each.
    Copied(Vec<String>),
    /// Chosen or typed, in the platform's words.
    Chosen(Vec<String>),
}

/// A key of ours.
#[derive(Clone, Debug)]
pub struct KeyShown {
    /// Its name.
    pub kid: String,
    /// It, as PEM.
    pub pem: String,
}

/// What is entered at a platform.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/setup.html")]
pub struct SetupPage {
    /// The reader's language.
    pub language: Language,
    /// The platform's name here.
    pub name: String,
    /// What product it is.
    pub family: Option<String>,
    /// The way to the form.
    pub place: String,
    /// The form's fields.
    pub rows: Vec<Row>,
    /// Switches of services.
    pub services: Vec<String>,
    /// The scopes that they stand for.
    pub scopes: Vec<String>,
    /// The setting for names and addresses.
    pub privacy: String,
    /// Where client id and deployment id are shown.
    pub told_at: String,
    /// Where a registration address is pasted instead.
    pub registration: Option<String>,
    /// What may keep the platform from our keys.
    pub keys_blocked: Option<String>,
    /// Our addresses: page, login, redirect, keys, picker.
    pub addresses: Vec<String>,
    /// Our key set.
    pub jwks: String,
    /// Its keys.
    pub keys: Vec<KeyShown>,
}

page!(SetupPage);

impl SetupPage {
    /// Our addresses with the keys of their names.
    fn named(&self) -> impl Iterator<Item = (&'static str, &String)> {
        ["setup-home", "setup-login", "setup-launch", "setup-keys", "setup-pick"]
            .into_iter()
            .zip(&self.addresses)
    }

    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let hostile = super::samples::HOSTILE;
        let page = |language, name: &str, is_moodle: bool| {
            let copied = |text: &str| Given::Copied(vec![text.to_owned()]);
            let keys = "https://badges.example.edu/lti/jwks/5c5cbb4e-6f6c-4a2c-9a37-4c8f0f3d2f11";
            Self {
                language,
                name: name.to_owned(),
                family: is_moodle.then(|| "Moodle".to_owned()),
                place: "Site administration → Plugins → External tool → Manage tools".to_owned(),
                rows: vec![
                    Row { label: "Tool URL".to_owned(), given: copied("https://badges.example.edu/course") },
                    Row { label: "LTI version".to_owned(), given: Given::Chosen(vec!["LTI 1.3".to_owned()]) },
                    Row { label: "Public keyset".to_owned(), given: copied(keys) },
                    Row {
                        label: "Custom parameters".to_owned(),
                        given: Given::Copied(vec!["a=$A".to_owned(), "b=$B".to_owned()]),
                    },
                    Row { label: hostile.to_owned(), given: copied(hostile) },
                ],
                services: vec!["Services → Grades: on".to_owned()],
                scopes: vec!["https://purl.imsglobal.org/spec/lti-ags/scope/score".to_owned()],
                privacy: "Share launcher's name: Always".to_owned(),
                told_at: "View configuration details".to_owned(),
                registration: is_moodle.then(|| "Tool URL → Add LTI Advantage".to_owned()),
                keys_blocked: is_moodle.then(|| "cURL blocked hosts list".to_owned()),
                addresses: ["course", "lti/login/5c5c", "lti/launch", "lti/jwks/5c5c", "course/pick"]
                    .map(|path| format!("https://badges.example.edu/{path}"))
                    .to_vec(),
                jwks: "{\n  \"keys\": []\n}".to_owned(),
                keys: vec![KeyShown {
                    kid: "8cYw2m1xVbT0uQe4".to_owned(),
                    pem: "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n".to_owned(),
                }],
            }
        };
        Language::ALL
            .into_iter()
            .flat_map(|language| [page(language, "Campus Moodle", true), page(language, hostile, false)])
            .collect()
    }
}
