//! Bitstring status lists: the bits, their encoding, the list's credential, and the order in which indexes are given out
//! (open-badges.md §10).

use std::fmt;
use std::io::{Read as _, Write as _};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::contexts::CREDENTIALS_V2;
use crate::text::{FieldError, check_address, seconds};

/// Entries of a list, and the least any verifier takes.
pub const MIN_SIZE: u32 = 131_072;
/// How long a verifier may keep a list, in milliseconds.
pub const TTL_MILLISECONDS: u32 = 300_000;
/// Inflated bytes we are ready to hold when reading somebody else's list.
const MAX_INFLATED: u64 = 16 * 1024 * 1024;

/// Why a list cannot be read or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// Fewer entries than [`MIN_SIZE`].
    #[error("a status list of {0} entries is too short")]
    Length(u64),
    /// No such entry.
    #[error("index {0} lies outside the list")]
    Range(u64),
    /// Not multibase base64url of GZIP.
    #[error("the encoded list is malformed: {0}")]
    Malformed(String),
    /// More than 16 MiB.
    #[error("the list inflates to more than 16 MiB")]
    TooLarge,
    /// The list's credential would be malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// The bits of a list; set = revoked.
#[derive(Clone, PartialEq, Eq)]
pub struct Bits {
    bytes: Vec<u8>,
}

impl Bits {
    /// All clear.
    ///
    /// # Errors
    /// A size below [`MIN_SIZE`].
    pub fn new(size: u32) -> Result<Self, StatusError> {
        if size < MIN_SIZE {
            return Err(StatusError::Length(size.into()));
        }
        Ok(Self { bytes: vec![0; size.div_ceil(8) as usize] })
    }

    /// How many entries there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64 * 8
    }

    /// Mark an entry.
    ///
    /// # Errors
    /// An index beyond the end.
    pub fn set(&mut self, index: u32) -> Result<(), StatusError> {
        let byte = self.bytes.get_mut(index as usize / 8).ok_or(StatusError::Range(index.into()))?;
        *byte |= 0x80 >> (index % 8);
        Ok(())
    }

    /// Whether an entry is marked.
    ///
    /// # Errors
    /// An index beyond the end.
    pub fn is_set(&self, index: u64) -> Result<bool, StatusError> {
        let byte = usize::try_from(index / 8).ok().and_then(|place| self.bytes.get(place));
        byte.map(|byte| byte & (0x80 >> (index % 8)) != 0).ok_or(StatusError::Range(index))
    }

    /// `u` + base64url without padding of the GZIP.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        // Writing into memory cannot fail; were it to, the list would not decode and no badge would pass as valid.
        let packed = encoder.write_all(&self.bytes).and_then(|()| encoder.finish()).unwrap_or_default();
        format!("u{}", URL_SAFE_NO_PAD.encode(packed))
    }

    /// Read an encoded list.
    ///
    /// # Errors
    /// Not an encoded list, too large, or shorter than [`MIN_SIZE`].
    pub fn decode(encoded: &str) -> Result<Self, StatusError> {
        let malformed = |reason: &str| StatusError::Malformed(reason.to_owned());
        let text = encoded.strip_prefix('u').ok_or_else(|| malformed("it does not begin with `u`"))?;
        let packed = URL_SAFE_NO_PAD.decode(text).map_err(|error| malformed(&error.to_string()))?;
        let mut bytes = Vec::new();
        GzDecoder::new(packed.as_slice())
            .take(MAX_INFLATED + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| malformed(&error.to_string()))?;
        if bytes.len() as u64 > MAX_INFLATED {
            return Err(StatusError::TooLarge);
        }
        let size = bytes.len() as u64 * 8;
        if size < u64::from(MIN_SIZE) {
            return Err(StatusError::Length(size));
        }
        Ok(Self { bytes })
    }

    /// The raw bytes, index 0 left-most.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.bytes.iter().map(|byte| byte.count_ones()).sum::<u32>();
        write!(f, "Bits({set} of {} set)", self.size())
    }
}

