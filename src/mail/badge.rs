//! What the mails about a learner's badge share (`award.rs`, `reminder.rs`): who writes to whom about which badge, in
//! whose language, and one link.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{EmailAddress, MailError, Message, MessageId, one_line};
use crate::{
    ids::JobId,
    texts::{Language, Text, Texts},
};

/// Longest name that is shown whole.
const MOST: usize = 120;

/// The badge that a mail is about, and for whom.
#[derive(Clone, Debug)]
pub struct BadgeMail<'a> {
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
    /// The whole address of the claim page.
    pub claim_url: &'a str,
}

/// What the templates say.
pub(super) struct Words<'a> {
    pub(super) texts: Texts,
    pub(super) hello: String,
    /// What happened to the badge.
    pub(super) said: String,
    pub(super) why: String,
    pub(super) achievement: String,
    pub(super) issuer: String,
    pub(super) claim_url: &'a str,
    name: Option<String>,
}

impl<'a> BadgeMail<'a> {
    /// The words of a mail; `said` still lacks the badge and its issuer, `why` is the text that says why one gets it.
    pub(super) fn words(&self, said: Text, why: &'static str) -> Words<'a> {
        let texts = Texts::of(self.language);
        let name = self.recipient_name.and_then(shown);
        let achievement = one_line(self.achievement_name, MOST);
        let issuer = one_line(self.issuer_name, MOST);
        Words {
            hello: match &name {
                Some(name) => texts.text("mail-award-hello").arg("name", name).to_string(),
                None => texts.say("mail-award-hello-nameless"),
            },
            said: said.arg("achievement", &achievement).arg("issuer", &issuer).to_string(),
            why: texts.text(why).arg("issuer", &issuer).to_string(),
            texts,
            achievement,
            issuer,
            claim_url: self.claim_url,
            name,
        }
    }

    /// The mail in these words, with nothing attached.
    pub(super) fn message(
        self,
        words: &Words<'_>,
        subject: &'static str,
        text: &impl Template,
        html: &impl Template,
    ) -> Result<Message, MailError> {
        let failed = |error: askama::Error| MailError::Permanent(error.to_string());
        Ok(Message {
            id: self.id,
            date: self.date,
            to: self.to,
            to_name: words.name.clone(),
            from_name: Some(words.issuer.clone()),
            reply_to: self.reply_to,
            language: self.language,
            subject: words.texts.text(subject).arg("achievement", &words.achievement).to_string(),
            text: text.render().map_err(failed)?,
            html: html.render().map_err(failed)?,
            attachment: None,
        })
    }
}

impl BadgeMail<'static> {
    /// For the samples of each kind.
    pub(super) fn sample(
        job: u128,
        date: DateTime<Utc>,
        language: Language,
        recipient_name: Option<&'static str>,
        achievement_name: &'static str,
    ) -> Option<Self> {
        Some(Self {
            id: MessageId::of_job(JobId(uuid::Uuid::from_u128(job)), "badges.example.org"),
            date,
            to: EmailAddress::parse("ada@example.org").ok()?,
            recipient_name,
            language,
            achievement_name,
            issuer_name: "Example University",
            reply_to: EmailAddress::parse("badges@university.example").ok(),
            claim_url: "https://badges.example.org/claim/AAAAAAAAAAAAAAAAAAAAAA",
        })
    }
}

/// A name as it is shown, if anything of it is.
pub(super) fn shown(name: &str) -> Option<String> {
    Some(one_line(name, MOST)).filter(|name| !name.is_empty())
}
