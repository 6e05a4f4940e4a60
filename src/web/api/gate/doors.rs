//! The document as the gate reads it: which address answers which method, with which parameters and body.
//! What does not fit is refused here, for all operations alike, in our own words.

use poem::http::Method;
use serde_json::Value;
use url::form_urlencoded;

use super::{
    json,
    shape::{self, Misfit},
};
use crate::web::problem::Unreadable;

/// Every address of the document.
pub struct Doors {
    doors: Vec<Door>,
    document: Value,
}

/// One address.
pub struct Door {
    /// The path, cut into segments; those in braces are parameters.
    template: Vec<String>,
    operations: Vec<Operation>,
}

/// What one method of an address takes.
pub struct Operation {
    method: Method,
    /// Anybody may ask, without a key.
    pub is_open: bool,
    /// In paths and queries.
    parameters: Vec<Parameter>,
    /// Content types of the body with their schemas; empty where none is taken.
    bodies: Vec<(String, Value)>,
}

struct Parameter {
    name: String,
    is_in_path: bool,
    schema: Value,
}

impl Doors {
    /// Reads the document (JSON).
    pub fn of(document: &str) -> Self {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        let paths = document.get("paths").and_then(Value::as_object);
        let doors = paths
            .into_iter()
            .flatten()
            .map(|(path, operations)| Door {
                template: segments(path).map(str::to_owned).collect(),
                operations: operations.as_object().into_iter().flatten().filter_map(Operation::of).collect(),
            })
            .collect();
        Self { doors, document }
    }

    /// The door at a path. A literal address goes before a template that would take it too.
    pub fn find(&self, path: &str) -> Option<&Door> {
        let asked: Vec<&str> = segments(path).collect();
        let fits = |door: &&Door| {
            door.template.len() == asked.len()
                && door.template.iter().zip(&asked).all(|(known, asked)| is_slot(known) || known == asked)
        };
        self.doors
            .iter()
            .filter(fits)
            .min_by_key(|door| door.template.iter().filter(|part| is_slot(part)).count())
    }

    /// Refuses parameters that are unknown, repeated or of the wrong form.
    pub fn check_parameters(
        &self,
        door: &Door,
        operation: &Operation,
        path: &str,
        query: Option<&str>,
    ) -> Result<(), Unreadable> {
        for (slot, text) in door.template.iter().zip(segments(path)).filter(|(slot, _)| is_slot(slot)) {
            let name = slot.trim_matches(['{', '}']);
            if let Some(parameter) = operation.parameter(name, true) {
                self.check_parameter(parameter, text)?;
            }
        }
        let mut seen: Vec<String> = Vec::new();
        for (name, text) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let Some(parameter) = operation.parameter(&name, false) else {
                return Err(unknown_parameter(&name, operation));
            };
            if seen.iter().any(|known| *known == name) {
                let text = format!("Give the parameter {name} once.");
                return Err(Unreadable::bad("parameter.repeated", text).field(&*name));
            }
            self.check_parameter(parameter, &text)?;
            seen.push(name.into_owned());
        }
        Ok(())
    }

    fn check_parameter(&self, parameter: &Parameter, text: &str) -> Result<(), Unreadable> {
        shape::check_text(&self.document, &parameter.schema, text).map_err(|misfit| {
            let text = format!("The parameter {} {}", parameter.name, misfit.sentence);
            Unreadable::bad("parameter.invalid", text).field(parameter.name.as_str())
        })
    }

    /// Refuses a body of another kind than the operation takes, and JSON that does not fit its schema.
    /// Answers the content type without its parameters.
    pub fn check_body<'a>(
        &self,
        operation: &'a Operation,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<Option<&'a str>, Unreadable> {
        if operation.bodies.is_empty() {
            return Ok(None);
        }
        let Some(sent) = content_type else {
            return Err(if body.is_empty() { no_body() } else { other_type(operation) });
        };
        let (essence, charset) = media_type(sent);
        let known = operation.bodies.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(essence));
        let Some((kind, schema)) = known.filter(|_| charset.is_none_or(is_utf8)) else {
            return Err(other_type(operation));
        };
        if kind == super::JSON {
            self.check_json(schema, body)?;
        }
        Ok(Some(kind))
    }

    /// Refuses a body of another kind than the operation takes; what it is without its parameters.
    pub fn check_kind<'a>(
        &self,
        operation: &'a Operation,
        content_type: Option<&str>,
    ) -> Result<&'a str, Unreadable> {
        let (essence, charset) = media_type(content_type.unwrap_or_default());
        let known = operation.bodies.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(essence));
        match known.filter(|_| charset.is_none_or(is_utf8)) {
            Some((kind, _)) => Ok(kind),
            None => Err(other_type(operation)),
        }
    }

    fn check_json(&self, schema: &Value, body: &[u8]) -> Result<(), Unreadable> {
        if body.is_empty() {
            return Err(no_body());
        }
        let value = json::read(body)?;
        shape::check(&self.document, schema, &value).map_err(|misfit| {
            let Misfit { code, sentence, .. } = &misfit;
            let field = misfit.field();
            let name = if field.is_empty() { "The body" } else { &field };
            let text = format!("{name} {sentence}");
            let wrong = Unreadable::bad(code, text).pointer(misfit.pointer());
            if field.is_empty() { wrong } else { wrong.field(field) }
        })
    }
}

