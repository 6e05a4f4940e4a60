//! Who acts: the caller of a decision and the scopes an API key can hold.
//!
//! Extractors in `web/who.rs` make a [`Caller`]; nothing here looks anybody up.

use crate::{
    domain::once::Once,
    ids::{ApiKeyId, DeploymentClaimId, InvitationId, LaunchId, OrganizationId},
};

/// Who decides or asks; named in the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Someone at the server's command line.
    CommandLine,
    /// A key of the API.
    ApiKey(ApiKeyId),
    /// An instructor, by their launch.
    Instructor(LaunchId),
    /// A platform's administrator, by the invitation they were given.
    Invited(InvitationId),
    /// The learner an award belongs to, by the address mailed to them.
    Holder,
    /// Whoever entered a claim code within a launch, as an instructor or administrator there.
    ClaimCode(DeploymentClaimId),
    /// Laurel itself, by what set it off (`launch`, `event`).
    Laurel(&'static str),
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::ApiKey(id) => write!(f, "api key {id}"),
            Self::Instructor(launch) => write!(f, "instructor, launch {launch}"),
            Self::Invited(invitation) => write!(f, "invitation {invitation}"),
            Self::Holder => f.write_str("holder"),
            Self::ClaimCode(id) => write!(f, "claim code {id}"),
            Self::Laurel(by) => write!(f, "laurel, by {by}"),
        }
    }
}

/// The one on whose behalf a function of `domain` runs, already allowed to.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant in which everything happens.
    pub organization: OrganizationId,
    /// Who it is.
    pub actor: Actor,
    /// The correlation id of the request, for audit and log.
    pub correlation: Option<String>,
    /// The promise to do a creating request once only, if the client gave an `Idempotency-Key`.
    pub once: Option<Once>,
}

impl Caller {
    /// A caller without request: the command line and Laurel's own work.
    #[must_use]
    pub fn new(organization: OrganizationId, actor: Actor) -> Self {
        Self { organization, actor, correlation: None, once: None }
    }

    /// The server's operators: they own shared platforms, and nothing of an organization.
    #[must_use]
    pub fn server(actor: Actor) -> Self {
        Self::new(OrganizationId(uuid::Uuid::nil()), actor)
    }

    /// Whether it is the server's operators.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.organization.0.is_nil()
    }
}

/// What a key of the API may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Read everything of the organization but secrets.
    Read,
    /// Define issuers, achievements and artwork.
    Define,
    /// Set up platforms and deployments, placements and rules.
    Place,
    /// Send events.
    Events,
    /// Award, revoke, correct.
    Award,
    /// Decide on learners who wait for people, on behalf of the people it names.
    Approve,
    /// Keys, jobs, launch records.
    Operate,
    /// Create organizations and shared platforms; for server keys only.
    Server,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::Define,
        Self::Place,
        Self::Events,
        Self::Award,
        Self::Approve,
        Self::Operate,
        Self::Server,
    ];

    /// The scope's name in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Define => "define",
            Self::Place => "place",
            Self::Events => "events",
            Self::Award => "award",
            Self::Approve => "approve",
            Self::Operate => "operate",
            Self::Server => "server",
        }
    }

    /// The scope of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}
