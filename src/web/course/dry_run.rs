//! `/course/placements/{id}/dry-run`: whom a badge's rule would award now and whom not, with reasons; for who teaches
//! in the course, before a draft goes live and after. Looking changes nothing.

use poem::{Body, Request, Response, Result, handler, http::StatusCode, web::Data};

use super::{
    Entry, Visit, framed, named, parameter, reviewed,
    roster::{short, why_excluded},
    shown_to,
};
use crate::{
    app::App,
    domain::{
        course::Titles,
        dry_run::{self, Asked, Group, Line, Totals},
        issuing, placement,
        weighing::Weighed,
    },
    error::Error,
    ids::PlacementId,
    store::{
        PageQuery,
        entity::{course, placement::PlacementState},
    },
    texts::Language,
    web::views::{
        course::{Candidate, DryRunPage, DryRunReason, RosterList},
        parts::Day,
        way::Way,
    },
};

/// People on a page.
const SHOWN: u64 = 50;
/// The lists: what stands in the address, the key of the name.
const LISTS: [(Group, &str, &str); 5] = [
    (Group::Now, "now", "dry-run-now"),
    (Group::Nearly, "nearly", "dry-run-nearly"),
    (Group::NotYet, "not-yet", "dry-run-not-yet"),
    (Group::Already, "already", "dry-run-already"),
    (Group::Excluded, "excluded", "dry-run-excluded"),
];

/// The page.
#[handler]
pub async fn open(app: Data<&App>, request: &Request, body: Body) -> Result<Response> {
    let entry = Entry::of(request, body).await?;
    framed(&app, entry.launch, async {
        let visit = entry.visit(&app, request).await?;
        let course = reviewed(&visit.session)?;
        let placement = named(request, "placement")?;
        let wanted = parameter(request, "list").unwrap_or_default();
        let list = LISTS.iter().find(|(_, name, _)| *name == wanted).map_or(Group::Now, |(group, ..)| *group);
        let after = parameter(request, "after").and_then(|after| after.parse().ok());
        let look = Look { course, visit: &visit, placement, list, language: visit.language(&app, request) };
        let page = look.page(&app, PageQuery { after, limit: SHOWN }).await?;
        Ok(shown_to(&app, &visit, StatusCode::OK, page.html()))
    })
    .await
}

/// What is looked at.
struct Look<'a> {
    course: &'a course::Model,
    visit: &'a Visit,
    placement: PlacementId,
    list: Group,
    language: Language,
}

impl Look<'_> {
    async fn page(&self, app: &App, query: PageQuery) -> crate::error::Result<DryRunPage> {
        let organization = self.course.organization_id;
        let placed = placement::find(app, organization, self.placement).await?;
        // Those of the whole organization are operators' business.
        if placed.placement.course_id != Some(self.course.id) {
            return Err(Error::not_found("placement"));
        }
        let asked = dry_run::of_placement(app, organization, self.placement).await?;
        let totals = dry_run::totals(app, organization, &asked).await?;
        let found = dry_run::list(app, organization, &asked, Some(self.list), query).await?;
        let prepared = issuing::prepared(app, organization, placed.placement.achievement_version_id).await?;
        let titles = Titles::of(app, self.course).await?;
        let rule = criteria::Rule::parse(&placed.rule.rule).map_err(Error::internal)?;
        let list = |(group, word, name): &(Group, &str, &'static str)| RosterList {
            name,
            count: counted(&totals, *group),
            way: self.way(word, None),
            is_current: *group == self.list,
        };
        let word = LISTS.iter().find(|(group, ..)| *group == self.list).map_or("", |(_, word, _)| word);
        Ok(DryRunPage {
            language: self.language,
            course: self.course.title.clone(),
            badge: prepared.version.name.clone(),
            sentence: criteria::sentence(&rule, self.words(), &titles),
            is_live: placed.placement.state == PlacementState::Live,
            back: self.visit.way("/course"),
            carry: self.visit.carry(app),
            checked: totals.checked,
            unknown: totals.unknown,
            lists: LISTS.iter().map(list).collect(),
            people: found.items.into_iter().map(|line| self.candidate(&asked, line)).collect(),
            next: found.next.map(|next| self.way(word, Some(next))),
        })
    }

    fn way(&self, list: &str, after: Option<uuid::Uuid>) -> Way {
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        self.visit.way(&format!("/course/placements/{}/dry-run?list={list}{after}", self.placement))
    }

    fn words(&self) -> criteria::Language {
        criteria::Language::of_tag(self.language.tag())
    }

    fn candidate(&self, asked: &Asked, line: Line) -> Candidate {
        let reasons = dry_run::reasons(asked, &line.weighed, self.words());
        let met = match &line.weighed {
            Weighed::Now(verdict) => verdict.met_at.map(|at| Day::of(self.language, at)),
            _ => None,
        };
        let excluded = match line.weighed {
            Weighed::Excluded(why) => Some(why_excluded(why)),
            _ => None,
        };
        Candidate {
            name: line.learner.name,
            short_id: short(&line.learner.sub),
            excluded,
            met,
            reasons: reasons
                .into_iter()
                .map(|reason| DryRunReason { text: reason.text, note: reason.note })
                .collect(),
        }
    }
}

fn counted(totals: &Totals, group: Group) -> u64 {
    match group {
        Group::Now => totals.now,
        Group::Nearly => totals.nearly,
        Group::NotYet => totals.not_yet,
        Group::Already => totals.already,
        Group::Excluded => {
            totals.test_users + totals.staff + totals.inactive + totals.other_roles + totals.vetoed
        }
    }
}
