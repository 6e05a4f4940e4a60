//! The public page of one award (open-badges §12 "Show at least", §14.5): what it is, whether it is
//! still valid, and a button by which the reader starts a fresh check. Names no recipient.

use askama::Template;
use open_badges::verify::{State, Verdict};

use super::{
    icon, page,
    parts::{Badge, Day, Evidence, Standing},
    samples,
};
use crate::texts::{Language, Texts, check_words, verdict_words};

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
    /// How it was earned, and how sure that is, as clean HTML; may be empty.
    pub earned_html: String,
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

/// One step of a check.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its stable name (`ob.proof.value`).
    pub code: String,
    /// How it came out.
    pub state: State,
    /// In words.
    pub text: String,
}

impl Check {
    fn word(&self) -> &'static str {
        verdict_words(self.verdict).0
    }

    /// What it means for whoever was shown the badge.
    fn meaning(&self) -> &'static str {
        verdict_words(self.verdict).1
    }

    fn look(&self) -> &'static str {
        match self.verdict {
            Verdict::Valid => "good",
            Verdict::Expired => "past",
            Verdict::NotYetValid | Verdict::Unknown => "wait",
            Verdict::Revoked | Verdict::Invalid => "bad",
        }
    }

    fn icon(&self) -> &'static str {
        match self.verdict {
            Verdict::Valid => icon::YES,
            Verdict::Expired | Verdict::NotYetValid => icon::WAIT,
            Verdict::Unknown => icon::UNKNOWN,
            Verdict::Revoked | Verdict::Invalid => icon::NO,
        }
    }
}

impl Step {
    /// What came of it, in the reader's language; in the check's own English words where nothing else is known.
    fn said(&self, texts: Texts) -> (String, Option<&'static str>) {
        match check_words(&self.code, self.state) {
            Some(key) => (texts.say(key), None),
            None => (self.text.clone(), (texts.language() != Language::En).then_some("en")),
        }
    }

    /// For whoever has to find out why it is not as it should be: its code, and its own words where they are not shown yet.
    fn detail(&self) -> Option<(&str, Option<&str>)> {
        let has_words = check_words(&self.code, self.state).is_some();
        matches!(self.state, State::Fail | State::Warn | State::Unknown)
            .then(|| (self.code.as_str(), has_words.then_some(self.text.as_str())))
    }

    fn word(&self) -> &'static str {
        match self.state {
            State::Pass => "check-step-pass",
            State::Fail => "check-step-fail",
            State::Warn => "check-step-warn",
            State::Unknown => "check-step-unknown",
            State::Skip => "check-step-skip",
        }
    }

    fn look(&self) -> &'static str {
        match self.state {
            State::Pass => "met",
            State::Fail => "fail",
            State::Warn => "warn",
            State::Unknown => "unknown",
            State::Skip => "skip",
        }
    }

    fn icon(&self) -> &'static str {
        match self.state {
            State::Pass => icon::YES,
            State::Fail => icon::NO,
            State::Warn => icon::HEED,
            State::Unknown => icon::UNKNOWN,
            State::Skip => icon::OPEN,
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
            earned_html: samples::earned_html(language),
            evidence: samples::evidence(language),
            credential_url: Some(url("/i/demo/credentials/5b1e")),
            assertion_url: Some(url("/i/demo/ob2/a/9c2d")),
        };
        let step =
            |code: &str, state, text: &str| Step { code: code.to_owned(), state, text: text.to_owned() };
        let steps = |last| {
            vec![
                step("ob.context", State::Pass, "The contexts are in their order."),
                step(
                    "ob.proof.value",
                    State::Pass,
                    "Signed by the issuer with did:web:badges.example.edu#z6Mk.",
                ),
                step("ob.schema.strict", State::Warn, "Single values and arrays are mixed up."),
                step("ob.time.expired", State::Skip, "It does not expire."),
                step("ob.status.revoked", last, "The issuer has revoked it."),
                step("ob.refresh", State::Unknown, "A newer copy was not looked for."),
            ]
        };
        let checked = |verdict, last| Some(Check { verdict, steps: steps(last) });
        let revoked = || Standing::Revoked {
            on: Some(samples::day(language)),
            reason: Some(samples::reason(language)),
        };
        let expired = || Standing::Expired { on: Some(samples::later(language)) };
        let hostile = || samples::HOSTILE.to_owned();
        vec![
            page(),
            Self { check: checked(Verdict::Valid, State::Pass), ..page() },
            Self { standing: revoked(), ..page() },
            Self { standing: revoked(), check: checked(Verdict::Revoked, State::Fail), ..page() },
            Self { standing: expired(), check: checked(Verdict::Expired, State::Pass), ..page() },
            Self {
                check: checked(Verdict::Unknown, State::Unknown),
                badge: samples::badge(language, 2),
                ..page()
            },
            Self { check: checked(Verdict::Invalid, State::Fail), ..page() },
            Self { check: checked(Verdict::NotYetValid, State::Pass), ..page() },
            Self {
                badge: samples::long_badge(),
                valid_until: None,
                criteria_html: String::new(),
                criteria_url: None,
                earned_html: String::new(),
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
                    steps: vec![step(&hostile(), State::Fail, &hostile())],
                }),
                criteria_html: super::markdown::render(samples::HOSTILE),
                earned_html: super::markdown::render(samples::HOSTILE),
                evidence: vec![samples::hostile_evidence()],
                credential_url: Some(hostile()),
                ..page()
            },
        ]
    }
}
