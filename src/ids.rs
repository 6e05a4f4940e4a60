//! Typed ids of every row and public thing. One macro; nothing else lives here.
//!
//! Row keys are UUID v7 (sorted inserts), anything a stranger may see in an address is a random v4
//! (design §7). Both come from [`crate::clock::Dice`].

/// A typed id: column type, API type (`format: uuid`) and log text from one line.
macro_rules! id_type {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize,
            sea_orm::DeriveValueType, poem_openapi::NewType,
        )]
        pub struct $name(pub uuid::Uuid);

        // Needed for a primary key; ids are never numbers.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

id_type! {
    /// The tenant.
    OrganizationId,
    /// An Open Badges Profile that signs.
    IssuerId,
    /// One Ed25519 key of an issuer.
    IssuerKeyId,
    /// A badge definition, all versions of it.
    AchievementId,
    /// One immutable version; public (v4), it stands in addresses.
    AchievementVersionId,
    /// A stored picture; public (v4).
    ArtworkId,
    /// An LTI registration; public (v4), it stands in addresses.
    PlatformId,
    /// A one-time address by which a platform registers us.
    InvitationId,
    /// One RSA key with which we sign for a platform.
    PlatformKeyId,
    /// (platform, `deployment_id`).
    DeploymentId,
    /// An LTI context.
    CourseId,
    /// An LTI resource link.
    LinkId,
    /// One account at one platform.
    LearnerId,
    /// A learner in a course.
    EnrollmentId,
    /// An achievement version put into a course.
    PlacementId,
    /// What was sent to a platform as the answer to a pick.
    PickedLinkId,
    /// One version of a placement's rule.
    RuleId,
    /// What a channel told us.
    SignalId,
    /// A decision that a learner earned an achievement.
    AwardId,
    /// One evaluation of everybody whom a course or a placement concerns.
    PassId,
    /// Awards of a pass that wait for a person's click.
    HoldId,
    /// One publication of an award.
    GenerationId,
    /// One document of a generation; public (v4), it stands in addresses.
    CredentialId,
    /// A `BitstringStatusList` of an issuer.
    StatusListId,
    /// A list of awards that was uploaded.
    BulkId,
    /// One row of it.
    BulkRowId,
    /// A column of a gradebook.
    LineItemId,
    /// What a column should say about a learner.
    ScoreReportId,
    /// What is read of who is in a course, or may open a link.
    RosterId,
    /// How one channel of a course usually speaks.
    ChannelHealthId,
    /// When a course is reconciled.
    ReconcileId,
    /// One reconcile of a course.
    ReconcileRunId,
    /// A list that somebody compared with a course.
    CompletionListId,
    /// A group of people in a course.
    CourseGroupId,
    /// Somebody in such a group.
    GroupMemberId,
    /// A course that a version of a rule names.
    RuleCourseId,
    /// One launch; the anchor of its session.
    LaunchId,
    /// What a platform told us without a browser.
    NoticeId,
    /// An LTI 1.1 consumer key.
    ConsumerKeyId,
    /// An id under which LTI 1.1 knew something.
    AliasId,
    /// A one-time code with which an organization takes over a deployment.
    DeploymentClaimId,
    /// How asking a platform went last.
    ServiceOutcomeId,
    /// Who may send events of a platform.
    EventChannelId,
    /// Another name of a learner or a course.
    ExternalNameId,
    /// What was said of somebody nobody knows yet.
    UnclaimedEventId,
    /// A platform's own interface, which an institution lets us read.
    RecordSourceId,
    /// What reading a course's record came to.
    RecordReadingId,
    /// That a column's platform was told of a learner.
    ColumnSeedId,
    /// A row of the outbox.
    JobId,
    /// A key of the API.
    ApiKeyId,
    /// A remembered answer of a creating request.
    IdempotencyId,
    /// A line of the audit.
    AuditEventId,
}
