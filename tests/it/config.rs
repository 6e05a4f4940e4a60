//! Settings: defaults, file, environment, secrets, what production refuses (design §10).

use std::path::PathBuf;

use laurel::config::{
    ConfigError, DEFAULTS, Level, MailRoute, MasterKey, Mode, Network, Settings, Sources, TlsUse, WeakKey,
};

const KEY: &str = "1Jx4mXl0vK5b3c2YwZQeT7uO9pHqRsA6dFgNiMjLkEo=";

fn development() -> Sources {
    Sources::defaults().with("server.public_url", "http://localhost:8080")
}

fn production() -> Sources {
    Sources::defaults().with("server.public_url", "https://badges.example.org").with("keys.master_key", KEY)
}

fn file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("laurel.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn refusal(sources: &Sources) -> String {
    Settings::load(sources).expect_err("must be refused").to_string()
}

#[test]
fn the_defaults_fit_the_structs_and_are_enough_for_development() {
    let settings = Settings::load(&development()).unwrap();
    assert_eq!(settings.mode(), Mode::Development);
    assert_eq!(settings.database_url().expose(), "sqlite://data/laurel.db");
    assert_eq!(settings.mail_from(), "badges@localhost");
    assert!(
        matches!(settings.mail_route().unwrap(), MailRoute::Folder(folder) if folder.ends_with("data/mail"))
    );
    assert_eq!(settings.server.public_url.at("/lti/login"), "http://localhost:8080/lti/login");
}

#[test]
fn every_key_of_the_defaults_has_one_comment_above_it() {
    let lines: Vec<&str> = DEFAULTS.lines().collect();
    let mut keys = 0;
    for pair in lines.windows(2) {
        if pair[1].contains(" = ") && !pair[1].starts_with('#') {
            keys += 1;
            assert!(pair[0].starts_with("# "), "`{}` lacks its comment", pair[1]);
        }
    }
    assert!(keys > 60, "found only {keys} keys");
}

#[test]
fn every_key_of_the_defaults_can_be_set_by_its_variable() {
    let mut section = "";
    for line in DEFAULTS.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, value)) = line.split_once(" = ") {
            let name = format!("LAUREL__{}__{}", section.to_uppercase(), key.to_uppercase());
            let value = value.trim_matches(['"', '[', ']']).replace('"', "");
            if name == "LAUREL__SERVER__PUBLIC_URL" {
                continue;
            }
            let sources = development().with_environment([(name.clone(), value)]);
            Settings::load(&sources).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

#[test]
fn the_public_address_has_no_default() {
    let text = refusal(&Sources::defaults());
    assert!(text.contains("`server.public_url` is not set"), "{text}");
    for wrong in
        ["badges.example.org", "ftp://x.org", "https://x.org/sub", "https://u:p@x.org", "https://x.org/?a"]
    {
        let text = refusal(&Sources::defaults().with("server.public_url", wrong));
        assert!(text.contains("`server.public_url` must"), "{wrong}: {text}");
    }
}

#[test]
fn a_file_wins_over_defaults_the_environment_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(
        &folder,
        "[mail]\npool = 7\nfrom_name = \"File\"\n[server]\npublic_url = \"http://127.0.0.1:1\"\n",
    );
    let settings =
        Settings::load(&Sources::defaults().with_file(file).with_environment([
            ("LAUREL__MAIL__FROM_NAME".into(), "2026".into()),
            ("OTHER".into(), "x".into()),
        ]))
        .unwrap();
    assert_eq!((settings.mail.pool, settings.mail.from_name.as_str()), (7, "2026"));
}

#[test]
fn unknown_keys_stop_the_start_and_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = refusal(&development().with_file(file(&folder, "[mail]\nurll = \"x\"\n")));
    assert!(text.contains("`mail.urll`") && text.contains("`mail.url`"), "{text}");
    let text = refusal(&development().with_file(file(&folder, "[mial]\nurl = \"x\"\n")));
    assert!(text.contains("`mial`"), "{text}");
    let text = refusal(&development().with_file(file(&folder, "pool = 3\n")));
    assert!(text.contains("`pool`"), "{text}");
    let text = refusal(&development().with_environment([("LAUREL__MAIL__ULR".into(), "x".into())]));
    assert!(text.contains("`mail.ulr`") && text.contains("LAUREL__MAIL__ULR"), "{text}");
    let text = refusal(&development().with_environment([("LAUREL__PUBLIC_URL".into(), "x".into())]));
    assert!(text.contains("`public_url`") && text.contains("`server.public_url`"), "{text}");
}

