//! Which media type a document is sent as (open-badges §3.5, §11.1): the default of its kind, or another
//! of its names when `Accept` asks for exactly that. Pure.

/// The media types under which a kind of document may be sent; the first is the default.
#[derive(Clone, Copy, Debug)]
pub struct Types(pub &'static [&'static str]);

/// OB 2.0 documents.
pub const OB2: Types = Types(&["application/ld+json", "application/json"]);
/// OB 3.0 credentials and status lists.
pub const CREDENTIAL: Types =
    Types(&["application/vc+ld+json", "application/vc", "application/ld+json", "application/json"]);
/// OB 3.0 achievements and profiles outside credentials.
pub const OB3: Types = Types(&["application/ld+json", "application/json"]);
/// DID documents.
pub const DID: Types = Types(&["application/did+json", "application/json", "application/did+ld+json"]);
/// Pictures.
pub const PNG: Types = Types(&["image/png"]);

impl Types {
    /// The type to send. Whoever accepts the default, or anything, gets the default; whoever names only
    /// another of our types gets that; whoever names none of them gets the default all the same, since
    /// a widely used validator asks for HTML first (§19).
    #[must_use]
    pub fn choose(&self, accept: Option<&str>) -> &'static str {
        let default = self.0.first().copied().unwrap_or("application/octet-stream");
        let Some(accept) = accept else { return default };
        let asked: Vec<(String, f32)> = accept.split(',').filter_map(entry).collect();
        let best = self
            .0
            .iter()
            .filter_map(|ours| {
                let found = asked.iter().find(|(name, _)| name == ours)?;
                (found.1 > 0.0).then_some((*ours, found.1))
            })
            // The first of the highest: `max_by` would give the last.
            .fold(None, |best: Option<(&'static str, f32)>, next| match best {
                Some(best) if best.1 >= next.1 => Some(best),
                _ => Some(next),
            });
        best.map_or(default, |(name, _)| name)
    }
}

/// One entry of `Accept`: lower-cased type and quality.
fn entry(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let quality = parts
        .find_map(|part| part.strip_prefix("q="))
        .and_then(|quality| quality.parse::<f32>().ok())
        .unwrap_or(1.0);
    Some((name, quality))
}
