//! Invitations: one-time addresses by which platforms register us (lti-1.3-tool §20.1).

use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{CreatedSecret, Listed, asked, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::invitation::{self, MadeInvitation, NewInvitation, USUAL_DAYS},
    ids::{InvitationId, PlatformId},
    store::{
        entity::platform_invitation::{InvitationState, Model},
        invitation as rows,
    },
    web::who::{MayPlace, MayRead},
};

/// An invitation to make.
#[derive(Clone, Debug, Default, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct InvitationIn {
    /// What the platform will be called; its host if left out.
    name: Option<String>,
    /// Only platforms of this family may use it: `moodle`, `canvas`, …
    family: Option<String>,
    /// How many days it is good: 1 to 30; 1 if left out.
    days: Option<i32>,
}

impl Example for InvitationIn {
    fn example() -> Self {
        Self {
            name: Some("Campus Moodle".to_owned()),
            family: Some("moodle".to_owned()),
            days: i32::try_from(USUAL_DAYS).ok(),
        }
    }
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum InvitationStanding {
    /// It may be used.
    Open,
    /// Its time is over.
    Expired,
    /// It was used. Without `platform_id` the platform agreed, but the registration could not be kept here;
    /// `trouble` says why.
    Used,
    /// It was taken back.
    Withdrawn,
}

/// An invitation.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct InvitationOut {
    /// Its id.
    id: InvitationId,
    /// What the platform will be called.
    name: Option<String>,
    /// The only family of platforms that may use it.
    family: Option<String>,
    /// What became of it.
    state: InvitationStanding,
    /// Paste this into the platform's page for registering a tool. Only in the answer that made it, never again.
    registration_url: Option<String>,
    /// The platform that came of it.
    platform_id: Option<PlatformId>,
    /// When somebody last tried to use it.
    tried_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The host that was to be registered then.
    tried_by: Option<String>,
    /// The code of why that failed.
    trouble: Option<String>,
    /// More about it. It may quote the platform; escape it.
    trouble_detail: Option<String>,
    /// When it was made.
    created_at: chrono::DateTime<chrono::Utc>,
    /// Until when it is good.
    expires_at: chrono::DateTime<chrono::Utc>,
    /// When it was used.
    used_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl InvitationOut {
    fn of(app: &App, row: Model) -> Self {
        Self {
            state: match row.state {
                InvitationState::Used => InvitationStanding::Used,
                InvitationState::Withdrawn => InvitationStanding::Withdrawn,
                InvitationState::Open if row.expires_at <= app.clock.now() => InvitationStanding::Expired,
                InvitationState::Open => InvitationStanding::Open,
            },
            id: row.id,
            name: row.name,
            family: row.family,
            registration_url: None,
            platform_id: row.platform_id,
            tried_at: row.tried_at,
            tried_by: row.tried_by,
            trouble: row.trouble,
            trouble_detail: row.trouble_words,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
        }
    }
}

impl Example for InvitationOut {
    fn example() -> Self {
        Self {
            id: examples::invitation(),
            name: Some("Campus Moodle".to_owned()),
            family: Some("moodle".to_owned()),
            state: InvitationStanding::Open,
            registration_url: None,
            platform_id: None,
            tried_at: None,
            tried_by: None,
            trouble: None,
            trouble_detail: None,
            created_at: examples::time(),
            expires_at: examples::time() + chrono::Duration::days(i64::from(USUAL_DAYS)),
            used_at: None,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Invitations;

#[OpenApi(prefix_path = "/platform-invitations", tag = "Tag::Platforms")]
impl Invitations {
    /// Invite a platform.
    ///
    /// The answer has the one address that the platform's administrator pastes where a tool is registered (LTI
    /// Dynamic Registration). It is good once and shown once: a request repeated under one `Idempotency-Key` finds
    /// the invitation, not its address.
    ///
    /// Scope: `place`.
    #[oai(path = "/", method = "post", operation_id = "platform_invite")]
    async fn platform_invite(
        &self,
        app: Data<&App>,
        may: MayPlace,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<InvitationIn>,
    ) -> Result<CreatedSecret<InvitationOut>, WriteProblem> {
        let given = body.0;
        let new = NewInvitation {
            name: given.name,
            family: given.family,
            // Nothing below nought is a number of days.
            days: given.days.map(|days| u32::try_from(days).unwrap_or(0)),
            ..NewInvitation::default()
        };
        let MadeInvitation { row, address } = invitation::create(&app, &may.caller, new).await?;
        let made = InvitationOut { registration_url: address, ..InvitationOut::of(&app, row) };
        Ok(CreatedSecret::Made(Json(made), "no-store".to_owned()))
    }

    /// List invitations.
    ///
    /// Newest first, used and old ones too, without their addresses.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "platform_invitation_list")]
    async fn platform_invitation_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<InvitationOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, |row| InvitationOut::of(&app, row)))
    }

    /// Fetch one invitation.
    ///
    /// With what became of it, or why it could not be used so far.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "platform_invitation_find")]
    async fn platform_invitation_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<InvitationId>,
    ) -> Result<Json<InvitationOut>, ReadProblem> {
        Ok(Json(InvitationOut::of(&app, invitation::find(&app, may.caller.organization, id.0).await?)))
    }

    /// Withdraw an invitation.
    ///
    /// Its address stops working at once. Twice is once; a used one is refused (409).
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/withdraw", method = "post", operation_id = "platform_invitation_withdraw")]
    async fn platform_invitation_withdraw(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<InvitationId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<InvitationOut>, WriteProblem> {
        Ok(Json(InvitationOut::of(&app, invitation::withdraw(&app, &may.caller, id.0).await?)))
    }
}
