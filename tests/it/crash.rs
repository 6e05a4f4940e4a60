//! The program as a process: killed at random moments, stopped politely. What was answered is kept, what
//! was mailed is not mailed as something else (design §6.2, issue 2 "Tests that must exist").

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use laurel::{
    app::App,
    clock::{Clock, Dice},
    config::{Settings, Sources},
    domain::{
        access::{Actor, Caller},
        achievement::{self, Definition},
        deployment,
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
use mail_parser::MessageParser;
use practice::{Bend, Options, Practice, ToolRegistration, browser::Browser, fields};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::support::{
    database::Database,
    smtp_sink::{SmtpSink, Stage, Trouble},
};

const LAUNCHES: usize = 200;
const STRIKES: usize = 5;
/// So long something may take before the test gives up. Not a budget: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Kill −9 at random moments during 200 launches loses no answered award and repeats no mail under
/// another `Message-ID`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_nothing_answered_is_lost() {
    let scene = Scene::new(None).await;
    let answered = AtomicUsize::new(0);
    let mut server = scene.serve();
    let learners: Vec<usize> = (0..LAUNCHES).collect();
    let browser = Browser::new();
    let classes = join_all(learners.chunks(LAUNCHES / 4).map(|class| {
        let (scene, answered, browser) = (&scene, &answered, &browser);
        async move {
            let mut ids = Vec::new();
            for learner in class {
                ids.push(scene.launch_until_answered(browser, *learner).await);
                answered.fetch_add(1, Ordering::SeqCst);
            }
            ids
        }
    }));
    let strikes = async {
        for strike in 1..=STRIKES {
            while answered.load(Ordering::SeqCst) < strike * LAUNCHES / (STRIKES + 1) {
                sleep(Duration::from_millis(2)).await;
            }
            // Somewhere within a launch, a job or the start.
            sleep(Duration::from_millis(u64::from(Dice::system().bytes::<1>()[0]))).await;
            server.kill().await.unwrap();
            server = scene.serve();
        }
    };
    let (classes, ()) = tokio::join!(classes, strikes);
    scene.drain(&server).await;
    terminate(server).await;

    for id in classes.iter().flatten() {
        let is_there =
            format!("SELECT count(*) AS n FROM launch_record WHERE outcome = 'ok' AND id = '{id}'");
        let is_there = if scene.is_sqlite() { uuid_as_blob(&is_there, id) } else { is_there };
        assert_eq!(scene.number(&is_there).await, 1, "the answered launch {id} is lost");
    }
    let all = i64::try_from(LAUNCHES).unwrap();
    assert_eq!(scene.number("SELECT count(*) AS n FROM award WHERE state = 'active'").await, all);
    assert_eq!(scene.number("SELECT count(DISTINCT learner_id) AS n FROM award").await, all);
    assert_eq!(scene.number("SELECT count(*) AS n FROM credential").await, 2 * all);
    let mails = "SELECT count(*) AS n FROM job WHERE kind = 'mail_award' AND state = 'done'";
    assert_eq!(scene.number(mails).await, all);
    let files = scene.mail_files();
    assert_eq!(files.len(), LAUNCHES, "one file per award");
    let (mut ids, mut receivers) = (HashSet::new(), HashSet::new());
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert!(mail.attachment_count() == 1, "{} is not whole", file.display());
        ids.insert(mail.message_id().unwrap().to_owned());
        receivers.insert(mail.to().unwrap().first().unwrap().address().unwrap().to_owned());
    }
    assert_eq!((ids.len(), receivers.len()), (LAUNCHES, LAUNCHES), "somebody has two mails");
}

