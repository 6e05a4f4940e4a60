//! A part of the instructor's page: the gradebook column by which a teacher says who has done something.

/// A trigger column of a badge.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// What the rule calls it.
    pub activity: String,
    /// What there is of it.
    pub state: TriggerState,
}

/// What there is of a trigger column.
#[derive(Clone, Debug)]
pub enum TriggerState {
    /// It can be made.
    Offered {
        /// What the platform does: the key of a sentence.
        means: &'static str,
        /// Where the form goes.
        action: String,
        /// Its hidden fields.
        fields: Vec<(String, String)>,
    },
    /// It is being made, or looked for.
    Wanted {
        /// Its name.
        label: String,
    },
    /// It is there.
    There {
        /// Its name.
        label: String,
    },
    /// The platform does not let us have it.
    Refused {
        /// Why, and what to do.
        why: String,
    },
}
