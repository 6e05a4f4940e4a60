//! OB070 for every private key we hold, of issuers and of platforms: not in an answer, a mail, a log line or an
//! error page, and not readable in the database, its backup or its dump. Secrets that are kept hashed or sealed
//! beside them (claim links, API keys, the master key) are looked for along the way.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use laurel::{
    domain::{award, issuer, platform_key},
    store::{Engine, issuer as issuers, platform as platforms},
    vault::Purpose,
};
use practice::{Bend, browser::Visit};

use crate::support::{app::TestApp, log::Log};

/// Every way in which a secret could be written, in pieces, so that line breaks and cuts hide nothing.
struct Needles {
    by_start: HashMap<[u8; 8], Vec<(String, Vec<u8>)>>,
}

impl Needles {
    fn new() -> Self {
        Self { by_start: HashMap::new() }
    }

    fn add(&mut self, name: &str, secret: &[u8]) {
        assert!(secret.len() >= 16, "{name}");
        self.add_pieces(&format!("{name}, raw"), secret, 16);
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        self.add_pieces(&format!("{name}, hex"), hex.as_bytes(), 32);
        self.add_pieces(&format!("{name}, HEX"), hex.to_uppercase().as_bytes(), 32);
        let list = format!("{secret:?}");
        self.add_pieces(&format!("{name}, listed"), &list.as_bytes()[1..list.len() - 1], 48);
        // Base64 looks different at each of three offsets; the last digits hang on what follows.
        for start in 0..3 {
            let text = STANDARD.encode(&secret[start..]);
            let text = &text.as_bytes()[..text.len() - 4];
            self.add_pieces(&format!("{name}, base64"), text, 20);
            let text = URL_SAFE_NO_PAD.encode(&secret[start..]);
            self.add_pieces(&format!("{name}, base64url"), &text.as_bytes()[..text.len() - 4], 20);
        }
    }

    /// Ed25519 seeds are also written as multibase, bare and as multikeys.
    fn add_seed(&mut self, name: &str, seed: &[u8]) {
        self.add(name, seed);
        self.add_whole(&format!("{name}, base58"), base58(seed).into_bytes());
        self.add_whole(&format!("{name}, multikey"), base58(&[&[0x80, 0x26], seed].concat()).into_bytes());
    }

    fn add_pieces(&mut self, name: &str, bytes: &[u8], length: usize) {
        bytes.chunks_exact(length).for_each(|piece| self.add_whole(name, piece.to_vec()));
    }

    fn add_whole(&mut self, name: &str, bytes: Vec<u8>) {
        let start = bytes[..8].try_into().unwrap();
        self.by_start.entry(start).or_default().push((name.to_owned(), bytes));
    }

    /// The names of all that stand in `bytes`.
    fn in_(&self, bytes: &[u8]) -> HashSet<&str> {
        let mut found = HashSet::new();
        for (at, window) in bytes.windows(8).enumerate() {
            let start: [u8; 8] = window.try_into().unwrap();
            for (name, needle) in self.by_start.get(&start).into_iter().flatten() {
                if bytes[at..].starts_with(needle) {
                    found.insert(name.as_str());
                }
            }
        }
        found
    }

    #[track_caller]
    fn assert_absent(&self, place: &str, bytes: &[u8]) {
        let found = self.in_(bytes);
        assert!(found.is_empty(), "OB070: in {place}: {found:?}");
    }
}

fn base58(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).map(|_| '1');
    zeros.chain(digits.iter().rev().map(|digit| char::from(DIGITS[*digit as usize]))).collect()
}

/// The private numbers of an RSA key in PKCS #8: d, p, q, dp, dq, qi.
fn private_numbers(pkcs8: &[u8]) -> Vec<Vec<u8>> {
    let outer = items(items(pkcs8)[0].1);
    let (_, key) = outer.iter().find(|(tag, _)| *tag == 0x04).expect("the key's octet string");
    let numbers = items(items(key)[0].1);
    assert_eq!(numbers.len(), 9, "version, n, e, d, p, q, dp, dq, qi");
    let plain = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect();
    numbers[3..].iter().map(|(_, number)| plain(number)).collect()
}

