//! The scene of the demo: an organization with an issuer and two badges, a practice LMS that knows the tool and tells
//! it who finishes the course, and the badges placed there. What changes goes through `domain`, as an operator would do it.

use std::net::{Ipv4Addr, SocketAddr};

use practice::{
    Activity, Options, Practice, ToolRegistration, User,
    browser::{Browser, Visit},
    course::LEARNER,
    demo,
    events::Store,
    services::quirks::SubjectShape,
};
use serde_json::{Value, json};

use super::{super::said, play::expect};
use crate::{
    app::App,
    config::Secret,
    domain::{
        access::{Actor, Caller, Scope},
        achievement::{self, Definition},
        api_key::{self, NewKey},
        event_channel::{self, NewChannel},
        floor::Floor,
        invitation::{self, NewInvitation},
        issuer::{self, NewIssuer},
        organization::{self, NewOrganization},
        placement::{self, NewPlacement},
        records::source::{self, Credential, NewSource},
        roster,
    },
    error::{Error, Kind, Result},
    ids::{AchievementVersionId, CourseId, OrganizationId, PlacementId},
    store::{
        Page, PageQuery, course as courses, deployment as deployments,
        entity::{
            achievement_version::MayPlace, course, event_channel::ChannelKind, placement::PlacementMode,
            record_source::RecordKind,
        },
    },
};

/// The activity that opens the tool.
pub const BADGE: &str = "badge-safety";
/// The badge, by the name that every page about it shows.
pub const BADGE_NAME: &str = "Machine Room Safety";

/// The badge for the whole course.
pub const COURSE_BADGE_NAME: &str = "Introduction to Computing";

/// A learner whose completion nobody tells, and what the LMS knows of her.
pub const MARY: &str = "user-mary";
/// Her name.
pub const MARY_NAME: &str = "Mary Somerville";
/// Her address.
pub const MARY_ADDRESS: &str = "mary@campus.example";

/// What is on stage.
pub struct Stage {
    /// The practice LMS.
    pub lms: Practice,
    /// Whose badges they are.
    pub organization: OrganizationId,
    /// The course, as Laurel calls it.
    pub course: CourseId,
    /// The badge for the whole course, a draft at first.
    pub for_course: PlacementId,
    /// Laurel's own address.
    pub public_url: String,
    /// Laurel's client id at the LMS.
    pub client_id: String,
    /// A key for trying the API.
    pub api_key: String,
    /// A one-time address by which an LMS registers Laurel.
    pub invitation: String,
}

impl Stage {
    /// Asks Laurel's API, with the key for trying it.
    pub async fn api(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let visit = Visit::new(method, &format!("{}/api/v1{path}", self.public_url));
        let visit = visit.header("authorization", &format!("Bearer {}", self.api_key));
        let visit = match body {
            Some(body) => visit.body("application/json", body.to_string()),
            None => visit,
        };
        let answer = Browser::new().visit(visit).await.map_err(said)?;
        expect((200..300).contains(&answer.status), "the API refused", &answer.text())?;
        serde_json::from_slice(&answer.body).map_err(said)
    }
}

/// Sets everything up.
pub async fn set(app: &App, lms_port: u16) -> Result<Stage> {
    let public_url = app.settings.server.public_url.as_str().trim_end_matches('/').to_owned();
    let nobody = Caller::server(Actor::CommandLine);
    let organization = organization::create(
        app,
        &nobody,
        NewOrganization { slug: "campus".to_owned(), name: "Campus of Computing".to_owned() },
    )
    .await?;
    let caller = Caller::new(organization.id, Actor::CommandLine);
    let lms = practice_lms(lms_port).await?;
    let tool = register(app, &caller, &lms).await?;
    lms.add_activity(
        demo::COURSE,
        Activity::tool(BADGE, "Your badge: Machine Room Safety", &tool.client_id)
            .target(&format!("{public_url}/course"))
            .custom("badge", "safety")
            .after(demo::LESSON),
    );
    let (version, for_course) = define(app, &caller).await?;
    // The course becomes known when somebody opens the tool in it: the teacher looks first.
    Browser::new().launch(&lms, demo::ADA, BADGE).await.map_err(said)?;
    let known: Page<_> = courses::list(app.store.read(), organization.id, PageQuery::default()).await?;
    let course = known.items.into_iter().next().ok_or_else(|| Error::not_found("course"))?;
    placement::place(
        app,
        &caller,
        NewPlacement {
            version,
            course: Some(course.id),
            link: None,
            rule: Some(json!({ "version": 1, "node": { "type": "all_of", "of": [
                { "type": "role", "any_of": ["learner"] },
                { "type": "launched", "custom": [{ "name": "badge", "equals": "safety" }] }
            ] } })),
            mode: PlacementMode::Ever,
            live: true,
        },
    )
    .await?;
    let for_course = placement::place(
        app,
        &caller,
        NewPlacement {
            version: for_course,
            course: Some(course.id),
            link: None,
            rule: Some(json!({ "version": 1, "node": { "type": "all_of", "of": [
                { "type": "role", "any_of": ["learner"] },
                { "type": "completed", "subject": { "course": "this" }, "min_strength": "strong" }
            ] } })),
            mode: PlacementMode::Ever,
            live: false,
        },
    )
    .await?;
    listen(app, &caller, &lms, &course).await?;
    let key = NewKey {
        name: "Demo".to_owned(),
        scopes: Scope::ALL.into_iter().filter(|scope| *scope != Scope::Server).collect(),
        expires_at: None,
        event_strength: criteria::Strength::Strong,
    };
    let key = api_key::create(app, &caller, Some(organization.id), key).await?;
    let invited = invitation::create(app, &caller, NewInvitation::default()).await?;
    let invitation = invited.address.unwrap_or_default();
    Ok(Stage {
        lms,
        organization: organization.id,
        course: course.id,
        for_course: for_course.placement.id,
        public_url,
        client_id: tool.client_id,
        api_key: key.secret.unwrap_or_default(),
        invitation,
    })
}

