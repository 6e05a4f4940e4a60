//! Status indexes: which bit of which list a credential gets (design §7, open-badges §10.3).
//!
//! A process leases blocks of 64 counters in a transaction of their own, before the award's transaction
//! (SQLite has one writer); indexes of a block that is lost with the process are never used again.

use open_badges::status_list::Permutation;

use crate::{
    app::{App, StatusIndex},
    error::{Error, Result},
    ids::{IssuerId, OrganizationId},
    store::status_list,
};

/// Makes sure that at least `count` indexes of the issuer are at hand. Call it outside transactions.
///
/// # Errors
/// Only the database's.
pub async fn reserve(app: &App, organization: OrganizationId, issuer: IssuerId, count: usize) -> Result<()> {
    while app.status_pool.count(issuer) < count {
        let block = status_list::lease_block(
            &app.store,
            app.clock.now(),
            &app.dice,
            organization,
            issuer,
            status_list::BLOCK,
        )
        .await?;
        let key: &[u8; 32] = block
            .permutation_key
            .as_slice()
            .try_into()
            .map_err(|_| Error::internal("a list's key is not 32 bytes"))?;
        let size = u32::try_from(block.size).map_err(Error::internal)?;
        let permutation = Permutation::new(key, size).map_err(Error::internal)?;
        let indexes: Vec<StatusIndex> = block
            .counters
            .filter_map(|counter| permutation.index_of(u32::try_from(counter).ok()?))
            .map(|index| StatusIndex { list: block.list, list_number: block.number, index })
            .collect();
        app.status_pool.add(issuer, indexes.into_iter());
    }
    Ok(())
}
