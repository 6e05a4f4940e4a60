//! Laurel's schema history: what the tables look like, one idea per file, up and down.
//!
//! One schema for SQLite and PostgreSQL (design §7). Statements are written out here and never taken from
//! the entities: history must not change when the code does. Running it is the application's affair
//! (`store::Store::migrate`, under one lock); what belongs together is in `store/entity`.
//! Change nothing in a file that has been released: add one (expand first, contract a release later).

#![expect(
    elided_lifetimes_in_paths,
    reason = "the trait's signature hides the lifetime, and behind its macro only the same form matches it"
)]

mod m0001_organizations;
mod m0002_issuers;
mod m0003_achievements;
mod m0004_platforms;
mod m0005_courses;
mod m0006_learners;
mod m0007_placements;
mod m0008_signals;
mod m0009_awards;
mod m0010_credentials;
mod m0011_launches;
mod m0012_jobs;
mod m0013_registrations;
mod m0014_picks;
mod m0015_line_items;
mod m0016_rosters;
mod m0017_notices;
mod m0018_reviews;
mod m0019_platform_health;
mod m0020_aliases;
mod m0021_event_channels;
mod m0022_passes;
mod m0023_life;
mod m0024_queue;
mod m0025_records;
mod m0026_reconcile;
mod m0027_columns;
mod table;

use sea_orm_migration::prelude::MigrationTrait;

pub use sea_orm_migration::MigratorTrait;

/// The history, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_organizations::Migration),
            Box::new(m0002_issuers::Migration),
            Box::new(m0003_achievements::Migration),
            Box::new(m0004_platforms::Migration),
            Box::new(m0005_courses::Migration),
            Box::new(m0006_learners::Migration),
            Box::new(m0007_placements::Migration),
            Box::new(m0008_signals::Migration),
            Box::new(m0009_awards::Migration),
            Box::new(m0010_credentials::Migration),
            Box::new(m0011_launches::Migration),
            Box::new(m0012_jobs::Migration),
            Box::new(m0013_registrations::Migration),
            Box::new(m0014_picks::Migration),
            Box::new(m0015_line_items::Migration),
            Box::new(m0016_rosters::Migration),
            Box::new(m0017_notices::Migration),
            Box::new(m0018_reviews::Migration),
            Box::new(m0019_platform_health::Migration),
            Box::new(m0020_aliases::Migration),
            Box::new(m0021_event_channels::Migration),
            Box::new(m0022_passes::Migration),
            Box::new(m0023_life::Migration),
            Box::new(m0024_queue::Migration),
            Box::new(m0025_records::Migration),
            Box::new(m0026_reconcile::Migration),
            Box::new(m0027_columns::Migration),
        ]
    }
}
