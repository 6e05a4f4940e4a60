//! The template signer: the bytes of the full way at a hundred times its speed (rust-stack.md §4).
//!
//! Two awards of one achievement, issuer and [`Shape`] differ in a handful of texts. The credential is expanded once with
//! sentinels in those slots; per award the slots are filled, blank nodes numbered by RDFC-1.0's first-degree hashes, lines
//! sorted, hashed and signed. Plain substitution in a finished canonical text would be wrong: numbers and order change with
//! the values. Whatever is in doubt (a sentinel inside another term, two blank nodes alike, two equal lines) is an error, and
//! the caller takes the full way, [`crate::credential::sign`].

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::eddsa_rdfc::{self, configuration, hash_data, proof_value};
use super::pattern::{Line, Pattern, Piece, escape, join, render};
use super::{ProofError, Purpose, SignedDocument, SigningKey, canonical, canonicalize};
use crate::achievement::Achievement;
use crate::award::{Award, Shape, Slots};
use crate::credential::{check_apart, fixed_ids, from_slots};
use crate::profile::Issuer;
use crate::text::{FieldError, check_address, json, seconds, sha256, write_json};

/// Why the fast way is not taken. Only [`TemplateError::Field`] would stop the full way as well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The award itself may not be signed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The template could not be built: the full way says why, or does it right.
    #[error(transparent)]
    Build(#[from] ProofError),
    /// The award has another shape than the template.
    #[error("the award has other parts than the template")]
    Shape,
    /// General canonicalization is needed.
    #[error("the template does not fit: {0}")]
    Doubt(&'static str),
}

/// A credential of one issuer, achievement, verification method and shape, with holes. Cheap to share between threads.
#[derive(Clone, Debug)]
pub struct Template {
    shape: Shape,
    verification_method: String,
    document: Canon,
    config: Canon,
    /// Fixed JSON text, then the slot that follows it.
    json: Vec<(String, Option<usize>)>,
    slots: usize,
    /// What every award describes beside its own things.
    ids: Vec<String>,
}

/// Begins every sentinel; an achievement that says this goes the full way.
const SENTINEL: &str = "urn:laurel:slot:";

fn sentinel(slot: usize) -> String {
    format!("{SENTINEL}{slot:05}")
}

fn slot_of(text: &str) -> Option<usize> {
    text.strip_prefix(SENTINEL)?.parse().ok()
}

impl Template {
    /// Build the template; costs a few full signatures, since it is tried against the full way before it is trusted.
    ///
    /// # Errors
    /// Issuer or achievement are malformed, or no template can be made of them.
    pub fn new(
        issuer: &Issuer,
        achievement: &Achievement,
        shape: &Shape,
        verification_method: &str,
    ) -> Result<Self, TemplateError> {
        issuer.check()?;
        achievement.check()?;
        check_address("verification_method", verification_method)?;
        let slots = shape.slots(sentinel);
        let count = slots.texts().len();
        let unsigned = from_slots(issuer, achievement, &slots);
        let options = eddsa_rdfc::options(&sentinel(count), verification_method);
        let quads = canonical::quads(&unsigned, Purpose::Sign)?;
        let config = canonical::quads(&configuration(&unsigned, &options), Purpose::Sign)?;
        let mut shown = options.clone();
        shown.insert("proofValue".into(), sentinel(count + 1).into());
        let template = Self {
            shape: shape.clone(),
            verification_method: verification_method.to_owned(),
            document: Canon::new(&Pattern::new(&quads, slot_of)?, 0..count)?,
            config: Canon::new(&Pattern::new(&config, slot_of)?, count..count + 1)?,
            json: json_pieces(&with_proof(&unsigned, shown), count + 2)?,
            slots: count,
            ids: fixed_ids(issuer, achievement).into_iter().map(str::to_owned).collect(),
        };
        template.probe(issuer, achievement)?;
        Ok(template)
    }

    /// Sign an award of this shape. The bytes are those of [`crate::credential::sign`].
    ///
    /// # Errors
    /// Always recoverable by the full way but for [`TemplateError::Field`].
    pub fn sign(
        &self,
        award: &Award,
        key: &SigningKey,
        created: DateTime<Utc>,
    ) -> Result<SignedDocument, TemplateError> {
        award.check()?;
        key.check_method(&self.verification_method)?;
        if Shape::of(award) != self.shape {
            return Err(TemplateError::Shape);
        }
        let slots = Slots::of(award);
        check_apart(&self.ids, &slots)?;
        let created = seconds(created);
        let mut texts = slots.texts();
        if texts.len() != self.slots {
            return Err(TemplateError::Shape);
        }
        texts.push(&created);
        let escaped: Vec<Cow<'_, str>> = texts.iter().map(|text| escape(text)).collect();
        let hashes = hash_data(&self.config.fill(&escaped)?, &self.document.fill(&escaped)?);
        let proof = proof_value(&key.sign(&hashes));
        texts.push(&proof);
        Ok(SignedDocument { id: award.ob3_id.clone(), json: self.fill_json(&texts)? })
    }

    /// The shape this template is for.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    fn fill_json(&self, texts: &[&str]) -> Result<String, TemplateError> {
        let length = self.json.iter().map(|(text, _)| text.len()).sum::<usize>();
        let slots = texts.iter().map(|text| text.len() + 2).sum::<usize>();
        let mut out = Vec::with_capacity(length + 2 * slots);
        for (text, slot) in &self.json {
            out.extend_from_slice(text.as_bytes());
            if let Some(slot) = slot {
                let value = texts.get(*slot).ok_or(TemplateError::Doubt("a slot without a text"))?;
                write_json(value, &mut out).map_err(|_| TemplateError::Doubt("a text that is not JSON"))?;
            }
        }
        String::from_utf8(out).map_err(|_| TemplateError::Doubt("a text that is not UTF-8"))
    }

    /// Compare with the full way once, on awkward texts.
    fn probe(&self, issuer: &Issuer, achievement: &Achievement) -> Result<(), TemplateError> {
        let filled = self.shape.slots(|slot| {
            // An address must stay one; which slots are addresses does not matter here.
            format!("https://probe.example/{}?{slot}", 97 - slot % 97)
        });
        let unsigned = from_slots(issuer, achievement, &filled);
        let mut texts = filled.texts();
        let created = "2001-02-03T04:05:06Z";
        texts.push(created);
        let escaped: Vec<Cow<'_, str>> = texts.iter().map(|text| escape(text)).collect();
        let options = eddsa_rdfc::options(created, &self.verification_method);
        let config = canonicalize(&configuration(&unsigned, &options), Purpose::Sign)?;
        if self.document.fill(&escaped)? != canonicalize(&unsigned, Purpose::Sign)?
            || self.config.fill(&escaped)? != config
        {
            return Err(TemplateError::Doubt("it differs from the full way"));
        }
        let mut shown = options;
        shown.insert("proofValue".into(), "zProbe".into());
        texts.push("zProbe");
        if self.fill_json(&texts)? != json(&with_proof(&unsigned, shown)) {
            return Err(TemplateError::Doubt("its JSON differs from the full way"));
        }
        Ok(())
    }
}

