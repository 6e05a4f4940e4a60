//! Badges in pictures, from upload to mail (cases OB083–OB086, OB092, OB095–OB097).

use std::{borrow::Cow, io::Cursor};

use laurel::{domain::artwork, ids::AchievementVersionId};
use open_badges::{bake::png as bake, verify::Verdict};
use practice::Bend;
use serde_json::{Value, json};

use super::{TestApp, badges_in, definition, get};
use crate::judges;

const GRACE: &str = "grace@campus.example";

/// The checksum of PNG, made by the book (ISO 15948 §D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 },
        )
    })
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(kind);
    out.extend_from_slice(data);
    let sum = crc(&out[4..]);
    out.extend_from_slice(&sum.to_be_bytes());
    out
}

/// Kind and whole bytes of each chunk; every checksum is looked at.
fn chunks(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    assert_eq!(&file[..8], b"\x89PNG\r\n\x1a\n");
    let mut place = 8;
    let mut found = Vec::new();
    while place < file.len() {
        let length = u32::from_be_bytes(file[place..place + 4].try_into().unwrap()) as usize;
        let whole = &file[place..place + 12 + length];
        assert_eq!(crc(&whole[4..8 + length]).to_be_bytes(), whole[8 + length..], "OB083: the checksum");
        found.push((String::from_utf8(whole[4..8].to_vec()).unwrap(), whole.to_vec()));
        place += whole.len();
    }
    found
}

fn insert_before(file: &[u8], kind: &str, new: &[u8]) -> Vec<u8> {
    let mut out = file[..8].to_vec();
    for (name, bytes) in chunks(file) {
        if name == kind {
            out.extend_from_slice(new);
        }
        out.extend_from_slice(&bytes);
    }
    out
}

/// All frames, decoded by somebody else.
fn pixels(file: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
    let frames = reader.info().animation_control().map_or(1, |control| control.num_frames);
    (0..frames)
        .map(|_| {
            let mut frame = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut frame).unwrap();
            frame
        })
        .collect()
}

/// A small picture made by the `png` crate.
fn picture(shape: impl FnOnce(&mut png::Info<'_>), frames: &[Vec<u8>]) -> Vec<u8> {
    let mut info = png::Info::with_size(8, 8);
    shape(&mut info);
    let mut out = Vec::new();
    let mut encoder = png::Encoder::with_info(&mut out, info).unwrap();
    if frames.len() > 1 {
        encoder.set_animated(u32::try_from(frames.len()).unwrap(), 0).unwrap();
        encoder.set_frame_delay(1, 10).unwrap();
    }
    let mut writer = encoder.write_header().unwrap();
    for frame in frames {
        writer.write_image_data(frame).unwrap();
    }
    writer.finish().unwrap();
    out
}

fn plain() -> Vec<u8> {
    picture(
        |info| (info.color_type, info.bit_depth) = (png::ColorType::Rgba, png::BitDepth::Eight),
        &[(0..=255).collect()],
    )
}

/// 8 × 8 grey pixels in Adam7 order, which the crate does not write: the seven passes in a stored zlib stream.
fn interlaced() -> Vec<u8> {
    let passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let mut raw = Vec::new();
    for (left, top, right, down) in passes {
        for y in (top..8_u8).step_by(down) {
            raw.push(0);
            raw.extend((left..8_u8).step_by(right).map(|x| y * 8 + x));
        }
    }
    let length = u16::try_from(raw.len()).unwrap();
    let (a, b) = raw.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    let mut packed = vec![0x78, 1, 1];
    packed.extend_from_slice(&length.to_le_bytes());
    packed.extend_from_slice(&(!length).to_le_bytes());
    packed.extend_from_slice(&raw);
    packed.extend_from_slice(&(b << 16 | a).to_be_bytes());
    let header = [0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 1];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &packed), chunk(b"IEND", b"")]
        .concat()
}

/// Uploads a picture and defines a badge that shows it.
async fn badge_with(test: &TestApp, slug: &str, file: Vec<u8>) -> AchievementVersionId {
    let row = artwork::upload(&test.app, &test.operator(), file).await.unwrap();
    let mut words = definition(slug);
    words.artwork = Some(row.id);
    test.define(test.issuer.id, slug, words).await
}

