//! The user agent: forms as browsers read them, cookies as browsers refuse them.

use chrono::{DateTime, Utc};
use url::Url;

use crate::{
    browser::{
        html,
        jar::{CookieRefusal, CookieRules, Jar, Trip},
    },
    fields,
};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_900_000_000 + seconds, 0).unwrap()
}

/// A request typed into the address bar.
fn typed(url: &Url) -> Trip<'_> {
    Trip { url, initiator: None, top: None, is_get: true, now: at(0) }
}

#[test]
fn forms_are_read_with_entities_and_odd_markup() {
    let page = r#"<!doctype html><!-- <form action="/no"> --><title>a < b</title>
        <script>var s = "<form action='/never'>";</script>
        <FORM id=one method=POST action="/go?a=1&amp;b=2">
          <input type="hidden" name="state" value="a&quot;b&#39;c&#x2F;d&amp;amp;">
          <input name=plain value=x/y>
          <input type=checkbox name=no value=1><input type=checkbox name=yes checked>
          <input disabled name=off value=1>
          <select name=pick><option value=1>One<option value=2 selected>Two</select>
          <textarea name=words>
line &lt;1&gt;</textarea>
          <button name="do" value="it">Do   <b>it</b></button><input type=submit value="Or this">
        </FORM>
        <form><input name=second></form>"#;
    let forms = html::forms(page);
    assert_eq!(forms.len(), 2);
    let form = &forms[0];
    assert_eq!(
        (form.id.as_deref(), form.method.as_str(), form.action.as_str()),
        (Some("one"), "post", "/go?a=1&b=2")
    );
    let expected =
        [("state", "a\"b'c/d&amp;"), ("plain", "x/y"), ("yes", "on"), ("pick", "2"), ("words", "line <1>")];
    assert_eq!(form.fields, fields::owned(&expected));
    assert_eq!(form.buttons[0], ("do".to_owned(), "it".to_owned(), "Do it".to_owned()));
    assert_eq!(form.buttons[1].2, "Or this");
    assert_eq!(forms[1].fields, fields::owned(&[("second", "")]));
}

#[test]
fn broken_markup_ends_and_loses_nothing_silently() {
    for page in [
        "<form",
        "<form action='x",
        "<input name=\"",
        "</",
        "<",
        "&",
        "&#xFFFFFFFF;",
        "<a =b =>",
        "<script>",
        "é<é&é;",
        "<form><textarea name=a>",
    ] {
        assert!(html::forms(page).len() <= 1, "{page}");
    }
    assert_eq!(html::decode("&unknown; &amp &#0; &#x41;"), "&unknown; &amp \u{0} A");
}

#[test]
fn a_jar_keeps_sends_and_ends_cookies() {
    let url = Url::parse("https://badges.example/lti/login").unwrap();
    let elsewhere = Url::parse("https://badges.example/other").unwrap();
    let other = Url::parse("https://evil.example/lti/login").unwrap();
    let sub = Url::parse("https://a.badges.example/").unwrap();
    let rules = CookieRules::default();
    let mut jar = Jar::default();
    jar.set("a=1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600", typed(&url), rules).unwrap();
    jar.set("b=2", typed(&url), rules).unwrap();
    jar.set("c=3; Domain=badges.example; Path=/", typed(&url), rules).unwrap();
    assert_eq!(jar.header(typed(&url), rules).as_deref(), Some("a=1; b=2; c=3"));
    assert_eq!(
        jar.header(typed(&elsewhere), rules).as_deref(),
        Some("a=1; c=3"),
        "b has the default path /lti"
    );
    assert_eq!(jar.header(typed(&sub), rules).as_deref(), Some("c=3"));
    assert_eq!(jar.header(typed(&other), rules), None);
    let later = Trip { now: at(601), ..typed(&url) };
    assert_eq!(jar.header(later, rules).as_deref(), Some("b=2; c=3"), "a is over");
    jar.set("a=1; Path=/; Max-Age=0; Secure", typed(&url), rules).unwrap();
    jar.set("b=; Expires=Wed, 21 Oct 2015 07:28:00 GMT", typed(&url), rules).unwrap();
    assert_eq!(jar.header(typed(&url), rules).as_deref(), Some("c=3"));
}

