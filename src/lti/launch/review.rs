//! Submission review (§19): somebody's work is opened from the gradebook. Also whose work a person may see.

use crate::{
    address,
    claims::{ForUser, Link},
    roles::{Permission, Roles},
};

/// What is to be reviewed. Only [`crate::launch::validate()`] makes one, for people who may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Whose work.
    pub for_user: ForUser,
    /// The column it counts in: the line item's URL.
    pub line_item: String,
    /// The link, where the column belongs to one.
    pub link: Option<Link>,
}

impl Review {
    /// Whether this is about the line item that we know as `url`. Platforms may change the query between
    /// launches; where several match, the one that is equal is meant.
    #[must_use]
    pub fn is_of_line_item(&self, url: &str) -> bool {
        is_same_line_item(&self.line_item, url)
    }
}

/// Whether two addresses mean one line item: as [`Review::is_of_line_item`].
#[must_use]
pub fn is_same_line_item(one: &str, other: &str) -> bool {
    address::without_query(one) == address::without_query(other)
}

/// Whether a person may see somebody's work: their own, a teacher or grader everybody's, a mentor that of those
/// in their care. Nobody in particular (§10.4) sees nobody's.
pub(crate) fn may_see(
    for_user: &str,
    subject: Option<&str>,
    permission: Permission,
    roles: &Roles,
    mentored: &[String],
) -> bool {
    let Some(subject) = subject else { return false };
    let teaches = matches!(permission, Permission::Teach | Permission::Grade);
    let mentors = roles.is_mentor_here() && mentored.iter().any(|one| one == for_user);
    teaches || mentors || subject == for_user
}
