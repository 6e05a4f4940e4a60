//! The mail that brings a badge: text and HTML, the baked PNG attached, one link, no trackers.

use askama::Template;
use chrono::{DateTime, TimeZone as _, Utc};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::{Attachment, EmailAddress, MailError, Message, MessageId, one_line};
use crate::{
    ids::JobId,
    texts::{Language, Texts},
};

/// Longest name that is shown whole.
const MOST: usize = 120;

/// An award on its way to its learner.
#[derive(Clone, Debug)]
pub struct AwardMail<'a> {
    /// From the job.
    pub id: MessageId,
    /// The job's time, for `Date`.
    pub date: DateTime<Utc>,
    /// To whom.
    pub to: EmailAddress,
    /// The learner's name, if known.
    pub recipient_name: Option<&'a str>,
    /// The learner's language.
    pub language: Language,
    /// The badge's name.
    pub achievement_name: &'a str,
    /// Who awards.
    pub issuer_name: &'a str,
    /// Where answers go: the issuer's address.
    pub reply_to: Option<EmailAddress>,
    /// The course, if it was earned in one.
    pub course_title: Option<&'a str>,
    /// When it was awarded.
    pub awarded_at: DateTime<Utc>,
    /// The whole address of the claim page.
    pub claim_url: &'a str,
    /// The baked picture.
    pub png: Vec<u8>,
}

impl AwardMail<'_> {
    /// Writes the mail.
    ///
    /// # Errors
    /// [`MailError::Permanent`] if a template cannot be filled (it always can).
    pub fn message(self) -> Result<Message, MailError> {
        let texts = Texts::of(self.language);
        let name = self.recipient_name.map(|name| one_line(name, MOST)).filter(|name| !name.is_empty());
        let achievement = one_line(self.achievement_name, MOST);
        let issuer = one_line(self.issuer_name, MOST);
        let course = self.course_title.map(|title| one_line(title, MOST)).filter(|title| !title.is_empty());
        let date = texts.day(self.awarded_at);
        let earned = match &course {
            Some(course) => texts.text("mail-award-earned-in-course").arg("course", course),
            None => texts.text("mail-award-earned"),
        };
        let words = Words {
            hello: match &name {
                Some(name) => texts.text("mail-award-hello").arg("name", name).to_string(),
                None => texts.say("mail-award-hello-nameless"),
            },
            earned: earned
                .arg("achievement", &achievement)
                .arg("issuer", &issuer)
                .arg("date", date)
                .to_string(),
            why: texts.text("mail-award-why").arg("issuer", &issuer).to_string(),
            texts,
            achievement: &achievement,
            issuer: &issuer,
            claim_url: self.claim_url,
        };
        let failed = |error: askama::Error| MailError::Permanent(error.to_string());
        let text = AwardText { words: &words }.render().map_err(failed)?;
        let html = AwardHtml { words: &words }.render().map_err(failed)?;
        let subject = texts.text("mail-award-subject").arg("achievement", &achievement).to_string();
        Ok(Message {
            id: self.id,
            date: self.date,
            to: self.to,
            to_name: name,
            from_name: Some(issuer),
            reply_to: self.reply_to,
            language: self.language,
            subject,
            text,
            html,
            attachment: Some(Attachment {
                name: file_name(self.achievement_name, "png"),
                media_type: "image/png",
                bytes: self.png,
            }),
        })
    }

    /// One of each shape, for the tests and for looking at.
    #[must_use]
    pub fn samples(language: Language) -> Vec<AwardMail<'static>> {
        let at = |hour| Utc.with_ymd_and_hms(2026, 11, 23, hour, 30, 0).single().unwrap_or_default();
        let Ok(to) = EmailAddress::parse("ada@example.org") else { return Vec::new() };
        let sample = |name, course, achievement| AwardMail {
            id: MessageId::of_job(JobId(uuid::Uuid::from_u128(1)), "badges.example.org"),
            date: at(10),
            to: to.clone(),
            recipient_name: name,
            language,
            achievement_name: achievement,
            issuer_name: "Example University",
            reply_to: EmailAddress::parse("badges@university.example").ok(),
            course_title: course,
            awarded_at: at(9),
            claim_url: "https://badges.example.org/claim/AAAAAAAAAAAAAAAAAAAAAA",
            png: b"\x89PNG\r\n\x1a\n".to_vec(),
        };
        vec![
            sample(Some("Ada Lovelace"), Some("Analytical Engines"), "First Program"),
            sample(None, None, "Größe & <Mut>"),
        ]
    }
}

/// What both templates say.
struct Words<'a> {
    texts: Texts,
    hello: String,
    earned: String,
    why: String,
    achievement: &'a str,
    issuer: &'a str,
    claim_url: &'a str,
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
