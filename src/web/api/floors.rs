//! Floors of achievement versions, as clients write and read them.

use criteria::Strength;
use poem_openapi::{Enum, Object, types::Example};

use crate::domain::floor::{Approval, Floor};

/// How much an award has to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum LeastStrength {
    /// The platform let this person open something.
    Weak,
    /// A gated link or our own column.
    Medium,
    /// The platform's own record or a signed event.
    Strong,
    /// A person's decision.
    Attested,
}

impl From<LeastStrength> for Strength {
    fn from(given: LeastStrength) -> Self {
        match given {
            LeastStrength::Weak => Self::Weak,
            LeastStrength::Medium => Self::Medium,
            LeastStrength::Strong => Self::Strong,
            LeastStrength::Attested => Self::Attested,
        }
    }
}

impl From<Strength> for LeastStrength {
    fn from(strength: Strength) -> Self {
        match strength {
            Strength::Weak => Self::Weak,
            Strength::Medium => Self::Medium,
            Strength::Strong => Self::Strong,
            Strength::Attested => Self::Attested,
        }
    }
}

/// Whose approval every award needs.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ApprovalFloor {
    /// Of how many people: 1 to 20.
    n: u32,
    /// With one of these roles; with any if left out.
    #[oai(default)]
    roles: Vec<String>,
}

/// What every placement asks at least, whatever its rule says.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct FloorObject {
    /// Awards that prove less are not made.
    min_strength: Option<LeastStrength>,
    /// People who must approve of each award.
    approval: Option<ApprovalFloor>,
}

impl Example for FloorObject {
    fn example() -> Self {
        Self { min_strength: Some(LeastStrength::Weak), approval: None }
    }
}

impl From<FloorObject> for Floor {
    fn from(given: FloorObject) -> Self {
        let approval = given.approval.map(|approval| Approval { n: approval.n, roles: approval.roles });
        Self { min_strength: given.min_strength.map(Into::into), approval }
    }
}

impl From<Floor> for FloorObject {
    fn from(floor: Floor) -> Self {
        let approval = floor.approval.map(|approval| ApprovalFloor { n: approval.n, roles: approval.roles });
        Self { min_strength: floor.min_strength.map(Into::into), approval }
    }
}
