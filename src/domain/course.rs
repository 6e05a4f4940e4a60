//! Courses and links as pages and the API read them. They are written only by launches and events.

use std::borrow::Cow;

use criteria::Names;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    app::App,
    error::{Error, Result},
    ids::{CourseId, OrganizationId},
    store::{
        course as rows,
        entity::{course, link},
        link as links,
    },
};

/// One course.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: CourseId) -> Result<course::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("course"))
}

/// The titles that a rule's sentence needs, loaded once per page.
#[derive(Clone, Debug, Default)]
pub struct Titles {
    course: Option<(Uuid, String)>,
    links: Vec<(Uuid, String)>,
}

impl Titles {
    /// The titles of a course and its links.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn of(db: &impl ConnectionTrait, course: &course::Model) -> Result<Self> {
        let links: Vec<link::Model> = links::of_course(db, course.organization_id, course.id).await?;
        Ok(Self {
            course: course.title.clone().map(|title| (course.id.0, title)),
            links: links.into_iter().filter_map(|link| Some((link.id.0, link.title?))).collect(),
        })
    }
}

impl Names for Titles {
    fn link(&self, id: Uuid) -> Option<Cow<'_, str>> {
        self.links.iter().find(|(link, _)| *link == id).map(|(_, title)| title.into())
    }

    fn course(&self, id: Uuid) -> Option<Cow<'_, str>> {
        self.course.as_ref().filter(|(course, _)| *course == id).map(|(_, title)| title.into())
    }
}