/// DER, one level: tags and contents.
fn items(mut der: &[u8]) -> Vec<(u8, &[u8])> {
    let mut found = Vec::new();
    while let [tag, length, rest @ ..] = der {
        let (length, rest) = if *length < 0x80 {
            (usize::from(*length), rest)
        } else {
            let (size, rest) = rest.split_at(usize::from(*length & 0x7f));
            (size.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        };
        let (content, rest) = rest.split_at(length);
        found.push((*tag, content));
        der = rest;
    }
    found
}

/// Every private key, as it is in memory, and what else is kept only hashed or sealed.
async fn needles(test: &TestApp, claim_token: &str) -> Needles {
    let (app, db) = (&test.app, test.app.store.read());
    let mut needles = Needles::new();
    let keys = issuers::keys(db, test.organization, test.issuer.id).await.unwrap();
    assert_eq!(keys.len(), 2, "the old and the new key of the issuer");
    for key in keys {
        let seed = app.vault.open(Purpose::IssuerKey, &key.sealed_private, key.id.0.as_bytes()).unwrap();
        needles.add_seed("an issuer's key", &seed);
    }
    let keys = platforms::keys(db, test.platform.id).await.unwrap();
    assert_eq!(keys.len(), 2, "the old and the new key for the platform");
    for key in keys {
        let pkcs8 = app.vault.open(Purpose::PlatformKey, &key.sealed_private, key.id.0.as_bytes()).unwrap();
        for number in private_numbers(&pkcs8) {
            needles.add("a platform's key", &number);
        }
    }
    needles.add("the master key", app.settings.keys.master.as_ref().unwrap().expose());
    for purpose in [Purpose::IssuerKey, Purpose::PlatformKey, Purpose::Recipient, Purpose::ClaimToken] {
        needles.add("a derived key", app.vault.key(purpose).as_slice());
    }
    needles.add_whole("the claim token", claim_token.as_bytes().to_vec());
    needles.add_whole("the API key", test.api_key.trim_start_matches("laurel_").as_bytes().to_vec());
    needles
}

#[tokio::test]
async fn ob070_no_private_key_is_readable_anywhere() {
    let log = Log::start();
    let test = TestApp::new().await;
    test.badge_for_opening("Sealed").await;
    test.launch(&[]).await.assert_ok("before the rotation");
    test.launch(&[Bend::flipped_signature()]).await;
    issuer::rotate_key(&test.app, &test.operator(), test.issuer.id).await.unwrap();
    platform_key::rotate(&test.app, &test.operator(), test.platform.id).await.unwrap();
    test.launch_as("another", &["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]).await;
    test.run_jobs().await;
    let award = test.awards().await.remove(0);
    let token = award::holder::claim_token(&test.app, &award).unwrap();
    let needles = needles(&test, &token).await;

    let bearer = format!("Bearer {}", test.api_key);
    let platform = test.platform.id;
    for path in [
        "/i/campus/did.json".to_owned(),
        "/i/campus/ob2".to_owned(),
        "/i/campus/status/1".to_owned(),
        "/.well-known/jwks.json".to_owned(),
        format!("/lti/jwks/{platform}"),
        "/lti/config/canvas.json".to_owned(),
        "/api/v1/issuers".to_owned(),
        format!("/api/v1/issuers/{}", test.issuer.id),
        "/api/v1/platforms".to_owned(),
        format!("/api/v1/platforms/{platform}"),
        "/api/v1/keys".to_owned(),
        "/api/v1/audit".to_owned(),
        "/api/v1/jobs".to_owned(),
        "/nowhere".to_owned(),
        "/api/v1/nowhere".to_owned(),
    ] {
        let visit = Visit::new("GET", &test.at(&path)).header("authorization", &bearer);
        let page = test.browser().visit(visit).await.unwrap();
        needles.assert_absent(&path, &page.body);
    }
    for mail in test.mails() {
        // The claim link is what the mail is for.
        let found = needles.in_(&mail.bytes);
        assert!(found.iter().all(|name| *name == "the claim token"), "OB070: in a mail: {found:?}");
    }
    let logged = log.bytes();
    assert!(logged.len() > 1000, "the log was heard");
    needles.assert_absent("the log", &logged);
    let debug = format!(
        "{:?} {:?}",
        test.app,
        issuers::keys(test.app.store.read(), test.organization, test.issuer.id).await
    );
    needles.assert_absent("what prints for debugging", debug.as_bytes());

    // The search finds what is there: public halves, and a secret put down on purpose.
    let mut present = Needles::new();
    let key = &issuers::keys(test.app.store.read(), test.organization, test.issuer.id).await.unwrap()[0];
    present.add_whole("public", key.public_multibase.as_bytes()[1..].to_vec());
    present.add("sealed", &key.sealed_private);
    match test.app.store.engine() {
        Engine::Sqlite => {
            let folder = test.database().folder().unwrap();
            test.app.store.copy_to(&folder.join("backup.db")).await.unwrap();
            let mut files = Vec::new();
            collect(folder, &mut files);
            assert!(files.len() >= 2, "the database and its backup");
            for (name, bytes) in &files {
                needles.assert_absent(name, bytes);
            }
            let all: Vec<u8> = files
                .into_iter()
                .filter(|(name, _)| name.contains("backup"))
                .flat_map(|(_, bytes)| bytes)
                .collect();
            assert_eq!(present.in_(&all), HashSet::from(["public", "sealed, raw"]), "the backup was read");
        }
        Engine::Postgres => {
            let Some(dump) = dump(&test.database().settings().url).await else {
                return skipped!("skipped: pg_dump is not on this machine");
            };
            needles.assert_absent("the dump", &dump);
            assert_eq!(present.in_(&dump), HashSet::from(["public", "sealed, hex"]), "the dump was read");
        }
    }
}

#[test]
fn the_search_finds_a_key_in_every_form() {
    let secret: Vec<u8> = (0..32).map(|n: u8| n.wrapping_mul(37).wrapping_add(11)).collect();
    let mut needles = Needles::new();
    needles.add_seed("k", &secret);
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    for (form, text) in [
        ("k, raw", [b"abc", secret.as_slice(), b"def"].concat()),
        ("k, hex", format!("\\x{hex}").into_bytes()),
        ("k, HEX", hex.to_uppercase().into_bytes()),
        ("k, listed", format!("{secret:?}").into_bytes()),
        ("k, base64", STANDARD.encode([b"xy", secret.as_slice()].concat()).into_bytes()),
        ("k, base64url", URL_SAFE_NO_PAD.encode([b"x", secret.as_slice()].concat()).into_bytes()),
        ("k, base58", format!("z{}", base58(&secret)).into_bytes()),
        ("k, multikey", format!("z{}", base58(&[&[0x80, 0x26], secret.as_slice()].concat())).into_bytes()),
    ] {
        assert!(needles.in_(&text).contains(form), "{form}: {:?}", needles.in_(&text));
    }
    assert_eq!(base58(b"Hello World!"), "2NEpo7TZRRrLZSi2U");
}

/// Every file below, with its name.
fn collect(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// The database as PostgreSQL's own backup writes it; nothing where `pg_dump` is missing.
async fn dump(url: &str) -> Option<Vec<u8>> {
    let places = std::fs::read_dir("/usr/lib/postgresql").ok();
    let mut places: Vec<_> =
        places.into_iter().flatten().flatten().map(|place| place.path().join("bin/pg_dump")).collect();
    places.sort();
    places.push("pg_dump".into());
    for program in places.into_iter().rev() {
        let Ok(output) = tokio::process::Command::new(program).arg(url).output().await else { continue };
        if output.status.success() {
            return Some(output.stdout);
        }
    }
    None
}
