//! Advice: which plain sentence, and which next step, fits a code. The codes are those of
//! `lti-1.3-tool.md` §24 and of `error`; each family of codes shares one sentence and one step.

/// A family of failures that a person can do the same thing about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The browser did not give back what we gave it.
    Browser,
    /// Too late, or used before.
    Expired,
    /// The platform's clock and ours disagree.
    Clock,
    /// The platform itself said no.
    Platform,
    /// We do not know the platform.
    Registration,
    /// We know the platform, but not this place in it.
    Deployment,
    /// The platform's signature cannot be checked.
    Keys,
    /// The platform's keys cannot be fetched now.
    Unavailable,
    /// The platform grants us less than this needs.
    Grant,
    /// A service of the platform answered something that we cannot use.
    Service,
    /// An invitation to register that is used up, old or incomplete.
    Invitation,
    /// A registration on which platform and we could not agree.
    Setup,
    /// A registration that is there already.
    Registered,
    /// The platform is another installation than the one that was registered.
    Frozen,
    /// Nobody is named.
    Person,
    /// A kind of message we do not serve.
    Unsupported,
    /// What was sent came without encryption.
    Encryption,
    /// The role does not permit it.
    Role,
    /// The page asked for is none of ours.
    Target,
    /// What was picked cannot be placed.
    Pick,
    /// What was picked was sent to the platform before.
    Answered,
    /// A link that was not made for this course.
    Strange,
    /// The message is not as the standard wants it.
    Message,
    /// No such page.
    NotFound,
    /// Was here, is gone.
    Gone,
    /// Not signed in, or the session is over.
    Session,
    /// Not permitted.
    Forbidden,
    /// Too many requests.
    TooMany,
    /// Too large.
    TooLarge,
    /// We failed.
    Internal,
}

impl Advice {
    /// All families.
    pub const ALL: [Self; 30] = [
        Self::Browser,
        Self::Expired,
        Self::Clock,
        Self::Platform,
        Self::Registration,
        Self::Deployment,
        Self::Keys,
        Self::Unavailable,
        Self::Grant,
        Self::Service,
        Self::Invitation,
        Self::Setup,
        Self::Registered,
        Self::Frozen,
        Self::Person,
        Self::Unsupported,
        Self::Encryption,
        Self::Role,
        Self::Target,
        Self::Pick,
        Self::Answered,
        Self::Strange,
        Self::Message,
        Self::NotFound,
        Self::Gone,
        Self::Session,
        Self::Forbidden,
        Self::TooMany,
        Self::TooLarge,
        Self::Internal,
    ];

