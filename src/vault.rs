//! The vault: keys and secrets, sealed at rest under the master key.
//!
//! From the master key (`config::MasterKey`) HKDF-SHA-256 derives one key per [`Purpose`]; what is
//! sealed for one purpose or one row never opens as another. The envelope names the key that made
//! it, so the master key can be rotated: the previous one still opens, [`Vault::reseal`] moves on.
//! Design §6.8, §10. Knows no tables; who stores an envelope chooses the context it is bound to.

use std::{
    io::{ErrorKind, Write as _},
    path::Path,
    sync::Arc,
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};
use secrecy::zeroize::Zeroizing;

use crate::{
    clock::Dice,
    config::{MasterKey, Mode, Settings},
};

const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 4;
const HEAD_LEN: usize = 1 + KEY_ID_LEN + NONCE_LEN;
const TAG_LEN: usize = 16;

/// What a derived key is for. The label is part of the derivation and must never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Private keys with which an issuer signs badges.
    IssuerKey,
    /// Private keys with which we sign for a platform.
    PlatformKey,
    /// Delivery addresses of learners.
    Recipient,
    /// Claim tokens, kept so that a mail can be sent again.
    ClaimToken,
    /// The `state` of a login request.
    LtiState,
    /// Session cookies, one-time links and forms.
    Web,
    /// Secrets of LTI 1.1 consumer keys.
    ConsumerSecret,
    /// Credentials for the own interfaces of platforms.
    RecordCredential,
}

impl Purpose {
    const ALL: [Self; 8] = [
        Self::IssuerKey,
        Self::PlatformKey,
        Self::Recipient,
        Self::ClaimToken,
        Self::LtiState,
        Self::Web,
        Self::ConsumerSecret,
        Self::RecordCredential,
    ];

    fn label(self) -> &'static [u8] {
        match self {
            Self::IssuerKey => b"laurel/seal/issuer-key/1",
            Self::PlatformKey => b"laurel/seal/platform-key/1",
            Self::Recipient => b"laurel/seal/recipient/1",
            Self::ClaimToken => b"laurel/seal/claim-token/1",
            Self::LtiState => b"laurel/lti-state/1",
            Self::Web => b"laurel/web/1",
            Self::ConsumerSecret => b"laurel/seal/consumer-secret/1",
            Self::RecordCredential => b"laurel/seal/record-credential/1",
        }
    }
}

/// Why something could not be sealed or opened. Holds nothing secret.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Not one of our envelopes, or of a later version.
    #[error("this is not a sealed envelope that this version can read")]
    Malformed,
    /// Sealed by a master key that we do not have.
    #[error(
        "this was sealed with another master key: set `keys.master_key` to the key of this database, \
         or `keys.previous_master_key` after a rotation"
    )]
    OtherKey,
    /// Changed, or opened for another purpose or row than it was sealed for.
    #[error("the sealed envelope was changed or belongs elsewhere")]
    Forged,
    /// The crypto library failed.
    #[error("the crypto library failed")]
    Crypto,
    /// Production without a master key.
    #[error("`keys.master_key` is not set; make one with `laurel master-key generate`")]
    NoMasterKey,
    /// The development key file cannot be made, read or used.
    #[error("the development key file `{path}` cannot be used: {why}")]
    KeyFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
}

impl From<VaultError> for crate::error::Error {
    fn from(error: VaultError) -> Self {
        Self::internal(error)
    }
}

/// Seals and opens. Cheap to clone; prints nothing secret; its keys are wiped when dropped.
#[derive(Clone)]
pub struct Vault {
    current: Arc<Ring>,
    previous: Option<Arc<Ring>>,
}

impl Vault {
    /// A vault under `master`; `previous` only opens.
    ///
    /// # Errors
    /// [`VaultError::Crypto`] if the crypto library fails.
    pub fn new(master: &MasterKey, previous: Option<&MasterKey>) -> Result<Self, VaultError> {
        let previous = previous.map(Ring::new).transpose()?.map(Arc::new);
        Ok(Self { current: Arc::new(Ring::new(master)?), previous })
    }

