//! Keys: a platform's published set ([`KeySet`]), how long it may be remembered ([`KeyCache`],
//! [`CachePolicy`]), and our own ([`ToolKey`]). Spec §4. Nothing is fetched here.

mod cache;
mod set;
mod tool;

pub use cache::{CachePolicy, Decision, KeyCache};
pub use set::{KeySet, KeySetError};
pub use tool::{ToolKey, ToolKeyError, jwks_document, public_pem};
