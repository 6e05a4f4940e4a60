//! Safe mode: finds what JSON-LD would drop in silence, and so would be shown but not signed (OB053, OB054).
//!
//! Three nets, in order. The inventory walks the JSON and refuses keywords and shapes no badge needs. Undefined terms and
//! types get the telltale address [`MARK`] from a vocabulary put before the document's contexts (no context we hold has one of
//! its own; a test says so). And every text of the document must have arrived as a literal or an address: a relative or
//! malformed id is dropped whole by the processor.

use std::collections::HashSet;

use oxrdf::{GraphName, NamedOrBlankNode, Quad, Term};
use serde_json::{Map, Value};

use super::ProofError;
use crate::contexts;
use crate::text::check_characters;

/// Where undefined terms end up.
pub(super) const MARK: &str = "urn:laurel:undefined:";

/// Nesting allowed in a document.
const MAX_DEPTH: usize = 32;

/// What must be found again after expansion.
#[derive(Debug, Default)]
pub(super) struct Inventory<'a> {
    texts: Vec<&'a str>,
    /// Nulls or empty arrays were seen.
    pub(super) has_empty: bool,
}

/// Walk the document, refuse what no badge needs, note every text.
pub(super) fn take_inventory(document: &Value) -> Result<Inventory<'_>, ProofError> {
    let mut inventory = Inventory::default();
    let Value::Object(members) = document else { return Err(ProofError::JsonLd("not an object".into())) };
    inventory.object(members, 0)?;
    Ok(inventory)
}

impl<'a> Inventory<'a> {
    fn object(&mut self, members: &'a Map<String, Value>, depth: usize) -> Result<(), ProofError> {
        if depth > MAX_DEPTH {
            return Err(ProofError::Limit("nested more than 32 deep"));
        }
        for (name, value) in members {
            match name.as_str() {
                "@context" => check_contexts(value)?,
                "type" | "@type" => self.types(value)?,
                // Read as a term: an unknown purpose gets the mark.
                "proofPurpose" if value.is_string() => {}
                "@language" => check_language(value)?,
                "@id" | "@value" => self.value(value, depth)?,
                // Presentations null the contexts here, which would hide undefined terms.
                "verifiableCredential" => return Err(ProofError::Loss(name.clone())),
                _ if name.starts_with('@') || name.starts_with("_:") || name.is_empty() => {
                    return Err(ProofError::Loss(name.clone()));
                }
                _ => self.value(value, depth)?,
            }
        }
        Ok(())
    }

    fn value(&mut self, value: &'a Value, depth: usize) -> Result<(), ProofError> {
        match value {
            Value::Null => self.has_empty = true,
            Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => self.texts.push(text),
            Value::Array(items) => {
                if depth > MAX_DEPTH {
                    return Err(ProofError::Limit("nested more than 32 deep"));
                }
                self.has_empty |= items.is_empty();
                for item in items {
                    self.value(item, depth + 1)?;
                }
            }
            Value::Object(members) => self.object(members, depth + 1)?,
        }
        Ok(())
    }

    /// Words get the mark if undefined; whole addresses must arrive.
    fn types(&mut self, value: &'a Value) -> Result<(), ProofError> {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for item in items {
            match item {
                Value::String(word) if word.is_empty() || word.starts_with('@') => {
                    return Err(ProofError::Loss(format!("type {word}")));
                }
                Value::String(word) if word.contains(':') => self.texts.push(word),
                Value::String(_) => {}
                other => return Err(ProofError::Loss(format!("type {other}"))),
            }
        }
        Ok(())
    }

    /// No text may hold a character that verifiers canonicalize differently.
    pub(super) fn check_characters(&self) -> Result<(), ProofError> {
        self.texts.iter().try_for_each(|text| check_characters("document", text)).map_err(ProofError::from)
    }

    /// Every text must be a literal or an address of some quad.
    pub(super) fn check_arrived(&self, quads: &[Quad]) -> Result<(), ProofError> {
        let mut arrived: HashSet<&str> = HashSet::with_capacity(quads.len() * 2);
        for quad in quads {
            if let NamedOrBlankNode::NamedNode(node) = &quad.subject {
                arrived.insert(node.as_str());
            }
            match &quad.object {
                Term::NamedNode(node) => arrived.insert(node.as_str()),
                Term::Literal(literal) => arrived.insert(literal.value()),
                Term::BlankNode(_) => false,
            };
            if let GraphName::NamedNode(node) = &quad.graph_name {
                arrived.insert(node.as_str());
            }
        }
        match self.texts.iter().find(|text| !arrived.contains(**text)) {
            Some(lost) => Err(ProofError::Loss((*lost).to_owned())),
            None => Ok(()),
        }
    }
}

/// No address may carry the mark of an undefined term.
pub(super) fn check_terms(quads: &[Quad]) -> Result<(), ProofError> {
    let lost = |address: &str| match address.strip_prefix(MARK) {
        Some(term) => Err(ProofError::Loss(term.to_owned())),
        None => Ok(()),
    };
    for quad in quads {
        if let NamedOrBlankNode::NamedNode(node) = &quad.subject {
            lost(node.as_str())?;
        }
        lost(quad.predicate.as_str())?;
        match &quad.object {
            Term::NamedNode(node) => lost(node.as_str())?,
            Term::Literal(literal) => lost(literal.datatype().as_str())?,
            Term::BlankNode(_) => {}
        }
    }
    Ok(())
}

/// A copy in which nulls and empty arrays hold something, so that [`check_terms`] sees the members that have them.
pub(super) fn fill_empty(value: &Value) -> Value {
    match value {
        Value::Null => Value::from("x"),
        Value::Array(items) if items.is_empty() => Value::from("x"),
        Value::Array(items) => items.iter().map(fill_empty).collect(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    (name.clone(), if name.starts_with('@') { value.clone() } else { fill_empty(value) })
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// Contexts are addresses we hold, never objects.
fn check_contexts(value: &Value) -> Result<(), ProofError> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for item in items {
        match item {
            Value::String(address) if contexts::find(address).is_some() => {}
            Value::String(address) => return Err(ProofError::UnknownContext(address.clone())),
            _ => return Err(ProofError::UnknownContext("written inside the document".into())),
        }
    }
    Ok(())
}

/// A malformed language tag makes the processor drop the text it stands with.
fn check_language(value: &Value) -> Result<(), ProofError> {
    let is_tag = value.as_str().is_some_and(|tag| {
        tag.split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    });
    if is_tag { Ok(()) } else { Err(ProofError::Loss(format!("@language {value}"))) }
}
