//! Verifying a badge: fetches what the check needs and lets `open_badges::verify` judge.
//!
//! What lies on this very server is answered from its records, so that a check works behind a proxy
//! that cannot call itself; everything else goes through the guarded client.

use open_badges::{
    did,
    verify::{self, Report, Resolved},
};
use serde_json::Value;

use super::{addresses, issuer, status_list};
use crate::{
    app::App,
    config::Mode,
    error::{Error, Result},
    store::{entity::issuer_key::IssuerKeyState, issuer as issuers},
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

/// Verifies an OB 3.0 credential given as bytes; `recipient` is an address it should belong to.
pub async fn credential(app: &App, bytes: &[u8], recipient: Option<&str>, source: Source) -> Report {
    let document = match verify::parse(bytes) {
        Ok(document) => document,
        Err(check) => return Report::of(vec![check]),
    };
    let is_development = app.settings.mode() == Mode::Development;
    let needs = verify::needs(&document, is_development);
    let mut resolved = Resolved::default();
    for need in needs.documents {
        if let Some(found) = fetch(app, &need.url, source).await {
            resolved.documents.insert(need.id, found);
        }
    }
    for url in needs.status_lists {
        if let Some(found) = fetch(app, &url, source).await {
            // The list is signed too: its key may lie elsewhere.
            for need in verify::needs(&found, is_development).documents {
                if !resolved.documents.contains_key(&need.id)
                    && let Some(key) = fetch(app, &need.url, source).await
                {
                    resolved.documents.insert(need.id, key);
                }
            }
            resolved.status_lists.insert(url, found);
        }
    }
    verify::credential(&document, &resolved, app.clock.now(), recipient)
}

/// A JSON document; `None` for whatever could not be had.
async fn fetch(app: &App, url: &str, source: Source) -> Option<Value> {
    if source == Source::Records {
        match own(app, url).await {
            Ok(Some(document)) => return Some(document),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "a document of ours could not be made");
                return None;
            }
        }
    }
    let accept = "application/vc+ld+json, application/did+json, application/ld+json, application/json";
    let options = app.client.json(accept).at_most(MAX_DOCUMENT).with_redirects();
    let answer = app.client.get(url, options).await.ok().filter(|answer| answer.status == 200)?;
    verify::parse(&answer.body).ok()
}

/// A document that this server publishes itself.
async fn own(app: &App, url: &str) -> Result<Option<Value>> {
    let Some((base, path)) = url.split_once("/i/") else { return Ok(None) };
    let parts: Vec<&str> = path.split('/').collect();
    let db = app.store.read();
    let Some(slug) = parts.first() else { return Ok(None) };
    let Some(found) = issuers::unscoped_of_slug(db, slug).await?.filter(|issuer| issuer.base_url == base)
    else {
        return Ok(None);
    };
    match parts.as_slice() {
        [_, "did.json"] => {
            let keys = issuers::keys(db, found.organization_id, found.id).await?;
            let published: Vec<&str> = keys
                .iter()
                .filter(|key| key.state != IssuerKeyState::Compromised)
                .map(|key| key.public_multibase.as_str())
                .collect();
            let profile = addresses::ob2_profile(&found.base_url, &found.slug);
            Ok(Some(did::document(&issuer::did_of(&found)?, &published, &[&profile])))
        }
        [_, "status", number] => {
            let Ok(number) = number.parse() else { return Ok(None) };
            let list = status_list::signed(app, &found, number).await?;
            serde_json::from_str(&list).map(Some).map_err(Error::internal)
        }
        _ => Ok(None),
    }
}
