//! Pages: the `Link` header in all its spellings and the walk along `rel="next"` (§17.3).
//!
//! Platforms write typographic quotes (Moodle), several headers, relative addresses and commas inside
//! `<>`. Some lie: a walk ends at a repeated address, after 1,000 pages, or where it would leave the origin
//! of the first address, and is then broken: what was read counts, but it is not everything.

use std::collections::HashSet;

use url::Url;

use super::wire::Answer;

/// No list has more pages.
pub const MOST_PAGES: usize = 1000;

/// How a platform's pages lead astray.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PagingLie {
    /// A page that was read before.
    #[error("a page leads back to an earlier one")]
    Repeated,
    /// More than [`MOST_PAGES`].
    #[error("there are more than {MOST_PAGES} pages")]
    Endless,
    /// Another host, port or scheme than the first page's.
    #[error("a page leads to another server")]
    OtherOrigin,
    /// No address.
    #[error("a page leads to no readable address")]
    Unreadable,
}

/// The walk along the pages of one list.
#[derive(Clone, Debug)]
pub struct Pager {
    current: Option<Url>,
    /// The address as given, which is what is asked for.
    address: String,
    origin: url::Origin,
    seen: HashSet<String>,
    /// Pages of an earlier part of the walk.
    before: usize,
}

impl Pager {
    /// A walk that begins at `first`.
    ///
    /// # Errors
    /// [`PagingLie::Unreadable`] when that is no absolute address.
    pub fn new(first: &str) -> Result<Self, PagingLie> {
        let mut url = Url::parse(first).map_err(|_| PagingLie::Unreadable)?;
        if !url.has_host() {
            return Err(PagingLie::Unreadable);
        }
        url.set_fragment(None);
        Ok(Self {
            origin: url.origin(),
            address: first.split('#').next().unwrap_or_default().to_owned(),
            seen: HashSet::from([url.as_str().to_owned()]),
            current: Some(url),
            before: 0,
        })
    }

    /// A walk that began at `first` and goes on at `address`, after so many pages.
    ///
    /// # Errors
    /// [`PagingLie`] when the address is none or lies elsewhere.
    pub fn resume(first: &str, address: &str, pages: usize) -> Result<Self, PagingLie> {
        let (first, mut pager) = (Self::new(first)?, Self::new(address)?);
        if pager.origin != first.origin {
            return Err(PagingLie::OtherOrigin);
        }
        pager.seen.extend(first.seen);
        pager.before = pages.saturating_sub(pager.seen.len());
        Ok(pager)
    }

    /// The address of the page to be read now; `None` at the end.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.current.is_some().then_some(self.address.as_str())
    }

    /// Whether the last page has been read and nothing was wrong.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.current.is_none()
    }

    /// How many pages have been asked for.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.before + self.seen.len()
    }

    /// Goes on to the page that this one names, if it names one.
    ///
    /// # Errors
    /// [`PagingLie`]; then the walk stays where it is and must be given up.
    pub fn turn(&mut self, answer: &Answer<'_>) -> Result<(), PagingLie> {
        let Some(base) = &self.current else { return Ok(()) };
        let Some(target) = answer.links().find_map(next_of) else {
            self.current = None;
            return Ok(());
        };
        let mut url = base.join(&target).map_err(|_| PagingLie::Unreadable)?;
        url.set_fragment(None);
        if url.origin() != self.origin || !url.username().is_empty() || url.password().is_some() {
            return Err(PagingLie::OtherOrigin);
        }
        if self.seen.contains(url.as_str()) {
            return Err(PagingLie::Repeated);
        }
        if self.pages() >= MOST_PAGES {
            return Err(PagingLie::Endless);
        }
        self.seen.insert(url.as_str().to_owned());
        // As given where it is a whole address: the parser would rewrite some characters.
        let is_whole = Url::parse(&target).is_ok();
        self.address = match is_whole {
            true => target.split('#').next().unwrap_or_default().to_owned(),
            false => url.as_str().to_owned(),
        };
        self.current = Some(url);
        Ok(())
    }
}

/// The target of `rel="next"` in one header's value.
fn next_of(header: &str) -> Option<String> {
    links(header).find(|(_, parameters)| is_next(parameters)).map(|(target, _)| {
        // Moodle writes its addresses as if for HTML.
        target.trim().replace("&amp;", "&")
    })
}

/// The links of a value: each target with its parameters. A link begins at `<` outside quotes, so that
/// commas and semicolons inside `<>` or quotes do not matter.
fn links(header: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = header;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        let mut is_quoted = false;
        let mut is_escaped = false;
        let end = after.find(|c: char| {
            let ends = c == '<' && !is_quoted;
            is_quoted ^= c == '"' && !is_escaped;
            is_escaped = c == '\\' && is_quoted && !is_escaped;
            ends
        });
        let (parameters, others) = match end {
            Some(end) => after.split_at(end),
            // A quote that never closes hides no further link.
            None if is_quoted => after.split_at(after.find('<').unwrap_or(after.len())),
            None => (after, ""),
        };
        rest = others;
        Some((target, parameters))
    })
}

/// Whether `rel` (the first one counts, RFC 8288 §3.3) names `next` among its values.
fn is_next(parameters: &str) -> bool {
    let mut rest = parameters;
    while let Some((_, after)) = rest.split_once(';') {
        let Some((name, value)) = after.split_once('=') else { return false };
        // A parameter without value before this one: its semicolon is still ahead.
        if let Some(at) = name.find(';') {
            rest = after.get(at..).unwrap_or_default();
            continue;
        }
        let value = value.trim_start();
        let (value, others) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_at(quoted.find('"').unwrap_or(quoted.len())),
            None => value.split_at(value.find([';', ',']).unwrap_or(value.len())),
        };
        if name.trim().trim_end_matches('*').eq_ignore_ascii_case("rel") {
            return value
                .split(char::is_whitespace)
                // Any quotes there are: typographic ones, single ones, and those that came broken.
                .map(|one| one.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
                .any(|one| one.eq_ignore_ascii_case("next"));
        }
        rest = others;
    }
    false
}
