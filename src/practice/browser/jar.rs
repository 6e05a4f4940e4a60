//! A cookie jar that refuses what browsers refuse: prefixes, `Secure`, `SameSite`, `Partitioned`, third parties.

use chrono::{DateTime, Duration, Utc};
use url::Url;

/// `SameSite` of a cookie. Browsers take a missing one as `Lax`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// Never sent across sites.
    Strict,
    /// Sent across sites only with top-level GET navigations.
    #[default]
    Lax,
    /// Always sent.
    None,
}

/// A stored cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// The host it belongs to.
    pub host: String,
    /// Whether subdomains get it too (a `Domain` attribute was given).
    pub with_subdomains: bool,
    /// The path it is sent under.
    pub path: String,
    /// Only over https (or a loopback host, where allowed).
    pub secure: bool,
    /// Hidden from scripts.
    pub http_only: bool,
    /// Whether it is sent across sites.
    pub same_site: SameSite,
    /// The top-level site it is confined to (`Partitioned`).
    pub partition: Option<String>,
    /// When it ends; `None` with the browser.
    pub expires: Option<DateTime<Utc>>,
}

/// Why a `Set-Cookie` line was not obeyed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CookieRefusal {
    /// Not `name=value`.
    #[error("not name=value")]
    Malformed,
    /// `Domain` is not the host or above it.
    #[error("the domain is not the host's")]
    Domain,
    /// `Secure` over plain http.
    #[error("Secure over plain http")]
    Insecure,
    /// `__Host-` or `__Secure-` without what the prefix demands.
    #[error("the name's prefix demands more")]
    Prefix,
    /// `SameSite=None` or `Partitioned` without `Secure`.
    #[error("SameSite=None and Partitioned need Secure")]
    NeedsSecure,
    /// A third party, and those are blocked or the cookie is not `SameSite=None`.
    #[error("blocked as a third party's")]
    ThirdParty,
}

/// How careful the browser is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieRules {
    /// Loopback hosts count as secure, as in today's browsers.
    pub loopback_is_secure: bool,
    /// In a frame of another site only `Partitioned` cookies are kept and sent.
    pub block_third_party: bool,
    /// No cookie is ever kept.
    pub block_all: bool,
    /// Two ports of one host count as two sites. No browser does this; tests on one machine may want it.
    pub ports_are_sites: bool,
}

impl Default for CookieRules {
    fn default() -> Self {
        Self { loopback_is_secure: true, block_third_party: false, block_all: false, ports_are_sites: false }
    }
}

impl CookieRules {
    /// The site of an address: scheme and host. Real browsers join subdomains of one registrable domain.
    #[must_use]
    pub fn site(&self, url: &Url) -> String {
        let port = if self.ports_are_sites { url.port_or_known_default() } else { None };
        let host = url.host_str().unwrap_or_default();
        port.map_or_else(
            || format!("{}://{host}", url.scheme()),
            |port| format!("{}://{host}:{port}", url.scheme()),
        )
    }

    fn is_secure(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let loopback = host == "localhost"
            || host.ends_with(".localhost")
            || host.starts_with("127.")
            || host == "[::1]";
        url.scheme() == "https" || (self.loopback_is_secure && loopback)
    }
}

/// Who asks for what, from where: decides which cookies travel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trip<'a> {
    pub url: &'a Url,
    /// The page that caused the request; `None` when a person typed the address.
    pub initiator: Option<&'a Url>,
    /// The page in the address bar; `None` when this request is what the address bar will show.
    pub top: Option<&'a Url>,
    pub is_get: bool,
    pub now: DateTime<Utc>,
}

/// The cookies of one browser.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar {
    cookies: Vec<Cookie>,
}

impl Jar {
    pub(crate) fn cookies(&self) -> &[Cookie] {
        &self.cookies
    }

