//! The checks of a verified token, steps 14 to 25 of §10.2 in their order. Once there is a [`Launch`], nobody
//! checks again.

use serde_json::{Map, Value};

use super::{
    Standing,
    message::{Kind, Launch, Message},
    review::{Review, may_see},
    token::VerifiedToken,
};
use crate::{
    address::Target,
    claims::{self, ForUser, Lenient, Services, Typed},
    custom::Custom,
    deep_linking,
    migration::Legacy,
    progress::{Check, Progress},
    quirks,
    refusal::Refusal,
    registration::{AnonymousLaunch, Registration, Switches, Tool},
    roles::{Permission, Roles},
    state::State,
};

/// Longest `sub` and `deployment_id`, in characters.
const MAX_SHORT_ID: usize = 255;

/// Checks the message (§10.2 steps 14 to 25) and makes the [`Launch`].
///
/// `standing` is what the application knows of [`VerifiedToken::deployment_id`]; when there is none, it
/// does not matter.
///
/// # Errors
/// The `lti.msg.*`, `lti.dl.*` and `lti.sr.*` refusals, the first in the order of §10.2.
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

    check_version(typed.version, progress)?; // 15
    let kind = match typed.message_type {
        None => return Err(Refusal::TypeMissing),
        Some(name) => Kind::named(name).ok_or(Refusal::TypeUnsupported)?, // 16
    };
    progress.passed(Check::MessageType);

    let deployment_id = check_deployment_id(typed.deployment_id, progress)?; // 17
    if !state.allows_deployment(deployment_id) {
        return Err(Refusal::DeploymentMismatch);
    }
    progress.passed(Check::DeploymentHint); // 18
    check_standing(standing, progress)?; // 19

    let has_roles = typed.roles.is_some();
    let roles = match &typed.roles {
        Some(roles) => Roles::parse(roles.iter().copied()),
        None if kind == Kind::DeepLinking => Roles::default(),
        None => return Err(Refusal::RolesMissing),
    };
    for unknown in roles.unknown() {
        progress.warn("role_unknown", Some(unknown));
    }
    progress.passed(Check::Roles); // 20

    let target = check_target(typed.target_link_uri, kind, state, switches, tool, progress)?; // 21-22b

    let subject = match typed.sub {
        None if kind == Kind::DeepLinking || switches.anonymous_launch == AnonymousLaunch::View => None,
        None | Some("") => return Err(Refusal::UserMissing),
        Some(sub) if is_short_id(sub) => Some(sub.to_owned()),
        Some(_) => return Err(Refusal::SubInvalid),
    };
    progress.passed(Check::User); // 23

    let permission = permission_of(&roles, subject.is_some(), switches);
    let mut lenient = Lenient { progress: &mut *progress, allow_loopback_http: tool.allow_loopback_http };
    let mentored = if roles.is_mentor_here() { lenient.mentored(payload) } else { Vec::new() };
    let services = lenient.services(typed.ags, typed.nrps, payload);
    let may_see = |user: &ForUser| may_see(&user.user_id, subject.as_deref(), permission, &roles, &mentored);
    let message = match kind {
        Kind::ResourceLink => {
            let link = typed.resource_link.flatten().and_then(|object| lenient.link(object));
            Message::ResourceLink(link.ok_or(Refusal::ResourceLinkMissing)?)
        }
        Kind::DeepLinking => {
            let settings = deep_linking::Settings::read(typed.deep_linking.flatten(), &mut lenient)?;
            // A platform that names no roles at all means an author (§15.1).
            let may_pick = if has_roles { roles.may_pick(switches) } else { !switches.dl_requires_role };
            if !may_pick {
                return Err(Refusal::DlNotPermitted);
            }
            Message::DeepLinking(Box::new(settings))
        }
        Kind::SubmissionReview => {
            let review = review(&typed, &services, &mut lenient)?;
            if !may_see(&review.for_user) {
                return Err(Refusal::SrNotPermitted);
            }
            Message::SubmissionReview(Box::new(review))
        }
    };
    let for_user = match kind {
        Kind::ResourceLink => for_user(payload, &mut lenient),
        _ => None,
    };
    if for_user.as_ref().is_some_and(|user| !may_see(user)) {
        return Err(Refusal::SrNotPermitted);
    }
    lenient.progress.passed(Check::Message); // 24

    let context = match typed.context {
        None => None,
        Some(object) => {
            let context = object.and_then(|object| lenient.context(object));
            Some(context.ok_or(Refusal::ContextInvalid)?)
        }
    };
    lenient.progress.passed(Check::Context); // 25

    let person = if subject.is_some() { lenient.person(payload) } else { claims::Person::default() };
    let custom = Custom::read(typed.custom, lenient.progress);
    let tool_platform = lenient.tool_platform(payload);
    let legacy = Legacy::read(payload, &registration.client_id, &mut lenient).map(Box::new);
    let (locale, return_url) = lenient.presentation(payload);

    Ok(Launch {
        message,
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
        for_user,
        custom,
        target,
        tool_platform,
        services,
        legacy,
        return_url,
        issued_at: token.issued_at,
        expires_at: token.expires_at,
        nonce: token.nonce,
        warnings: progress.warnings().to_vec(),
    })
}

