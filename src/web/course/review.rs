//! The pages for whoever looks at the work of others: the submission that a launch opened, and a mentor's people.
//! They change nothing; who may see what is [`domain::review`](crate::domain::review)'s.

use criteria::{Rule, Verdict};

use super::{
    Visit,
    learner::{earlier, line},
    roster::why_excluded,
};
use crate::{
    app::{App, LivePlacement},
    domain::{
        addresses,
        course::Titles,
        earning, evaluation, heard, issuing,
        review::{self, Mentee},
        session::Session,
    },
    error::{Error, Result},
    ids::{LearnerId, PlacementId},
    store::{
        award as awards, enrollment as enrollments,
        entity::{award::Model as Award, course, enrollment, learner},
        learner as learners, placement as placements,
    },
    texts::{Language, Texts},
    web::{
        present,
        views::{
            course::{Occasion, Person, ReviewPage, Work},
            parts::{Day, Line, Standing},
        },
    },
};

/// The submission that the launch opened, as HTML.
///
/// # Errors
/// `not_found`; `lti.sr.not_permitted`; ours.
pub async fn submission(app: &App, session: &Session, language: Language) -> Result<String> {
    let submission = review::submission(app, session).await?;
    let mut people = Vec::new();
    if let (Some(course), Some(whose)) = (&session.course, &submission.whose) {
        let enrollment = submission.enrollment.as_ref();
        let shown = Shown::of(app, course, &submission.placements, language).await?;
        people.push(shown.person(whose, enrollment).await?);
    }
    let page = ReviewPage {
        language,
        course: session.course.as_ref().and_then(|course| course.title.clone()),
        occasion: if submission.is_own { Occasion::Own } else { Occasion::Submission },
        people,
        back: submission.return_url,
        list: None,
        carry: Vec::new(),
    };
    Ok(page.html())
}

/// A mentor's people, as HTML; `None` for whoever is no mentor.
///
/// # Errors
/// Only ours.
pub async fn care(
    app: &App,
    session: &Session,
    only: Option<PlacementId>,
    language: Language,
) -> Result<Option<String>> {
    let (Some(mentees), Some(course)) = (review::mentees(app, session).await?, &session.course) else {
        return Ok(None);
    };
    let mut placed = review::shown(app, course).await?;
    placed.retain(|placed| only.is_none_or(|only| only == placed.placement.id));
    let shown = Shown::of(app, course, &placed, language).await?;
    let mut people = Vec::with_capacity(mentees.len());
    for Mentee { learner, enrollment } in &mentees {
        people.push(shown.person(learner, Some(enrollment)).await?);
    }
    let page = ReviewPage {
        language,
        course: course.title.clone(),
        occasion: Occasion::Care,
        people,
        back: None,
        list: None,
        carry: Vec::new(),
    };
    Ok(Some(page.html()))
}

/// One person of the course, for who teaches there. As HTML.
///
/// # Errors
/// `not_found` for somebody who was never in it; ours.
pub async fn taught(
    app: &App,
    visit: &Visit,
    course: &course::Model,
    learner: LearnerId,
    language: Language,
) -> Result<String> {
    let (db, organization) = (app.store.read(), course.organization_id);
    let enrolled = enrollments::find(db, organization, course.id, learner).await?;
    let known = learners::find(db, organization, learner).await?;
    let (Some(enrollment), Some(whose)) = (enrolled, known) else { return Err(Error::not_found("person")) };
    let placed = review::shown(app, course).await?;
    let shown = Shown::of(app, course, &placed, language).await?;
    let mut person = shown.person(&whose, Some(&enrollment)).await?;
    person.excluded = evaluation::excluded(&whose, std::slice::from_ref(&enrollment)).map(why_excluded);
    let people = vec![person];
    let page = ReviewPage {
        language,
        course: course.title.clone(),
        occasion: Occasion::Taught,
        people,
        back: None,
        list: Some(visit.way(super::roster::PATH)),
        carry: visit.carry(app),
    };
    Ok(page.html())
}

