//! Just enough HTML: forms with their fields, and whether a page submits its form by itself.

use crate::fields::{self, Fields};

/// A form found in a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// `id` of the form.
    pub id: Option<String>,
    /// `action` as written; empty means the page's own address.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// What a submission without a button sends.
    pub fields: Fields,
    /// Submit buttons: name, value, visible text.
    pub buttons: Vec<(String, String, String)>,
}

impl Form {
    /// Fills a field in, adding it if the page has none of this name.
    pub fn set(&mut self, name: &str, value: &str) {
        fields::set(&mut self.fields, name, value);
    }

    /// Presses the button with this visible text or value: its name and value are sent as well.
    /// False when there is none.
    pub fn press(&mut self, label: &str) -> bool {
        let found = self.buttons.iter().find(|(_, value, text)| text == label || value == label).cloned();
        if let Some((name, value, _)) = &found
            && !name.is_empty()
        {
            self.fields.push((name.clone(), value.clone()));
        }
        found.is_some()
    }
}

/// All forms of a page, in order.
#[must_use]
pub fn forms(html: &str) -> Vec<Form> {
    let mut found: Vec<Form> = Vec::new();
    let mut inside = false;
    let mut select: Option<(String, Option<String>)> = None;
    let mut open_text: Option<(Element, String)> = None;
    for piece in Pieces::new(html) {
        match piece {
            Piece::Text(text) => {
                if let Some((_, collected)) = &mut open_text {
                    collected.push_str(&text);
                }
            }
            Piece::Open(element) => match element.name.as_str() {
                "form" => {
                    inside = true;
                    found.push(Form {
                        id: element.attribute("id"),
                        action: element.attribute("action").unwrap_or_default(),
                        method: element.attribute("method").unwrap_or_default().to_ascii_lowercase(),
                        ..Form::default()
                    });
                }
                "input" => {
                    if let Some(form) = found.last_mut().filter(|_| inside) {
                        input(form, &element);
                    }
                }
                "select" => select = element.attribute("name").map(|name| (name, None)),
                "option" => {
                    if let Some((_, chosen)) = &mut select {
                        let value = element.attribute("value").unwrap_or_default();
                        if chosen.is_none() || element.attribute("selected").is_some() {
                            *chosen = Some(value);
                        }
                    }
                }
                "textarea" | "button" => open_text = Some((element, String::new())),
                _ => {}
            },
            Piece::Close(name) => match name.as_str() {
                "form" => inside = false,
                "select" => {
                    if let (Some(form), Some((name, Some(value)))) =
                        (found.last_mut().filter(|_| inside), select.take())
                    {
                        form.fields.push((name, value));
                    }
                }
                "textarea" | "button" => {
                    if let (Some(form), Some((element, text))) =
                        (found.last_mut().filter(|_| inside), open_text.take())
                    {
                        text_control(form, &element, &text);
                    }
                }
                _ => {}
            },
        }
    }
    found
}

/// Whether a script of the page submits its form without being asked.
#[must_use]
pub fn submits_itself(html: &str) -> bool {
    html.contains(".submit()")
}

/// The JSON that a page carries: in scripts of the type `application/json` and in attributes `data-plan`.
#[must_use]
pub fn embedded_json(html: &str) -> Vec<serde_json::Value> {
    let mut found = Vec::new();
    let mut pieces = Pieces::new(html);
    loop {
        let before = pieces.rest;
        let Some(piece) = pieces.next() else { return found };
        let Piece::Open(element) = piece else { continue };
        if let Some(plan) = element.attribute("data-plan") {
            found.extend(serde_json::from_str(&plan).ok());
        }
        let kind = element.attribute("type").unwrap_or_default();
        if element.name == "script" && kind.to_ascii_lowercase().contains("json") {
            // The iterator has skipped the script's inside, which is still in what was ahead before.
            let taken = before.strip_suffix(pieces.rest).unwrap_or(before);
            let inside = taken.rsplit_once("<script").map_or("", |(_, tag)| tag);
            let inside = inside.rsplit_once("</script>").map_or(inside, |(inside, _)| inside);
            let json = inside.split_once('>').map_or("", |(_, json)| json);
            found.extend(serde_json::from_str(json.trim()).ok());
        }
    }
}

/// Where the first link of a page leads, as written.
#[must_use]
pub fn first_link(html: &str) -> Option<String> {
    Pieces::new(html).find_map(|piece| match piece {
        Piece::Open(element) if element.name == "a" => element.attribute("href"),
        _ => None,
    })
}

