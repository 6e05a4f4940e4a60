//! What each platform does differently: data, with its source. A new oddity is a row or a column here,
//! never an `if` elsewhere.
//!
//! Sources: `spec/lti-1.3-tool.md` §25.1 (addresses) and §25.2 (behaviour), `spec/moodle-platform.md` §1.

use crate::registration::Switches;

mod services;
mod setup;

pub use services::{Extras, GradebookMembers, Marks, RoleFilter, STANDARD, ServiceQuirks};
pub use setup::{Field, STANDARD as STANDARD_SETUP, Service, Setup, Value};

/// A product, as `platform add --family` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Our name of it.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Its `product_family_code`s, as sent in launches and at registration.
    pub product_codes: &'static [&'static str],
    /// The addresses, with `{host}`, `{client_id}` and `{tool}` to be filled in.
    pub addresses: Addresses,
    /// One issuer for all customers: deployments must then be approved one by one.
    pub shared_issuer: bool,
    /// Offers storage by `postMessage`, so that launches work without third-party cookies.
    pub platform_storage: bool,
    /// The message hint works once: a login cannot be tried again at the launch stage.
    pub single_use_hint: bool,
    /// Custom keys come in lower case (also or only).
    pub lowers_custom_keys: bool,
    /// The login address must have no query, because the platform appends `?…` blindly.
    pub appends_query_blindly: bool,
    /// How its services and its registration differ.
    pub services: ServiceQuirks,
    /// What is entered where.
    pub setup: Setup,
    /// Where this comes from.
    pub source: &'static str,
}

/// Address templates. `{host}` is the platform's address, such as `https://moodle.campus.example`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// `iss`.
    pub issuer: &'static str,
    /// Authentication requests.
    pub authorization: &'static str,
    /// Access tokens.
    pub token: &'static str,
    /// The platform's keys.
    pub jwks: &'static str,
    /// The assertion's `aud`, where it is not the token address.
    pub token_audience: Option<&'static str>,
}

/// A platform's addresses, filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// `iss`.
    pub issuer: String,
    /// Authentication requests.
    pub authorization: String,
    /// Access tokens.
    pub token: String,
    /// The platform's keys.
    pub jwks: String,
    /// The assertion's `aud`, where it is not the token address.
    pub token_audience: Option<String>,
}

/// What a family's addresses still need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MissingPart {
    /// The platform's own address.
    #[error("this family needs the platform's address (--host)")]
    Host,
    /// The number that the platform gave the tool.
    #[error("this family needs the id that the platform gave the tool (--tool)")]
    Tool,
}

