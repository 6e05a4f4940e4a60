//! The medal as SVG: scalloped edge, gold rings, enamel disc with a laurel wreath and a star, the
//! title within, the issuer's name on a ribbon. Angles are in degrees, clockwise from the top.

use std::fmt::Write as _;

use super::{
    DefaultBadge, SIDE,
    colors::Palette,
    font::{BOLD, FAMILY, Font},
};

/// The medal's middle.
const CENTER: (f32, f32) = (300.0, 272.0);
/// Text keeps within this distance of its middle.
const TEXT_RADIUS: f32 = 152.0;
/// The title's middle, below the star.
const TEXT_Y: f32 = 286.0;
/// The room for the name on the ribbon.
const RIBBON_WIDTH: f32 = 372.0;
/// Longer texts are cut: nobody could read them.
const MAX_TITLE: usize = 90;
const MAX_NAME: usize = 60;

/// The whole drawing.
pub(super) fn svg(badge: &DefaultBadge) -> String {
    let colors = Palette::of_seed(&badge.seed);
    let title = drawable(&badge.title, MAX_TITLE);
    let name = drawable(&badge.issuer_name, MAX_NAME);
    let mut svg = String::with_capacity(24 * 1024);
    // Writing to a `String` cannot fail; the results are dropped throughout.
    let _ = write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}" viewBox="0 0 {SIDE} {SIDE}">"#
    );
    definitions(&mut svg, &colors);
    disc(&mut svg);
    wreath(&mut svg);
    match title.is_empty() {
        true => svg.push_str(&star(CENTER.0, TEXT_Y - 18.0, 92.0)),
        false => {
            svg.push_str(&star(CENTER.0, 132.0, 25.0));
            words(&mut svg, &title, &colors);
        }
    }
    if !name.is_empty() {
        ribbon(&mut svg, &name, &colors);
    }
    svg.push_str("</svg>");
    svg
}

fn definitions(svg: &mut String, colors: &Palette) {
    let Palette { disc_light, disc_deep, edge_light, edge_deep, ribbon, fold, .. } = colors;
    let _ = write!(
        svg,
        r##"<defs>
<linearGradient id="edge" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{edge_light}"/><stop offset="1" stop-color="{edge_deep}"/></linearGradient>
<linearGradient id="gold" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fdeeb4"/><stop offset="0.35" stop-color="#e5b94f"/><stop offset="0.6" stop-color="#c48f2c"/><stop offset="1" stop-color="#f3d47c"/></linearGradient>
<linearGradient id="disc" x1="0" y1="0" x2="0" y2="1"><stop offset="0.1" stop-color="{disc_light}"/><stop offset="0.9" stop-color="{disc_deep}"/></linearGradient>
<linearGradient id="band" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fffaf0"/><stop offset="1" stop-color="{ribbon}"/></linearGradient>
<linearGradient id="tail" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#e2cf9f"/><stop offset="1" stop-color="{fold}"/></linearGradient>
</defs>"##
    );
}

/// The edge, the rings and the disc.
fn disc(svg: &mut String) {
    let (x, y) = CENTER;
    // A soft edge of 28 bumps.
    let mut edge = String::with_capacity(8 * 1024);
    for step in 0_u16..448 {
        let turn = f32::from(step) / 448.0 * 360.0;
        let radius = 255.0 + 7.0 * (turn.to_radians() * 28.0).cos();
        let (px, py) = polar(radius, turn);
        let _ = write!(edge, "{}{px:.1} {py:.1}", if step == 0 { 'M' } else { 'L' });
    }
    // Rays hardly darker than the disc; darker, so that text stays as legible as on the disc.
    let mut rays = String::new();
    for step in 0_u16..20 {
        let turn = f32::from(step) * 18.0;
        let [(ax, ay), (bx, by)] = [turn - 4.5, turn + 4.5].map(|turn| polar(215.0, turn));
        let _ = write!(rays, "M{x} {y}L{ax:.1} {ay:.1}A215 215 0 0 1 {bx:.1} {by:.1}Z");
    }
    let _ = write!(
        svg,
        r##"<path d="{edge}Z" fill="url(#edge)"/>
<circle cx="{x}" cy="{y}" r="234" fill="url(#gold)"/>
<circle cx="{x}" cy="{y}" r="225" fill="url(#edge)"/>
<circle cx="{x}" cy="{y}" r="219" fill="url(#gold)"/>
<circle cx="{x}" cy="{y}" r="215" fill="url(#disc)"/>
<path d="{rays}" fill="#000000" fill-opacity="0.08"/>"##
    );
}

