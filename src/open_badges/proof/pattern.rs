//! RDF as text with holes: N-Quads lines in which slots and blank nodes are left open.
//!
//! Built once from quads; used to guard the general canonicalization against poisoned graphs and, by the template signer, to
//! do RDFC-1.0's common case itself: when all first-degree hashes differ, sorting them numbers the blank nodes.

use std::collections::HashMap;
use std::fmt::Write as _;

use oxrdf::{BlankNodeRef, GraphNameRef, NamedOrBlankNodeRef, Quad, TermRef};

use super::ProofError;
use crate::text::sha256;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    /// Fixed text.
    Text(String),
    /// The escaped text of a slot.
    Slot(usize),
    /// A blank node's name.
    Node(usize),
}

/// One N-Quad.
pub(super) type Line = Vec<Piece>;

/// A set of quads with holes.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) lines: Vec<Line>,
    nodes: usize,
}

impl Pattern {
    /// Lines of `quads`; `slot` says which addresses and literal values are holes.
    pub(super) fn new(quads: &[Quad], slot: impl Fn(&str) -> Option<usize>) -> Result<Self, ProofError> {
        let mut builder = Builder { numbers: HashMap::new(), slot };
        let mut lines: Vec<Line> = quads.iter().map(|quad| builder.line(quad)).collect::<Result<_, _>>()?;
        // The same quad twice is once in a graph.
        lines.sort_unstable();
        lines.dedup();
        Ok(Self { lines, nodes: builder.numbers.len() })
    }

    /// How many blank nodes there are.
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    /// The lines that mention `node`, as first-degree hashing sees them: itself `_:a`, every other `_:z`.
    pub(super) fn first_degree(&self, node: usize) -> Vec<Line> {
        self.lines
            .iter()
            .filter(|line| line.contains(&Piece::Node(node)))
            .map(|line| {
                join(line.iter().map(|piece| match piece {
                    Piece::Node(number) if *number == node => Piece::Text("_:a".into()),
                    Piece::Node(_) => Piece::Text("_:z".into()),
                    other => other.clone(),
                }))
            })
            .collect()
    }

    /// The size of the largest group of linked blank nodes whose first-degree hashes are not unique.
    pub(super) fn largest_alike_group(&self) -> usize {
        let mut mentions: Vec<Vec<&Line>> = vec![Vec::new(); self.nodes];
        for line in &self.lines {
            for piece in line {
                if let Piece::Node(node) = piece
                    && let Some(lines) = mentions.get_mut(*node)
                    && lines.last().is_none_or(|last| !std::ptr::eq(*last, line))
                {
                    lines.push(line);
                }
            }
        }
        let mut by_hash: HashMap<[u8; 32], Vec<usize>> = HashMap::new();
        for (node, lines) in mentions.iter().enumerate() {
            let mut texts: Vec<String> = lines
                .iter()
                .map(|line| {
                    let mut text = String::new();
                    render(line, &[], |other| if other == node { "_:a" } else { "_:z" }, &mut text);
                    text
                })
                .collect();
            texts.sort_unstable();
            by_hash.entry(sha256(&[texts.concat().as_bytes()])).or_default().push(node);
        }
        let mut alike = vec![false; self.nodes];
        for node in by_hash.values().filter(|nodes| nodes.len() > 1).flatten() {
            if let Some(flag) = alike.get_mut(*node) {
                *flag = true;
            }
        }
        self.components(&alike)
    }