fn input(form: &mut Form, element: &Element) {
    let name = element.attribute("name").unwrap_or_default();
    let value = element.attribute("value");
    match element.attribute("type").unwrap_or_default().to_ascii_lowercase().as_str() {
        "submit" | "image" => {
            let value = value.unwrap_or_default();
            form.buttons.push((name, value.clone(), value));
        }
        "button" | "reset" | "file" => {}
        "checkbox" | "radio" if element.attribute("checked").is_none() => {}
        "checkbox" | "radio" => form.fields.push((name, value.unwrap_or_else(|| "on".to_owned()))),
        _ if name.is_empty() || element.attribute("disabled").is_some() => {}
        _ => form.fields.push((name, value.unwrap_or_default())),
    }
}

fn text_control(form: &mut Form, element: &Element, text: &str) {
    let name = element.attribute("name").unwrap_or_default();
    if element.name == "textarea" {
        form.fields.push((name, text.strip_prefix('\n').unwrap_or(text).to_owned()));
        return;
    }
    let kind = element.attribute("type").unwrap_or_default().to_ascii_lowercase();
    if kind.is_empty() || kind == "submit" {
        let words: Vec<&str> = text.split_whitespace().collect();
        form.buttons.push((name, element.attribute("value").unwrap_or_default(), words.join(" ")));
    }
}

/// A start tag.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

enum Piece {
    Open(Element),
    Close(String),
    Text(String),
}

/// Cuts HTML into tags and text; comments, doctypes and the insides of scripts and styles are left out.
struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Goes on behind `end`, or to the end of the page.
    fn skip_past(&mut self, end: &str) {
        self.rest = self.rest.split_once(end).map_or("", |(_, after)| after);
    }

    fn tag(&mut self) -> Option<Piece> {
        if let Some(after) = self.rest.strip_prefix("</") {
            let (name, after) = after.split_once('>').unwrap_or((after, ""));
            self.rest = after;
            return Some(Piece::Close(name.trim().to_ascii_lowercase()));
        }
        let after = self.rest.strip_prefix('<')?;
        let length =
            after.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(after.len());
        let (name, after) = after.split_at(length);
        let name = name.to_ascii_lowercase();
        self.rest = after;
        let attributes = self.attributes();
        if name == "script" || name == "style" {
            // Case matters not in HTML, but our own pages and the tools' write it low.
            self.skip_past(&format!("</{name}>"));
        }
        Some(Piece::Open(Element { name, attributes }))
    }

    /// Attributes up to and with the `>` of the tag.
    fn attributes(&mut self) -> Vec<(String, String)> {
        let mut attributes = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if let Some(after) = self.rest.strip_prefix('>') {
                self.rest = after;
                return attributes;
            }
            if self.rest.is_empty() {
                return attributes;
            }
            // A lone `=` counts as part of a name, so that each turn consumes something.
            let length = self
                .rest
                .char_indices()
                .find(|(at, c)| *at > 0 && (c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/')))
                .map_or(self.rest.len(), |(at, _)| at);
            let (name, after) = self.rest.split_at(length);
            self.rest = after;
            let trimmed = after.trim_start();
            let value = match trimmed.strip_prefix('=') {
                None => String::new(),
                Some(after) => {
                    self.rest = after.trim_start();
                    self.value()
                }
            };
            attributes.push((name.to_ascii_lowercase(), decode(&value)));
        }
    }

    fn value(&mut self) -> String {
        for quote in ['"', '\''] {
            if let Some(after) = self.rest.strip_prefix(quote) {
                let (value, after) = after.split_once(quote).unwrap_or((after, ""));
                self.rest = after;
                return value.to_owned();
            }
        }
        let length = self.rest.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(self.rest.len());
        let (value, after) = self.rest.split_at(length);
        self.rest = after;
        value.to_owned()
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if self.rest.starts_with("<!--") {
                self.skip_past("-->");
                continue;
            }
            if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
                self.skip_past(">");
                continue;
            }
            let mut ahead = self.rest.chars().skip(1);
            let is_tag = self.rest.starts_with('<')
                && ahead.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '/');
            if is_tag {
                return self.tag();
            }
            let first = self.rest.chars().next().map_or(0, char::len_utf8);
            let end = self
                .rest
                .get(first..)
                .and_then(|tail| tail.find('<'))
                .map_or(self.rest.len(), |at| at + first);
            let (text, after) = self.rest.split_at(end);
            self.rest = after;
            return Some(Piece::Text(decode(text)));
        }
    }
}

/// Character references decoded: the numeric ones and the names that template engines write.
#[must_use]
pub fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let reference = after.split_once(';').filter(|(name, _)| name.len() <= 10);
        match reference.and_then(|(name, tail)| Some((character(name)?, tail))) {
            Some((character, tail)) => {
                decoded.push(character);
                rest = tail;
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => return None,
    })
}
