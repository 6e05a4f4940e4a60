//! The running LMS: its state, its start and end, and the methods that tests and the demo use.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use poem::listener::TcpAcceptor;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    bend::Bend,
    claims,
    clock::Clock,
    course::{Activity, Course, CourseId, User, UserId, World},
    demo, dice,
    keys::{KeyRing, Keys},
    log_store::Log,
    manners::Manners,
    messages::Messages,
    mint,
    options::Options,
    platform::{Hints, SeenRequest},
    server,
    services::Services,
    token::Tokens,
    tool::ToolRegistration,
    wire::Wire,
};

/// Open connections get this long to finish when the LMS is shut down.
const GRACE: Duration = Duration::from_secs(2);
/// So many authentication requests are remembered.
const REMEMBERED: usize = 4096;

/// The guard of a mutex, also after a panic elsewhere: the state here has no invariants across calls.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a practice LMS did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or may not be used.
    #[error("the practice LMS cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// A practice LMS that listens. Clones are handles of the same LMS, which ends with the last of them or by
/// [`Practice::shutdown`]. Everything else is on [`Lms`], which this stands for.
#[derive(Clone, Debug)]
pub struct Practice {
    lms: Arc<Lms>,
    running: Arc<Running>,
}

#[derive(Debug)]
struct Running {
    stop: CancellationToken,
    tasks: TaskTracker,
    _on_drop: DropGuard,
}

impl Practice {
    /// Starts listening and answers from then on.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let address = options.address;
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let acceptor = TcpAcceptor::from_tokio(listener).map_err(failed)?;
        let lms = Arc::new(Lms::new(options, address));
        lms.stand_beside();
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let (routes, until) = (server::routes(lms.clone()), stop.clone());
        tasks.spawn(async move {
            let server = poem::Server::new_with_acceptor(acceptor);
            let end = async move { until.cancelled().await };
            if let Err(error) = server.run_with_graceful_shutdown(routes, end, Some(GRACE)).await {
                tracing::error!(error = %error, "the practice LMS stopped");
            }
        });
        tasks.close();
        let on_drop = stop.clone().drop_guard();
        Ok(Self { lms, running: Arc::new(Running { stop, tasks, _on_drop: on_drop }) })
    }

    /// Runs something until it ends or the LMS does.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.running.stop.clone();
        self.running.tasks.spawn(async move {
            let _ended = stop.run_until_cancelled(work).await;
        });
    }

    /// Stops listening and waits until the last answer is given.
    pub async fn shutdown(&self) {
        self.running.stop.cancel();
        self.running.tasks.wait().await;
    }
}

impl Deref for Practice {
    type Target = Lms;

    fn deref(&self) -> &Lms {
        &self.lms
    }
}

/// The LMS itself: what it holds and what can be done to it from inside the process.
#[derive(Debug)]
pub struct Lms {
    name: String,
    address: SocketAddr,
    base_url: String,
    issuer: String,
    authorization_query: Option<String>,
    clock: Clock,
    token_lifetime: chrono::Duration,
    world: Mutex<World>,
    registrations: Mutex<Vec<ToolRegistration>>,
    bends: Mutex<Vec<Bend>>,
    prepared: Mutex<HashMap<String, Vec<Bend>>>,
    sessions: Mutex<HashMap<String, UserId>>,
    seen: Mutex<VecDeque<SeenRequest>>,
    pub(crate) hints: Mutex<Hints>,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) services: Services,
    pub(crate) beside: Option<Practice>,
    /// The base addresses of those that were started beside this one.
    pub(crate) branches: Mutex<Vec<String>>,
    pub(crate) keys: Keys,
    pub(crate) messages: Messages,
    pub(crate) log: Mutex<Log>,
    pub(crate) wire: Wire,
}

impl Lms {
    fn new(options: Options, address: SocketAddr) -> Self {
        let base_url = options.public_url.map_or_else(
            || format!("http://{}:{}", options.public_host, address.port()),
            |url| url.trim_end_matches('/').to_owned(),
        );
        let quirks = options.profile.quirks();
        let gate = options.beside.as_ref().map(|gate| gate.issuer().to_owned());
        let issuer = options.issuer.or(gate).or_else(|| quirks.shared_issuer.map(str::to_owned));
        let manners = options.manners.unwrap_or_else(|| Manners::of(options.profile));
        let mut world = World::default();
        if options.seed_demo {
            demo::seed(&mut world);
        }
        Self {
            name: options.name,
            address,
            issuer: issuer.unwrap_or_else(|| base_url.clone()),
            base_url,
            authorization_query: options.authorization_query,
            clock: options.clock,
            token_lifetime: options.token_lifetime,
            world: Mutex::new(world),
            registrations: Mutex::default(),
            bends: Mutex::default(),
            prepared: Mutex::default(),
            sessions: Mutex::default(),
            seen: Mutex::default(),
            hints: Mutex::default(),
            tokens: Mutex::default(),
            services: Services::new(quirks),
            beside: options.beside,
            branches: Mutex::default(),
            keys: Keys::new(options.keys, options.key_name),
            messages: Messages::new(manners),
            log: Mutex::default(),
            wire: Wire::new(options.routes),
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The socket it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of all its addresses, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Names this installation in launches (`tool_platform.guid`).
    #[must_use]
    pub fn guid(&self) -> String {
        self.manners().guid.unwrap_or_else(|| self.base_url().to_owned())
    }

    /// The issuer, to be compared byte for byte.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The authorization endpoint, with its query if it has one.
    #[must_use]
    pub fn authorization_endpoint(&self) -> String {
        let gate = self.gate();
        let query = gate.authorization_query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}/auth{query}", gate.base_url)
    }

    /// The token endpoint. What it wants as the audience is [`Lms::token_audience`].
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        format!("{}/token", self.gate().base_url)
    }

