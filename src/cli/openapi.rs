//! `laurel openapi`: writes the API document, without database or settings.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;

use crate::{
    error::{Error, Result},
    web,
};

#[derive(Debug, Args)]
pub struct Openapi {
    /// The file to write; - prints the document instead.
    #[arg(default_value = "openapi/laurel.yaml")]
    file: PathBuf,
}

/// Writes the document as YAML.
pub fn run(openapi: &Openapi) -> Result<ExitCode> {
    let document = web::api::document();
    if openapi.file == Path::new("-") {
        print!("{document}");
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::write(&openapi.file, document).map_err(|error| {
        let text = format!(
            "{} cannot be written: {error}. Name another file, or - to print.",
            openapi.file.display()
        );
        Error::invalid("file.unwritable", "file", text).with_source(error)
    })?;
    println!("written: {}", openapi.file.display());
    Ok(ExitCode::SUCCESS)
}
