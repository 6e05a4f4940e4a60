//! Pages and `Link` headers (lti-1.3-tool.md §17.3).

use super::{Call, Reply, quirks::LinkStyle};
use crate::{fields, lms::Lms};

/// Takes one page out of all there is, and the address of the next page.
pub(super) fn page<T>(
    lms: &Lms,
    call: &Call<'_>,
    all: impl Iterator<Item = T>,
    most: Option<usize>,
) -> (Vec<T>, Option<String>) {
    let number = |name: &str| call.parameter(name).and_then(|text| text.parse::<usize>().ok());
    let asked = number("limit").filter(|limit| *limit > 0 && !call.quirks.ignores_limit);
    let Some(size) = asked.into_iter().chain(most).min() else { return (all.collect(), None) };
    let from = number("from").unwrap_or(0);
    let mut rest = all.skip(from);
    let page: Vec<T> = rest.by_ref().take(size).collect();
    let next = rest.next().map(|_| {
        let mut query = call.query.clone();
        fields::set(&mut query, "limit", &size.to_string());
        fields::set(&mut query, "from", &(from + page.len()).to_string());
        let path = call.request.target.split('?').next().unwrap_or_default();
        format!("{}?{}", lms.origin_of(path), fields::encode(&query))
    });
    (page, next)
}

/// Writes a `Link` header.
pub(super) fn link(reply: &mut Reply, address: &str, relation: &str, style: LinkStyle, escaped: bool) {
    let address = if escaped { address.replace('&', "&amp;") } else { address.to_owned() };
    let relation = match style {
        LinkStyle::Quoted => format!("\"{relation}\""),
        LinkStyle::Bare => relation.to_owned(),
        LinkStyle::Typographic => format!("“{relation}”"),
    };
    reply.header("link", format!("<{address}>; rel={relation}").as_bytes());
}

impl Lms {
    /// The address of a path that was asked for here. The base address may have a path of its own, which a proxy
    /// has cut off or not.
    pub(crate) fn origin_of(&self, path: &str) -> String {
        let base = self.base_url();
        let origin = base.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        let prefix = base.get(origin.len()..).unwrap_or_default();
        if path.starts_with(prefix) { format!("{origin}{path}") } else { format!("{base}{path}") }
    }
}
