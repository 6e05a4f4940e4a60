//! Texts: every key in every language with the same arguments; languages are chosen as wished.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use chrono::{TimeZone as _, Utc};
use laurel::texts::{Advice, Language, Texts};

/// All keys of a language with the names of their arguments, read from its files.
fn catalogue(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let folder = format!("{}/src/texts/{language}", env!("CARGO_MANIFEST_DIR"));
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
                current = key.to_owned();
                assert!(keys.insert(current.clone(), BTreeSet::new()).is_none(), "{language}: `{key}` twice");
            }
            for part in line.split('$').skip(1) {
                let name: String =
                    part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                keys.get_mut(&current).unwrap().insert(name);
            }
        }
    }
    keys
}

#[test]
fn every_key_exists_in_every_language_with_the_same_arguments() {
    let english = catalogue(Language::En);
    assert!(english.len() > 100, "found only {} keys", english.len());
    for language in Language::ALL {
        assert_eq!(catalogue(language), english, "{language} and en differ");
    }
}

#[test]
fn every_text_can_be_shown() {
    for language in Language::ALL {
        for (key, args) in catalogue(language) {
            let args: Vec<_> = args
                .into_iter()
                .map(|name| {
                    let is_number = ["count", "day", "month", "year", "number"].contains(&name.as_str());
                    let name: &'static str = name.leak();
                    (name, if is_number { 1.into() } else { "<WORDS>".into() })
                })
                .collect();
            let text = Texts::get(language, &key, &args);
            assert!(text != key && !text.contains('{') && !text.is_empty(), "{language} {key}: {text}");
            assert!(!text.contains(['\u{2068}', '\u{2069}']), "{key} holds isolation marks");
            let has_words = args.iter().any(|(_, arg)| *arg == "<WORDS>".into());
            assert_eq!(text.contains("<WORDS>"), has_words, "{language} {key}: {text}");
        }
    }
}

#[test]
fn every_text_is_shown_somewhere() {
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut sources = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "html") {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let quoted: BTreeSet<&str> = sources.split('"').collect();
    let mut idle = catalogue(Language::En);
    idle.retain(|key, _| !quoted.contains(key.as_str()));
    assert!(idle.is_empty(), "no page, mail or answer names these, delete them in every language: {idle:?}");
}

#[test]
fn keys_named_in_the_source_exist() {
    let english = catalogue(Language::En);
    for advice in Advice::ALL {
        assert!(english.contains_key(advice.what()) && english.contains_key(advice.next()), "{advice:?}");
    }
}

#[test]
fn every_code_of_lti_has_advice() {
    for (code, _) in lti::refusal::CATALOGUE {
        assert_ne!(Advice::of_code(code), Advice::Internal, "{code}");
    }
}

#[test]
fn numbers_choose_singular_and_plural_and_days_have_names() {
    let english = Texts::of(Language::En);
    let german = Texts::of(Language::De);
    let known = |count: i32| english.text("instructor-learners").arg("count", count).to_string();
    assert_eq!(known(1), "1 learner known in this course");
    assert_eq!(known(1200), "1200 learners known in this course");
    assert_eq!(
        german.text("instructor-learners").arg("count", 2).to_string(),
        "2 Personen in diesem Kurs bekannt"
    );
    let day = Utc.with_ymd_and_hms(2026, 3, 5, 23, 59, 59).unwrap();
    assert_eq!((english.day(day).as_str(), german.day(day).as_str()), ("5 March 2026", "5. März 2026"));
    // What fills a text is taken as it is.
    let hostile = "{ $x } <b> \u{202e}";
    assert!(english.text("learner-hello").arg("name", hostile).to_string().contains("{ $x } <b>"));
}

#[test]
fn the_language_is_the_first_we_speak() {
    let negotiate = |locales: &[&str], header: Option<&str>| {
        Language::negotiate(locales.iter().copied(), header, Language::En)
    };
    for locale in ["de", "de-DE", "de_AT", "DE", "de_DE.UTF-8", " de-CH "] {
        assert_eq!(negotiate(&[locale], None), Language::De, "{locale}");
    }
    assert_eq!(negotiate(&["pl_PL", "de"], None), Language::De);
    assert_eq!(negotiate(&["en-GB"], Some("de")), Language::En, "the launch wins over the browser");
    assert_eq!(negotiate(&["pl"], Some("fr, de;q=0.8, en;q=0.7")), Language::De);
    assert_eq!(negotiate(&[], Some("en;q=0.5,de;q=0.9")), Language::De);
    assert_eq!(negotiate(&[], Some("de;q=0, en;q=0.1")), Language::En);
    assert_eq!(negotiate(&[], Some("den, *;q=0.5, \u{0}")), Language::En);
    assert_eq!(negotiate(&[], None), Language::En);
}

#[test]
fn codes_find_their_advice() {
    for (code, advice) in [
        ("lti.launch.browser_unbound", Advice::Browser),
        ("lti.launch.state_replayed", Advice::Expired),
        ("lti.jwt.expired", Advice::Expired),
        ("lti.jwt.iat_future", Advice::Clock),
        ("lti.jwt.signature_invalid", Advice::Keys),
        ("lti.jwt.jwks_unavailable", Advice::Unavailable),
        ("lti.login.unknown_registration", Advice::Registration),
        ("lti.msg.deployment_unknown", Advice::Deployment),
        ("lti.msg.roles_missing", Advice::Message),
        ("lti.msg.user_missing", Advice::Person),
        ("lti.dl.not_permitted", Advice::Role),
        ("lti.sr.not_permitted", Advice::Role),
        ("lti.dl.too_many_items", Advice::Pick),
        ("lti.pns.scope_not_granted", Advice::Grant),
        ("lti.token.unreachable", Advice::Unavailable),
        ("lti.token.refused", Advice::Grant),
        ("lti.ags.scope_not_granted", Advice::Grant),
        ("lti.ags.unavailable", Advice::Unavailable),
        ("lti.ags.superseded", Advice::Service),
        ("lti.nrps.paging", Advice::Service),
        ("lti.dr.ticket_invalid", Advice::Invitation),
        ("lti.dr.issuer_mismatch", Advice::Setup),
        ("lti.dr.already_registered", Advice::Registered),
        ("lti.dr.config_unreachable", Advice::Unavailable),
        ("not_found", Advice::NotFound),
        ("award.not_found", Advice::NotFound),
        ("internal", Advice::Internal),
        ("", Advice::Internal),
    ] {
        assert_eq!(Advice::of_code(code), advice, "{code}");
    }
}
