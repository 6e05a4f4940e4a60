//! Issue 3: every flow with every product, end to end over HTTP against the practice LMS, and what happens where
//! platforms stand side by side or keys change under way. What a flow came to is asserted on the LMS's side.

mod completions;
mod neighbours;
mod products;
mod rotation;

use chrono::{DateTime, Utc};
use laurel::domain::{
    access::{Actor, Caller},
    organization::{self, NewOrganization},
};
use practice::Clock;

use crate::support::app::TestApp;

/// The LMS's clock, which is the program's.
fn clock(app: &TestApp) -> Clock {
    let clock = app.clock.clone();
    Clock::new(move || -> DateTime<Utc> { clock.now() })
}

/// Another tenant's hand at the command line.
async fn tenant(app: &TestApp, slug: &str) -> Caller {
    let nobody = Caller::new(laurel::ids::OrganizationId(uuid::Uuid::nil()), Actor::CommandLine);
    let new = NewOrganization { slug: slug.to_owned(), name: slug.to_owned() };
    Caller::new(organization::create(&app.app, &nobody, new).await.unwrap().id, Actor::CommandLine)
}
