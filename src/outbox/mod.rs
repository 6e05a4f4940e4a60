//! outbox: placeholder head, replaced by its author.
