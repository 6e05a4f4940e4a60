//! Record sources: an institution lets Laurel read its platform's own interface. Credentials go in and never come out.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, Listed, asked, created, listed, try_listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    config::Secret,
    domain::records::{
        Why,
        check::{self, Checked},
        read::Statement,
        source::{self, Credential, NewSource},
    },
    error::{Error, Result as Outcome},
    ids::{CourseId, PlatformId, RecordSourceId},
    store::entity::{
        record_reading,
        record_source::{self as entity, RecordKind},
    },
    web::who::MayOperate,
};

/// A new record source.
#[derive(Clone, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RecordSourceIn {
    /// Whose people and courses these are.
    platform_id: PlatformId,
    /// Whose interface it is.
    kind: RecordKind,
    /// Its address in the browser, without the path of a page: `https://lms.example.edu`.
    base_url: String,
    /// The token of a service account: an access token (Canvas), a web service token (Moodle). No answer shows it.
    token: Option<String>,
    /// Instead of a token, for Canvas: the number of a developer key …
    client_id: Option<String>,
    /// … its secret …
    client_secret: Option<String>,
    /// … and the refresh token that the service account granted to it.
    refresh_token: Option<String>,
    /// Of which courses; of all if left out.
    course_ids: Option<Vec<CourseId>>,
    /// Who consented for the institution.
    consent_by: String,
    /// In which words, or where it is written.
    consent_note: Option<String>,
}

impl std::fmt::Debug for RecordSourceIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordSourceIn")
            .field("platform_id", &self.platform_id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Example for RecordSourceIn {
    fn example() -> Self {
        Self {
            platform_id: examples::platform(),
            kind: RecordKind::Moodle,
            base_url: "http://localhost:8081".to_owned(),
            token: Some("0123456789abcdef0123456789abcdef".to_owned()),
            client_id: None,
            client_secret: None,
            refresh_token: None,
            course_ids: None,
            consent_by: "Registrar of the campus".to_owned(),
            consent_note: Some("Letter of 2 May, for completion and grades".to_owned()),
        }
    }
}

/// A record source, without its credential.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct RecordSourceOut {
    /// Its id.
    id: RecordSourceId,
    /// Whose people and courses these are.
    platform_id: PlatformId,
    /// Whose interface it is.
    kind: RecordKind,
    /// Its address.
    base_url: String,
    /// Of which courses; empty: of all.
    course_ids: Vec<CourseId>,
    /// Who consented for the institution.
    consent_by: String,
    /// In which words, or where it is written.
    consent_note: Option<String>,
    /// When that was entered here.
    consent_at: chrono::DateTime<chrono::Utc>,
    /// The platform asked us to slow down: nothing is asked before.
    rests_until: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was first added.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it was last given.
    updated_at: chrono::DateTime<chrono::Utc>,
    /// When it was removed.
    removed_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl From<entity::Model> for RecordSourceOut {
    fn from(row: entity::Model) -> Self {
        Self {
            course_ids: source::courses_of(&row),
            id: row.id,
            platform_id: row.platform_id,
            kind: row.kind,
            base_url: row.base_url,
            consent_by: row.consent_by,
            consent_note: row.consent_note,
            consent_at: row.consent_at,
            rests_until: row.rests_until,
            created_at: row.created_at,
            updated_at: row.updated_at,
            removed_at: row.removed_at,
        }
    }
}

impl Example for RecordSourceOut {
    fn example() -> Self {
        Self {
            id: examples::record_source(),
            platform_id: examples::platform(),
            kind: RecordKind::Moodle,
            base_url: "http://localhost:8081".to_owned(),
            course_ids: Vec::new(),
            consent_by: "Registrar of the campus".to_owned(),
            consent_note: Some("Letter of 2 May, for completion and grades".to_owned()),
            consent_at: examples::time(),
            rests_until: None,
            created_at: examples::time(),
            updated_at: examples::time(),
            removed_at: None,
        }
    }
}

/// What reading a course came to last.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct RecordReadingOut {
    /// Which course.
    course_id: CourseId,
    /// When it was read last.
    read_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When everything was read last.
    complete_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Whether the last reading told everything that the rules ask for, of everybody.
    is_complete: bool,
    /// Completions and scores told about learners we know.
    read: u64,
    /// Of those, new or changed.
    new: u64,
    /// People whom we do not know (yet): nobody has named them, or two have the same number.
    unknown: u64,
    /// Entries that could not be read.
    unreadable: u64,
    /// Where the platform tells of one person at a time: how many there are to be looked at.
    people: Option<u64>,
    /// And how many of them were.
    looked_at: Option<u64>,
    /// After so many readings everybody has been looked at, at the latest.
    readings_for_all: u64,
    /// Requests to the platform.
    requests: u32,
    /// The code of what is missing.
    trouble: Option<String>,
    /// The same in a sentence.
    detail: Option<String>,
}

