//! What the rules about a course ask its platform's record for: those of its placements, drafts among them (a dry run
//! needs the record), and those elsewhere that name the course. Only that is read and kept.

use criteria::{Rule, ScoreTest, Subject, Target, Test};

use super::told::Wanted;
use crate::{
    app::App,
    error::{Error, Result},
    store::{
        entity::{course, line_item::LineItemPurpose, placement::PlacementState},
        line_item as line_items, placement as placements,
    },
};

/// What is asked about a course.
pub(super) async fn of_course(app: &App, course: &course::Model) -> Result<Wanted> {
    let (db, organization) = (app.store.read(), course.organization_id);
    let mut wanted = Wanted::default();
    let placed = placements::of_course(db, organization, course.id).await?;
    let open = placed.iter().filter(|placement| placement.state != PlacementState::Ended);
    for row in placements::newest_rules(db, organization, open.map(|placement| placement.id)).await? {
        add(&mut wanted, &row.rule, |target| target.course.is_none_or(|id| id == course.id.0))?;
    }
    for (_, row) in placements::that_name(db, organization, course.id).await? {
        add(&mut wanted, &row.rule, |target| target.course == Some(course.id.0))?;
    }
    for item in line_items::of_course(db, organization, course.id).await? {
        if item.purpose == LineItemPurpose::Report {
            wanted.own_items.extend(item.url.as_deref().and_then(number_of));
            wanted.own_labels.insert(item.label);
        }
    }
    Ok(wanted)
}

fn add(wanted: &mut Wanted, rule: &serde_json::Value, is_here: impl Fn(&Target) -> bool) -> Result<()> {
    let rule = Rule::parse(rule).map_err(Error::internal)?;
    for (_, node) in rule.nodes() {
        match &node.test {
            Test::Completed(target) if is_here(target) => match &target.subject {
                Subject::Course => wanted.course_completion = true,
                Subject::Activity(id) => drop(wanted.completions.insert(id.clone())),
            },
            Test::Score(ScoreTest { target, .. }) if is_here(target) => match &target.subject {
                Subject::Course => wanted.course_score = true,
                Subject::Activity(id) => drop(wanted.scores.insert(id.clone())),
            },
            _ => {}
        }
    }
    Ok(())
}

/// The number of a column in the address of a line item: Moodle's are those of its gradebook.
fn number_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("/lineitems/")?;
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!number.is_empty()).then_some(number)
}
