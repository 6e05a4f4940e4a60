//! app: placeholder head, replaced by its author.
