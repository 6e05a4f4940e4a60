//! What products really do, as far as messages and pages go: lti-1.3-tool.md §25 and moodle-platform.md.

use serde_json::{Value, json};

use super::{
    Activation, CustomManners, DeepLinkingManners, Manners, NamesShared, NoticeManners, RegistrationChecks,
    RegistrationManners, StorageManners,
};
use crate::{bend::Change, services::Profile};

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Content of every kind, for products that take more than links.
const ANYTHING: [&str; 5] = ["link", "file", "html", "ltiResourceLink", "image"];

/// Of registrations of which no source tells more: what works is taken, and names are shared.
fn easy_going() -> RegistrationManners {
    RegistrationManners {
        checks: RegistrationChecks::Lax,
        names: NamesShared::Always,
        ..RegistrationManners::default()
    }
}

/// The page around the tool answers.
fn storage_of_the_page() -> StorageManners {
    StorageManners { target: Some("_parent".to_owned()), ..StorageManners::default() }
}

impl Manners {
    /// The manners of a product.
    #[must_use]
    pub fn of(product: Profile) -> Self {
        match product {
            Profile::Plain => Self::default(),
            Profile::Moodle => Self::moodle(),
            Profile::Canvas => Self::canvas(),
            Profile::Blackboard => Self::blackboard(),
            Profile::Brightspace => Self::brightspace(),
            Profile::Sakai => Self::sakai(),
            Profile::Schoology => Self::schoology(),
            Profile::OpenEdx => Self::openedx(),
        }
    }

    /// Moodle 4.5.
    #[must_use]
    pub fn moodle() -> Self {
        Self {
            version: "2024100705.01".to_owned(),
            registration: RegistrationManners {
                configuration_query: Some("site=1".to_owned()),
                claims_supported: texts(&["sub", "iss", "name", "given_name", "family_name", "email"]),
                scopes_supported: texts(&[
                    "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome",
                    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
                    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
                    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
                    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
                    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
                    "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting",
                    "openid",
                ]),
                messages: vec![
                    ("LtiResourceLinkRequest".to_owned(), Vec::new()),
                    ("LtiDeepLinkingRequest".to_owned(), texts(&["ContentArea"])),
                ],
                checks: RegistrationChecks::Moodle,
                html_errors: true,
                status: 200,
                exaggerates_scopes: true,
                manageable: false,
                activation: Activation::Hidden,
                ..RegistrationManners::default()
            },
            deep_linking: DeepLinkingManners {
                targets: texts(&["frame", "iframe", "window"]),
                media_types: Some(json!([])),
                title: Some((String::new(), String::new())),
                data: None,
                whole_scores: true,
                checks_items: false,
                ..DeepLinkingManners::default()
            },
            custom: CustomManners {
                literal: texts(&[
                    "$ResourceLink.id.history",
                    "$ResourceLink.available.startDateTime",
                    "$ResourceLink.available.endDateTime",
                    "$ResourceLink.submission.startDateTime",
                    "$ResourceLink.submission.endDateTime",
                    "$ToolPlatformInstance.guid",
                ]),
                tool_wins: true,
                ..CustomManners::default()
            },
            ..Self::default()
        }
    }

    /// An old Moodle, whose list of messages has another shape (case G16).
    #[must_use]
    pub fn old_moodle() -> Self {
        let mut manners = Self::moodle();
        manners.version = "2020110900".to_owned();
        manners.registration.bare_messages = true;
        manners
    }

    /// Canvas in the cloud.
    #[must_use]
    pub fn canvas() -> Self {
        let placements =
            ["course_navigation", "assignment_selection", "link_selection", "editor_button", "ContentArea"];
        Self {
            version: "cloud".to_owned(),
            number_ids: true,
            registration: RegistrationManners {
                configuration_query: Some("registration_token_in=header".to_owned()),
                configuration_needs_token: true,
                messages: vec![
                    ("LtiResourceLinkRequest".to_owned(), texts(&placements[..1])),
                    ("LtiDeepLinkingRequest".to_owned(), texts(&placements[1..])),
                ],
                checks: RegistrationChecks::Lax,
                tells_deployment: false,
                names: NamesShared::PrivacyLevel,
                ..RegistrationManners::default()
            },
            deep_linking: DeepLinkingManners {
                accept_types: texts(&ANYTHING),
                targets: texts(&["embed", "iframe", "window"]),
                media_types: Some(json!("image/*,text/html")),
                accept_lineitem: Some(json!(true)),
                auto_create: Some(json!(true)),
                ..DeepLinkingManners::default()
            },
            storage: StorageManners {
                target: Some("post_message_forwarding".to_owned()),
                repeats_target: true,
                ..StorageManners::default()
            },
            notices: NoticeManners { offered: true, on_copy: true },
            ..Self::default()
        }
    }

    /// Blackboard Learn.
    #[must_use]
    pub fn blackboard() -> Self {
        Self {
            version: "3900.100.0".to_owned(),
            registration: easy_going(),
            deep_linking: DeepLinkingManners {
                accept_types: texts(&ANYTHING),
                targets: texts(&["embed", "iframe", "window"]),
                media_types: Some(json!("*/*")),
                resource_link: true,
                ..DeepLinkingManners::default()
            },
            storage: StorageManners {
                target: Some("lti_storage_frame".to_owned()),
                ..StorageManners::default()
            },
            ..Self::default()
        }
    }

    /// D2L Brightspace.
    #[must_use]
    pub fn brightspace() -> Self {
        Self {
            version: "20.24.1".to_owned(),
            registration: easy_going(),
            storage: storage_of_the_page(),
            ..Self::default()
        }
    }

    /// Sakai.
    #[must_use]
    pub fn sakai() -> Self {
        let oddities = vec![
            Change::set("grant_types", json!(["implict", "client_credentials"])),
            Change::new("a whole address as domain", |reply: &mut Value| {
                let tool = reply.get_mut("https://purl.imsglobal.org/spec/lti-tool-configuration");
                if let Some(Value::Object(tool)) = tool {
                    let domain = tool.get("domain").and_then(Value::as_str).unwrap_or_default();
                    let address = format!("https://{domain}/");
                    tool.insert("domain".to_owned(), address.into());
                }
            }),
        ];
        Self {
            version: "23.1".to_owned(),
            registration: RegistrationManners {
                configuration_query: Some("tool=12".to_owned()),
                scopes_supported: texts(&["openid"]),
                claims_supported: texts(&["iss", "aud"]),
                status: 200,
                reply_changes: oddities,
                ..easy_going()
            },
            storage: storage_of_the_page(),
            ..Self::default()
        }
    }

    /// Schoology.
    #[must_use]
    pub fn schoology() -> Self {
        Self {
            version: "1.0".to_owned(),
            registration: easy_going(),
            deep_linking: DeepLinkingManners {
                accept_types: texts(&["ltiResourceLink", "html"]),
                ..DeepLinkingManners::default()
            },
            storage: storage_of_the_page(),
            custom: CustomManners { tool_missing_on_items: true, ..CustomManners::default() },
            ..Self::default()
        }
    }

    /// Open edX.
    #[must_use]
    pub fn openedx() -> Self {
        Self {
            version: "sumac".to_owned(),
            registration: easy_going(),
            deep_linking: DeepLinkingManners {
                accept_types: texts(&ANYTHING),
                targets: texts(&["iframe", "window", "embed"]),
                accept_multiple: None,
                resource_link: true,
                services: false,
                data: None,
                ..DeepLinkingManners::default()
            },
            ..Self::default()
        }
    }
}