impl RecordReadingOut {
    fn of(row: record_reading::Model) -> Outcome<Self> {
        let statement: Option<Statement> =
            row.reading.map(serde_json::from_value).transpose().map_err(Error::internal)?;
        let count = |of: fn(&Statement) -> u64| statement.as_ref().map(of).unwrap_or_default();
        let sentence = row.trouble.as_deref().and_then(Why::of_code).map(Why::sentence);
        Ok(Self {
            course_id: row.course_id,
            read_at: row.read_at,
            complete_at: row.complete_at,
            is_complete: statement.as_ref().is_some_and(|statement| statement.is_complete),
            read: count(|statement| statement.read),
            new: count(|statement| statement.new),
            unknown: count(|statement| statement.unknown),
            unreadable: count(|statement| statement.unreadable),
            people: statement.as_ref().and_then(|statement| statement.people),
            looked_at: statement.as_ref().and_then(|statement| statement.looked_at),
            readings_for_all: count(|statement| statement.readings_for_all),
            requests: statement.as_ref().map(|statement| statement.requests).unwrap_or_default(),
            detail: sentence.map(|sentence| match &row.trouble_words {
                Some(words) => format!("{sentence} ({words})"),
                None => sentence.to_owned(),
            }),
            trouble: row.trouble,
        })
    }
}

impl Example for RecordReadingOut {
    fn example() -> Self {
        Self {
            course_id: examples::course(),
            read_at: Some(examples::time()),
            complete_at: Some(examples::time()),
            is_complete: true,
            read: 213,
            new: 4,
            unknown: 2,
            unreadable: 0,
            people: None,
            looked_at: None,
            readings_for_all: 1,
            requests: 6,
            trouble: None,
            detail: None,
        }
    }
}

/// Where to check.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RecordCheckIn {
    /// In which course; in the newest if left out.
    course_id: Option<CourseId>,
}

impl Example for RecordCheckIn {
    fn example() -> Self {
        Self { course_id: Some(examples::course()) }
    }
}

/// What a check found.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct RecordCheckOut {
    /// Whether nothing is wrong.
    is_well: bool,
    /// In which course it was asked.
    course_id: Option<CourseId>,
    /// Everything found, good and bad.
    findings: Vec<RecordFinding>,
}

/// One thing that was asked.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RecordFinding {
    /// What: `site`, `functions`, `course`, `people`, `completion`, `activities` or `grades`.
    part: String,
    /// Whether it is well.
    is_well: bool,
    /// The code of what is wrong.
    code: Option<String>,
    /// What was found, or what is wrong and what to do.
    detail: String,
}

impl From<Checked> for RecordCheckOut {
    fn from(checked: Checked) -> Self {
        let is_well = checked.is_well();
        let findings = checked.findings.into_iter().map(|finding| RecordFinding {
            part: finding.part.to_owned(),
            is_well: finding.fault.is_none(),
            code: finding.fault.as_ref().map(|fault| fault.why.code().to_owned()),
            detail: finding.sentence(),
        });
        Self { is_well, course_id: checked.course.map(|course| course.id), findings: findings.collect() }
    }
}

impl Example for RecordCheckOut {
    fn example() -> Self {
        let finding = RecordFinding {
            part: "site".to_owned(),
            is_well: true,
            code: None,
            detail: "4.5.5 (Build: 20250609)".to_owned(),
        };
        Self { is_well: true, course_id: Some(examples::course()), findings: vec![finding] }
    }
}

