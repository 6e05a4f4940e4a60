//! Verifying a badge: fetches what the check needs and lets `open_badges::verify` judge.
//!
//! What lies on this very server is answered from its records, so that a check works behind a proxy that cannot call
//! itself; everything else goes through the guarded client. A check needs no server: [`Checker::stranger`] has none.

use chrono::{DateTime, Utc};
use open_badges::{
    achievement as achievements,
    bake::png,
    profile,
    verify::{self, Hosted, Report, Resolved},
};
use serde_json::Value;

use super::{credential as documents, issuer, issuing, status_list};
use crate::{
    app::App,
    client::Client,
    config::Mode,
    error::{Error, Kind, Result},
    ids::{AchievementVersionId, CredentialId},
    store::{
        credential as credentials,
        entity::{credential::CredentialKind, issuer as issuer_entity},
        issuer as issuers,
    },
};

/// Largest document that is read, in bytes.
const MAX_DOCUMENT: usize = 1024 * 1024;

/// From where documents of this very server are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From its records, so that a check works where the server cannot call itself.
    Records,
    /// Over HTTP like everything else.
    Network,
}

/// Which standard a checked document follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// Open Badges 2.0, hosted.
    Ob2,
    /// Open Badges 3.0, signed.
    Ob3,
}

/// One badge that was found and judged.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its standard.
    pub standard: Standard,
    /// What came of it.
    pub report: Report,
}

/// What a check is made with.
#[derive(Clone, Copy, Debug)]
pub struct Checker<'a> {
    client: &'a Client,
    now: DateTime<Utc>,
    /// `http` on loopback is fetched, too.
    is_development: bool,
    /// The server whose own documents come from its records.
    records: Option<&'a App>,
}

/// Verifies an OB 3.0 credential given as bytes; `recipient` is an address it should belong to.
pub async fn credential(app: &App, bytes: &[u8], recipient: Option<&str>, source: Source) -> Report {
    Checker::of(app, source).credential(bytes, recipient).await
}

impl<'a> Checker<'a> {
    /// A server's own check.
    #[must_use]
    pub fn of(app: &'a App, source: Source) -> Self {
        Self {
            client: &app.client,
            now: app.clock.now(),
            is_development: app.settings.mode() == Mode::Development,
            records: (source == Source::Records).then_some(app),
        }
    }

    /// The check of somebody without a server.
    #[must_use]
    pub fn stranger(client: &'a Client, now: DateTime<Utc>) -> Self {
        Self { client, now, is_development: false, records: None }
    }

    /// Verifies every badge in a file: a baked picture, a credential or an assertion. Of an assertion only its address
    /// counts, whatever the file says.
    ///
    /// # Errors
    /// `badge.none`, `badge.picture`, `badge.jwt`, `badge.not_hosted`: nothing that can be judged.
    pub async fn file(&self, bytes: &[u8], recipient: Option<&str>) -> Result<Vec<Checked>> {
        if !bytes.starts_with(b"\x89PNG") {
            return Ok(vec![self.document(bytes, recipient).await?]);
        }
        let found = png::extract(bytes).map_err(|error| {
            Error::new(Kind::Invalid, "badge.picture", format!("The picture cannot be read: {error}."))
        })?;
        let mut checked = Vec::new();
        for text in [found.ob3, found.ob2.or(found.legacy)].into_iter().flatten() {
            checked.push(self.document(text.as_bytes(), recipient).await?);
        }
        if checked.is_empty() {
            return Err(refused("badge.none", "There is no badge in this picture."));
        }
        Ok(checked)
    }

    /// Verifies an OB 3.0 credential given as bytes.
    pub async fn credential(&self, bytes: &[u8], recipient: Option<&str>) -> Report {
        match verify::parse(bytes) {
            Ok(document) => self.parsed(&document, recipient).await,
            Err(check) => Report::of(vec![check]),
        }
    }

    /// Verifies a hosted OB 2.0 assertion by its address.
    pub async fn assertion(&self, url: &str, recipient: Option<&str>) -> Report {
        let mut hosted = Hosted { url: url.to_owned(), ..Hosted::default() };
        if let Some((status, body)) = self.fetch(url).await {
            (hosted.status, hosted.assertion) = (status, body);
        }
        if let Some(url) = hosted.assertion.as_ref().and_then(verify::badge_address) {
            hosted.badge = self.found(url).await;
        }
        let badge =
            hosted.assertion.as_ref().and_then(|body| body.get("badge")).filter(|own| own.is_object());
        if let Some(url) = badge.or(hosted.badge.as_ref()).and_then(verify::issuer_address) {
            hosted.issuer = self.found(url).await;
        }
        verify::assertion(&hosted, self.now, recipient)
    }

