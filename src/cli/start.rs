//! Opening what commands need: the store (migrated) and the program built on it.

use crate::{
    app::App,
    clock::{Clock, Dice},
    config::Settings,
    error::Result,
    mail::Mailer,
    store::{Store, StoreSettings},
    vault::Vault,
};

/// The store of these settings, migrated.
pub async fn store(settings: &Settings) -> Result<Store> {
    let store = Store::connect(&StoreSettings {
        url: settings.database_url().expose().to_owned(),
        readers: settings.database.readers,
        connections: settings.database.connections,
    })
    .await?;
    store.migrate().await?;
    Ok(store)
}

/// The program on the machine's clock and dice.
pub async fn app(settings: Settings) -> Result<App> {
    let dice = Dice::system();
    let vault = Vault::of_settings(&settings, &dice).map_err(super::said)?;
    let mailer = Mailer::new(&settings).map_err(super::said)?;
    let store = store(&settings).await?;
    App::build(settings, store, Clock::system(), dice, vault, mailer).await
}