/// All families.
pub const FAMILIES: [Family; 10] = [
    Family {
        name: "moodle",
        title: "Moodle",
        product_codes: &["moodle"],
        addresses: Addresses {
            issuer: "{host}",
            authorization: "{host}/mod/lti/auth.php",
            token: "{host}/mod/lti/token.php",
            jwks: "{host}/mod/lti/certs.php",
            token_audience: None,
        },
        shared_issuer: false,
        platform_storage: false,
        single_use_hint: true,
        lowers_custom_keys: true,
        appends_query_blindly: false,
        services: services::MOODLE,
        setup: setup::MOODLE,
        source: "§25 and moodle-platform.md §1, seen on 4.5",
    },
    Family {
        name: "canvas",
        title: "Canvas (cloud)",
        product_codes: &["canvas"],
        addresses: Addresses {
            issuer: "https://canvas.instructure.com",
            authorization: "https://sso.canvaslms.com/api/lti/authorize_redirect",
            token: "https://sso.canvaslms.com/login/oauth2/token",
            jwks: "https://sso.canvaslms.com/api/lti/security/jwks",
            token_audience: None,
        },
        ..CANVAS
    },
    Family {
        name: "canvas-beta",
        title: "Canvas (cloud, beta)",
        product_codes: &["canvas"],
        addresses: Addresses {
            issuer: "https://canvas.beta.instructure.com",
            authorization: "https://sso.beta.canvaslms.com/api/lti/authorize_redirect",
            token: "https://sso.beta.canvaslms.com/login/oauth2/token",
            jwks: "https://sso.beta.canvaslms.com/api/lti/security/jwks",
            token_audience: None,
        },
        services: services::CANVAS_BETA,
        ..CANVAS
    },
    Family {
        name: "canvas-test",
        title: "Canvas (cloud, test)",
        product_codes: &["canvas"],
        addresses: Addresses {
            issuer: "https://canvas.test.instructure.com",
            authorization: "https://sso.test.canvaslms.com/api/lti/authorize_redirect",
            token: "https://sso.test.canvaslms.com/login/oauth2/token",
            jwks: "https://sso.test.canvaslms.com/api/lti/security/jwks",
            token_audience: None,
        },
        services: services::CANVAS_TEST,
        ..CANVAS
    },
    // The issuer is a setting of the installation; this is its default.
    Family {
        name: "canvas-self-hosted",
        title: "Canvas (self-hosted)",
        product_codes: &["canvas"],
        shared_issuer: false,
        ..CANVAS
    },
    Family {
        name: "blackboard",
        title: "Blackboard Learn",
        product_codes: &["BlackboardLearn"],
        addresses: Addresses {
            issuer: "https://blackboard.com",
            authorization: "https://developer.blackboard.com/api/v1/gateway/oidcauth",
            token: "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",
            jwks: "https://developer.blackboard.com/api/v1/management/applications/{client_id}/jwks.json",
            token_audience: None,
        },
        shared_issuer: true,
        platform_storage: true,
        single_use_hint: false,
        lowers_custom_keys: false,
        appends_query_blindly: false,
        services: services::BLACKBOARD,
        setup: setup::BLACKBOARD,
        source: "§25",
    },
    Family {
        name: "brightspace",
        title: "D2L Brightspace",
        product_codes: &["desire2learn"],
        addresses: Addresses {
            issuer: "{host}",
            authorization: "{host}/d2l/lti/authenticate",
            token: "https://auth.brightspace.com/core/connect/token",
            jwks: "{host}/d2l/.well-known/jwks",
            token_audience: Some("https://api.brightspace.com/auth/token"),
        },
        shared_issuer: false,
        platform_storage: true,
        single_use_hint: false,
        lowers_custom_keys: false,
        appends_query_blindly: false,
        services: services::BRIGHTSPACE,
        setup: setup::BRIGHTSPACE,
        source: "§25",
    },
    Family {
        name: "sakai",
        title: "Sakai",
        product_codes: &["sakai", "sakailms.org"],
        addresses: Addresses {
            issuer: "{host}",
            authorization: "{host}/imsoidc/lti13/oidc_auth",
            token: "{host}/imsblis/lti13/token/{tool}",
            jwks: "{host}/imsblis/lti13/keyset",
            token_audience: None,
        },
        shared_issuer: false,
        platform_storage: true,
        single_use_hint: false,
        lowers_custom_keys: false,
        appends_query_blindly: false,
        services: services::SAKAI,
        setup: setup::SAKAI,
        source: "§25",
    },
    Family {
        name: "schoology",
        title: "Schoology",
        product_codes: &["schoology"],
        addresses: Addresses {
            issuer: "https://schoology.schoology.com",
            authorization: "https://lti-service.svc.schoology.com/lti-service/authorize-redirect",
            token: "https://lti-service.svc.schoology.com/lti-service/access-token",
            jwks: "https://lti-service.svc.schoology.com/lti-service/.well-known/jwks",
            token_audience: None,
        },
        shared_issuer: true,
        platform_storage: true,
        single_use_hint: false,
        lowers_custom_keys: true,
        appends_query_blindly: false,
        services: services::SCHOOLOGY,
        setup: setup::SCHOOLOGY,
        source: "§25",
    },
    Family {
        name: "open-edx",
        title: "Open edX",
        product_codes: &["edx", "open-edx"],
        addresses: Addresses {
            issuer: "{host}",
            authorization: "{host}/api/lti_consumer/v1/launch/",
            token: "{host}/api/lti_consumer/v1/token/{tool}",
            jwks: "{host}/api/lti_consumer/v1/public_keysets/{tool}",
            token_audience: None,
        },
        shared_issuer: false,
        platform_storage: false,
        single_use_hint: false,
        lowers_custom_keys: false,
        appends_query_blindly: true,
        services: services::OPEN_EDX,
        setup: setup::OPEN_EDX,
        source: "§25",
    },
];

