//! What `storage.js` is told by the page around it.

use askama::Template;

/// The switches of the script, as attributes of its element.
#[derive(Debug)]
pub(crate) struct Panel {
    /// The named frame that answers; `None` when the page itself does.
    pub frame: Option<String>,
    pub answer: &'static str,
    /// Milliseconds.
    pub delay: u64,
    pub code: String,
    pub old_subjects: bool,
    pub no_capabilities: bool,
    /// The origins of registered tools, separated by spaces.
    pub origins: String,
    /// The page of another origin that answers instead.
    pub elsewhere: Option<String>,
}

/// A page without content, for a hidden frame.
#[derive(Debug, Template)]
#[template(path = "storage_frame.html")]
pub(crate) struct StorageFrame {
    pub panel: Option<Panel>,
    pub echo: bool,
}
