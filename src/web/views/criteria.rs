//! The public page of one version of an achievement: what it stands for and what it takes.

use askama::Template;

use super::{
    page,
    parts::{Badge, web_link},
    samples,
};
use crate::texts::Language;

/// One version of an achievement for everybody.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/criteria.html")]
pub struct CriteriaPage {
    /// The reader's language.
    pub language: Language,
    /// The page's own whole address.
    pub url: String,
    /// The whole address of a plain picture, for previews elsewhere.
    pub image_url: String,
    /// The badge.
    pub badge: Badge,
    /// What it takes, as clean HTML ([`super::markdown::render`]); may be empty.
    pub criteria_html: String,
    /// Its kind, as the standard names it (`Certificate`).
    pub achievement_type: Option<String>,
    /// What it is about.
    pub tags: Vec<String>,
    /// To what it is aligned.
    pub alignments: Vec<Alignment>,
    /// The version's number.
    pub version: i32,
    /// The public Open Badges 3.0 document.
    pub achievement_url: Option<String>,
    /// The public Open Badges 2.0 document.
    pub badge_class_url: Option<String>,
}

page!(CriteriaPage);

/// A goal of some framework that an achievement is aligned to.
#[derive(Clone, Debug)]
pub struct Alignment {
    /// The goal's name.
    pub name: String,
    /// Its address; shown as a link only when http or https.
    pub url: String,
    /// The framework's name.
    pub framework: Option<String>,
    /// The goal in a sentence.
    pub description: Option<String>,
}

impl Alignment {
    fn link(&self) -> Option<&str> {
        web_link(&self.url)
    }
}

impl CriteriaPage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let page = || Self {
            language,
            url: "https://badges.example.edu/i/demo/b/3f0c".to_owned(),
            image_url: "https://badges.example.edu/media/badge-1.png".to_owned(),
            badge: samples::badge(language, 1),
            criteria_html: samples::criteria_html(language),
            achievement_type: Some("Certificate".to_owned()),
            tags: words(&["statistics", "data", "R"]),
            alignments: vec![Alignment {
                name: "S3.4 Interpretation of data".to_owned(),
                url: "https://esco.example.org/skill/s3-4".to_owned(),
                framework: Some("ESCO".to_owned()),
                description: Some("Finds meaning in data and says how sure it is.".to_owned()),
            }],
            version: 3,
            achievement_url: Some("https://badges.example.edu/i/demo/achievements/3f0c".to_owned()),
            badge_class_url: Some("https://badges.example.edu/i/demo/ob2/b/3f0c".to_owned()),
        };
        let hostile = || samples::HOSTILE.to_owned();
        vec![
            page(),
            Self {
                criteria_html: String::new(),
                achievement_type: None,
                tags: Vec::new(),
                alignments: Vec::new(),
                achievement_url: None,
                badge_class_url: None,
                version: 1,
                ..page()
            },
            Self { badge: samples::long_badge(), tags: vec!["very-".repeat(60)], ..page() },
            Self {
                url: hostile(),
                image_url: hostile(),
                badge: samples::hostile_badge(),
                criteria_html: super::markdown::render(samples::HOSTILE),
                achievement_type: Some(hostile()),
                tags: vec![hostile()],
                alignments: vec![Alignment {
                    name: hostile(),
                    url: "javascript:alert(1)".to_owned(),
                    framework: Some(hostile()),
                    description: Some(hostile()),
                }],
                achievement_url: Some(hostile()),
                badge_class_url: Some(hostile()),
                ..page()
            },
        ]
    }
}
