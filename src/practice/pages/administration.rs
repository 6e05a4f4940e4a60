//! An administrator's pages as values.

use askama::Template;

use super::Frame;

/// A registered tool.
#[derive(Debug)]
pub(crate) struct ToolCard {
    pub name: String,
    pub client_id: String,
    pub deployment_id: String,
    pub target: String,
    pub pending: bool,
    pub shares_names: bool,
    pub adds_content: bool,
    pub scopes: Vec<String>,
}

#[derive(Debug, Template)]
#[template(path = "tools.html")]
pub(crate) struct ToolsPage {
    pub frame: Frame,
    pub tools: Vec<ToolCard>,
    /// Whether the log store is muted, if there is one.
    pub is_log_muted: Option<bool>,
}

/// A registration under way, or done.
#[derive(Debug, Template)]
#[template(path = "registration.html")]
pub(crate) struct RegistrationPage {
    pub frame: Frame,
    pub id: String,
    /// What the tool's frame shows.
    pub address: String,
    /// The tool, once it registered itself.
    pub tool: Option<ToolCard>,
    pub is_update: bool,
    /// The tool asked to be closed.
    pub closed: bool,
}

/// A tool of this address is registered already.
#[derive(Debug, Template)]
#[template(path = "again.html")]
pub(crate) struct AgainPage {
    pub frame: Frame,
    pub name: String,
    pub client_id: String,
    pub address: String,
}