impl Door {
    /// The methods that are answered.
    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        self.operations.iter().map(|operation| &operation.method)
    }

    /// What a method does here.
    pub fn operation(&self, method: &Method) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.method == *method)
    }
}

impl Operation {
    fn of((method, raw): (&String, &Value)) -> Option<Self> {
        let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
        let parameters = list(raw.get("parameters")).iter().filter_map(Parameter::of).collect();
        let bodies = raw.pointer("/requestBody/content").and_then(Value::as_object);
        Some(Self {
            method: method.to_ascii_uppercase().parse().ok()?,
            is_open: list(raw.get("security")).is_empty(),
            parameters,
            bodies: bodies
                .into_iter()
                .flatten()
                .map(|(kind, content)| {
                    (media_type(kind).0.to_owned(), content.get("schema").cloned().unwrap_or_default())
                })
                .collect(),
        })
    }

    /// Whether it takes something else than JSON, which may be larger.
    pub fn takes_files(&self) -> bool {
        self.bodies.iter().any(|(kind, _)| kind != super::JSON)
    }

    /// Whether it reads its body itself, however long it is.
    pub fn is_streamed(&self) -> bool {
        self.bodies.iter().any(|(kind, _)| kind == "text/csv")
    }

    fn parameter(&self, name: &str, is_in_path: bool) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name && parameter.is_in_path == is_in_path)
    }
}

impl Parameter {
    fn of(raw: &Value) -> Option<Self> {
        let place = raw.get("in")?.as_str()?;
        matches!(place, "path" | "query").then_some(())?;
        Some(Self {
            name: raw.get("name")?.as_str()?.to_owned(),
            is_in_path: place == "path",
            schema: raw.get("schema").cloned().unwrap_or_default(),
        })
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim_start_matches('/').split('/')
}

fn is_slot(segment: &str) -> bool {
    segment.starts_with('{')
}

/// A media type without its parameters, and its charset.
fn media_type(text: &str) -> (&str, Option<&str>) {
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let charset = parts.filter_map(|part| part.split_once('=')).find_map(|(name, value)| {
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    (essence, charset)
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

fn unknown_parameter(name: &str, operation: &Operation) -> Unreadable {
    let known: Vec<&str> = operation
        .parameters
        .iter()
        .filter(|parameter| !parameter.is_in_path)
        .map(|parameter| parameter.name.as_str())
        .collect();
    let name = shape::cut(name);
    let text = match known.as_slice() {
        [] => format!("There is no parameter {name}: this operation takes none."),
        known => format!("There is no parameter {name}. Known are: {}.", known.join(", ")),
    };
    Unreadable::bad("parameter.unknown", text).field(name)
}

fn no_body() -> Unreadable {
    Unreadable::bad("body.missing", "This operation needs a body.".to_owned())
}

fn other_type(operation: &Operation) -> Unreadable {
    let kinds: Vec<&str> = operation.bodies.iter().map(|(kind, _)| kind.as_str()).collect();
    let text = format!("Send the body as Content-Type: {}, text in UTF-8.", kinds.join(" or "));
    Unreadable::media_type("body.media_type", text)
}
