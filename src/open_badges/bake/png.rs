//! Baking into PNG by splicing chunks (open-badges.md §11.2).
//!
//! Pixels are never decoded for baking: palette, depth, interlace, colour profile and animation survive byte for byte. Both
//! badge chunks stand directly after `IHDR`, `openbadges` first, because some readers stop at `IDAT` and some take the first
//! they find. Uploads are decoded once, in [`validate_upload`], after their size is known from `IHDR`.

use std::io::{Cursor, Read as _};

use flate2::read::ZlibDecoder;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// A text chunk we are ready to hold, packed or not.
const MAX_TEXT: usize = 1024 * 1024;

/// Whose text a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keyword {
    /// Open Badges 2.0: the Assertion.
    OpenBadges,
    /// Open Badges 3.0: the credential.
    OpenBadgeCredential,
}

impl Keyword {
    const ALL: [Self; 2] = [Self::OpenBadges, Self::OpenBadgeCredential];

    /// The chunk's keyword.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenBadges => "openbadges",
            Self::OpenBadgeCredential => "openbadgecredential",
        }
    }
}

/// Why a picture cannot be baked or read. The texts are for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BakeError {
    /// Another format; its name.
    #[error("this is not a PNG picture but {0}")]
    NotPng(&'static str),
    /// Cut off or garbled.
    #[error("the PNG picture is damaged: {0}")]
    Damaged(&'static str),
    /// A PNG dialect that only one maker's software reads.
    #[error("this is Apple's CgBI variant, which browsers cannot show; save it as an ordinary PNG")]
    Apple,
    /// Too large in bytes or pixels.
    #[error("the picture is too large: {0}")]
    TooLarge(String),
    /// The pixels cannot be decoded.
    #[error("the PNG picture cannot be decoded: {0}")]
    Undecodable(String),
    /// A badge text that cannot be read.
    #[error("the badge inside cannot be read: {0}")]
    Text(&'static str),
}

/// What an upload may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// File size in bytes.
    pub bytes: usize,
    /// Width and height in pixels.
    pub side: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1024 * 1024, side: 2_000 }
    }
}

/// What an accepted upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PngInfo {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bits per sample.
    pub bit_depth: u8,
    /// Whether it has more than one frame.
    pub is_animated: bool,
}

/// The badges found in a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Text of the first `openbadges` chunk: Assertion JSON or a JWS.
    pub ob2: Option<String>,
    /// Text of the first `openbadgecredential` chunk: credential JSON or a JWS.
    pub ob3: Option<String>,
    /// Open Badges 1.x: an address in a `tEXt` chunk.
    pub legacy: Option<String>,
    /// A keyword was there more than once (`ob.bake.multiple`).
    pub has_repeats: bool,
}

/// A picture that has been walked and checked, without any badge in it. Keep one to bake it many times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Master {
    bytes: Vec<u8>,
    /// End of `IHDR`.
    header: usize,
}

impl Master {
    /// Check structure and checksums, drop badge chunks and whatever follows `IEND`.
    ///
    /// # Errors
    /// Not a whole PNG file.
    pub fn parse(file: &[u8]) -> Result<Self, BakeError> {
        let mut bytes = Vec::with_capacity(file.len());
        bytes.extend_from_slice(&SIGNATURE);
        let mut header = 0;
        for chunk in Chunks::new(file)? {
            let chunk = chunk?;
            if chunk.keyword().is_some() {
                continue;
            }
            bytes.extend_from_slice(chunk.whole);
            if chunk.kind == *b"IHDR" {
                header = bytes.len();
            }
        }
        Ok(Self { bytes, header })
    }

    /// The picture with one chunk per text, in the order of [`Keyword`]; of two texts with one keyword the first is taken.
    #[must_use]
    pub fn bake(&self, texts: &[(Keyword, &str)]) -> Vec<u8> {
        let room = texts.iter().map(|(_, text)| text.len() + 48).sum::<usize>();
        let mut out = Vec::with_capacity(self.bytes.len() + room);
        let (head, tail) = self.bytes.split_at(self.header);
        out.extend_from_slice(head);
        for keyword in Keyword::ALL {
            if let Some((_, text)) = texts.iter().find(|(own, _)| *own == keyword) {
                push_text(&mut out, keyword, text);
            }
        }
        out.extend_from_slice(tail);
        out
    }

