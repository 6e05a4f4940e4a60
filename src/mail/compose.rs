//! From a [`Message`] to bytes: multipart/mixed { alternative { text, html }, file }.
//!
//! Nothing foreign becomes a header: addresses are checked types, names and the subject are made one
//! line and encoded. The same message gives the same bytes each time: even the borders of its parts
//! are made from its id.

use lettre::{
    Address,
    message::{
        Attachment as Part, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

use super::{EmailAddress, MailError, Message, one_line};
use crate::config::Settings;

/// Who we are in the `From` and `Reply-To` of every mail.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    address: Address,
    name: String,
    reply_to: Option<Mailbox>,
}

impl Sender {
    pub(super) fn new(settings: &Settings) -> Result<Self, MailError> {
        let parse = |key: &str, text: &str| {
            EmailAddress::parse(text)
                .map_err(|error| MailError::Permanent(format!("`{key}`: {error}")))
                .and_then(|address| plain(&address))
        };
        let reply_to = &settings.mail.reply_to;
        Ok(Self {
            address: parse("mail.from_address", &settings.mail_from())?,
            name: one_line(&settings.mail.from_name, 80),
            reply_to: if reply_to.is_empty() {
                None
            } else {
                Some(Mailbox::new(None, parse("mail.reply_to", reply_to)?))
            },
        })
    }
}

pub(super) fn compose(message: &Message, sender: &Sender) -> Result<lettre::Message, MailError> {
    let from_name =
        message.from_name.as_deref().map_or_else(|| sender.name.clone(), |name| one_line(name, 80));
    let mut builder = lettre::Message::builder()
        .message_id(Some(message.id.to_string()))
        .date(message.date.into())
        .from(mailbox(Some(&from_name), sender.address.clone()))
        .to(mailbox(message.to_name.as_deref(), plain(&message.to)?))
        .subject(one_line(&message.subject, 200))
        .raw_header(fixed("Auto-Submitted", "auto-generated"))
        .raw_header(fixed("X-Auto-Response-Suppress", "All"))
        .raw_header(fixed("Content-Language", message.language.tag()));
    let reply_to = match &message.reply_to {
        Some(address) => Some(Mailbox::new(None, plain(address)?)),
        None => sender.reply_to.clone(),
    };
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to);
    }
    let alternative = MultiPart::alternative()
        .boundary(border(message, "alternative"))
        .singlepart(SinglePart::plain(message.text.clone()))
        .singlepart(SinglePart::html(message.html.clone()));
    let whole = match &message.attachment {
        None => alternative,
        Some(file) => {
            let media_type = ContentType::parse(file.media_type)
                .map_err(|_| MailError::Permanent("the attachment has no media type".to_owned()))?;
            MultiPart::mixed()
                .boundary(border(message, "mixed"))
                .multipart(alternative)
                .singlepart(Part::new(file.name.clone()).body(file.bytes.clone(), media_type))
        }
    };
    builder.multipart(whole).map_err(|error| MailError::Permanent(format!("cannot be composed: {error}")))
}

/// `=_` appears in no encoded body (base64 has no `_`, quoted-printable no bare `=_`).
fn border(message: &Message, part: &str) -> String {
    format!("=_laurel_{part}_{}", message.id.job().replace('-', ""))
}

fn fixed(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn mailbox(name: Option<&str>, address: Address) -> Mailbox {
    let name = name.map(|name| one_line(name, 80)).filter(|name| !name.is_empty());
    Mailbox::new(name, address)
}

fn plain(address: &EmailAddress) -> Result<Address, MailError> {
    Address::new(address.local(), address.ascii_domain())
        .map_err(|_| MailError::Permanent("the address cannot be used for mail".to_owned()))
}
