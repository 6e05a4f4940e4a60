//! Data Integrity proofs with `eddsa-rdfc-2022` (open-badges.md §8).
//!
//! `eddsa_rdfc` is the full way and the judge: JSON-LD to RDF, RDFC-1.0, SHA-256, Ed25519. `template` is the fast way for
//! many awards of one achievement; where it has any doubt it refuses and the full way is taken. `loss` finds words that
//! JSON-LD would drop in silence, so that what is shown is what is signed.

mod canonical;
pub mod eddsa_rdfc;
mod key;
mod loss;
mod pattern;
pub mod template;

pub(crate) use canonical::{Purpose, canonicalize};
pub use key::{SigningKey, public_key_from_multibase, public_key_multibase};

use crate::text::FieldError;

/// A credential ready to be stored and served: its exact bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedDocument {
    /// The credential's id.
    pub id: String,
    /// The document with its proof, compact JSON.
    pub json: String,
}

/// Why a proof was not made or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A value that may not go into a document.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Something in the document would not be covered by the signature.
    #[error("`{0}` would be lost: no context defines it, or it is not an absolute address")]
    Loss(String),
    /// A context we do not hold; contexts are never fetched.
    #[error("the context `{0}` is not held here")]
    UnknownContext(String),
    /// Too deep, too large, or built to make canonicalization expensive.
    #[error("the document exceeds a limit: {0}")]
    Limit(&'static str),
    /// The JSON-LD processor refused the document.
    #[error("not JSON-LD: {0}")]
    JsonLd(String),
    /// The document carries no proof.
    #[error("the document has no proof")]
    Missing,
    /// Another type of proof or cryptosuite.
    #[error("the proof is of a kind not supported here: {0}")]
    Suite(String),
    /// `proofPurpose` is not `assertionMethod`.
    #[error("the proof is made for `{0}`, not for assertions")]
    Purpose(String),
    /// `created` or `expires` malformed or out of time.
    #[error("the proof's time is wrong: {0}")]
    Created(String),
    /// The verification method's key cannot be used.
    #[error("the key cannot be used: {0}")]
    Key(String),
    /// The key is not tied to the issuer.
    #[error("the key is not the issuer's: {0}")]
    Controller(String),
    /// `proofValue` is malformed or the signature does not fit.
    #[error("the signature does not hold: {0}")]
    Value(String),
    /// Signing was asked for with options that do not fit together.
    #[error("cannot sign: {0}")]
    Options(String),
}

impl ProofError {
    /// The stable name of the check that failed (open-badges.md §12.1).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Field(_) | Self::Options(_) => "ob.input",
            Self::Loss(_) | Self::JsonLd(_) => "ob.jsonld.loss",
            Self::UnknownContext(_) => "ob.context.unknown",
            Self::Limit(_) => "ob.input.size",
            Self::Missing => "ob.proof.missing",
            Self::Suite(_) => "ob.proof.suite",
            Self::Purpose(_) => "ob.proof.purpose",
            Self::Created(_) => "ob.proof.created",
            Self::Key(_) => "ob.proof.key",
            Self::Controller(_) => "ob.proof.controller",
            Self::Value(_) => "ob.proof.value",
        }
    }
}
