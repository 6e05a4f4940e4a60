//! Floor: what every placement of an achievement version asks at least, whatever its rule says (design §2).
//!
//! The least strength is held by the evaluation of every placement; the approval is one more thing that its rule asks
//! for ([`Floor::over`]). A floor belongs to a version and so never changes.

use criteria::{Rule, Strength};
use serde::{Deserialize, Serialize};

use crate::{
    domain::validate,
    error::{Error, Result},
    store::entity::achievement_version,
};

/// What is asked at least.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// Awards that prove less are not made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_strength: Option<Strength>,
    /// People who must approve of each award.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// Whose approval is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Of how many people, 1 at least.
    pub n: u32,
    /// With one of these roles; with any when empty.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// The most people of a floor's approval, as of a rule's `approved`.
const MOST_APPROVALS: u32 = 20;

impl Floor {
    /// A version's.
    ///
    /// # Errors
    /// Only ours: a stored floor that does not read.
    pub fn of(version: &achievement_version::Model) -> Result<Self> {
        serde_json::from_value(version.floor.clone()).map_err(Error::internal)
    }

    /// A rule with the approval that is asked for whatever it says.
    #[must_use]
    pub fn over(&self, rule: Rule) -> Rule {
        match &self.approval {
            Some(approval) => rule.with_approval(&approval.roles, approval.n),
            None => rule,
        }
    }

    /// The floor, if it is one.
    ///
    /// # Errors
    /// `floor.approval_invalid`; `text.invalid` (a role).
    pub fn checked(mut self) -> Result<Self> {
        let Some(approval) = &mut self.approval else { return Ok(self) };
        if !(1..=MOST_APPROVALS).contains(&approval.n) || approval.roles.len() > 50 {
            return Err(Error::invalid(
                "floor.approval_invalid",
                "floor.approval",
                "Ask for the approval of 1 to 20 people, of 50 roles at most.",
            ));
        }
        for (at, role) in approval.roles.iter_mut().enumerate() {
            *role = validate::line(&format!("floor.approval.roles[{at}]"), role, 255)?;
        }
        Ok(self)
    }
}
