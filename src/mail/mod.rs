//! mail: placeholder head, replaced by its author.
