//! Pixels to a small PNG: 256 colours, chosen for the picture. A third of the size of true colour for
//! gradients this calm, and mailed to everybody. Deterministic: ties are broken by the colours.

use std::collections::BTreeMap;

use resvg::tiny_skia::Pixmap;

/// Red, green, blue, alpha; not premultiplied.
type Color = [u8; 4];

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
    let mut counts = BTreeMap::new();
    for color in &colors {
        *counts.entry(*color).or_insert(0_u32) += 1;
    }
    let palette = palette(&counts);
    let index_of: BTreeMap<Color, u8> =
        counts.keys().map(|color| (*color, nearest(&palette, *color))).collect();
    let indexes: Vec<u8> = colors.iter().map(|color| index_of.get(color).copied().unwrap_or(0)).collect();

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
fn palette(counts: &BTreeMap<Color, u32>) -> Vec<Color> {
    let mut by_count: Vec<(Color, u32)> = counts.iter().map(|(color, count)| (*color, *count)).collect();
    by_count.sort_by_key(|(color, count)| (std::cmp::Reverse(*count), *color));
    let rest = by_count.split_off(EXACT.min(by_count.len()));
    let mut palette: Vec<Color> = by_count.into_iter().map(|(color, _)| color).collect();
    let mut boxes = if rest.is_empty() { vec![] } else { vec![rest] };
    while palette.len() + boxes.len() < COLORS {
        // The box that looks worst is cut at its widest channel: far apart and on many pixels.
        let worst = boxes.iter().enumerate().map(|(index, colors)| (worth(colors), index)).max();
        let Some(((1.., channel), index)) = worst else { break };
        let (low, high) = halves(boxes.swap_remove(index), channel);
        boxes.push(low);
        boxes.push(high);
    }
    palette.extend(boxes.iter().map(|colors| average(colors)));
    palette
}

/// How much a box gains by a cut, and in which channel.
fn worth(colors: &[(Color, u32)]) -> (u64, usize) {
    let reach = |channel: usize| {
        let values = || colors.iter().filter_map(move |(color, _)| color.get(channel).copied());
        u64::from(values().max().unwrap_or(0) - values().min().unwrap_or(0))
    };
    let (reach, channel) = (0..4).map(|channel| (reach(channel), channel)).max().unwrap_or_default();
    let pixels: u64 = colors.iter().map(|(_, count)| u64::from(*count)).sum();
    (reach * reach * pixels, channel)
}

/// Cuts where half of the pixels are; both halves have at least one colour.
fn halves(mut colors: Vec<(Color, u32)>, channel: usize) -> (Vec<(Color, u32)>, Vec<(Color, u32)>) {
    colors.sort_by_key(|(color, _)| (color.get(channel).copied(), *color));
    let half = colors.iter().map(|(_, count)| u64::from(*count)).sum::<u64>() / 2;
    let mut below = 0;
    let median = colors.iter().position(|(_, count)| {
        below += u64::from(*count);
        below > half
    });
    let high = colors.split_off(median.unwrap_or(0).clamp(1, (colors.len() - 1).max(1)));
    (colors, high)
}

fn average(colors: &[(Color, u32)]) -> Color {
    let total: u64 = colors.iter().map(|(_, count)| u64::from(*count)).sum();
    [0, 1, 2, 3].map(|channel: usize| {
        let value = |(color, count): &(Color, u32)| {
            u64::from(color.get(channel).copied().unwrap_or(0)) * u64::from(*count)
        };
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
