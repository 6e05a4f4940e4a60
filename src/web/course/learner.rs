//! The learner's page: what was earned, and for the rest what is missing and why.

use criteria::{Explained, Outcome as Met};

use crate::{
    app::{App, LivePlacement},
    domain::{
        addresses,
        award::{grant::mail_key, holder},
        course::Titles,
        earning, evaluation, heard, issuing,
        session::Session,
    },
    error::Result,
    ids::{OrganizationId, PlacementId},
    store::{
        award as awards,
        entity::award::{AwardState, Model as Award},
    },
    texts::{Language, Texts},
    web::{
        present,
        views::{
            course::{Audience, LearnerPage, Offer, Progress},
            parts::{Day, Line, Outcome},
        },
    },
};

/// The page as HTML.
///
/// # Errors
/// Only ours.
pub async fn page(
    app: &App,
    session: &Session,
    only: Option<PlacementId>,
    language: Language,
) -> Result<String> {
    let audience = audience_of(session);
    let mut offers = offers(app, session, only, language, audience).await?;
    offers.sort_by_key(|offer| !matches!(offer.progress, Progress::Award { .. }));
    let page = LearnerPage {
        language,
        course: session.course.as_ref().and_then(|course| course.title.clone()),
        name: session
            .learner
            .as_ref()
            .and_then(|learner| learner.given_name.clone().or(learner.name.clone())),
        audience,
        offers,
    };
    Ok(page.html())
}

fn audience_of(session: &Session) -> Audience {
    let Some(enrollment) = &session.enrollment else {
        return if session.course.is_none() { Audience::NoCourse } else { Audience::Visitor };
    };
    if session.learner.as_ref().is_some_and(|learner| learner.is_test) {
        return Audience::Test;
    }
    if enrollment.is_staff_ever {
        return Audience::Staff;
    }
    if session.is_learner() { Audience::Learner } else { Audience::Visitor }
}

async fn offers(
    app: &App,
    session: &Session,
    only: Option<PlacementId>,
    language: Language,
    audience: Audience,
) -> Result<Vec<Offer>> {
    let Some(course) = &session.course else { return Ok(Vec::new()) };
    let organization = course.organization_id;
    let db = app.store.read();
    let live = evaluation::live(app, db, organization, Some(course.id)).await?;
    let titles = Titles::of(app, course).await?;
    let (held, heard) = match &session.learner {
        None => (Vec::new(), Vec::new()),
        Some(learner) => {
            let held = awards::of_learner(db, organization, learner.id).await?;
            let enrollments = session.enrollment.as_slice();
            let known = heard::Known { learner: learner.id, enrollments, awards: &held };
            let heard = heard::hear_one(db, organization, live.rules(), known).await?;
            (held, heard)
        }
    };
    let mut offers = Vec::new();
    for placed in &live.placements {
        if only.is_some_and(|only| only != placed.placement.id) {
            continue;
        }
        let prepared = issuing::prepared(app, organization, placed.placement.achievement_version_id).await?;
        let award = earning::shown(app, placed, &held);
        let progress = match (award, audience) {
            (Some(award), _) => progress_of(app, organization, award, language).await?,
            (None, Audience::Learner) => {
                let verdict = earning::judge(app, placed, &heard, &held);
                let words = criteria::Language::of_tag(language.tag());
                Progress::NotYet(line(&criteria::explain(&verdict, &placed.rule, words, &titles)))
            }
            (None, _) => Progress::Shown,
        };
        let base = &prepared.issuer.base_url;
        offers.push(Offer {
            badge: present::badge(&prepared, language),
            criteria_url: Some(addresses::criteria(base, &prepared.issuer.slug, prepared.version.id)),
            progress,
            earlier: earlier(app, placed, &held, language),
        });
    }
    Ok(offers)
}

/// What was earned in earlier periods, in a sentence.
pub(super) fn earlier(
    app: &App,
    placed: &LivePlacement,
    held: &[Award],
    language: Language,
) -> Option<String> {
    let texts = Texts::of(language);
    let days: Vec<String> =
        earning::earlier(app, placed, held).iter().map(|award| texts.day(award.awarded_at)).collect();
    (!days.is_empty()).then(|| texts.text("earlier-awards").arg("days", days.join(", ")).to_string())
}

async fn progress_of(
    app: &App,
    organization: OrganizationId,
    award: &Award,
    language: Language,
) -> Result<Progress> {
    let is_issued = award.generation > 0;
    let claim_url = match is_issued && award.state == AwardState::Active {
        false => None,
        true => Some(holder::claim_url(app, award)?),
    };
    let key = mail_key(award.id, award.generation);
    let is_mailed = is_issued && crate::outbox::queue::is_done(app.store.read(), organization, &key).await?;
    Ok(Progress::Award {
        standing: present::standing(award, language, app.clock.now()),
        on: Day::of(language, award.awarded_at),
        valid_until: award.valid_until.map(|until| Day::of(language, until)),
        claim_url,
        is_mailed,
    })
}

pub(super) fn line(explained: &Explained) -> Line {
    Line {
        outcome: match explained.outcome {
            Met::Met => Outcome::Met,
            Met::NotMet => Outcome::NotMet,
            Met::Unknown => Outcome::Unknown,
        },
        text: explained.text.clone(),
        note: explained.note.clone(),
        of: explained.of.iter().map(line).collect(),
    }
}
