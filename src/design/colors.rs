//! The medal's colours: enamel by seed, gold for everyone. Text stands out by at least 7 : 1 (WCAG 2
//! contrast, level AAA) whatever the seed.

use std::fmt;

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The colours of one medal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// The disc where it is lightest; white text stands on it.
    pub disc_light: Rgb,
    /// The disc at its rim.
    pub disc_deep: Rgb,
    /// The scalloped edge, lit side.
    pub edge_light: Rgb,
    /// The scalloped edge, shaded side.
    pub edge_deep: Rgb,
    /// Text on the disc.
    pub title: Rgb,
    /// The ribbon where it is darkest; [`Palette::name`] stands on it.
    pub ribbon: Rgb,
    /// The ribbon's folds.
    pub fold: Rgb,
    /// Text on the ribbon.
    pub name: Rgb,
}

/// Hues and saturations that look well as enamel beside gold.
const ENAMELS: [(f32, f32); 12] = [
    (218.0, 0.62),
    (200.0, 0.66),
    (184.0, 0.60),
    (166.0, 0.56),
    (146.0, 0.46),
    (96.0, 0.38),
    (18.0, 0.60),
    (4.0, 0.56),
    (344.0, 0.56),
    (318.0, 0.46),
    (278.0, 0.46),
    (250.0, 0.50),
];

/// The least contrast of text.
const LEGIBLE: f32 = 7.0;

impl Palette {
    /// The colours for a seed: equal seeds, equal colours.
    #[must_use]
    pub fn of_seed(seed: &[u8]) -> Self {
        // FNV-1a: fixed for all time, unlike the standard library's hasher.
        let hash = seed.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mixed = hash ^ (hash >> 29);
        let choice = usize::try_from(mixed % 12).unwrap_or(0);
        let (hue, saturation) = ENAMELS.get(choice).copied().unwrap_or((218.0, 0.62));
        let white = Rgb(255, 255, 255);
        let ribbon = Rgb(0xf3, 0xe7, 0xcb);
        Self {
            disc_light: darkened(hue, saturation, 0.40, white),
            disc_deep: hsl(hue, saturation, 0.15),
            edge_light: hsl(hue, saturation, 0.46),
            edge_deep: hsl(hue, saturation, 0.22),
            title: white,
            ribbon,
            fold: Rgb(0xb9, 0x9a, 0x5c),
            name: darkened(hue, saturation, 0.26, ribbon),
        }
    }
}

/// The lightest colour of that hue, at most `lightness`, that is legible with `partner`.
fn darkened(hue: f32, saturation: f32, lightness: f32, partner: Rgb) -> Rgb {
    let mut lightness = lightness;
    loop {
        let color = hsl(hue, saturation, lightness);
        if lightness <= 0.0 || contrast(color, partner) >= LEGIBLE {
            return color;
        }
        lightness -= 0.01;
    }
}

/// Contrast by WCAG 2: from 1 (none) to 21 (black and white).
#[must_use]
pub fn contrast(one: Rgb, other: Rgb) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(Rgb(red, green, blue): Rgb) -> f32 {
    let linear = |channel: u8| {
        let channel = f32::from(channel) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// Hue in degrees, the others from 0 to 1.
fn hsl(hue: f32, saturation: f32, lightness: f32) -> Rgb {
    let reach = saturation * lightness.min(1.0 - lightness);
    let channel = |offset: f32| {
        let k = (offset + hue / 30.0) % 12.0;
        let value = lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
        byte(value)
    };
    Rgb(channel(0.0), channel(8.0), channel(4.0))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded and clamped to a byte; floats convert no other way"
)]
fn byte(value: f32) -> u8 {
    (value * 255.0).round().clamp(0.0, 255.0) as u8
}
