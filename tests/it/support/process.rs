//! The program as operators run it: a process with its settings in the environment, started, killed and
//! stopped; with a practice LMS in front, a badge for opening the tool, and a database of its own.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use laurel::{
    app::App,
    clock::{Clock, Dice},
    config::{Settings, Sources},
    domain::{
        access::{Actor, Caller, Scope},
        achievement::{self, Definition},
        api_key::{self, NewKey},
        deployment,
        floor::Floor,
        issuer::{self, NewIssuer},
        organization::{self, NewOrganization},
        placement::{self, NewPlacement},
        platform::{self, Details, NewPlatform},
    },
    ids::OrganizationId,
    mail::Mailer,
    store::entity::{achievement_version::MayPlace, placement::PlacementMode},
    vault::Vault,
};
use practice::{Bend, Options, Practice, ToolRegistration, browser::Browser, fields};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

use super::database::Database;

/// So long something may take before a test gives up. Not a budget: the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// One database with a badge for opening the tool, a practice LMS, and the settings of a server.
pub struct Scene {
    pub database: Database,
    pub folder: tempfile::TempDir,
    pub lms: Practice,
    pub tool: ToolRegistration,
    /// The server's address.
    pub base: String,
    /// A key of the API with every scope that an organization's may have.
    pub api_key: String,
    settings: Vec<(String, String)>,
}

impl Scene {
    /// With these settings besides.
    pub async fn new(more: &[(&str, String)]) -> Self {
        let database = Database::new().await;
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let base = format!("http://localhost:{port}");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut settings = vec![
            ("server.public_url".to_owned(), base.clone()),
            ("server.listen".to_owned(), format!("127.0.0.1:{port}")),
            ("server.data_folder".to_owned(), path("data")),
            ("database.url".to_owned(), database.settings().url),
            ("mail.folder".to_owned(), path("mail")),
            ("mail.timeout_seconds".to_owned(), "2".to_owned()),
            // A busy machine is no reason to give up on a request.
            ("limits.request_seconds".to_owned(), "200".to_owned()),
            // Long enough for a mail on a busy machine, short enough to wait for after a kill.
            ("outbox.lease_seconds".to_owned(), "15".to_owned()),
            ("outbox.backoff_seconds".to_owned(), "1".to_owned()),
            ("outbox.backoff_max_seconds".to_owned(), "2".to_owned()),
            ("outbox.poll_milliseconds".to_owned(), "100".to_owned()),
            ("logs.level".to_owned(), "warn".to_owned()),
        ];
        for (key, value) in more {
            settings.retain(|(known, _)| known != key);
            settings.push(((*key).to_owned(), value.clone()));
        }
        let lms = Practice::start(Options::default()).await.unwrap();
        let at = |path: &str| format!("{base}{path}");
        let tool = ToolRegistration::new("laurel", &at("/lti/login"), &at("/lti/launch"), &at("/course"));
        lms.register(tool.clone());
        let mut scene = Self { database, folder, lms, tool, settings, base, api_key: String::new() };
        scene.api_key = scene.set_up().await;
        scene
    }

