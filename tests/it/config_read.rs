//! Every key of `config/default.toml` is read by something: a setting that changes nothing is a lie. Read from
//! the source: the field is used where the program works, or a method of its section uses it and is called.

use std::{fs, path::Path};

use laurel::config::DEFAULTS;

/// Section and key of every setting.
fn keys() -> Vec<(String, String)> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in DEFAULTS.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some((key, _)) = line.split_once(" = ") {
            keys.push((section.clone(), key.to_owned()));
        }
    }
    keys
}

/// Every source file below, with comments taken out and all white space drawn together.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> =
                text.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
            found.push((path.display().to_string(), code.join(" ").replace(" .", ".")));
        }
    }
}

/// Whether `text` has `word` with nothing of a name behind it.
fn has(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let behind = text[at + word.len()..].chars().next();
        !behind.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// What a file calls a section: `settings.lti`, `app.settings.lti` and names given to it, as variable or argument.
fn names_of(text: &str, section: &str) -> Vec<String> {
    let mut names = vec![format!("settings.{section}")];
    for declared in text.split("let ").skip(1) {
        let Some((name, value)) = declared.split_once(" = ") else { continue };
        let value = value.split(';').next().unwrap_or_default();
        let is_it = value.starts_with('&') && value.ends_with(&format!("settings.{section}"));
        if is_it && name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            names.push(name.to_owned());
        }
    }
    // A function that is handed the section: `logs: &Logs`.
    let (first, rest) = section.split_at(1);
    let kind = format!(": &{}{rest}", first.to_uppercase());
    for (at, _) in text.match_indices(&kind) {
        let name: String =
            text[..at].chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        names.push(name.chars().rev().collect());
    }
    names
}

/// The methods of `src/config` that use `self.key` or `self.section.key`.
fn methods_with(config: &[(String, String)], section: &str, key: &str) -> Vec<String> {
    let mut methods = Vec::new();
    for (_, text) in config.iter().filter(|(file, _)| !file.ends_with("check.rs")) {
        for method in text.split("fn ").skip(1) {
            let uses = [format!("self.{key}"), format!("self.{section}.{key}")];
            if uses.iter().any(|used| has(method, used)) {
                methods.push(method.split(['(', '<']).next().unwrap().to_owned());
            }
        }
    }
    methods
}

#[test]
fn every_setting_is_read_by_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    sources(&root.join("src"), &mut all);
    let (config, program): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(file, _)| file.contains("src/config/"));
    let keys = keys();
    assert!(keys.len() > 60 && config.len() > 5 && program.len() > 100, "the source was read");
    let mut unread = Vec::new();
    for (section, key) in &keys {
        let directly = program
            .iter()
            .any(|(_, text)| names_of(text, section).iter().any(|name| has(text, &format!("{name}.{key}"))));
        let methods = methods_with(&config, section, key);
        let called =
            |text: &str| methods.iter().any(|method| has(text, &format!(".{method}")) || method == "resolve");
        let by_method = program.iter().chain(&config).any(|(_, text)| called(text));
        if !directly && !by_method {
            unread.push(format!("{section}.{key}"));
        }
    }
    assert!(unread.is_empty(), "settings that nothing reads; make them work or take them out: {unread:?}");
}

/// The reading itself: it sees what is used and what is not.
#[test]
fn a_setting_that_nothing_reads_is_found() {
    let text = "let kept = &app.settings.retention; sweep(kept.audit_days, app.settings.lti.leeway_seconds)";
    let read = |section: &str, key: &str| {
        names_of(text, section).iter().any(|name| has(text, &format!("{name}.{key}")))
    };
    assert!(read("retention", "audit_days") && read("lti", "leeway_seconds"));
    assert!(
        !read("retention", "audit") && !read("outbox", "audit_days") && !read("retention", "signal_days")
    );
}
