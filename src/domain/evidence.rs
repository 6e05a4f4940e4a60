//! Evidence: what a badge says of how it was earned, in the achievement's language and with the titles known
//! at that moment (design §6.10: threshold, date, channel and strength, never the grade).
//!
//! Pure: titles come from the caller. They are strangers' words and the text is Markdown, so what could be markup
//! is escaped; length, line ends and invisible characters are the business of `criteria::words`.

use std::{borrow::Cow, collections::HashMap};

use criteria::{Language, Names, Rule, Verdict};
use open_badges::Evidence;
use uuid::Uuid;

use super::evaluation::Place;
use crate::{app::Live, ids::CourseId};

/// The evidence of a met rule.
#[must_use]
pub fn signed(rule: &Rule, verdict: &Verdict, language: &str, names: &dyn Names) -> Vec<Evidence> {
    let language = Language::of_tag(language);
    let name = match language {
        Language::German => "Wie dieses Badge verdient wurde",
        Language::English => "How this badge was earned",
    };
    let narrative = criteria::evidence_sentence(verdict, rule, language, names);
    vec![Evidence {
        name: Some(name.to_owned()),
        narrative: narrative.map(|text| as_markdown(&text)),
        ..Evidence::default()
    }]
}

/// Titles as they are when an award is made: what this launch or event says of its own place is newer than what is
/// cached.
#[derive(Clone, Copy, Debug)]
pub struct AtAward<'a> {
    cached: &'a HashMap<Uuid, Option<String>>,
    place: Place<'a>,
    own: Option<CourseId>,
}

impl<'a> AtAward<'a> {
    /// Titles for a placement in the course `own`; none for one in the whole organization.
    #[must_use]
    pub fn new(live: &'a Live, place: Place<'a>, own: Option<CourseId>) -> Self {
        Self { cached: &live.titles, place, own }
    }

    fn cached(&self, id: Uuid) -> Option<Cow<'_, str>> {
        self.cached.get(&id)?.as_deref().map(Cow::Borrowed)
    }
}

impl Names for AtAward<'_> {
    fn link(&self, id: Uuid) -> Option<Cow<'_, str>> {
        match self.place.link.filter(|link| link.id.0 == id) {
            Some(link) => link.title.as_deref().map(Cow::Borrowed),
            None => self.cached(id),
        }
    }

    fn course(&self, id: Uuid) -> Option<Cow<'_, str>> {
        match self.place.course.filter(|course| course.id.0 == id) {
            Some(course) => course.title.as_deref().map(Cow::Borrowed),
            None => self.cached(id),
        }
    }

    fn achievement(&self, id: Uuid) -> Option<Cow<'_, str>> {
        self.cached(id)
    }

    /// A badge is read far from its course, so the course has its name there.
    fn this_course(&self) -> Option<Cow<'_, str>> {
        self.course(self.own?.0)
    }
}

/// The text as Markdown that means just this text.
fn as_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
