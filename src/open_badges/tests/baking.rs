//! Section E of the conformance cases: badges in PNG files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::bake::png::{BakeError, Keyword, Limits, Master, bake, extract, validate_upload};

const OB2: &str = r#"{"id":"https://a.example/1","x":"]]> ä"}"#;
const OB3: &str = r#"{"@context":[]}"#;

/// A small picture: 3 × 2, RGBA, with a few side chunks.
pub(super) fn picture() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 3, 2);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_gamma(png::ScaledFloat::new(0.45455));
    encoder.add_text_chunk("Title".into(), "plain".into()).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[7; 24]).unwrap();
    writer.finish().unwrap();
    out
}

/// Kind and whole bytes of each chunk.
fn chunks(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut place = 8;
    let mut found = Vec::new();
    while place < file.len() {
        let length = u32::from_be_bytes(file[place..place + 4].try_into().unwrap()) as usize;
        let kind = String::from_utf8(file[place + 4..place + 8].to_vec()).unwrap();
        found.push((kind, file[place..place + 12 + length].to_vec()));
        place += 12 + length;
    }
    found
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(kind);
    out.extend_from_slice(data);
    let sum = crc32fast::hash(&out[4..]);
    out.extend_from_slice(&sum.to_be_bytes());
    out
}

fn with_chunk(file: &[u8], before: &str, new: &[u8]) -> Vec<u8> {
    let mut out = file[..8].to_vec();
    for (kind, bytes) in chunks(file) {
        if kind == before {
            out.extend_from_slice(new);
        }
        out.extend_from_slice(&bytes);
    }
    out
}

/// OB083: one uncompressed `iTXt` of each kind directly after `IHDR`, 2.0 first.
/// OB084: their texts come out as they went in. OB085: all other chunks are the master's.
#[test]
fn ob083_ob084_ob085_both_chunks_stand_after_the_header_and_nothing_else_changes() {
    let master = picture();
    let baked = bake(&master, &[(Keyword::OpenBadgeCredential, OB3), (Keyword::OpenBadges, OB2)]).unwrap();
    let (before, after) = (chunks(&master), chunks(&baked));
    assert_eq!(after[0], before[0]);
    assert_eq!(after[1].1, chunk(b"iTXt", &[b"openbadges\0\0\0\0\0", OB2.as_bytes()].concat()));
    assert_eq!(after[2].1, chunk(b"iTXt", &[b"openbadgecredential\0\0\0\0\0", OB3.as_bytes()].concat()));
    assert_eq!(after[3..], before[1..]);
    let found = extract(&baked).unwrap();
    assert_eq!((found.ob2.as_deref(), found.ob3.as_deref()), (Some(OB2), Some(OB3)));
    assert!(found.legacy.is_none() && !found.has_repeats);
    // Somebody else's reader: uncompressed, empty language and translated keyword, same pixels.
    let mut reader = png::Decoder::new(std::io::Cursor::new(&baked)).read_info().unwrap();
    let texts: Vec<(String, String)> =
        reader.info().utf8_text.iter().map(|text| (text.keyword.clone(), text.get_text().unwrap())).collect();
    assert_eq!(texts, [("openbadges".into(), OB2.into()), ("openbadgecredential".into(), OB3.into())]);
    assert!(reader.info().utf8_text.iter().all(|text| !text.compressed && text.language_tag.is_empty()));
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert_eq!(pixels, [7; 24]);
}

#[test]
fn ob086_baking_again_replaces() {
    let once =
        bake(&picture(), &[(Keyword::OpenBadges, "{\"old\":1}"), (Keyword::OpenBadgeCredential, "{}")])
            .unwrap();
    let legacy = with_chunk(&once, "IDAT", &chunk(b"tEXt", b"openbadges\0https://old.example/1"));
    let again = bake(&legacy, &[(Keyword::OpenBadges, OB2)]).unwrap();
    assert_eq!(again, bake(&picture(), &[(Keyword::OpenBadges, OB2)]).unwrap());
    assert_eq!(Master::parse(&legacy).unwrap().as_bytes(), picture());
}

#[test]
fn ob094_the_worked_example_is_reproduced() {
    let Some(file) = shared("worked-examples/baked-png.json") else { return };
    let decode = |name: &str| STANDARD.decode(file[name].as_str().unwrap()).unwrap();
    let (plain, baked) = (decode("plainPngBase64"), decode("bakedPngBase64"));
    let found = extract(&baked).unwrap();
    let texts = [
        (Keyword::OpenBadges, found.ob2.as_deref().unwrap()),
        (Keyword::OpenBadgeCredential, found.ob3.as_deref().unwrap()),
    ];
    assert_eq!(bake(&plain, &texts).unwrap(), baked);
    let assertion: Value = serde_json::from_str(texts[0].1).unwrap();
    assert_eq!(assertion, shared("worked-examples/ob2-assertion.json").unwrap());
    let credential: Value = serde_json::from_str(texts[1].1).unwrap();
    assert_eq!(credential, shared("worked-examples/ob3-credential.json").unwrap());
}