    /// The address of the key set.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        format!("{}/jwks", self.gate().base_url)
    }

    /// The time by its clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How long an `id_token` is valid: as the product does, or else as the LMS was started.
    #[must_use]
    pub fn token_lifetime(&self) -> chrono::Duration {
        self.quirks(|quirks| quirks.id_token_lifetime).unwrap_or(self.token_lifetime)
    }

    /// The ring the keys come from.
    #[must_use]
    pub fn key_ring(&self) -> &KeyRing {
        self.keys().ring()
    }

    /// Registers a tool, in the place of an earlier one of the same `client_id`.
    pub fn register(&self, tool: ToolRegistration) {
        let mut all = lock(&self.registrations);
        all.retain(|other| other.client_id != tool.client_id);
        all.push(tool);
    }

    /// Forgets a tool.
    pub fn unregister(&self, client_id: &str) {
        lock(&self.registrations).retain(|other| other.client_id != client_id);
    }

    /// The registration of this `client_id`.
    #[must_use]
    pub fn registration(&self, client_id: &str) -> Option<ToolRegistration> {
        lock(&self.registrations).iter().find(|tool| tool.client_id == client_id).cloned()
    }

    /// All registered tools.
    #[must_use]
    pub fn tools(&self) -> Vec<ToolRegistration> {
        lock(&self.registrations).clone()
    }

    /// Looks at, or changes, everything about people and courses.
    pub fn world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut lock(&self.world))
    }

    /// Adds a person, or replaces the one of this id.
    pub fn add_user(&self, user: User) {
        self.world(|world| world.put_user(user));
    }

    /// Adds a course, or replaces the one of this id.
    pub fn add_course(&self, course: Course) {
        self.world(|world| world.put_course(course));
    }

    /// Adds an activity to a course, or replaces the one of this id. False without such a course.
    pub fn add_activity(&self, course: impl Into<CourseId>, activity: Activity) -> bool {
        let course = course.into();
        self.world(|world| world.put_activity(&course, activity))
    }

    /// Gives a person exactly these roles in a course. False without such a course.
    pub fn enroll(&self, course: impl Into<CourseId>, user: impl Into<UserId>, roles: &[&str]) -> bool {
        let (course, user) = (course.into(), user.into());
        self.world(|world| world.enroll(&course, &user, roles))
    }

    /// Bends every launch from now on, until [`Lms::straighten`]. Earlier bends stay.
    pub fn bend(&self, bend: Bend) {
        lock(&self.bends).push(bend);
    }

    /// Takes all bends of [`Lms::bend`] back.
    pub fn straighten(&self) {
        lock(&self.bends).clear();
    }

    /// Keeps bends for one opening; the text goes into the `bends` parameter of the page that begins it.
    pub fn prepare(&self, bends: &[Bend]) -> String {
        let ticket = dice::token();
        lock(&self.prepared).insert(ticket.clone(), bends.to_vec());
        ticket
    }

    /// The bends of one launch: the standing ones, then the prepared ones.
    pub(crate) fn bends(&self, ticket: Option<&str>) -> Vec<Bend> {
        let mut bends = lock(&self.bends).clone();
        bends.extend(ticket.and_then(|ticket| lock(&self.prepared).remove(ticket)).unwrap_or_default());
        bends
    }

    /// The complete example payload of lti-1.3-tool.md §11 with this platform's and this registration's ids.
    #[must_use]
    pub fn valid_claims(&self, tool: &ToolRegistration, nonce: &str) -> Value {
        claims::example(self, tool, nonce)
    }

    /// A token over exactly these claims, signed by the active key.
    #[must_use]
    pub fn mint(&self, claims: &Value) -> String {
        self.mint_bent(claims, &[])
    }

    /// A token over these claims, bent. [`Lms::bend`] does not apply here.
    #[must_use]
    pub fn mint_bent(&self, claims: &Value, bends: &[Bend]) -> String {
        mint::compose(self.keys(), claims, bends)
    }

    /// The authentication requests that arrived, oldest first; at most the last 4096.
    #[must_use]
    pub fn authentication_requests(&self) -> Vec<SeenRequest> {
        lock(&self.seen).iter().cloned().collect()
    }

    pub(crate) fn remember(&self, request: SeenRequest) {
        let mut seen = lock(&self.seen);
        if seen.len() >= REMEMBERED {
            seen.pop_front();
        }
        seen.push_back(request);
    }

    /// Starts a session; returns the cookie's value.
    pub(crate) fn sign_in(&self, user: UserId) -> String {
        let session = dice::token();
        lock(&self.sessions).insert(session.clone(), user);
        session
    }

    pub(crate) fn sign_out(&self, session: &str) {
        lock(&self.sessions).remove(session);
    }

    /// Ends all sessions: whoever is in the middle of a launch is not signed in any more.
    pub fn end_sessions(&self) {
        lock(&self.sessions).clear();
    }

    pub(crate) fn session(&self, session: &str) -> Option<UserId> {
        lock(&self.sessions).get(session).cloned()
    }

    /// The session cookie's name; cookies ignore ports, so two instances need two names.
    pub(crate) fn cookie_name(&self) -> String {
        format!("practice_{}", self.address.port())
    }
}
