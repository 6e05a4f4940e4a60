//! texts: placeholder head, replaced by its author.
