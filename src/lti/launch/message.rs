//! What a good message says: the [`Launch`], with what all messages share, and the [`Message`] itself.

use std::fmt;

use chrono::{DateTime, Utc};

use super::review::Review;
use crate::{
    address::Target,
    claims::{Context, ForUser, Link, Person, Services, ToolPlatform},
    custom::Custom,
    deep_linking::Settings,
    migration::Legacy,
    progress::Warning,
    quirks,
    roles::{Permission, Roles},
};

/// The message types that we serve. Others are refused politely (§23.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A link was clicked.
    ResourceLink,
    /// Something is to be picked.
    DeepLinking,
    /// Somebody's work is to be looked at.
    SubmissionReview,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ResourceLink, Self::DeepLinking, Self::SubmissionReview];

    /// The value of the message type claim, and of `messages` in a registration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ResourceLink => "LtiResourceLinkRequest",
            Self::DeepLinking => "LtiDeepLinkingRequest",
            Self::SubmissionReview => "LtiSubmissionReviewRequest",
        }
    }

    /// The type of that name, compared exactly.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is wanted, by message type.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A link was clicked (§10.3).
    ResourceLink(Link),
    /// Something is to be picked (§15.1); the person may.
    DeepLinking(Box<Settings>),
    /// Somebody's work is to be looked at (§19); the person may.
    SubmissionReview(Box<Review>),
}

impl Message {
    /// Its type.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::ResourceLink(_) => Kind::ResourceLink,
            Self::DeepLinking(_) => Kind::DeepLinking,
            Self::SubmissionReview(_) => Kind::SubmissionReview,
        }
    }

    /// Its type's name, as sent.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }
}

/// A good message: signed, fresh, for us, of an accepted deployment, and complete.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Launch {
    /// What is wanted.
    pub message: Message,
    /// Where it comes from, within its registration.
    pub deployment_id: String,
    /// `sub`; `None` for an anonymous launch, which sees but never earns (§10.4).
    pub subject: Option<String>,
    /// What the person is, in this launch.
    pub roles: Roles,
    /// What that allows here, by the registration's switches; an anonymous launch is at most a learner's.
    pub permission: Permission,
    /// Whom a mentor may see: subjects.
    pub mentored: Vec<String>,
    /// What is said about the person; nothing for an anonymous one.
    pub person: Person,
    /// The course, if the launch happened in one.
    pub context: Option<Context>,
    /// Whose work a *resource launch* wants to show: Canvas's grading view sends it there. The person may see
    /// it. [`Launch::reviewed`] answers for every message.
    pub for_user: Option<ForUser>,
    /// Custom parameters.
    pub custom: Custom,
    /// The page to open: from the signed target link, or [`crate::Tool::picker_url`] where a deep linking
    /// request names none.
    pub target: Target,
    /// What the platform is. A changed `guid` means another installation under the same address.
    pub tool_platform: Option<ToolPlatform>,
    /// Service addresses.
    pub services: Services,
    /// What an LTI 1.1 launch would have said; not to be believed before
    /// [`Legacy::judge`](crate::migration::Legacy::judge).
    pub legacy: Option<Box<Legacy>>,
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

/// From what a course and a link were copied, newest first (§13). Written by a course author's hand at worst,
/// so only a hint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Earlier context ids.
    pub contexts: Vec<String>,
    /// Earlier resource link ids.
    pub links: Vec<String>,
}

impl Launch {
    /// The link that was clicked, or whose work is reviewed; a deep linking request has none.
    #[must_use]
    pub fn link(&self) -> Option<&Link> {
        match &self.message {
            Message::ResourceLink(link) => Some(link),
            Message::SubmissionReview(review) => review.link.as_ref(),
            Message::DeepLinking(_) => None,
        }
    }

    /// Whose work is to be shown, if anybody's: in a submission review, or in Canvas's grading view.
    #[must_use]
    pub fn reviewed(&self) -> Option<&ForUser> {
        match &self.message {
            Message::SubmissionReview(review) => Some(&review.for_user),
            _ => self.for_user.as_ref(),
        }
    }

    /// From what the course and the link were copied, as far as the platform fills [`quirks::HISTORY_PARAMETERS`]
    /// in.
    #[must_use]
    pub fn history(&self) -> History {
        let ids = |variable| {
            let parameters = quirks::HISTORY_PARAMETERS.iter().chain(&quirks::HISTORY_ALIASES);
            let mut keys = parameters.filter(|one| one.variable == variable).map(|one| one.key);
            keys.find_map(|key| Some(self.custom.ids(key)).filter(|ids| !ids.is_empty())).unwrap_or_default()
        };
        History { contexts: ids("$Context.id.history"), links: ids("$ResourceLink.id.history") }
    }
}

// Personal data stays out of logs (O02).
impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("message", &self.message.name())
            .field("deployment_id", &self.deployment_id)
            .field("context", &self.context.as_ref().map(|context| &context.id))
            .field("link", &self.link().map(|link| &link.id))
            .field("permission", &self.permission)
            .finish_non_exhaustive()
    }
}
