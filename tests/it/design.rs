//! The built-in badge picture (issue 2, item 7): every badge without artwork gets one, whatever its
//! title, and it is small, legible and the same each time.

use laurel::design::{DefaultBadge, Palette, Png, SIDE, contrast, default_badge};
use proptest::prelude::*;

fn drawn(title: &str, issuer_name: &str, seed: &str) -> Png {
    default_badge(&DefaultBadge {
        title: title.to_owned(),
        issuer_name: issuer_name.to_owned(),
        seed: seed.as_bytes().to_vec(),
    })
    .unwrap()
}

/// The pixels as red, green, blue, alpha, read by another decoder path than the one that wrote them.
fn pixels(png: &Png) -> Vec<[u8; 4]> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&png.bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!((info.width, info.height), (SIDE, SIDE));
    bytes.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]]).collect()
}

/// How many pixels two pictures plainly differ in; shades of one colour may differ by palette.
fn differences(one: &Png, other: &Png) -> usize {
    let plainly =
        |one: &[u8; 4], other: &[u8; 4]| one.iter().zip(other).any(|(one, other)| one.abs_diff(*other) > 40);
    pixels(one).iter().zip(pixels(other)).filter(|(one, other)| plainly(one, other)).count()
}

#[test]
fn the_picture_is_a_small_png_of_the_promised_size() {
    let titles = [
        "Rust",
        "Introduction to Sustainable Engineering Practices",
        "Donaudampfschifffahrtsgesellschaftskapitän",
        "Основы программирования",
    ];
    for title in titles {
        let png = drawn(title, "Example University", title);
        assert_eq!((png.width, png.height), (SIDE, SIDE));
        assert!(png.bytes.len() < 60_000, "{title}: {} bytes", png.bytes.len());
        let pixels = pixels(&png);
        assert_eq!(pixels[0][3], 0, "the corners are transparent");
        assert_eq!(pixels[300 * 600 + 60][3], 255, "the medal is not");
    }
}

#[test]
fn equal_input_gives_equal_bytes_and_other_words_other_pictures() {
    let one = drawn("Rust", "Example University", "a");
    assert_eq!(one, drawn("Rust", "Example University", "a"));
    assert!(differences(&one, &drawn("Ruby", "Example University", "a")) > 500);
    assert!(differences(&one, &drawn("Rust", "Other University", "a")) > 500);
    assert!(differences(&one, &drawn("Rust", "Example University", "b")) > 50_000);
}

#[test]
fn markup_in_a_title_is_drawn_not_obeyed() {
    let plain = drawn("Rust", "Org", "a");
    // Were it markup, it would vanish or break the drawing.
    let hostile = drawn("</text><rect width='600' height='600'/>", "&amp;<![CDATA[", "a");
    let changed = differences(&plain, &hostile);
    assert!((500..60_000).contains(&changed), "{changed}");
    assert_eq!(pixels(&hostile)[0][3], 0);
}

#[test]
fn what_the_font_cannot_draw_is_left_out() {
    let star = drawn("", "Org", "a");
    assert_eq!(drawn("第二回日本語能力試験", "Org", "a"), star, "an emblem rather than a remainder");
    assert_eq!(drawn("Rust 🦀\u{0}\u{fffe}", "Org", "a"), drawn("Rust", "Org", "a"));
    assert_eq!(drawn("  Rust\n\n for\tall ", "Org", "a"), drawn("Rust for all", "Org", "a"));
}

#[test]
fn text_is_legible_in_every_colour() {
    let mut discs = std::collections::HashSet::new();
    for seed in 0..500 {
        let colors = Palette::of_seed(seed.to_string().as_bytes());
        discs.insert(colors.disc_light.to_string());
        // WCAG 2.2, 1.4.6: at least 7 : 1. The disc is lightest, the ribbon darkest where measured.
        assert!(contrast(colors.title, colors.disc_light) >= 7.0, "{colors:?}");
        assert!(contrast(colors.title, colors.disc_deep) >= 7.0, "{colors:?}");
        assert!(contrast(colors.name, colors.ribbon) >= 7.0, "{colors:?}");
    }
    assert_eq!(discs.len(), 12, "every colour is used");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    /// No text whatever stops a badge from having a picture.
    #[test]
    fn any_text_can_be_drawn(title in any::<String>(), name in "\\PC{0,200}", seed in any::<String>()) {
        let png = drawn(&title, &name, &seed);
        prop_assert!(png.bytes.len() < 60_000);
    }
}