#[test]
fn ob093_the_validators_pictures_are_read() {
    let Some(file) = shared_bytes("vectors/simple-json.png") else { return };
    let found: Value = serde_json::from_str(&extract(&file).unwrap().ob3.unwrap()).unwrap();
    // The picture holds an older signing of the same credential.
    let expected = shared("vectors/simple.json").unwrap();
    for name in ["id", "credentialSubject", "issuer"] {
        assert_eq!(found[name], expected[name], "{name}");
    }
    let found = extract(&shared_bytes("vectors/simple-jwt.png").unwrap()).unwrap().ob3.unwrap();
    assert_eq!(found.split('.').count(), 3, "a compact JWS");
}

#[test]
fn ob095_a_chunk_after_the_pixels_is_found() {
    let late = with_chunk(
        &picture(),
        "IEND",
        &chunk(b"iTXt", &[b"openbadges\0\0\0en\0k\0", OB2.as_bytes()].concat()),
    );
    assert_eq!(extract(&late).unwrap().ob2.as_deref(), Some(OB2));
}

#[test]
fn a_packed_chunk_is_inflated_within_a_limit() {
    use std::io::Write as _;
    let pack = |bytes: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        [b"openbadges\0\x01\0\0\0".as_slice(), &encoder.finish().unwrap()].concat()
    };
    let packed = with_chunk(&picture(), "IDAT", &chunk(b"iTXt", &pack(OB2.as_bytes())));
    assert_eq!(extract(&packed).unwrap().ob2.as_deref(), Some(OB2));
    let bomb = with_chunk(&picture(), "IDAT", &chunk(b"iTXt", &pack(&vec![b' '; 1024 * 1024 + 1])));
    assert_eq!(extract(&bomb), Err(BakeError::Text("it is longer than 1 MiB")));
    let torn = with_chunk(&picture(), "IDAT", &chunk(b"iTXt", b"openbadges\0\0"));
    assert_eq!(extract(&torn), Err(BakeError::Text("the chunk is torn")));
}

#[test]
fn ob096_a_legacy_address_is_found() {
    let legacy = with_chunk(&picture(), "IEND", &chunk(b"tEXt", b"openbadges\0https://old.example/1"));
    let found = extract(&legacy).unwrap();
    assert_eq!(found.legacy.as_deref(), Some("https://old.example/1"));
    assert_eq!(found.ob2, None);
}

#[test]
fn two_badges_of_a_kind_are_reported_and_the_first_is_taken() {
    let one = bake(&picture(), &[(Keyword::OpenBadges, OB2)]).unwrap();
    let two = with_chunk(&one, "IEND", &chunk(b"iTXt", b"openbadges\0\0\0\0\0{}"));
    let found = extract(&two).unwrap();
    assert!(found.has_repeats);
    assert_eq!(found.ob2.as_deref(), Some(OB2));
}

#[test]
fn ob097_other_formats_are_refused_by_name() {
    let limits = Limits::default();
    let said = |file: &[u8]| validate_upload(file, &limits).unwrap_err().to_string();
    assert!(said(&[0xff, 0xd8, 0xff, 0xe0, 0, 16]).contains("JPEG"));
    assert!(said(b"GIF89a...").contains("GIF"));
    assert!(said(b"RIFF\0\0\0\0WEBPVP8 ").contains("WebP"));
    assert!(said(b"<svg/>").contains("SVG"));
    let apple = [&picture()[..8], &chunk(b"CgBI", &[0; 4]), &picture()[8..]].concat();
    assert!(said(&apple).contains("CgBI"));
}

#[test]
fn ob092_an_upload_is_described() {
    let info = validate_upload(&picture(), &Limits::default()).unwrap();
    assert_eq!((info.width, info.height, info.bit_depth, info.is_animated), (3, 2, 8, false));
}

#[test]
fn damaged_and_oversized_pictures_are_refused() {
    let whole = picture();
    for length in 8..whole.len() {
        assert!(matches!(bake(&whole[..length], &[]), Err(BakeError::Damaged(_))), "cut at {length}");
    }
    for place in [20, 30, whole.len() - 30] {
        let mut garbled = whole.clone();
        garbled[place] ^= 1;
        assert!(bake(&garbled, &[]).is_err(), "byte {place}");
    }
    let trailing = [whole.as_slice(), b"trailing"].concat();
    assert_eq!(bake(&trailing, &[]).unwrap(), whole, "what follows the end is dropped");

    // A bomb: a header that claims 50,000 × 50,000 pixels is refused before any decoding.
    let mut data = [0; 13];
    data[..4].copy_from_slice(&50_000_u32.to_be_bytes());
    data[4..8].copy_from_slice(&50_000_u32.to_be_bytes());
    (data[8], data[9]) = (8, 6);
    let bomb = [&whole[..8], &chunk(b"IHDR", &data), &whole[33..]].concat();
    assert!(matches!(validate_upload(&bomb, &Limits::default()), Err(BakeError::TooLarge(_))));
    let small = Limits { bytes: 10, side: 2_000 };
    assert!(matches!(validate_upload(&whole, &small), Err(BakeError::TooLarge(_))));
    // Right chunks, wrong pixels.
    let mut broken = whole[..33].to_vec();
    broken.extend(chunk(b"IDAT", &[0x78, 0x9c, 1, 2, 3]));
    broken.extend(chunk(b"IEND", &[]));
    assert!(matches!(validate_upload(&broken, &Limits::default()), Err(BakeError::Undecodable(_))));
}
