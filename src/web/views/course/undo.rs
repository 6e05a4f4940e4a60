//! A part of the instructor's page: what was just awarded to many, and can be taken back before its mails leave.

use super::super::{parts::Day, samples};
use crate::texts::Language;

/// Awards of one pass.
#[derive(Clone, Debug)]
pub struct JustAwarded {
    /// Where the form goes.
    pub action: String,
    /// Its hidden fields.
    pub fields: Vec<(String, String)>,
    /// Which badges.
    pub badges: String,
    /// How many awards.
    pub count: u64,
    /// How many were taken back.
    pub undone: u64,
    /// What can become of them.
    pub state: Undoing,
}

/// What can become of awards that were just made.
#[derive(Clone, Debug)]
pub enum Undoing {
    /// They can be taken back.
    Possible {
        /// Until their mails leave.
        mails: Day,
    },
    /// They are being taken back.
    Running,
    /// They were.
    Done,
}

impl JustAwarded {
    pub(super) fn sample(language: Language, state: Undoing) -> Self {
        Self {
            action: "/course/passes/01939a4e/undo?launch=01939a4e".to_owned(),
            fields: vec![("csrf".to_owned(), samples::HOSTILE.to_owned())],
            badges: samples::badge(language, 0).name,
            count: 34,
            undone: 33,
            state,
        }
    }
}