/// OB083: one uncompressed `iTXt` of each kind directly after `IHDR`, 2.0 first, with right checksums.
/// OB084: their texts are the assertion whose `id` resolves and the credential that verifies.
/// OB085: all other chunks are those of the master, in their order.
#[tokio::test]
async fn ob083_ob084_ob085_the_mailed_picture_holds_both_badges_and_is_else_the_master() {
    let test = TestApp::new().await;
    test.badge_for_opening("Opened").await;
    test.launch(&[Bend::claim("email", GRACE)]).await.assert_ok("OB083");
    test.run_jobs().await;
    let mailed = test.last_picture();
    let (ob2, ob3) = badges_in(&mailed);
    let (ob2, ob3) = (ob2.unwrap(), ob3.unwrap());
    let (assertion, credential): (Value, Value) =
        (serde_json::from_str(&ob2).unwrap(), serde_json::from_str(&ob3).unwrap());
    let image = credential["credentialSubject"]["achievement"]["image"]["id"].as_str().unwrap();
    let master = get(image).await.body;
    let (before, after) = (chunks(&master), chunks(&mailed));
    assert_eq!(after[0], before[0], "IHDR first");
    let expected = |keyword: &str, text: &str| {
        ("iTXt".to_owned(), chunk(b"iTXt", &[keyword.as_bytes(), &[0; 5], text.as_bytes()].concat()))
    };
    assert_eq!(after[1], expected("openbadges", &ob2), "OB083: 2.0 first, flag 0");
    assert_eq!(after[2], expected("openbadgecredential", &ob3), "OB083");
    assert_eq!(after[3..], before[1..], "OB085");
    assert_eq!(pixels(&mailed), pixels(&master));

    let hosted = get(assertion["id"].as_str().unwrap()).await;
    assert_eq!((hosted.status, hosted.text()), (200, ob2.clone()), "OB084: its id resolves to it");
    assert_eq!(test.verify(&credential).await.verdict, Verdict::Valid, "OB084");
    let request =
        json!({ "credential": credential, "checkStatus": true, "now": test.clock.now().to_rfc3339() });
    if let Some(reports) = judges::digital_bazaar(&[request]).await {
        assert_eq!(reports[0]["verified"], json!(true), "OB084");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("badge.png");
    std::fs::write(&file, &mailed).unwrap();
    if let Some(found) = judges::unbake(&file).await {
        assert_eq!(found.trim(), ob2, "openbadges-bakery finds the assertion");
    }
    let requests = [json!({
        "input": { "path": file },
        "recipient": { "type": "email", "identity": GRACE },
        "now": test.clock.now().to_rfc3339(),
    })];
    if let Some(reports) = judges::ims_validator(&requests).await {
        assert_eq!(reports[0]["valid"], json!(true), "the IMS validator takes the picture: {:#}", reports[0]);
    }
}

/// OB086: of the badges that were in the picture none is left; there is one of each kind.
#[tokio::test]
async fn ob086_a_badge_in_the_uploaded_picture_is_replaced() {
    let test = TestApp::new().await;
    let old = bake::bake(
        &plain(),
        &[(bake::Keyword::OpenBadges, "{\"old\":2}"), (bake::Keyword::OpenBadgeCredential, "{\"old\":3}")],
    );
    let old = insert_before(&old.unwrap(), "IEND", &chunk(b"tEXt", b"openbadges\0https://old.example/1"));
    let version = badge_with(&test, "reused", old).await;
    let issued = test.award(version, GRACE).await;
    test.run_jobs().await;
    let mailed = test.last_picture();
    let texts =
        chunks(&mailed).into_iter().filter(|(kind, _)| matches!(kind.as_str(), "iTXt" | "tEXt" | "zTXt"));
    assert_eq!(texts.count(), 2, "one of each kind");
    let (ob2, ob3) = badges_in(&mailed);
    assert!(ob2.unwrap().contains(&issued.assertion) && ob3.unwrap().contains(&issued.credential));
    assert!(bake::extract(&mailed).unwrap().legacy.is_none());
}

/// OB092: palette, 16 bits, interlace, colour profile, transparency and animation survive baking.
#[tokio::test]
async fn ob092_unusual_masters_decode_the_same_and_keep_their_chunks() {
    let test = TestApp::new().await;
    let bits: Vec<u8> = (0..8).map(|row| 0b1010_1010 >> (row % 2)).collect();
    let masters = [
        (
            "palette",
            picture(
                |info| {
                    (info.color_type, info.bit_depth) = (png::ColorType::Indexed, png::BitDepth::One);
                    info.palette = Some(Cow::Borrowed(&[255, 0, 0, 0, 0, 255]));
                    info.trns = Some(Cow::Borrowed(&[255, 0]));
                },
                &[bits],
            ),
        ),
        (
            "deep",
            picture(
                |info| (info.color_type, info.bit_depth) = (png::ColorType::Rgb, png::BitDepth::Sixteen),
                &[(0..8 * 8 * 6).map(|at| u8::try_from(at % 251).unwrap()).collect()],
            ),
        ),
        (
            "profiled",
            picture(
                |info| {
                    (info.color_type, info.bit_depth) = (png::ColorType::Grayscale, png::BitDepth::Eight);
                    info.icc_profile = Some(Cow::Borrowed(&[7; 300]));
                },
                &[vec![9; 64]],
            ),
        ),
        (
            "animated",
            picture(
                |info| (info.color_type, info.bit_depth) = (png::ColorType::Grayscale, png::BitDepth::Eight),
                &[vec![1; 64], vec![2; 64], vec![3; 64]],
            ),
        ),
        ("interlaced", interlaced()),
    ];
    assert_eq!(pixels(&masters[4].1), [(0..64).collect::<Vec<u8>>()], "the passes are right");
    for (name, master) in masters {
        let version = badge_with(&test, name, master.clone()).await;
        let issued = test.award(version, GRACE).await;
        assert_eq!(get(&test.at(&format!("/media/b/{version}.png"))).await.body, master, "{name}");
        let baked = get(&issued.picture).await.body;
        assert_eq!(pixels(&baked), pixels(&master), "{name}");
        let mut left = chunks(&baked);
        left.retain(|(kind, whole)| kind != "iTXt" || !whole[8..].starts_with(b"openbadges\0"));
        assert_eq!(left, chunks(&master), "{name}: chunks kept, in order");
    }
}

/// OB095: a chunk after `IDAT` is found.
/// OB096: an address in a `tEXt` chunk is found and treated as hosted.
#[tokio::test]
async fn ob095_ob096_badges_are_found_wherever_others_put_them() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    let document = get(&issued.assertion).await.text();
    let late = chunk(b"iTXt", &[b"openbadges\0\0\0\0\0", document.as_bytes()].concat());
    let found = bake::extract(&insert_before(&plain(), "IEND", &late)).unwrap();
    assert_eq!(found.ob2.unwrap(), document, "OB095: after IDAT");
    let legacy = chunk(b"tEXt", &[b"openbadges\0", issued.assertion.as_bytes()].concat());
    let found = bake::extract(&insert_before(&plain(), "IDAT", &legacy)).unwrap();
    assert_eq!(found.legacy.as_ref(), Some(&issued.assertion), "OB096");
    assert_eq!(get(&found.legacy.unwrap()).await.text(), document, "OB096: treated as hosted");
}