/// The list's credential without proof. It holds no `validUntil` (a cliff: past it every credential would be unverifiable)
/// and no `&` (one verifier decodes HTML entities in it before parsing).
///
/// # Errors
/// An address that is not one, or holds `&`.
pub fn unsigned(
    issuer_did: &str,
    list_url: &str,
    bits: &Bits,
    valid_from: DateTime<Utc>,
) -> Result<Value, StatusError> {
    check_address("status_list.issuer", issuer_did)?;
    check_address("status_list.url", list_url)?;
    if list_url.contains('&') || issuer_did.contains('&') {
        return Err(FieldError::new("status_list.url", "holds `&`").into());
    }
    Ok(json!({
        "@context": [CREDENTIALS_V2],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_did,
        "validFrom": seconds(valid_from),
        "credentialSubject": {
            "id": format!("{list_url}#list"),
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": bits.encode(),
            "ttl": TTL_MILLISECONDS,
        },
    }))
}

/// A keyed permutation of `0..size`: the n-th award of a list gets index `index_of(n)`, so that indexes are never given twice
/// and say nothing about order or count (§10.3).
///
/// An eight-round Feistel network whose halves are updated in turn (so that odd widths need no padding bit), with
/// HMAC-SHA-256 as round function, walking the cycle where the power of two is larger than the list.
pub struct Permutation {
    key: hmac::Key,
    size: u32,
    /// Width of the upper and the lower half in bits.
    upper: u32,
    lower: u32,
}

const ROUNDS: u8 = 8;

impl Permutation {
    /// The permutation of a list; `size` of 2 or more.
    ///
    /// # Errors
    /// A size below 2.
    pub fn new(key: &[u8; 32], size: u32) -> Result<Self, StatusError> {
        if size < 2 {
            return Err(StatusError::Length(size.into()));
        }
        let width = (32 - (size - 1).leading_zeros()).max(2);
        let upper = width / 2;
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), size, upper, lower: width - upper })
    }

    /// The index of the `counter`-th award, counting from 0; `None` when the list is full.
    #[must_use]
    pub fn index_of(&self, counter: u32) -> Option<u32> {
        if counter >= self.size {
            return None;
        }
        let mut value = self.network(counter);
        // The walk ends: it stays on the cycle of `counter`, which lies inside the list.
        while value >= self.size {
            value = self.network(value);
        }
        Some(value)
    }

    fn network(&self, value: u32) -> u32 {
        let mut upper = value >> self.lower;
        let mut lower = value & mask(self.lower);
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                upper ^= self.round(round, lower) & mask(self.upper);
            } else {
                lower ^= self.round(round, upper) & mask(self.lower);
            }
        }
        upper << self.lower | lower
    }

    fn round(&self, round: u8, half: u32) -> u32 {
        let [a, b, c, d] = half.to_be_bytes();
        let tag = hmac::sign(&self.key, &[round, a, b, c, d]);
        tag.as_ref().iter().take(4).fold(0, |value, byte| value << 8 | u32::from(*byte))
    }
}

impl fmt::Debug for Permutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permutation").field("size", &self.size).finish_non_exhaustive()
    }
}

