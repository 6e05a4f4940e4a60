//! config: placeholder head, replaced by its author.
