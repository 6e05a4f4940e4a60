//! Mail: messages by kind, and the ways they leave (a mail server, a folder, memory).
//!
//! A kind (`award.rs`, `reminder.rs`, `probe.rs`) turns what happened into a [`Message`] in the reader's language;
//! `compose.rs` turns that into bytes in which nothing foreign can become a header; a transport takes
//! them away and says whether to try again. Repeats carry the same `Message-ID` (design §6.2). No
//! database, no clock: the caller gives id and time. `open-badges.md` §14.5 for the form of the mail.

mod address;
mod award;
mod badge;
mod compose;
mod folder;
mod memory;
mod probe;
mod reminder;
mod smtp;

use chrono::{DateTime, Utc};

use crate::{
    config::{MailRoute, Settings},
    ids::JobId,
    telemetry::names,
    texts::Language,
};
pub use address::{AddressError, EmailAddress, MessageId, one_line};
pub use award::{AwardMail, file_name};
pub use badge::BadgeMail;
pub use memory::{Delivered, Memory};
pub use probe::ProbeMail;
pub use reminder::ReminderMail;

/// A mail ready to be composed: who, what, in which language.
#[derive(Clone, Debug)]
pub struct Message {
    /// Made from the job, so that a repeat is recognised.
    pub id: MessageId,
    /// When it was written, for `Date`; the job's time, so that a repeat is the same mail.
    pub date: DateTime<Utc>,
    /// To whom.
    pub to: EmailAddress,
    /// The reader's name, if known.
    pub to_name: Option<String>,
    /// Who seems to write, such as the issuer; the settings' name otherwise. The address is always ours.
    pub from_name: Option<String>,
    /// Where answers go; the settings' address otherwise.
    pub reply_to: Option<EmailAddress>,
    /// The language of the texts.
    pub language: Language,
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// A file that goes with it.
    pub attachment: Option<Attachment>,
}

/// A file that goes with a mail.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// A name that is safe everywhere; see [`file_name`].
    pub name: String,
    /// `image/png`, say.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What the transport said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The server's answer code or the file's path; no address.
    pub detail: String,
}

/// Why a mail did not leave. Details hold codes, never an address or a text of the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It may work later.
    #[error("the mail could not be sent now: {0}")]
    Transient(String),
    /// It will never work for this mail.
    #[error("the mail was refused: {0}")]
    Permanent(String),
}

impl MailError {
    /// Whether trying again is useless.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent(_))
    }

    /// The detail alone.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Transient(detail) | Self::Permanent(detail) => detail,
        }
    }
}

/// Sends mail. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    sender: compose::Sender,
    domain: String,
    transport: Transport,
}

#[derive(Clone, Debug)]
enum Transport {
    Smtp(smtp::Smtp),
    Folder(folder::Folder),
    Memory(Memory),
}

impl Mailer {
    /// The mailer of these settings. Connects only when there is something to send.
    ///
    /// # Errors
    /// [`MailError::Permanent`]: a sender address or mail server that cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, MailError> {
        let route = settings.mail_route().map_err(|error| MailError::Permanent(error.to_string()))?;
        let transport = match route {
            MailRoute::Smtp(route) => Transport::Smtp(smtp::Smtp::new(&route, settings)?),
            MailRoute::Folder(folder) => Transport::Folder(folder::Folder::new(folder)),
        };
        Self::over(settings, transport)
    }

    /// A mailer that keeps what it is given. For tests.
    ///
    /// # Errors
    /// As [`Mailer::new`].
    pub fn in_memory(settings: &Settings) -> Result<(Self, Memory), MailError> {
        let memory = Memory::default();
        Ok((Self::over(settings, Transport::Memory(memory.clone()))?, memory))
    }

    fn over(settings: &Settings, transport: Transport) -> Result<Self, MailError> {
        let sender = compose::Sender::new(settings)?;
        Ok(Self { sender, domain: settings.mail_domain(), transport })
    }

    /// The `Message-ID` of a job's mail.
    #[must_use]
    pub fn message_id(&self, job: JobId) -> MessageId {
        MessageId::of_job(job, &self.domain)
    }

    /// Where mail goes, in words for the operator.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.transport {
            Transport::Smtp(smtp) => format!("mail goes to the mail server {}", smtp.describe()),
            Transport::Folder(folder) => {
                format!("mail is written as .eml files into {}", folder.path().display())
            }
            Transport::Memory(_) => "mail stays in memory".to_owned(),
        }
    }

    /// Sends one mail.
    ///
    /// # Errors
    /// [`MailError`], which says whether to try again.
    pub async fn send(&self, message: &Message) -> Result<Accepted, MailError> {
        let composed = compose::compose(message, &self.sender)?;
        let result = match &self.transport {
            Transport::Smtp(smtp) => smtp.send(composed.envelope(), &composed.formatted()).await,
            Transport::Folder(folder) => folder.write(&message.id, composed.formatted()).await,
            Transport::Memory(memory) => memory.keep(message, composed.formatted()),
        };
        let outcome = match &result {
            Ok(_) => "sent",
            Err(MailError::Transient(_)) => "transient",
            Err(MailError::Permanent(_)) => "permanent",
        };
        metrics::counter!(names::MAILS, "outcome" => outcome).increment(1);
        result
    }

    /// Tries the way out without sending: connects, encrypts and signs in, or writes into the folder.
    ///
    /// # Errors
    /// [`MailError`] with what went wrong.
    pub async fn check(&self) -> Result<Accepted, MailError> {
        match &self.transport {
            Transport::Smtp(smtp) => smtp.check().await,
            Transport::Folder(folder) => folder.check().await,
            Transport::Memory(_) => Ok(Accepted { detail: "memory".to_owned() }),
        }
    }

    /// Removes what processes that were killed left half written in the mail folder; how many files. For the
    /// start of a server: whoever is writing there at this very moment tries again.
    ///
    /// # Errors
    /// [`MailError::Transient`] when the folder cannot be read.
    pub async fn sweep(&self) -> Result<usize, MailError> {
        match &self.transport {
            Transport::Folder(folder) => folder.sweep().await,
            Transport::Smtp(_) | Transport::Memory(_) => Ok(0),
        }
    }

    /// Says goodbye to the mail server. For the end of the program.
    pub async fn close(&self) {
        if let Transport::Smtp(smtp) = &self.transport {
            smtp.close().await;
        }
    }
}