    /// The vault of these settings. Development makes itself a key file on first use.
    ///
    /// # Errors
    /// No master key in production; a key file that cannot be used.
    pub fn of_settings(settings: &Settings, dice: &Dice) -> Result<Self, VaultError> {
        let previous = settings.keys.previous.as_ref();
        match (&settings.keys.master, settings.mode()) {
            (Some(master), _) => Self::new(master, previous),
            (None, Mode::Production) => Err(VaultError::NoMasterKey),
            (None, Mode::Development) => {
                Self::new(&read_or_make(&settings.development_key_file(), dice)?, previous)
            }
        }
    }

    /// Names the master key without revealing it (32 hex digits). A database remembers it, so that
    /// a wrong key is noticed at the start.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.current.fingerprint
    }

    /// The fingerprint of the previous master key, if there is one.
    #[must_use]
    pub fn previous_fingerprint(&self) -> Option<&str> {
        self.previous.as_ref().map(|ring| ring.fingerprint.as_str())
    }

    /// A derived key for a use outside the vault, such as `lti`'s sealed state.
    #[must_use]
    pub fn key(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        self.current.derived(purpose).raw.clone()
    }

    /// The same key under the previous master key: what it made shortly before a rotation is still good.
    #[must_use]
    pub fn previous_key(&self, purpose: Purpose) -> Option<Zeroizing<[u8; 32]>> {
        self.previous.as_ref().map(|ring| ring.derived(purpose).raw.clone())
    }

    /// Seals `plaintext`. `context` (a row's id, say) is not stored but must be the same to open.
    ///
    /// # Errors
    /// [`VaultError::Crypto`] if the crypto library fails.
    pub fn seal(
        &self,
        purpose: Purpose,
        plaintext: &[u8],
        context: &[u8],
        dice: &Dice,
    ) -> Result<Vec<u8>, VaultError> {
        let ring = &self.current;
        let nonce: [u8; NONCE_LEN] = dice.bytes();
        let mut body = Vec::with_capacity(plaintext.len() + TAG_LEN);
        body.extend_from_slice(plaintext);
        ring.derived(purpose)
            .aead
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                bound_to(ring.id, purpose, context),
                &mut body,
            )
            .map_err(|_| VaultError::Crypto)?;
        let mut envelope = Vec::with_capacity(HEAD_LEN + body.len());
        envelope.push(VERSION);
        envelope.extend_from_slice(&ring.id);
        envelope.extend_from_slice(&nonce);
        envelope.append(&mut body);
        Ok(envelope)
    }

    /// Opens an envelope that was sealed for the same purpose and context.
    ///
    /// # Errors
    /// [`VaultError::Malformed`], [`VaultError::OtherKey`] or [`VaultError::Forged`].
    pub fn open(
        &self,
        purpose: Purpose,
        envelope: &[u8],
        context: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (id, nonce, body) = take_apart(envelope)?;
        let ring = self.ring(id).ok_or(VaultError::OtherKey)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = ring
            .derived(purpose)
            .aead
            .open_in_place(Nonce::assume_unique_for_key(nonce), bound_to(id, purpose, context), &mut body)
            .map_err(|_| VaultError::Forged)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// Seals anew what the previous master key sealed; `None` when the envelope is up to date.
    ///
    /// # Errors
    /// As [`Vault::open`] and [`Vault::seal`].
    pub fn reseal(
        &self,
        purpose: Purpose,
        envelope: &[u8],
        context: &[u8],
        dice: &Dice,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let (id, ..) = take_apart(envelope)?;
        if id == self.current.id {
            return Ok(None);
        }
        let plaintext = self.open(purpose, envelope, context)?;
        self.seal(purpose, &plaintext, context, dice).map(Some)
    }

    fn ring(&self, id: [u8; KEY_ID_LEN]) -> Option<&Ring> {
        [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .map(AsRef::as_ref)
            .find(|ring| ring.id == id)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("fingerprint", &self.current.fingerprint).finish_non_exhaustive()
    }
}

/// A new master key. Bytes that happen to look made up are thrown again.
#[must_use]
pub fn generate(dice: &Dice) -> MasterKey {
    loop {
        if let Ok(key) = MasterKey::new(dice.bytes()) {
            return key;
        }
    }
}

/// All that one master key gives.
struct Ring {
    id: [u8; KEY_ID_LEN],
    fingerprint: String,
    keys: Vec<Derived>,
}

struct Derived {
    raw: Zeroizing<[u8; 32]>,
    aead: LessSafeKey,
}

impl Ring {
    fn new(master: &MasterKey) -> Result<Self, VaultError> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"laurel/master/1").extract(master.expose());
        let keys = Purpose::ALL
            .iter()
            .map(|purpose| {
                let raw = Zeroizing::new(expand::<32>(&root, purpose.label())?);
                let aead = UnboundKey::new(&AES_256_GCM, raw.as_slice()).map_err(|_| VaultError::Crypto)?;
                Ok(Derived { raw, aead: LessSafeKey::new(aead) })
            })
            .collect::<Result<_, VaultError>>()?;
        let fingerprint = expand::<16>(&root, b"laurel/fingerprint/1")?;
        Ok(Self {
            id: expand(&root, b"laurel/key-id/1")?,
            fingerprint: fingerprint.iter().map(|byte| format!("{byte:02x}")).collect(),
            keys,
        })
    }

    #[expect(clippy::indexing_slicing, reason = "there is a key for each purpose, in the order of `ALL`")]
    fn derived(&self, purpose: Purpose) -> &Derived {
        &self.keys[purpose as usize]
    }
}

