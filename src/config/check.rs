//! Judges settings as a whole, in plain words: what stops the start, what an operator should know.

use super::{LogFormat, MailRoute, Mode, Settings, TlsUse};

/// Something worth telling the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// The key it is about, dotted.
    pub key: &'static str,
    /// The sentence, with what to do.
    pub message: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Note,
    /// Works, but should be changed.
    Warning,
    /// Stops the start.
    Refused,
}

/// Letters of the secret for figures: enough that nobody guesses it.
const SHORTEST_TOKEN: usize = 20;

impl Settings {
    /// What an operator should know about these settings, the gravest first.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Findings(Vec::new());
        self.check_mode(&mut findings);
        self.check_metrics(&mut findings);
        self.check_mail(&mut findings);
        self.check_numbers(&mut findings);
        findings.0.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        findings.0
    }

    fn check_mode(&self, findings: &mut Findings) {
        let address = &self.server.public_url;
        if self.mode() == Mode::Development {
            findings.note(
                "server.public_url",
                format!("{address} is plain http on this machine, so this is a development server: nobody else reaches it. \
                         For others, put a reverse proxy with a certificate in front and name its https address."),
            );
            return;
        }
        if !address.is_https() {
            findings.refused(
                "server.public_url",
                format!(
                    "`server.public_url` is {address}, but only addresses on this machine may be plain http. \
                     Put a reverse proxy with a certificate in front and name the https address."
                ),
            );
        }
        if self.keys.master.is_none() {
            findings.refused(
                "keys.master_key",
                "`keys.master_key` is not set, and production does not start without one. Make one with \
                 `laurel master-key generate`, keep a copy in a safe place, and set \
                 LAUREL__KEYS__MASTER_KEY_FILE to the file that holds it.",
            );
        }
        if self.logs.format == LogFormat::Text {
            findings.note("logs.format", "Logs are text; machines read `logs.format = \"json\"` better.");
        }
        if self.lti.allow_unbound_launch {
            findings.warning(
                "lti.allow_unbound_launch",
                "`lti.allow_unbound_launch` is on: a launch can be passed to another person's browser. Switch it \
                 off, and switch it on only at the platform that cannot do without.",
            );
        }
        if self.server.listen.ip().is_loopback() && self.server.trusted_proxies.is_empty() {
            findings.warning(
                "server.trusted_proxies",
                "Laurel listens on this machine only, so a reverse proxy stands before it, but \
                 `server.trusted_proxies` is empty: rate limits will count everybody as one address. \
                 Add 127.0.0.1 and ::1.",
            );
        }
    }

    fn check_metrics(&self, findings: &mut Findings) {
        let token = self.server.metrics_token.expose();
        if token.is_empty() {
            findings.note(
                "server.metrics_token",
                "`server.metrics_token` is not set, so /metrics answers nobody. To collect figures, set it to a \
                 secret and have it sent as `Authorization: Bearer …`.",
            );
        } else if token.len() < SHORTEST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            findings.refused(
                "server.metrics_token",
                "`server.metrics_token` must be at least 20 letters, digits or signs, without spaces: anybody may \
                 knock at /metrics, so it must not be guessed. `openssl rand -hex 20` makes a good one.",
            );
        }
    }

    fn check_mail(&self, findings: &mut Findings) {
        match self.mail_route() {
            Err(error) => findings.refused("mail.url", error.to_string()),
            Ok(MailRoute::Folder(folder)) => {
                let text = format!(
                    "`mail.url` is not set: mail is written as .eml files into {} and reaches nobody.",
                    folder.display()
                );
                match self.mode() {
                    Mode::Production => findings.warning("mail.url", text),
                    Mode::Development => findings.note("mail.url", text),
                }
            }
            Ok(MailRoute::Smtp(route)) => {
                let is_open = matches!(route.tls, TlsUse::None | TlsUse::Opportunistic);
                if is_open && !route.is_loopback && route.credentials.is_some() {
                    findings.refused(
                        "mail.url",
                        "`mail.url` would send its password unencrypted to another machine. \
                         Use smtps:// or ?tls=required.",
                    );
                } else if is_open && !route.is_loopback {
                    findings.warning(
                        "mail.url",
                        "`mail.url` does not insist on encryption, so mail may travel readable: \
                                              add ?tls=required.",
                    );
                }
            }
        }
        let from = self.mail_from();
        if from.parse::<lettre::Address>().is_err() || from.chars().any(char::is_control) {
            findings.refused(
                "mail.from_address",
                "`mail.from_address` is not an e-mail address. Write it like badges@example.org.",
            );
        }
        if !self.mail.reply_to.is_empty()
            && (self.mail.reply_to.parse::<lettre::Address>().is_err()
                || self.mail.reply_to.chars().any(char::is_control))
        {
            findings.refused("mail.reply_to", "`mail.reply_to` is not an e-mail address. Write it like help@example.org, or leave it empty.");
        }
        if self.mail.from_name.chars().any(char::is_control) {
            findings.refused(
                "mail.from_name",
                "`mail.from_name` holds a line break or control character. Write it in one plain line.",
            );
        }
    }

    fn check_numbers(&self, findings: &mut Findings) {
        let mut needs = |is_good: bool, key: &'static str, message: &str| {
            if !is_good {
                findings.refused(key, format!("`{key}` {message}"));
            }
        };
        needs(matches!(self.server.language.as_str(), "en" | "de"), "server.language", "must be en or de.");
        needs(self.lti.leeway_seconds <= 300, "lti.leeway_seconds", "must be at most 300.");
        needs(self.lti.state_seconds > 0, "lti.state_seconds", "must be more than 0.");
        needs(self.lti.max_token_age_seconds > 0, "lti.max_token_age_seconds", "must be more than 0.");
        needs(self.lti.session_minutes > 0, "lti.session_minutes", "must be more than 0.");
        needs(
            (60..=86_400).contains(&self.lti.key_cache_seconds),
            "lti.key_cache_seconds",
            "must be from 60 to 86400.",
        );
        let known = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"];
        let algorithms = &self.lti.id_token_algorithms;
        needs(
            !algorithms.is_empty() && algorithms.iter().all(|name| known.contains(&name.as_str())),
            "lti.id_token_algorithms",
            "must name at least one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, and nothing else.",
        );
        needs(self.database.readers > 0, "database.readers", "must be more than 0.");
        needs(self.database.connections > 1, "database.connections", "must be more than 1.");
        needs(self.client.connect_seconds > 0, "client.connect_seconds", "must be more than 0.");
        needs(self.client.total_seconds > 0, "client.total_seconds", "must be more than 0.");
        needs(self.mail.pool > 0, "mail.pool", "must be more than 0.");
        needs(self.mail.timeout_seconds > 0, "mail.timeout_seconds", "must be more than 0.");
        needs(self.outbox.workers > 0, "outbox.workers", "must be more than 0.");
        needs(self.outbox.batch > 0, "outbox.batch", "must be more than 0.");
        needs(self.outbox.attempts > 0, "outbox.attempts", "must be more than 0.");
        needs(self.outbox.backoff_seconds > 0, "outbox.backoff_seconds", "must be more than 0.");
        needs(
            self.outbox.backoff_max_seconds >= self.outbox.backoff_seconds,
            "outbox.backoff_max_seconds",
            "must not be less than `outbox.backoff_seconds`.",
        );
        needs(self.outbox.poll_milliseconds > 0, "outbox.poll_milliseconds", "must be more than 0.");
        needs(
            u64::from(self.outbox.lease_seconds) > 2 * self.mail.timeout_seconds,
            "outbox.lease_seconds",
            "must be more than twice `mail.timeout_seconds`, or a slow mail would be sent by two workers.",
        );
        needs(
            self.reconcile.at_once > 0,
            "reconcile.at_once",
            "must be more than 0; to switch reconciling off, set reconcile.active_hours to 0.",
        );
        needs(
            self.reconcile.quiet_hours >= self.reconcile.active_hours,
            "reconcile.quiet_hours",
            "must not be less than reconcile.active_hours.",
        );
        needs(self.retention.sweep_minutes > 0, "retention.sweep_minutes", "must be more than 0.");
        needs(
            self.retention.idempotency_hours >= 24,
            "retention.idempotency_hours",
            "must be at least 24: callers of the API are promised that long.",
        );
        needs(
            self.logs.level.parse::<tracing_subscriber::filter::EnvFilter>().is_ok(),
            "logs.level",
            "must be error, warn, info, debug or trace, or a filter such as info,laurel=debug.",
        );
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, level: Level, key: &'static str, message: impl Into<String>) {
        self.0.push(Finding { level, key, message: message.into() });
    }

    fn note(&mut self, key: &'static str, message: impl Into<String>) {
        self.add(Level::Note, key, message);
    }

    fn warning(&mut self, key: &'static str, message: impl Into<String>) {
        self.add(Level::Warning, key, message);
    }

    fn refused(&mut self, key: &'static str, message: impl Into<String>) {
        self.add(Level::Refused, key, message);
    }
}
