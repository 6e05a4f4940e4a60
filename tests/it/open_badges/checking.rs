//! `laurel verify`: what it says of a badge, with and without a server of one's own, with and without a network, in plain
//! words of both languages.

use std::{path::Path, process::Output};

use laurel::{
    domain::verify::{Checker, Source, Standard},
    texts::{Language, Texts, check_words, verdict_words},
};
use open_badges::verify::{State, Verdict};
use serde_json::Value;
use tokio::process::Command;

use super::{TestApp, badges_in, get};

const GRACE: &str = "grace@campus.example";

/// The command in an empty folder, on a machine without settings.
async fn verify(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_laurel"));
    command.arg("verify").args(arguments).current_dir(folder);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LAUREL__")) {
        command.env_remove(name);
    }
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    (status.success(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

#[tokio::test]
async fn a_badge_in_a_file_is_checked_on_both_its_sides() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    test.run_jobs().await;
    let picture = test.last_picture();
    for source in [Source::Network, Source::Records] {
        let found = Checker::of(&test.app, source).file(&picture, Some(GRACE)).await.unwrap();
        let [ob3, ob2] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!((ob3.standard, ob2.standard), (Standard::Ob3, Standard::Ob2));
        assert_eq!((ob3.report.verdict, ob2.report.verdict), (Verdict::Valid, Verdict::Valid), "{found:#?}");
        assert!(ob3.report.check("ob.recipient").is_some() && ob2.report.check("ob2.recipient").is_some());
    }
    let found =
        Checker::of(&test.app, Source::Records).file(&picture, Some("emmy@campus.example")).await.unwrap();
    for (one, name) in found.iter().zip(["ob.recipient", "ob2.recipient"]) {
        assert_eq!(one.report.check(name).unwrap().state, State::Fail, "{found:#?}");
    }
    let (ob2, ob3) = badges_in(&picture);
    for text in [ob2.unwrap(), ob3.unwrap(), issued.assertion.clone()] {
        let found = Checker::of(&test.app, Source::Records).file(text.as_bytes(), None).await.unwrap();
        assert_eq!(
            found.iter().map(|one| one.report.verdict).collect::<Vec<_>>(),
            [Verdict::Valid],
            "{text}"
        );
    }
    test.revoke(issued.id, "Given in error").await;
    for source in [Source::Network, Source::Records] {
        let found = Checker::of(&test.app, source).file(&picture, None).await.unwrap();
        assert!(found.iter().all(|one| one.report.verdict == Verdict::Revoked), "{source:?} {found:#?}");
    }
    let plain =
        get(issued.document["credentialSubject"]["achievement"]["image"]["id"].as_str().unwrap()).await.body;
    let checker = Checker::of(&test.app, Source::Records);
    for (file, code) in [
        (plain.as_slice(), "badge.none"),
        (b"\x89PNG\r\n\x1a\n".as_slice(), "badge.picture"),
        (b"eyJhbGciOiJSUzI1NiJ9.e30.x".as_slice(), "badge.jwt"),
        (br#"{"type":"Assertion","id":"urn:uuid:1"}"#.as_slice(), "badge.not_hosted"),
    ] {
        assert_eq!(checker.file(file, None).await.unwrap_err().code(), code);
    }
    let broken = checker.file(b"{\"a\":1,\"a\":2}", None).await.unwrap();
    assert_eq!(broken[0].report.verdict, Verdict::Invalid);
}

/// The issuer is out of reach: nothing is called genuine, nothing is called forged.
#[tokio::test]
async fn without_a_network_it_says_what_is_known_and_what_is_not() {
    let test = TestApp::new().await;
    // The command knows no time but the machine's.
    super::credentials::in_our_days(&test).await;
    test.badge_for(GRACE).await;
    test.run_jobs().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("badge.png");
    std::fs::write(&file, test.last_picture()).unwrap();
    test.stop().await;

    let (is_good, said) = verify(folder.path(), &["badge.png", "--recipient", GRACE]).await;
    assert!(!is_good, "{said}");
    for words in [
        "Open Badges 3.0: Could not be checked completely.",
        "Open Badges 2.0: Could not be checked completely.",
        "Do not rely on it until a check that reaches its issuer succeeds.",
        "whose key that is could not be looked up. Anybody could have made such a badge.",
        "so whether it was revoked is not known",
        "Its issuer’s server could not be reached",
        "It belongs to the person named.",
    ] {
        assert!(said.contains(words), "`{words}` is not said: {said}");
    }
    for wrong in ["Genuine", "It has not been revoked", "panicked"] {
        assert!(!said.contains(wrong), "`{wrong}` is said: {said}");
    }
    let (_, german) = verify(folder.path(), &["badge.png", "--language", "de"]).await;
    for words in [
        "Nicht vollständig prüfbar",
        "ließ sich nicht nachsehen",
        "ob es widerrufen wurde, ist also nicht bekannt",
    ] {
        assert!(german.contains(words), "`{words}`: {german}");
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().count() == 1, "a check leaves nothing behind");

    // Changed, it is known to be bad even so.
    let (_, ob3) = badges_in(&std::fs::read(&file).unwrap());
    let mut forged: Value = serde_json::from_str(&ob3.unwrap()).unwrap();
    forged["credentialSubject"]["achievement"]["name"] = "Doctor of Everything".into();
    std::fs::write(folder.path().join("forged.json"), forged.to_string()).unwrap();
    let (is_good, said) = verify(folder.path(), &["forged.json"]).await;
    assert!(
        !is_good && said.contains("Not to be trusted") && said.contains("The signature does not hold"),
        "{said}"
    );
    assert!(said.contains("(the signature does not hold"), "and what it was: {said}");
    let (is_good, said) = verify(folder.path(), &["nothing.png"]).await;
    assert!(!is_good && said.starts_with("laurel: "), "{said}");
}

/// Each pair of code and state that a check can come to has words in both languages.
#[test]
fn every_step_of_a_check_has_words_in_both_languages() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/open_badges");
    let mut source = String::new();
    for file in [
        "verify/assertion.rs",
        "verify/credential.rs",
        "verify/json.rs",
        "verify/shape.rs",
        "verify/status.rs",
    ] {
        let text = std::fs::read_to_string(format!("{root}/{file}")).unwrap();
        source.push_str(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let mut found: Vec<(String, State)> = Vec::new();
    use State::{Fail, Pass, Skip, Unknown, Warn};
    for (call, outcomes) in
        [("pass(", vec![Pass]), ("fail(", vec![Fail]), ("result(", vec![Pass, Fail]), ("add(", vec![])]
    {
        for part in source.split(call).skip(1) {
            let part = part.trim_start();
            let Some(code) = part.strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
            let states: Vec<State> = match outcomes.as_slice() {
                [] => match part
                    .split("State::")
                    .nth(1)
                    .map(|rest| rest.split(|c: char| !c.is_alphabetic()).next().unwrap())
                {
                    Some("Warn") => vec![Warn],
                    Some("Skip") => vec![Skip],
                    // Held in a variable: it could not be looked up, or is not there.
                    _ => vec![Unknown],
                },
                known => known.to_vec(),
            };
            found.extend(states.into_iter().map(|state| (code.to_owned(), state)));
        }
    }
    // What proofs come to is chosen by the error's code.
    let errors = std::fs::read_to_string(format!("{root}/proof/mod.rs")).unwrap();
    for code in errors.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()) {
        found.push((code.to_owned(), Fail));
        if code.starts_with("ob.proof.") && code != "ob.proof.missing" {
            found.push((code.to_owned(), Warn));
        }
    }
    found.extend(
        [("ob.proof.key", Unknown), ("ob.proof.controller", Unknown)].map(|(code, at)| (code.to_owned(), at)),
    );
    found.retain(|(code, _)| code.starts_with("ob"));
    found.sort_by_key(|(code, state)| (code.clone(), *state as u8));
    found.dedup();
    assert!(found.len() > 60, "{} found", found.len());
    for (code, state) in &found {
        let key = check_words(code, *state).unwrap_or_else(|| panic!("no words for {code} {state:?}"));
        let said = Language::ALL.map(|language| Texts::of(language).say(key));
        assert!(said.iter().all(|said| said != key) && said[0] != said[1], "{key}: {said:?}");
    }
    let unknown = verdict_words(Verdict::Unknown);
    assert!(unknown.0 != unknown.1);
    for verdict in
        [Verdict::Valid, Verdict::Expired, Verdict::Revoked, Verdict::NotYetValid, Verdict::Invalid]
    {
        let (word, meaning) = verdict_words(verdict);
        assert!(word != meaning && word != unknown.0, "{verdict:?}");
    }
}
