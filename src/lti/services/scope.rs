//! Scopes: their names, and sets of them in one fixed order (§16, §17.1, §18, §21).

use std::{collections::BTreeSet, fmt};

/// Make, change and delete line items.
pub const LINEITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
/// Read line items.
pub const LINEITEM_READONLY: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
/// Read results.
pub const RESULT_READONLY: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
/// Post scores.
pub const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
/// Read the roster.
pub const MEMBERSHIP_READONLY: &str =
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
/// Read the course's groups.
pub const GROUP_READONLY: &str = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
/// Register for the platform's notices.
pub const NOTICE_HANDLERS: &str = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";

/// All scopes that Laurel has a use for.
pub const ALL: [&str; 7] = [
    LINEITEM,
    LINEITEM_READONLY,
    RESULT_READONLY,
    SCORE,
    MEMBERSHIP_READONLY,
    GROUP_READONLY,
    NOTICE_HANDLERS,
];

/// A set of scopes, sorted, so that it can name an entry of a cache.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Reads scopes as a `scope` member has them: separated by white space.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.split_whitespace().collect()
    }

    /// Whether the set holds this scope.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Those that are not in `others`.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        Self(self.0.difference(&others.0).cloned().collect())
    }

    /// Adds one.
    pub fn insert(&mut self, scope: &str) {
        self.0.insert(scope.to_owned());
    }
}

impl fmt::Display for Scopes {
    /// The `scope` text: separated by single spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope)?;
        }
        Ok(())
    }
}

impl<T: AsRef<str>> FromIterator<T> for Scopes {
    fn from_iter<I: IntoIterator<Item = T>>(scopes: I) -> Self {
        Self(
            scopes
                .into_iter()
                .map(|scope| scope.as_ref().to_owned())
                .filter(|scope| !scope.is_empty())
                .collect(),
        )
    }
}
