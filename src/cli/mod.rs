//! cli: placeholder head, replaced by its author.
