//! The page of a launch from a place that has not been accepted: what that means, for whoever teaches there a
//! form for a claim code, and the facts for whoever looks after the tool (lti-1.3-tool §2.3).

use askama::Template;

use super::page;
use crate::texts::Language;

/// What the person can do now.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nothing: somebody else must act.
    Wait,
    /// Have it approved by the organization whose platform it is.
    Own,
    /// Enter a claim code.
    Ask {
        /// What continues the launch.
        ticket: String,
        /// That the form is ours.
        csrf: String,
        /// The code before did not count.
        is_wrong: bool,
    },
    /// It is somebody's already.
    Taken,
    /// Go on: it belongs to this organization now.
    Done {
        /// Its name.
        organization: String,
    },
}

/// Which place it is.
#[derive(Clone, Debug)]
pub struct Facts {
    /// `iss`.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// The platform's name of the place.
    pub deployment: String,
    /// Our name of the platform.
    pub platform: String,
}

/// A place that waits.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/deployment.html")]
pub struct DeploymentPage {
    /// The reader's language.
    pub language: Language,
    /// What the person can do now.
    pub step: Step,
    /// Which place it is.
    pub facts: Facts,
    /// The reference of the request.
    pub correlation: String,
}

page!(DeploymentPage);

impl DeploymentPage {
    /// The heading's key and the lead's.
    fn words(&self) -> (&'static str, &'static str) {
        match self.step {
            Step::Wait => ("deployment-title", "deployment-wait"),
            Step::Own => ("deployment-title", "deployment-own"),
            Step::Ask { .. } => ("deployment-title", "deployment-ask"),
            Step::Taken => ("deployment-taken-title", "deployment-taken"),
            Step::Done { .. } => ("deployment-done-title", "deployment-done"),
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.step, Step::Done { .. })
    }

    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let hostile = super::samples::HOSTILE;
        let steps = [
            Step::Wait,
            Step::Own,
            Step::Ask { ticket: "eyJmcm9tIjp7fX0".to_owned(), csrf: "c2VhbA".to_owned(), is_wrong: false },
            Step::Ask { ticket: hostile.to_owned(), csrf: hostile.to_owned(), is_wrong: true },
            Step::Taken,
            Step::Done { organization: "Northfield University".to_owned() },
            Step::Done { organization: hostile.to_owned() },
        ];
        let page = |language, step: Step, deployment: &str| Self {
            language,
            step,
            facts: Facts {
                issuer: "https://canvas.instructure.com".to_owned(),
                client_id: "10000000000042".to_owned(),
                deployment: deployment.to_owned(),
                platform: "5c5cbb4e-6f6c-4a2c-9a37-4c8f0f3d2f11".to_owned(),
            },
            correlation: "3mJ0c1dR9yQ".to_owned(),
        };
        Language::ALL
            .into_iter()
            .flat_map(|language| {
                let common = "7:8865aa05b4b79b64a91a86042e43af5ea8ae79eb";
                let mut pages: Vec<Self> =
                    steps.iter().map(|step| page(language, step.clone(), common)).collect();
                pages.push(page(language, Step::Own, hostile));
                pages
            })
            .collect()
    }
}
