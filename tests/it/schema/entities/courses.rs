//! What is kept of courses: rosters and groups, columns and the scores told to them, reviews.

use laurel::{
    ids::{AwardId, LearnerId},
    store::entity::{column_seed, course_group, group_member, line_item, review, roster, score_report},
};
use serde_json::json;

use super::Schema;
use crate::support::rows::World;

pub(super) async fn fill(schema: &mut Schema<'_>, world: &World, learner: LearnerId, award: AwardId) {
    let now = world.now;
    let item = line_item::Model {
        id: world.dice.row_id(now),
        organization_id: world.id(),
        course_id: world.course.id,
        link_id: Some(world.link.id),
        placement_id: Some(world.placement.id),
        purpose: line_item::LineItemPurpose::Report,
        resource_id: "badge-17".into(),
        tag: "laurel-badge".into(),
        label: "Laborsicherheit".into(),
        maximum: "7.5".into(),
        url: Some("https://moodle.example/lineitems/7".into()),
        made_by_us: true,
        state: line_item::LineItemState::Found,
        is_renamed: true,
        trouble: Some("lti.ags.rejected".into()),
        trouble_words: Some("nein".into()),
        busy_until: Some(now),
        last_seen_at: Some(now),
        reading: Some(json!({"results": 3})),
        created_at: now,
        updated_at: now,
    };
    schema.holds(item.clone()).await;
    schema
        .holds(column_seed::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            line_item_id: item.id,
            learner_id: learner,
            trouble: Some("lti.ags.rejected".into()),
            created_at: now,
        })
        .await;
    schema
        .holds(score_report::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            line_item_id: item.id,
            learner_id: learner,
            award_id: award,
            wanted: score_report::ScoreWanted::Awarded,
            revision: 2,
            decided_at: now,
            timestamp: Some(now),
            last_timestamp: Some(now),
            posted_at: Some(now),
            state: score_report::ReportState::Superseded,
            trouble: Some("lti.ags.superseded".into()),
            trouble_words: Some("zu spät".into()),
            busy_until: Some(now),
            created_at: now,
            updated_at: now,
        })
        .await;
    schema
        .holds(roster::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            course_id: world.course.id,
            link_id: Some(world.link.id),
            scope: world.link.id.to_string(),
            reading: Some(json!({"members": 3})),
            trouble: Some("lti.nrps.paging".into()),
            trouble_words: Some("round and round".into()),
            progress: Some(json!({"pages": 2})),
            busy_until: Some(now),
            due_at: Some(now),
            asked_at: Some(now),
            read_at: Some(now),
            complete_at: Some(now),
            created_at: now,
            updated_at: now,
        })
        .await;
    let group = course_group::Model {
        id: world.dice.row_id(now),
        organization_id: world.id(),
        course_id: world.course.id,
        group_id: "g-1".into(),
        name: "Dienstag".into(),
        tag: Some("tag".into()),
        sets: json!([{"id": "s-1", "name": "Tage"}]),
        hidden: true,
        is_gone: false,
        created_at: now,
        updated_at: now,
    };
    schema.holds(group.clone()).await;
    schema
        .holds(group_member::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            course_group_id: group.id,
            learner_id: learner,
            created_at: now,
        })
        .await;
    schema
        .holds(review::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            learner_id: learner,
            course_id: Some(world.course.id),
            for_user: Some("u-1".into()),
            line_item_url: Some("https://moodle.example/lineitems/7".into()),
            mentored: json!(["u-1"]),
            return_url: Some("https://moodle.example/back".into()),
            created_at: now,
        })
        .await;
}
