//! The vault: sealing, binding, rotation, the development key file (design §6.8).

use laurel::{
    clock::Dice,
    config::{Settings, Sources},
    vault::{Purpose, Vault, VaultError, generate},
};

fn dice() -> Dice {
    Dice::system()
}

#[test]
fn what_is_sealed_opens_only_as_it_was_sealed() {
    let vault = Vault::new(&generate(&dice()), None).unwrap();
    let sealed = vault.seal(Purpose::IssuerKey, b"private", b"row 1", &dice()).unwrap();
    assert!(!sealed.windows(7).any(|window| window == b"private"));
    assert_eq!(vault.open(Purpose::IssuerKey, &sealed, b"row 1").unwrap().as_slice(), b"private");
    assert!(matches!(vault.open(Purpose::PlatformKey, &sealed, b"row 1"), Err(VaultError::Forged)));
    assert!(matches!(vault.open(Purpose::IssuerKey, &sealed, b"row 2"), Err(VaultError::Forged)));
    assert_ne!(sealed, vault.seal(Purpose::IssuerKey, b"private", b"row 1", &dice()).unwrap());
    assert!(
        vault
            .open(Purpose::Web, &vault.seal(Purpose::Web, b"", b"", &dice()).unwrap(), b"")
            .unwrap()
            .is_empty()
    );
}

#[test]
fn each_changed_or_missing_byte_is_noticed() {
    let vault = Vault::new(&generate(&dice()), None).unwrap();
    let sealed = vault.seal(Purpose::Recipient, b"ada@example.org", b"x", &dice()).unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(vault.open(Purpose::Recipient, &changed, b"x").is_err(), "byte {at}");
        assert!(vault.open(Purpose::Recipient, &sealed[..at], b"x").is_err(), "cut at {at}");
    }
    let mut longer = sealed;
    longer.push(0);
    assert!(vault.open(Purpose::Recipient, &longer, b"x").is_err());
}

#[test]
fn after_a_rotation_the_previous_key_opens_and_resealing_moves_on() {
    let (old, new) = (generate(&dice()), generate(&dice()));
    let before = Vault::new(&old, None).unwrap();
    let after = Vault::new(&new, Some(&old)).unwrap();
    let later = Vault::new(&new, None).unwrap();
    let sealed = before.seal(Purpose::ClaimToken, b"token", b"award", &dice()).unwrap();

    assert_eq!(after.open(Purpose::ClaimToken, &sealed, b"award").unwrap().as_slice(), b"token");
    assert!(matches!(later.open(Purpose::ClaimToken, &sealed, b"award"), Err(VaultError::OtherKey)));
    let moved = after.reseal(Purpose::ClaimToken, &sealed, b"award", &dice()).unwrap().unwrap();
    assert_eq!(later.open(Purpose::ClaimToken, &moved, b"award").unwrap().as_slice(), b"token");
    assert_eq!(after.reseal(Purpose::ClaimToken, &moved, b"award", &dice()).unwrap(), None);

    assert_eq!(after.previous_key(Purpose::LtiState).unwrap(), before.key(Purpose::LtiState));
    assert_ne!(after.key(Purpose::LtiState), before.key(Purpose::LtiState));
    assert_ne!(after.key(Purpose::LtiState), after.key(Purpose::Web));
    assert_eq!(after.previous_fingerprint(), Some(before.fingerprint()));
    assert_eq!(after.fingerprint(), later.fingerprint());
    assert_ne!(after.fingerprint(), before.fingerprint());
}

#[test]
fn nothing_of_the_vault_prints() {
    let key = generate(&dice());
    let vault = Vault::new(&key, None).unwrap();
    assert_eq!(format!("{key:?}"), "***");
    let printed = format!("{vault:?}");
    assert!(printed.contains(vault.fingerprint()) && !printed.contains(key.to_text().as_str()), "{printed}");
}

#[test]
fn development_makes_itself_a_private_key_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::load(
        &Sources::defaults()
            .with("server.public_url", "http://localhost:8080")
            .with("server.data_folder", folder.path().join("new/data").to_str().unwrap()),
    )
    .unwrap();
    let first = Vault::of_settings(&settings, &dice()).unwrap();
    let second = Vault::of_settings(&settings, &dice()).unwrap();
    assert_eq!(first.fingerprint(), second.fingerprint());
    let path = settings.development_key_file();
    assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1, "no drafts are left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(&path, "changeme").unwrap();
    let error = Vault::of_settings(&settings, &dice()).unwrap_err();
    assert!(matches!(error, VaultError::KeyFile { .. }), "{error}");
}

#[test]
fn production_has_no_vault_without_a_key() {
    let sources = Sources::defaults().with("server.public_url", "https://badges.example.org");
    let settings = Settings::read(&sources).unwrap();
    assert!(matches!(Vault::of_settings(&settings, &dice()), Err(VaultError::NoMasterKey)));
}
