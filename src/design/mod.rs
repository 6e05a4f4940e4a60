//! Design: the built-in picture of a badge without artwork: description → SVG → PNG (design §2, open-badges §11.2).
//!
//! The font comes from a crate, so nothing is looked for on the machine. The same description gives the
//! same bytes. Knows no database.

mod svg;

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb},
};

/// Width and height in pixels.
pub const SIDE: u32 = 600;

/// What the picture of a badge shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultBadge {
    /// Name of the badge.
    pub title: String,
    /// Who awards it.
    pub issuer_name: String,
    /// Chooses the colours: the same for all versions of an achievement.
    pub seed: Vec<u8>,
}

/// A rendered picture.
#[derive(Clone, Debug)]
pub struct Png {
    /// The file.
    pub bytes: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// Our own SVG was not understood.
    #[error("the picture could not be drawn: {0}")]
    Drawing(String),
    /// The pixels could not be written.
    #[error("the picture could not be written: {0}")]
    Encoding(String),
}

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    Arc::new(fonts)
});

/// Renders the built-in picture. Takes some tens of milliseconds: call it off the runtime's threads.
///
/// # Errors
/// [`DesignError`]; not for any text that a badge may have.
pub fn default_badge(badge: &DefaultBadge) -> Result<Png, DesignError> {
    let options =
        Options { fontdb: Arc::clone(&FONTS), font_family: "DejaVu Sans".to_owned(), ..Options::default() };
    let tree = Tree::from_str(&svg::badge(badge), &options)
        .map_err(|error| DesignError::Drawing(error.to_string()))?;
    let mut pixels =
        Pixmap::new(SIDE, SIDE).ok_or_else(|| DesignError::Drawing("no room for the pixels".to_owned()))?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    let bytes = pixels.encode_png().map_err(|error| DesignError::Encoding(error.to_string()))?;
    Ok(Png { bytes, width: SIDE, height: SIDE })
}