async fn practice_lms(port: u16) -> Result<Practice> {
    let options = Options {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        seed_demo: true,
        ..Options::default()
    };
    let lms = Practice::start(options).await.map_err(said)?;
    // As at Moodle, whose interface for records it has: there people are numbers.
    lms.quirks(|quirks| quirks.subjects = SubjectShape::Decimal);
    lms.add_user(User::new(MARY, MARY_NAME).email(MARY_ADDRESS).locale("en"));
    lms.enroll(demo::COURSE, MARY, &[LEARNER]);
    Ok(lms)
}

/// Makes Laurel and the LMS known to each other: the LMS's administrator pastes an invitation, and Laurel registers
/// itself. The tool as the LMS knows it then.
async fn register(app: &App, caller: &Caller, lms: &Practice) -> Result<ToolRegistration> {
    let new = NewInvitation { name: Some("Practice LMS".to_owned()), ..NewInvitation::default() };
    let invited = invitation::create(app, caller, new).await?;
    let browser = Browser::new();
    let address = invited.address.unwrap_or_default();
    let asked = browser.begin_registration(lms, &address).await.map_err(said)?;
    let refused = |said: String| Error::new(Kind::Internal, "demo.failed", said);
    let form = asked.forms().into_iter().next().ok_or_else(|| refused(asked.text()))?;
    let answered = browser.submit(&asked, &form).await.map_err(said)?;
    let tool = lms.tools().into_iter().next_back().filter(|_| answered.status == 200);
    let tool = tool.ok_or_else(|| refused(answered.text()))?;
    lms.activate(&tool.client_id);
    Ok(tool)
}

/// The LMS's administrator enters a channel's address and secret into its log store, and gives Laurel a token for the LMS's
/// own record; Laurel reads who is there.
async fn listen(app: &App, caller: &Caller, lms: &Practice, course: &course::Model) -> Result<()> {
    let deployment = deployments::find(app.store.read(), caller.organization, course.deployment_id).await?;
    let deployment = deployment.ok_or_else(|| Error::not_found("deployment"))?;
    let new = NewChannel {
        name: "Practice LMS".to_owned(),
        kind: ChannelKind::Xapi,
        platform: deployment.platform_id,
        courses: Vec::new(),
        strength: criteria::Strength::Strong,
        allows_email: false,
        home_page: None,
        account_scheme: None,
        keys_url: None,
        account: None,
        expires_at: None,
    };
    let made = event_channel::create(app, caller, new).await?;
    lms.log_to(Store {
        endpoint: app.settings.server.public_url.at("/events/xapi"),
        username: made.row.prefix,
        password: made.secret.unwrap_or_default(),
    });
    let record = NewSource {
        platform: deployment.platform_id,
        kind: RecordKind::Moodle,
        base_url: lms.base_url().to_owned(),
        credential: Credential::Token { token: Secret::from(lms.record_token()) },
        courses: Vec::new(),
        consent_by: "Charles Babbage".to_owned(),
        consent_note: Some("For the demo, on this machine.".to_owned()),
    };
    source::add(app, caller, record).await?;
    roster::ask(app, caller, course.id, None).await?;
    Ok(())
}

/// The issuer and its two badges.
async fn define(app: &App, caller: &Caller) -> Result<(AchievementVersionId, AchievementVersionId)> {
    let issuer = issuer::create(
        app,
        caller,
        NewIssuer {
            slug: "campus".to_owned(),
            name: "Campus of Computing".to_owned(),
            url: "https://campus.example".to_owned(),
            email: "badges@campus.example".to_owned(),
            description: Some("A practice campus that lives on this machine.".to_owned()),
            language: Some("en".to_owned()),
            base_url: None,
        },
    )
    .await?;
    let safety = Definition {
        name: BADGE_NAME.to_owned(),
        description: "Knows how to work safely in the machine room.".to_owned(),
        criteria_narrative: "To earn this badge a learner must:\n\n* finish the lesson *Safety in the machine room*\n* open the badge in the course afterwards".to_owned(),
        tags: vec!["safety".to_owned(), "computing".to_owned()],
        ..blank()
    };
    let whole = Definition {
        name: COURSE_BADGE_NAME.to_owned(),
        description: "Has worked through the whole introduction to computing.".to_owned(),
        criteria_narrative: "To earn this badge a learner must finish the course *Introduction to Computing*; the learning platform says so.".to_owned(),
        tags: vec!["computing".to_owned()],
        ..blank()
    };
    let safety = achievement::define(app, caller, issuer.id, "machine-room-safety", safety).await?;
    let whole = achievement::define(app, caller, issuer.id, "introduction-to-computing", whole).await?;
    Ok((safety.version.id, whole.version.id))
}

/// What both badges have in common.
fn blank() -> Definition {
    Definition {
        name: String::new(),
        description: String::new(),
        criteria_narrative: String::new(),
        achievement_type: "Badge".to_owned(),
        tags: Vec::new(),
        alignments: Vec::new(),
        language: "en".to_owned(),
        artwork: None,
        rule: None,
        validity_days: None,
        valid_until: None,
        remind_days: Vec::new(),
        floor: Floor::default(),
        may_place: MayPlace::Instructors,
    }
}