/// SIGTERM: what runs is finished and noted, what was only leased goes back, and the program exits 0.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_polite_stop_finishes_or_returns_its_jobs() {
    const MAILS: usize = 24;
    let sink = SmtpSink::start().await;
    let scene = Scene::new(Some(sink.url())).await;
    let server = scene.serve();
    let browser = Browser::new();
    // Four jobs run at once and hang, the others are leased and wait.
    for _ in 0..4 {
        sink.trouble(Stage::Body, Trouble::Hang);
    }
    for learner in 0..MAILS {
        scene.launch_until_answered(&browser, learner).await;
    }
    eventually("a mail on its way", async || !sink.received().is_empty()).await;
    terminate(server).await;

    assert_eq!(scene.number("SELECT count(*) AS n FROM job WHERE state = 'leased'").await, 0);
    assert_eq!(scene.number("SELECT count(*) AS n FROM job WHERE state = 'dead'").await, 0);
    let done =
        scene.number("SELECT count(*) AS n FROM job WHERE kind = 'mail_award' AND state = 'done'").await;
    let waiting =
        scene.number("SELECT count(*) AS n FROM job WHERE kind = 'mail_award' AND state = 'ready'").await;
    assert_eq!(done + waiting, i64::try_from(MAILS).unwrap());
    let returned = "SELECT count(*) AS n FROM job WHERE kind = 'mail_award' AND state = 'ready' \
                    AND attempts = 0 AND lease_owner IS NOT NULL";
    assert_eq!(scene.number(returned).await, 0, "a returned job still has an owner");

    // What went back is done by the next process; what hung is tried again when its time has come.
    let server = scene.serve();
    scene.drain(&server).await;
    terminate(server).await;
    let ids: HashSet<String> = sink.received().iter().map(|mail| message_id(&mail.bytes)).collect();
    assert_eq!(ids.len(), MAILS, "each award has one mail, repeats carry the same Message-ID");
}

/// One database with a badge for opening the tool, a practice LMS, and the settings of a server.
struct Scene {
    database: Database,
    folder: tempfile::TempDir,
    lms: Practice,
    tool: ToolRegistration,
    settings: Vec<(String, String)>,
}

impl Scene {
    async fn new(mail: Option<String>) -> Self {
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
            ("outbox.lease_seconds".to_owned(), "5".to_owned()),
            ("outbox.poll_milliseconds".to_owned(), "100".to_owned()),
            ("logs.level".to_owned(), "warn".to_owned()),
        ];
        settings.extend(mail.map(|url| ("mail.url".to_owned(), url)));
        let lms = Practice::start(Options::default()).await.unwrap();
        let at = |path: &str| format!("{base}{path}");
        let tool = ToolRegistration::new("laurel", &at("/lti/login"), &at("/lti/launch"), &at("/course"));
        lms.register(tool.clone());
        let scene = Self { database, folder, lms, tool, settings };
        scene.set_up().await;
        scene
    }

    /// What operators do by the command line and the API.
    async fn set_up(&self) {
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
        app.shut_down().await;
        app.store.close().await;
    }

    /// The server, as an operator starts it.
    fn serve(&self) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_laurel"));
        command.arg("serve").current_dir(self.folder.path()).kill_on_drop(true);
        for (key, value) in &self.settings {
            command.env(format!("LAUREL__{}", key.to_uppercase().replace('.', "__")), value);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Launches as this learner until the server answers; the launch's id.
    async fn launch_until_answered(&self, browser: &Browser, learner: usize) -> String {
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
    async fn drain(&self, server: &Child) {
        assert!(server.id().is_some(), "the server is gone:\n{}", read(&self.log()));
        eventually("the jobs done", async || {
            self.number("SELECT count(*) AS n FROM job WHERE state IN ('ready', 'leased')").await == 0
        })
        .await;
    }

    fn is_sqlite(&self) -> bool {
        self.database.folder().is_some()
    }

    async fn number(&self, sql: &str) -> i64 {
        let db = self.database.store.read();
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        row.unwrap().try_get("", "n").unwrap()
    }

    fn mail_files(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.folder.path().join("mail")).unwrap();
        let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        files
    }
}

/// Asks the process to stop and expects a clean end.
async fn terminate(mut server: Child) {
    let id = server.id().expect("the server ended by itself").to_string();
    assert!(Command::new("kill").arg("-TERM").arg(id).status().await.unwrap().success());
    let status = tokio::time::timeout(PATIENCE, server.wait()).await.expect("it does not stop").unwrap();
    assert_eq!(status.code(), Some(0), "not a clean end");
}

async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// `SQLite` keeps ids as 16 bytes.
fn uuid_as_blob(sql: &str, id: &str) -> String {
    sql.replace(&format!("'{id}'"), &format!("x'{}'", id.replace('-', "")))
}

fn message_id(mail: &[u8]) -> String {
    MessageParser::default().parse(mail).unwrap().message_id().unwrap().to_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
