//! The built-in badge design: what a badge without artwork looks like. Words in, PNG out.
//!
//! A medal drawn as SVG (`medal.rs`) in colours chosen by a seed (`colors.rs`), its words measured and
//! wrapped with the embedded font (`font.rs`), rendered by resvg, written small (`encode.rs`). No file, no system font, no clock:
//! equal input gives equal bytes. Artwork that people upload is checked in `open_badges::bake`.

mod colors;
mod encode;
mod font;
mod medal;

use std::sync::{Arc, LazyLock};

use resvg::{tiny_skia, usvg};

pub use colors::{Palette, Rgb, contrast};

/// Width and height of the picture in pixels.
pub const SIDE: u32 = 600;

/// What the medal says and in which colours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DefaultBadge {
    /// The achievement's name; any text of any length. What the font cannot draw is left out.
    pub title: String,
    /// The issuer's name, on the ribbon.
    pub issuer_name: String,
    /// Chooses the colours: the same for all versions of an achievement.
    pub seed: Vec<u8>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Png {
    /// The file.
    pub bytes: Vec<u8>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Why no picture could be made. Not caused by any title or name.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// The drawing is no valid SVG.
    #[error("the drawing could not be read")]
    Drawing(#[source] usvg::Error),
    /// No memory for the pixels.
    #[error("the picture could not be allocated")]
    Pixels,
    /// The PNG could not be written.
    #[error("the picture could not be encoded")]
    Encoding(#[source] png::EncodingError),
}

/// Draws the medal. Takes some tens of milliseconds: call it off the runtime's threads.
///
/// # Errors
/// Only for reasons that no input brings about; see [`DesignError`].
pub fn default_badge(badge: &DefaultBadge) -> Result<Png, DesignError> {
    let svg = medal::svg(badge);
    let tree = usvg::Tree::from_str(&svg, &OPTIONS).map_err(DesignError::Drawing)?;
    let mut pixels = tiny_skia::Pixmap::new(SIDE, SIDE).ok_or(DesignError::Pixels)?;
    resvg::render(&tree, tiny_skia::Transform::default(), &mut pixels.as_mut());
    let bytes = encode::png(&pixels).map_err(DesignError::Encoding)?;
    Ok(Png { bytes, width: SIDE, height: SIDE })
}

/// The options with the embedded fonts and no others.
static OPTIONS: LazyLock<usvg::Options<'static>> = LazyLock::new(|| {
    let mut options = usvg::Options { font_family: font::FAMILY.to_owned(), ..usvg::Options::default() };
    let fonts = options.fontdb_mut();
    for file in font::FILES {
        fonts.load_font_source(usvg::fontdb::Source::Binary(Arc::new(file())));
    }
    options
});
