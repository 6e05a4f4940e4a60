//! The gradebook: columns, what tools posted into them, and the grades that stand there now, by tools or teachers
//! (lti-1.3-tool.md §17.3–§17.5).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Number, Value};

use crate::course::{ActivityId, CourseId, UserId};

/// A column's number, unique in the whole LMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineItemId(pub u64);

impl std::fmt::Display for LineItemId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct LineItem {
    /// Its number.
    pub id: LineItemId,
    /// The course.
    pub course: CourseId,
    /// The tool it belongs to; `None` for a column of the LMS's own.
    pub client_id: Option<String>,
    /// What it says of itself, as in JSON but for `id`; unknown members are kept.
    pub members: Map<String, Value>,
}

impl LineItem {
    /// A member that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    /// The heading.
    #[must_use]
    pub fn label(&self) -> &str {
        self.text("label").unwrap_or_default()
    }

    /// The most that can be given.
    #[must_use]
    pub fn maximum(&self) -> f64 {
        self.members.get("scoreMaximum").and_then(Value::as_f64).unwrap_or(1.0)
    }

    /// The link it is coupled to.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.text("resourceLinkId")
    }
}

/// A column to be made.
#[derive(Clone, Debug)]
pub struct Column {
    pub(crate) client_id: Option<String>,
    pub(crate) members: Map<String, Value>,
}

impl Column {
    /// A column of the LMS's own: an assignment, a quiz.
    #[must_use]
    pub fn own(label: &str, maximum: f64) -> Self {
        let mut members = Map::new();
        members.insert("label".to_owned(), label.into());
        members.insert("scoreMaximum".to_owned(), number(maximum).into());
        Self { client_id: None, members }
    }

    /// A column of a tool, as the LMS makes one itself for a deep-linked item.
    #[must_use]
    pub fn of_tool(client_id: &str, label: &str, maximum: f64) -> Self {
        Self { client_id: Some(client_id.to_owned()), ..Self::own(label, maximum) }
    }

    /// Coupled to this link.
    #[must_use]
    pub fn link(self, activity: impl Into<ActivityId>) -> Self {
        self.with("resourceLinkId", activity.into().0)
    }

    /// With this `resourceId`.
    #[must_use]
    pub fn resource(self, id: &str) -> Self {
        self.with("resourceId", id)
    }

    /// With this `tag`.
    #[must_use]
    pub fn tag(self, tag: &str) -> Self {
        self.with("tag", tag)
    }

    /// With any other member, for example `startDateTime`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }
}

/// What a tool posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Whom it is about.
    pub user: UserId,
    /// The tool's time.
    pub timestamp: DateTime<Utc>,
    /// When it arrived.
    pub arrived: DateTime<Utc>,
    /// `Completed`, …
    pub activity_progress: String,
    /// `FullyGraded`, …
    pub grading_progress: String,
    /// The score, if any.
    pub given: Option<Number>,
    /// Of how much.
    pub maximum: Option<Number>,
    /// The comment.
    pub comment: Option<String>,
    /// All of it, as it came.
    pub body: Value,
}

/// A grade that stands in a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Grade {
    /// The grade on the column's scale.
    pub score: Number,
    /// The comment.
    pub comment: Option<String>,
    /// The teacher who gave it; `None` for the tool.
    pub by: Option<UserId>,
    /// When it was given.
    pub at: DateTime<Utc>,
}

/// All columns and what is in them.
#[derive(Debug, Default)]
pub(crate) struct Gradebook {
    last: u64,
    items: BTreeMap<LineItemId, LineItem>,
    scores: BTreeMap<LineItemId, Vec<Score>>,
    latest: BTreeMap<(LineItemId, UserId), (DateTime<Utc>, DateTime<Utc>)>,
    grades: BTreeMap<LineItemId, BTreeMap<UserId, Grade>>,
}

impl Gradebook {
    pub fn create(
        &mut self,
        course: CourseId,
        client_id: Option<String>,
        members: Map<String, Value>,
    ) -> LineItem {
        self.last += 1;
        let id = LineItemId(self.last);
        let item = LineItem { id, course, client_id, members };
        self.items.insert(id, item.clone());
        item
    }

    pub fn item(&self, id: LineItemId) -> Option<&LineItem> {
        self.items.get(&id)
    }

    /// The columns of a course, oldest first.
    pub fn of_course(&self, course: &CourseId) -> impl Iterator<Item = &LineItem> {
        self.items.values().filter(move |item| item.course == *course)
    }

    /// The one column of this tool that is coupled to this link; none when there are two.
    pub fn coupled(&self, client_id: &str, link: &ActivityId) -> Option<&LineItem> {
        let mut found = self.items.values().filter(|item| {
            item.client_id.as_deref() == Some(client_id) && item.link() == Some(link.as_str())
        });
        found.next().filter(|_| found.next().is_none())
    }

    /// Replaces what a column says of itself; grades follow another maximum.
    pub fn update(&mut self, id: LineItemId, members: Map<String, Value>) -> Option<LineItem> {
        let item = self.items.get_mut(&id)?;
        let before = item.maximum();
        item.members = members;
        let (item, factor) = (item.clone(), item.maximum() / before);
        if item.maximum().to_bits() != before.to_bits() {
            for grade in self.grades.entry(id).or_default().values_mut() {
                grade.score = number(grade.score.as_f64().unwrap_or_default() * factor);
            }
        }
        Some(item)
    }

    pub fn remove(&mut self, id: LineItemId) -> bool {
        self.scores.remove(&id);
        self.grades.remove(&id);
        self.latest.retain(|(item, _), _| *item != id);
        self.items.remove(&id).is_some()
    }

    pub fn scores(&self, id: LineItemId) -> &[Score] {
        self.scores.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The timestamp of the last score about somebody, and when it arrived.
    pub fn latest(&self, id: LineItemId, user: &UserId) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.latest.get(&(id, user.clone())).copied()
    }

    pub fn keep(&mut self, id: LineItemId, score: Score) {
        self.latest.insert((id, score.user.clone()), (score.timestamp, score.arrived));
        self.scores.entry(id).or_default().push(score);
    }

    pub fn grade(&self, id: LineItemId, user: &UserId) -> Option<&Grade> {
        self.grades.get(&id)?.get(user)
    }

    pub fn grades(&self, id: LineItemId) -> impl Iterator<Item = (&UserId, &Grade)> {
        self.grades.get(&id).into_iter().flatten()
    }

    /// Puts a grade into a column, or takes it away.
    pub fn set_grade(&mut self, id: LineItemId, user: UserId, grade: Option<Grade>) {
        let column = self.grades.entry(id).or_default();
        match grade {
            Some(grade) => column.insert(user, grade),
            None => column.remove(&user),
        };
    }
}

/// A JSON number, whole where it can be.
pub(crate) fn number(value: f64) -> Number {
    #[expect(clippy::cast_possible_truncation, reason = "only whole numbers far below the limit get here")]
    let whole = (value.fract() == 0.0 && value.abs() < 1e15).then_some(value as i64);
    whole.map(Number::from).or_else(|| Number::from_f64(value)).unwrap_or_else(|| Number::from(0))
}
