//! Whether a value has the shape that a schema of our document asks for, and what to tell people when not:
//! where, and what should stand there. Values are not repeated in the answer: they may be personal.
//!
//! Knows the part of `OpenAPI` 3.0 schemas that our document uses. What it lets through by mistake,
//! poem-openapi still refuses, in general words.

use serde_json::{Map, Value};

/// The first thing that does not fit.
#[derive(Debug)]
pub struct Misfit {
    /// `body.…`, stable.
    pub code: &'static str,
    /// What is wrong, without its subject: `is missing.`
    pub sentence: String,
    at: Vec<Step>,
}

/// One step down into a value.
#[derive(Clone, Debug)]
enum Step {
    Name(String),
    Index(usize),
}

impl Misfit {
    /// The place as people write it: `evidence[0].url`; empty for the whole.
    pub fn field(&self) -> String {
        let mut text = String::new();
        for step in &self.at {
            match step {
                Step::Name(name) if text.is_empty() => text.push_str(name),
                Step::Name(name) => text.push_str(&format!(".{name}")),
                Step::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }

    /// The place as a JSON pointer (RFC 6901): `/evidence/0/url`.
    pub fn pointer(&self) -> String {
        self.at
            .iter()
            .map(|step| match step {
                Step::Name(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
                Step::Index(index) => format!("/{index}"),
            })
            .collect()
    }
}

/// Whether `value` fits `schema`, a part of `document`.
pub fn check(document: &Value, schema: &Value, value: &Value) -> Result<(), Misfit> {
    Check { document, at: Vec::new() }.value(schema, value)
}

/// Whether the text of a parameter fits `schema`.
pub fn check_text(document: &Value, schema: &Value, text: &str) -> Result<(), Misfit> {
    let resolved = resolve(document, schema);
    let value = match resolved.get("type").and_then(Value::as_str) {
        Some("integer") => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        _ => Value::from(text),
    };
    check(document, resolved, &value)
}

/// What a stranger wrote, short enough to be repeated.
pub fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

struct Check<'a> {
    document: &'a Value,
    at: Vec<Step>,
}

impl Check<'_> {
    fn value(&mut self, schema: &Value, value: &Value) -> Result<(), Misfit> {
        let document = self.document;
        let schema = resolve(document, schema);
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(part, value)?;
        }
        match (schema.get("type").and_then(Value::as_str), value) {
            (Some("object"), Value::Object(fields)) => self.object(schema, fields),
            (Some("array"), Value::Array(items)) => self.array(schema, items),
            (Some("string"), Value::String(text)) => self.text(schema, text),
            (Some("integer"), Value::Number(_)) => self.whole_number(schema, value),
            (Some("number"), Value::Number(_)) | (Some("boolean"), Value::Bool(_)) => Ok(()),
            // No type: anything may stand there.
            (None, _) => Ok(()),
            (Some(expected), _) => {
                let sentence = format!("must be {}, not {}.", in_words(expected), kind_of(value));
                self.misfit("body.wrong_type", sentence)
            }
        }
    }

    fn object(&mut self, schema: &Value, fields: &Map<String, Value>) -> Result<(), Misfit> {
        let Some(known) = schema.get("properties").and_then(Value::as_object) else { return Ok(()) };
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
        if let Some(name) = fields.keys().find(|name| !known.contains_key(*name)) {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            let sentence = format!("is no field that is known here. Known are: {}.", names.join(", "));
            return self.inside(Step::Name(cut(name)), |check| check.misfit("body.unknown_field", sentence));
        }
        for (name, schema) in known {
            let step = Step::Name(name.clone());
            match fields.get(name) {
                None if is_required(name) => {
                    return self
                        .inside(step, |check| check.misfit("body.missing_field", "is missing.".into()));
                }
                None => {}
                // What may be left out may be null.
                Some(Value::Null) if !is_required(name) => {}
                Some(value) => self.inside(step, |check| check.value(schema, value))?,
            }
        }
        Ok(())
    }

    fn array(&mut self, schema: &Value, items: &[Value]) -> Result<(), Misfit> {
        let Some(each) = schema.get("items") else { return Ok(()) };
        for (index, item) in items.iter().enumerate() {
            self.inside(Step::Index(index), |check| check.value(each, item))?;
        }
        Ok(())
    }

    fn text(&self, schema: &Value, text: &str) -> Result<(), Misfit> {
        if let Some(known) = schema.get("enum").and_then(Value::as_array)
            && !known.iter().any(|known| known == text)
        {
            let known: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
            return self.misfit("body.unknown_value", format!("must be one of: {}.", known.join(", ")));
        }
        let wanted = match schema.get("format").and_then(Value::as_str) {
            Some("uuid") if uuid::Uuid::parse_str(text).is_err() => {
                "must be an id such as 019ab000-0000-7000-8000-000000000001."
            }
            Some("date-time") if text.parse::<chrono::DateTime<chrono::Utc>>().is_err() => {
                "must be a time such as 2026-09-21T14:13:20Z."
            }
            _ => return Ok(()),
        };
        self.misfit("body.wrong_format", wanted.to_owned())
    }

    fn whole_number(&self, schema: &Value, value: &Value) -> Result<(), Misfit> {
        let Some(number) = value.as_i64() else {
            return self.misfit("body.wrong_type", "must be a whole number.".to_owned());
        };
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let (least, most) = match schema.get("format").and_then(Value::as_str) {
            Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Some("uint64" | "uint32" | "uint16") => (0, i64::MAX),
            _ => (i64::MIN, i64::MAX),
        };
        #[expect(clippy::cast_possible_truncation, reason = "bounds of our document are small whole numbers")]
        let whole = |bound: f64| bound as i64;
        let least = bound("minimum").map_or(least, whole);
        let most = bound("maximum").map_or(most, whole);
        if (least..=most).contains(&number) {
            return Ok(());
        }
        self.misfit("body.out_of_range", format!("must lie between {least} and {most}."))
    }

    fn inside(
        &mut self,
        step: Step,
        check: impl FnOnce(&mut Self) -> Result<(), Misfit>,
    ) -> Result<(), Misfit> {
        self.at.push(step);
        check(self)?;
        self.at.pop();
        Ok(())
    }

    fn misfit(&self, code: &'static str, sentence: String) -> Result<(), Misfit> {
        Err(Misfit { code, sentence, at: self.at.clone() })
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let target = reference.and_then(|reference| document.pointer(reference.trim_start_matches('#')));
    target.unwrap_or(schema)
}

/// A type of the document for people.
fn in_words(kind: &str) -> &str {
    match kind {
        "object" => "an object",
        "array" => "a list",
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        other => other,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
