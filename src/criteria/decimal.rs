//! Exact comparison of decimals and of their products: nothing is ever rounded, however many digits
//! a platform sends. `rust_decimal` itself rounds products beyond 96 bits, which could move a score
//! across its threshold.

use std::cmp::Ordering;

use rust_decimal::Decimal;

/// Compares `a × b` with `c × d` exactly.
pub(crate) fn cmp_products((a, b): (Decimal, Decimal), (c, d): (Decimal, Decimal)) -> Ordering {
    let left_scale = a.scale() + b.scale();
    let right_scale = c.scale() + d.scale();
    let scale = left_scale.max(right_scale);
    if let (Some(left), Some(right)) = (small(a, b, scale - left_scale), small(c, d, scale - right_scale)) {
        return left.cmp(&right);
    }
    // 128 bits were not enough, so at least one product is not 0; signs first, then sizes.
    let sign = |a: Decimal, b: Decimal| match a.is_zero() || b.is_zero() {
        true => 0_i8,
        false if a.is_sign_negative() == b.is_sign_negative() => 1,
        false => -1,
    };
    let left_sign = sign(a, b);
    left_sign.cmp(&sign(c, d)).then_with(|| {
        let sizes = wide(a, b, scale - left_scale).cmp(&wide(c, d, scale - right_scale));
        if left_sign < 0 { sizes.reverse() } else { sizes }
    })
}

/// The product's digits shifted by `shift` decimal places, if 127 bits hold them.
fn small(a: Decimal, b: Decimal, shift: u32) -> Option<i128> {
    a.mantissa().checked_mul(b.mantissa())?.checked_mul(10_i128.checked_pow(shift)?)
}

/// The same in 512 bits, most significant limb first, so that arrays compare like numbers. Two
/// mantissas of 96 bits and a shift of at most 56 places (187 bits) always fit.
fn wide(a: Decimal, b: Decimal, shift: u32) -> [u32; 16] {
    let mut number = [0_u32; 16];
    number[15] = 1;
    for factor in [a, b] {
        let digits = factor.mantissa().unsigned_abs();
        number = times_wide(number, digits);
    }
    for _ in 0..shift {
        number = times(number, 10);
    }
    number
}

fn times_wide(number: [u32; 16], factor: u128) -> [u32; 16] {
    let mut sum = [0_u32; 16];
    for limb in 0..4 {
        // Horner: from the factor's most significant limb down.
        for _ in 0..32 {
            sum = times(sum, 2);
        }
        let part = u32::try_from((factor >> (96 - 32 * limb)) & u128::from(u32::MAX)).unwrap_or(u32::MAX);
        sum = plus(sum, times(number, part));
    }
    sum
}

fn times(mut number: [u32; 16], factor: u32) -> [u32; 16] {
    let mut carry = 0_u64;
    for limb in number.iter_mut().rev() {
        let product = u64::from(*limb) * u64::from(factor) + carry;
        *limb = low(product);
        carry = product >> 32;
    }
    number
}

fn plus(mut number: [u32; 16], other: [u32; 16]) -> [u32; 16] {
    let mut carry = 0_u64;
    for (limb, addend) in number.iter_mut().zip(other).rev() {
        let sum = u64::from(*limb) + u64::from(addend) + carry;
        *limb = low(sum);
        carry = sum >> 32;
    }
    number
}

fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// Reads plain decimal notation exactly: an optional minus, digits, optionally a point and digits.
/// No exponent, no spaces, nothing that would need rounding.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || fraction.is_some_and(|fraction| !plain(fraction)) {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}
