//! Random text for sessions, hints, tokens and script nonces.

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// 128 random bits in URL-safe text (22 characters).
pub(crate) fn token() -> String {
    let mut bytes = [0_u8; 16];
    #[expect(clippy::expect_used, reason = "a machine without randomness must not go on")]
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}
