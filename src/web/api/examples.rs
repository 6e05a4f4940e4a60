//! Ids and times of the document's examples: one organization's story, the same in every example.
//! `tests/it/api_examples.rs` puts real ids in their place and executes each request.

use chrono::{DateTime, Utc};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)+) => {$(
        $(#[$doc])*
        pub fn $name<T: From<Uuid>>() -> T {
            Uuid::from_u128(0x019a_b000_0000_7000_8000_0000_0000_0000 + $number).into()
        }
    )+};
}

ids! {
    /// The organization.
    organization = 1;
    /// Its issuer.
    issuer = 2;
    /// Its achievement.
    achievement = 3;
    /// The achievement's version.
    version = 4;
    /// A picture.
    artwork = 5;
    /// Its platform.
    platform = 6;
    /// Where the platform put the tool.
    deployment = 7;
    /// A course.
    course = 8;
    /// A link in it.
    link = 9;
    /// A learner.
    learner = 10;
    /// The achievement in the course.
    placement = 11;
    /// Its rule.
    rule = 12;
    /// An event.
    signal = 13;
    /// An award.
    award = 14;
    /// A job.
    job = 15;
    /// A launch.
    launch = 16;
    /// A key.
    key = 17;
    /// A line of the audit.
    audit = 18;
    /// A document.
    credential = 19;
    /// A column.
    column = 20;
    /// A score in it.
    score = 21;
    /// A claim code.
    claim = 23;
    /// An invitation for a platform.
    invitation = 24;
    /// A platform's LTI 1.1 consumer key.
    consumer_key = 30;
    /// A pass.
    pass = 51;
    /// A hold.
    hold = 52;
    /// A list of awards.
    bulk = 53;
    /// An event channel.
    event_channel = 40;
    /// A record source.
    record_source = 43;
    /// How a channel usually speaks.
    channel_health = 40;
    /// A reconcile.
    reconcile = 41;
    /// A completion list.
    completion_list = 42;
}

/// When the examples play.
pub fn time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default()
}