/// What all kinds of Canvas share.
const CANVAS: Family = Family {
    name: "canvas",
    title: "Canvas",
    product_codes: &[],
    addresses: Addresses {
        issuer: "https://canvas.instructure.com",
        authorization: "{host}/api/lti/authorize_redirect",
        token: "{host}/login/oauth2/token",
        jwks: "{host}/api/lti/security/jwks",
        token_audience: None,
    },
    shared_issuer: true,
    platform_storage: true,
    single_use_hint: false,
    lowers_custom_keys: false,
    appends_query_blindly: false,
    services: services::CANVAS,
    setup: setup::CANVAS,
    source: "§25",
};

impl Family {
    /// The family of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| family.name == name)
    }

    /// The family that sends this `product_family_code`.
    #[must_use]
    pub fn of_product(code: &str) -> Option<&'static Self> {
        FAMILIES
            .iter()
            .find(|family| family.product_codes.iter().any(|known| known.eq_ignore_ascii_case(code)))
    }

    /// How the services of the family of that name differ; the standards' way for an unknown one.
    #[must_use]
    pub fn services_of(name: &str) -> &'static ServiceQuirks {
        Self::named(name).map_or(&STANDARD, |family| &family.services)
    }

    /// What is entered where, in the words of the family of that name; the standards' words for an unknown one.
    #[must_use]
    pub fn setup_of(name: &str) -> &'static Setup {
        Self::named(name).map_or(&STANDARD_SETUP, |family| &family.setup)
    }

    /// The switches to begin with: deployments of a shared issuer need approval, others do not.
    #[must_use]
    pub fn switches(&self) -> Switches {
        Switches { auto_accept_deployments: Some(!self.shared_issuer), ..Switches::default() }
    }

    /// The platform's addresses. `host` is its address without trailing slash (one is dropped); `tool` is
    /// the id that Sakai and Open edX put into their addresses.
    ///
    /// # Errors
    /// [`MissingPart`] when a template needs a part that was not given.
    pub fn endpoints(
        &self,
        host: Option<&str>,
        client_id: &str,
        tool: Option<&str>,
    ) -> Result<Endpoints, MissingPart> {
        let host = host.map(|host| host.strip_suffix('/').unwrap_or(host));
        let filled = |template: &str| {
            let mut text = template.replace("{client_id}", client_id);
            if text.contains("{host}") {
                text = text.replace("{host}", host.ok_or(MissingPart::Host)?);
            }
            if text.contains("{tool}") {
                text = text.replace("{tool}", tool.ok_or(MissingPart::Tool)?);
            }
            Ok(text)
        };
        Ok(Endpoints {
            issuer: filled(self.addresses.issuer)?,
            authorization: filled(self.addresses.authorization)?,
            token: filled(self.addresses.token)?,
            jwks: filled(self.addresses.jwks)?,
            token_audience: self.addresses.token_audience.map(str::to_owned),
        })
    }
}

/// A custom parameter to configure at the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Our key.
    pub key: &'static str,
    /// The substitution variable.
    pub variable: &'static str,
}

/// Our key for who really sits behind an account. A platform that does not know the variable leaves it literal,
/// which reads as absent. Which variable that is differs ([`ServiceQuirks::parameters`]).
pub(crate) const ACTING_KEY: &str = "actual_user_id";

/// Parameters that tell what was copied from where (§13).
pub const HISTORY_PARAMETERS: [Parameter; 2] = [
    Parameter { key: "ctx_history", variable: "$Context.id.history" },
    Parameter { key: "link_history", variable: "$ResourceLink.id.history" },
];

/// Other keys under which the same may have been configured: read, never offered (§20.3).
pub(crate) const HISTORY_ALIASES: [Parameter; 1] =
    [Parameter { key: "rl_history", variable: "$ResourceLink.id.history" }];
