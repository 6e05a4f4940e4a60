//! What comes of awards: credentials, and the passes, holds and lists they came by.

use laurel::{
    ids::{AwardId, LearnerId},
    store::entity::{bulk, bulk_row, completion_list, credential, generation, hold, pass, rule_course},
};
use serde_json::json;

use super::Schema;
use crate::support::rows::World;

pub(super) async fn fill(schema: &mut Schema<'_>, world: &World, learner: LearnerId, award: AwardId) {
    let now = world.now;
    let generation = generation::Model {
        revoked_at: Some(now),
        revocation_reason: Some("Irrtum".into()),
        replaced_at: Some(now),
        ..world.generation(award)
    };
    schema.holds(generation.clone()).await;
    let list = world.status_list(1, 131_072);
    schema.holds(list.clone()).await;
    schema
        .holds(credential::Model {
            revoked_at: Some(now),
            revocation_reason: Some("Irrtum".into()),
            ..world.credential(&generation, credential::CredentialKind::Ob3, Some((&list, 131_071)))
        })
        .await;
    schema
        .holds(rule_course::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            placement_id: world.placement.id,
            rule_id: world.rule.id,
            course_id: world.course.id,
        })
        .await;
    let passed = pass::Model {
        id: world.dice.row_id(now),
        organization_id: world.id(),
        course_id: Some(world.course.id),
        placement_id: Some(world.placement.id),
        roster_id: Some(world.dice.row_id(now)),
        hold_id: Some(world.dice.row_id(now)),
        cause: pass::PassCause::WentLive,
        state: pass::PassState::Undone,
        leg: 7,
        after_id: Some(learner),
        checked: 213,
        tallies: json!([]),
        begun_by: "laurel, by went_live".into(),
        due_at: now,
        recheck_at: Some(now),
        mail_at: Some(now),
        undone_by: Some("command line".into()),
        undone_at: Some(now),
        created_at: now,
        updated_at: now,
        ended_at: Some(now),
    };
    schema.holds(passed.clone()).await;
    schema
        .holds(hold::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            placement_id: world.placement.id,
            rule_id: world.rule.id,
            course_id: Some(world.course.id),
            scope: world.course.id.to_string(),
            pass_id: passed.id,
            why: hold::HoldWhy::FirstRelease,
            state: hold::HoldState::Declined,
            would_award: 21,
            candidates: 30,
            decided_by: Some("command line".into()),
            decided_at: Some(now),
            created_at: now,
            updated_at: now,
        })
        .await;
    schema
        .holds(completion_list::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            course_id: world.course.id,
            placement_id: world.placement.id,
            name: "Prüfungsamt, November".into(),
            given_by: "command line".into(),
            counts: true,
            rows: 3,
            difference: json!({"only_there": []}),
            created_at: now,
        })
        .await;
    let list = bulk::Model {
        id: world.dice.row_id(now),
        organization_id: world.id(),
        state: bulk::BulkState::Cancelled,
        total: 2,
        run: 1,
        begun_by: "ada".into(),
        pass_id: Some(passed.id),
        created_at: now,
        updated_at: now,
        ended_at: Some(now),
    };
    schema.holds(list.clone()).await;
    schema
        .holds(bulk_row::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            bulk_id: list.id,
            number: 7,
            state: bulk_row::BulkRowState::Refused,
            given: json!({"email": "grace@example.org"}),
            learner_id: Some(learner),
            award_id: Some(award),
            code: Some("email.invalid".into()),
            words: Some("nein".into()),
            updated_at: now,
        })
        .await;
}