fn with_proof(unsigned: &Value, proof: serde_json::Map<String, Value>) -> Value {
    let mut signed = unsigned.clone();
    if let Value::Object(members) = &mut signed {
        members.insert("proof".into(), Value::Array(vec![Value::Object(proof)]));
    }
    signed
}

/// Canonical N-Quads with holes.
#[derive(Clone, Debug)]
struct Canon {
    /// Lines without a hole, sorted.
    fixed: Vec<String>,
    /// Lines with slots or blank nodes, in the order they have with sentinels.
    moving: Vec<Line>,
    nodes: Vec<Node>,
    /// Canonical names by number.
    names: Vec<String>,
    /// Bytes of fixed text.
    size: usize,
}

/// How a blank node's first-degree hash comes about.
#[derive(Clone, Debug)]
enum Node {
    /// No slot touches it.
    Fixed([u8; 32]),
    /// Lines to fill, sort and hash.
    Moving(Vec<Line>),
}

impl Canon {
    /// Every slot of `slots`, and no other, must be a whole address or literal value somewhere.
    fn new(pattern: &Pattern, slots: std::ops::Range<usize>) -> Result<Self, TemplateError> {
        let mut seen: Vec<usize> = Vec::new();
        for line in &pattern.lines {
            for piece in line {
                match piece {
                    Piece::Slot(slot) => seen.push(*slot),
                    Piece::Text(text) if text.contains(SENTINEL) => {
                        return Err(TemplateError::Doubt("a sentinel inside another term"));
                    }
                    _ => {}
                }
            }
        }
        seen.sort_unstable();
        seen.dedup();
        if !seen.into_iter().eq(slots) {
            return Err(TemplateError::Doubt("a slot that is not in the graph"));
        }
        let (mut fixed, mut moving) = (Vec::new(), Vec::new());
        for line in &pattern.lines {
            match line.as_slice() {
                [Piece::Text(text)] => fixed.push(text.clone()),
                _ => moving.push(line.clone()),
            }
        }
        fixed.sort_unstable();
        let nodes: Vec<Node> =
            (0..pattern.nodes()).map(|node| Node::new(pattern.first_degree(node))).collect();
        let names = (0..pattern.nodes()).map(|number| format!("_:c14n{number}")).collect();
        let text = |piece: &Piece| if let Piece::Text(text) = piece { text.len() } else { 8 };
        let size = pattern.lines.iter().flatten().map(text).sum();
        Ok(Self { fixed, moving, nodes, names, size })
    }

