//! The catalogues of conformance cases (`../shared/spec`, where they exist) against the tests: every case that is asked for
//! by now is named by one. Which ones are is written here, issue by issue; the tests themselves say what they check.

use std::{collections::BTreeSet, fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where tests are; heads of modules (`//!`) speak of ranges and do not count.
const TESTS: [&str; 6] =
    ["tests", "src/open_badges", "src/lti", "src/criteria", "src/practice", "src/design"];

/// Open Badges, by number.
fn is_open_badges_required(number: u32) -> bool {
    match number {
        // Issue 2. Left to later issues there: alignments in full, scores, credits (OB020, OB038–OB042).
        1..=27 => number != 20,
        30..=55 => !(38..=42).contains(&number),
        65..=67 | 69..=86 | 92 | 95..=97 => true,
        _ => false,
    }
}

/// LTI, by family and number.
fn is_lti_required(family: &str, number: u32) -> bool {
    match (family, number) {
        // Issue 2. Left to later issues there: services in the launch (M15), Polish (V25), mentors (R05).
        ("L" | "S" | "J" | "K", _) => true,
        ("M", number) => number != 15,
        ("V", number) => number != 25,
        ("R", number) => number != 5,
        ("O", 1..=5 | 7) => true,
        // Issue 3, as far as it has come.
        ("B", _) | ("X", 2..=4 | 7 | 8 | 10..=12) => true,
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

/// Every word of the tests' sources, in capitals; `ob001_ob002_…` is several.
fn words(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "node_modules" && !name.starts_with('.') {
                words(&path, found);
            }
        } else if [".rs", ".mjs", ".py"].iter().any(|ending| name.ends_with(ending)) && name != "cases.rs" {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//!"));
            found.extend(
                lines
                    .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric()))
                    .filter(|word| word.len() < 8 && word.contains(|c: char| c.is_ascii_digit()))
                    .map(str::to_ascii_uppercase),
            );
        }
    }
}

#[test]
fn every_case_that_is_asked_for_is_named_by_a_test() {
    let mut named = BTreeSet::new();
    for folder in TESTS {
        words(&Path::new(ROOT).join(folder), &mut named);
    }
    let mut missing = Vec::new();
    let mut check = |name: &str, least: usize, is_required: &dyn Fn(&str, u32) -> bool| {
        let Some(cases) = catalogue(name) else { return };
        let required: Vec<_> =
            cases.iter().filter(|(_, family, number)| is_required(family, *number)).collect();
        assert!(required.len() >= least, "{name}: only {} cases were read", required.len());
        missing.extend(required.iter().map(|(id, ..)| id.clone()).filter(|id| !named.contains(id)));
    };
    check("ob-conformance-cases.md", 72, &|_, number| is_open_badges_required(number));
    check("lti-conformance-cases.md", 161, &is_lti_required);
    assert!(missing.is_empty(), "no test names these cases: {}", missing.join(", "));
}
