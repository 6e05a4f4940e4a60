//! Pixels to a small PNG: 256 colours, chosen for the picture. A third of the size of true colour for
//! gradients this calm, and mailed to everybody. Deterministic: ties are broken by the colours.

use std::collections::BTreeMap;

use resvg::tiny_skia::Pixmap;

/// Red, green, blue, alpha; not premultiplied.
type Color = [u8; 4];

/// A colour and how many pixels have it.
type Counted = (Color, u64);

/// A palette's size, and how many of the most frequent colours keep their exact value.
const COLORS: usize = 256;
const EXACT: usize = 16;

/// The pixels as an indexed PNG.
pub(super) fn png(pixels: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let colors: Vec<Color> = pixels
        .pixels()
        .iter()
        .map(|pixel| {
            let color = pixel.demultiply();
            [color.red(), color.green(), color.blue(), color.alpha()]
        })
        .collect();
    // Neighbours are mostly alike: runs are counted and looked up at once.
    let runs: Vec<&[Color]> = colors.chunk_by(|one, next| one == next).collect();
    let mut counts = BTreeMap::new();
    for run in &runs {
        if let [color, ..] = run {
            *counts.entry(*color).or_insert(0_u64) += u64::try_from(run.len()).unwrap_or(0);
        }
    }
    let palette = palette(&counts);
    let index_of: BTreeMap<Color, u8> =
        counts.keys().map(|color| (*color, nearest(&palette, *color))).collect();
    let mut indexes: Vec<u8> = Vec::with_capacity(colors.len());
    for run in &runs {
        let index = run.first().and_then(|color| index_of.get(color)).copied().unwrap_or(0);
        indexes.resize(indexes.len() + run.len(), index);
    }

    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(
        palette.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect::<Vec<_>>(),
    );
    encoder.set_trns(palette.iter().map(|[_, _, _, alpha]| *alpha).collect::<Vec<_>>());
    encoder.set_compression(png::Compression::High);
    // Differences of indexes mean nothing.
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&indexes)?;
    writer.finish()?;
    Ok(bytes)
}

/// The most frequent colours as they are, the others by median cut.
fn palette(counts: &BTreeMap<Color, u64>) -> Vec<Color> {
    let mut by_count: Vec<Counted> = counts.iter().map(|(color, count)| (*color, *count)).collect();
    by_count.sort_by_key(|(color, count)| (std::cmp::Reverse(*count), *color));
    let rest = by_count.split_off(EXACT.min(by_count.len()));
    let mut palette: Vec<Color> = by_count.into_iter().map(|(color, _)| color).collect();
    let mut boxes = if rest.is_empty() { vec![] } else { vec![(worth(&rest), rest)] };
    while palette.len() + boxes.len() < COLORS {
        // The box that looks worst is cut at its widest channel: far apart and on many pixels.
        let worst = boxes.iter().enumerate().map(|(index, (worth, _))| (*worth, index)).max();
        let Some(((1.., channel), index)) = worst else { break };
        let (_, colors) = boxes.swap_remove(index);
        let (low, high) = halves(colors, channel);
        boxes.extend([low, high].map(|colors| (worth(&colors), colors)));
    }
    palette.extend(boxes.iter().map(|(_, colors)| average(colors)));
    palette
}

/// How much a box gains by a cut, and in which channel.
fn worth(colors: &[Counted]) -> (u64, usize) {
    let reach = |channel: usize| {
        let values = || colors.iter().filter_map(move |(color, _)| color.get(channel).copied());
        u64::from(values().max().unwrap_or(0) - values().min().unwrap_or(0))
    };
    let (reach, channel) = (0..4).map(|channel| (reach(channel), channel)).max().unwrap_or_default();
    let pixels: u64 = colors.iter().map(|(_, count)| *count).sum();
    (reach * reach * pixels, channel)
}

/// Cuts where half of the pixels are; both halves have at least one colour.
fn halves(mut colors: Vec<Counted>, channel: usize) -> (Vec<Counted>, Vec<Counted>) {
    colors.sort_by_key(|(color, _)| (color.get(channel).copied(), *color));
    let half = colors.iter().map(|(_, count)| *count).sum::<u64>() / 2;
    let mut below = 0;
    let median = colors.iter().position(|(_, count)| {
        below += *count;
        below > half
    });
    let high = colors.split_off(median.unwrap_or(0).clamp(1, (colors.len() - 1).max(1)));
    (colors, high)
}

fn average(colors: &[Counted]) -> Color {
    let total: u64 = colors.iter().map(|(_, count)| *count).sum();
    [0, 1, 2, 3].map(|channel: usize| {
        let value = |(color, count): &Counted| u64::from(color.get(channel).copied().unwrap_or(0)) * *count;
        let sum: u64 = colors.iter().map(value).sum();
        u8::try_from((sum + total / 2).checked_div(total).unwrap_or(0)).unwrap_or(u8::MAX)
    })
}

fn nearest(palette: &[Color], color: Color) -> u8 {
    let distance = |other: &Color| -> u32 {
        other.iter().zip(color).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
    };
    (0..=u8::MAX).zip(palette).min_by_key(|(_, other)| distance(other)).map_or(0, |(index, _)| index)
}
