//! Mail to a mail server: a small pool of connections over lettre's.
//!
//! The pool is ours because lettre's does not limit how long a command may take, and would put a
//! connection whose mail was given up halfway back into use. Here a connection belongs to the mail
//! being sent, and a mail given up takes its connection along.

use std::{
    error::Error as _,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lettre::{
    address::Envelope,
    transport::smtp::{
        Error as SmtpError,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        extension::ClientId,
    },
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

use super::{Accepted, MailError};
use crate::config::{Settings, SmtpRoute, TlsUse};

/// A connection idle for longer is not trusted to be alive.
const LONGEST_IDLE: Duration = Duration::from_secs(30);
/// Servers tire of endless conversations.
const MOST_MAILS: u32 = 100;

/// A mail server. Clones share the connections.
#[derive(Clone)]
pub(super) struct Smtp {
    inner: Arc<Inner>,
}

struct Inner {
    host: String,
    port: u16,
    tls: TlsUse,
    parameters: Option<TlsParameters>,
    credentials: Option<Credentials>,
    is_loopback: bool,
    hello: ClientId,
    timeout: Duration,
    permits: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
    mails: u32,
}

impl Smtp {
    pub(super) fn new(route: &SmtpRoute, settings: &Settings) -> Result<Self, MailError> {
        let parameters = match route.tls {
            TlsUse::None => None,
            TlsUse::Opportunistic | TlsUse::Implicit | TlsUse::Required => Some(parameters(route, settings)?),
        };
        let credentials = route
            .credentials
            .as_ref()
            .map(|(user, password)| Credentials::new(user.expose().to_owned(), password.expose().to_owned()));
        Ok(Self {
            inner: Arc::new(Inner {
                host: route.host.clone(),
                port: route.port,
                tls: route.tls,
                parameters,
                credentials,
                is_loopback: route.is_loopback,
                hello: ClientId::Domain(settings.mail_domain()),
                timeout: settings.mail.timeout(),
                permits: Semaphore::new(settings.mail.pool as usize),
                idle: Mutex::new(Vec::new()),
            }),
        })
    }

    pub(super) fn describe(&self) -> String {
        format!("{}:{}", self.inner.host, self.inner.port)
    }

    pub(super) async fn send(&self, envelope: &Envelope, bytes: &[u8]) -> Result<Accepted, MailError> {
        let is_international = envelope.to().iter().any(|to| !to.user().is_ascii());
        let _permit = self.permit().await?;
        let (mut connection, mails) = self.connection().await?;
        let sending = timeout(self.inner.timeout, connection.send(envelope, bytes));
        // A connection that failed or was too slow is dropped here, and with it whatever state it was in.
        let response = sending.await.map_err(|_| too_slow())?.map_err(|error| {
            // What this client alone refuses is an address that the server cannot take (no SMTPUTF8).
            if error.is_client() && is_international {
                MailError::Permanent("the mail server takes no international addresses".to_owned())
            } else {
                sorted(&error)
            }
        })?;
        self.park(connection, mails + 1);
        Ok(Accepted { detail: response.code().to_string() })
    }

    pub(super) async fn check(&self) -> Result<Accepted, MailError> {
        let _permit = self.permit().await?;
        let (connection, mails) = self.connection().await?;
        let how = if connection.is_encrypted() { "encrypted" } else { "not encrypted" };
        self.park(connection, mails);
        Ok(Accepted { detail: format!("{}, {how}", self.describe()) })
    }

    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for mut idle in idle {
            let _ = timeout(Duration::from_secs(1), idle.connection.quit()).await;
        }
    }

    async fn permit(&self) -> Result<tokio::sync::SemaphorePermit<'_>, MailError> {
        self.inner.permits.acquire().await.map_err(|_| MailError::Transient("shutting down".to_owned()))
    }

    /// A living connection with the number of mails it has carried.
    async fn connection(&self) -> Result<(AsyncSmtpConnection, u32), MailError> {
        while let Some(mut idle) = self.take_idle() {
            let is_young = idle.since.elapsed() < LONGEST_IDLE && idle.mails < MOST_MAILS;
            let asked = timeout(Duration::from_secs(2), idle.connection.test_connected());
            if is_young && asked.await.unwrap_or(false) {
                return Ok((idle.connection, idle.mails));
            }
        }
        let fresh = timeout(self.inner.timeout, self.inner.connect()).await.map_err(|_| too_slow())?;
        Ok((fresh.map_err(|error| sorted(&error))?, 0))
    }

    fn take_idle(&self) -> Option<Idle> {
        self.idle().pop()
    }

    fn park(&self, connection: AsyncSmtpConnection, mails: u32) {
        if !connection.has_broken() {
            self.idle().push(Idle { connection, since: Instant::now(), mails });
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let implicit = self.parameters.clone().filter(|_| self.tls == TlsUse::Implicit);
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.timeout), &self.hello, implicit, None)
                .await?;
        let wants_tls = match self.tls {
            TlsUse::Required => true,
            TlsUse::Opportunistic => connection.can_starttls(),
            TlsUse::Implicit | TlsUse::None => false,
        };
        if let Some(parameters) = self.parameters.clone().filter(|_| wants_tls) {
            connection.starttls(parameters, &self.hello).await?;
        }
        // Over the wire a password goes encrypted or not at all; the settings say so too (`config/check.rs`).
        // Without it a server that wants a sign-in refuses the mail in its own words.
        if let Some(credentials) = &self.credentials
            && (connection.is_encrypted() || self.is_loopback)
        {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Smtp").field(&self.describe()).finish()
    }
}

