//! The audit: who decided what, when.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::Query,
    payload::Json,
    types::{Any, Example},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Listed, asked, listed},
    problems::ListProblem,
};
use crate::{
    app::App,
    ids::AuditEventId,
    store::{audit as rows, entity::audit_event as entity},
    web::who::MayOperate,
};

/// A line of the audit.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct AuditOut {
    /// Its id.
    id: AuditEventId,
    /// When.
    at: chrono::DateTime<chrono::Utc>,
    /// Who.
    actor: String,
    /// What was done.
    action: String,
    /// The noun it was done to.
    subject_kind: String,
    /// Its id.
    subject_id: String,
    /// Particulars: ids and codes, no names or addresses.
    detail: Any<Value>,
    /// The correlation id of the request.
    correlation_id: Option<String>,
}

impl Example for AuditOut {
    fn example() -> Self {
        Self {
            id: examples::audit(),
            at: examples::time(),
            actor: "command line".to_owned(),
            action: "issuer.created".to_owned(),
            subject_kind: "issuer".to_owned(),
            subject_id: examples::issuer::<Uuid>().to_string(),
            detail: Any(json!({ "slug": "school-of-design" })),
            correlation_id: None,
        }
    }
}

impl From<entity::Model> for AuditOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            detail: Any(row.detail),
            correlation_id: row.correlation_id,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Audit;

#[OpenApi(prefix_path = "/audit", tag = "Tag::Audit")]
impl Audit {
    /// List the audit.
    ///
    /// Newest first.
    ///
    /// Scope: `operate`.
    #[oai(path = "/", method = "get", operation_id = "audit_list")]
    async fn audit_list(
        &self,
        app: Data<&App>,
        may: MayOperate,
        /// Only about this thing, by its id.
        subject_id: Query<Option<String>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<AuditOut>>, ListProblem> {
        let asked = asked(limit.0, cursor.0);
        let about = subject_id.0.as_deref();
        let page = rows::list(app.store.read(), may.caller.organization, about, asked).await?;
        Ok(listed(page, Into::into))
    }
}
