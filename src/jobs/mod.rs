//! jobs: placeholder head, replaced by its author.
