//! Artwork: PNG pictures of badges.

use poem::web::Data;
use poem_openapi::{
    ApiRequest, ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::{Binary, Json},
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, Listed, asked, created, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::artwork,
    ids::ArtworkId,
    store::{artwork as rows, entity::artwork as entity},
    web::who::{MayDefine, MayRead},
};

/// A picture to store.
#[derive(Debug, ApiRequest)]
pub enum PictureIn {
    /// The bytes of a PNG file.
    #[oai(content_type = "image/png")]
    Png(Binary<Vec<u8>>),
}

/// A stored picture, without its bytes.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct ArtworkOut {
    /// Its id.
    id: ArtworkId,
    /// SHA-256 of its bytes, lower-case hex.
    sha256: String,
    /// Pixels.
    width: i32,
    /// Pixels.
    height: i32,
    /// Its media type.
    media_type: String,
    /// Where it came from.
    source: entity::ArtworkSource,
    /// When it was stored.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl Example for ArtworkOut {
    fn example() -> Self {
        Self {
            id: examples::artwork(),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            width: 400,
            height: 400,
            media_type: "image/png".to_owned(),
            source: entity::ArtworkSource::Upload,
            created_at: examples::time(),
        }
    }
}

impl From<entity::Model> for ArtworkOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            sha256: row.sha256,
            width: row.width,
            height: row.height,
            media_type: row.media_type,
            source: row.source,
            created_at: row.created_at,
        }
    }
}

impl From<rows::Summary> for ArtworkOut {
    fn from(row: rows::Summary) -> Self {
        Self {
            id: row.id,
            sha256: row.sha256,
            width: row.width,
            height: row.height,
            media_type: row.media_type,
            source: row.source,
            created_at: row.created_at,
        }
    }
}

/// The bytes of a picture.
#[derive(Debug, ApiResponse)]
pub enum PictureOut {
    /// A PNG file.
    #[oai(status = 200, content_type = "image/png")]
    Png(Binary<Vec<u8>>),
}

/// The resource.
#[derive(Debug)]
pub struct Artwork;

#[OpenApi(prefix_path = "/artwork", tag = "Tag::Artwork")]
impl Artwork {
    /// Upload a picture.
    ///
    /// A PNG as the body, checked whole: form, size, pixels. The same picture twice is one.
    ///
    /// Scope: `define`.
    #[oai(path = "/", method = "post", operation_id = "artwork_upload")]
    async fn artwork_upload(
        &self,
        app: Data<&App>,
        may: MayDefine,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: PictureIn,
    ) -> Result<Created<ArtworkOut>, WriteProblem> {
        let PictureIn::Png(bytes) = body;
        Ok(created(artwork::upload(&app, &may.caller, bytes.0).await?.into()))
    }

    /// List pictures.
    ///
    /// Newest first, without their bytes.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "artwork_list")]
    async fn artwork_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<ArtworkOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one picture's particulars.
    ///
    /// Size and digest, without its bytes.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "artwork_find")]
    async fn artwork_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<ArtworkId>,
    ) -> Result<Json<ArtworkOut>, ReadProblem> {
        Ok(Json(artwork::find(&app, may.caller.organization, id.0).await?.into()))
    }

    /// Download a picture.
    ///
    /// Its bytes, as uploaded.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/file", method = "get", operation_id = "artwork_download")]
    async fn artwork_download(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<ArtworkId>,
    ) -> Result<PictureOut, ReadProblem> {
        let found = artwork::find(&app, may.caller.organization, id.0).await?;
        Ok(PictureOut::Png(Binary(found.bytes)))
    }
}
