//! The drawing itself: a shield with a medal and a ribbon, its title on up to three lines. Pure text.

use std::fmt::Write as _;

use super::DefaultBadge;

/// Deep, middle and light tone; the deep one carries white text at more than 7:1.
const PALETTES: [[&str; 3]; 8] = [
    ["#17395c", "#2b6ca3", "#d8e8f5"],
    ["#1c4532", "#2f855a", "#d9f2e4"],
    ["#4a1d4f", "#8a3f93", "#f1dff3"],
    ["#5a1f1f", "#b04545", "#f8e0de"],
    ["#3b2f14", "#94722a", "#f6ecd0"],
    ["#0f4650", "#1f8a99", "#d5f0f3"],
    ["#2e2a68", "#5a54b8", "#e2e1f8"],
    ["#4d2a10", "#b5651d", "#fae6d3"],
];

/// Most letters of one line, and the size of its letters.
const STEPS: [(usize, u32); 4] = [(13, 50), (17, 40), (22, 32), (28, 26)];
const LINES: usize = 3;

/// The picture as SVG, 600 by 600.
pub(super) fn badge(badge: &DefaultBadge) -> String {
    let hash = badge
        .seed
        .iter()
        .fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619));
    let index = usize::try_from(hash).unwrap_or(0) % PALETTES.len();
    let [deep, middle, light] = PALETTES.get(index).copied().unwrap_or(["#17395c", "#2b6ca3", "#d8e8f5"]);
    let (lines, size) = fitted(&badge.title);
    let mut title = String::new();
    let step = f64::from(size) * 1.2;
    let first = 306.0 - step * (f64::from(u32::try_from(lines.len()).unwrap_or(1)) - 1.0) / 2.0;
    for (at, line) in lines.iter().enumerate() {
        let y = first + step * f64::from(u32::try_from(at).unwrap_or(0));
        let _ = write!(
            title,
            r##"<text x="300" y="{y:.1}" font-size="{size}" font-weight="bold" fill="#ffffff" text-anchor="middle">{}</text>"##,
            escape(line)
        );
    }
    let issuer = escape(&shortened(&badge.issuer_name, 34));
    let issuer_size = if badge.issuer_name.chars().count() > 24 { 18 } else { 23 };
    let rays = rays(light);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600" viewBox="0 0 600 600" font-family="DejaVu Sans">
<defs>
<linearGradient id="body" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{middle}"/><stop offset="1" stop-color="{deep}"/></linearGradient>
<linearGradient id="rim" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fff6d6"/><stop offset="0.5" stop-color="#d9b04a"/><stop offset="1" stop-color="#9a7420"/></linearGradient>
<radialGradient id="shine" cx="0.5" cy="0.2" r="0.8"><stop offset="0" stop-color="#ffffff" stop-opacity="0.28"/><stop offset="1" stop-color="#ffffff" stop-opacity="0"/></radialGradient>
</defs>
<path d="M300 14 L548 84 V318 C548 446 452 540 300 588 C148 540 52 446 52 318 V84 Z" fill="url(#rim)"/>
<path d="M300 32 L531 97 V318 C531 436 441 523 300 569 C159 523 69 436 69 318 V97 Z" fill="#ffffff"/>
<path d="M300 44 L519 106 V318 C519 429 434 511 300 556 C166 511 81 429 81 318 V106 Z" fill="url(#body)"/>
<g opacity="0.5">{rays}</g>
<circle cx="300" cy="140" r="56" fill="{light}"/>
<circle cx="300" cy="140" r="47" fill="none" stroke="{middle}" stroke-width="3"/>
<path d="M300 104 L310.6 126.4 L335.2 129.6 L317.1 146.6 L321.7 171 L300 159 L278.3 171 L282.9 146.6 L264.8 129.6 L289.4 126.4 Z" fill="{deep}"/>
<path d="M300 44 L519 106 V318 C519 429 434 511 300 556 C166 511 81 429 81 318 V106 Z" fill="url(#shine)"/>
{title}
<path d="M20 416 H580 L556 449 L580 482 H20 L44 449 Z" fill="{deep}"/>
<path d="M54 408 H546 V474 H54 Z" fill="{light}"/>
<path d="M54 408 H546 V412 H54 Z M54 470 H546 V474 H54 Z" fill="{middle}"/>
<text x="300" y="449" font-size="{issuer_size}" fill="{deep}" text-anchor="middle">{issuer}</text>
</svg>"##
    )
}

/// Rays behind the medal.
fn rays(light: &str) -> String {
    let mut rays = String::new();
    for at in 0..24_u32 {
        let angle = f64::from(at) * std::f64::consts::TAU / 24.0;
        let (sin, cos) = angle.sin_cos();
        let _ = write!(
            rays,
            r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="{light}" stroke-width="3" stroke-linecap="round"/>"#,
            300.0 + cos * 66.0,
            140.0 + sin * 66.0,
            300.0 + cos * 78.0,
            140.0 + sin * 78.0,
        );
    }
    rays
}

/// The title on as few and as large lines as fit; what does not fit at all ends in an ellipsis.
fn fitted(title: &str) -> (Vec<String>, u32) {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    for (width, size) in STEPS {
        let lines = wrapped(&title, width);
        if lines.len() <= LINES && lines.iter().all(|line| line.chars().count() <= width) {
            return (lines, size);
        }
    }
    let (width, size) = STEPS.last().copied().unwrap_or((28, 26));
    let mut lines = Vec::new();
    for line in wrapped(&title, width) {
        let mut rest: Vec<char> = line.chars().collect();
        while rest.len() > width {
            let tail = rest.split_off(width - 1);
            lines.push(format!("{}-", rest.iter().collect::<String>()));
            rest = tail;
        }
        lines.push(rest.into_iter().collect());
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut() {
            *last = shortened(&format!("{last} …………"), width);
        }
    }
    (lines, size)
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end_matches([' ', '…']))
}

/// Text for XML: marks escaped, characters that XML 1.0 does not know left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
