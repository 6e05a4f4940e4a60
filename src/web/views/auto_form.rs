//! A form that sends itself, for browsers that must carry something to a platform; without script, a
//! button does it. Nobody's language is known here, so the few words stand in all of ours.

use askama::Template;

use crate::texts::{Language, Texts};

/// A form that sends itself by POST.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/auto_form.html")]
pub struct AutoForm {
    /// Where it goes.
    pub action: String,
    /// Names and values of its hidden fields.
    pub fields: Vec<(String, String)>,
}

impl AutoForm {
    /// The page. Its content policy needs `script-src 'self'` and the action's origin in `form-action`.
    #[must_use]
    pub fn html(&self) -> String {
        super::printed(self)
    }

    fn texts() -> impl Iterator<Item = Texts> {
        Language::ALL.into_iter().map(Texts::of)
    }

    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            Self { action: "https://lms.example.edu/mod/lti/auth.php".to_owned(), fields: Vec::new() },
            Self {
                action: "https://lms.example.edu/auth?a=1&b=\"><script>alert(1)</script>".to_owned(),
                fields: vec![
                    field("state", &"s".repeat(200)),
                    field("login_hint", "\"><img src=x onerror=alert(1)>"),
                    field("submit", "a field of this name hides the form's own method"),
                    field("lti_message_hint", ""),
                ],
            },
        ]
    }
}
