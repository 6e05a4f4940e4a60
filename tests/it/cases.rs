//! The catalogues of conformance cases (`../shared/spec`, where they exist) against the tests: every case that is asked for
//! by now is named by one. Which ones are is written here, issue by issue; the tests themselves say what they check.

use std::{collections::BTreeSet, fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Tests of the program: over HTTP, against the practice LMS.
const PROGRAM: &str = "tests/it";
/// Packages with tests of their own.
const PACKAGES: [&str; 2] = ["src/lti", "src/open_badges"];

/// Open Badges, by number; in the program's tests or a package's.
fn is_open_badges_required(number: u32) -> bool {
    match number {
        // Issue 2. Left to later issues there: alignments in full, scores, credits (OB020, OB038–OB042).
        1..=27 => number != 20,
        30..=55 => !(38..=42).contains(&number),
        65..=67 | 69..=86 | 92 | 95..=97 => true,
        _ => false,
    }
}

/// The ids in the first column of a catalogue's tables.
fn catalogue(name: &str) -> Option<Vec<(String, String, u32)>> {
    let file = Path::new(ROOT).parent()?.join("shared/spec").join(name);
    let Ok(text) = fs::read_to_string(&file) else {
        skipped!("skipped: {} is not here", file.display());
        return None;
    };
    let ids = text.lines().filter_map(|line| {
        let id = line.strip_prefix("| ")?.split(" |").next()?;
        let digits = id.find(|c: char| c.is_ascii_digit())?;
        let (family, number) = id.split_at(digits);
        family.chars().all(|c| c.is_ascii_uppercase()).then_some(())?;
        Some((id.to_owned(), family.to_owned(), number.parse().ok()?))
    });
    Some(ids.collect())
}

/// The tests in a source file: all of it in a folder of tests, otherwise what stands behind `#[cfg(test)]`.
fn tests_in<'a>(file: &Path, text: &'a str) -> &'a str {
    let file = file.strip_prefix(ROOT).unwrap();
    let is_test = file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "cases");
    if is_test { text } else { text.split_once("#[cfg(test)]").map_or("", |(_, tests)| tests) }
}

/// Every word of a folder's tests, in capitals; `ob001_ob002_…` is several, `\x01` is none. Heads of modules
/// (`//!`) speak of ranges and do not count.
fn words(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            words(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("it/cases.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let lines = tests_in(&path, &text).lines().filter(|line| !line.trim_start().starts_with("//!"));
            found.extend(
                lines
                    .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '\\'))
                    .filter(|word| word.len() < 8 && word.contains(|c: char| c.is_ascii_digit()))
                    .map(str::to_ascii_uppercase),
            );
        }
    }
}

#[test]
fn every_case_that_is_asked_for_is_named_by_a_test() {
    let mut over_http = BTreeSet::new();
    words(&Path::new(ROOT).join(PROGRAM), &mut over_http);
    let mut anywhere = over_http.clone();
    for package in PACKAGES {
        words(&Path::new(ROOT).join(package), &mut anywhere);
    }
    let mut missing = Vec::new();
    let mut check =
        |name: &str, least: usize, named: &BTreeSet<String>, is_required: &dyn Fn(&str, u32) -> bool| {
            let Some(cases) = catalogue(name) else { return };
            let required: Vec<_> =
                cases.iter().filter(|(_, family, number)| is_required(family, *number)).collect();
            assert!(required.len() >= least, "{name}: only {} cases were read", required.len());
            missing.extend(required.iter().map(|(id, ..)| id.clone()).filter(|id| !named.contains(id)));
        };
    check("ob-conformance-cases.md", 72, &anywhere, &|_, number| is_open_badges_required(number));
    // LTI: all of them, over real HTTP.
    check("lti-conformance-cases.md", 290, &over_http, &|_, _| true);
    assert!(missing.is_empty(), "no test names these cases: {}", missing.join(", "));
}
