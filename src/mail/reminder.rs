//! The mail that says that a badge is about to end: text and HTML, one link, nothing attached, no trackers.

use askama::Template;
use chrono::{DateTime, TimeZone as _, Utc};

use super::{EmailAddress, MailError, Message, MessageId, one_line};
use crate::{
    ids::JobId,
    texts::{Language, Texts},
};

/// Longest name that is shown whole.
const MOST: usize = 120;

/// A badge that is about to end.
#[derive(Clone, Debug)]
pub struct ReminderMail<'a> {
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
    /// Who awarded it.
    pub issuer_name: &'a str,
    /// Where answers go: the issuer's address.
    pub reply_to: Option<EmailAddress>,
    /// When it ends.
    pub valid_until: DateTime<Utc>,
    /// The whole address of the claim page.
    pub claim_url: &'a str,
}

impl ReminderMail<'_> {
    /// Writes the mail.
    ///
    /// # Errors
    /// [`MailError::Permanent`] if a template cannot be filled (it always can).
    pub fn message(self) -> Result<Message, MailError> {
        let texts = Texts::of(self.language);
        let name = self.recipient_name.map(|name| one_line(name, MOST)).filter(|name| !name.is_empty());
        let achievement = one_line(self.achievement_name, MOST);
        let issuer = one_line(self.issuer_name, MOST);
        let ends = texts
            .text("mail-reminder-ends")
            .arg("achievement", &achievement)
            .arg("issuer", &issuer)
            .arg("date", texts.day(self.valid_until));
        let words = Words {
            hello: match &name {
                Some(name) => texts.text("mail-award-hello").arg("name", name).to_string(),
                None => texts.say("mail-award-hello-nameless"),
            },
            ends: ends.to_string(),
            why: texts.text("mail-reminder-why").arg("issuer", &issuer).to_string(),
            texts,
            achievement: &achievement,
            issuer: &issuer,
            claim_url: self.claim_url,
        };
        let failed = |error: askama::Error| MailError::Permanent(error.to_string());
        let text = ReminderText { words: &words }.render().map_err(failed)?;
        let html = ReminderHtml { words: &words }.render().map_err(failed)?;
        let subject = texts.text("mail-reminder-subject").arg("achievement", &achievement).to_string();
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
            attachment: None,
        })
    }

    /// One of each shape, for the tests and for looking at.
    #[must_use]
    pub fn samples(language: Language) -> Vec<ReminderMail<'static>> {
        let at = |day| Utc.with_ymd_and_hms(2026, 11, day, 10, 30, 0).single().unwrap_or_default();
        let Ok(to) = EmailAddress::parse("ada@example.org") else { return Vec::new() };
        let sample = |name, achievement| ReminderMail {
            id: MessageId::of_job(JobId(uuid::Uuid::from_u128(2)), "badges.example.org"),
            date: at(16),
            to: to.clone(),
            recipient_name: name,
            language,
            achievement_name: achievement,
            issuer_name: "Example University",
            reply_to: EmailAddress::parse("badges@university.example").ok(),
            valid_until: at(23),
            claim_url: "https://badges.example.org/claim/AAAAAAAAAAAAAAAAAAAAAA",
        };
        vec![sample(Some("Ada Lovelace"), "First Program"), sample(None, "Größe & <Mut>")]
    }
}

/// What both templates say.
struct Words<'a> {
    texts: Texts,
    hello: String,
    ends: String,
    why: String,
    achievement: &'a str,
    issuer: &'a str,
    claim_url: &'a str,
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
