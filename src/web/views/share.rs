//! The public page of one award (open-badges §12 "Show at least", §14.5): what it is, whether it is
//! still valid, and a button by which the reader starts a fresh check. Names no recipient.

use askama::Template;

use super::{
    icon, page,
    parts::{Badge, Day, Evidence, Standing},
    samples,
};
use crate::texts::{Language, Texts};

/// An award for everybody with its link.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/share.html")]
pub struct SharePage {
    /// The reader's language.
    pub language: Language,
    /// The page's own whole address, without a query.
    pub url: String,
    /// The whole address of a plain picture, for previews elsewhere.
    pub image_url: String,
    /// The badge.
    pub badge: Badge,
    /// Active, expired or revoked.
    pub standing: Standing,
    /// When the standing was looked up.
    pub checked_at: Day,
    /// The check that the reader asked for.
    pub check: Option<Check>,
    /// When it was earned.
    pub awarded_on: Day,
    /// Until when it is valid.
    pub valid_until: Option<Day>,
    /// What it takes, as clean HTML ([`super::markdown::render`]).
    pub criteria_html: String,
    /// The criteria page.
    pub criteria_url: Option<String>,
    /// How it was earned, and how sure that is, in words.
    pub earned: Option<String>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// The public Open Badges 3.0 document.
    pub credential_url: Option<String>,
    /// The public Open Badges 2.0 assertion.
    pub assertion_url: Option<String>,
}

page!(SharePage);

/// A check, with its steps.
#[derive(Clone, Debug)]
pub struct Check {
    /// What it came to.
    pub verdict: Verdict,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// What a check came to (open-badges §12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Genuine and valid.
    Valid,
    /// Genuine, no longer valid.
    Expired,
    /// Genuine, taken back.
    Revoked,
    /// Genuine, not valid yet.
    NotYetValid,
    /// Not to be trusted.
    Invalid,
    /// Something could not be looked up.
    Unknown,
}

/// One step of a check.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its stable name (`ob.proof.value`).
    pub code: String,
    /// How it came out.
    pub state: StepState,
    /// In words.
    pub text: String,
}

/// How a step came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// As it should be.
    Pass,
    /// Not as it should be.
    Fail,
    /// Odd, but no reason for distrust.
    Warn,
    /// Could not be looked up.
    Unknown,
    /// Did not apply.
    Skip,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Valid => "check-valid",
            Self::Expired => "check-expired",
            Self::Revoked => "check-revoked",
            Self::NotYetValid => "check-not-yet",
            Self::Invalid => "check-invalid",
            Self::Unknown => "check-unknown",
        }
    }

    fn look(self) -> &'static str {
        match self {
            Self::Valid => "good",
            Self::Expired => "past",
            Self::NotYetValid | Self::Unknown => "wait",
            Self::Revoked | Self::Invalid => "bad",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Valid => icon::YES,
            Self::Expired | Self::NotYetValid => icon::WAIT,
            Self::Unknown => icon::UNKNOWN,
            Self::Revoked | Self::Invalid => icon::NO,
        }
    }
}

impl Step {
    /// The sentence to show, and its language where that is not the page's. Good steps have words in
    /// every language; what went wrong is told in the check's own English words, which know more.
    fn said(&self, texts: Texts) -> (String, Option<&'static str>) {
        let key = if self.state == StepState::Pass { good_step(&self.code) } else { None };
        match key {
            Some(key) => (texts.say(key), None),
            None => (self.text.clone(), (texts.language() != Language::En).then_some("en")),
        }
    }
}

/// The text for a good step, by its code.
fn good_step(code: &str) -> Option<&'static str> {
    Some(match code {
        "ob.context" => "check-context",
        "ob.jsonld.loss" => "check-covered",
        "ob.schema.strict" => "check-schema",
        "ob.type" => "check-type",
        "ob.subject" => "check-subject",
        "ob.achievement" => "check-achievement",
        "ob.criteria" => "check-criteria",
        "ob.evidence" => "check-evidence",
        "ob.issuer" => "check-issuer",
        "ob.proof.missing" => "check-proof-there",
        "ob.proof.suite" => "check-proof-suite",
        "ob.proof.value" => "check-proof",
        "ob.proof.purpose" => "check-proof-purpose",
        "ob.proof.created" => "check-proof-created",
        "ob.proof.key" => "check-proof-key",
        "ob.proof.controller" => "check-proof-controller",
        "ob.status.type" => "check-status-type",
        "ob.status.fetch" => "check-status-fetch",
        "ob.status.signature" => "check-status-signature",
        "ob.status.range" => "check-status-range",
        "ob.status.revoked" => "check-status-revoked",
        "ob.status.suspended" => "check-status-suspended",
        "ob.time.notyet" => "check-time-begun",
        "ob.time.expired" => "check-time-lasts",
        _ => return None,
    })
}