#[test]
fn a_value_of_the_wrong_kind_is_named_in_a_sentence() {
    for (key, value, says) in [
        ("server.shutdown_seconds", "soon", "a whole number"),
        ("server.listen", "here", "`server.listen`"),
        ("server.trusted_proxies", "10.0.0.0/99", "10.0.0.0/99"),
        ("lti.anonymous_launch", "maybe", "reject, view"),
        ("lti.strict_target_link", "perhaps", "true or false"),
        ("lti.id_token_algorithms", "HS256", "RS256"),
        ("lti.leeway_seconds", "301", "at most 300"),
        ("logs.level", "=,=", "`logs.level`"),
        ("retention.idempotency_hours", "1", "24"),
    ] {
        let text = refusal(&development().with(key, value));
        assert!(text.contains(says), "{key} = {value}: {text}");
    }
}

#[test]
fn a_broken_file_is_reported_without_quoting_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = refusal(&development().with_file(file(&folder, "[keys]\nmaster_key = hunter2\n")));
    assert!(text.contains("laurel.toml") && text.contains("line 2"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let text = refusal(&development().with_file(folder.path().join("absent.toml")));
    assert!(text.contains("absent.toml"), "{text}");
}

#[test]
fn secrets_come_from_files_and_never_print() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, format!("{KEY}\n")).unwrap();
    let path = path.to_str().unwrap();
    let settings = Settings::load(
        &development()
            .with("keys.master_key_file", path)
            .with("mail.url", "smtp://bob:hunter2@mail.example.org"),
    )
    .unwrap();
    assert_eq!(settings.keys.master, Some(MasterKey::parse(KEY).unwrap()));
    let printed = format!("{settings:?}");
    assert!(!printed.contains("hunter2") && !printed.contains(KEY) && printed.contains("***"), "{printed}");

    let text = refusal(&development().with("keys.master_key_file", path).with("keys.master_key", KEY));
    assert!(text.contains("not both"), "{text}");
    let text = refusal(&development().with("keys.master_key_file", "/nowhere/key"));
    assert!(text.contains("/nowhere/key"), "{text}");
}

#[test]
fn production_refuses_plain_http_and_a_missing_key() {
    assert_eq!(Settings::load(&production()).unwrap().mode(), Mode::Production);
    let text = refusal(&production().with("server.public_url", "http://badges.example.org"));
    assert!(text.contains("https"), "{text}");
    let text = refusal(&production().with("keys.master_key", ""));
    assert!(text.contains("laurel master-key generate"), "{text}");
    // https on loopback is production too.
    let text = refusal(&Sources::defaults().with("server.public_url", "https://localhost"));
    assert!(text.contains("`keys.master_key` is not set"), "{text}");
    // `check` tells both at once.
    let sources = Sources::defaults().with("server.public_url", "http://badges.example.org");
    let findings = Settings::read(&sources).unwrap().check();
    assert_eq!(findings.iter().filter(|finding| finding.level == Level::Refused).count(), 2);
    assert!(matches!(Settings::load(&sources), Err(ConfigError::Refused(two)) if two.len() == 2));
}

#[test]
fn only_http_on_this_machine_is_development() {
    for (address, mode) in [
        ("http://localhost:8080", Mode::Development),
        ("http://127.0.0.1:8080", Mode::Development),
        ("http://[::1]:8080", Mode::Development),
        ("http://lms.localhost", Mode::Development),
        ("http://2130706433", Mode::Development),
        ("https://localhost", Mode::Production),
        ("http://localhost.example.org", Mode::Production),
        ("http://10.0.0.1", Mode::Production),
    ] {
        assert_eq!(
            Settings::read(&Sources::defaults().with("server.public_url", address)).unwrap().mode(),
            mode,
            "{address}"
        );
    }
}

