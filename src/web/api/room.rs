//! The document's reading room: Swagger UI at `/docs`, the text at `/openapi.yaml`.
//!
//! Swagger UI comes with poem-openapi. Its scripts and style stand in the page; the page may run these scripts
//! and no others, and nothing comes from elsewhere (design §6.9).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use poem::{Response, handler, web::Data};

/// What the room shows; made once.
#[derive(Clone, Debug)]
pub struct Room {
    document: String,
    page: String,
    policy: String,
}

impl Room {
    /// With the document (YAML) and poem's page.
    pub fn new(document: String, page: &str) -> Self {
        let page = page
            .trim_start()
            .replacen("<html charset=\"UTF-8\">", "<!DOCTYPE html>\n<html lang=\"en\">", 1)
            .replacen("<title>Swagger UI</title>", "<title>Laurel: the API</title>", 1);
        let scripts: Vec<String> = scripts(&page).map(hash_source).collect();
        let policy = format!(
            "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src 'self' data:; connect-src \
             'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            scripts.join(" ")
        );
        Self { document, page, policy }
    }
}

/// The document.
#[handler]
pub fn yaml(room: Data<&Room>) -> Response {
    Response::builder().content_type("application/yaml").body(room.document.clone())
}

/// Swagger UI.
#[handler]
pub fn docs(room: Data<&Room>) -> Response {
    Response::builder()
        .content_type("text/html; charset=utf-8")
        .header("content-security-policy", &room.policy)
        .body(room.page.clone())
}

/// The texts of the page's scripts.
fn scripts(page: &str) -> impl Iterator<Item = &str> {
    let mut rest = page;
    std::iter::from_fn(move || {
        let (_, tag) = rest.split_once("<script")?;
        let (script, after) = tag.split_once('>')?.1.split_once("</script>")?;
        rest = after;
        Some(script)
    })
}

/// A script as a content security policy names it (CSP 3 §6.7.3.3).
fn hash_source(script: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, script.as_bytes());
    format!("'sha256-{}'", STANDARD.encode(digest))
}