impl StepState {
    fn word(self) -> &'static str {
        match self {
            Self::Pass => "check-step-pass",
            Self::Fail => "check-step-fail",
            Self::Warn => "check-step-warn",
            Self::Unknown => "check-step-unknown",
            Self::Skip => "check-step-skip",
        }
    }

    fn look(self) -> &'static str {
        match self {
            Self::Pass => "met",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Skip => "skip",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Pass => icon::YES,
            Self::Fail => icon::NO,
            Self::Warn => icon::HEED,
            Self::Unknown => icon::UNKNOWN,
            Self::Skip => icon::OPEN,
        }
    }
}

impl SharePage {
    /// Where the button leads: to this page, whatever origin shows it.
    fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
    }

    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().flat_map(Self::samples_in).collect()
    }

    fn samples_in(language: Language) -> Vec<Self> {
        let url = |path: &str| format!("https://badges.example.edu{path}");
        let page = || Self {
            language,
            url: url("/share/7f3a9c2b5d8e4f60"),
            image_url: url("/media/badge-0.png"),
            badge: samples::badge(language, 0),
            standing: Standing::Active,
            checked_at: samples::minute(language),
            check: None,
            awarded_on: samples::day(language),
            valid_until: Some(samples::later(language)),
            criteria_html: samples::criteria_html(language),
            criteria_url: Some("/i/demo/b/3f0c".to_owned()),
            earned: Some(samples::earned(language)),
            evidence: samples::evidence(language),
            credential_url: Some(url("/i/demo/credentials/5b1e")),
            assertion_url: Some(url("/i/demo/ob2/a/9c2d")),
        };
        let step =
            |code: &str, state, text: &str| Step { code: code.to_owned(), state, text: text.to_owned() };
        let steps = |last| {
            vec![
                step("ob.context", StepState::Pass, "The document names the vocabularies it uses."),
                step(
                    "ob.proof.value",
                    StepState::Pass,
                    "The signature is genuine; nothing was changed since.",
                ),
                step("ob.proof.controller", StepState::Pass, "The signing key belongs to the issuer."),
                step(
                    "ob.schema.strict",
                    StepState::Warn,
                    "An optional field is not as the newest schema wants it.",
                ),
                step("ob.refresh", StepState::Skip, "The issuer offers no newer form."),
                step("ob.status.revoked", last, "The issuer's status list was read."),
            ]
        };
        let checked = |verdict, last| Some(Check { verdict, steps: steps(last) });
        let revoked = || Standing::Revoked {
            on: Some(samples::later(language)),
            reason: Some(samples::reason(language)),
        };
        let expired = || Standing::Expired { on: Some(samples::later(language)) };
        let hostile = || samples::HOSTILE.to_owned();
        vec![
            page(),
            Self { check: checked(Verdict::Valid, StepState::Pass), ..page() },
            Self { standing: revoked(), ..page() },
            Self { standing: revoked(), check: checked(Verdict::Revoked, StepState::Fail), ..page() },
            Self { standing: expired(), check: checked(Verdict::Expired, StepState::Pass), ..page() },
            Self {
                check: checked(Verdict::Unknown, StepState::Unknown),
                badge: samples::badge(language, 2),
                ..page()
            },
            Self { check: checked(Verdict::Invalid, StepState::Fail), ..page() },
            Self { check: checked(Verdict::NotYetValid, StepState::Pass), ..page() },
            Self {
                badge: samples::long_badge(),
                valid_until: None,
                criteria_html: String::new(),
                criteria_url: None,
                earned: None,
                evidence: Vec::new(),
                credential_url: None,
                assertion_url: None,
                ..page()
            },
            Self {
                url: hostile(),
                image_url: hostile(),
                badge: samples::hostile_badge(),
                standing: Standing::Revoked { on: None, reason: Some(hostile()) },
                check: Some(Check {
                    verdict: Verdict::Invalid,
                    steps: vec![step(&hostile(), StepState::Fail, &hostile())],
                }),
                criteria_html: super::markdown::render(samples::HOSTILE),
                earned: Some(hostile()),
                evidence: vec![Evidence { text: hostile(), url: Some("javascript:alert(1)".to_owned()) }],
                credential_url: Some(hostile()),
                ..page()
            },
        ]
    }
}
