//! Form and query fields in order, repetitions kept: what a strict platform needs to see.

use url::form_urlencoded;

/// Names with values, in order; a name may occur more than once.
pub type Fields = Vec<(String, String)>;

/// The first value of `name`.
#[must_use]
pub fn first<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Replaces all values of `name` by one, in the place of the first; appends it when there is none.
pub fn set(fields: &mut Fields, name: &str, value: &str) {
    match fields.iter().position(|(key, _)| key == name) {
        Some(at) => {
            let mut index = 0;
            fields.retain(|(key, _)| {
                index += 1;
                key != name || index == at + 1
            });
            if let Some(field) = fields.get_mut(at) {
                field.1 = value.to_owned();
            }
        }
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

/// Takes every value of `name` away.
pub fn drop(fields: &mut Fields, name: &str) {
    fields.retain(|(key, _)| key != name);
}

/// A name that occurs more than once, if any does.
#[must_use]
pub fn repeated(fields: &[(String, String)]) -> Option<&str> {
    fields
        .iter()
        .enumerate()
        .find(|(at, (name, _))| fields.iter().skip(at + 1).any(|(other, _)| other == name))
        .map(|(_, (name, _))| name.as_str())
}

/// Borrowed pairs made owned, so that tests can write literals.
#[must_use]
pub fn owned(fields: &[(&str, &str)]) -> Fields {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Reads a query or a form body.
#[must_use]
pub fn parse(text: &[u8]) -> Fields {
    form_urlencoded::parse(text).into_owned().collect()
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The media type of a `Content-Type` or an entry of `Accept`: in lower case, without parameters.
pub(crate) fn media_type(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a `Content-Type` says that the body is a form.
pub(crate) fn is_form(content_type: &str) -> bool {
    media_type(content_type) == "application/x-www-form-urlencoded"
}

/// Writes a form body.
#[must_use]
pub fn encode(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
