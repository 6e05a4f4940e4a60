//! Key material, the published key set, and how `/jwks` misbehaves (lti-1.3-tool.md §4.2).
//!
//! [`KeyRing`] makes keys when first asked for and keeps them by name: making an RSA key is slow, so all
//! instances of a process share one ring unless told otherwise. [`Keys`] is one platform's key set: what `/jwks`
//! lists, which key signs, and everything wrong with it.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::{
    encoding::AsDer as _,
    hmac,
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{self, EcdsaKeyPair, KeyPair as _, RsaEncoding},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{bend::Change, lms::lock, weak_rsa};

/// A private key that can sign and show its public half.
#[derive(Debug)]
pub enum Material {
    /// RSA of 2048 bits: RS256, RS384, RS512, PS256.
    Rsa(rsa::KeyPair),
    /// RSA of 1024 bits, which every tool must refuse: RS256.
    WeakRsa,
    /// P-256: ES256.
    Elliptic(EcdsaKeyPair),
}

#[expect(clippy::expect_used, reason = "a machine that cannot make keys cannot practise")]
impl Material {
    fn rsa() -> Self {
        Self::Rsa(rsa::KeyPair::generate(KeySize::Rsa2048).expect("RSA keys can be made"))
    }

    fn elliptic() -> Self {
        Self::Elliptic(
            EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).expect("EC keys can be made"),
        )
    }
}

impl Material {
    /// The signature of `message` under the JOSE algorithm `alg`; `None` when this key knows no such algorithm.
    #[must_use]
    pub fn sign(&self, alg: &str, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match alg {
                    "RS256" => &signature::RSA_PKCS1_SHA256,
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    _ => return None,
                };
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut out).ok()?;
                Some(out)
            }
            Self::WeakRsa => (alg == "RS256").then(|| weak_rsa::sign(message)),
            Self::Elliptic(pair) if alg == "ES256" => {
                pair.sign(&SystemRandom::new(), message).ok().map(|signature| signature.as_ref().to_vec())
            }
            Self::Elliptic(_) => None,
        }
    }

    /// The public half as a JWK with `kid`, `use` and `alg`.
    #[must_use]
    pub fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Rsa(pair) => {
                let public = pair.public_key();
                let n = public.modulus().big_endian_without_leading_zero().to_vec();
                let e = public.exponent().big_endian_without_leading_zero().to_vec();
                rsa_jwk(kid, &n, &e)
            }
            Self::WeakRsa => rsa_jwk(kid, &weak_rsa::modulus(), &weak_rsa::exponent()),
            Self::Elliptic(pair) => {
                // An uncompressed point: 0x04, then both coordinates of 32 bytes.
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
                json!({"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256",
                       "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
            }
        }
    }

    /// The public half as PEM (`SubjectPublicKeyInfo`), for registrations without a JWKS; RSA 2048 only.
    #[must_use]
    pub fn public_pem(&self) -> Option<String> {
        use base64::engine::general_purpose::STANDARD;
        let Self::Rsa(pair) = self else { return None };
        let der = pair.public_key().as_der().ok()?;
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        for line in STANDARD.encode(der.as_ref()).as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        Some(pem)
    }
}

