//! Courses and their links; launches and events make them.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Listed, asked, listed},
    problems::{ListProblem, ReadProblem},
};
use crate::{
    app::App,
    domain::course,
    ids::{CourseId, DeploymentId, LinkId},
    store::{
        course as rows,
        entity::{course as entity, link as link_entity},
        link as links,
    },
    web::who::MayRead,
};

/// A course.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct CourseOut {
    /// Its id.
    id: CourseId,
    /// Where it is.
    deployment_id: DeploymentId,
    /// The platform's name for it.
    context_id: String,
    /// Its title.
    title: Option<String>,
    /// Its short label.
    label: Option<String>,
    /// When it was first seen.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl Example for CourseOut {
    fn example() -> Self {
        Self {
            id: examples::course(),
            deployment_id: examples::deployment(),
            context_id: "42".to_owned(),
            title: Some("Workshop safety, autumn".to_owned()),
            label: None,
            created_at: examples::time(),
        }
    }
}

impl From<entity::Model> for CourseOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            deployment_id: row.deployment_id,
            context_id: row.context_id,
            title: row.title,
            label: row.label,
            created_at: row.created_at,
        }
    }
}

/// A resource link: one place in a course that opens the tool.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct LinkOut {
    /// Its id.
    id: LinkId,
    /// Its course.
    course_id: Option<CourseId>,
    /// The platform's name for it.
    resource_link_id: String,
    /// Its title.
    title: Option<String>,
    /// When it was first seen.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl Example for LinkOut {
    fn example() -> Self {
        Self {
            id: examples::link(),
            course_id: Some(examples::course()),
            resource_link_id: "311".to_owned(),
            title: Some("Safety badge".to_owned()),
            created_at: examples::time(),
        }
    }
}

impl From<link_entity::Model> for LinkOut {
    fn from(row: link_entity::Model) -> Self {
        Self {
            id: row.id,
            course_id: row.course_id,
            resource_link_id: row.resource_link_id,
            title: row.title,
            created_at: row.created_at,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Courses;

#[OpenApi(prefix_path = "/courses", tag = "Tag::Courses")]
impl Courses {
    /// List courses.
    ///
    /// Newest first.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "course_list")]
    async fn course_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<CourseOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one course.
    ///
    /// As the last launch told us of it.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "course_find")]
    async fn course_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
    ) -> Result<Json<CourseOut>, ReadProblem> {
        Ok(Json(course::find(&app, may.caller.organization, id.0).await?.into()))
    }

    /// List a course's links.
    ///
    /// Newest first.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/links", method = "get", operation_id = "course_links")]
    async fn course_links(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<LinkOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let found = course::find(&app, organization, id.0).await?;
        let page = links::list(app.store.read(), organization, found.id, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }
}
