//! Our own style sheet, script and mark, compiled in and served under `/assets/{hash}/{name}`.
//!
//! The address holds the content's hash, so browsers may keep a file for ever. An address with an old
//! hash (a page from before an update) answers with the newest file, which is then not kept.

use std::sync::LazyLock;

use poem::{
    Request, Response, Route, handler,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use rust_embed::Embed;

/// The style sheet of all pages.
pub static LAUREL_CSS: LazyLock<Asset> = LazyLock::new(|| Asset::of("laurel.css", "text/css; charset=utf-8"));
/// Our mark, for browser tabs.
pub static LAUREL_SVG: LazyLock<Asset> = LazyLock::new(|| Asset::of("laurel.svg", "image/svg+xml"));
/// Stores and asks for the browser's secret.
pub static BINDING_JS: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("binding.js", "text/javascript; charset=utf-8"));
/// Submits the only form of a page.
pub static AUTO_FORM_JS: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("auto-form.js", "text/javascript; charset=utf-8"));

/// Closes the window of a registration.
pub static CLOSE_JS: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("close.js", "text/javascript; charset=utf-8"));

#[derive(Embed)]
#[folder = "src/web/assets/"]
struct Files;

/// A file of ours.
#[derive(Debug)]
pub struct Asset {
    name: &'static str,
    media_type: &'static str,
    hash: String,
    content: Vec<u8>,
}

impl Asset {
    fn of(name: &'static str, media_type: &'static str) -> Self {
        let file = Files::get(name);
        let hash = file.as_ref().map(|file| hash_of(&file.metadata.sha256_hash())).unwrap_or_default();
        let content = file.map(|file| file.data.into_owned()).unwrap_or_default();
        Self { name, media_type, hash, content }
    }

    /// Where pages find it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/assets/{}/{}", self.hash, self.name)
    }

    /// What it holds.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }
}

/// Sixteen hex digits are plenty to tell our own versions apart.
fn hash_of(sha256: &[u8]) -> String {
    sha256.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Asset> {
    [&LAUREL_CSS, &LAUREL_SVG, &AUTO_FORM_JS, &BINDING_JS, &CLOSE_JS].into_iter().map(|asset| &**asset)
}

/// Adds their addresses.
#[must_use]
pub fn routes(route: Route) -> Route {
    route.at("/assets/:hash/:name", poem::get(serve))
}

#[handler]
fn serve(request: &Request) -> poem::Result<Response> {
    let name = request.raw_path_param("name").unwrap_or_default();
    let asset = all().find(|asset| asset.name == name).ok_or(poem::error::NotFoundError)?;
    let is_newest = request.raw_path_param("hash") == Some(&asset.hash);
    let tag = format!("\"{}\"", asset.hash);
    let keep = if is_newest { "public, max-age=31536000, immutable" } else { "no-cache" };
    let answer = Response::builder().header(header::ETAG, &tag).header(header::CACHE_CONTROL, keep);
    if has(request.headers(), &tag) {
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    Ok(answer.content_type(asset.media_type).body(asset.content.as_slice()))
}

/// Whether the browser names this version as one it holds.
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let held =
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value: &HeaderValue| value.to_str().ok());
    held.flat_map(|value| value.split(','))
        .map(|held| held.trim().trim_start_matches("W/"))
        .any(|held| held == tag || held == "*")
}
