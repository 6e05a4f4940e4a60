//! Checks of single fields that several nouns share. Pure; answers name the field.

use url::Url;

use crate::{
    app::App,
    config::Mode,
    error::{Error, Result},
};

/// A slug: `[a-z0-9-]{1,63}`, no hyphen at either end (design §9); it stands in addresses and DIDs.
///
/// # Errors
/// `slug.invalid`.
pub fn slug(field: &str, text: &str) -> Result<String> {
    let fits = (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits {
        return Ok(text.to_owned());
    }
    Err(Error::invalid(
        "slug.invalid",
        field,
        "A slug has 1 to 63 lower-case letters, digits and hyphens, and no hyphen at either end.",
    ))
}

/// One line of text for people: trimmed, without control characters, 1 to `max` characters.
///
/// # Errors
/// `text.invalid`.
pub fn line(field: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > max || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            "text.invalid",
            field,
            format!("Write 1 to {max} characters on one line, without control characters."),
        ));
    }
    Ok(text.to_owned())
}

/// Text of several lines (Markdown): tabs and line breaks are kept, other control characters refused.
///
/// # Errors
/// `text.invalid`.
pub fn text(field: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > max || text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(Error::invalid(
            "text.invalid",
            field,
            format!("Write 1 to {max} characters, without control characters."),
        ));
    }
    Ok(text.to_owned())
}

/// Optional one-line text; blank counts as absent.
///
/// # Errors
/// `text.invalid`.
pub fn line_opt(field: &str, text: Option<&str>, max: usize) -> Result<Option<String>> {
    text.filter(|text| !text.trim().is_empty()).map(|text| line(field, text, max)).transpose()
}

/// An e-mail address that a mail can be sent to, trimmed.
///
/// # Errors
/// `email.invalid`.
pub fn email(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let fits = text.len() <= 254
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && text.parse::<lettre::Address>().is_ok();
    if fits {
        return Ok(text.to_owned());
    }
    Err(Error::invalid("email.invalid", field, "This is not an e-mail address mail can be sent to."))
}

/// An absolute web address for people: https (http too on a development server), no user information.
///
/// # Errors
/// `url.invalid`.
pub fn web_address(app: &App, field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let schemes: &[&str] =
        if app.settings.mode() == Mode::Development { &["https", "http"] } else { &["https"] };
    let fits = text.len() <= 2048
        && Url::parse(text).is_ok_and(|url| {
            schemes.contains(&url.scheme())
                && url.host_str().is_some()
                && url.username().is_empty()
                && url.password().is_none()
        });
    if fits {
        return Ok(text.to_owned());
    }
    Err(Error::invalid("url.invalid", field, "Give a complete https address, without user name."))
}

/// Any http or https address that we only show or sign, never fetch (an alignment's target).
///
/// # Errors
/// `url.invalid`.
pub fn shown_address(field: &str, text: &str) -> Result<String> {
    let fits = text.len() <= 2048
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if fits {
        return Ok(text.to_owned());
    }
    Err(Error::invalid("url.invalid", field, "Give a complete http or https address."))
}

/// A language tag such as `en` or `de-AT`: letters, digits and hyphens, 2 to 35 characters.
///
/// # Errors
/// `language.invalid`.
pub fn language(field: &str, text: &str) -> Result<String> {
    let fits = (2..=35).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    if fits {
        return Ok(text.to_owned());
    }
    Err(Error::invalid("language.invalid", field, "Give a language tag such as en or de-AT."))
}

/// An opaque identifier from outside: kept byte for byte, 1 to `max` bytes, no control characters.
///
/// # Errors
/// `id.invalid`.
pub fn opaque(field: &str, text: &str, max: usize) -> Result<String> {
    if text.is_empty() || text.len() > max || text.chars().any(char::is_control) {
        return Err(Error::invalid("id.invalid", field, format!("Give an identifier of 1 to {max} bytes.")));
    }
    Ok(text.to_owned())
}
