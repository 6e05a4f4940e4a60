//! Pictures: the plain one of a version, and the baked one of an award. Nothing else under `/media`.

use open_badges::bake::png::{self, Keyword};
use poem::{
    Request, Response, Result, handler,
    web::{Data, Path},
};

use super::{
    documents::{cached, published},
    negotiate,
    serve::{Keep, send, stored},
};
use crate::{
    app::{App, Form},
    domain::{artwork, award::Published, issuing},
    error::Error,
    ids::{AchievementVersionId, CredentialId},
    store::{Topic, achievement as versions, credential as credentials, entity::credential::CredentialKind},
};

#[handler]
pub async fn plain(app: Data<&App>, Path(file): Path<String>, request: &Request) -> Result<Response> {
    let missing = || Error::not_found("picture");
    let id: AchievementVersionId =
        file.strip_suffix(".png").and_then(|id| id.parse().ok()).ok_or_else(missing)?;
    let stored_picture = cached(&app, Topic::Achievement(id), Form::Picture, "", async {
        let version = versions::unscoped_version(app.store.read(), id).await?.ok_or_else(missing)?;
        let prepared = issuing::prepared(&app, version.organization_id, id).await?;
        Ok(stored(artwork::picture(&app, &prepared.issuer, &prepared.version).await?.to_vec(), false))
    })
    .await?;
    Ok(send(request, &stored_picture, negotiate::PNG, Keep::Long))
}

/// The picture an assertion names. It carries the 2.0 document only, until its holder publishes the
/// badge (design §8).
#[handler]
pub async fn baked(app: Data<&App>, Path(file): Path<String>, request: &Request) -> Result<Response> {
    let missing = || Error::not_found("picture");
    let id: CredentialId = file.strip_suffix(".png").and_then(|id| id.parse().ok()).ok_or_else(missing)?;
    let stored_picture = cached(&app, Topic::Credential(id), Form::Picture, "", async {
        let row = credentials::unscoped_find(app.store.read(), id)
            .await?
            .filter(|row| row.kind == CredentialKind::Ob2)
            .ok_or_else(missing)?;
        if row.revoked_at.is_some() {
            return Err(Error::new(
                crate::error::Kind::Gone,
                "badge.revoked",
                "This badge was revoked or replaced.",
            ));
        }
        let published = published(&app, &row).await?;
        let with_credential = published.award.published;
        Ok(stored(bake(&app, &published, with_credential).await?, false))
    })
    .await?;
    Ok(send(request, &stored_picture, negotiate::PNG, Keep::Short))
}

/// The newest generation's documents in the award's picture.
pub async fn bake(app: &App, published: &Published, with_credential: bool) -> crate::error::Result<Vec<u8>> {
    let award = &published.award;
    let prepared = issuing::prepared(app, award.organization_id, award.achievement_version_id).await?;
    let master = artwork::picture(app, &prepared.issuer, &prepared.version).await?;
    let ob2 = published.newest_document(CredentialKind::Ob2);
    let ob3 = published.newest_document(CredentialKind::Ob3).filter(|_| with_credential);
    let texts: Vec<(Keyword, &str)> = [(Keyword::OpenBadges, ob2), (Keyword::OpenBadgeCredential, ob3)]
        .into_iter()
        .filter_map(|(keyword, document)| Some((keyword, document?.document.as_str())))
        .collect();
    png::bake(&master, &texts).map_err(Error::internal)
}
