//! The mail that says that a badge is about to end: text and HTML, one link, nothing attached, no trackers.

use askama::Template;
use chrono::{DateTime, TimeZone as _, Utc};

use super::{
    MailError, Message,
    badge::{BadgeMail, Words},
};
use crate::texts::{Language, Texts};

/// A badge that is about to end.
#[derive(Clone, Debug)]
pub struct ReminderMail<'a> {
    /// Which, and for whom.
    pub badge: BadgeMail<'a>,
    /// When it ends.
    pub valid_until: DateTime<Utc>,
}

impl ReminderMail<'_> {
    /// Writes the mail.
    ///
    /// # Errors
    /// [`MailError::Permanent`] if a template cannot be filled (it always can).
    pub fn message(self) -> Result<Message, MailError> {
        let texts = Texts::of(self.badge.language);
        let ends = texts.text("mail-reminder-ends").arg("date", texts.day(self.valid_until));
        let words = self.badge.words(ends, "mail-reminder-why");
        let (text, html) = (ReminderText { words: &words }, ReminderHtml { words: &words });
        self.badge.message(&words, "mail-reminder-subject", &text, &html)
    }

    /// One of each shape, for the tests and for looking at.
    #[must_use]
    pub fn samples(language: Language) -> Vec<ReminderMail<'static>> {
        let at = |day| Utc.with_ymd_and_hms(2026, 11, day, 10, 30, 0).single().unwrap_or_default();
        let sample = |name, achievement| {
            let badge = BadgeMail::sample(2, at(16), language, name, achievement)?;
            Some(ReminderMail { badge, valid_until: at(23) })
        };
        [sample(Some("Ada Lovelace"), "First Program"), sample(None, "Größe & <Mut>")]
            .into_iter()
            .flatten()
            .collect()
    }
}

#[derive(Template)]
#[template(path = "mail/reminder.txt")]
struct ReminderText<'a> {
    words: &'a Words<'a>,
}

#[derive(Template)]
#[template(path = "mail/reminder.html")]
struct ReminderHtml<'a> {
    words: &'a Words<'a>,
}