/// HS256 with this secret: the classic attempt to pass a public key off as a shared secret.
pub(crate) fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256_hex(message: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, message);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn rsa_jwk(kid: &str, n: &[u8], e: &[u8]) -> Value {
    json!({"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256",
           "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e)})
}

/// Keys by name, made at first use. Cheap to clone.
#[derive(Clone, Default)]
pub struct KeyRing(Arc<Mutex<HashMap<String, Slot>>>);

type Slot = Arc<OnceLock<Arc<Material>>>;

impl KeyRing {
    /// An empty ring of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The ring of this process.
    #[must_use]
    pub fn shared() -> Self {
        static SHARED: OnceLock<KeyRing> = OnceLock::new();
        SHARED.get_or_init(Self::new).clone()
    }

    /// The RSA-2048 key of this name.
    #[must_use]
    pub fn rsa(&self, name: &str) -> Arc<Material> {
        self.made(&format!("rsa:{name}"), Material::rsa)
    }

    /// The P-256 key of this name.
    #[must_use]
    pub fn elliptic(&self, name: &str) -> Arc<Material> {
        self.made(&format!("ec:{name}"), Material::elliptic)
    }

    /// The RSA-1024 key; there is only one.
    #[must_use]
    pub fn weak(&self) -> Arc<Material> {
        self.made("weak", || Material::WeakRsa)
    }

    fn made(&self, name: &str, make: impl FnOnce() -> Material) -> Arc<Material> {
        // The lock is not held while a key is made, so other names do not wait.
        let slot = lock(&self.0).entry(name.to_owned()).or_default().clone();
        slot.get_or_init(|| Arc::new(make())).clone()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(lock(&self.0).keys()).finish()
    }
}

/// How `/jwks` answers.
#[derive(Clone, Debug, Default)]
pub enum JwksAnswer {
    /// The key set.
    #[default]
    Keys,
    /// This status with a short text.
    Status(u16),
    /// Nothing for so long, then the key set.
    Late(Duration),
    /// The key set, padded with white space to at least so many bytes.
    Padded(usize),
    /// An HTML page with status 200.
    Html,
    /// This body with status 200 and the JSON content type.
    Body(String),
}

/// One platform's keys: what is published, which one signs, what is wrong with it.
#[derive(Debug)]
pub struct Keys {
    ring: KeyRing,
    name: String,
    state: Mutex<State>,
    fetches: AtomicUsize,
}

#[derive(Debug)]
struct State {
    entries: Vec<Entry>,
    active: String,
    cache_control: Option<String>,
    answer: JwksAnswer,
}

#[derive(Debug)]
enum Entry {
    Key { kid: String, material: Arc<Material>, changes: Vec<Change<Value>> },
    Raw(Value),
}

impl Keys {
    /// A key set with one key, `{name}-a`, which signs.
    pub(crate) fn new(ring: KeyRing, name: String) -> Self {
        let kid = format!("{name}-a");
        let material = ring.rsa(&kid);
        let state = State {
            entries: vec![Entry::Key { kid: kid.clone(), material, changes: Vec::new() }],
            active: kid,
            cache_control: Some("public, max-age=3600".to_owned()),
            answer: JwksAnswer::Keys,
        };
        Self { ring, name, state: Mutex::new(state), fetches: AtomicUsize::new(0) }
    }

    /// The ring the keys come from.
    #[must_use]
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// The kid that signs unless a launch is bent.
    #[must_use]
    pub fn active(&self) -> String {
        lock(&self.state).active.clone()
    }

    /// The `n`-th kid of this platform: 0 is `{name}-a`, 1 is `{name}-b`. Not published by being named.
    #[must_use]
    pub fn kid(&self, n: u8) -> String {
        format!("{}-{}", self.name, char::from(b'a'.saturating_add(n.min(25))))
    }

    /// The RSA key of this kid, published or not.
    #[must_use]
    pub fn material(&self, kid: &str) -> Arc<Material> {
        let published = lock(&self.state).entries.iter().find_map(|entry| match entry {
            Entry::Key { kid: name, material, .. } if name == kid => Some(material.clone()),
            _ => None,
        });
        published.unwrap_or_else(|| self.ring.rsa(kid))
    }

    /// Publishes the RSA key of this kid (made if need be) beside the others.
    pub fn publish(&self, kid: &str) {
        let material = self.ring.rsa(kid);
        self.put(kid, material);
    }

    /// Publishes an RSA-1024 key under this kid (case J30); sign with [`crate::bend::Signer::Weak`].
    pub fn publish_weak(&self, kid: &str) {
        self.put(kid, self.ring.weak());
    }

    /// Publishes a P-256 key under this kid; sign with [`crate::bend::Signer::Elliptic`].
    pub fn publish_elliptic(&self, kid: &str) {
        self.put(kid, self.ring.elliptic(kid));
    }

    /// Puts any JSON among the keys (case J32).
    pub fn publish_raw(&self, entry: Value) {
        lock(&self.state).entries.push(Entry::Raw(entry));
    }

    /// Changes how the key of this kid is published, for example [`Change::drop`]`("alg")` or `use` = `enc`
    /// (cases J28, J29).
    pub fn edit(&self, kid: &str, change: Change<Value>) {
        for entry in &mut lock(&self.state).entries {
            if let Entry::Key { kid: name, changes, .. } = entry
                && name == kid
            {
                changes.push(change.clone());
            }
        }
    }

    /// Takes the key of this kid out of the key set. It can still sign.
    pub fn withdraw(&self, kid: &str) {
        lock(&self.state)
            .entries
            .retain(|entry| !matches!(entry, Entry::Key { kid: name, .. } if name == kid));
    }

    /// From now on the key of this kid signs, published or not.
    pub fn sign_with(&self, kid: &str) {
        kid.clone_into(&mut lock(&self.state).active);
    }

    /// Publishes the next key of this platform and signs with it; the earlier ones stay published.
    /// Returns its kid.
    pub fn rotate(&self) -> String {
        let count = lock(&self.state).entries.len();
        let kid = self.kid(u8::try_from(count).unwrap_or(u8::MAX));
        self.publish(&kid);
        self.sign_with(&kid);
        kid
    }

    /// What `Cache-Control` says; `None` leaves the header out. At first `public, max-age=3600`.
    pub fn cache_control(&self, value: Option<&str>) {
        lock(&self.state).cache_control = value.map(str::to_owned);
    }

    /// How `/jwks` answers from now on.
    pub fn answer(&self, answer: JwksAnswer) {
        lock(&self.state).answer = answer;
    }

    /// How often `/jwks` was asked, whatever it answered.
    #[must_use]
    pub fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    /// The key set as published.
    #[must_use]
    pub fn document(&self) -> Value {
        let state = lock(&self.state);
        let keys: Vec<Value> = state
            .entries
            .iter()
            .map(|entry| match entry {
                Entry::Raw(value) => value.clone(),
                Entry::Key { kid, material, changes } => {
                    let mut jwk = material.jwk(kid);
                    for change in changes {
                        change.apply(&mut jwk);
                    }
                    jwk
                }
            })
            .collect();
        json!({ "keys": keys })
    }

    /// Counts a fetch and says how to answer it.
    pub(crate) fn fetched(&self) -> (JwksAnswer, Option<String>) {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let state = lock(&self.state);
        (state.answer.clone(), state.cache_control.clone())
    }

    fn put(&self, kid: &str, material: Arc<Material>) {
        self.withdraw(kid);
        lock(&self.state).entries.push(Entry::Key { kid: kid.to_owned(), material, changes: Vec::new() });
    }
}