#[test]
fn a_jar_refuses_what_browsers_refuse() {
    let https = Url::parse("https://badges.example/").unwrap();
    let http = Url::parse("http://badges.example/").unwrap();
    let local = Url::parse("http://localhost:8080/").unwrap();
    let rules = CookieRules::default();
    let refused = |line: &str, url: &Url| Jar::default().set(line, typed(url), rules).unwrap_err();
    assert_eq!(refused("nothing", &https), CookieRefusal::Malformed);
    assert_eq!(refused("=x", &https), CookieRefusal::Malformed);
    assert_eq!(refused("a=1; Secure", &http), CookieRefusal::Insecure);
    assert_eq!(refused("__Host-a=1; Path=/", &https), CookieRefusal::Prefix);
    assert_eq!(refused("__Host-a=1; Secure; Path=/lti", &https), CookieRefusal::Prefix);
    assert_eq!(refused("__Host-a=1; Secure; Path=/; Domain=badges.example", &https), CookieRefusal::Prefix);
    assert_eq!(refused("__Secure-a=1", &https), CookieRefusal::Prefix);
    assert_eq!(refused("a=1; SameSite=None", &https), CookieRefusal::NeedsSecure);
    assert_eq!(refused("a=1; Partitioned", &https), CookieRefusal::NeedsSecure);
    assert_eq!(
        refused("a=1; Domain=example", &Url::parse("https://badgesexample/").unwrap()),
        CookieRefusal::Domain
    );
    assert_eq!(refused("a=1; Domain=evil.example", &https), CookieRefusal::Domain);
    let good = "__Host-a=1; Secure; Path=/; HttpOnly; SameSite=None; Partitioned";
    assert!(Jar::default().set(good, typed(&local), rules).is_ok(), "loopback counts as secure");
    let strict = CookieRules { loopback_is_secure: false, ..rules };
    assert_eq!(Jar::default().set(good, typed(&local), strict).unwrap_err(), CookieRefusal::Insecure);
    let none = CookieRules { block_all: true, ..rules };
    assert_eq!(Jar::default().set("a=1", typed(&https), none).unwrap_err(), CookieRefusal::ThirdParty);
}

#[test]
fn cookies_travel_across_sites_as_their_attributes_say() {
    let tool = Url::parse("https://badges.example/lti/launch").unwrap();
    let lms = Url::parse("https://lms.campus.example/auth").unwrap();
    let rules = CookieRules::default();
    let mut jar = Jar::default();
    jar.set("strict=1; SameSite=Strict; Path=/", typed(&tool), rules).unwrap();
    jar.set("lax=1; Path=/", typed(&tool), rules).unwrap();
    jar.set("none=1; SameSite=None; Secure; Path=/", typed(&tool), rules).unwrap();
    let framed = Trip { top: Some(&lms), initiator: Some(&lms), ..typed(&tool) };
    jar.set("own=1; SameSite=None; Secure; Path=/; Partitioned", framed, rules).unwrap();
    assert_eq!(
        jar.set("third=1; Path=/", framed, rules).unwrap_err(),
        CookieRefusal::ThirdParty,
        "a Lax cookie is not kept in a foreign frame"
    );
    let sent = |trip, rules| jar.header(trip, rules).unwrap_or_default();
    assert_eq!(sent(typed(&tool), rules), "strict=1; lax=1; none=1");
    let post = Trip { initiator: Some(&lms), is_get: false, ..typed(&tool) };
    assert_eq!(sent(post, rules), "none=1", "a cross-site POST, top level");
    let link = Trip { initiator: Some(&lms), ..typed(&tool) };
    assert_eq!(sent(link, rules), "lax=1; none=1", "a cross-site link, top level");
    assert_eq!(sent(framed, rules), "none=1; own=1", "in the frame of the LMS");
    let careful = CookieRules { block_third_party: true, ..rules };
    assert_eq!(sent(framed, careful), "own=1", "third-party cookies blocked: only the partitioned one");
    let elsewhere = Url::parse("https://other.lms.example/").unwrap();
    let other_frame = Trip { top: Some(&elsewhere), initiator: Some(&elsewhere), ..typed(&tool) };
    assert_eq!(sent(other_frame, careful), "", "a partition belongs to one top-level site");
    let local = (Url::parse("http://localhost:1/").unwrap(), Url::parse("http://localhost:2/").unwrap());
    let mut jar = Jar::default();
    jar.set("a=1; Path=/", typed(&local.0), rules).unwrap();
    let framed = Trip { top: Some(&local.1), initiator: Some(&local.1), ..typed(&local.0) };
    assert_eq!(jar.header(framed, rules).as_deref(), Some("a=1"), "ports make no site");
    let ports = CookieRules { ports_are_sites: true, ..rules };
    assert_eq!(jar.header(framed, ports), None, "unless a test wants them to");
}