    /// The largest component of the graph whose vertices are the flagged nodes and whose edges are lines naming two of them.
    fn components(&self, flagged: &[bool]) -> usize {
        fn root(parents: &[usize], mut node: usize) -> usize {
            while let Some(parent) = parents.get(node).filter(|parent| **parent != node) {
                node = *parent;
            }
            node
        }
        let mut parents: Vec<usize> = (0..self.nodes).collect();
        for line in &self.lines {
            let mut first = None;
            for piece in line {
                let Piece::Node(node) = piece else { continue };
                if !flagged.get(*node).copied().unwrap_or_default() {
                    continue;
                }
                let node = root(&parents, *node);
                match first {
                    None => first = Some(node),
                    Some(other) => {
                        let other = root(&parents, other);
                        if let Some(parent) = parents.get_mut(node) {
                            *parent = other;
                        }
                    }
                }
            }
        }
        let mut sizes: HashMap<usize, usize> = HashMap::new();
        for node in (0..self.nodes).filter(|node| flagged.get(*node).copied().unwrap_or_default()) {
            *sizes.entry(root(&parents, node)).or_default() += 1;
        }
        sizes.into_values().max().unwrap_or_default()
    }
}

/// Append a line: slots from `slots`, nodes named by `name`.
pub(super) fn render<'a>(
    line: &[Piece],
    slots: &[std::borrow::Cow<'_, str>],
    name: impl Fn(usize) -> &'a str,
    out: &mut String,
) {
    for piece in line {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Slot(slot) => out.push_str(slots.get(*slot).map(AsRef::as_ref).unwrap_or_default()),
            Piece::Node(node) => out.push_str(name(*node)),
        }
    }
}

/// Put neighbouring texts together.
pub(super) fn join(pieces: impl Iterator<Item = Piece>) -> Line {
    let mut line: Line = Vec::new();
    for piece in pieces {
        match (line.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => line.push(piece),
        }
    }
    line
}

/// Canonical N-Quads escaping of a literal's characters.
pub(super) fn escape(text: &str) -> std::borrow::Cow<'_, str> {
    let needs = |c: char| matches!(c, '"' | '\\' | '\0'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(needs) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if needs(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.into()
}

struct Builder<F> {
    numbers: HashMap<String, usize>,
    slot: F,
}

impl<F: Fn(&str) -> Option<usize>> Builder<F> {
    fn line(&mut self, quad: &Quad) -> Result<Line, ProofError> {
        let quad = quad.as_ref();
        let space = || Piece::Text(" ".into());
        let mut pieces = match quad.subject {
            NamedOrBlankNodeRef::NamedNode(node) => self.address(node.as_str()),
            NamedOrBlankNodeRef::BlankNode(node) => vec![self.node(node)],
        };
        pieces.push(Piece::Text(format!(" {} ", quad.predicate)));
        pieces.extend(match quad.object {
            TermRef::NamedNode(node) => self.address(node.as_str()),
            TermRef::BlankNode(node) => vec![self.node(node)],
            TermRef::Literal(literal) => match (self.slot)(literal.value()) {
                None => vec![Piece::Text(literal.to_string())],
                Some(slot) => {
                    // Whatever follows the quoted value (datatype or language) is fixed.
                    let text = literal.to_string();
                    let quoted = format!("\"{}\"", escape(literal.value()));
                    let rest =
                        text.strip_prefix(&quoted).ok_or(ProofError::Limit("an unexpected literal form"))?;
                    vec![Piece::Text("\"".into()), Piece::Slot(slot), Piece::Text(format!("\"{rest}"))]
                }
            },
        });
        match quad.graph_name {
            GraphNameRef::DefaultGraph => {}
            GraphNameRef::NamedNode(node) => {
                pieces.push(space());
                pieces.extend(self.address(node.as_str()));
            }
            GraphNameRef::BlankNode(node) => {
                pieces.push(space());
                pieces.push(self.node(node));
            }
        }
        pieces.push(Piece::Text(" .\n".into()));
        Ok(join(pieces.into_iter()))
    }

    fn address(&self, address: &str) -> Vec<Piece> {
        match (self.slot)(address) {
            Some(slot) => vec![Piece::Text("<".into()), Piece::Slot(slot), Piece::Text(">".into())],
            None => vec![Piece::Text(format!("<{address}>"))],
        }
    }

    fn node(&mut self, node: BlankNodeRef<'_>) -> Piece {
        let next = self.numbers.len();
        Piece::Node(*self.numbers.entry(node.as_str().to_owned()).or_insert(next))
    }
}