    /// A credential, an assertion, or the address of one.
    async fn document(&self, bytes: &[u8], recipient: Option<&str>) -> Result<Checked> {
        let text = std::str::from_utf8(bytes).unwrap_or_default().trim();
        if is_web(text) {
            return Ok(Checked { standard: Standard::Ob2, report: self.assertion(text, recipient).await });
        }
        if text.starts_with("eyJ") {
            let words = "This badge is signed as a token (JWT), which cannot be checked here yet.";
            return Err(refused("badge.jwt", words));
        }
        let document = match verify::parse(bytes) {
            Ok(document) => document,
            Err(check) => {
                return Ok(Checked { standard: Standard::Ob3, report: Report::of(vec![check]) });
            }
        };
        if !verify::is_assertion(&document) {
            let report = self.parsed(&document, recipient).await;
            return Ok(Checked { standard: Standard::Ob3, report });
        }
        match document.get("id").and_then(Value::as_str).filter(|id| is_web(id)) {
            Some(url) => {
                Ok(Checked { standard: Standard::Ob2, report: self.assertion(url, recipient).await })
            }
            None => {
                let words = "This Open Badges 2.0 assertion has no address of its own, by which alone it could be checked.";
                Err(refused("badge.not_hosted", words))
            }
        }
    }

    async fn parsed(&self, document: &Value, recipient: Option<&str>) -> Report {
        let needs = verify::needs(document, self.is_development);
        let mut resolved = Resolved::default();
        for need in needs.documents {
            if let Some(found) = self.found(&need.url).await {
                resolved.documents.insert(need.id, found);
            }
        }
        for url in needs.status_lists {
            if let Some(found) = self.found(&url).await {
                // The list is signed too: its key may lie elsewhere.
                for need in verify::needs(&found, self.is_development).documents {
                    if !resolved.documents.contains_key(&need.id)
                        && let Some(key) = self.found(&need.url).await
                    {
                        resolved.documents.insert(need.id, key);
                    }
                }
                resolved.status_lists.insert(url, found);
            }
        }
        verify::credential(document, &resolved, self.now, recipient)
    }

    /// A document that is there.
    async fn found(&self, url: &str) -> Option<Value> {
        self.fetch(url).await.filter(|(status, _)| *status == 200)?.1
    }

    /// What an address answers: its status, and the body where it is JSON. `None` when it cannot be reached.
    async fn fetch(&self, url: &str) -> Option<(u16, Option<Value>)> {
        if let Some(app) = self.records {
            match own(app, url).await {
                Ok(Some((status, document))) => return Some((status, Some(document))),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "a document of ours could not be made");
                    return None;
                }
            }
        }
        let accept = "application/vc+ld+json, application/did+json, application/ld+json, application/json";
        let options = self.client.json(accept).at_most(MAX_DOCUMENT).with_redirects();
        let answer = self.client.get(url, options).await.ok()?;
        Some((answer.status, verify::parse(&answer.body).ok()))
    }
}

fn refused(code: &'static str, words: &str) -> Error {
    Error::invalid(code, "badge", words)
}

fn is_web(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(char::is_whitespace)
}

/// A document that this server publishes itself, with its status. What is not there is looked for over the network: an
/// issuer's address may by now be served by another server.
async fn own(app: &App, url: &str) -> Result<Option<(u16, Value)>> {
    let Some((base, path)) = url.split_once("/i/") else { return Ok(None) };
    let parts: Vec<&str> = path.split('/').collect();
    let db = app.store.read();
    let Some(slug) = parts.first() else { return Ok(None) };
    let Some(found) = issuers::unscoped_of_slug(db, slug).await?.filter(|issuer| issuer.base_url == base)
    else {
        return Ok(None);
    };
    let there = |document| Ok(Some((200, document)));
    match parts.as_slice() {
        [_, "did.json"] => there(issuer::did_document(app, &found).await?),
        [_, "status", number] => {
            let Ok(number) = number.parse() else { return Ok(None) };
            let list = status_list::signed(app, &found, number).await?;
            there(serde_json::from_str(&list).map_err(Error::internal)?)
        }
        [_, "ob2"] => there(profile::ob2(&issuing::issuer_document(&found)?)),
        [_, "ob2", "a", id] => own_assertion(app, &found, id).await,
        [_, "ob2", "b", id] => own_badge_class(app, &found, id).await,
        _ => Ok(None),
    }
}

async fn own_assertion(app: &App, issuer: &issuer_entity::Model, id: &str) -> Result<Option<(u16, Value)>> {
    let Ok(id) = id.parse::<CredentialId>() else { return Ok(None) };
    let found = credentials::find(app.store.read(), issuer.organization_id, id).await?;
    let Some(row) = found.filter(|row| row.kind == CredentialKind::Ob2 && row.issuer_id == issuer.id) else {
        return Ok(None);
    };
    match documents::gone(issuer, &row) {
        Some(notice) => Ok(Some((410, notice))),
        None => Ok(Some((200, serde_json::from_str(&row.document).map_err(Error::internal)?))),
    }
}

async fn own_badge_class(app: &App, issuer: &issuer_entity::Model, id: &str) -> Result<Option<(u16, Value)>> {
    let Ok(id) = id.parse::<AchievementVersionId>() else { return Ok(None) };
    let Some(version) = issuing::version_of(app, issuer, id).await? else { return Ok(None) };
    let class = achievements::badge_class(
        &issuing::achievement_document(issuer, &version)?,
        &issuing::issuer_document(issuer)?,
    );
    Ok(Some((200, class)))
}
