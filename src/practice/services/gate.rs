//! Several installations behind one issuer, as customers of Canvas cloud or Blackboard: one of them is the gate,
//! whose authorization, token and key addresses all use (lti-1.3-tool.md §25.1). Courses, people and services are
//! each installation's own, so that ids may be equal everywhere.

use serde_json::Value;

use crate::{
    fields::{self, Fields},
    keys::Keys,
    lms::{Lms, lock},
};

impl Lms {
    /// The installation whose addresses and keys this one uses: itself, unless it was started beside another.
    pub(crate) fn gate(&self) -> &Self {
        self.beside.as_deref().map_or(self, Self::gate)
    }

    /// The key set: publish, withdraw, rotate, misbehave, count fetches.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.gate().keys
    }

    /// Makes this installation known to its gate, once it is running.
    pub(crate) fn stand_beside(&self) {
        if self.beside.is_some() {
            lock(&self.gate().branches).push(self.base_url().to_owned());
        }
    }

    /// Where an authentication request belongs that arrived at the gate: the launch began at another installation,
    /// whose session the browser has there.
    pub(crate) fn branch_of(&self, request: &Fields) -> Option<String> {
        let hint = fields::first(request, "lti_message_hint")?;
        let hint: Value = serde_json::from_str(hint).ok()?;
        let wanted = hint.get("lms").and_then(Value::as_str)?;
        let known = lock(&self.branches).iter().any(|branch| branch == wanted);
        known.then(|| format!("{wanted}/auth"))
    }
}