/// Badges of a course, as they are shown with one person's work after another's.
struct Shown<'a> {
    app: &'a App,
    course: &'a course::Model,
    placed: &'a [LivePlacement],
    titles: Titles,
    language: Language,
}

impl<'a> Shown<'a> {
    async fn of(
        app: &'a App,
        course: &'a course::Model,
        placed: &'a [LivePlacement],
        language: Language,
    ) -> Result<Self> {
        let titles = Titles::of(app, course).await?;
        Ok(Self { app, course, placed, titles, language })
    }

    async fn person(
        &self,
        learner: &learner::Model,
        enrollment: Option<&enrollment::Model>,
    ) -> Result<Person> {
        let (db, organization) = (self.app.store.read(), self.course.organization_id);
        let held = awards::of_learner(db, organization, learner.id).await?;
        let enrollments = enrollment.map_or(&[][..], std::slice::from_ref);
        let known = heard::Known { learner: learner.id, enrollments, awards: &held };
        let rules = self.placed.iter().map(|placed| &placed.rule);
        let heard = heard::hear_one(db, organization, rules, known).await?;
        let mut works = Vec::with_capacity(self.placed.len());
        for placed in self.placed {
            let version = placed.placement.achievement_version_id;
            let prepared = issuing::prepared(self.app, organization, version).await?;
            let award = earning::shown(self.app, placed, &held);
            let base = &prepared.issuer.base_url;
            let explained = match award {
                None => Some(self.explain(&earning::judge(self.app, placed, &heard, &held), &placed.rule)),
                Some(award) => self.as_awarded(award, placed).await?,
            };
            let earned_html = match (award, &explained) {
                (Some(award), None) => present::evidence(award).0,
                _ => String::new(),
            };
            works.push(Work {
                badge: present::badge(&prepared, self.language),
                award: award.map(|award| self.standing(award)),
                earned_html,
                explained,
                earlier: earlier(self.app, placed, &held, self.language),
                criteria_url: Some(addresses::criteria(base, &prepared.issuer.slug, prepared.version.id)),
            });
        }
        works.sort_by_key(|work| work.award.is_none());
        Ok(Person { name: self.name(learner), excluded: None, works })
    }

    fn standing(&self, award: &Award) -> (Standing, Day, Option<Day>) {
        let day = |at| Day::of(self.language, at);
        let standing = present::standing(award, self.language, self.app.clock.now());
        (standing, day(award.awarded_at), award.valid_until.map(day))
    }

    /// The verdict by which an award was made, with the version of the rule that it met; none for a person's
    /// decision.
    async fn as_awarded(&self, award: &Award, placed: &LivePlacement) -> Result<Option<Line>> {
        let Ok(verdict) = serde_json::from_value::<Verdict>(award.verdict.clone()) else { return Ok(None) };
        let Some(rule) = award.rule_id else { return Ok(None) };
        if rule == placed.rule_id {
            return Ok(Some(self.explain(&verdict, &placed.rule)));
        }
        let stored = placements::rule(self.app.store.read(), award.organization_id, rule).await?;
        let stored = stored.ok_or_else(|| Error::internal("an award without its rule"))?;
        let rule = Rule::parse(&stored.rule).map_err(Error::internal)?;
        Ok(Some(self.explain(&verdict, &rule)))
    }

    fn explain(&self, verdict: &Verdict, rule: &Rule) -> Line {
        let words = criteria::Language::of_tag(self.language.tag());
        line(&criteria::explain(verdict, rule, words, &self.titles))
    }

    /// The person's name, or a short id: none is invented (lti-1.3-tool §14).
    fn name(&self, learner: &learner::Model) -> String {
        let full = || Some(format!("{} {}", learner.given_name.as_ref()?, learner.family_name.as_ref()?));
        learner.name.clone().or_else(full).or_else(|| learner.given_name.clone()).unwrap_or_else(|| {
            let id = learner.id.0.simple().to_string();
            let short: String = id.chars().skip(id.len().saturating_sub(6)).collect();
            Texts::of(self.language).text("learner-fallback-name").arg("id", short).to_string()
        })
    }
}
