//! Rosters: who is in a course as the platform says, its groups, and asking for a reading.

use std::collections::HashMap;

use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Listed, asked, listed},
    problems::{ReadProblem, WriteProblem},
    trouble::TroubleOut,
};
use crate::{
    app::App,
    domain::{
        course,
        roster::{self, Statement},
    },
    error::{Error, Result as Outcome},
    ids::{CourseGroupId, CourseId, LearnerId, LinkId},
    store::{
        course_group as groups, enrollment as enrollments,
        entity::{
            course as course_entity, course_group, enrollment, enrollment::EnrollmentState, learner,
            roster as entity,
        },
        learner as learners,
    },
    web::who::{MayPlace, MayRead},
};

/// Whose roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum RosterOf {
    /// The whole course's: who is in it.
    Course,
    /// That of one link: who may open it now.
    Link,
}

/// Whose roster is to be read.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RosterIn {
    /// The whole course's, or that of one link.
    of: RosterOf,
    /// The link, for that of one.
    link_id: Option<LinkId>,
}

impl Example for RosterIn {
    fn example() -> Self {
        Self { of: RosterOf::Course, link_id: None }
    }
}

/// What the last reading of a roster came to.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RosterReadingOut {
    /// When it ended.
    at: chrono::DateTime<chrono::Utc>,
    /// People in the platform's answer.
    members: u64,
    /// Of these, learners who take part.
    learners: u64,
    /// Of these, who teach or administer.
    staff: u64,
    /// Of these, who do not take part now.
    inactive: u64,
    /// Who were new to us in this course.
    new: u64,
    /// About whom something else was new.
    changed: u64,
    /// Who are not in the course any more; only a complete reading says that of anybody.
    gone: u64,
    /// Awards that followed, once the pass that looks at everybody has ended.
    awarded: u64,
    /// Groups of the course, where the platform offers them.
    groups: Option<u64>,
    /// Whether everybody was read.
    is_complete: bool,
    /// The code of why not.
    trouble: Option<String>,
}

impl From<Statement> for RosterReadingOut {
    fn from(said: Statement) -> Self {
        Self {
            at: said.at,
            members: said.members,
            learners: said.learners,
            staff: said.staff,
            inactive: said.inactive,
            new: said.new,
            changed: said.changed,
            gone: said.gone,
            awarded: said.awarded,
            groups: said.groups,
            is_complete: said.is_complete,
            trouble: said.trouble,
        }
    }
}

/// A roster: what the platform says of who is in a course, or may open one link of it.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct RosterOut {
    /// The course.
    course_id: CourseId,
    /// The link, when it is that of one.
    link_id: Option<LinkId>,
    /// Whether the platform offers it here, as the newest launch says.
    is_offered: bool,
    /// Whether a reading was asked for that has not ended.
    is_awaited: bool,
    /// The last reading.
    reading: Option<RosterReadingOut>,
    /// What went wrong last.
    trouble: Option<TroubleOut>,
    /// When one was last complete.
    complete_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it is read by itself next, if anything happens in the course.
    next_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Example for RosterOut {
    fn example() -> Self {
        Self {
            course_id: examples::course(),
            link_id: None,
            is_offered: true,
            is_awaited: false,
            reading: Some(RosterReadingOut {
                at: examples::time(),
                members: 216,
                learners: 213,
                staff: 3,
                inactive: 0,
                new: 4,
                changed: 1,
                gone: 2,
                awarded: 0,
                groups: Some(8),
                is_complete: true,
                trouble: None,
            }),
            trouble: None,
            complete_at: Some(examples::time()),
            next_at: None,
        }
    }
}

impl RosterOut {
    fn of(course: &course_entity::Model, link: Option<LinkId>, row: Option<entity::Model>) -> Outcome<Self> {
        let reading = row.as_ref().map(roster::reading_of).transpose()?.flatten();
        Ok(Self {
            course_id: course.id,
            link_id: link,
            is_offered: roster::is_offered(course),
            is_awaited: row.as_ref().is_some_and(roster::is_awaited),
            reading: reading.map(Into::into),
            complete_at: row.as_ref().and_then(|row| row.complete_at),
            next_at: row.as_ref().and_then(|row| row.due_at),
            trouble: row
                .and_then(|row| TroubleOut::explained(row.trouble, row.trouble_words, roster::explain)),
        })
    }
}

/// Somebody in a course.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct MemberOut {
    /// Who.
    learner_id: LearnerId,
    /// The platform's name of them.
    sub: String,
    /// Their name, when the platform tells it.
    name: Option<String>,
    /// Whether they are in the course now.
    state: EnrollmentState,
    /// Whether they were ever seen teaching or administering here: such people earn nothing of this course.
    is_staff: bool,
    /// Their roles, as full URIs.
    roles: Vec<String>,
    /// The platform's names of their groups.
    groups: Vec<String>,
    /// When something new was last heard of them here.
    last_seen_at: chrono::DateTime<chrono::Utc>,
}

impl Example for MemberOut {
    fn example() -> Self {
        Self {
            learner_id: examples::learner(),
            sub: "5f2e".to_owned(),
            name: Some("Zoë Łukasz".to_owned()),
            state: EnrollmentState::Active,
            is_staff: false,
            roles: vec!["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner".to_owned()],
            groups: vec!["group-7".to_owned()],
            last_seen_at: examples::time(),
        }
    }
}

impl MemberOut {
    fn of(row: enrollment::Model, learner: Option<learner::Model>, groups: Vec<String>) -> Self {
        let roles = row.roles_seen.get("now").and_then(Value::as_array);
        let roles = roles.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let (sub, name) = learner.map_or_else(Default::default, |learner| (learner.sub, learner.name));
        Self {
            learner_id: row.learner_id,
            sub,
            name,
            state: row.state,
            is_staff: row.is_staff_ever,
            roles: roles.collect(),
            groups,
            last_seen_at: row.last_seen_at,
        }
    }
}

