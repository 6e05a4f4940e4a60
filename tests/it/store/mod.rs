//! The store's promises on the engine of this run.

mod awards;
mod basics;
mod effects;
mod people;
mod status_lists;