    /// What operators do by the command line and the API. The key for the API.
    async fn set_up(&self) -> String {
        let sources = self
            .settings
            .iter()
            .fold(Sources::defaults(), |sources, (key, value)| sources.with(key, value.as_str()));
        let settings = Settings::load(&sources).unwrap();
        let dice = Dice::system();
        let vault = Vault::of_settings(&settings, &dice).unwrap();
        let mailer = Mailer::new(&settings).unwrap();
        let store = self.database.replica().await;
        let app = App::build(settings, store, Clock::system(), dice, vault, mailer).await.unwrap();
        let nobody = Caller::new(OrganizationId(uuid::Uuid::nil()), Actor::CommandLine);
        let tenant = NewOrganization { slug: "campus".to_owned(), name: "Campus".to_owned() };
        let tenant = organization::create(&app, &nobody, tenant).await.unwrap();
        let caller = Caller::new(tenant.id, Actor::CommandLine);
        let details = Details {
            issuer_url: Some(self.lms.issuer().to_owned()),
            client_id: Some(self.tool.client_id.clone()),
            authorization_endpoint: Some(self.lms.authorization_endpoint()),
            token_endpoint: Some(self.lms.token_endpoint()),
            jwks_url: Some(self.lms.jwks_url()),
            ..Details::default()
        };
        let new = NewPlatform { family: platform::OTHER.to_owned(), details, ..NewPlatform::default() };
        let platform = platform::add(&app, &caller, new).await.unwrap();
        deployment::accept(&app, &caller, platform.id, &self.tool.deployment_id).await.unwrap();
        let issuer = NewIssuer {
            slug: "campus".to_owned(),
            name: "Campus".to_owned(),
            url: "https://campus.example".to_owned(),
            email: "badges@campus.example".to_owned(),
            description: None,
            language: None,
            base_url: None,
        };
        let issuer = issuer::create(&app, &caller, issuer).await.unwrap();
        let definition = Definition {
            name: "Lab safety".to_owned(),
            description: "Knows the lab.".to_owned(),
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
        let defined = achievement::define(&app, &caller, issuer.id, "lab-safety", definition).await.unwrap();
        let placed = NewPlacement {
            version: defined.version.id,
            course: None,
            link: None,
            rule: Some(json!({ "version": 1, "node": { "type": "launched" } })),
            mode: PlacementMode::Ever,
            live: true,
        };
        placement::place(&app, &caller, placed).await.unwrap();
        let key = NewKey {
            name: "Test".to_owned(),
            scopes: Scope::ALL.into_iter().filter(|scope| *scope != Scope::Server).collect(),
            expires_at: None,
            event_strength: criteria::Strength::Strong,
        };
        let key = api_key::create(&app, &caller, Some(tenant.id), key).await.unwrap();
        app.shut_down().await;
        app.store.close().await;
        key.secret.unwrap()
    }

    /// The server, as an operator starts it.
    pub fn serve(&self) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_laurel"));
        command.arg("serve").current_dir(self.folder.path()).kill_on_drop(true).envs(self.environment());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// Its settings, as an operator gives them.
    pub fn environment(&self) -> impl Iterator<Item = (String, &str)> {
        let variable = |key: &str| format!("LAUREL__{}", key.to_uppercase().replace('.', "__"));
        self.settings.iter().map(move |(key, value)| (variable(key), value.as_str()))
    }

    /// What all its servers have written to standard error.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Launches as this learner until the server answers; the launch's id.
    pub async fn launch_until_answered(&self, browser: &Browser, learner: usize) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(id) = self.launch(browser, learner).await {
                return id;
            }
            assert!(Instant::now() < deadline, "no answer:\n{}", read(&self.log()));
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// One launch; `None` when the server was not there or went away over it.
    async fn launch(&self, browser: &Browser, learner: usize) -> Option<String> {
        let browser = browser.another();
        let login = self.lms.valid_login(&self.tool);
        let handshake = browser.begin_login(&self.lms, &self.tool, login).await.ok()?;
        let claims = self.lms.valid_claims(&self.tool, &handshake.nonce);
        let token = self.lms.mint_bent(
            &claims,
            &[
                Bend::claim("sub", format!("learner-{learner}")),
                Bend::claim("email", format!("learner-{learner}@campus.example")),
            ],
        );
        let answer = fields::owned(&[("id_token", &token), ("state", &handshake.state)]);
        let page = browser.deliver_fields(&self.lms, &self.tool, answer).await.ok()?;
        assert_eq!(page.status, 303, "{}\n{}", page.text(), read(&self.log()));
        let location = page.location().unwrap();
        let id = location.query_pairs().find(|(name, _)| name == "launch");
        Some(id.expect("a launch id").1.into_owned())
    }

    /// Waits until no job is left to be done.
    pub async fn drain(&self, server: &Child) {
        assert!(server.id().is_some(), "the server is gone:\n{}", read(&self.log()));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = self.number("SELECT count(*) AS n FROM job WHERE state IN ('ready', 'leased')").await;
            if left == 0 {
                return;
            }
            assert!(Instant::now() < deadline, "{left} jobs are not done:\n{}", read(&self.log()));
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether this run is on SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.database.folder().is_some()
    }

    /// The number that this statement finds.
    pub async fn number(&self, sql: &str) -> i64 {
        let db = self.database.store.read();
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        row.unwrap().try_get("", "n").unwrap()
    }

    /// Where mail is written that goes to no mail server.
    pub fn mail_folder(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    /// Everything in there.
    pub fn mail_files(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.mail_folder()).unwrap();
        folder.map(|entry| entry.unwrap().path()).collect()
    }
}

/// Asks the process to stop and expects a clean end.
pub async fn terminate(mut server: Child) {
    let id = server.id().expect("the server ended by itself").to_string();
    assert!(Command::new("kill").arg("-TERM").arg(id).status().await.unwrap().success());
    let status = tokio::time::timeout(PATIENCE, server.wait()).await.expect("it does not stop").unwrap();
    assert_eq!(status.code(), Some(0), "not a clean end");
}

/// Waits until it is so.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A file's text, or none.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
