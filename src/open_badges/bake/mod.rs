//! Badges inside pictures (open-badges.md §11): the text goes in and comes out, the picture is never re-encoded.

pub mod png;