/// Step 15.
pub(crate) fn check_version(version: Option<&str>, progress: &mut Progress) -> Result<(), Refusal> {
    match version {
        None => Err(Refusal::VersionMissing),
        Some("1.3.0") => {
            progress.passed(Check::Version);
            Ok(())
        }
        Some(_) => Err(Refusal::VersionUnsupported),
    }
}

/// Step 17.
pub(crate) fn check_deployment_id<'a>(
    id: Option<&'a str>,
    progress: &mut Progress,
) -> Result<&'a str, Refusal> {
    let id = id.filter(|id| is_short_id(id)).ok_or(Refusal::DeploymentMissing)?;
    progress.passed(Check::DeploymentId);
    Ok(id)
}

/// Step 19.
pub(crate) fn check_standing(standing: Standing, progress: &mut Progress) -> Result<(), Refusal> {
    match standing {
        Standing::Known { enabled: true } | Standing::WillBeAccepted => {
            progress.passed(Check::Deployment);
            Ok(())
        }
        Standing::Known { enabled: false } => Err(Refusal::DeploymentDisabled),
        Standing::Unknown => Err(Refusal::DeploymentUnknown),
    }
}

/// Steps 21 to 22b: the page to open.
fn check_target(
    uri: Option<&str>,
    kind: Kind,
    state: &State,
    switches: &Switches,
    tool: &Tool,
    progress: &mut Progress,
) -> Result<Target, Refusal> {
    let signed = uri.filter(|uri| !uri.is_empty());
    let uri = match signed {
        Some(uri) => uri,
        None if kind == Kind::DeepLinking => tool.picker_url.as_str(),
        None => return Err(Refusal::TargetLinkUriMissing),
    };
    progress.passed(Check::TargetLink);
    let target = tool.target(uri).ok_or(Refusal::TargetLinkUriNotAllowed)?;
    progress.passed(Check::TargetAllowed);
    if signed.is_some_and(|uri| !state.is_login_target(uri)) {
        if switches.strict_target_link {
            return Err(Refusal::TargetLinkUriMismatch);
        }
        progress.warn("target_changed", None);
    }
    progress.passed(Check::TargetSame);
    Ok(target)
}

/// What the roles allow. Nothing above a learner is honoured for somebody unknown (§10.4, M15).
fn permission_of(roles: &Roles, is_known: bool, switches: &Switches) -> Permission {
    match roles.permission(switches) {
        above if !is_known && above > Permission::Learn => {
            if roles.is_learner_here() {
                Permission::Learn
            } else {
                Permission::None
            }
        }
        permission => permission,
    }
}

/// What a submission review needs (§19).
fn review(typed: &Typed<'_>, services: &Services, lenient: &mut Lenient<'_>) -> Result<Review, Refusal> {
    let for_user = typed.for_user.flatten().and_then(|object| lenient.for_user(object));
    let for_user = for_user.ok_or(Refusal::SrForUserMissing)?;
    let line_item = services.ags.as_ref().and_then(|ags| ags.lineitem.clone());
    Ok(Review {
        for_user,
        line_item: line_item.ok_or(Refusal::SrLineitemMissing)?,
        link: typed.resource_link.flatten().and_then(|object| lenient.link(object)),
    })
}

/// Whose work a resource launch wants to show (§19, Canvas); broken ones are left out.
fn for_user(payload: &Map<String, Value>, lenient: &mut Lenient<'_>) -> Option<ForUser> {
    let object = lenient.optional(payload, claims::FOR_USER)?;
    let user = lenient.for_user(object);
    if user.is_none() {
        lenient.progress.warn("claim_ignored", Some(claims::FOR_USER));
    }
    user
}

/// An id that is not empty and has at most 255 characters.
fn is_short_id(id: &str) -> bool {
    claims::is_id(id) && id.chars().count() <= MAX_SHORT_ID
}

/// Whether somebody else sits behind this account, as far as the platform tells (§13).
fn is_acting(custom: &Custom, subject: Option<&str>) -> bool {
    custom.get(quirks::ACTING_KEY).is_some_and(|actual| !actual.is_empty() && Some(actual) != subject)
}
