//! store: placeholder head, replaced by its author.