    /// The canonical text with `slots` (escaped) filled in.
    fn fill(&self, slots: &[Cow<'_, str>]) -> Result<String, TemplateError> {
        let names = self.number(slots)?;
        let name = |node: usize| names.get(node).copied().unwrap_or_default();
        let mut text =
            String::with_capacity(self.size + slots.iter().map(|slot| 2 * slot.len()).sum::<usize>());
        let mut ends = Vec::with_capacity(self.moving.len());
        for line in &self.moving {
            render(line, slots, name, &mut text);
            ends.push(text.len());
        }
        let mut moving: Vec<&str> = Vec::with_capacity(ends.len());
        let mut start = 0;
        for end in ends {
            moving.push(text.get(start..end).unwrap_or_default());
            start = end;
        }
        // Nearly sorted already, which the stable sort makes use of.
        moving.sort();
        let mut out = String::with_capacity(text.len() + self.size);
        let (mut moving, mut fixed) =
            (moving.into_iter().peekable(), self.fixed.iter().map(String::as_str).peekable());
        let mut last = "";
        while let Some(line) = match (moving.peek(), fixed.peek()) {
            (Some(a), Some(b)) if a <= b => moving.next(),
            (Some(_), None) => moving.next(),
            _ => fixed.next(),
        } {
            if line == last {
                return Err(TemplateError::Doubt("two equal lines"));
            }
            out.push_str(line);
            last = line;
        }
        Ok(out)
    }

    /// The canonical name of each blank node.
    fn number(&self, slots: &[Cow<'_, str>]) -> Result<Vec<&str>, TemplateError> {
        let mut scratch = String::new();
        let mut hashes: Vec<([u8; 32], usize)> =
            self.nodes.iter().enumerate().map(|(node, how)| (how.hash(slots, &mut scratch), node)).collect();
        hashes.sort_unstable();
        if hashes.iter().zip(hashes.iter().skip(1)).any(|(one, next)| one.0 == next.0) {
            return Err(TemplateError::Doubt("two blank nodes alike"));
        }
        let mut names = vec![""; hashes.len()];
        for ((_, node), canonical) in hashes.iter().zip(&self.names) {
            if let Some(name) = names.get_mut(*node) {
                *name = canonical;
            }
        }
        Ok(names)
    }
}

impl Node {
    fn new(lines: Vec<Line>) -> Self {
        let lines: Vec<Line> = lines.into_iter().map(|line| join(line.into_iter())).collect();
        if lines.iter().flatten().all(|piece| matches!(piece, Piece::Text(_))) {
            Self::Fixed(first_degree_hash(&lines, &[], &mut String::new()))
        } else {
            Self::Moving(lines)
        }
    }

    fn hash(&self, slots: &[Cow<'_, str>], scratch: &mut String) -> [u8; 32] {
        match self {
            Self::Fixed(hash) => *hash,
            Self::Moving(lines) => first_degree_hash(lines, slots, scratch),
        }
    }
}

fn first_degree_hash(lines: &[Line], slots: &[Cow<'_, str>], scratch: &mut String) -> [u8; 32] {
    scratch.clear();
    let mut ends = Vec::with_capacity(lines.len());
    for line in lines {
        render(line, slots, |_| "", scratch);
        ends.push(scratch.len());
    }
    let mut start = 0;
    let mut parts: Vec<&[u8]> = Vec::with_capacity(ends.len());
    for end in ends {
        parts.push(scratch.as_bytes().get(start..end).unwrap_or_default());
        start = end;
    }
    parts.sort();
    sha256(&parts)
}

/// Cut JSON text at its sentinels, each of which must be a whole string, and once at least.
fn json_pieces(document: &Value, slots: usize) -> Result<Vec<(String, Option<usize>)>, TemplateError> {
    let text = json(document);
    let mut pieces = Vec::new();
    let mut seen = vec![false; slots];
    let mut rest = text.as_str();
    let opening = format!("\"{SENTINEL}");
    while let Some((before, after)) = rest.split_once(opening.as_str()) {
        let (digits, after) = after.split_once('"').ok_or(TemplateError::Doubt("a torn sentinel"))?;
        let slot: usize =
            digits.parse().map_err(|_| TemplateError::Doubt("a sentinel inside another text"))?;
        *seen.get_mut(slot).ok_or(TemplateError::Doubt("an unknown sentinel"))? = true;
        pieces.push((before.to_owned(), Some(slot)));
        rest = after;
    }
    pieces.push((rest.to_owned(), None));
    if pieces.iter().any(|(text, _)| text.contains(SENTINEL)) || seen.contains(&false) {
        return Err(TemplateError::Doubt("a sentinel inside another text"));
    }
    Ok(pieces)
}
