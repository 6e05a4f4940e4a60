//! A person's `sub` in the shape of the product, and back to the person.

use std::collections::HashMap;

use super::quirks::{IdShape, SubjectShape};
use crate::{
    course::UserId,
    dice,
    keys::sha256_hex,
    lms::{Lms, lock},
};

/// Who stands behind the subjects told so far.
#[derive(Debug, Default)]
pub(crate) struct Subjects(HashMap<String, UserId>);

impl Lms {
    /// What tools know this person by: `sub` of launches, `user_id` of rosters, `userId` of scores.
    pub fn subject(&self, user: impl Into<UserId>) -> String {
        let user = user.into();
        let shape = lock(&self.services.quirks).subjects;
        self.shaped(&user, shape)
    }

    /// The same, where the caller has read the quirks already.
    pub(crate) fn shaped(&self, user: &UserId, shape: SubjectShape) -> String {
        let seed = || sha256_hex(format!("{}\n{user}", self.issuer()).as_bytes());
        let subject = match shape {
            SubjectShape::AsIs => return user.to_string(),
            SubjectShape::Decimal => decimal(&seed()),
            SubjectShape::HexUuid => seed().chars().take(32).collect(),
            SubjectShape::Uuid => dice::uuid_of(&seed()),
            SubjectShape::GuidUser => format!("{}_{}", dice::uuid_of(&seed()), decimal(&seed())),
            SubjectShape::Url => format!("{}/user/{user}", self.base_url()),
        };
        lock(&self.services.subjects).0.insert(subject.clone(), user.clone());
        subject
    }

    /// The person whom tools know by this text: somebody it was told of, or an id as it is.
    pub(crate) fn behind(&self, subject: &str) -> UserId {
        lock(&self.services.subjects).0.get(subject).cloned().unwrap_or_else(|| subject.into())
    }

    /// A new client id, as the product would invent one.
    #[must_use]
    pub fn invent_client_id(&self) -> String {
        invent(lock(&self.services.quirks).client_ids, "client")
    }

    /// A new deployment id, as the product would invent one.
    #[must_use]
    pub fn invent_deployment_id(&self) -> String {
        invent(lock(&self.services.quirks).deployment_ids, "dep")
    }
}

fn invent(shape: IdShape, prefix: &str) -> String {
    let seed = sha256_hex(dice::token().as_bytes());
    match shape {
        IdShape::Word => format!("{prefix}-{}", seed.chars().take(12).collect::<String>()),
        IdShape::Decimal => decimal(&seed),
        IdShape::One => "1".to_owned(),
        IdShape::CanvasDeployment => format!("7:{}", seed.chars().take(40).collect::<String>()),
        IdShape::MoodleClient => dice::token().chars().filter(char::is_ascii_alphanumeric).take(15).collect(),
        IdShape::Uuid => dice::uuid_of(&seed),
    }
}

/// Twelve digits, no leading zero.
fn decimal(hex: &str) -> String {
    let number = hex.get(..12).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default();
    (100_000_000_000 + number % 900_000_000_000).to_string()
}
