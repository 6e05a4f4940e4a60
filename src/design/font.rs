//! The embedded font, as far as wrapping needs it: which characters it has and how wide they are.
//!
//! Reads `cmap` (format 4), `hmtx` and their headers (OpenType 1.9) of the one bold font; drawing is
//! resvg's. Kerning is left out: lines then come out a hair wider than they are drawn.

use std::sync::LazyLock;

/// The family's name within the files.
pub(super) const FAMILY: &str = "DejaVu Sans";

/// The font files: the bold one only, everything is set in it.
pub(super) const FILES: [fn() -> &'static [u8]; 1] = [dejavu::sans::bold];

/// The bold font.
pub(super) static BOLD: LazyLock<Font> =
    LazyLock::new(|| Font::read(dejavu::sans::bold()).unwrap_or_default());

/// Positions of a font's tables and the figures needed to read them.
#[derive(Debug, Default)]
pub(super) struct Font {
    data: &'static [u8],
    units_per_em: u16,
    /// The `cmap` subtable of format 4.
    characters: usize,
    /// The `hmtx` table and how many of its entries have a width of their own.
    widths: usize,
    full_widths: u16,
}

impl Font {
    fn read(data: &'static [u8]) -> Option<Self> {
        let table = |name: &[u8; 4]| {
            let count = usize::from(word(data, 4)?);
            let entry =
                (0..count).map(|index| 12 + 16 * index).find(|at| data.get(*at..*at + 4) == Some(name))?;
            long(data, entry + 8)
        };
        let cmap = table(b"cmap")?;
        let subtables = usize::from(word(data, cmap + 2)?);
        let characters = (0..subtables)
            .filter_map(|index| Some(cmap + long(data, cmap + 8 + 8 * index)?))
            .find(|at| word(data, *at) == Some(4))?;
        Some(Self {
            data,
            units_per_em: word(data, table(b"head")? + 18)?,
            characters,
            widths: table(b"hmtx")?,
            full_widths: word(data, table(b"hhea")? + 34)?,
        })
    }

    /// Whether the font can draw the character.
    pub(super) fn has(&self, character: char) -> bool {
        self.glyph(character).is_some()
    }

    /// The text's width at a font size of 1.
    pub(super) fn width(&self, text: &str) -> f32 {
        let units: f32 = text.chars().map(|character| f32::from(self.advance(character).unwrap_or(0))).sum();
        units / f32::from(self.units_per_em.max(1))
    }

    fn advance(&self, character: char) -> Option<u16> {
        let glyph = self.glyph(character)?.min(self.full_widths.checked_sub(1)?);
        word(self.data, self.widths + 4 * usize::from(glyph))
    }

    fn glyph(&self, character: char) -> Option<u16> {
        let code = u16::try_from(u32::from(character)).ok()?;
        let at = self.characters;
        let double_segments = usize::from(word(self.data, at + 6)?);
        let segment = (0..double_segments / 2)
            .map(|index| at + 14 + 2 * index)
            .find(|end| word(self.data, *end).is_some_and(|end| code <= end))?;
        let start_at = segment + double_segments + 2;
        let (delta_at, range_at) = (start_at + double_segments, start_at + 2 * double_segments);
        let start = word(self.data, start_at)?;
        let offset = code.checked_sub(start)?;
        let delta = word(self.data, delta_at)?;
        let glyph = match usize::from(word(self.data, range_at)?) {
            0 => code.wrapping_add(delta),
            range => match word(self.data, range_at + range + 2 * usize::from(offset))? {
                0 => 0,
                glyph => glyph.wrapping_add(delta),
            },
        };
        (glyph != 0).then_some(glyph)
    }
}

fn word(data: &[u8], at: usize) -> Option<u16> {
    let bytes = data.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

fn long(data: &[u8], at: usize) -> Option<usize> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
}
