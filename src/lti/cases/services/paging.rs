//! A13, A14, N04 and paging that lies (§17.3).

use proptest::prelude::*;

use super::linked;
use crate::services::{
    Answer,
    paging::{MOST_PAGES, Pager, PagingLie},
};

const FIRST: &str = "https://h.example/x/lineitems?type_id=1";

fn after(link: &str) -> Result<Option<String>, PagingLie> {
    let mut pager = Pager::new(FIRST).unwrap();
    pager.turn(&linked(link, "")).map(|()| pager.address().map(str::to_owned))
}

#[test]
fn a13_every_spelling_of_next_is_found() {
    let next = "https://h.example/x/lineitems?type_id=1&page=2";
    for link in [
        format!("<{next}>; rel=\"next\""),
        format!("<{next}>;rel=next"),
        format!("<{next}> ; REL = \"NEXT\""),
        format!("<{next}>; rel='next'"),
        format!("<{next}>; rel=\u{201c}next\u{201d}"),
        format!("<{next}>; rel=\u{201e}next\u{201c}"),
        format!("<{next}>; rel=\"next last\""),
        format!("<{next}>; rel=\"last next\"; title=\"a, <b>; c\""),
        format!("<{next}>; title=\"a, b\"; rel=next"),
        format!("<{next}>; foo; rel=next"),
        format!(
            "<https://h.example/1>; rel=\"first\", <{next}>; rel=\"next\", <https://h.example/9>; rel=\"last\""
        ),
        format!("<https://h.example/a,b;c>; rel=\"prev\",<{next}>; rel=\"next\""),
        format!("<https://h.example/d>; rel=\"differences\", <{next}>; rel=\"next\""),
        format!("< {next} >; rel=\"next\""),
        "<https://h.example/x/lineitems?type_id=1&amp;page=2>; rel=\u{201c}next\u{201d}".to_owned(),
        "</x/lineitems?type_id=1&page=2>; rel=\"next\"".to_owned(),
        "<?type_id=1&page=2>; rel=\"next\"".to_owned(),
        "<lineitems?type_id=1&page=2>; rel=next".to_owned(),
        format!("<{next}#part>; rel=next"),
    ] {
        assert_eq!(after(&link), Ok(Some(next.to_owned())), "{link}");
    }
}

#[test]
fn what_is_not_next_ends_the_list() {
    for link in [
        "",
        "<https://h.example/2>",
        "<https://h.example/2>; rel=\"prev\"",
        "<https://h.example/2>; rel=\"nextish\"",
        "<https://h.example/2>; title=\"rel=next\"",
        "<https://h.example/2>; rel=first; rel=next",
        "<https://h.example/2>; rel=\"differences\"",
        "https://h.example/2; rel=next",
        "<https://h.example/2; rel=next",
    ] {
        assert_eq!(after(link), Ok(None), "{link}");
    }
}

#[test]
fn several_headers_and_bytes_that_are_no_text() {
    let headers: [(&str, &[u8]); 3] = [
        ("link", b"<https://h.example/0>; rel=\"first\""),
        ("X-Link", b"<https://h.example/9>; rel=\"next\""),
        // Windows-1252 quotes.
        ("LINK", b"<https://h.example/2>; rel=\x93next\x94"),
    ];
    let mut pager = Pager::new(FIRST).unwrap();
    pager.turn(&Answer::new(200, headers, b"")).unwrap();
    assert_eq!(pager.address(), Some("https://h.example/2"));
}

#[test]
fn a_page_on_another_server_is_not_asked_for() {
    for link in [
        "<https://evil.example/2>; rel=next",
        "<http://h.example/2>; rel=next",
        "<https://h.example:8443/2>; rel=next",
        "<//evil.example/2>; rel=next",
        "<https://user:pass@h.example/2>; rel=next",
        "<https://h.example.evil.example/2>; rel=next",
        "<https:\\\\evil.example/2>; rel=next",
        "<javascript:alert(1)>; rel=next",
        "<data:text/plain,x>; rel=next",
    ] {
        assert_eq!(after(link), Err(PagingLie::OtherOrigin), "{link}");
    }
    assert_eq!(after("<https://[>; rel=next"), Err(PagingLie::Unreadable));
}

#[test]
fn a_repeated_page_ends_the_walk() {
    assert_eq!(after(&format!("<{FIRST}>; rel=next")), Err(PagingLie::Repeated));
    assert_eq!(after("<>; rel=next"), Err(PagingLie::Repeated));
    assert_eq!(after("<#top>; rel=next"), Err(PagingLie::Repeated));
    let mut pager = Pager::new(FIRST).unwrap();
    pager.turn(&linked("</2>; rel=next", "")).unwrap();
    pager.turn(&linked("</3>; rel=next", "")).unwrap();
    assert_eq!(pager.turn(&linked("<https://h.example:443/2>; rel=next", "")), Err(PagingLie::Repeated));
    assert!(!pager.is_done(), "broken is not done");
}

#[test]
fn a_walk_without_end_ends_at_a_thousand_pages() {
    let mut pager = Pager::new(FIRST).unwrap();
    let lie = (2..).find_map(|page| pager.turn(&linked(&format!("</p/{page}>; rel=next"), "")).err());
    assert_eq!(lie, Some(PagingLie::Endless));
    assert_eq!((pager.pages(), pager.is_done()), (MOST_PAGES, false));
}

#[test]
fn addresses_are_asked_for_as_given() {
    let given = "https://h.example/x/a%2Fb|c?q='1'&r=%zz";
    assert_eq!(after(&format!("<{given}>; rel=next")), Ok(Some(given.to_owned())));
    assert!(Pager::new("not an address").is_err());
    assert!(Pager::new("mailto:a@b.example").is_err());
}

proptest! {
    #[test]
    fn no_header_makes_us_leave_the_server(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let headers: [(&str, &[u8]); 1] = [("link", &bytes)];
        let mut pager = Pager::new(FIRST).unwrap();
        if pager.turn(&Answer::new(200, headers, b"")).is_ok()
            && let Some(address) = pager.address()
        {
            let url = url::Url::parse(address).unwrap();
            prop_assert_eq!(url.origin().ascii_serialization(), "https://h.example");
        }
    }

    #[test]
    fn no_target_makes_us_leave_the_server(target in ".{0,60}", quoted in any::<bool>()) {
        let link = if quoted { format!("<{target}>; rel=\"next\"") } else { format!("<{target}>;rel=next") };
        if let Ok(Some(address)) = after(&link) {
            let url = url::Url::parse(&address).unwrap();
            prop_assert_eq!(url.origin().ascii_serialization(), "https://h.example");
        }
    }
}
