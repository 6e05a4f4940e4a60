//! Custom parameters of a launch: the tool's and the link's together, `$` variables filled in
//! (lti-1.3-tool.md §13).

use serde_json::{Map, Value};

use crate::{claims::Subject, fields::segment, lms::Lms, manners::CustomManners};

impl Subject<'_> {
    /// The custom claim.
    pub(crate) fn custom(&self, lms: &Lms, manners: &CustomManners) -> Map<String, Value> {
        let of_tool: &[_] = match self.link.item {
            Some(_) if manners.tool_missing_on_items => &[],
            _ => &self.tool.custom,
        };
        let of_link = self.link.custom.as_slice();
        let (first, last) = if manners.tool_wins { (of_link, of_tool) } else { (of_tool, of_link) };
        let mut custom = Map::new();
        for (name, value) in first.iter().chain(last) {
            custom.insert(name.clone(), self.filled(lms, manners, value).into());
        }
        custom
    }

    /// Fills a `$` variable in; unknown ones stay as they are, as on every platform.
    fn filled(&self, lms: &Lms, manners: &CustomManners, value: &str) -> String {
        if manners.literal.iter().any(|literal| literal == value) {
            return value.to_owned();
        }
        let person = |told: Option<&String>| told.filter(|_| self.tool.share_names).cloned();
        let known = match value {
            "$User.id" => Some(self.user.id.to_string()),
            "$Person.name.full" => person(Some(&self.user.name)),
            "$Person.name.given" => person(self.user.given_name.as_ref()),
            "$Person.name.family" => person(self.user.family_name.as_ref()),
            "$Person.email.primary" => person(self.user.email.as_ref()),
            "$Context.id" => Some(self.course.id.to_string()),
            "$Context.title" => Some(self.course.title.clone()),
            "$Context.label" => Some(self.course.label.clone()),
            "$Context.id.history" => Some(history(self.course.history.iter().map(|id| id.as_str()))),
            "$ResourceLink.id" => self.of_link(|| self.activity.id.to_string()),
            "$ResourceLink.title" => self.of_link(|| self.activity.title.clone()),
            "$ResourceLink.id.history" => {
                self.of_link(|| history(self.activity.history.iter().map(|id| id.as_str())))
            }
            "$ResourceLink.available.startDateTime" => self.date("available", "startDateTime"),
            "$ResourceLink.available.endDateTime" => self.date("available", "endDateTime"),
            "$ResourceLink.submission.startDateTime" => self.date("submission", "startDateTime"),
            "$ResourceLink.submission.endDateTime" => self.date("submission", "endDateTime"),
            "$Canvas.user.id" if is_canvas(lms) => Some(lms.number_of(self.user.id.as_str()).to_string()),
            "$Canvas.course.id" if is_canvas(lms) => Some(lms.number_of(self.course.id.as_str()).to_string()),
            "$ToolPlatformInstance.guid" => Some(lms.issuer().to_owned()),
            _ => None,
        };
        known.unwrap_or_else(|| value.to_owned())
    }

    /// What is known about the link, where the message is about one.
    fn of_link(&self, value: impl FnOnce() -> String) -> Option<String> {
        (!self.activity.id.as_str().is_empty()).then(value)
    }

    /// A date that the content item of this link brought along.
    fn date(&self, span: &str, end: &str) -> Option<String> {
        let date = self.link.item.as_ref()?.get(span)?.get(end)?.as_str()?;
        Some(date.to_owned())
    }
}

fn is_canvas(lms: &Lms) -> bool {
    lms.quirks(|quirks| quirks.product_family == "canvas")
}

/// Earlier ids, most recent first, percent-encoded and joined by commas.
fn history<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    ids.map(segment).collect::<Vec<_>>().join(",")
}
