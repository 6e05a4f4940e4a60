//! A JSON-LD document to canonical N-Quads (RDFC-1.0), in safe mode and within limits (open-badges.md §6, §8).
//!
//! `oxjsonld` expands and `oxrdf` canonicalizes. `oxjsonld` keeps no parsed contexts between documents and has no safe mode;
//! the second is made up for by `loss`, the first by the template signer.

use oxjsonld::{JsonLdParser, JsonLdRemoteDocument};
use oxrdf::dataset::{CanonicalizationAlgorithm, CanonicalizationHashAlgorithm};
use oxrdf::{Dataset, Quad};
use serde_json::{Value, json};

use super::pattern::Pattern;
use super::{ProofError, loss};
use crate::contexts;

/// Whose document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Ours: a null, an empty array or a character that canonicalizers disagree about is a mistake.
    Sign,
    /// Somebody's: nulls and empty arrays leave no trace in RDF and are harmless where a context defines the member.
    Verify,
}

/// More blank nodes than any badge has.
const MAX_BLANK_NODES: usize = 1_000;
/// Blank nodes that look alike and hang together: the work is exponential in these.
const MAX_ALIKE: usize = 8;

/// The canonical N-Quads of a document without `proof`.
///
/// # Errors
/// Whatever would be lost, is not held, or exceeds a limit.
pub(crate) fn canonicalize(document: &Value, purpose: Purpose) -> Result<String, ProofError> {
    let quads = quads(document, purpose)?;
    let pattern = Pattern::new(&quads, |_| None)?;
    if pattern.nodes() > MAX_BLANK_NODES {
        return Err(ProofError::Limit("more than 1000 blank nodes"));
    }
    if pattern.largest_alike_group() > MAX_ALIKE {
        return Err(ProofError::Limit("too many blank nodes that look alike"));
    }
    let mut dataset: Dataset = quads.into_iter().collect();
    dataset.canonicalize(CanonicalizationAlgorithm::Rdfc10 {
        hash_algorithm: CanonicalizationHashAlgorithm::Sha256,
    });
    let mut lines: Vec<String> = dataset.iter().map(|quad| format!("{quad} .\n")).collect();
    // Code point order is the byte order of UTF-8.
    lines.sort_unstable();
    Ok(lines.concat())
}

/// The document's RDF, after the checks that nothing of it was dropped.
pub(crate) fn quads(document: &Value, purpose: Purpose) -> Result<Vec<Quad>, ProofError> {
    let inventory = loss::take_inventory(document)?;
    if purpose == Purpose::Sign {
        inventory.check_characters()?;
    }
    if inventory.has_empty {
        match purpose {
            Purpose::Sign => return Err(ProofError::Loss("an empty or null member".into())),
            Purpose::Verify => loss::check_terms(&expand(&loss::fill_empty(document))?)?,
        }
    }
    let quads = expand(document)?;
    loss::check_terms(&quads)?;
    inventory.check_arrived(&quads)?;
    Ok(quads)
}

/// JSON-LD to RDF, with [`loss::MARK`] as the vocabulary of undefined terms.
fn expand(document: &Value) -> Result<Vec<Quad>, ProofError> {
    let mut marked = document.clone();
    let Some(context) = marked.get_mut("@context") else {
        return Err(ProofError::UnknownContext(String::new()));
    };
    let mut list = vec![json!({"@vocab": loss::MARK})];
    match context.take() {
        Value::Array(items) => list.extend(items),
        one => list.push(one),
    }
    *context = Value::Array(list);
    JsonLdParser::new()
        .for_slice(&marked.to_string())
        .with_load_document_callback(|address, _| match contexts::find(address) {
            Some(context) => Ok(JsonLdRemoteDocument {
                document: context.text.as_bytes().to_vec(),
                document_url: context.address.to_owned(),
            }),
            None => Err(format!("the context {address} is not held").into()),
        })
        .collect::<Result<_, _>>()
        .map_err(|error| ProofError::JsonLd(error.to_string()))
}
