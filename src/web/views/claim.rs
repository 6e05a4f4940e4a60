//! The owner's page of an award, behind the mailed link (open-badges §14.1): see it, take it along, make
//! it public. Opening it changes nothing; publishing is a form.

use askama::Template;

use super::{
    page,
    parts::{Badge, Day, Evidence, Standing},
    samples,
};
use crate::texts::Language;

/// An award for its owner.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/claim.html")]
pub struct ClaimPage {
    /// The reader's language.
    pub language: Language,
    /// The badge.
    pub badge: Badge,
    /// What became of it.
    pub standing: Standing,
    /// It was issued anew; this is the newest.
    pub is_replaced: bool,
    /// Whom it was awarded to, when known.
    pub recipient: Option<String>,
    /// The course in which it was earned.
    pub course: Option<String>,
    /// When it was earned.
    pub awarded_on: Day,
    /// Until when it is valid.
    pub valid_until: Option<Day>,
    /// What it takes, as clean HTML ([`super::markdown::render`]).
    pub criteria_html: String,
    /// How it was earned, and how sure that is, as clean HTML; may be empty.
    pub earned_html: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// The picture with both signed documents inside.
    pub png_url: Option<String>,
    /// The Open Badges 3.0 document.
    pub json_url: Option<String>,
    /// Publishing; `None` when this award cannot be made public.
    pub sharing: Option<Sharing>,
}

page!(ClaimPage);

/// What publishing needs.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// Where the form goes. It POSTs `csrf` and `publish` = `yes` or `no`.
    pub action: String,
    /// The token that shows that the form is ours.
    pub csrf: String,
    /// The whole public address, while published.
    pub share_url: Option<String>,
}

impl ClaimPage {
    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let sharing = |share_url: Option<&str>| Sharing {
            action: "/claim/0123456789abcdef".to_owned(),
            csrf: "c5rF-t0ken".to_owned(),
            share_url: share_url.map(str::to_owned),
        };
        let page = || Self {
            language,
            badge: samples::badge(language, 0),
            standing: Standing::Active,
            is_replaced: false,
            recipient: Some("Grace Hopper".to_owned()),
            course: Some(samples::course(language)),
            awarded_on: samples::day(language),
            valid_until: Some(samples::later(language)),
            criteria_html: samples::criteria_html(language),
            earned_html: samples::earned_html(language),
            evidence: samples::evidence(language),
            png_url: Some("/claim/0123456789abcdef/badge.png".to_owned()),
            json_url: Some("/claim/0123456789abcdef/credential.json".to_owned()),
            sharing: Some(sharing(None)),
        };
        let bare = || Self {
            valid_until: None,
            recipient: None,
            course: None,
            earned_html: String::new(),
            evidence: Vec::new(),
            png_url: None,
            json_url: None,
            sharing: None,
            ..page()
        };
        let hostile = || samples::HOSTILE.to_owned();
        vec![
            page(),
            Self {
                sharing: Some(sharing(Some("https://badges.example.edu/share/7f3a9c2b5d8e4f60"))),
                ..page()
            },
            Self { is_replaced: true, badge: samples::badge(language, 1), ..page() },
            Self { standing: Standing::WaitingForAddress, ..bare() },
            Self { standing: Standing::Scheduled { on: Some(samples::later(language)) }, ..bare() },
            Self { standing: Standing::Expired { on: Some(samples::later(language)) }, ..page() },
            Self {
                standing: Standing::Revoked {
                    on: Some(samples::day(language)),
                    reason: Some(samples::reason(language)),
                },
                ..bare()
            },
            Self { badge: samples::long_badge(), criteria_html: String::new(), ..page() },
            Self {
                badge: samples::hostile_badge(),
                standing: Standing::Revoked { on: None, reason: Some(hostile()) },
                recipient: Some(hostile()),
                course: Some(hostile()),
                criteria_html: super::markdown::render(samples::HOSTILE),
                earned_html: super::markdown::render(samples::HOSTILE),
                evidence: vec![samples::hostile_evidence()],
                png_url: Some(hostile()),
                sharing: Some(Sharing { action: hostile(), csrf: hostile(), share_url: Some(hostile()) }),
                ..page()
            },
        ]
    }
}
