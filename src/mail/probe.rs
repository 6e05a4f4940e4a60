//! The mail that `laurel check --mail ADDRESS` sends: shows that mail arrives.

use chrono::{DateTime, Utc};

use super::{EmailAddress, Message, MessageId};
use crate::texts::{Language, Texts};

/// A test mail.
#[derive(Clone, Debug)]
pub struct ProbeMail<'a> {
    /// Made from a fresh id.
    pub id: MessageId,
    /// Now.
    pub date: DateTime<Utc>,
    /// To whom.
    pub to: EmailAddress,
    /// The operator's language.
    pub language: Language,
    /// Our own host.
    pub host: &'a str,
}

impl ProbeMail<'_> {
    /// Writes the mail.
    #[must_use]
    pub fn message(self) -> Message {
        let texts = Texts::of(self.language);
        let body = texts.text("mail-probe-body").arg("host", self.host).to_string();
        Message {
            id: self.id,
            date: self.date,
            to: self.to,
            to_name: None,
            from_name: None,
            reply_to: None,
            language: self.language,
            subject: texts.text("mail-probe-subject").arg("host", self.host).to_string(),
            // The host is ours, so there is nothing to escape.
            html: format!(
                "<!doctype html>\n<html lang=\"{}\"><body><p>{body}</p></body></html>\n",
                self.language
            ),
            text: format!("{body}\n"),
            attachment: None,
        }
    }
}
