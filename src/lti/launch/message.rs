//! The message in a verified token, steps 14 to 25 of §10.2 in their order, and the [`Launch`] that
//! nothing else can make. Once there is a `Launch`, nobody checks again.

use std::fmt::{self, Write as _};

use aws_lc_rs::digest::{self, SHA256};
use chrono::{DateTime, Utc};

use super::{Standing, token::VerifiedToken};
use crate::{
    address::Target,
    claims::{self, Context, Lenient, Link, Person, Services, ToolPlatform, Typed},
    custom::Custom,
    progress::{Check, Progress, Warning},
    quirks,
    refusal::Refusal,
    registration::{AnonymousLaunch, Registration, Tool},
    roles::{Permission, Roles},
    state::State,
};

/// The only message type that is served yet.
const RESOURCE_LAUNCH: &str = "LtiResourceLinkRequest";
/// Longest `sub` and `deployment_id`, in characters.
const MAX_SHORT_ID: usize = 255;

/// A good resource launch: signed, fresh, for us, of an accepted deployment, and complete.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Launch {
    /// Where it comes from, within its registration.
    pub deployment_id: String,
    /// `sub`; `None` for an anonymous launch, which sees but never earns (§10.4).
    pub subject: Option<String>,
    /// What the person is, in this launch.
    pub roles: Roles,
    /// What that allows here, by the registration's switches.
    pub permission: Permission,
    /// Whom a mentor may see: subjects.
    pub mentored: Vec<String>,
    /// What is said about the person; nothing for an anonymous one.
    pub person: Person,
    /// The course, if the launch happened in one.
    pub context: Option<Context>,
    /// The link that was clicked.
    pub link: Link,
    /// Custom parameters.
    pub custom: Custom,
    /// The page to open: from the signed target link.
    pub target: Target,
    /// What the platform is.
    pub tool_platform: Option<ToolPlatform>,
    /// Service addresses.
    pub services: Services,
    /// The language to speak: the presentation's, else the person's.
    pub locale: Option<String>,
    /// Where the person may go back to.
    pub return_url: Option<String>,
    /// Somebody is using another's account (`$ActualUser.id` is not `sub`): never award.
    pub acting_as_other: bool,
    /// A preview account: never award.
    pub is_test_user: bool,
    /// `iat`.
    pub issued_at: DateTime<Utc>,
    /// `exp`, the year 9999 at most.
    pub expires_at: DateTime<Utc>,
    /// This login's nonce; with the platform the key of the launch record.
    pub nonce: String,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

// Personal data stays out of logs (O02).
impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("deployment_id", &self.deployment_id)
            .field("context", &self.context.as_ref().map(|context| &context.id))
            .field("link", &self.link.id)
            .field("permission", &self.permission)
            .finish_non_exhaustive()
    }
}

/// Checks the message (§10.2 steps 14 to 25) and makes the [`Launch`].
///
/// `standing` is what the application knows of [`VerifiedToken::deployment_id`]; when there is none, it
/// does not matter.
///
/// # Errors
/// The `lti.msg.*` refusals, the first in the order of §10.2.
pub fn validate(
    token: VerifiedToken,
    state: &State,
    registration: &Registration,
    tool: &Tool,
    standing: Standing,
    progress: &mut Progress,
) -> Result<Launch, Refusal> {
    let switches = &registration.switches;
    let payload = &token.payload;

    let typed = Typed::read(payload)?; // 14
    progress.passed(Check::ClaimTypes);

    match typed.version {
        None => return Err(Refusal::VersionMissing),
        Some("1.3.0") => progress.passed(Check::Version), // 15
        Some(_) => return Err(Refusal::VersionUnsupported),
    }
    match typed.message_type {
        None => return Err(Refusal::TypeMissing),
        Some(RESOURCE_LAUNCH) => progress.passed(Check::MessageType), // 16
        Some(_) => return Err(Refusal::TypeUnsupported),
    }

    let deployment_id = typed.deployment_id.filter(|id| is_short_id(id)).ok_or(Refusal::DeploymentMissing)?;
    progress.passed(Check::DeploymentId); // 17
    if !state.allows_deployment(deployment_id) {
        return Err(Refusal::DeploymentMismatch);
    }
    progress.passed(Check::DeploymentHint); // 18
    match standing {
        Standing::Known { enabled: true } | Standing::WillBeAccepted => progress.passed(Check::Deployment), // 19
        Standing::Known { enabled: false } => return Err(Refusal::DeploymentDisabled),
        Standing::Unknown => return Err(Refusal::DeploymentUnknown),
    }

    let roles = Roles::parse(typed.roles.ok_or(Refusal::RolesMissing)?);
    for unknown in roles.unknown() {
        progress.warn("role_unknown", Some(unknown));
    }
    progress.passed(Check::Roles); // 20

    let target_link_uri = typed.target_link_uri.filter(|uri| !uri.is_empty());
    let target_link_uri = target_link_uri.ok_or(Refusal::TargetLinkUriMissing)?;
    progress.passed(Check::TargetLink); // 21
    let target = tool.target(target_link_uri).ok_or(Refusal::TargetLinkUriNotAllowed)?;
    progress.passed(Check::TargetAllowed); // 22
    if !state.is_login_target(target_link_uri) {
        if switches.strict_target_link {
            return Err(Refusal::TargetLinkUriMismatch);
        }
        progress.warn("target_changed", None);
    }
    progress.passed(Check::TargetSame); // 22b

    let subject = match typed.sub {
        None if switches.anonymous_launch == AnonymousLaunch::View => None,
        None | Some("") => return Err(Refusal::UserMissing),
        Some(sub) if is_short_id(sub) => Some(sub.to_owned()),
        Some(_) => return Err(Refusal::SubInvalid),
    };
    progress.passed(Check::User); // 23

    let mut lenient = Lenient { progress: &mut *progress, allow_loopback_http: tool.allow_loopback_http };
    let link = typed.resource_link.flatten().and_then(|object| lenient.link(object));
    let link = link.ok_or(Refusal::ResourceLinkMissing)?;
    lenient.progress.passed(Check::Message); // 24
    let context = match typed.context {
        None => None,
        Some(object) => {
            let context = object.and_then(|object| lenient.context(object));
            Some(context.ok_or(Refusal::ContextInvalid)?)
        }
    };
    lenient.progress.passed(Check::Context); // 25

    let person = if subject.is_some() { lenient.person(payload) } else { Person::default() };
    let custom = Custom::read(typed.custom, lenient.progress);
    let services = lenient.services(typed.ags, typed.nrps);
    let tool_platform = lenient.tool_platform(payload);
    let mentored = if roles.is_mentor_here() { lenient.mentored(payload) } else { Vec::new() };
    let (locale, return_url) = lenient.presentation(payload);

    let permission = match roles.permission(switches) {
        // §10.4: nothing above a learner is honoured for somebody unknown.
        above if subject.is_none() && above > Permission::Learn => {
            if roles.is_learner_here() {
                Permission::Learn
            } else {
                Permission::None
            }
        }
        permission => permission,
    };
    Ok(Launch {
        deployment_id: deployment_id.to_owned(),
        acting_as_other: is_acting(&custom, subject.as_deref()),
        is_test_user: roles.is_test_user(),
        permission,
        subject,
        roles,
        mentored,
        locale: locale.or_else(|| person.locale.clone()),
        person,
        context,
        link,
        custom,
        target,
        tool_platform,
        services,
        return_url,
        issued_at: token.issued_at,
        expires_at: token.expires_at,
        nonce: token.nonce,
        warnings: progress.warnings().to_vec(),
    })
}

