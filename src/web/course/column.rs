//! The trigger column by one button: `/course/placements/{id}/column`. Offered on the course's page for activities that a
//! badge's rule names and of which no column tells yet, where the platform lets Laurel make and read columns; what the
//! platform does with it is said beforehand.

use criteria::{Rule, Subject, Test};
use lti::{
    claims::Services,
    quirks::Marks,
    services::scope::{LINEITEM, RESULT_READONLY},
};
use poem::{Body, Request, Response, Result, handler, web::Data};

use super::{Entry, Visit, confirm, framed, instructor::why, named};
use crate::{
    app::App,
    domain::{
        course as courses,
        line_item::trigger::{self, NewTrigger},
        placement,
    },
    error::{Error, Kind},
    store::entity::{
        course,
        line_item::{LineItemPurpose, LineItemState, Model as Column},
        placement as placements,
    },
    telemetry::CorrelationId,
    texts::{Language, Texts},
    web::views::course::{Trigger, TriggerState},
};

/// Most characters of a column's name.
const LABEL: usize = 100;

/// The button.
#[handler]
pub async fn make(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let entry = Entry::of(request, body).await?;
    framed(&app, entry.launch, async {
        let visit = entry.visit(&app, request).await?;
        let course = super::edited(&visit.session)?;
        let placed = placement::find(&app, course.organization_id, named(request, "placement")?).await?;
        if placed.placement.course_id.is_some_and(|own| own != course.id) {
            return Err(Error::not_found("placement").into());
        }
        let rule = Rule::parse(&placed.rule.rule).map_err(Error::internal)?;
        let wanted = entry.field("activity").unwrap_or_default();
        if !activities(&rule, course).iter().any(|activity| activity == wanted) {
            return Err(Error::not_found("activity").into());
        }
        let caller = visit.caller(course, &correlation);
        let texts = Texts::of(visit.language(&app, request));
        let label: String =
            texts.text("trigger-label").arg("activity", wanted).to_string().chars().take(LABEL).collect();
        let activity = Some(wanted.to_owned());
        let new = NewTrigger { course: course.id, label: Some(label), maximum: None, activity };
        trigger::make(&app, &caller, new).await?;
        Ok(confirm::course_page(&app, request, &visit).await?)
    })
    .await
}

/// The activities of a course that a rule names.
fn activities(rule: &Rule, course: &course::Model) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for (_, node) in rule.nodes() {
        let target = match &node.test {
            Test::Completed(target) => target,
            Test::Score(score) => &score.target,
            _ => continue,
        };
        if let Subject::Activity(activity) = &target.subject
            && target.course.is_none_or(|other| other == course.id.0)
            && !named.contains(activity)
        {
            named.push(activity.clone());
        }
    }
    named
}

/// What a course's platform does with trigger columns, and those there are.
pub(super) struct Triggers {
    /// What a teacher is told beforehand: the key of a sentence; none where columns cannot be made or read.
    means: Option<&'static str>,
    columns: Vec<Column>,
    texts: Texts,
}

impl Triggers {
    /// Those of a course; `columns` are all of its columns.
    ///
    /// # Errors
    /// Only ours.
    pub(super) async fn of(
        app: &App,
        course: &course::Model,
        columns: Vec<Column>,
        language: Language,
    ) -> crate::error::Result<Self> {
        let texts = Texts::of(language);
        let services: Services = serde_json::from_value(course.services.clone()).unwrap_or_default();
        let may = services.ags.is_some_and(|ags| {
            let has = |scope: &str| ags.scope.iter().any(|granted| granted == scope);
            ags.lineitems.is_some() && has(LINEITEM) && has(RESULT_READONLY)
        });
        let means = match courses::served(app, course).await {
            Ok(served) if may => match served.peer.quirks().marks {
                Marks::Shown => Some("trigger-shown"),
                Marks::ShownOfPosted => Some("trigger-shown-of-posted"),
                Marks::Hidden => None,
            },
            Ok(_) => None,
            Err(error) if matches!(error.kind(), Kind::Conflict | Kind::NotFound) => None,
            Err(error) => return Err(error),
        };
        Ok(Self { means, columns, texts })
    }

    /// What there is of one placement; the button only for who may change what the course holds.
    pub(super) fn on(
        &self,
        app: &App,
        visit: &Visit,
        course: &course::Model,
        placed: &placements::Model,
        rule: &Rule,
    ) -> Vec<Trigger> {
        if placed.state == placements::PlacementState::Ended {
            return Vec::new();
        }
        let found = activities(rule, course).into_iter().filter_map(|activity| {
            let state = match self.columns.iter().find(|column| is_of(column, &activity)) {
                Some(column) if column.purpose == LineItemPurpose::Trigger => self.state_of(column),
                // Another column tells of it already.
                Some(_) => return None,
                None if !visit.session.may_edit() => return None,
                None => TriggerState::Offered {
                    means: self.means?,
                    action: visit.way(&format!("/course/placements/{}/column", placed.id)).url,
                    fields: visit
                        .fields(app)
                        .into_iter()
                        .chain([("activity".to_owned(), activity.clone())])
                        .collect(),
                },
            };
            Some(Trigger { activity, state })
        });
        found.collect()
    }

    fn state_of(&self, column: &Column) -> TriggerState {
        match column.state {
            LineItemState::Refused => TriggerState::Refused {
                why: self.texts.say(why(column.trouble.as_deref().unwrap_or_default())),
            },
            LineItemState::Found => TriggerState::There { label: column.label.clone() },
            _ => TriggerState::Wanted { label: column.label.clone() },
        }
    }
}

fn is_of(column: &Column, activity: &str) -> bool {
    let is_there =
        !matches!(column.state, LineItemState::Removing | LineItemState::Removed | LineItemState::Offered);
    column.resource_id == activity && column.purpose != LineItemPurpose::Report && is_there
}
