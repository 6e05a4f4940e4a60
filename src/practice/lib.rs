//! Placeholder head, replaced by the package's author.
