//! telemetry: placeholder head, replaced by its author.
