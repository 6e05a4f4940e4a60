//! The house's shape, read from the source: who names whom, module heads, no unit tests where they would
//! never run (house-style §1, §6). Packages are held by Cargo.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What each module of the application package may name of ours. `lib.rs` draws the same picture.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ids", &[]),
    ("clock", &[]),
    ("error", &[]),
    ("config", &["error"]),
    ("telemetry", &["clock", "config", "error"]),
    ("store", &["clock", "config", "error", "ids", "telemetry"]),
    ("client", &["clock", "config", "error", "telemetry"]),
    ("vault", &["clock", "config", "error"]),
    ("texts", &["config", "error"]),
    ("mail", &["clock", "config", "error", "ids", "telemetry", "texts"]),
    ("design", &["error"]),
    ("outbox", &["clock", "config", "error", "ids", "store", "telemetry"]),
    (
        "app",
        &[
            "client",
            "clock",
            "config",
            "design",
            "error",
            "ids",
            "mail",
            "store",
            "telemetry",
            "texts",
            "vault",
        ],
    ),
    ("platform_client", &["app", "client", "clock", "config", "error", "ids", "store", "telemetry", "vault"]),
    (
        "domain",
        &[
            "app",
            "client",
            "clock",
            "config",
            "design",
            "error",
            "ids",
            "mail",
            "outbox",
            "platform_client",
            "store",
            "telemetry",
            "texts",
            "vault",
        ],
    ),
    (
        "jobs",
        &[
            "app",
            "client",
            "clock",
            "config",
            "design",
            "domain",
            "error",
            "ids",
            "mail",
            "outbox",
            "platform_client",
            "store",
            "telemetry",
            "texts",
            "vault",
        ],
    ),
    (
        "web",
        &[
            "app",
            "client",
            "clock",
            "config",
            "design",
            "domain",
            "error",
            "ids",
            "mail",
            "outbox",
            "platform_client",
            "store",
            "telemetry",
            "texts",
            "vault",
        ],
    ),
];

#[test]
fn modules_name_only_what_they_may() {
    let mut wrong = Vec::new();
    for (file, text) in sources("src") {
        let Some(module) = module_of(&file) else { continue };
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else { continue };
        for named in named_modules(&text) {
            if named != module && !allowed.contains(&named.as_str()) && is_module(&named) {
                wrong.push(format!("{}: `{module}` may not name `{named}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "dependencies point inward (src/lib.rs):\n{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_names_the_practice_lms() {
    let wrong: Vec<_> = sources("src")
        .into_iter()
        .filter(|(file, _)| module_of(file).is_some_and(|module| module != "cli"))
        .filter(|(_, text)| text.lines().any(|line| line.trim_start().starts_with("use practice::")))
        .map(|(file, _)| file.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "the practice LMS is for the demo and the tests: {wrong:?}");
}

#[test]
fn every_module_has_a_head_comment() {
    let mut wrong = Vec::new();
    for folder in ["src", "migration/src", "tests/it"] {
        for (file, text) in sources(folder) {
            if !text.trim_start().starts_with("//!") {
                wrong.push(file.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "say in two to ten lines what lives here and what may not: {wrong:#?}");
}

#[test]
fn the_application_package_has_no_unit_tests() {
    let wrong: Vec<_> = sources("src")
        .into_iter()
        .filter(|(file, text)| module_of(file).is_some() && text.contains("#[cfg(test)]"))
        .map(|(file, _)| file.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "these tests would never run; write them in tests/it: {wrong:?}");
}

#[test]
fn snapshots_have_a_test() {
    let folder = root().join("tests/it/snapshots");
    let all: String = sources("tests/it").into_iter().map(|(_, text)| text).collect();
    let Ok(entries) = fs::read_dir(folder) else { return };
    let orphans: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".snap"))
        .filter(|name| {
            let module = name.split("__").nth(1).unwrap_or_default();
            !all.contains(&format!("mod {module}"))
        })
        .collect();
    assert!(orphans.is_empty(), "delete snapshots whose test is gone: {orphans:?}");
}

/// The module of the application package a file belongs to; none for the packages under `src/`.
fn module_of(file: &Path) -> Option<String> {
    let relative = file.strip_prefix(root().join("src")).ok()?;
    let first = relative.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lti" | "open_badges" | "criteria" | "practice" | "lib" | "main"))
        .then(|| name.to_owned())
}

fn is_module(name: &str) -> bool {
    MAY_USE.iter().any(|(module, _)| *module == name) || name == "cli"
}

/// The first path segments after `crate::`, in `use` lists too.
fn named_modules(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut named = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            named.extend(top_level_names(list));
        } else {
            named.insert(first_word(rest));
        }
    }
    named.remove("");
    named
}

/// The names at the top level of a braced `use` list.
fn top_level_names(list: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut depth = 0_i32;
    let mut is_start = true;
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => is_start = true,
            c if is_start && depth == 0 && !c.is_whitespace() => {
                names.insert(first_word(&list[at..]));
                is_start = false;
            }
            _ => {}
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "there is no source in {folder}");
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
