//! The store's promises on the engine of this run.

mod awards;
mod basics;
mod effects;
mod notices;
mod people;
mod status_lists;

use laurel::{
    error::Result,
    store::{
        Store,
        status_list::{self, Block},
    },
};

use crate::support::rows::World;

/// Places on the status list of the world's issuer.
async fn places(store: &Store, world: &World, count: i32) -> Result<Block> {
    status_list::lease_block(store, world.now, &world.dice, world.id(), world.issuer.id, count).await
}
