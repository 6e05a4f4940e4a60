//! Views: what pages show, as structs of plain words, and the templates beside them (house §4.12).
//!
//! A view knows no store and no decision: its maker fills it, [`html`](error::ErrorPage::html) prints
//! it. Every view has `samples()`, which `tests/it/views.rs` renders in all languages. Pages work
//! without scripts, load nothing from elsewhere and hold no inline style (the content policy is
//! `layers`').

pub mod assets;
pub mod auto_form;
pub mod binding;
pub mod claim;
pub mod course;
pub mod criteria;
pub mod deployment;
pub mod error;
pub mod home;
mod icon;
pub mod markdown;
pub mod parts;
pub mod register;
pub mod samples;
pub mod setup;
pub mod share;
pub mod way;

use askama::Template;

/// Gives a page with a `language` its texts and its HTML.
macro_rules! page {
    ($view:ident) => {
        impl $view {
            /// The texts of the page's language, for its template.
            fn t(&self) -> $crate::texts::Texts {
                $crate::texts::Texts::of(self.language)
            }

            /// The page.
            #[must_use]
            pub fn html(&self) -> String {
                $crate::web::views::printed(self)
            }
        }
    };
}
use page;

/// Prints a template, without the marks by which one text could turn the reading direction of what
/// follows it (open-badges §18); right-to-left names need none of them.
fn printed(template: &impl Template) -> String {
    let text = template.render().unwrap_or_else(|error| {
        // Only a `Display` that fails can cause this, and ours do not.
        tracing::error!(%error, "a page cannot be printed");
        String::new()
    });
    if text.contains(is_direction_override) { text.replace(is_direction_override, "") } else { text }
}

fn is_direction_override(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
