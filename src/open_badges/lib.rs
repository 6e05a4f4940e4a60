//! Open Badges 2.0 and 3.0: typed values to documents, proofs and pictures, and back.
//!
//! Pure: no input or output, no clock, no dice, no database. Times and random bytes are arguments, contexts are embedded.
//! The facts are in `spec/open-badges.md` (§ numbers in the modules) and `spec/verifiers.md`.
//!
//! | module | what |
//! | --- | --- |
//! | [`profile`], [`achievement`], [`award`] | the typed values, and the documents of the first two in both versions |
//! | [`assertion`] | the 2.0 Assertion, and what answers after revocation |
//! | [`credential`] | the 3.0 credential, unsigned and signed the full way |
//! | [`recipient`] | hashed e-mail addresses |
//! | [`proof`] | `eddsa-rdfc-2022`: the full way, the template signer, safe mode |
//! | [`contexts`] | the JSON-LD texts, pinned; nothing is ever fetched |
//! | [`did`] | `did:web` names and documents, reading controllers' keys |
//! | [`status_list`] | bitstring status lists and the order of their indexes |
//! | [`bake`] | badges in PNG files |
//! | [`verify`] | a report on somebody's badge, each check in words and codes |
//!
//! A credential's way: [`credential::unsigned`] → [`proof::template::Template::sign`] (or [`credential::sign`] where the
//! template refuses) → [`bake::png::Master::bake`]. A verifier's way: [`verify::parse`] → [`verify::needs`] → the caller
//! fetches → [`verify::credential`].

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod achievement;
pub mod assertion;
pub mod award;
pub mod bake;
pub mod contexts;
pub mod credential;
pub mod did;
mod members;
pub mod profile;
pub mod proof;
pub mod recipient;
pub mod status_list;
mod text;
pub mod verify;

#[cfg(test)]
mod tests;

pub use achievement::{Achievement, AchievementType, Alignment};
pub use award::{Award, Evidence, Shape, StatusEntry};
pub use profile::{Image, Issuer, VerificationScope};
pub use proof::{ProofError, SignedDocument, SigningKey};
pub use recipient::Recipient;
pub use text::{FieldError, clean};