fn mask(width: u32) -> u32 {
    (1 << width) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{example_key, shared};
    use crate::text::sha256_hex;

    #[test]
    fn ob072_an_empty_list_is_long_enough_and_gzip() {
        let text = Bits::new(MIN_SIZE).unwrap().encode();
        let packed = URL_SAFE_NO_PAD.decode(text.strip_prefix('u').unwrap()).unwrap();
        assert_eq!(packed[..2], [0x1f, 0x8b]);
        assert_eq!(Bits::decode(&text).unwrap().as_bytes().len(), 16_384);
        assert!(!text.contains('='));
        assert_eq!(Bits::new(8), Err(StatusError::Length(8)));
    }

    /// OB073: each index set encodes to the published bytes. OB074: each published text decodes to its index set.
    #[test]
    fn ob073_ob074_the_published_vectors_encode_and_decode() {
        let Some(file) = shared("worked-examples/statuslist-vectors.json") else { return };
        for vector in file["vectors"].as_array().unwrap() {
            let indexes: Vec<u32> = serde_json::from_value(vector["setIndexes"].clone()).unwrap();
            let mut bits = Bits::new(MIN_SIZE).unwrap();
            for index in &indexes {
                bits.set(*index).unwrap();
            }
            assert_eq!(sha256_hex(&[bits.as_bytes()]), vector["decompressedSha256"].as_str().unwrap());
            let theirs = Bits::decode(vector["encodedList"].as_str().unwrap()).unwrap();
            assert_eq!(theirs, bits);
            let set: Vec<u32> =
                (0..MIN_SIZE).filter(|index| theirs.is_set(u64::from(*index)).unwrap()).collect();
            assert_eq!(set, indexes);
            assert_eq!(Bits::decode(&bits.encode()).unwrap(), bits);
        }
    }

    #[test]
    fn ob117_bad_lists_are_refused() {
        let bits = Bits::new(MIN_SIZE).unwrap();
        assert_eq!(bits.is_set(131_072), Err(StatusError::Range(131_072)));
        let pack = |bytes: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(bytes).unwrap();
            format!("u{}", URL_SAFE_NO_PAD.encode(encoder.finish().unwrap()))
        };
        assert_eq!(Bits::decode(&pack(&[0; 100])), Err(StatusError::Length(800)));
        assert_eq!(Bits::decode(&pack(&vec![0; 16 * 1024 * 1024 + 1])), Err(StatusError::TooLarge));
        for text in ["", "zabc", "u***", "uAAAA"] {
            assert!(matches!(Bits::decode(text), Err(StatusError::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn ob071_the_list_is_a_credential_that_verifies() {
        let (issuer, url) = ("did:web:a.example:i:one", "https://a.example/i/one/status/1");
        let mut bits = Bits::new(MIN_SIZE).unwrap();
        bits.set(77).unwrap();
        let now = DateTime::UNIX_EPOCH;
        let unsigned = unsigned(issuer, url, &bits, now).unwrap();
        assert_eq!(unsigned["credentialSubject"]["statusPurpose"], "revocation");
        assert!(unsigned.get("validUntil").is_none());
        assert!(!unsigned.to_string().contains('&'));
        let key = example_key();
        let method = crate::did::verification_method(issuer, key.public_multibase());
        let signed = crate::proof::eddsa_rdfc::sign(&unsigned, &key, &method, now).unwrap();
        let controller = crate::did::document(issuer, &[key.public_multibase()], &[]);
        crate::proof::eddsa_rdfc::verify(&signed, &controller, now).unwrap();
        assert!(super::unsigned(issuer, "https://a.example/?a&b", &bits, now).is_err());
    }

    #[test]
    fn ob077_every_counter_has_its_own_index_in_no_order() {
        for size in [2, 3, 5, 64, 1_000, MIN_SIZE] {
            let permutation = Permutation::new(&[3; 32], size).unwrap();
            let mut seen = vec![false; size as usize];
            for counter in 0..size {
                let index = permutation.index_of(counter).unwrap() as usize;
                assert!(!std::mem::replace(&mut seen[index], true), "{size}: {index} twice");
            }
            assert_eq!(permutation.index_of(size), None, "OB079: a full list says so");
        }
        let permutation = Permutation::new(&[3; 32], MIN_SIZE).unwrap();
        let first: Vec<u32> = (0..1_000).filter_map(|counter| permutation.index_of(counter)).collect();
        let rising = first.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((400..600).contains(&rising), "{rising} of 999 steps rise");
        let other = Permutation::new(&[4; 32], MIN_SIZE).unwrap();
        assert_ne!(other.index_of(0), permutation.index_of(0), "another key is another order");
    }
}
