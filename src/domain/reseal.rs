//! Sealing everything anew under the current master key, after a rotation (design §6.8).
//!
//! Works in pieces, each in a transaction of its own, and can be run again after an interruption: what
//! is sealed under the current key already stays as it is.

use crate::{
    app::App,
    error::Result,
    store::reseal::{self, Sealed},
    vault::Purpose,
};

/// How many secrets one transaction takes.
const CHUNK: u64 = 64;

/// Reseals every stored secret; how many were not under the current key.
///
/// # Errors
/// A secret that opens under neither key; what was done by then stays done.
pub async fn everything(app: &App) -> Result<u64> {
    let mut changed = 0;
    for (table, purpose) in [
        (reseal::Table::IssuerKey, Purpose::IssuerKey),
        (reseal::Table::PlatformKey, Purpose::PlatformKey),
        (reseal::Table::Generation, Purpose::Recipient),
        (reseal::Table::Award, Purpose::ClaimToken),
        (reseal::Table::ConsumerKey, Purpose::ConsumerSecret),
        (reseal::Table::RecordSource, Purpose::RecordCredential),
    ] {
        let mut after = None;
        loop {
            let page = reseal::page(app.store.read(), table, after, CHUNK).await?;
            let Some(last) = page.last().map(|sealed| sealed.id) else { break };
            let tx = app.store.write().await?;
            for Sealed { id, envelope } in page {
                let fresh = app.vault.reseal(purpose, &envelope, id.as_bytes(), &app.dice)?;
                if let Some(fresh) = fresh {
                    reseal::put(&tx, table, id, fresh).await?;
                    changed += 1;
                }
            }
            tx.commit().await?;
            after = Some(last);
        }
    }
    Ok(changed)
}
