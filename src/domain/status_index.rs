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

/// Counters of one block.
const BLOCK: usize = status_list::BLOCK.unsigned_abs() as usize;
/// The most blocks that are leased in one transaction.
const MOST_BLOCKS: i32 = 64;

/// Makes sure that at least `count` indexes of the issuer are at hand. Call it outside transactions.
///
/// # Errors
/// Only the database's.
pub async fn reserve(app: &App, organization: OrganizationId, issuer: IssuerId, count: usize) -> Result<()> {
    loop {
        let missing = count.saturating_sub(app.status_pool.count(issuer));
        if missing == 0 {
            return Ok(());
        }
        let blocks = i32::try_from(missing.div_ceil(BLOCK)).unwrap_or(MOST_BLOCKS).min(MOST_BLOCKS);
        let block = status_list::lease_block(
            &app.store,
            app.clock.now(),
            &app.dice,
            organization,
            issuer,
            blocks * status_list::BLOCK,
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
}
