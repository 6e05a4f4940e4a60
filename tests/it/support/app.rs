//! The program as a person finds it: a database of its own, real HTTP on a free port, mail in memory, a
//! clock that stands still, and a practice LMS that knows the tool (house-style §4.10).
//!
//! Jobs run when a test says so. `attempt.rs` has the launches, `stored.rs` looks at the rows.

use std::{net::SocketAddr, sync::Arc};

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use laurel::{
    app::App,
    clock::{Clock, Dice},
    config::{MasterKey, Settings, Sources},
    domain::{
        access::{Actor, Caller, Scope},
        achievement::{self, Definition},
        api_key::{self, NewKey},
        deployment,
        floor::Floor,
        issuer::{self, NewIssuer},
        organization::{self, NewOrganization},
        placement::{self, NewPlacement, Placed},
        platform::{self, Details, NewPlatform},
        roster,
    },
    error::Result,
    ids::{AchievementVersionId, CourseId, OrganizationId, RosterId},
    mail::{Delivered, Mailer, Memory},
    outbox::Ran,
    store::{
        Store,
        entity::{
            achievement_version::MayPlace, issuer as issuer_rows, placement::PlacementMode,
            platform as platforms,
        },
        roster as rosters,
    },
    vault::Vault,
};
use poem::listener::TcpAcceptor;
use practice::{
    Options, Practice, ToolRegistration,
    browser::{Browser, BrowserOptions},
    wire::Routes,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::database::Database;

/// The conformance cases' `T0`.
pub fn t0() -> DateTime<Utc> {
    Utc.timestamp_opt(1_900_000_000, 0).unwrap()
}

/// `client_id` and deployment of the fixture P1.
pub const CLIENT: &str = "client-abc";
pub const DEPLOYMENT: &str = "dep-9";
/// Where production variants pretend to be.
pub const PRODUCTION: &str = "https://badges.example";
const CAMPUS: &str = "https://lms.campus.example";

/// One running Laurel and what stands around it.
pub struct TestApp {
    /// The program, for looking inside.
    pub app: App,
    /// The platform P1.
    pub lms: Practice,
    /// How P1 knows us.
    pub tool: ToolRegistration,
    /// How we know P1.
    pub platform: platforms::Model,
    /// The tenant T1.
    pub organization: OrganizationId,
    /// Its issuer.
    pub issuer: issuer_rows::Model,
    /// A key of T1 with every scope it may have.
    pub api_key: String,
    /// Time, shared with the LMS and the browsers.
    pub clock: Clock,
    /// The address of this process; `public_url` is that of the first one.
    pub base: String,
    routes: Routes,
    mail: Memory,
    sources: Sources,
    server: JoinHandle<()>,
    address: SocketAddr,
    database: Arc<Database>,
}

impl TestApp {
    /// With default settings, in development mode on `http://localhost`.
    pub async fn new() -> Self {
        Self::with(|sources| sources).await
    }

    /// With settings changed: `TestApp::with(|sources| sources.with("server.language", "de"))`.
    pub async fn with(change: impl FnOnce(Sources) -> Sources) -> Self {
        let (listener, address) = listen(0).await;
        let base = format!("http://localhost:{}", address.port());
        let sources = Sources::defaults().with("server.public_url", &base);
        Self::start(listener, address, base, change(sources)).await
    }

    /// In production mode as `https://badges.example` behind a proxy on loopback, known to the platform
    /// `https://lms.campus.example` by pretended addresses; its keys are typed in.
    pub async fn production() -> Self {
        let (listener, address) = listen(0).await;
        let sources = Sources::defaults()
            .with("server.public_url", PRODUCTION)
            .with("server.trusted_proxies", "127.0.0.1");
        Self::start(listener, address, PRODUCTION.to_owned(), sources).await
    }

    async fn start(listener: TcpListener, address: SocketAddr, base: String, sources: Sources) -> Self {
        let database = Arc::new(Database::new().await);
        let key = MasterKey::new(Dice::system().bytes()).unwrap();
        let sources = sources.with("keys.master_key", key.to_text().as_str()).with("logs.level", "error");
        let clock = Clock::frozen(t0());
        let (app, mail) = build(&sources, database.replica().await, &clock).await;
        let is_production = app.settings.server.public_url.is_https();
        let routes = Routes::default().with(PRODUCTION, address);
        let lms = Practice::start(Options {
            public_url: is_production.then(|| CAMPUS.to_owned()),
            authorization_query: Some("tenant=7".to_owned()),
            clock: lms_clock(&clock),
            seed_demo: true,
            key_name: "p1".to_owned(),
            routes: routes.clone(),
            ..Options::default()
        })
        .await
        .unwrap();
        let routes = routes.with(CAMPUS, lms.address());
        let nobody = Caller::new(OrganizationId(uuid::Uuid::nil()), Actor::CommandLine);
        let tenant = NewOrganization { slug: "campus".to_owned(), name: "Campus".to_owned() };
        let organization = organization::create(&app, &nobody, tenant).await.unwrap().id;
        let caller = Caller::new(organization, Actor::CommandLine);
        let issuer = issuer::create(&app, &caller, new_issuer("campus")).await.unwrap();
        let key = NewKey {
            name: "Test".to_owned(),
            scopes: Scope::ALL.into_iter().filter(|scope| *scope != Scope::Server).collect(),
            expires_at: None,
            event_strength: criteria::Strength::Strong,
        };
        let key = api_key::create(&app, &caller, Some(organization), key).await.unwrap();
        let server = serve(&app, listener);
        let public_url = app.settings.server.public_url.as_str().to_owned();
        let mut all = Self {
            platform: register(&app, &caller, &lms, CLIENT, is_production).await.unwrap(),
            tool: tool_at(&public_url, CLIENT),
            app,
            lms,
            organization,
            issuer,
            api_key: key.secret.unwrap(),
            clock,
            base,
            routes,
            mail,
            sources,
            server,
            address,
            database,
        };
        all.tool.jwks_url = Some(format!("{public_url}/lti/jwks/{}", all.platform.id));
        deployment::accept(&all.app, &caller, all.platform.id, DEPLOYMENT).await.unwrap();
        all.lms.register(all.tool.clone());
        all
    }

    /// Another process on the same database with the same master key (case S16).
    pub async fn second(&self) -> Self {
        let (listener, address) = listen(0).await;
        self.again(listener, address, format!("http://localhost:{}", address.port()), self.sources.clone())
            .await
    }

    /// The same with other settings.
    pub async fn second_with(&self, change: impl FnOnce(Sources) -> Sources) -> Self {
        let (listener, address) = listen(0).await;
        let sources = change(self.sources.clone());
        self.again(listener, address, format!("http://localhost:{}", address.port()), sources).await
    }

    /// Stops, and starts again on the same port (case S17).
    pub async fn restart(self) -> Self {
        self.stop().await;
        let (listener, address) = listen(self.address.port()).await;
        self.again(listener, address, self.base.clone(), self.sources.clone()).await
    }

    /// Stops, and starts again on the same port with a backup put back in the place of the database.
    pub async fn restore(mut self, backup: &std::path::Path) -> Self {
        self.stop().await;
        self.database = Arc::new(Database::of_backup(backup).await);
        let (listener, address) = listen(self.address.port()).await;
        self.again(listener, address, self.base.clone(), self.sources.clone()).await
    }

    async fn again(
        &self,
        listener: TcpListener,
        address: SocketAddr,
        base: String,
        sources: Sources,
    ) -> Self {
        let (app, mail) = build(&sources, self.database.replica().await, &self.clock).await;
        Self {
            server: serve(&app, listener),
            app,
            lms: self.lms.clone(),
            tool: self.tool.clone(),
            platform: self.platform.clone(),
            organization: self.organization,
            issuer: self.issuer.clone(),
            api_key: self.api_key.clone(),
            clock: self.clock.clone(),
            base,
            routes: self.routes.clone(),
            mail,
            sources,
            address,
            database: self.database.clone(),
        }
    }

    /// Ends the server and its background work.
    pub async fn stop(&self) {
        self.server.abort();
        self.app.shut_down().await;
    }

    /// An address of this process.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The command line's hand in T1.
    pub fn operator(&self) -> Caller {
        Caller::new(self.organization, Actor::CommandLine)
    }

    /// Somebody's browser. One person each.
    pub fn browser(&self) -> Browser {
        self.browser_that(|options| options)
    }

    /// A browser with manners of its own.
    pub fn browser_that(&self, behaves: impl FnOnce(BrowserOptions) -> BrowserOptions) -> Browser {
        let options = BrowserOptions {
            clock: lms_clock(&self.clock),
            routes: self.routes.clone(),
            ..BrowserOptions::default()
        };
        Browser::with(behaves(options))
    }

    /// Lets time pass, here and at the LMS.
    pub fn advance(&self, seconds: i64) {
        self.clock.advance(Duration::seconds(seconds));
    }

    /// Defines a badge without a rule of its own.
    pub async fn achievement(&self, name: &str) -> AchievementVersionId {
        let slug = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let definition = Definition {
            name: name.to_owned(),
            description: format!("Has earned {name}."),
            criteria_narrative: "Open the activity.".to_owned(),
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
        };
        achievement::define(&self.app, &self.operator(), self.issuer.id, &slug, definition)
            .await
            .unwrap()
            .version
            .id
    }

    /// Places a badge with this rule node (`{"type": "launched"}`), live, in a course or (without one) everywhere.
    pub async fn place(
        &self,
        version: AchievementVersionId,
        course: Option<CourseId>,
        node: Value,
    ) -> Placed {
        let new = NewPlacement {
            version,
            course,
            link: None,
            rule: Some(json!({ "version": 1, "node": node })),
            mode: PlacementMode::Ever,
            live: true,
        };
        placement::place(&self.app, &self.operator(), new).await.unwrap()
    }

    /// A badge for whoever opens the tool, in every course.
    pub async fn badge_for_opening(&self, name: &str) -> Placed {
        let version = self.achievement(name).await;
        self.place(version, None, json!({ "type": "launched" })).await
    }

    /// Runs every job that is due, to the end.
    pub async fn run_jobs(&self) -> Ran {
        laurel::jobs::worker(&self.app).run_due().await.unwrap()
    }

    /// Reads a roster to its end, leg after leg as the jobs do; what it came to.
    pub async fn read_roster(&self, id: RosterId) -> roster::Statement {
        let mut run = None;
        loop {
            let now = self.app.clock.now();
            if let Some(said) = roster::read(&self.app, self.organization, id, run, now).await.unwrap() {
                return said;
            }
            let row = rosters::find(self.app.store.read(), self.organization, id).await.unwrap().unwrap();
            let left = row.progress.unwrap();
            run = Some(left.get("run").and_then(Value::as_str).unwrap().parse().unwrap());
        }
    }

    /// The mails so far, oldest first.
    pub fn mails(&self) -> Vec<Delivered> {
        self.mail.delivered()
    }

    /// The mailbox, for ordering failures.
    pub fn mailbox(&self) -> &Memory {
        &self.mail
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Makes another platform known, of T1 unless `details` say more; P3 of the cases.
    pub async fn another_platform(
        &self,
        client_id: &str,
        key_name: &str,
    ) -> (Practice, ToolRegistration, platforms::Model) {
        self.another_platform_at("localhost", client_id, key_name).await
    }

    /// The same under another host name of this machine: for browsers another site than ours.
    pub async fn another_platform_at(
        &self,
        host: &str,
        client_id: &str,
        key_name: &str,
    ) -> (Practice, ToolRegistration, platforms::Model) {
        let lms = Practice::start(Options {
            public_host: host.to_owned(),
            clock: lms_clock(&self.clock),
            seed_demo: true,
            key_name: key_name.to_owned(),
            ..Options::default()
        })
        .await
        .unwrap();
        let caller = self.operator();
        let row = register(&self.app, &caller, &lms, client_id, false).await.unwrap();
        let tool = tool_at(self.app.settings.server.public_url.as_str(), client_id);
        deployment::accept(&self.app, &caller, row.id, DEPLOYMENT).await.unwrap();
        lms.register(tool.clone());
        (lms, tool, row)
    }

    /// Another LMS on the same clock, which does not know us and which we do not know.
    pub async fn stranger_lms(&self, options: Options) -> Practice {
        let options = Options {
            clock: lms_clock(&self.clock),
            seed_demo: true,
            routes: self.routes.clone(),
            ..options
        };
        Practice::start(options).await.unwrap()
    }

    /// Another tenant's hand at the command line.
    pub async fn tenant(&self, slug: &str) -> Caller {
        let nobody = Caller::new(OrganizationId(uuid::Uuid::nil()), Actor::CommandLine);
        let new = NewOrganization { slug: slug.to_owned(), name: slug.to_owned() };
        let organization = organization::create(&self.app, &nobody, new).await.unwrap().id;
        Caller::new(organization, Actor::CommandLine)
    }

    /// Sets switches of P1 (lti-1.3-tool §27).
    pub async fn switch(&self, switches: Value) {
        self.correct(Details { settings: Some(switches), ..Details::default() }).await;
    }

    /// Corrects P1.
    pub async fn correct(&self, details: Details) {
        platform::update(&self.app, &self.operator(), self.platform.id, &details).await.unwrap();
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
        self.app.stop.cancel();
    }
}

async fn listen(port: u16) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn build(sources: &Sources, store: Store, clock: &Clock) -> (App, Memory) {
    let settings = Settings::load(sources).unwrap();
    let dice = Dice::system();
    let vault = Vault::of_settings(&settings, &dice).unwrap();
    let (mailer, mail) = Mailer::in_memory(&settings).unwrap();
    let app = App::build(settings, store, clock.clone(), dice, vault, mailer).await.unwrap();
    (app, mail)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server of a test ends with the test, not with the program's tasks"
)]
fn serve(app: &App, listener: TcpListener) -> JoinHandle<()> {
    let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
    let endpoint = laurel::web::endpoint(app);
    tokio::spawn(async move { poem::Server::new_with_acceptor(acceptor).run(endpoint).await.unwrap() })
}

fn lms_clock(clock: &Clock) -> practice::Clock {
    let clock = clock.clone();
    practice::Clock::new(move || clock.now())
}

/// What an LMS knows of a tool at this address.
fn tool_at(public_url: &str, client_id: &str) -> ToolRegistration {
    let at = |path: &str| format!("{public_url}{path}");
    ToolRegistration::new(client_id, &at("/lti/login"), &at("/lti/launch"), &at("/course"))
}

async fn register(
    app: &App,
    caller: &Caller,
    lms: &Practice,
    client_id: &str,
    is_inline: bool,
) -> Result<platforms::Model> {
    let details = Details {
        issuer_url: Some(lms.issuer().to_owned()),
        client_id: Some(client_id.to_owned()),
        authorization_endpoint: Some(lms.authorization_endpoint()),
        token_endpoint: Some(lms.token_endpoint()),
        jwks_url: (!is_inline).then(|| lms.jwks_url()),
        jwks_inline: is_inline.then(|| lms.keys().document()),
        ..Details::default()
    };
    let new = NewPlatform {
        family: platform::OTHER.to_owned(),
        name: Some("Practice".to_owned()),
        details,
        ..NewPlatform::default()
    };
    platform::add(app, caller, new).await
}

fn new_issuer(slug: &str) -> NewIssuer {
    NewIssuer {
        slug: slug.to_owned(),
        name: "Campus".to_owned(),
        url: "https://campus.example".to_owned(),
        email: "badges@campus.example".to_owned(),
        description: None,
        language: Some("en".to_owned()),
        base_url: None,
    }
}
