//! What anybody may read without session or cookie: documents for machines, pictures, and the pages of
//! one badge (open-badges §2, §11.1, §18).

mod claim;
mod criteria;
mod documents;
mod media;
mod negotiate;
mod serve;
mod share;

use poem::Route;

pub use self::serve::{Shared, share};
use super::methods::get;

/// Adds the addresses of this folder.
#[must_use]
pub fn routes(route: Route) -> Route {
    route
        .at("/i/:issuer/did.json", serve::open(documents::did))
        .at("/i/:issuer/ob2", serve::open(documents::profile))
        .at("/i/:issuer/ob2/b/:version", serve::open(documents::badge_class))
        .at("/i/:issuer/ob2/a/:credential", serve::open(documents::assertion))
        .at("/i/:issuer/achievements/:version", serve::open(documents::achievement))
        .at("/i/:issuer/credentials/:credential", serve::open(documents::credential))
        .at("/i/:issuer/status/:number", serve::open(documents::status_list))
        .at("/media/b/:file", serve::open(media::plain))
        .at("/media/a/:file", serve::open(media::baked))
        .at("/i/:issuer/b/:version", get(criteria::show))
        .at("/share/:token", get(share::show))
        .at("/claim/:token", get(claim::show))
        .at("/claim/:token/badge.png", get(claim::picture))
        .at("/claim/:token/credential.json", get(claim::document))
        .at("/claim/:token/publish", super::methods::post(claim::publish))
}
