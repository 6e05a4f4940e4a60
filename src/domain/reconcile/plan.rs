//! What a reconcile of a course reads: the roster, the rosters of links that a live rule asks about, the columns that
//! one names, and the platform's own record where the institution has consented. Rules of other courses that name this
//! one ask, too. Nothing that no rule asks for is read, so that a course costs few requests (design §11).

use std::collections::BTreeSet;

use criteria::{Subject, Test};
use uuid::Uuid;

use super::{Source, SourceKind};
use crate::{
    app::App,
    domain::{
        course, elsewhere, evaluation,
        records::{self, SourceOfCourse},
        roster,
    },
    error::Result,
    ids::{CourseId, LinkId, OrganizationId},
    store::{
        entity::line_item::{LineItemPurpose, LineItemState},
        line_item as columns, link as links,
    },
};

/// Most rosters of links that are read only for what the platform calls people.
const NAMING: usize = 3;

/// The sources of a course, in the order in which they are read: people first, so that what is told of them is known
/// whose it is.
pub(super) async fn sources(app: &App, organization: OrganizationId, id: CourseId) -> Result<Vec<Source>> {
    let course = course::find(app, organization, id).await?;
    let db = app.store.read();
    let live = evaluation::live(app, db, organization, Some(id)).await?;
    let (mut released, mut scored, mut completed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut asks_records = false;
    let named = elsewhere::that_name(app, db, organization, id).await?;
    let own = live.placements.iter().flat_map(|placed| placed.rule.nodes()).map(|(_, node)| &node.test);
    let others = named.iter().flat_map(|named| elsewhere::asked_of(&named.rule, id));
    for test in own.chain(others) {
        match test {
            Test::Released { link } => {
                released.insert(*link);
            }
            Test::Score(score) if is_here(score.target.course, id) => {
                asks_records = true;
                if let Subject::Activity(activity) = &score.target.subject {
                    scored.insert(activity.clone());
                }
            }
            Test::Completed(target) if is_here(target.course, id) => {
                asks_records = true;
                if let Subject::Activity(activity) = &target.subject {
                    completed.insert(activity.clone());
                }
            }
            _ => {}
        }
    }
    let mut sources = Vec::new();
    if roster::is_offered(&course) {
        let name = course.title.clone().unwrap_or_default();
        sources.push(Source::new(SourceKind::Roster, None, name));
        for id in released {
            let Some(link) = links::find(db, organization, LinkId(id)).await? else { continue };
            if link.course_id == Some(course.id) {
                let name = link.title.unwrap_or_default();
                sources.push(Source::new(SourceKind::LinkRoster, Some(id), name));
            }
        }
    }
    for item in columns::of_course(db, organization, course.id).await? {
        let is_gone = matches!(item.state, LineItemState::Removing | LineItemState::Removed);
        let is_read =
            item.purpose != LineItemPurpose::Report && item.state != LineItemState::Offered && !is_gone;
        let completes = item.purpose == LineItemPurpose::Trigger;
        let is_asked =
            scored.contains(&item.resource_id) || completes && completed.contains(&item.resource_id);
        if is_read && is_asked {
            let column = Source::new(SourceKind::Column, Some(item.id.0), item.label);
            sources.push(Source { activity: Some(item.resource_id), completes, ..column });
        }
    }
    if asks_records {
        let known = records::sources_of_course(app, organization, course.id).await?;
        if roster::is_offered(&course) && known.iter().any(SourceOfCourse::names_people_by_numbers) {
            // Who never launched is named by a link's list. Those that rules ask for name only to whom they are
            // released, so others are read too, one after the other while anybody is left.
            let is_asked = |id: Uuid| sources.iter().any(|source| source.id == Some(id));
            let links = links::of_course(db, organization, course.id).await?;
            let others: Vec<_> = links.into_iter().rev().filter(|link| !is_asked(link.id.0)).collect();
            for link in others.into_iter().take(NAMING) {
                let source =
                    Source::new(SourceKind::LinkRoster, Some(link.id.0), link.title.unwrap_or_default());
                sources.push(Source { for_names: true, ..source });
            }
        }
        sources.extend(known.iter().map(super::read::of_record));
    }
    Ok(sources)
}

fn is_here(target: Option<Uuid>, course: CourseId) -> bool {
    target.is_none_or(|target| target == course.0)
}
