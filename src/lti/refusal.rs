//! Every way in which a message or a service call can fail, with its stable code and HTTP status.
//!
//! The codes are those of `spec/lti-1.3-tool.md` §24. A refusal carries at most the *name* of a
//! parameter or claim, never a value of the token; the one exception is a [`PlatformAnswer`],
//! which is what the platform itself asked us to show (escape it).

use std::fmt;

/// Writes the enum, its codes, statuses and sentences from one table.
macro_rules! refusals {
    ($( $(#[$doc:meta])* $variant:ident $( ($detail:ty) )? = $status:literal $code:literal $text:literal; )+) => {
        /// Why something was refused or failed. One variant per row of the catalogue of §24.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Refusal {
            $( $(#[$doc])* #[doc = concat!("`", $code, "` (", $status, ")")] $variant $( ($detail) )?, )+
        }

        /// The whole catalogue: every code with its status, as §24 has them.
        pub const CATALOGUE: &[(&str, u16)] = &[ $( ($code, $status), )+ ];

        /// The plain English sentence of a code of the catalogue, for records that kept only the code.
        #[must_use]
        pub fn sentence_of(code: &str) -> Option<&'static str> {
            const SENTENCES: &[(&str, &str)] = &[ $( ($code, $text), )+ ];
            SENTENCES.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
        }

        impl Refusal {
            /// The stable code, letter for letter as in §24.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $code, )+ }
            }

            /// The HTTP status of the answer.
            #[must_use]
            pub fn status(&self) -> u16 {
                match self { $( Self::$variant { .. } => $status, )+ }
            }

            /// One plain English sentence, for logs and as a fallback text.
            #[must_use]
            pub fn sentence(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $text, )+ }
            }

            /// The name of the parameter or claim that is wrong, where there is one.
            /// For [`Refusal::PlatformError`] the platform's own error code.
            #[must_use]
            pub fn detail(&self) -> Option<&str> {
                match self {
                    $( $( Self::$variant(detail) => {
                        let detail: &$detail = detail;
                        Some(detail.as_ref())
                    } )? )+
                    _ => None,
                }
            }
        }
    };
}