/// A set of groups.
#[derive(Clone, Debug, Object)]
pub struct GroupSetOut {
    /// The platform's name for it.
    id: String,
    /// Its name.
    name: String,
}

/// A group of people in a course.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct GroupOut {
    /// The platform's name for it.
    id: String,
    /// Its name.
    name: String,
    /// What it is for.
    tag: Option<String>,
    /// The sets it belongs to.
    sets: Vec<GroupSetOut>,
    /// Not to be shown to learners.
    is_hidden: bool,
    /// How many of the people we know are in it.
    members: i64,
}

impl Example for GroupOut {
    fn example() -> Self {
        Self {
            id: "group-7".to_owned(),
            name: "Tuesday group".to_owned(),
            tag: None,
            sets: vec![GroupSetOut { id: "set-1".to_owned(), name: "Workshops".to_owned() }],
            is_hidden: false,
            members: 12,
        }
    }
}

impl GroupOut {
    fn of(row: course_group::Model, members: i64) -> Self {
        let text =
            |set: &Value, name: &str| set.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let sets = row.sets.as_array().into_iter().flatten();
        Self {
            id: row.group_id,
            name: row.name,
            tag: row.tag,
            sets: sets.map(|set| GroupSetOut { id: text(set, "id"), name: text(set, "name") }).collect(),
            is_hidden: row.hidden,
            members,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Rosters;

#[OpenApi(prefix_path = "/courses", tag = "Tag::Courses")]
impl Rosters {
    /// Fetch what is known of reading a course's roster.
    ///
    /// When the platform was last asked who is in the course (or, with `link`, who may open that link), what
    /// came of it, and what went wrong, in plain words.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/roster", method = "get", operation_id = "course_roster")]
    async fn course_roster(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
        /// That of one link of the course, by its id.
        link: Query<Option<LinkId>>,
    ) -> Result<Json<RosterOut>, ReadProblem> {
        let organization = may.caller.organization;
        let found = course::find(&app, organization, id.0).await?;
        let row = roster::find(&app, organization, found.id, link.0).await?;
        Ok(Json(RosterOut::of(&found, link.0, row)?))
    }

    /// Read a course's roster.
    ///
    /// Begins a reading of who is in the course, or of who may open one link of it; `reading` says later what it
    /// came to. Learners appear without having launched, and whoever is not in the course any more becomes
    /// inactive; awards stay. A course in which anything happens is read by itself about twice a day.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/roster", method = "post", operation_id = "course_read_roster")]
    async fn course_read_roster(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<CourseId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<RosterIn>,
    ) -> Result<Json<RosterOut>, WriteProblem> {
        let RosterIn { of, link_id } = body.0;
        let found = course::find(&app, may.caller.organization, id.0).await?;
        if link_id.is_some() != (of == RosterOf::Link) {
            // A stranger's link is not there before it is out of place.
            roster::find(&app, found.organization_id, found.id, link_id).await?;
            let words = "Name the link for the roster of a link, and only then.";
            return Err(Error::invalid("roster.link", "link_id", words).into());
        }
        let row = roster::ask(&app, &may.caller, found.id, link_id).await?;
        Ok(Json(RosterOut::of(&found, link_id, Some(row))?))
    }

    /// List a course's people.
    ///
    /// Newest first: whoever launched, was reported, or stands in the platform's roster, also who is not in the
    /// course any more.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/members", method = "get", operation_id = "course_members")]
    async fn course_members(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<MemberOut>>, ReadProblem> {
        let (db, organization) = (app.store.read(), may.caller.organization);
        let found = course::find(&app, organization, id.0).await?;
        let page = enrollments::list(db, organization, found.id, asked(limit.0, cursor.0)).await?;
        let ids: Vec<LearnerId> = page.items.iter().map(|row| row.learner_id).collect();
        let people = learners::of_ids(db, organization, ids.iter().copied()).await?;
        let mut people: HashMap<LearnerId, learner::Model> =
            people.into_iter().map(|row| (row.id, row)).collect();
        let known = groups::of_course(db, organization, found.id).await?;
        let names: HashMap<CourseGroupId, String> =
            known.into_iter().map(|row| (row.id, row.group_id)).collect();
        let mut grouped: HashMap<LearnerId, Vec<String>> = HashMap::new();
        for row in groups::of_learners(db, organization, found.id, ids).await? {
            grouped.entry(row.learner_id).or_default().extend(names.get(&row.course_group_id).cloned());
        }
        Ok(listed(page, |row| {
            let mut groups = grouped.remove(&row.learner_id).unwrap_or_default();
            groups.sort_unstable();
            let learner = people.remove(&row.learner_id);
            MemberOut::of(row, learner, groups)
        }))
    }

    /// List a course's groups.
    ///
    /// As the platform's groups service last told; newest first. Empty where the platform offers none.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/groups", method = "get", operation_id = "course_groups")]
    async fn course_groups(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<GroupOut>>, ReadProblem> {
        let (db, organization) = (app.store.read(), may.caller.organization);
        let found = course::find(&app, organization, id.0).await?;
        let page = groups::list(db, organization, found.id, asked(limit.0, cursor.0)).await?;
        let counts = groups::counts(db, organization, page.items.iter().map(|row| row.id)).await?;
        Ok(listed(page, |row| {
            let members = counts.get(&row.id).copied().unwrap_or(0);
            GroupOut::of(row, members)
        }))
    }
}
