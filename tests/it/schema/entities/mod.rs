//! Every table has the columns of its entity, and a row with every column filled reads back as it was written.
//! Here is the guard and what most else belongs to; the other rows lie in the files beside it.

use std::collections::BTreeSet;

use laurel::store::{
    Store,
    entity::{award, signal},
};
use sea_orm::sea_query::Iden as _;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Iterable as _, ModelTrait};

use super::{columns, tables};
use crate::support::{database::Database, rows::World};

mod awards;
mod channels;
mod courses;
mod platforms;
mod server;

#[tokio::test]
async fn every_entity_has_the_columns_of_its_table_and_reads_back_what_it_wrote() {
    let database = Database::new().await;
    let mut schema = Schema { store: &database.store, seen: BTreeSet::new() };
    let world = World::rows(laurel::clock::Dice::system());
    let now = world.now;

    schema.holds(world.organization.clone()).await;
    schema.holds(world.artwork.clone()).await;
    schema.holds(world.issuer.clone()).await;
    schema.holds(world.issuer_key.clone()).await;
    schema.holds(world.achievement.clone()).await;
    schema.holds(world.version.clone()).await;
    schema.holds(world.platform.clone()).await;
    schema.holds(world.platform_key.clone()).await;
    schema.holds(world.deployment.clone()).await;
    schema.holds(world.course.clone()).await;
    schema.holds(world.link.clone()).await;
    schema.holds(world.placement.clone()).await;
    schema.holds(world.rule.clone()).await;
    let learner = world.learner("grace");
    schema.holds(learner.clone()).await;
    schema.holds(world.enrollment(learner.id)).await;
    schema.holds(world.signal(learner.id, signal::SignalForm::Reading, "quiz/grace")).await;
    let award = award::Model {
        revoked_at: Some(now),
        revoked_by: Some("ada".into()),
        revocation_reason: Some("Irrtum".into()),
        veto: true,
        veto_lifted_by: Some("bob".into()),
        period: "2026".into(),
        ..world.award(learner.id)
    };
    schema.holds(award.clone()).await;

    platforms::fill(&mut schema, &world, learner.id).await;
    courses::fill(&mut schema, &world, learner.id, award.id).await;
    awards::fill(&mut schema, &world, learner.id, award.id).await;
    channels::fill(&mut schema, &world, learner.id).await;
    server::fill(&mut schema, &world, award.id).await;

    assert_eq!(
        schema.seen,
        tables(&database.store).await,
        "a table without an entity, or the other way round"
    );
}

struct Schema<'a> {
    store: &'a Store,
    seen: BTreeSet<String>,
}

impl Schema<'_> {
    #[expect(clippy::disallowed_methods, reason = "the guard looks at whole tables")]
    async fn holds<M, E, A>(&mut self, row: M)
    where
        M: ModelTrait<Entity = E> + IntoActiveModel<A> + Clone + PartialEq + std::fmt::Debug,
        E: EntityTrait<Model = M>,
        A: ActiveModelTrait<Entity = E>,
    {
        let table = E::default().table_name().to_owned();
        let described: BTreeSet<String> = E::Column::iter().map(|column| column.to_string()).collect();
        assert_eq!(columns(self.store, &table).await, described, "{table}");

        let tx = self.store.write().await.unwrap();
        E::insert(row.clone().into_active_model()).exec_without_returning(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(E::find().all(self.store.read()).await.unwrap(), [row], "{table}");
        self.seen.insert(table);
    }
}
