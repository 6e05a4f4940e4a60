//! One page of the roster and one person on it, read leniently and borrowed from the answer, so that ten
//! thousand people cost little. Only what Laurel uses is kept.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::{
    Custom, Progress, Roles,
    claims::{CUSTOM, clean, is_email, is_id},
    services::{walk::Lenient, wire::Answer},
};

/// Whether somebody takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// Takes part; the default.
    #[default]
    Active,
    /// Is listed, but does not take part now. Also any word that we do not know.
    Inactive,
    /// Was removed; only in difference reports.
    Deleted,
}

/// One person on the roster. Anything but the id may be missing, for privacy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// The same as a launch's `sub`.
    pub user_id: Cow<'a, str>,
    /// Whether they take part.
    pub status: Status,
    /// Their roles, from full URIs or short names.
    pub roles: Roles,
    /// Full name.
    pub name: Option<Cow<'a, str>>,
    /// Given name.
    pub given_name: Option<Cow<'a, str>>,
    /// Family name.
    pub family_name: Option<Cow<'a, str>>,
    /// A delivery address, not proven to be theirs.
    pub email: Option<Cow<'a, str>>,
    /// The institution's number of them.
    pub sourced_id: Option<Cow<'a, str>>,
    /// Their id under LTI 1.1.
    pub lti11_user_id: Option<Cow<'a, str>>,
    /// Their own values of the link's custom parameters; only in a link's roster.
    pub custom: Option<Custom>,
    /// The ids of their groups; `None` when the platform does not say.
    pub groups: Option<Vec<String>>,
}

impl Member<'_> {
    /// Whether this person may be given a badge as far as the roster knows: takes part, learns, is no
    /// preview account and no staff (N06). Whoever was ever seen teaching stays out by other records.
    #[must_use]
    pub fn is_candidate(&self) -> bool {
        self.status == Status::Active
            && self.roles.is_learner_here()
            && !self.roles.is_staff_here()
            && !self.roles.is_test_user()
    }
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page<'a> {
    /// `context.id`, to compare with the course's.
    pub context_id: Option<Cow<'a, str>>,
    /// Who could be read.
    pub members: Vec<Member<'a>>,
    /// How many could not.
    pub unreadable: usize,
}

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow)]
    members: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawContext<'a> {
    #[serde(borrow, default)]
    id: Lenient<'a>,
}

#[derive(Deserialize)]
struct RawMember<'a> {
    #[serde(borrow, default)]
    user_id: Lenient<'a>,
    #[serde(borrow, default)]
    status: Lenient<'a>,
    #[serde(borrow, default)]
    roles: Several<'a>,
    #[serde(borrow, default)]
    name: Lenient<'a>,
    #[serde(borrow, default)]
    given_name: Lenient<'a>,
    #[serde(borrow, default)]
    family_name: Lenient<'a>,
    #[serde(borrow, default)]
    email: Lenient<'a>,
    #[serde(borrow, default)]
    lis_person_sourcedid: Lenient<'a>,
    #[serde(borrow, default)]
    lti11_legacy_user_id: Lenient<'a>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    group_enrollments: Option<&'a RawValue>,
}

/// A list of texts, or a single one, or anything else, which reads as none.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Several<'a> {
    List(#[serde(borrow)] Vec<Lenient<'a>>),
    One(#[serde(borrow)] Lenient<'a>),
    #[default]
    None,
}

impl<'a> Page<'a> {
    /// Reads a page; `None` when it is no roster at all.
    pub(super) fn read(answer: &Answer<'a>) -> Option<Self> {
        let raw: RawPage<'a> = serde_json::from_slice(answer.unmarked()).ok()?;
        let members: Vec<Member<'a>> = raw.members.iter().filter_map(|raw| Member::read(raw.get())).collect();
        let context = raw.context.and_then(|raw| serde_json::from_str::<RawContext<'a>>(raw.get()).ok());
        Some(Self {
            context_id: context.and_then(|context| context.id.0).filter(|id| is_id(id)),
            unreadable: raw.members.len() - members.len(),
            members,
        })
    }
}

impl<'a> Member<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let raw: RawMember<'a> = serde_json::from_str(text).ok()?;
        let email = raw.email.0.and_then(clean);
        Some(Self {
            user_id: raw.user_id.id()?,
            status: status(raw.status.0.as_deref()),
            roles: match &raw.roles {
                Several::List(list) => Roles::parse(list.iter().filter_map(|one| one.0.as_deref())),
                Several::One(one) => {
                    Roles::parse(one.0.as_deref().unwrap_or_default().split(',').map(str::trim))
                }
                Several::None => Roles::default(),
            },
            name: raw.name.0.and_then(clean),
            given_name: raw.given_name.0.and_then(clean),
            family_name: raw.family_name.0.and_then(clean),
            email: email.filter(|text| is_email(text)),
            sourced_id: raw.lis_person_sourcedid.0.and_then(clean),
            lti11_user_id: raw.lti11_legacy_user_id.id(),
            custom: raw.message.and_then(|raw| custom(raw.get())),
            groups: raw.group_enrollments.and_then(|raw| groups(raw.get())),
        })
    }
}

/// `Active`, `Inactive` or `Deleted` in any case, also as the end of a URI.
fn status(text: Option<&str>) -> Status {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Status::Active };
    match text.rsplit(['#', '/']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "active" => Status::Active,
        "deleted" => Status::Deleted,
        _ => Status::Inactive,
    }
}

/// The custom parameters of the first message that has any (N09).
fn custom(text: &str) -> Option<Custom> {
    let messages: Vec<Map<String, Value>> = serde_json::from_str(text).ok()?;
    let object = messages.iter().find_map(|message| message.get(CUSTOM)?.as_object())?;
    // What is odd about one person's values is not worth a record of its own.
    Some(Custom::read(Some(Some(object)), &mut Progress::default()))
}

fn groups(text: &str) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Enrollment<'a> {
        #[serde(borrow, default)]
        group_id: Lenient<'a>,
    }
    let enrollments: Vec<Enrollment<'_>> = serde_json::from_str(text).ok()?;
    let ids = enrollments.into_iter().filter_map(|one| one.group_id.0).filter(|id| is_id(id));
    Some(ids.map(Cow::into_owned).collect())
}
