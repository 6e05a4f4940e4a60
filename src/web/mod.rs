//! web: placeholder head, replaced by its author.
