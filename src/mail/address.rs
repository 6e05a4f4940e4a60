//! Checked texts that become headers: an e-mail address, a `Message-ID`, a single line. Pure.

use unicode_normalization::UnicodeNormalization as _;
use url::Host;

use crate::ids::JobId;

/// A delivery address that cannot become anything else: one `@`, no control characters, no quoting,
/// no display name. Never an identity (design §6.5). `Debug` does not print it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    text: String,
    at: usize,
    ascii_domain: String,
}

/// Why a text is no address we deliver to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("There is no e-mail address.")]
    Empty,
    /// Longer than mail permits (254 bytes, 64 before the `@`).
    #[error("The e-mail address is too long.")]
    TooLong,
    /// Characters that have no place in a plain address.
    #[error("The e-mail address holds characters that are not permitted.")]
    Characters,
    /// Not one part before and one after a single `@`.
    #[error("The e-mail address must look like name@example.org.")]
    Shape,
    /// The part after the `@` is no domain.
    #[error("The domain of the e-mail address does not exist in this form.")]
    Domain,
}

impl EmailAddress {
    /// Parses one plain address; outer white space is dropped, the text is put into NFC and the domain
    /// into lower case. The part before the `@` keeps its case, for it is the receiver's business.
    ///
    /// # Errors
    /// [`AddressError`], which never repeats the text.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text: String = text.trim_matches([' ', '\t', '\r', '\n']).nfc().collect();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.len() > 254 {
            return Err(AddressError::TooLong);
        }
        let is_wrong = |c: char| {
            c.is_control()
                || c.is_whitespace()
                || is_invisible(c)
                || matches!(c, '\u{200c}' | '\u{200d}')
                || "\"(),:;<>[\\]`|".contains(c)
        };
        if text.contains(is_wrong) {
            return Err(AddressError::Characters);
        }
        let (local, domain) = text.split_once('@').ok_or(AddressError::Shape)?;
        let has_bad_dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if local.is_empty() || domain.is_empty() || domain.contains('@') || has_bad_dots {
            return Err(AddressError::Shape);
        }
        if local.len() > 64 {
            return Err(AddressError::TooLong);
        }
        let domain = domain.to_lowercase();
        // `Host` knows international names; it would also take an address of a machine, which we do not.
        let Ok(Host::Domain(ascii_domain)) = Host::parse(&domain) else { return Err(AddressError::Domain) };
        let labels: Vec<&str> = ascii_domain.split('.').collect();
        let is_label = |label: &&str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !labels.iter().all(is_label) || (labels.len() < 2 && ascii_domain != "localhost") {
            return Err(AddressError::Domain);
        }
        Ok(Self { text: format!("{local}@{domain}"), at: local.len(), ascii_domain })
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// The domain as mail servers want it (`xn--…`).
    #[must_use]
    pub fn ascii_domain(&self) -> &str {
        &self.ascii_domain
    }
}

impl std::fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***@***")
    }
}

impl std::str::FromStr for EmailAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

/// What names a mail: `<job@host>`. The same for every try of one job.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageId {
    job: JobId,
    domain: String,
}

impl MessageId {
    /// The id of this job's mail. `domain` is our own host.
    #[must_use]
    pub fn of_job(job: JobId, domain: &str) -> Self {
        let is_host = |c: &char| c.is_ascii_alphanumeric() || ".-".contains(*c);
        let domain: String = domain.chars().filter(is_host).collect();
        Self { job, domain: if domain.is_empty() { "localhost".to_owned() } else { domain } }
    }

    /// The job in text form: names the file in a folder and marks the borders of the parts.
    #[must_use]
    pub fn job(&self) -> String {
        self.job.to_string()
    }
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}@{}>", self.job, self.domain)
    }
}

/// Foreign text as one plain line: control characters and line breaks become spaces, marks that turn
/// or hide text go, spaces are joined, and it is cut to `most` characters.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let visible: String = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .collect();
    let line = visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// Marks that change the direction of text or cannot be seen.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}
