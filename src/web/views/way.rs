//! Ways from page to page inside the learning platform: links; for a browser that keeps no cookies the buttons of a form
//! (`carry.html`) that carries what its cookie would.

use askama::Template;

/// A way to another page of the same visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Its address.
    pub url: String,
    /// By the page's form, not by a link.
    pub by_form: bool,
}

/// A way with its words; prints itself.
#[derive(Debug, Template)]
#[template(path = "web/views/way.html")]
pub struct Led {
    url: String,
    by_form: bool,
    class: &'static str,
    words: String,
    about: String,
    count: Option<u64>,
    is_current: bool,
}

impl Way {
    /// With these words.
    #[must_use]
    pub fn to(&self, words: impl ToString) -> Led {
        Led {
            url: self.url.clone(),
            by_form: self.by_form,
            class: "",
            words: words.to_string(),
            about: String::new(),
            count: None,
            is_current: false,
        }
    }

    /// As one of several lists, with how much is on it.
    #[must_use]
    pub fn tab(&self, words: impl ToString, count: &u64, is_current: &bool) -> Led {
        Led { count: Some(*count), is_current: *is_current, ..self.to(words) }
    }

    /// Looking like a button.
    #[must_use]
    pub fn button(&self, words: impl ToString) -> Led {
        Led { class: "button button-plain", ..self.to(words) }
    }
}

impl Led {
    /// Who only listens is told what it is about.
    #[must_use]
    pub fn about(self, about: impl ToString) -> Self {
        Self { about: about.to_string(), ..self }
    }
}