    /// The family of a code. Codes we do not know are our own failure, unless they name a message.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        let (family, name) = code.rsplit_once('.').unwrap_or(("", code));
        match (family, name) {
            ("lti.launch", "state_browser_mismatch" | "browser_unbound") => Self::Browser,
            ("lti.launch", "state_missing" | "state_invalid" | "state_expired" | "state_replayed")
            | ("lti.jwt", "expired" | "too_old" | "nonce_missing" | "nonce_mismatch" | "nonce_replayed") => {
                Self::Expired
            }
            ("lti.jwt", "iat_future" | "not_yet_valid") => Self::Clock,
            ("lti.launch", "platform_error") => Self::Platform,
            ("lti.login", "unknown_registration" | "ambiguous_registration" | "registration_disabled") => {
                Self::Registration
            }
            ("lti.msg", "deployment_unknown" | "deployment_disabled" | "deployment_mismatch") => {
                Self::Deployment
            }
            ("lti.jwt", "jwks_unavailable")
            | ("lti.net", _)
            | ("lti.token", "unreachable")
            | ("lti.ags" | "lti.nrps" | "lti.pns", "unavailable")
            | ("lti.dr", "config_unreachable") => Self::Unavailable,
            ("lti.token", "refused" | "scope_insufficient")
            | ("lti.ags" | "lti.nrps" | "lti.pns", "scope_not_granted") => Self::Grant,
            ("lti.token" | "lti.ags" | "lti.nrps", _) => Self::Service,
            ("lti.dr", "ticket_invalid" | "missing_parameter") => Self::Invitation,
            ("lti.dr", "already_registered") => Self::Registered,
            ("lti.dr", _) => Self::Setup,
            ("lti.dl", "no_acceptable_type" | "too_many_items") => Self::Pick,
            (
                "lti.jwt",
                "alg_not_allowed"
                | "crit_unsupported"
                | "kid_missing"
                | "kid_unknown"
                | "key_unusable"
                | "signature_invalid"
                | "encrypted_unsupported"
                | "iss_mismatch"
                | "aud_mismatch"
                | "aud_untrusted"
                | "azp_missing"
                | "azp_mismatch",
            ) => Self::Keys,
            ("lti.msg", "user_missing" | "sub_invalid") => Self::Person,
            ("lti.msg", "type_unsupported" | "version_unsupported") => Self::Unsupported,
            ("lti.dl" | "lti.sr", "not_permitted") => Self::Role,
            ("lti.login", "target_not_allowed")
            | ("lti.msg", "target_link_uri_not_allowed" | "target_link_uri_mismatch") => Self::Target,
            ("lti.jwt", "too_large") => Self::TooLarge,
            (family, _) if family.starts_with("lti") => Self::Message,
            ("platform", "frozen") => Self::Frozen,
            ("https", "required") => Self::Encryption,
            ("pick", "link_unknown") => Self::Strange,
            ("pick", "answered") => Self::Answered,
            (_, "not_found") => Self::NotFound,
            (_, "gone" | "revoked" | "erased") => Self::Gone,
            (_, "unauthorized" | "session_expired" | "session_missing") => Self::Session,
            (_, "forbidden") => Self::Forbidden,
            (_, "too_many" | "rate_limited") => Self::TooMany,
            (_, "too_large" | "payload_too_large") => Self::TooLarge,
            _ => Self::Internal,
        }
    }

    /// The key of the sentence that says what happened.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Browser => "error-browser-what",
            Self::Expired => "error-expired-what",
            Self::Clock => "error-clock-what",
            Self::Platform => "error-platform-what",
            Self::Registration => "error-registration-what",
            Self::Deployment => "error-deployment-what",
            Self::Keys => "error-keys-what",
            Self::Unavailable => "error-unavailable-what",
            Self::Grant => "error-grant-what",
            Self::Service => "error-service-what",
            Self::Invitation => "error-invitation-what",
            Self::Setup => "error-setup-what",
            Self::Registered => "error-registered-what",
            Self::Frozen => "error-frozen-what",
            Self::Person => "error-person-what",
            Self::Unsupported => "error-unsupported-what",
            Self::Encryption => "error-encryption-what",
            Self::Role => "error-role-what",
            Self::Target => "error-target-what",
            Self::Pick => "error-pick-what",
            Self::Answered => "error-answered-what",
            Self::Strange => "error-strange-what",
            Self::Message => "error-message-what",
            Self::NotFound => "error-not-found-what",
            Self::Gone => "error-gone-what",
            Self::Session => "error-session-what",
            Self::Forbidden => "error-forbidden-what",
            Self::TooMany => "error-too-many-what",
            Self::TooLarge => "error-too-large-what",
            Self::Internal => "error-internal-what",
        }
    }

    /// The key of the sentence that says what to do next.
    #[must_use]
    pub fn next(self) -> &'static str {
        match self {
            Self::Browser => "error-browser-next",
            Self::Expired => "error-expired-next",
            Self::Clock => "error-clock-next",
            Self::Platform => "error-platform-next",
            Self::Registration => "error-registration-next",
            Self::Deployment => "error-deployment-next",
            Self::Keys => "error-keys-next",
            Self::Unavailable => "error-unavailable-next",
            Self::Grant => "error-grant-next",
            Self::Service => "error-service-next",
            Self::Invitation => "error-invitation-next",
            Self::Setup => "error-setup-next",
            Self::Registered => "error-registered-next",
            Self::Frozen => "error-frozen-next",
            Self::Person => "error-person-next",
            Self::Unsupported => "error-unsupported-next",
            Self::Encryption => "error-encryption-next",
            Self::Role => "error-role-next",
            Self::Target => "error-target-next",
            Self::Pick => "error-pick-next",
            Self::Answered => "error-answered-next",
            Self::Strange => "error-strange-next",
            Self::Message => "error-message-next",
            Self::NotFound => "error-not-found-next",
            Self::Gone => "error-gone-next",
            Self::Session => "error-session-next",
            Self::Forbidden => "error-forbidden-next",
            Self::TooMany => "error-too-many-next",
            Self::TooLarge => "error-too-large-next",
            Self::Internal => "error-internal-next",
        }
    }
}
