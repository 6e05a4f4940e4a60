//! The platform's own words: from any error body to one line of plain text that may be shown and logged.
//!
//! Bodies are JSON in several shapes, bare words served as `text/html`, or whole HTML pages (§16.3, §20.4,
//! `moodle-platform.md` §3, §7). What looks like an address or a token is left out (O02).

use serde_json::Value;

/// Longest quotation, in characters.
const LONGEST: usize = 300;
/// How much of a body is looked at, in bytes.
const LOOKED_AT: usize = 16 * 1024;
/// Longer words are ids, tokens or signatures.
const LONGEST_WORD: usize = 48;

/// What an error body says, if anything. Plain text; escape it where it is shown.
pub(crate) fn words(body: &[u8]) -> Option<String> {
    let body = body.get(..LOOKED_AT).unwrap_or(body);
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(value) => said(&value, 0),
        Err(_) => from_text(&String::from_utf8_lossy(body)),
    };
    tidy(&text)
}

/// The OAuth error code of a body, if it is one.
pub(crate) fn oauth_error(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body.get(..LOOKED_AT).unwrap_or(body)).ok()?;
    value.get("error")?.as_str().map(str::to_owned)
}

/// The telling members of a JSON error: RFC 6749's, RFC 7591's, Canvas's `errors`.
fn said(value: &Value, depth: u8) -> String {
    if depth > 3 {
        return String::new();
    }
    match value {
        Value::String(text) => from_text(text),
        Value::Array(several) => {
            several.iter().map(|one| said(one, depth + 1)).find(|text| !text.is_empty()).unwrap_or_default()
        }
        Value::Object(members) => {
            let names = ["error", "error_description", "message", "reason", "detail", "title", "errors"];
            let mut parts: Vec<String> = Vec::new();
            for text in names.iter().filter_map(|name| members.get(*name)).map(|one| said(one, depth + 1)) {
                if !text.is_empty() && !parts.contains(&text) {
                    parts.push(text);
                }
            }
            parts.join(": ")
        }
        _ => String::new(),
    }
}

/// Text as it is, or what an HTML page says: its title if it has one.
fn from_text(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let between = |open: &str, close: &str| {
        let start = lower.find(open)? + open.len();
        let start = start + lower.get(start..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find(close)?;
        text.get(start..end)
    };
    match between("<title", "</title") {
        Some(title) if !title.trim().is_empty() => without_tags(title),
        _ => without_tags(text),
    }
}

fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(LOOKED_AT));
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        plain.push_str(before);
        let is_tag = tag
            .get(1..2)
            .is_some_and(|c| c.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'));
        if !is_tag {
            plain.push('<');
            rest = tag.get(1..).unwrap_or_default();
            continue;
        }
        plain.push(' ');
        let end = [("<script", "</script"), ("<style", "</style")]
            .into_iter()
            .find(|(open, _)| tag.get(..open.len()).is_some_and(|start| start.eq_ignore_ascii_case(open)))
            .and_then(|(_, close)| tag.to_ascii_lowercase().find(close))
            .unwrap_or(0);
        rest = tag
            .get(end..)
            .and_then(|from| from.find('>').and_then(|close| from.get(close + 1..)))
            .unwrap_or_default();
    }
    plain.push_str(rest);
    for (entity, meant) in
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        plain = plain.replace(entity, meant);
    }
    plain
}

/// One line without control characters, addresses and tokens.
fn tidy(text: &str) -> Option<String> {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        let is_private = word.contains('@') || word.chars().count() > LONGEST_WORD;
        line.push_str(if is_private { "…" } else { word });
        if line.chars().count() > LONGEST {
            line = line.chars().take(LONGEST).collect();
            line.push('…');
            break;
        }
    }
    (!line.is_empty()).then_some(line)
}

/// Plain text of ours without markup: `a < b` stays, `<b>` goes (A31). Blank is absent.
pub(crate) fn plain(text: &str) -> Option<String> {
    let text = without_tags(text);
    let lines: Vec<String> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let text = lines.join("\n").replace(|c: char| c.is_control() && c != '\n', "");
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
