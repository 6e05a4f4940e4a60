//! Courses and links as pages and the API read them, and the platform behind a course as services need it.
//! They are written only by launches and events.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use criteria::{Names, Reference, Rule};
use lti::{claims::Services, services::Scopes};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    app::{App, Needs},
    domain::{platform, rule},
    error::{Error, Result},
    ids::{CourseId, LinkId, OrganizationId},
    platform_client::Peer,
    store::{
        course as rows, deployment as deployments,
        entity::{course, deployment::DeploymentState, link},
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

/// What services of a course need: whom to ask, and where.
#[derive(Clone, Debug)]
pub struct Served {
    /// The platform, as the course's deployment is served; without scopes yet.
    pub peer: Peer,
    /// The addresses and scopes that the newest launch offered.
    pub services: Services,
}

/// The platform behind a course.
///
/// # Errors
/// `deployment.not_accepted`; `not_found`.
pub async fn served(app: &App, course: &course::Model) -> Result<Served> {
    let db = app.store.read();
    let deployment = deployments::find(db, course.organization_id, course.deployment_id)
        .await?
        .ok_or_else(|| Error::not_found("deployment"))?;
    if deployment.state != DeploymentState::Accepted {
        return Err(Error::conflict(
            "deployment.not_accepted",
            "The course's deployment is not accepted, so its platform is not asked.",
        ));
    }
    let platform = platform::entry(app, deployment.platform_id).await?;
    // An event may have made the course: then nothing was ever offered.
    let services = serde_json::from_value(course.services.clone()).map_err(Error::internal)?;
    let peer = Peer { platform, deployment_id: deployment.deployment_id, scopes: Scopes::default() };
    Ok(Served { peer, services })
}

/// The titles that a rule's sentence needs, loaded once per page.
#[derive(Clone, Debug, Default)]
pub struct Titles {
    course: Option<(Uuid, String)>,
    links: Vec<(Uuid, String)>,
    badges: Arc<Needs>,
}

impl Titles {
    /// The titles of a course and of what rules name, for whoever caches them.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn named(
        db: &impl ConnectionTrait,
        organization: OrganizationId,
        course: Option<CourseId>,
        rules: impl Iterator<Item = &Rule>,
    ) -> Result<HashMap<Uuid, Option<String>>> {
        let (mut courses, mut named): (Vec<CourseId>, Vec<LinkId>) =
            (course.into_iter().collect(), Vec::new());
        for (_, reference) in rules.flat_map(Rule::references) {
            match reference {
                Reference::Course(id) => courses.push(CourseId(id)),
                Reference::Link(id) => named.push(LinkId(id)),
                // Names of badges are known with what needs them.
                Reference::Achievement(_) => {}
            }
        }
        let courses = rows::titles(db, organization, courses).await?;
        let links = links::titles(db, organization, named).await?;
        let courses = courses.into_iter().map(|(id, title)| (id.0, title));
        Ok(courses.chain(links.into_iter().map(|(id, title)| (id.0, title))).collect())
    }

    /// The titles of a course and its links, and of badges that rules name.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn of(app: &App, course: &course::Model) -> Result<Self> {
        let db = app.store.read();
        let links: Vec<link::Model> = links::of_course(db, course.organization_id, course.id).await?;
        Ok(Self {
            course: course.title.clone().map(|title| (course.id.0, title)),
            links: links.into_iter().filter_map(|link| Some((link.id.0, link.title?))).collect(),
            badges: rule::needs(app, db, course.organization_id).await?,
        })
    }

    /// The titles of badges that rules name, for the whole organization's.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn everywhere(app: &App, organization: OrganizationId) -> Result<Self> {
        let badges = rule::needs(app, app.store.read(), organization).await?;
        Ok(Self { badges, ..Self::default() })
    }
}

impl Names for Titles {
    fn link(&self, id: Uuid) -> Option<Cow<'_, str>> {
        self.links.iter().find(|(link, _)| *link == id).map(|(_, title)| title.into())
    }

    fn course(&self, id: Uuid) -> Option<Cow<'_, str>> {
        self.course.as_ref().filter(|(course, _)| *course == id).map(|(_, title)| title.into())
    }

    fn achievement(&self, id: Uuid) -> Option<Cow<'_, str>> {
        self.badges.names.get(&id).map(Cow::from)
    }
}
