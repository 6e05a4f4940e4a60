//! vault: placeholder head, replaced by its author.