    /// The plain picture.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Bake texts into a picture, replacing any badge in it.
///
/// # Errors
/// Not a whole PNG file, or a text too long for readers (1 MiB).
pub fn bake(master: &[u8], texts: &[(Keyword, &str)]) -> Result<Vec<u8>, BakeError> {
    if texts.iter().any(|(_, text)| text.len() > MAX_TEXT) {
        return Err(BakeError::Text("it is longer than 1 MiB"));
    }
    Ok(Master::parse(master)?.bake(texts))
}

/// Find the badges in a picture, wherever they stand before `IEND`.
///
/// # Errors
/// Not a whole PNG file, or a badge chunk that is malformed or inflates beyond 1 MiB.
pub fn extract(file: &[u8]) -> Result<Extracted, BakeError> {
    let mut found = Extracted::default();
    for chunk in Chunks::new(file)? {
        let chunk = chunk?;
        let Some(keyword) = chunk.keyword() else { continue };
        if chunk.kind == *b"tEXt" {
            let text = chunk.data.get(keyword.as_str().len() + 1..).unwrap_or_default();
            // Latin-1; an address is ASCII.
            let text: String = text.iter().map(|byte| char::from(*byte)).collect();
            match keyword {
                Keyword::OpenBadges => {
                    keep(&mut found.legacy, text.trim().to_owned(), &mut found.has_repeats);
                }
                Keyword::OpenBadgeCredential => keep(&mut found.ob3, text, &mut found.has_repeats),
            }
            continue;
        }
        let text = chunk.text(keyword)?;
        match keyword {
            Keyword::OpenBadges => keep(&mut found.ob2, text, &mut found.has_repeats),
            Keyword::OpenBadgeCredential => keep(&mut found.ob3, text, &mut found.has_repeats),
        }
    }
    Ok(found)
}

/// Accept or refuse an uploaded badge picture: format, size by `IHDR` before decoding, then a full decode once.
///
/// # Errors
/// What is wrong, in words for the person who uploaded it.
pub fn validate_upload(file: &[u8], limits: &Limits) -> Result<PngInfo, BakeError> {
    if file.len() > limits.bytes {
        return Err(BakeError::TooLarge(format!(
            "{} bytes, at most {} are allowed",
            file.len(),
            limits.bytes
        )));
    }
    let mut header = None;
    for chunk in Chunks::new(file)? {
        let chunk = chunk?;
        if chunk.kind == *b"IHDR" {
            header = Some(chunk.size()?);
        }
    }
    let (width, height) = header.ok_or(BakeError::Damaged("it has no header"))?;
    if width == 0 || height == 0 {
        return Err(BakeError::Damaged("it has no pixels"));
    }
    if width > limits.side || height > limits.side {
        let side = limits.side;
        return Err(BakeError::TooLarge(format!(
            "{width} × {height} pixels, at most {side} × {side} are allowed"
        )));
    }
    decode(file)
}

/// Decode every frame within the memory that the checked size can need.
fn decode(file: &[u8]) -> Result<PngInfo, BakeError> {
    let undecodable = |error: png::DecodingError| BakeError::Undecodable(error.to_string());
    let mut decoder =
        png::Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes: 64 * 1024 * 1024 });
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(undecodable)?;
    let frames = reader.info().animation_control().map_or(1, |control| control.num_frames.max(1));
    if frames > 500 {
        return Err(BakeError::TooLarge(format!("{frames} frames")));
    }
    let size = reader.output_buffer_size().ok_or_else(|| BakeError::TooLarge("too many pixels".into()))?;
    let mut pixels = vec![0; size];
    for _ in 0..frames {
        reader.next_frame(&mut pixels).map_err(undecodable)?;
    }
    let info = reader.info();
    Ok(PngInfo {
        width: info.width,
        height: info.height,
        bit_depth: info.bit_depth as u8,
        is_animated: info.animation_control().is_some(),
    })
}

fn keep(place: &mut Option<String>, text: String, has_repeats: &mut bool) {
    match place {
        Some(_) => *has_repeats = true,
        None => *place = Some(text),
    }
}

/// Append an uncompressed `iTXt` chunk: keyword, five zero bytes, text.
fn push_text(out: &mut Vec<u8>, keyword: Keyword, text: &str) {
    let data = keyword.as_str().len() + 5 + text.len();
    // `bake` bounds the text; a chunk longer than 2^31 cannot arise.
    let length = u32::try_from(data).unwrap_or_default();
    out.extend_from_slice(&length.to_be_bytes());
    let start = out.len();
    out.extend_from_slice(b"iTXt");
    out.extend_from_slice(keyword.as_str().as_bytes());
    out.extend_from_slice(&[0; 5]);
    out.extend_from_slice(text.as_bytes());
    let sum = crc32fast::hash(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&sum.to_be_bytes());
}