/// A length as aws-lc-rs wants it.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(root: &hkdf::Prk, label: &[u8]) -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    root.expand(&[label], Length(N)).and_then(|okm| okm.fill(&mut bytes)).map_err(|_| VaultError::Crypto)?;
    Ok(bytes)
}

/// Everything an envelope is bound to. The purpose is bound by its key already; naming it again costs
/// nothing and keeps a later mistake in the table of keys from going unnoticed.
fn bound_to(id: [u8; KEY_ID_LEN], purpose: Purpose, context: &[u8]) -> Aad<Vec<u8>> {
    let label = purpose.label();
    let mut bound = Vec::with_capacity(1 + KEY_ID_LEN + label.len() + 1 + context.len());
    bound.push(VERSION);
    bound.extend_from_slice(&id);
    bound.extend_from_slice(label);
    bound.push(0);
    bound.extend_from_slice(context);
    Aad::from(bound)
}

type Parts<'a> = ([u8; KEY_ID_LEN], [u8; NONCE_LEN], &'a [u8]);

fn take_apart(envelope: &[u8]) -> Result<Parts<'_>, VaultError> {
    let Some((&VERSION, rest)) = envelope.split_first() else { return Err(VaultError::Malformed) };
    let (id, rest) = rest.split_first_chunk().ok_or(VaultError::Malformed)?;
    let (nonce, body) = rest.split_first_chunk().ok_or(VaultError::Malformed)?;
    if body.len() < TAG_LEN {
        return Err(VaultError::Malformed);
    }
    Ok((*id, *nonce, body))
}

/// Reads development's key file, or makes it (mode 0600, never over an existing one).
fn read_or_make(path: &Path, dice: &Dice) -> Result<MasterKey, VaultError> {
    let broken = |why: String| VaultError::KeyFile { path: path.display().to_string(), why };
    match std::fs::read_to_string(path) {
        Ok(text) => return MasterKey::parse(&Zeroizing::new(text)).map_err(|weak| broken(weak.to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(broken(error.to_string())),
    }
    let key = generate(dice);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| broken(error.to_string()))?;
    }
    // Written beside and linked into place, so that two starts at once agree on one whole file.
    let draft = path.with_extension(format!("{}.tmp", dice.token()));
    let written = private_file(&draft)
        .and_then(|mut file| {
            file.write_all(key.to_text().as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()
        })
        .and_then(|()| std::fs::hard_link(&draft, path));
    let _ = std::fs::remove_file(&draft);
    match written {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.exists() => read_or_make(path, dice),
        Err(error) => Err(broken(error.to_string())),
    }
}

#[cfg(unix)]
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path)
}