/// Two branches that open towards the top: one, and its mirror image.
fn wreath(svg: &mut String) {
    // From behind the ribbon up to beside the star.
    let (from, to) = (polar(184.0, 158.0), polar(184.0, 33.0));
    let mut branch = format!(
        r##"<path d="M{:.1} {:.1}A184 184 0 0 0 {:.1} {:.1}" fill="none" stroke="#d9ab45" stroke-width="3" stroke-linecap="round"/>"##,
        from.0, from.1, to.0, to.1
    );
    let mut leaf = |turn: f32, lean: f32, size: f32| {
        let (x, y) = polar(184.0, turn);
        // Growing upwards: against the clock.
        let lean = turn + 180.0 + lean;
        let _ = write!(
            branch,
            r##"<path d="M0 0C7 -7 24 -9 36 0C24 9 7 7 0 0Z" transform="translate({x:.1} {y:.1}) rotate({lean:.1}) scale({size:.2})"/>"##
        );
    };
    for step in 0_u8..11 {
        let turn = 150.0 - 11.0 * f32::from(step);
        let size = 1.0 - 0.03 * f32::from(step);
        leaf(turn, -36.0, size);
        leaf(turn, 36.0, size);
    }
    leaf(33.0, 0.0, 0.7);
    let _ = write!(
        svg,
        r##"<g fill="url(#gold)">{branch}<g transform="translate({SIDE} 0) scale(-1 1)">{branch}</g></g>"##
    );
}

/// A star of five points.
fn star(x: f32, y: f32, radius: f32) -> String {
    let mut path = String::new();
    for step in 0_u16..10 {
        let reach = if step % 2 == 0 { radius } else { radius * 0.42 };
        let turn = (f32::from(step) * 36.0).to_radians();
        let (px, py) = (x + reach * turn.sin(), y - reach * turn.cos());
        let _ = write!(path, "{}{px:.1} {py:.1}", if step == 0 { 'M' } else { 'L' });
    }
    format!(
        r##"<path d="{path}Z" fill="url(#gold)" stroke="#fdeeb4" stroke-width="1.5" stroke-linejoin="round"/>"##
    )
}

/// The title on the disc.
fn words(svg: &mut String, title: &str, colors: &Palette) {
    let fitted = fit(&BOLD, title);
    let count = f32::from(u16::try_from(fitted.lines.len()).unwrap_or(u16::MAX));
    for (index, line) in (0_u16..).zip(&fitted.lines) {
        let middle = TEXT_Y + (f32::from(index) - (count - 1.0) / 2.0) * fitted.size * LINE;
        text(svg, line, fitted.size, middle, &colors.title.to_string());
    }
}

/// The issuer's name on the ribbon, with its tails behind.
fn ribbon(svg: &mut String, name: &str, colors: &Palette) {
    svg.push_str(
        r##"<path d="M24 484H150V560H24L52 522Z" fill="url(#tail)"/><path d="M576 484H450V560H576L548 522Z" fill="url(#tail)"/>
<path d="M84 536L150 536L150 560Z" fill="#7d6332"/><path d="M516 536L450 536L450 560Z" fill="#7d6332"/>
<path d="M84 458H516V536H84Z" fill="url(#band)"/>
<path d="M84 464.500H516M84 529.500H516" fill="none" stroke="#c9a24a" stroke-width="2"/>"##,
    );
    let mut size = 32.0;
    while size > 18.0 && BOLD.width(name) * size > RIBBON_WIDTH {
        size -= 1.0;
    }
    let name = cut(&BOLD, name, RIBBON_WIDTH / size);
    text(svg, &name, size, 497.0, &colors.name.to_string());
}

/// One centred line whose capitals stand around `middle`.
fn text(svg: &mut String, line: &str, size: f32, middle: f32, color: &str) {
    // Capitals of this font are 0.729 of its size high.
    let baseline = middle + 0.365 * size;
    let _ = write!(
        svg,
        r##"<text x="{}" y="{baseline:.1}" font-family="{FAMILY}" font-weight="700" font-size="{size:.1}" text-anchor="middle" fill="{color}">{}</text>"##,
        CENTER.0,
        escaped(line)
    );
}

/// Distance of lines, in font sizes.
const LINE: f32 = 1.16;

/// Lines and the size at which they fit.
struct Fitted {
    lines: Vec<String>,
    size: f32,
}