#[test]
fn weak_master_keys_are_refused() {
    let hex = |byte: &str| byte.repeat(32);
    for (text, why) in [
        ("changeme".to_owned(), WeakKey::Form),
        (String::new(), WeakKey::Form),
        ("A".repeat(22), WeakKey::Form),
        (hex("00"), WeakKey::Guessable),
        (hex("ab"), WeakKey::Guessable),
        ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f".into(), WeakKey::Guessable),
        ("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".into(), WeakKey::Guessable),
        // "correct horse battery staple 123" as it stands
        ("Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZSAxMjM=".into(), WeakKey::Guessable),
    ] {
        assert_eq!(MasterKey::parse(&text), Err(why), "{text}");
    }
    let text = refusal(&production().with("keys.master_key", hex("ab")));
    assert!(text.contains("`keys.master_key`") && !text.contains("abab"), "{text}");
    let key = MasterKey::parse(KEY).unwrap();
    assert_eq!(MasterKey::parse(&key.to_text()), Ok(key.clone()));
    let as_hex: String = key.expose().iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(MasterKey::parse(&as_hex), Ok(key));
}

#[test]
fn a_mail_address_says_how_it_is_protected() {
    for (url, host, port, tls) in [
        ("smtp://mail.example.org", "mail.example.org", 587, TlsUse::Required),
        ("smtp://mail.example.org:25?tls=none", "mail.example.org", 25, TlsUse::None),
        ("smtp://mail.example.org?tls=opportunistic", "mail.example.org", 587, TlsUse::Opportunistic),
        ("smtps://mail.example.org", "mail.example.org", 465, TlsUse::Implicit),
        ("smtp://localhost:2525", "localhost", 2525, TlsUse::Opportunistic),
        ("smtp://127.0.0.1", "127.0.0.1", 25, TlsUse::Opportunistic),
        ("smtp://localhost?tls=required", "localhost", 25, TlsUse::Required),
        ("smtp://[::1]:26", "::1", 26, TlsUse::Opportunistic),
    ] {
        let settings = Settings::read(&development().with("mail.url", url)).unwrap();
        let MailRoute::Smtp(route) = settings.mail_route().unwrap() else { panic!("{url}") };
        assert_eq!((route.host.as_str(), route.port, route.tls), (host, port, tls), "{url}");
    }
    let settings =
        Settings::load(&production().with("mail.url", "smtps://b%40x.org:p%3Aw@m.example.org")).unwrap();
    let MailRoute::Smtp(route) = settings.mail_route().unwrap() else { panic!() };
    let (user, password) = route.credentials.unwrap();
    assert_eq!((user.expose(), password.expose()), ("b@x.org", "p:w"));
    for wrong in [
        "mail.example.org",
        "http://x",
        "smtp://",
        "smtp://x/y",
        "smtp://x?tls=maybe",
        "smtp://u@x",
        "smtps://x?tls=none",
    ] {
        let text = refusal(&production().with("mail.url", wrong));
        assert!(text.contains("`mail.url`"), "{wrong}: {text}");
    }
    let text = refusal(&production().with("mail.url", "smtp://u:hunter2@x.org?tls=none"));
    assert!(text.contains("unencrypted") && !text.contains("hunter2"), "{text}");
    let text = refusal(&production().with("mail.from_address", "a@b.org\r\nBcc: c@d.org"));
    assert!(text.contains("`mail.from_address`"), "{text}");
}

#[test]
fn trusted_proxies_are_addresses_and_networks() {
    let settings =
        Settings::load(&development().with("server.trusted_proxies", "10.1.0.0/16, ::1,192.0.2.7")).unwrap();
    let trusts = |address: &str| settings.server.trusts(address.parse().unwrap());
    assert!(trusts("10.1.255.3") && trusts("::1") && trusts("192.0.2.7") && trusts("::ffff:10.1.0.1"));
    assert!(!trusts("10.2.0.1") && !trusts("192.0.2.8") && !trusts("::2"));
    let all: Network = "0.0.0.0/0".parse().unwrap();
    assert!(all.contains("203.0.113.9".parse().unwrap()) && !all.contains("2001:db8::1".parse().unwrap()));
}