    pub(crate) fn clear(&mut self) {
        self.cookies.clear();
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&Cookie) -> bool) {
        self.cookies.retain(keep);
    }

    /// Obeys a `Set-Cookie` line, or says why not.
    pub(crate) fn set(
        &mut self,
        line: &str,
        trip: Trip<'_>,
        rules: CookieRules,
    ) -> Result<(), CookieRefusal> {
        let mut parts = line.split(';');
        let (name, value) =
            parts.next().and_then(|pair| pair.split_once('=')).ok_or(CookieRefusal::Malformed)?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() {
            return Err(CookieRefusal::Malformed);
        }
        let host = trip.url.host_str().unwrap_or_default().to_owned();
        let mut cookie = Cookie {
            name: name.to_owned(),
            value: value.to_owned(),
            path: default_path(trip.url),
            host,
            with_subdomains: false,
            secure: false,
            http_only: false,
            same_site: SameSite::Lax,
            partition: None,
            expires: None,
        };
        let (mut partitioned, mut max_age) = (false, None);
        for part in parts {
            let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match attribute.trim().to_ascii_lowercase().as_str() {
                "secure" => cookie.secure = true,
                "httponly" => cookie.http_only = true,
                "partitioned" => partitioned = true,
                "path" if value.starts_with('/') => cookie.path = value.to_owned(),
                "domain" if !value.is_empty() => {
                    let domain = value.trim_start_matches('.').to_ascii_lowercase();
                    if !covers(&domain, &cookie.host) {
                        return Err(CookieRefusal::Domain);
                    }
                    (cookie.host, cookie.with_subdomains) = (domain, true);
                }
                "samesite" => {
                    cookie.same_site = match value.to_ascii_lowercase().as_str() {
                        "strict" => SameSite::Strict,
                        "none" => SameSite::None,
                        _ => SameSite::Lax,
                    }
                }
                "max-age" => max_age = value.parse::<i64>().ok(),
                "expires" => cookie.expires = DateTime::parse_from_rfc2822(value).ok().map(|at| at.to_utc()),
                _ => {}
            }
        }
        if let Some(seconds) = max_age {
            // Capped at 400 days, as browsers do; zero and less end it.
            cookie.expires = Some(trip.now + Duration::seconds(seconds.clamp(0, 400 * 86_400)));
        }
        check(&cookie, partitioned, trip, rules)?;
        if partitioned {
            cookie.partition = Some(rules.site(trip.top.unwrap_or(trip.url)));
        }
        self.cookies.retain(|other| {
            (&other.name, &other.host, &other.path, &other.partition)
                != (&cookie.name, &cookie.host, &cookie.path, &cookie.partition)
        });
        if cookie.expires.is_none_or(|at| at > trip.now) {
            self.cookies.push(cookie);
        }
        Ok(())
    }

    /// The `Cookie` header for a request, if any cookie travels.
    pub(crate) fn header(&self, trip: Trip<'_>, rules: CookieRules) -> Option<String> {
        if rules.block_all {
            return None;
        }
        let site = rules.site(trip.url);
        let top_site = trip.top.map_or_else(|| site.clone(), |top| rules.site(top));
        let third_party = top_site != site;
        let cross_site = third_party || trip.initiator.is_some_and(|initiator| rules.site(initiator) != site);
        let lax_navigation = trip.top.is_none() && trip.is_get;
        let host = trip.url.host_str().unwrap_or_default();
        let travels = |cookie: &&Cookie| {
            let at_home =
                if cookie.with_subdomains { covers(&cookie.host, host) } else { cookie.host == host };
            at_home
                && path_matches(&cookie.path, trip.url.path())
                && (!cookie.secure || rules.is_secure(trip.url))
                && cookie.expires.is_none_or(|at| at > trip.now)
                && match &cookie.partition {
                    Some(partition) => *partition == top_site,
                    None => !(third_party && rules.block_third_party),
                }
                && match cookie.same_site {
                    SameSite::None => true,
                    SameSite::Lax => !cross_site || lax_navigation,
                    SameSite::Strict => !cross_site,
                }
        };
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .filter(travels)
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

fn check(
    cookie: &Cookie,
    partitioned: bool,
    trip: Trip<'_>,
    rules: CookieRules,
) -> Result<(), CookieRefusal> {
    if cookie.secure && !rules.is_secure(trip.url) {
        return Err(CookieRefusal::Insecure);
    }
    let host_prefix = cookie.name.starts_with("__Host-");
    if (host_prefix || cookie.name.starts_with("__Secure-")) && !cookie.secure {
        return Err(CookieRefusal::Prefix);
    }
    if host_prefix && (cookie.with_subdomains || cookie.path != "/") {
        return Err(CookieRefusal::Prefix);
    }
    if (cookie.same_site == SameSite::None || partitioned) && !cookie.secure {
        return Err(CookieRefusal::NeedsSecure);
    }
    let third_party = trip.top.is_some_and(|top| rules.site(top) != rules.site(trip.url));
    let blocked =
        third_party && ((rules.block_third_party && !partitioned) || cookie.same_site != SameSite::None);
    if rules.block_all || blocked {
        return Err(CookieRefusal::ThirdParty);
    }
    Ok(())
}

/// Whether `domain` is `host` or above it.
fn covers(domain: &str, host: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn path_matches(cookie: &str, path: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        Some((directory, _)) if !directory.is_empty() => directory.to_owned(),
        _ => "/".to_owned(),
    }
}
