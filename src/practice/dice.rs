//! Random text for sessions, hints, tokens and script nonces.

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// 128 random bits.
fn bits() -> [u8; 16] {
    let mut bytes = [0_u8; 16];
    #[expect(clippy::expect_used, reason = "a machine without randomness must not go on")]
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// 128 random bits in URL-safe text (22 characters).
pub(crate) fn token() -> String {
    URL_SAFE_NO_PAD.encode(bits())
}

/// A random UUID (version 4) as text.
pub(crate) fn uuid() -> String {
    uuid_of(&bits().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// A UUID in the shape of version 4 from the first 32 of these hexadecimal digits.
pub(crate) fn uuid_of(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
