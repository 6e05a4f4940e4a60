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

/// So many random bytes in lower-case hexadecimal.
fn hex(count: usize) -> String {
    let mut bytes = vec![0_u8; count];
    #[expect(clippy::expect_used, reason = "a machine without randomness must not go on")]
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A random UUID (version 4) as text.
pub(crate) fn uuid() -> String {
    let [a, b, c, d, e] = [hex(4), hex(2), hex(2), hex(2), hex(6)];
    let tail = |part: &str| part.get(1..).unwrap_or_default().to_owned();
    format!("{a}-{b}-4{}-a{}-{e}", tail(&c), tail(&d))
}
