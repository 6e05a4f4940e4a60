//! `MailAward`: bakes the picture of one generation and mails it to the learner (design §4.5).
//!
//! The `Message-ID` comes from the job, so a repeat after a lost answer is recognised as the same mail.

use chrono::Duration;
use open_badges::bake::png::{self, Keyword};

use crate::{
    app::App,
    domain::{artwork, award, credential, issuing, learner, pass::undo},
    error::{Error, Kind, Result},
    ids::{AwardId, JobId, OrganizationId},
    mail::{AwardMail, BadgeMail, EmailAddress, Message},
    outbox::Outcome,
    store::{
        award as awards,
        entity::{
            award::AwardState,
            credential::{CredentialKind, Model as Document},
        },
    },
    texts::Language,
};

/// How soon to look again whether a pass has been undone.
const SOON: Duration = Duration::seconds(30);

/// Runs the job.
pub async fn run(
    app: &App,
    job: JobId,
    organization: OrganizationId,
    award: AwardId,
    generation: i32,
) -> Outcome {
    match waits(app, organization, award).await {
        Ok(false) => {}
        Ok(true) => return Outcome::Later("its pass is being undone".to_owned(), SOON),
        Err(error) => return super::again(&error),
    }
    super::sent(app, prepare(app, job, organization, award, generation).await).await
}

/// Whether an award's pass is just being undone: then nothing of it leaves.
async fn waits(app: &App, organization: OrganizationId, id: AwardId) -> Result<bool> {
    let award = awards::find(app.store.read(), organization, id).await?;
    match award.and_then(|award| award.pass_id) {
        Some(pass) => undo::waits(app, organization, pass).await,
        None => Ok(false),
    }
}

/// The mail, or `None` when there is nothing to send any more: revoked, or replaced by a correction.
async fn prepare(
    app: &App,
    job: JobId,
    organization: OrganizationId,
    id: AwardId,
    generation: i32,
) -> Result<Option<Message>> {
    let published = award::find_published(app, organization, id).await?;
    let award = &published.award;
    if award.state != AwardState::Active || award.generation != generation {
        return Ok(None);
    }
    let Some(newest) = published.newest() else { return Ok(None) };
    let prepared = issuing::prepared(app, organization, award.achievement_version_id).await?;
    let learner = learner::find(app, organization, award.learner_id).await?;
    let picture = artwork::picture(app, &prepared.issuer, &prepared.version).await?;
    let baked = bake(
        &picture,
        published.newest_document(CredentialKind::Ob2),
        published.newest_document(CredentialKind::Ob3),
    )?;
    let to = match EmailAddress::parse(&credential::open_recipient(app, newest)?) {
        Ok(to) => to,
        Err(error) => return Err(Error::new(Kind::Gone, "mail.address", error.to_string())),
    };
    let language = learner.language.as_deref().unwrap_or(&prepared.version.language);
    let claim_url = award::holder::claim_url(app, award)?;
    let badge = BadgeMail {
        id: app.mailer.message_id(job),
        date: newest.published_at,
        to,
        recipient_name: learner.name.as_deref(),
        language: Language::negotiate([language], None, Language::default()),
        achievement_name: &prepared.version.name,
        issuer_name: &prepared.issuer.name,
        reply_to: EmailAddress::parse(&prepared.issuer.email).ok(),
        claim_url: &claim_url,
    };
    let mail = AwardMail { badge, course_title: None, awarded_at: award.awarded_at, png: baked };
    mail.message().map(Some).map_err(Error::internal)
}

/// Both documents in one picture, 2.0 first (open-badges §11.2, §15).
fn bake(picture: &[u8], ob2: Option<&Document>, ob3: Option<&Document>) -> Result<Vec<u8>> {
    let chunks: Vec<(Keyword, &str)> = [(Keyword::OpenBadges, ob2), (Keyword::OpenBadgeCredential, ob3)]
        .into_iter()
        .filter_map(|(keyword, document)| Some((keyword, document?.document.as_str())))
        .collect();
    png::bake(picture, &chunks).map_err(Error::internal)
}