/// One chunk of a file.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    /// Length, kind, data, checksum.
    whole: &'a [u8],
}

impl Chunk<'_> {
    /// Which badge keyword a text chunk has.
    fn keyword(&self) -> Option<Keyword> {
        if !matches!(&self.kind, b"iTXt" | b"tEXt" | b"zTXt") {
            return None;
        }
        let mut parts = self.data.splitn(2, |byte| *byte == 0);
        let name = parts.next()?;
        Keyword::ALL.into_iter().find(|keyword| keyword.as_str().as_bytes() == name)
    }

    /// Width and height.
    fn size(&self) -> Result<(u32, u32), BakeError> {
        let number = |range: std::ops::Range<usize>| {
            let bytes = self.data.get(range)?.try_into().ok()?;
            Some(u32::from_be_bytes(bytes))
        };
        number(0..4).zip(number(4..8)).ok_or(BakeError::Damaged("its header is too short"))
    }

    /// The text of an `iTXt` or `zTXt` chunk, inflated if need be, whatever its language tag.
    fn text(&self, keyword: Keyword) -> Result<String, BakeError> {
        let torn = BakeError::Text("the chunk is torn");
        let rest = self.data.get(keyword.as_str().len() + 1..).ok_or(torn.clone())?;
        let (is_packed, text) = if self.kind == *b"zTXt" {
            (true, rest.get(1..).ok_or(torn)?)
        } else {
            let [flag, _method, rest @ ..] = rest else { return Err(torn) };
            let mut parts = rest.splitn(3, |byte| *byte == 0);
            let text = parts.nth(2).ok_or(torn)?;
            (*flag == 1, text)
        };
        let bytes = if is_packed {
            let mut bytes = Vec::new();
            ZlibDecoder::new(text)
                .take(MAX_TEXT as u64 + 1)
                .read_to_end(&mut bytes)
                .map_err(|_| BakeError::Text("it does not inflate"))?;
            bytes
        } else {
            text.to_vec()
        };
        if bytes.len() > MAX_TEXT {
            return Err(BakeError::Text("it is longer than 1 MiB"));
        }
        String::from_utf8(bytes).map_err(|_| BakeError::Text("it is not UTF-8"))
    }
}

/// Walks a file: `IHDR` first, `IEND` last, every checksum right; what follows `IEND` is not looked at.
struct Chunks<'a> {
    rest: &'a [u8],
    is_first: bool,
    is_done: bool,
}

impl<'a> Chunks<'a> {
    fn new(file: &'a [u8]) -> Result<Self, BakeError> {
        match file.strip_prefix(&SIGNATURE) {
            Some(rest) => Ok(Self { rest, is_first: true, is_done: false }),
            None => Err(BakeError::NotPng(format_of(file))),
        }
    }

    fn step(&mut self) -> Result<Chunk<'a>, BakeError> {
        let cut = || BakeError::Damaged("it is cut off");
        let (length, after) = self.rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let (kind, body) = after.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = u32::from_be_bytes(*length) as usize;
        let data = body.get(..length).ok_or_else(cut)?;
        let sum = body.get(length..).and_then(|rest| rest.first_chunk::<4>()).ok_or_else(cut)?;
        let whole = self.rest.get(..length + 12).ok_or_else(cut)?;
        if self.is_first {
            match kind {
                b"CgBI" => return Err(BakeError::Apple),
                b"IHDR" if length == 13 => {}
                _ => return Err(BakeError::Damaged("it does not begin with its header")),
            }
        } else if kind == b"IHDR" {
            return Err(BakeError::Damaged("it has two headers"));
        }
        let summed = whole.get(4..length + 8).ok_or_else(cut)?;
        if crc32fast::hash(summed) != u32::from_be_bytes(*sum) {
            return Err(BakeError::Damaged("a checksum is wrong"));
        }
        self.is_first = false;
        self.is_done = kind == b"IEND";
        self.rest = self.rest.get(length + 12..).unwrap_or_default();
        Ok(Chunk { kind: *kind, data, whole })
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, BakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let step = self.step();
        self.is_done |= step.is_err();
        Some(step)
    }
}

fn format_of(file: &[u8]) -> &'static str {
    match file {
        [0xff, 0xd8, 0xff, ..] => "a JPEG photo; save it as PNG",
        [b'G', b'I', b'F', b'8', ..] => "a GIF; save it as PNG",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "a WebP picture; save it as PNG",
        [b'<', ..] => "an SVG or HTML text",
        [] => "an empty file",
        _ => "something else",
    }
}