/// The resource.
#[derive(Debug)]
pub struct RecordSources;

#[OpenApi(prefix_path = "/record-sources", tag = "Tag::Records")]
impl RecordSources {
    /// Add a record source.
    ///
    /// From then on Laurel reads what the platform itself records of completions and scores, as far as rules ask for
    /// it, whenever a course is reconciled: readings of channel `record`, strong. A platform has at most one of an
    /// organization: adding it again replaces credential, address, courses and consent. The credential is sealed and
    /// never shown again.
    ///
    /// Scope: `operate`.
    #[oai(path = "/", method = "post", operation_id = "record_source_add")]
    async fn record_source_add(
        &self,
        app: Data<&App>,
        may: MayOperate,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<RecordSourceIn>,
    ) -> Result<Created<RecordSourceOut>, WriteProblem> {
        let new = body.0;
        let credential = credential(new.token, new.client_id, new.client_secret, new.refresh_token)?;
        let new = NewSource {
            platform: new.platform_id,
            kind: new.kind,
            base_url: new.base_url,
            credential,
            courses: new.course_ids.unwrap_or_default(),
            consent_by: new.consent_by,
            consent_note: new.consent_note,
        };
        Ok(created(source::add(&app, &may.caller, new).await?.into()))
    }

    /// List the record sources.
    ///
    /// Newest first, without their credentials and without those removed.
    ///
    /// Scope: `operate`.
    #[oai(path = "/", method = "get", operation_id = "record_source_list")]
    async fn record_source_list(
        &self,
        app: Data<&App>,
        may: MayOperate,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<RecordSourceOut>>, ListProblem> {
        let page = source::list(&app, may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch a record source.
    ///
    /// Without its credential.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id", method = "get", operation_id = "record_source_find")]
    async fn record_source_find(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<RecordSourceId>,
    ) -> Result<Json<RecordSourceOut>, ReadProblem> {
        Ok(Json(source::find(&app, may.caller.organization, id.0).await?.into()))
    }

    /// List what reading its courses came to.
    ///
    /// The last reading of each course, newest course first.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id/readings", method = "get", operation_id = "record_source_readings")]
    async fn record_source_readings(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<RecordSourceId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<RecordReadingOut>>, ReadProblem> {
        let query = asked(limit.0, cursor.0);
        let page = source::readings_of(&app, may.caller.organization, id.0, query).await?;
        Ok(try_listed(page, RecordReadingOut::of)?)
    }

    /// Check a record source.
    ///
    /// Asks the platform now, as a reading would, and says in plain words what is wrong: a refused token, a missing
    /// capability or scope, a service that is off, a wrong address. Nothing is kept. At most a few times a minute.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id/check", method = "post", operation_id = "record_source_check")]
    async fn record_source_check(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<RecordSourceId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<RecordCheckIn>,
    ) -> Result<Json<RecordCheckOut>, WriteProblem> {
        Ok(Json(check::run(&app, &may.caller, id.0, body.0.course_id).await?.into()))
    }

    /// Remove a record source.
    ///
    /// Its credential is forgotten and nothing is read any more; what was read stays. Removing twice is removing once.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id/remove", method = "post", operation_id = "record_source_remove")]
    async fn record_source_remove(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<RecordSourceId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<RecordSourceOut>, WriteProblem> {
        Ok(Json(source::remove(&app, &may.caller, id.0).await?.into()))
    }
}

/// Either a token, or a developer key with a refresh token.
fn credential(
    token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    refresh_token: Option<String>,
) -> Outcome<Credential> {
    match (token, client_id, client_secret, refresh_token) {
        (Some(token), None, None, None) => Ok(Credential::Token { token: Secret::from(token) }),
        (None, Some(client_id), Some(secret), Some(token)) => Ok(Credential::Refresh {
            client_id,
            client_secret: Secret::from(secret),
            refresh_token: Secret::from(token),
        }),
        _ => Err(Error::invalid(
            "record_source.credential",
            "token",
            "Give either a token, or client_id, client_secret and refresh_token.",
        )),
    }
}