/// Sets a title in one to four lines as large as they fit into the circle, evenly filled.
fn fit(font: &Font, title: &str) -> Fitted {
    let words: Vec<String> = title.split(' ').map(str::to_owned).collect();
    if let Some(fitted) = largest(font, &words, 30) {
        return fitted;
    }
    // Words too long for any line are divided rather than made tiny.
    let width = room(0.0, 26.0) / 26.0;
    let divided: Vec<String> = words.iter().flat_map(|word| divided(font, word, width)).collect();
    largest(font, &divided, 20).unwrap_or_else(|| {
        let size = 20.0;
        let mut lines: Vec<String> = Vec::new();
        let mut rest = divided.as_slice();
        for index in 0_u8..3 {
            let width = room((f32::from(index) - 1.0) * size * LINE, size) / size;
            let line =
                if index == 2 { cut(font, &rest.join(" "), width) } else { filled(font, &mut rest, width) };
            lines.push(line);
        }
        Fitted { lines, size }
    })
}

/// The largest size from 58 down to `least` at which the words fit as they are.
fn largest(font: &Font, words: &[String], least: u8) -> Option<Fitted> {
    for size in (least..=58).rev().map(f32::from) {
        for count in 1_u8..=4 {
            // Narrower than the room first, so that lines come out even.
            for share in [0.62, 0.7, 0.78, 0.86, 0.93, 1.0] {
                if let Some(lines) = wrapped(font, words, size, count, share) {
                    return Some(Fitted { lines, size });
                }
            }
        }
    }
    None
}

/// Exactly `count` lines at `size` in `share` of the room, if the words fit.
fn wrapped(font: &Font, words: &[String], size: f32, count: u8, share: f32) -> Option<Vec<String>> {
    let mut rest = words;
    let mut lines = Vec::new();
    for index in 0..count {
        let offset = (f32::from(index) - (f32::from(count) - 1.0) / 2.0) * size * LINE;
        let line = filled(font, &mut rest, share * room(offset, size) / size);
        if line.is_empty() {
            return None;
        }
        lines.push(line);
    }
    rest.is_empty().then_some(lines)
}

/// As many of the words as fit into `width`, joined and taken away.
fn filled(font: &Font, rest: &mut &[String], width: f32) -> String {
    let mut line = String::new();
    while let Some((word, others)) = rest.split_first() {
        let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
        if font.width(&longer) > width {
            break;
        }
        line = longer;
        *rest = others;
    }
    line
}

/// The room for a line whose middle is `offset` from the text's: the circle's chord at the line's
/// outer corners.
fn room(offset: f32, size: f32) -> f32 {
    let corner = offset.abs() + 0.4 * size;
    2.0 * (TEXT_RADIUS * TEXT_RADIUS - corner * corner).max(0.0).sqrt()
}

/// A word in pieces of at most `width`, all but the last with a hyphen.
fn divided(font: &Font, word: &str, width: f32) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let total = font.width(word);
    if total <= width {
        return vec![word.to_owned()];
    }
    for character in word.chars() {
        let longer = format!("{piece}{character}");
        if !piece.is_empty() && font.width(&longer) + font.width("-") > width {
            pieces.push(format!("{piece}-"));
            piece = character.to_string();
        } else {
            piece = longer;
        }
    }
    pieces.push(piece);
    pieces
}

/// The text, or as much of its start as fits with an ellipsis.
fn cut(font: &Font, text: &str, width: f32) -> String {
    if font.width(text) <= width {
        return text.to_owned();
    }
    let mut start = text.to_owned();
    while start.pop().is_some() {
        let shorter = format!("{}…", start.trim_end());
        if font.width(&shorter) <= width {
            return shorter;
        }
    }
    String::new()
}

/// What the font can draw of a text, on one line, of at most `longest` characters. Empty when most of
/// its letters are missing (Chinese, say): a remainder would be nonsense.
fn drawable(text: &str, longest: usize) -> String {
    let meant = text.chars().filter(|character| character.is_alphanumeric()).count();
    let known: String = text
        .chars()
        .map(|character| if character.is_whitespace() { ' ' } else { character })
        .filter(|character| BOLD.has(*character) && !character.is_control())
        .collect();
    let drawn = known.chars().filter(|character| character.is_alphanumeric()).count();
    if drawn * 2 < meant || drawn == 0 {
        return String::new();
    }
    let words: Vec<&str> = known.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

/// Fit for the inside of an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn polar(radius: f32, turn: f32) -> (f32, f32) {
    let turn = turn.to_radians();
    (CENTER.0 + radius * turn.sin(), CENTER.1 - radius * turn.cos())
}
