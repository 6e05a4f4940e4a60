//! Every key of `config/default.toml` is read by something: a setting that changes nothing is a lie. Read from
//! the source: the field is used where the program works, or a method of its section uses it and is called there.

use std::{fs, path::Path};

use laurel::config::DEFAULTS;

/// What the settings as a whole are called; the sections are parts of them.
const WHOLE: &str = "settings";

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

/// The type of a section: `Logs` of `logs`.
fn type_of(section: &str) -> String {
    let (first, rest) = section.split_at(1);
    first.to_uppercase() + rest
}

/// What a file calls a section: `settings.lti`, `app.settings.lti` and names given to it, as variable or argument.
fn names_of(text: &str, section: &str) -> Vec<String> {
    let path = if section == WHOLE { WHOLE.to_owned() } else { format!("{WHOLE}.{section}") };
    let mut names = vec![path.clone()];
    for declared in text.split("let ").skip(1) {
        let Some((name, value)) = declared.split_once(" = ") else { continue };
        let value = value.split(';').next().unwrap_or_default();
        let is_it = value.starts_with('&') && value.ends_with(&path);
        if is_it && name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            names.push(name.to_owned());
        }
    }
    // A function that is handed the section: `logs: &Logs`.
    for (at, _) in text.match_indices(&format!(": &{}", type_of(section))) {
        let name: String =
            text[..at].chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        names.push(name.chars().rev().collect());
    }
    names
}

/// The fields that `resolve` fills from the one called `own`: `self.url = … self.url_file …;` fills `url`.
fn filled<'a>(resolve: &'a str, own: &'a str) -> impl Iterator<Item = &'a str> {
    let statements = resolve.split(';').filter(move |statement| has(statement, own));
    statements.filter_map(|statement| statement.split_once(" = ")?.0.rsplit("self.").next())
}

/// The source: what the settings are, and the program that uses them.
struct Source {
    config: Vec<(String, String)>,
    program: Vec<(String, String)>,
}

impl Source {
    /// Whether a field or method of a section comes to be used: by the program, under a name of that section; by a
    /// method of the section, or of the settings as a whole, that is used itself; or for a field that `resolve`
    /// fills from it and that is used itself. The check of the settings does not count.
    fn is_read(&self, section: &str, member: &str) -> bool {
        let is_used =
            |text: &str| names_of(text, section).iter().any(|name| has(text, &format!("{name}.{member}")));
        if self.program.iter().any(|(_, text)| is_used(text)) {
            return true;
        }
        let own = format!("self.{member}");
        let mut methods = self.methods(section).into_iter();
        let by_its_own = methods.any(|(name, body)| match name {
            "resolve" => {
                let mut fields = filled(body, &own).filter(|field| *field != member);
                self.is_resolved(section) && fields.any(|field| self.is_read(section, field))
            }
            _ => name != member && has(body, &own) && self.is_read(section, name),
        });
        let path = format!("self.{section}.{member}");
        let mut methods = self.methods(WHOLE).into_iter();
        by_its_own || methods.any(|(name, body)| has(body, &path) && self.is_read(WHOLE, name))
    }

    /// Whether the section's `resolve` is called when the settings are read.
    fn is_resolved(&self, section: &str) -> bool {
        self.config.iter().any(|(_, text)| has(text, &format!("{WHOLE}.{section}.resolve")))
    }

    /// The methods of a section's type, each with what stands behind its name.
    fn methods(&self, section: &str) -> Vec<(&str, &str)> {
        let kind = format!("{} {{", type_of(section));
        let files = self.config.iter().filter(|(file, _)| !file.ends_with("check.rs"));
        let blocks = files.flat_map(|(_, text)| text.split("impl ").skip(1));
        let methods = blocks
            .filter(|block| block.starts_with(&kind))
            .flat_map(|block| block.split("fn ").skip(1))
            .map(|method| (method.split(['(', '<']).next().unwrap(), method));
        methods.collect()
    }
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
    let source = Source { config, program };
    let unread: Vec<String> = keys
        .iter()
        .filter(|(section, key)| !source.is_read(section, key))
        .map(|(section, key)| format!("{section}.{key}"))
        .collect();
    assert!(unread.is_empty(), "settings that nothing reads; make them work or take them out: {unread:?}");
}

/// The reading itself: it sees what is used and what is not.
#[test]
fn a_setting_that_nothing_reads_is_found() {
    let file = |text: &str| ("some.rs".to_owned(), text.to_owned());
    let source = Source {
        config: vec![
            file(
                "impl Keys { fn resolve(&mut self) { self.master = key(&self.file); self.old = key(&self.old_file); } }",
            ),
            file("impl Mail { fn wait(&self) { self.seconds } fn pause(&self) { self.pause_seconds } }"),
            file("impl Logs { fn resolve(&mut self) { self.level = word(&self.level_file); } }"),
            file(
                "impl Settings { fn read() { settings.keys.resolve() } fn folder(&self) { self.mail.folder } }",
            ),
        ],
        program: vec![file(
            "let kept = &app.settings.retention; sweep(kept.audit_days, app.settings.lti.leeway_seconds); \
             seal(settings.keys.master); send(settings.mail.wait(), hand.pause(), app.settings.folder()); \
             tell(settings.logs.level)",
        )],
    };
    for (section, key) in [
        ("retention", "audit_days"),
        ("lti", "leeway_seconds"),
        ("keys", "file"),
        ("mail", "seconds"),
        ("mail", "folder"),
        ("logs", "level"),
    ] {
        assert!(source.is_read(section, key), "{section}.{key}");
    }
    for (section, key) in [
        ("retention", "audit"),
        ("retention", "signal_days"),
        ("outbox", "audit_days"),
        // Resolved into what nobody uses; used by a method that somebody else has, too; resolved by nobody.
        ("keys", "old_file"),
        ("mail", "pause_seconds"),
        ("logs", "level_file"),
    ] {
        assert!(!source.is_read(section, key), "{section}.{key}");
    }
}