refusals! {
    // §7: third-party login initiation
    /// Neither GET nor POST; answer with `Allow: GET, POST`.
    LoginMethodNotAllowed = 405 "lti.login.method_not_allowed" "A login starts by GET or POST.";
    /// A POST that is not a form.
    LoginUnsupportedMediaType = 415 "lti.login.unsupported_media_type" "A login by POST must be a form.";
    /// A parameter that has a meaning came twice.
    LoginDuplicateParameter(&'static str) = 400 "lti.login.duplicate_parameter" "A login parameter was given twice.";
    /// Not UTF-8, or more than 64 KiB.
    LoginMalformed = 400 "lti.login.malformed" "The login request cannot be read.";
    /// The first required parameter that is absent or empty.
    LoginMissingParameter(&'static str) = 400 "lti.login.missing_parameter" "A required login parameter is missing.";
    /// We have no agreement with this issuer and client.
    UnknownRegistration = 403 "lti.login.unknown_registration" "This learning platform is not registered here.";
    /// Several registrations fit and nothing tells them apart.
    AmbiguousRegistration = 400 "lti.login.ambiguous_registration" "Several registrations fit; the platform must send client_id.";
    /// The registration is switched off.
    RegistrationDisabled = 403 "lti.login.registration_disabled" "This learning platform's registration is disabled.";
    /// The target is not a page of ours that may be launched.
    LoginTargetNotAllowed = 400 "lti.login.target_not_allowed" "The requested page is not one of this tool's.";

    // §10.2 steps 1-11: the launch form, its state and the browser
    /// Anything but POST; answer with `Allow: POST` and a help page.
    LaunchMethodNotAllowed = 405 "lti.launch.method_not_allowed" "A launch is sent by POST from the learning platform.";
    /// Not a form.
    LaunchUnsupportedMediaType = 415 "lti.launch.unsupported_media_type" "A launch must be a form.";
    /// Not UTF-8.
    LaunchMalformedForm = 400 "lti.launch.malformed_form" "The launch form cannot be read.";
    /// More than 1 MiB.
    LaunchFormTooLarge = 413 "lti.launch.malformed_form" "The launch form is too large.";
    /// A field that has a meaning came twice.
    LaunchDuplicateParameter(&'static str) = 400 "lti.launch.duplicate_parameter" "A launch field was given twice.";
    /// No `state`.
    StateMissing = 400 "lti.launch.state_missing" "The launch does not belong to a login made here.";
    /// Not a state of ours, or changed on the way.
    StateInvalid = 401 "lti.launch.state_invalid" "The launch does not belong to a login made here.";
    /// Older than the registration's `state_ttl_s`.
    StateExpired = 401 "lti.launch.state_expired" "The login took too long; open the activity again.";
    /// Used before. Reported by the application, whose database knows.
    StateReplayed = 401 "lti.launch.state_replayed" "This launch was used before; open the activity again.";
    /// Another browser began this login.
    StateBrowserMismatch = 401 "lti.launch.state_browser_mismatch" "Another browser began this login.";
    /// The browser kept neither cookie nor storage; show the new-window help.
    BrowserUnbound = 401 "lti.launch.browser_unbound" "The browser blocked the cookie that ties login and launch together.";
    /// The platform refused to log the person in.
    PlatformError(PlatformAnswer) = 401 "lti.launch.platform_error" "The learning platform reported an error.";
    /// Neither token nor error.
    TokenMissing = 400 "lti.launch.token_missing" "The launch carries no id_token.";

    // §5: the token
    /// Not three base64url parts, or not JSON objects, or a member twice.
    TokenMalformed = 400 "lti.jwt.malformed" "The token cannot be read.";
    /// More than 256 KiB.
    TokenTooLarge = 413 "lti.jwt.too_large" "The token is too large.";
    /// Five parts: a JWE.
    EncryptedUnsupported = 400 "lti.jwt.encrypted_unsupported" "Encrypted tokens are not supported.";
    /// Not on the registration's list.
    AlgNotAllowed = 401 "lti.jwt.alg_not_allowed" "The token's signature algorithm is not allowed.";
    /// `crit` or `b64` in the header.
    CritUnsupported = 401 "lti.jwt.crit_unsupported" "The token demands an extension that is not supported.";
    /// No `kid`.
    KidMissing = 401 "lti.jwt.kid_missing" "The token does not name its key.";
    /// No such key; the application refetches the platform's keys once.
    KidUnknown = 401 "lti.jwt.kid_unknown" "The platform has not published the token's key.";
    /// RSA below 2048 bits.
    KeyUnusable = 401 "lti.jwt.key_unusable" "The platform's key is too weak.";
    /// The platform's keys cannot be fetched and none is remembered.
    JwksUnavailable = 503 "lti.jwt.jwks_unavailable" "The platform's keys cannot be fetched now.";
    /// The signature is not good.
    SignatureInvalid = 401 "lti.jwt.signature_invalid" "The token's signature is wrong.";
    /// Another issuer.
    IssMismatch = 401 "lti.jwt.iss_mismatch" "The token was issued by somebody else.";
    /// Not for us.
    AudMismatch = 401 "lti.jwt.aud_mismatch" "The token is meant for another tool.";
    /// Also for somebody we do not trust.
    AudUntrusted = 401 "lti.jwt.aud_untrusted" "The token is also meant for an unknown party.";
    /// Several audiences and no `azp`.
    AzpMissing = 401 "lti.jwt.azp_missing" "The token has several audiences but no authorized party.";
    /// `azp` is not us.
    AzpMismatch = 401 "lti.jwt.azp_mismatch" "The token was made for another party.";
    /// No `exp`.
    ExpMissing = 401 "lti.jwt.exp_missing" "The token has no expiry.";
    /// Past `exp`.
    Expired = 401 "lti.jwt.expired" "The token has expired; open the activity again.";
    /// No `iat`.
    IatMissing = 401 "lti.jwt.iat_missing" "The token does not say when it was issued.";
    /// Issued in the future: somebody's clock is wrong.
    IatFuture = 401 "lti.jwt.iat_future" "The token was issued in the future; a clock is wrong.";
    /// Issued longer ago than `max_token_age_s`.
    TooOld = 401 "lti.jwt.too_old" "The token is too old; open the activity again.";
    /// Before `nbf`.
    NotYetValid = 401 "lti.jwt.not_yet_valid" "The token is not valid yet; a clock is wrong.";
    /// A registered claim has the wrong JSON type.
    JwtClaimType(&'static str) = 400 "lti.jwt.claim_type" "A claim of the token has the wrong type.";
    /// No nonce, or an empty one.
    NonceMissing = 401 "lti.jwt.nonce_missing" "The token has no nonce.";
    /// Another login's nonce.
    NonceMismatch = 401 "lti.jwt.nonce_mismatch" "The token belongs to another login.";
    /// A nonce that came before. Reported by the application, whose database knows.
    NonceReplayed = 401 "lti.jwt.nonce_replayed" "The token was used before; open the activity again.";

    // §10.2 steps 14-25: the message
    /// A claim that we need has the wrong JSON type.
    MsgClaimType(&'static str) = 400 "lti.msg.claim_type" "A claim of the launch has the wrong type.";
    /// No version claim.
    VersionMissing = 400 "lti.msg.version_missing" "The launch does not say its LTI version.";
    /// Not `1.3.0`.
    VersionUnsupported = 400 "lti.msg.version_unsupported" "The launch's LTI version is not supported.";
    /// No message type.
    TypeMissing = 400 "lti.msg.type_missing" "The launch does not say its message type.";
    /// A message type that we do not serve.
    TypeUnsupported = 400 "lti.msg.type_unsupported" "This kind of launch is not supported.";
    /// No deployment id, an empty or an overlong one.
    DeploymentMissing = 400 "lti.msg.deployment_missing" "The launch does not name its deployment.";
    /// Not the deployment that the login named.
    DeploymentMismatch = 401 "lti.msg.deployment_mismatch" "The launch comes from another deployment than its login.";
    /// A deployment that nobody has approved.
    DeploymentUnknown = 403 "lti.msg.deployment_unknown" "This deployment has not been approved yet.";
    /// A deployment that is switched off.
    DeploymentDisabled = 403 "lti.msg.deployment_disabled" "This deployment is disabled.";
    /// No roles claim.
    RolesMissing = 400 "lti.msg.roles_missing" "The launch has no roles claim.";
    /// No target link.
    TargetLinkUriMissing = 400 "lti.msg.target_link_uri_missing" "The launch does not say which page to open.";
    /// The signed target is not a page of ours that may be launched.
    TargetLinkUriNotAllowed = 400 "lti.msg.target_link_uri_not_allowed" "The launch wants a page that is not one of this tool's.";
    /// The signed target differs from the login's, under `strict_target_link`.
    TargetLinkUriMismatch = 400 "lti.msg.target_link_uri_mismatch" "Login and launch name different pages.";
    /// No resource link, or one without id.
    ResourceLinkMissing = 400 "lti.msg.resource_link_missing" "The launch does not name its resource link.";
    /// No user, and anonymous launches are not allowed.
    UserMissing = 400 "lti.msg.user_missing" "The launch does not say who the user is.";
    /// A `sub` that is too long.
    SubInvalid = 400 "lti.msg.sub_invalid" "The launch's user id is not valid.";
    /// A context without id.
    ContextInvalid = 400 "lti.msg.context_invalid" "The launch's context has no id.";

    // §15: deep linking
    /// No settings, or without the return address or the accepted types.
    DlSettingsMissing = 400 "lti.dl.settings_missing" "The platform does not say what it wants to have picked.";
    /// Not an absolute `https` address.
    DlReturnUrlInvalid = 400 "lti.dl.return_url_invalid" "The address to which the choice should go is not valid.";
    /// No role that may author here; answer with a way back.
    DlNotPermitted = 403 "lti.dl.not_permitted" "This role may not place content in the course.";
    /// Nothing that we offer is accepted; the picker says so and offers to go back.
    DlNoAcceptableType = 200 "lti.dl.no_acceptable_type" "The platform accepts nothing that this tool offers here.";
    /// More than one, where one is accepted.
    DlTooManyItems = 400 "lti.dl.too_many_items" "Only one thing can be chosen here.";

    // §19: submission review
    /// Nobody named whose work is to be looked at.
    SrForUserMissing = 400 "lti.sr.for_user_missing" "The platform does not say whose work is to be reviewed.";
    /// No line item.
    SrLineitemMissing = 400 "lti.sr.lineitem_missing" "The platform does not say which column is reviewed.";
    /// Somebody else's work, without a role to see it.
    SrNotPermitted = 403 "lti.sr.not_permitted" "This role may not see another person's work.";

    // §21: notices
    /// Not an envelope of notices.
    PnsMalformed = 400 "lti.pns.malformed" "The notices cannot be read.";
    /// A token that is no notice.
    PnsNoticeMissing = 400 "lti.pns.notice_missing" "The token is not a notice.";
    /// Known already; that is good. Reported by the application, whose database knows.
    PnsDuplicate = 200 "lti.pns.duplicate" "This notice arrived before.";

    /// The launch did not allow us to register for notices. Not in §24; as the other services have it.
    PnsScopeNotGranted = 502 "lti.pns.scope_not_granted" "The platform does not let this tool ask for notices.";
    /// Down, or too many requests. Not in §24; as the other services have it.
    PnsUnavailable = 503 "lti.pns.unavailable" "The platform's notification service does not answer.";

    // §22: migration. The launch goes on; the code is a warning.
    /// A known consumer key with a wrong or missing signature.
    MigrateSignInvalid = 200 "lti.migrate.sign_invalid" "The old consumer key's signature is wrong or missing.";

    // §20: dynamic registration
    /// The platform did not say where its configuration is.
    DrMissingParameter(&'static str) = 400 "lti.dr.missing_parameter" "A required registration parameter is missing.";
    /// No such invitation, or used, or too old.
    DrTicketInvalid = 400 "lti.dr.ticket_invalid" "This registration link is not valid any more; ask for a new one.";
    /// Not an absolute `https` address without fragment.
    DrConfigUrlInvalid = 400 "lti.dr.config_url_invalid" "The platform's configuration address is not valid.";
    /// Any failure of the network; always the same words, so that nobody can probe with them.
    DrConfigUnreachable = 502 "lti.dr.config_unreachable" "The platform's configuration cannot be fetched.";
    /// Not a configuration, or without what is needed.
    DrConfigInvalid(&'static str) = 400 "lti.dr.config_invalid" "The platform's configuration cannot be used.";
    /// The configuration speaks for somebody else.
    DrIssuerMismatch = 400 "lti.dr.issuer_mismatch" "The platform's configuration names another issuer than its address.";
    /// No RS256, `id_token` or `private_key_jwt`.
    DrUnsupportedPlatform(&'static str) = 400 "lti.dr.unsupported_platform" "The platform does not offer what LTI 1.3 needs.";
    /// Another organization has this issuer and client.
    DrAlreadyRegistered = 409 "lti.dr.already_registered" "This platform is registered already.";
    /// The platform said no; its words are not ours.
    DrRejected(PlatformAnswer) = 502 "lti.dr.rejected" "The platform refused the registration.";
    /// The answer has no client id.
    DrResponseInvalid = 502 "lti.dr.response_invalid" "The platform's answer to the registration cannot be used.";

    // §16-§18, §6: services. Statuses count where a person waits.
    /// The platform gave no token; its words are not ours.
    TokenRefused(PlatformAnswer) = 502 "lti.token.refused" "The platform refused an access token.";
    /// Not a token answer.
    TokenInvalidResponse = 502 "lti.token.invalid_response" "The platform's token answer cannot be used.";
    /// Granted less than is needed.
    TokenScopeInsufficient = 502 "lti.token.scope_insufficient" "The platform does not grant the scope that this needs.";
    /// The token address does not answer.
    TokenUnreachable = 503 "lti.token.unreachable" "The platform's token address does not answer.";
    /// The launch did not allow the call.
    AgsScopeNotGranted = 502 "lti.ags.scope_not_granted" "The platform does not let this tool use its grades.";
    /// Not what the service should answer.
    AgsInvalidResponse = 502 "lti.ags.invalid_response" "The platform's grade service answered something unreadable.";
    /// Refused for good (400, 422).
    AgsRejected = 502 "lti.ags.rejected" "The platform refused the score.";
    /// Something newer is there (409).
    AgsSuperseded = 502 "lti.ags.superseded" "The platform has a newer score.";
    /// The column is gone (404).
    AgsNotFound = 502 "lti.ags.not_found" "The column does not exist any more.";
    /// Down, or too many requests.
    AgsUnavailable = 503 "lti.ags.unavailable" "The platform's grade service does not answer.";
    /// Endless, repeated or foreign pages.
    AgsPaging = 502 "lti.ags.paging" "The platform's grade pages cannot be followed.";
    /// The launch did not allow the call.
    NrpsScopeNotGranted = 502 "lti.nrps.scope_not_granted" "The platform does not let this tool see its roster.";
    /// Not what the service should answer.
    NrpsInvalidResponse = 502 "lti.nrps.invalid_response" "The platform's roster cannot be read.";
    /// Down, or too many requests.
    NrpsUnavailable = 503 "lti.nrps.unavailable" "The platform's roster service does not answer.";
    /// Endless, repeated or foreign pages.
    NrpsPaging = 502 "lti.nrps.paging" "The platform's roster pages cannot be followed.";
    /// An address to which we do not connect.
    NetBlockedAddress = 400 "lti.net.blocked_address" "This address is not one that may be contacted.";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.sentence())?;
        match self.detail() {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

/// What the platform answered instead of what was asked (§10.1, §16.3, §20.4). Not ours, so escape it; cut to
/// sane lengths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlatformAnswer {
    /// The OAuth error code, such as `login_required`; at most 100 characters.
    pub error: String,
    /// The platform's own words, at most 500 characters.
    pub description: Option<String>,
}

impl AsRef<str> for PlatformAnswer {
    fn as_ref(&self) -> &str {
        &self.error
    }
}