/// OB097: a JPEG called .png is refused and the message says why; so is every other unsound file.
#[tokio::test]
async fn ob097_what_is_no_sound_picture_is_refused_and_says_why() {
    let test = TestApp::new().await;
    let before = (test.count("artwork").await, test.count("audit_event").await);
    let whole = plain();
    let sized = |width: u32, height: u32| {
        let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
        header.extend_from_slice(&[8, 6, 0, 0, 0]);
        [&whole[..8], &chunk(b"IHDR", &header), &whole[33..]].concat()
    };
    let mut garbled = whole.clone();
    let middle = garbled.len() / 2;
    garbled[middle] ^= 1;
    let jpeg = [b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01".to_vec(), vec![0; 200]].concat();
    let apple = [&whole[..8], &chunk(b"CgBI", &[0x50, 0, 0x20, 6]), &whole[8..]].concat();
    let animated = |frames: u32| {
        insert_before(&whole, "IDAT", &chunk(b"acTL", &[frames.to_be_bytes(), [0; 4]].concat()))
    };
    let cases: [(&str, Vec<u8>, &str, &str); 15] = [
        ("a JPEG called .png", jpeg, "artwork.not_png", "JPEG"),
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "artwork.not_png", "SVG"),
        ("nothing", Vec::new(), "artwork.not_png", "empty"),
        ("cut off", whole[..whole.len() - 20].to_vec(), "artwork.damaged", "cut off"),
        ("signature alone", whole[..8].to_vec(), "artwork.damaged", "cut off"),
        ("one bit", garbled, "artwork.damaged", "checksum"),
        ("a bomb by IHDR", sized(50_000, 50_000), "artwork.too_large", "50000"),
        ("as wide as can be", sized(u32::MAX, 1), "artwork.too_large", "pixels"),
        ("just too wide", sized(2_001, 8), "artwork.too_large", "2001"),
        ("no pixels", sized(0, 8), "artwork.damaged", "no pixels"),
        ("fewer pixels than it says", sized(8, 9), "artwork.undecodable", "decoded"),
        ("more frames than any badge has", animated(501), "artwork.too_large", "501 frames"),
        ("fewer frames than it says", animated(3), "artwork.undecodable", "decoded"),
        ("CgBI", apple, "artwork.cgbi", "CgBI"),
        (
            "a heavy file",
            insert_before(&whole, "IDAT", &chunk(b"prVt", &vec![0; 1024 * 1024])),
            "artwork.too_large",
            "bytes",
        ),
    ];
    for (name, file, code, word) in cases {
        let refused = artwork::upload(&test.app, &test.operator(), file).await.unwrap_err();
        assert_eq!((refused.code(), refused.field()), (code, Some("file")), "{name}: {refused}");
        assert!(refused.message().contains(word), "{name}: {}", refused.message());
    }
    assert_eq!(
        (test.count("artwork").await, test.count("audit_event").await),
        before,
        "nothing is left behind"
    );
    let first = artwork::upload(&test.app, &test.operator(), whole.clone()).await.unwrap();
    let again = artwork::upload(&test.app, &test.operator(), whole).await.unwrap();
    assert_eq!(first.id, again.id, "the same picture twice is one");
}

