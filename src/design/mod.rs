//! design: placeholder head, replaced by its author.
