//! Record sources: an institution lets us read its platform's own interface; who said so, when, for which courses.
//! One for each platform of an organization. The credential is sealed and never shown again.

use serde_json::json;

use super::fetch;
use crate::{
    app::App,
    config::Secret,
    domain::{
        access::Caller,
        audit::{self, Line},
        course, once, platform, validate,
    },
    error::{Error, Result},
    ids::{CourseId, OrganizationId, PlatformId, RecordSourceId},
    store::{
        Page, PageQuery, WriteTx,
        entity::{
            record_reading,
            record_source::{Model, RecordKind},
        },
        record_reading as readings, record_source as rows,
    },
};

/// Longest token, secret or number of a developer key, in bytes.
const LONGEST_SECRET: usize = 4_096;
/// Most courses that can be listed.
const MOST_COURSES: usize = 1_000;

/// With what we ask.
#[derive(Clone)]
pub enum Credential {
    /// An access token of a service account (Canvas), or a web service token (Moodle).
    Token {
        /// The token.
        token: Secret,
    },
    /// A developer key of Canvas with the refresh token that the service account granted.
    Refresh {
        /// The key's number.
        client_id: String,
        /// The key's secret.
        client_secret: Secret,
        /// What the account granted.
        refresh_token: Secret,
    },
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Token { .. } => "Token",
            Self::Refresh { .. } => "Refresh",
        })
    }
}

/// What a new source is made of.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// Whose people and courses these are.
    pub platform: PlatformId,
    /// Whose interface it is.
    pub kind: RecordKind,
    /// Its address in the browser, without the path of a page.
    pub base_url: String,
    /// With what we ask.
    pub credential: Credential,
    /// Of which courses; empty: of all.
    pub courses: Vec<CourseId>,
    /// Who consented for the institution.
    pub consent_by: String,
    /// In which words, or where it is written.
    pub consent_note: Option<String>,
}

/// Adds a source; the platform's one that is there gets the new credential, address, courses and consent.
///
/// # Errors
/// `not_found` (platform, course); invalid fields; `record_source.address`, `record_source.credential`.
pub async fn add(app: &App, caller: &Caller, new: NewSource) -> Result<Model> {
    let organization = caller.organization;
    let base_url = checked_address(app, &new.base_url)?;
    check_credential(new.kind, &new.credential)?;
    let consent_by = validate::line("consent_by", &new.consent_by, 200)?;
    let consent_note = new.consent_note.filter(|note| !note.trim().is_empty());
    let consent_note = consent_note.map(|note| validate::text("consent_note", &note, 2_000)).transpose()?;
    platform::find(app, organization, new.platform).await?;
    if new.courses.len() > MOST_COURSES {
        let words = format!("List at most {MOST_COURSES} courses, or none for all.");
        return Err(Error::invalid("record_source.courses", "course_ids", words));
    }
    for id in &new.courses {
        course::find(app, organization, *id).await?;
    }
    let now = app.clock.now();
    let tx = app.store.write().await?;
    let known = rows::lock_of_platform(&tx, organization, new.platform).await?;
    let (id, created_at) =
        known.as_ref().map_or_else(|| (app.dice.row_id(now), now), |known| (known.id, known.created_at));
    if let Some(earlier) = once::claim(app, &tx, caller, id.0).await? {
        drop(tx);
        return find(app, organization, RecordSourceId(earlier)).await;
    }
    let row = Model {
        id,
        organization_id: organization,
        platform_id: new.platform,
        kind: new.kind,
        base_url,
        sealed_credential: fetch::sealed(app, id.0, Some(&new.credential))?,
        course_ids: json!(new.courses),
        consent_by,
        consent_note,
        consent_at: now,
        rests_until: None,
        created_at,
        updated_at: now,
        removed_at: None,
    };
    keep(app, tx, caller, "record_source.added", row).await
}

/// Ends a source: its credential is forgotten and nothing is read any more. What was read stays.
///
/// # Errors
/// `not_found`.
pub async fn remove(app: &App, caller: &Caller, id: RecordSourceId) -> Result<Model> {
    let tx = app.store.write().await?;
    let row = rows::find(&tx, caller.organization, id).await?;
    let row = row.ok_or_else(|| Error::not_found("record source"))?;
    if once::claim(app, &tx, caller, id.0).await?.is_some() || row.removed_at.is_some() {
        return Ok(row);
    }
    let now = app.clock.now();
    let sealed_credential = fetch::sealed(app, id.0, None)?;
    let row = Model { sealed_credential, updated_at: now, removed_at: Some(now), ..row };
    keep(app, tx, caller, "record_source.removed", row).await
}

/// One source.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: RecordSourceId) -> Result<Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("record source"))
}

/// A page of the organization's sources, newest first.
///
/// # Errors
/// Only the database's.
pub async fn list(app: &App, organization: OrganizationId, query: PageQuery) -> Result<Page<Model>> {
    Ok(rows::list(app.store.read(), organization, query).await?)
}

/// A page of what reading its courses came to last.
///
/// # Errors
/// `not_found`.
pub async fn readings_of(
    app: &App,
    organization: OrganizationId,
    id: RecordSourceId,
    query: PageQuery,
) -> Result<Page<record_reading::Model>> {
    find(app, organization, id).await?;
    Ok(readings::list(app.store.read(), organization, id, query).await?)
}

/// The courses of a source; empty: all.
#[must_use]
pub fn courses_of(row: &Model) -> Vec<CourseId> {
    serde_json::from_value(row.course_ids.clone()).unwrap_or_default()
}

/// Whether a source is read for a course.
#[must_use]
pub fn covers(row: &Model, course: CourseId) -> bool {
    let courses = courses_of(row);
    row.removed_at.is_none() && (courses.is_empty() || courses.contains(&course))
}

/// An address without query, fragment, name and the slash at its end, which we may call.
fn checked_address(app: &App, text: &str) -> Result<String> {
    let wrong = |words: &str| Error::invalid("record_source.address", "base_url", words);
    let text = text.trim().trim_end_matches('/');
    let url = app
        .client
        .check(text)
        .map_err(|error| wrong(&format!("Laurel does not call this address: {error}.")))?;
    let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !is_bare || url.password().is_some() || text.len() > 500 {
        return Err(wrong("Give the address as https://lms.example.edu, without anything behind it."));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn check_credential(kind: RecordKind, credential: &Credential) -> Result<()> {
    let fits = |secret: &str| {
        (1..=LONGEST_SECRET).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let is_good = match credential {
        Credential::Token { token } => fits(token.expose()),
        Credential::Refresh { client_id, client_secret, refresh_token } => {
            kind == RecordKind::Canvas
                && fits(client_id)
                && fits(client_secret.expose())
                && fits(refresh_token.expose())
        }
    };
    is_good.then_some(()).ok_or_else(|| {
        Error::invalid(
            "record_source.credential",
            "credential",
            "Give a token; for Canvas instead, if you like, a developer key's number and secret with a refresh token.",
        )
    })
}

/// Writes the row with its line of the audit, and commits.
async fn keep(app: &App, tx: WriteTx, caller: &Caller, action: &'static str, row: Model) -> Result<Model> {
    rows::upsert(&tx, row.clone()).await?;
    let detail = json!({
        "platform": row.platform_id,
        "base_url": row.base_url,
        "courses": row.course_ids,
        "consent_by": row.consent_by,
    });
    let subject_id = row.id.to_string();
    let line = Line { action, subject_kind: "record_source", subject_id, detail: &detail };
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(row)
}
