//! An RSA key of 1024 bits that really signs.
//!
//! A tool must refuse such a key although its signature is right (lti-1.3-tool.md §4.2, case J30). The crypto
//! provider refuses to hold one, so RSASSA-PKCS1-v1_5 with SHA-256 is done here by hand. The private exponent is
//! in this file for everybody to read: it guards nothing and must never sign anything that matters.

use aws_lc_rs::digest;
use num_bigint::BigUint;

const MODULUS: &str = "c294e92e631edbd754e0bad3ab434653c0d529709c42a78435a66343439c3fd3\
    1eb2ab0c9477f3cabb5874f5b0c6768f20ab7f72ee141c38b08c62f207152b16\
    4fc868a0fce5462fb7586befa7f8f42e480a2b7190e516955dbec86b6954549b\
    f00a92082a09211054974621155c50aff24a0f0d548e265676528c46f06572c9";
const PRIVATE_EXPONENT: &str = "374585571fe0cc21c6826f8f60bea363770b15d25f10aff4e6287559ce02bc3e\
    8421cc64ae67c4607a070e721bdcc420b3ef032cea63dc005e6602552d9dddb6\
    e0eb4996b12d325b19d3c45faefefda89b30c872e9d44cd01e20436c82121ac2\
    a6c840d003a4a313e9757a4a21b9a65963af98feea1e92dab222ebc7cb0b04e1";

/// The `DigestInfo` that precedes a SHA-256 digest (RFC 8017 §9.2).
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// Length of the modulus and of a signature, in bytes.
const LENGTH: usize = 128;

/// The modulus, big-endian.
pub(crate) fn modulus() -> Vec<u8> {
    number(MODULUS).to_bytes_be()
}

/// The public exponent 65537, big-endian.
pub(crate) fn exponent() -> Vec<u8> {
    vec![1, 0, 1]
}

/// RS256 over `message`.
pub(crate) fn sign(message: &[u8]) -> Vec<u8> {
    let digest = digest::digest(&digest::SHA256, message);
    let mut block = vec![0x00, 0x01];
    block.resize(LENGTH - SHA256_PREFIX.len() - digest.as_ref().len() - 1, 0xff);
    block.push(0x00);
    block.extend_from_slice(&SHA256_PREFIX);
    block.extend_from_slice(digest.as_ref());
    let power =
        BigUint::from_bytes_be(&block).modpow(&number(PRIVATE_EXPONENT), &number(MODULUS)).to_bytes_be();
    let mut signature = vec![0; LENGTH.saturating_sub(power.len())];
    signature.extend(power);
    signature
}

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default()
}
