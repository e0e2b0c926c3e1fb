//! Tables that are built in, and that a file can replace.

use std::path::Path;

use crate::outcome::Fault;

/// Reads a table from this file, or the one that is built in. Faults name the file.
pub fn load<T>(file: Option<&Path>, built_in: &str, read: fn(&str) -> Result<T, Fault>) -> Result<T, Fault> {
    let Some(file) = file else { return read(built_in) };
    let told = |error: String| Fault::because(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| told(error.to_string()))?;
    read(&text).map_err(|fault| told(fault.0.to_string()))
}
