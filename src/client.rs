//! client: placeholder head, replaced by its author.