fn parameters(route: &SmtpRoute, settings: &Settings) -> Result<TlsParameters, MailError> {
    let broken = |why: String| MailError::Permanent(format!("mail cannot be encrypted: {why}"));
    // Who could show a false certificate here could as well hide that the server offers encryption, and the
    // usual mail server on one's own machine has a certificate of its own making.
    let mut builder = TlsParameters::builder(route.host.clone())
        .dangerous_accept_invalid_certs(route.tls == TlsUse::Opportunistic)
        .dangerous_accept_invalid_hostnames(route.tls == TlsUse::Opportunistic);
    let authorities = &settings.client.authorities_file;
    if !authorities.as_os_str().is_empty() {
        let unusable = |why: &str| {
            broken(format!("`client.authorities_file` ({}) cannot be used: {why}", authorities.display()))
        };
        let pem = std::fs::read(authorities).map_err(|error| unusable(&error.to_string()))?;
        if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
            return Err(unusable("it holds no certificate"));
        }
        let parsed = Certificate::from_pem(&pem).map_err(|_| unusable("its certificates cannot be read"))?;
        builder = builder.add_root_certificate(parsed);
        return builder.build().map_err(|_| unusable("its certificates cannot be read"));
    }
    builder.build().map_err(|error| broken(error.to_string()))
}

/// rustls' errors arrive as `InvalidData`, inside a failed connection.
fn is_about_tls(error: &SmtpError) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn too_slow() -> MailError {
    MailError::Transient("the mail server did not answer in time".to_owned())
}

/// Sorts what the mail server said. Its texts may hold addresses, so only codes are kept.
fn sorted(error: &SmtpError) -> MailError {
    let Some(code) = error.status() else {
        let what = if error.is_timeout() {
            "the mail server did not answer in time"
        } else if error.is_tls() || is_about_tls(error) {
            "no secure connection to the mail server: it does not speak TLS here, or its certificate does not prove it"
        } else if error.is_client() {
            "the mail server does not offer what `mail.url` asks for (encryption or sign-in)"
        } else if error.is_response() {
            "the mail server gave no sensible answer"
        } else {
            "no connection to the mail server"
        };
        return MailError::Transient(what.to_owned());
    };
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    let enhanced = text.split_whitespace().next().filter(|word| is_enhanced_code(word));
    let code = code.to_string();
    let detail = format!("SMTP {code}{}", enhanced.map(|word| format!(" {word}")).unwrap_or_default());
    // Refused sign-ins are about the operator's settings, not about this mail.
    let is_sign_in = matches!(code.as_str(), "530" | "534" | "535" | "538");
    if error.is_permanent() && !is_sign_in {
        MailError::Permanent(detail)
    } else {
        MailError::Transient(detail)
    }
}

/// `5.1.1`, as RFC 3463 writes it.
fn is_enhanced_code(word: &str) -> bool {
    word.len() <= 9
        && word.split('.').count() == 3
        && word.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