/// OB097, for small files that would unpack to 65 MB: a profile is unpacked to a bound once, when it is uploaded, and of
/// texts only a badge's own, to a bound, when somebody looks for it.
#[tokio::test]
async fn what_is_packed_beside_the_pixels_does_no_harm() {
    let test = TestApp::new().await;
    let profile = picture(
        |info| {
            (info.color_type, info.bit_depth) = (png::ColorType::Grayscale, png::BitDepth::Eight);
            info.icc_profile = Some(Cow::Owned(vec![0; 65 * 1024 * 1024]));
        },
        &[vec![9; 64]],
    );
    // A colour profile is packed as a text is: keyword, zero, method, zlib.
    let (_, whole) = chunks(&profile).into_iter().find(|(kind, _)| kind == "iCCP").unwrap();
    let packed = &whole[8..whole.len() - 4];
    let method = packed.iter().position(|byte| *byte == 0).unwrap();
    let text = |keyword: &[u8]| {
        insert_before(&plain(), "IDAT", &chunk(b"zTXt", &[keyword, &packed[method..]].concat()))
    };
    let badge = text(b"openbadges");
    assert_eq!(bake::extract(&badge), Err(bake::BakeError::Text("it is longer than 1 MiB")));
    for (name, file) in [("profile", profile), ("comment", text(b"Comment")), ("badge", badge)] {
        let version = badge_with(&test, name, file).await;
        let issued = test.award(version, GRACE).await;
        let baked = get(&issued.picture).await.body;
        assert_eq!(badges_in(&baked).0.unwrap(), get(&issued.assertion).await.text(), "{name}");
    }
}

#[tokio::test]
async fn a_badge_without_artwork_has_a_picture_of_its_own() {
    let test = TestApp::new().await;
    let versions = [test.achievement("Machine Room Safety").await, test.achievement("Welding").await];
    let mut pictures = Vec::new();
    for version in versions {
        let answer = get(&test.at(&format!("/media/b/{version}.png"))).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/png"));
        let info = bake::validate_upload(&answer.body, &bake::Limits::default()).unwrap();
        assert!(info.width == info.height && info.width >= 400, "{info:?}");
        let again = get(&test.at(&format!("/media/b/{version}.png"))).await;
        assert_eq!(answer.body, again.body, "the same each time");
        pictures.push(answer.body);
    }
    assert_ne!(pictures[0], pictures[1]);
}
