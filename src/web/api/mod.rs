//! API v1 (design §9): a file per resource, and the document.
//!
//! Resources are unit structs, so that the document prints without a database. What every request
//! passes first (key, rate, size, `Idempotency-Key`) is in `gate`; failures are written by
//! [`super::layers`].

mod achievements;
mod alarms;
mod approvals;
mod artwork;
mod audit;
mod award_out;
mod awards;
mod bulk_shapes;
mod bulks;
mod column_scores;
mod columns;
mod completion_lists;
mod consumer_keys;
mod course_columns;
mod courses;
mod decimal;
mod deployment_claims;
mod deployments;
mod dry_runs;
mod event_channels;
mod events;
mod examples;
mod floors;
pub(super) mod gate;
mod invitations;
mod issuers;
mod jobs;
mod keys;
mod launches;
mod learners;
mod organizations;
mod page;
mod passes;
mod placements;
mod platform_health;
mod platforms;
mod problems;
mod promises;
mod reconciles;
mod record_sources;
mod room;
mod rosters;
mod rule_files;
mod schemas;
mod shared_platforms;
mod terms;
mod trouble;
mod versions;
mod words;

use poem::{EndpointExt as _, Route};
use poem_openapi::{OpenApi, OpenApiService, Tags};

use self::room::Room;
use super::methods::get;
use crate::app::App;

/// The parts of the document.
#[derive(Debug, Tags)]
enum Tag {
    /// The tenant a key belongs to.
    Organizations,
    /// Open Badges profiles with their own DID and keys.
    Issuers,
    /// Badge definitions in immutable versions.
    Achievements,
    /// Pictures of badges.
    Artwork,
    /// Learning platforms, each with its own signing keys.
    Platforms,
    /// Where platforms have put the tool.
    Deployments,
    /// LTI contexts and their resource links; launches and events make them.
    Courses,
    /// Columns in a course's gradebook that Laurel reports into, reads, or may read.
    Columns,
    /// Achievements put into courses, with their rules.
    Placements,
    /// Evaluations of everybody at once, and what waits for a person's click.
    Passes,
    /// Who waits for people, and what people decide.
    Approvals,
    /// Reports about learners, from other systems.
    Events,
    /// Platforms' own interfaces, read with the institution's consent.
    Records,
    /// Who earned what.
    Awards,
    /// Accounts at platforms, and people without one.
    Learners,
    /// What is still to be done, or could not be.
    Jobs,
    /// What became of each launch.
    Launches,
    /// Keys of this API.
    Keys,
    /// Who decided what, when.
    Audit,
    /// Published schemas.
    Schemas,
}

const ABOUT: &str = "\
Laurel issues Open Badges for what learners complete in their learning platform.

**Keys.** Send `Authorization: Bearer laurel_…`. A key belongs to one organization; each operation names the \
scope it needs. What belongs to another organization is not there (404).

**Failures** are `application/problem+json` with a stable `code`, a plain `detail` and, where one field is \
wrong, its path in `field`. Quote `correlation_id` when asking for help. What is not as documented is refused \
before anything else is looked at: parameters (400 `parameter.unknown`, `.repeated`, `.invalid`), bodies (400 \
`body.missing`, `.malformed_json`, `.repeated_field`, `.missing_field`, `.unknown_field`, `.wrong_type`, `.unknown_value`, \
`.wrong_format`, `.out_of_range`, with a JSON `pointer` to the place; 413 `body.too_large`; 415 \
`body.media_type`).

**Once only.** Send an `Idempotency-Key` with a POST: the same key with the same bytes has one effect and is \
answered the same again, within 24 hours; with another request it is refused (422 `idempotency.mismatch`), \
and while the first is still running, too (409 `idempotency.in_flight`). What was refused is not remembered.

**Pages.** Lists are newest first. `limit` is 1 to 200 (50 if left out); while there is more, the answer has \
`next`, which is the `cursor` of the next page.

**Rates.** Each answer to a key has `RateLimit-Limit` (requests at once), `RateLimit-Remaining` and `RateLimit-Reset` \
(seconds until all are back). Too many requests are answered 429 with `Retry-After`.

**Times** are RFC 3339 in UTC. Fields without a value are left out. Unknown fields are refused.";

fn service() -> OpenApiService<impl OpenApi + 'static, ()> {
    let resources = (
        organizations::Organizations,
        issuers::Issuers,
        (achievements::Achievements, versions::Versions),
        artwork::Artwork,
        (
            platforms::Platforms,
            invitations::Invitations,
            shared_platforms::SharedPlatforms,
            platform_health::PlatformHealth,
            consumer_keys::ConsumerKeys,
        ),
        (deployments::Deployments, deployment_claims::DeploymentClaims),
        (
            courses::Courses,
            rosters::Rosters,
            (course_columns::CourseColumns, columns::Columns, column_scores::ColumnScores),
            alarms::Alarms,
            reconciles::Reconciles,
            completion_lists::CompletionLists,
        ),
        (
            (placements::Placements, terms::PlacementTerms, rule_files::RuleFiles),
            promises::Promises,
            dry_runs::DryRuns,
            passes::Passes,
            passes::Holds,
            approvals::Approvals,
        ),
        (events::Events, event_channels::EventChannels, record_sources::RecordSources),
        (awards::Awards, bulks::Bulks),
        learners::Learners,
        jobs::Jobs,
        launches::Launches,
        keys::Keys,
        audit::Audit,
        schemas::Schemas,
    );
    OpenApiService::new(resources, "Laurel", "1.0").description(ABOUT).server("/api/v1")
}

/// The API document as YAML.
#[must_use]
pub fn document() -> String {
    plain_types(&service().spec_yaml())
}

/// Adds the addresses of the API, its document and its reading room.
#[must_use]
pub fn routes(route: Route, app: &App) -> Route {
    let service = service();
    let room = Room::new(plain_types(&service.spec_yaml()), &plain_types(&service.swagger_ui_html()));
    let gate = gate::Gate::new(app, &service.spec(), service);
    route
        .nest("/api/v1", gate)
        .at("/docs", get(room::docs.data(room.clone())))
        .at("/openapi.yaml", get(room::yaml.data(room)))
}

/// JSON has no charset parameter (RFC 8259 §11), and generators stumble over one.
fn plain_types(document: &str) -> String {
    document.replace("application/json; charset=utf-8", "application/json")
}
