//! The mail that brings a badge: text and HTML, the baked PNG attached, one link, no trackers.

use askama::Template;
use chrono::{DateTime, TimeZone as _, Utc};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::{
    Attachment, MailError, Message,
    badge::{BadgeMail, Words, shown},
};
use crate::texts::{Language, Texts};

/// An award on its way to its learner.
#[derive(Clone, Debug)]
pub struct AwardMail<'a> {
    /// Which badge, and for whom.
    pub badge: BadgeMail<'a>,
    /// The course, if it was earned in one.
    pub course_title: Option<&'a str>,
    /// When it was awarded.
    pub awarded_at: DateTime<Utc>,
    /// The baked picture.
    pub png: Vec<u8>,
}

impl AwardMail<'_> {
    /// Writes the mail.
    ///
    /// # Errors
    /// [`MailError::Permanent`] if a template cannot be filled (it always can).
    pub fn message(self) -> Result<Message, MailError> {
        let texts = Texts::of(self.badge.language);
        let earned = match self.course_title.and_then(shown) {
            Some(course) => texts.text("mail-award-earned-in-course").arg("course", course),
            None => texts.text("mail-award-earned"),
        };
        let words = self.badge.words(earned.arg("date", texts.day(self.awarded_at)), "mail-award-why");
        let attachment = Attachment {
            name: file_name(self.badge.achievement_name, "png"),
            media_type: "image/png",
            bytes: self.png,
        };
        let (text, html) = (AwardText { words: &words }, AwardHtml { words: &words });
        let message = self.badge.message(&words, "mail-award-subject", &text, &html)?;
        Ok(Message { attachment: Some(attachment), ..message })
    }

    /// One of each shape, for the tests and for looking at.
    #[must_use]
    pub fn samples(language: Language) -> Vec<AwardMail<'static>> {
        let at = |hour| Utc.with_ymd_and_hms(2026, 11, 23, hour, 30, 0).single().unwrap_or_default();
        let sample = |name, course_title, achievement| {
            let badge = BadgeMail::sample(1, at(10), language, name, achievement)?;
            let png = b"\x89PNG\r\n\x1a\n".to_vec();
            Some(AwardMail { badge, course_title, awarded_at: at(9), png })
        };
        [
            sample(Some("Ada Lovelace"), Some("Analytical Engines"), "First Program"),
            sample(None, None, "Größe & <Mut>"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[derive(Template)]
#[template(path = "mail/award.txt")]
struct AwardText<'a> {
    words: &'a Words<'a>,
}

#[derive(Template)]
#[template(path = "mail/award.html")]
struct AwardHtml<'a> {
    words: &'a Words<'a>,
}

/// A file name that every system takes and that still tells what it is: `First Program` becomes
/// `first-program.png`. Accents are dropped, German letters written out.
#[must_use]
pub fn file_name(name: &str, extension: &str) -> String {
    let mut stem = String::new();
    for c in
        name.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss").nfkd()
    {
        if c.is_ascii_alphanumeric() {
            stem.push(c.to_ascii_lowercase());
        } else if !is_combining_mark(c) && !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
        if stem.len() >= 60 {
            break;
        }
    }
    let stem = stem.trim_end_matches('-');
    format!("{}.{extension}", if stem.is_empty() { "badge" } else { stem })
}
