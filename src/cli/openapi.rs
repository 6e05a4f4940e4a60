//! `laurel openapi`: prints the API document, without database or settings.

use std::process::ExitCode;

use crate::{error::Result, web};

/// Prints the document as YAML.
pub fn run() -> Result<ExitCode> {
    print!("{}", web::api::document());
    Ok(ExitCode::SUCCESS)
}
