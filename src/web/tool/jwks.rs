//! `GET /lti/jwks/{platform}`: the public keys with which we sign for that platform (§4.1).

use poem::{
    Response, Result, handler,
    web::{Data, Path},
};

use crate::{app::App, domain::platform_key, error::Error, ids::PlatformId};

#[handler]
pub async fn published(app: Data<&App>, Path(platform): Path<String>) -> Result<Response> {
    let platform: PlatformId = platform.parse().map_err(|_| Error::not_found("platform"))?;
    let document = platform_key::published(&app, platform).await?;
    Ok(Response::builder()
        .content_type("application/json")
        .header("cache-control", "public, max-age=3600")
        .header("access-control-allow-origin", "*")
        .body(document.to_string()))
}