/// An id that is not empty and has at most 255 characters.
fn is_short_id(id: &str) -> bool {
    claims::is_id(id) && id.chars().count() <= MAX_SHORT_ID
}

/// Whether somebody else sits behind this account, as far as the platform tells (§13).
fn is_acting(custom: &Custom, subject: Option<&str>) -> bool {
    let actual = quirks::ACTING_PARAMETERS.iter().filter_map(|parameter| custom.get(parameter.key));
    actual.filter(|actual| !actual.is_empty()).any(|actual| Some(actual) != subject)
}

impl Launch {
    /// A digest of everything that is stored or evaluated: two launches with the same digest say the same.
    /// Nonce, times, warnings and the way back (which carries session keys) do not count.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut digester = Digester(digest::Context::new(&SHA256));
        digester.text("launch/1");
        digester.text(&self.deployment_id);
        digester.maybe(self.subject.as_deref());
        digester.list(self.roles.known().iter().map(|role| role.uri()));
        digester.list(self.roles.unknown().iter());
        digester.text(self.permission.name());
        digester.list(self.mentored.iter());
        let Person { name, given_name, family_name, email, locale } = &self.person;
        for part in [name, given_name, family_name, email, locale, &self.locale] {
            digester.maybe(part.as_deref());
        }
        digester.maybe(self.context.as_ref().map(|context| context.id.as_str()));
        if let Some(context) = &self.context {
            digester.maybe(context.label.as_deref());
            digester.maybe(context.title.as_deref());
            digester.list(context.types.iter());
        }
        digester.text(&self.link.id);
        digester.maybe(self.link.title.as_deref());
        digester.maybe(self.link.description.as_deref());
        digester.list(self.custom.iter().flat_map(|(key, value)| [key, value]));
        digester.text(self.target.origin());
        digester.text(self.target.path_and_query());
        let platform = self.tool_platform.as_ref();
        digester.maybe(platform.and_then(|platform| platform.guid.as_deref()));
        digester.maybe(platform.and_then(|platform| platform.product_family.as_deref()));
        digester.maybe(platform.and_then(|platform| platform.version.as_deref()));
        digester.maybe(platform.and_then(|platform| platform.name.as_deref()));
        let ags = self.services.ags.as_ref();
        digester.list(ags.into_iter().flat_map(|ags| ags.scope.iter()));
        digester.maybe(ags.and_then(|ags| ags.lineitems.as_deref()));
        digester.maybe(ags.and_then(|ags| ags.lineitem.as_deref()));
        digester.maybe(self.services.nrps.as_ref().map(|nrps| nrps.url.as_str()));
        digester.text(if self.acting_as_other { "acting" } else { "self" });
        digester.finish()
    }
}

/// Feeds texts into a hash so that no two different lists of texts feed the same bytes.
struct Digester(digest::Context);

impl Digester {
    fn text(&mut self, text: &str) {
        self.0.update(&text.len().to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn maybe(&mut self, text: Option<&str>) {
        self.0.update(&[u8::from(text.is_some())]);
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn list<T: AsRef<str>>(&mut self, texts: impl Iterator<Item = T>) {
        for text in texts {
            self.0.update(&[1]);
            self.text(text.as_ref());
        }
        self.0.update(&[0]);
    }

    fn finish(self) -> String {
        self.0.finish().as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
