//! domain: placeholder head, replaced by its author.
