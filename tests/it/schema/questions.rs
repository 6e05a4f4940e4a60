//! Questions are answered in the order asked for, and narrow ones by an index.

use laurel::{
    ids::{AchievementId, CourseId, LearnerId, PlacementId, StatusListId},
    store::{Engine, WriteTx, entity::*},
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
};

use crate::support::{database::Database, rows::World};

const SQLITE: DbBackend = DbBackend::Sqlite;

#[tokio::test]
async fn moments_sort_by_time_however_many_digits_they_have() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let second = chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    let micros = [0, 1, 400_000, 499_999, 500_000, 500_001, 510_000, 999_999];
    let tx = database.store.write().await.unwrap();
    for at in micros {
        let at = second + chrono::Duration::microseconds(at);
        let signal = signal::Model {
            happened_at: at,
            ..world.signal(learner_of(&world, &tx).await, signal::SignalForm::Event, &at.to_string())
        };
        laurel::store::signal::record(&tx, vec![signal]).await.unwrap();
    }
    tx.commit().await.unwrap();
    let sorted: Vec<chrono::DateTime<chrono::Utc>> = signal::Entity::of(world.id())
        .select_only()
        .column(signal::Column::HappenedAt)
        .order_by_asc(signal::Column::HappenedAt)
        .into_tuple()
        .all(database.store.read())
        .await
        .unwrap();
    let expected: Vec<_> = micros.iter().map(|at| second + chrono::Duration::microseconds(*at)).collect();
    assert_eq!(sorted, expected);
}

// Design §11: a launch at 10,000,000 awards costs what it costs at 1,000. `SQLite` plans without statistics,
// so its choice here is its choice everywhere.
#[tokio::test]
async fn narrow_questions_do_not_walk_through_the_organization() {
    let database = Database::new().await;
    if database.store.engine() == Engine::Postgres {
        return skipped!("skipped: PostgreSQL plans by statistics");
    }
    let id = laurel::clock::Dice::system();
    let now = crate::support::rows::moment();
    let organization = id.row_id(now);
    let (learner, learners) = (id.row_id::<LearnerId>(now), [id.row_id::<LearnerId>(now), id.row_id(now)]);
    let awards = || award::Entity::of(organization);
    let cases = [
        (
            awards()
                .filter(award::Column::LearnerId.eq(learner))
                .order_by_asc(award::Column::Id)
                .build(SQLITE),
            "ix_award_learner_id_organization_id_id (learner_id=? AND organization_id=?)",
        ),
        (
            awards()
                .filter(award::Column::LearnerId.is_in(learners))
                .order_by_asc(award::Column::LearnerId)
                .order_by_asc(award::Column::Id)
                .build(SQLITE),
            "ix_award_learner_id_organization_id_id (learner_id=? AND organization_id=?)",
        ),
        (
            laurel::store::learner::called_in_order(organization, "https://moodle.example", &["u-1"; 64])
                .build(SQLITE),
            "(organization_id=? AND platform_issuer_url=? AND sub=?)",
        ),
        (
            awards()
                .filter(award::Column::AchievementId.eq(id.row_id::<AchievementId>(now)))
                .order_by_desc(award::Column::Id)
                .limit(51)
                .build(SQLITE),
            "ix_award_achievement_id_organization_id_id (achievement_id=? AND organization_id=?)",
        ),
        (
            awards().filter(award::Column::PlacementId.eq(id.row_id::<PlacementId>(now))).build(SQLITE),
            "ix_award_placement_id_organization_id_state (placement_id=? AND organization_id=?)",
        ),
        (
            signal::Entity::of(organization)
                .filter(signal::Column::LearnerId.eq(learner))
                .order_by_asc(signal::Column::Id)
                .build(SQLITE),
            "ix_signal_learner_id_organization_id_id (learner_id=? AND organization_id=?)",
        ),
        (
            credential::Entity::of(organization)
                .select_only()
                .column(credential::Column::StatusIndex)
                .filter(credential::Column::StatusListId.eq(id.row_id::<StatusListId>(now)))
                .filter(credential::Column::RevokedAt.is_not_null())
                .build(SQLITE),
            "ix_credential_revoked (status_list_id=? AND organization_id=?)",
        ),
        (
            placement::Entity::of(organization)
                .filter(placement::Column::CourseId.eq(id.row_id::<CourseId>(now)))
                .build(SQLITE),
            "ix_placement_course_id_organization_id_id (course_id=? AND organization_id=?)",
        ),
        (
            placement::Entity::of(organization).filter(placement::Column::CourseId.is_null()).build(SQLITE),
            "ix_placement_course_id_organization_id_id (course_id=? AND organization_id=?)",
        ),
        (
            rule_course::Entity::of(organization)
                .filter(rule_course::Column::CourseId.eq(id.row_id::<CourseId>(now)))
                .build(SQLITE),
            "ix_rule_course_course_id_organization_id_rule_id (course_id=? AND organization_id=?)",
        ),
        (
            audit_event::Entity::of(organization)
                .filter(audit_event::Column::SubjectId.eq("x"))
                .order_by_desc(audit_event::Column::Id)
                .build(SQLITE),
            "ix_audit_event_subject_id_organization_id_id (subject_id=? AND organization_id=?)",
        ),
    ];
    for (mut statement, index) in cases {
        statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
        let plan = database.store.read().query_all_raw(statement.clone()).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
        assert!(plan[0].ends_with(index), "{}\n{plan:?}", statement.sql);
    }
}

async fn learner_of(world: &World, tx: &WriteTx) -> LearnerId {
    laurel::store::learner::upsert(tx, world.learner("grace")).await.unwrap().id
}
