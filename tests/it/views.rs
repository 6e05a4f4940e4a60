//! Views (house §4.12): every sample of every view renders in every language into sound, accessible
//! HTML that loads nothing from elsewhere; strangers' words stay words. `LAUREL_VIEW_DUMP=folder`
//! writes the samples into a folder that any static file server can show.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use laurel::{
    design::{DefaultBadge, default_badge},
    texts::{Language, Texts},
    web::views::{
        assets,
        markdown::render,
        samples::{self, Sample},
    },
};
use poem::{Endpoint as _, Request, Route, http::StatusCode};
use scraper::{ElementRef, Html, Selector};

const VIEWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/views");

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn words(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().trim().to_owned()
}

/// Runs a check on every sample; its name stands in the message of a failure.
fn each(check: impl Fn(&Sample, &Html, &str)) {
    for sample in samples::all() {
        let name = format!("{} {}", sample.view, sample.number);
        check(&sample, &Html::parse_document(&sample.html), &name);
    }
}

/// All files below `folder` with this ending.
fn files(folder: &Path, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
    found
}

#[test]
fn every_view_has_samples_in_every_language() {
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let all = samples::all();
    for sample in &all {
        let page = Html::parse_document(&sample.html);
        let lang = page.root_element().attr("lang").unwrap_or_default().to_owned();
        seen.entry(sample.view).or_default().insert(lang);
    }
    for source in files(Path::new(VIEWS), ".rs") {
        // A view is a struct with a template that is a whole page.
        for view in source.split("page!(").skip(1).filter_map(|rest| rest.split(')').next()) {
            if view.chars().all(char::is_alphanumeric) {
                let langs = seen.get(view).unwrap_or_else(|| panic!("list {view} in views/samples.rs"));
                assert_eq!(langs.len(), Language::ALL.len(), "{view} has samples in {langs:?} only");
            }
        }
    }
    assert!(seen.contains_key("AutoForm") && seen.len() >= 8, "{:?}", seen.keys());
}

#[test]
fn every_page_says_its_language_title_and_heading() {
    each(|_, page, name| {
        let lang = page.root_element().attr("lang").unwrap_or_default();
        assert!(Language::ALL.iter().any(|language| language.tag() == lang), "{name}: lang `{lang}`");
        assert!(!words(select(page, "head > title").first().unwrap()).is_empty(), "{name}: title");
        let headings = select(page, "h1");
        assert_eq!(headings.len(), 1, "{name}: one h1");
        assert!(!words(&headings[0]).is_empty(), "{name}: h1 is empty");
        assert_eq!(select(page, "main#main").len(), 1, "{name}: main");
        assert_eq!(select(page, "meta[name=viewport]").len(), 1, "{name}: viewport");
        if page.root_element().html().contains("class=\"skip\"") {
            assert_eq!(select(page, "body > a.skip[href='#main']").len(), 1, "{name}: skip link");
        }
        // No level of heading is left out on the way down.
        let mut above = 1;
        for heading in select(page, "h1, h2, h3, h4, h5, h6") {
            let level: u32 = heading.value().name()[1..].parse().unwrap();
            assert!(level <= above + 1, "{name}: h{level} follows h{above}");
            above = level;
        }
        let ids: Vec<_> =
            select(page, "[id]").iter().map(|element| element.attr("id").unwrap().to_owned()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}: ids {ids:?}");
        assert!(page.errors.iter().all(|error| !error.contains("nexpected")), "{name}: {:?}", page.errors);
    });
}

#[test]
fn every_picture_link_and_field_has_words() {
    each(|_, page, name| {
        for picture in select(page, "img") {
            assert!(!picture.attr("alt").unwrap_or_default().is_empty(), "{name}: picture without alt");
        }
        for element in select(page, "a, button, summary, dt, h2, h3") {
            assert!(!words(&element).is_empty(), "{name}: {} without words", element.value().name());
        }
        for field in select(page, "input:not([type=hidden]), select, textarea") {
            let id = field.attr("id").unwrap_or_default();
            let label = format!("label[for='{id}']");
            let is_labelled = field.attr("aria-label").is_some() || !select(page, &label).is_empty();
            assert!(!id.is_empty() && is_labelled, "{name}: a field without label");
        }
        for svg in select(page, "svg") {
            assert_eq!(svg.attr("aria-hidden"), Some("true"), "{name}: a drawing that is read aloud");
        }
        for link in select(page, "a[target=_blank]") {
            assert_eq!(link.attr("rel"), Some("noopener"), "{name}");
        }
        for form in
            // A form that goes on by itself, a login, which anybody may send, and an answer that a platform checks.
            select(page, "form[method=post]")
                .iter()
                .filter(|form| !matches!(form.attr("id"), Some("auto-form" | "again" | "back")))
        {
            assert!(form.html().contains("name=\"csrf\""), "{name}: a form without csrf token");
        }
    });
}

/// The content policy is `default-src 'none'; style-src 'self'; img-src 'self' data:`.
#[test]
fn pages_hold_no_inline_code_and_load_nothing_from_elsewhere() {
    each(|sample, page, name| {
        assert!(
            select(page, "[style], style, base, iframe, object, embed").is_empty(),
            "{name}: inline style"
        );
        for element in select(page, "*") {
            for (attribute, value) in element.value().attrs() {
                assert!(!attribute.starts_with("on"), "{name}: {attribute}");
                let scheme = value.trim_start().to_ascii_lowercase();
                let is_address = ["href", "src", "action", "formaction"].contains(&attribute);
                assert!(!is_address || !scheme.starts_with("javascript:"), "{name}: {attribute}={value}");
            }
        }
        let loads = "img, script, link[rel=stylesheet], link[rel=icon]";
        for element in select(page, loads) {
            let address = element.attr("src").or_else(|| element.attr("href")).unwrap_or_default();
            let is_ours = address.starts_with("/assets/") || address.starts_with("/media/");
            // A hostile picture's address is not ours, but it is a path.
            assert!(is_ours || (!address.contains("//") && address.starts_with('"')), "{name}: {address}");
        }
        let scripts = select(page, "script");
        let is_form =
            ["AutoForm", "AskPage", "LoginPage", "RegisterBegin", "RegisterDone"].contains(&sample.view);
        assert_eq!(scripts.len(), usize::from(is_form), "{name}: scripts");
        assert!(scripts.iter().all(|script| words(script).is_empty()), "{name}: inline script");
    });
}

#[test]
fn hostile_words_stay_words() {
    each(|sample, page, name| {
        assert!(!sample.html.contains("<script>alert") && !sample.html.contains("<img src=x"), "{name}");
        assert!(!sample.html.contains(['\u{202a}', '\u{202e}', '\u{2066}']), "{name}: direction override");
        let title = words(select(page, "head > title").first().unwrap());
        assert!(!title.contains("<script>") || select(page, "head script").is_empty(), "{name}: {title}");
    });
    // The hostile words do arrive, escaped.
    let shown = samples::all().iter().filter(|sample| sample.html.contains("alert(1)")).count();
    assert!(shown >= 8, "only {shown} samples hold hostile words");
}

#[test]
fn every_text_named_by_a_view_exists_in_every_language() {
    let mut keys = BTreeSet::new();
    for template in files(Path::new(VIEWS), ".html") {
        for call in [".say(\"", ".text(\""] {
            keys.extend(template.split(call).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
    }
    let catalogue: String = files(&Path::new(VIEWS).join("../../texts/en"), ".ftl").concat();
    let known: BTreeSet<_> =
        catalogue.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key).collect();
    // In the sources, every quoted word that looks like a key of the pages is one.
    let mut sources = files(Path::new(VIEWS), ".rs");
    sources.extend(files(&Path::new(VIEWS).join("../course"), ".rs"));
    for source in sources {
        for quoted in source.split('"').skip(1).step_by(2) {
            let family = quoted.split('-').next().unwrap_or_default();
            let is_key = [
                "state",
                "learner",
                "instructor",
                "check",
                "error",
                "claim",
                "share",
                "criteria",
                "label",
                "register",
                "reconcile",
                "roster",
                "promise",
                "alarm",
                "approval",
                "channel",
                "channels",
                "gradebook",
                "hold",
                "list",
                "terms",
                "trigger",
                "undo",
            ]
            .contains(&family)
                && quoted.contains('-')
                && quoted.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if is_key {
                keys.insert(quoted.to_owned());
            }
        }
    }
    assert!(keys.len() > 100, "found only {} keys", keys.len());
    for key in &keys {
        assert!(known.contains(key.as_str()), "{key} is in no catalogue");
    }
    // And no page shows a key instead of words.
    each(|sample, _, name| {
        for key in &keys {
            let bare = format!(">{key}<");
            assert!(!sample.html.contains(&bare), "{name} shows the key {key}");
        }
    });
}

/// OB130: criteria with script, `javascript:` links and event handlers.
#[test]
fn markdown_of_strangers_is_harmless() {
    let html = render(
        "Hello <script>alert(1)</script> *you*\n\n<img src=x onerror=alert(2)>\n\n\
         [a](javascript:alert(3)) [b](https://example.org) [c](mailto:a@example.org) [d](/path) \
         [e](data:text/html,x) [f](JaVaScRiPt:alert(4)) <javascript:alert(5)>\n\n\
         ![A picture](https://elsewhere.example/p.png)\n\n# Top\n\n###### Deep\n\n\
         <div style=\"x\" onclick=\"alert(6)\">in a block</div>\n",
    );
    let page = Html::parse_fragment(&html);
    assert!(select(&page, "script, img, div, style, [onclick], [onerror], [style]").is_empty(), "{html}");
    let links: Vec<_> =
        select(&page, "a").iter().map(|a| (words(a), a.attr("href").map(str::to_owned))).collect();
    let target =
        |name: &str| links.iter().find(|(words, _)| words == name).and_then(|(_, href)| href.clone());
    assert_eq!(target("b").as_deref(), Some("https://example.org"));
    assert_eq!(target("c").as_deref(), Some("mailto:a@example.org"));
    for name in ["a", "d", "e", "f"] {
        assert_eq!(target(name), None, "{name}: {html}");
    }
    assert!(
        select(&page, "a[href]").iter().all(|a| a.attr("rel") == Some("nofollow noopener ugc")),
        "{html}"
    );
    let text: String = page.root_element().text().collect();
    for shown in ["<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "A picture", "in a block"] {
        assert!(text.contains(shown), "`{shown}` is not shown: {text}");
    }
    assert!(!html.contains("elsewhere.example") && !html.contains("<h1") && !html.contains("<h2"), "{html}");
    assert_eq!(select(&page, "h3").len(), 1);
    assert_eq!(select(&page, "h6").len(), 1);
}

#[test]
fn markdown_keeps_what_commonmark_means() {
    assert_eq!(render(""), "");
    assert_eq!(render("a **b** _c_ `d`"), "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>\n");
    assert_eq!(render("3. x\n4. y"), "<ol start=\"3\">\n<li>x</li>\n<li>y</li>\n</ol>\n");
    assert_eq!(render("5 < 6 & 7"), "<p>5 &lt; 6 &amp; 7</p>\n");
    let deep = render(&"> ".repeat(5_000));
    assert!(!deep.contains("<script"), "deep nesting ends");
}

#[test]
fn an_error_page_explains_in_the_readers_language_and_names_the_reference() {
    use laurel::web::views::error::ErrorPage;
    let page = |language, status, code: &str, message: &str| {
        let detail = Some("issuer: https://lms.example\nclient_id: c1".to_owned());
        let html = ErrorPage::new(language, status, code, message, detail, &"ref-12345678").html();
        let page = Html::parse_document(&html);
        let main = words(&select(&page, "main")[0]);
        (main, select(&page, "[lang=en] , .lead[lang=en]").len())
    };
    let german = Texts::of(Language::De);
    let (text, _) = page(Language::De, StatusCode::UNAUTHORIZED, "lti.launch.browser_unbound", "No cookie.");
    for shown in [
        german.say("error-browser-what"),
        german.say("error-browser-next"),
        "lti.launch.browser_unbound".to_owned(),
        "ref-12345678".to_owned(),
        "issuer: https://lms.example".to_owned(),
        "client_id: c1".to_owned(),
    ] {
        assert!(text.contains(&shown), "`{shown}` is not shown: {text}");
    }
    // A code without advice keeps its own sentence, marked as English.
    let message = "This award was revoked before.";
    let (text, english) = page(Language::De, StatusCode::CONFLICT, "award.already_revoked", message);
    assert!(text.contains(message) && english > 0, "{text}");
    assert!(!text.contains(&german.say("error-internal-what")), "a conflict is not our failure: {text}");
    let english = Texts::of(Language::En);
    for (status, code, key) in [
        (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "error-too-many-next"),
        (StatusCode::PAYLOAD_TOO_LARGE, "body.too_large", "error-too-large-what"),
        (StatusCode::NOT_FOUND, "not_found", "error-not-found-what"),
        (StatusCode::BAD_GATEWAY, "timeout", "error-internal-next"),
    ] {
        let (text, _) = page(Language::En, status, code, "");
        assert!(text.contains(&english.say(key)), "{code}: {text}");
    }
}

/// The six things a badge's page shows at least (open-badges §12), and what previews need (§14.5).
#[test]
fn a_share_page_shows_what_certification_asks_for() {
    let samples = samples::all();
    let html = &samples.iter().find(|sample| sample.view == "SharePage").unwrap().html;
    let page = Html::parse_document(html);
    let text = words(&select(&page, "main")[0]);
    for shown in
        ["Statistics Foundations", "says how sure", "Northfield University", "23 November 2026", "Valid"]
    {
        assert!(text.contains(shown), "`{shown}`: {text}");
    }
    assert_eq!(select(&page, "main img[src='/media/badge-0.png']").len(), 1);
    let form = &select(&page, "form[method=get]")[0];
    assert_eq!(form.attr("action"), Some("/share/7f3a9c2b5d8e4f60#check"));
    assert_eq!(select(&page, "form button[name=verify][value='1']").len(), 1);
    for property in ["og:title", "og:description", "og:image", "og:url"] {
        let meta = format!("meta[property='{property}']");
        assert!(!select(&page, &meta)[0].attr("content").unwrap().is_empty(), "{property}");
    }
    let canonical = select(&page, "link[rel=canonical]")[0].attr("href");
    assert_eq!(canonical, Some("https://badges.example.edu/share/7f3a9c2b5d8e4f60"));
    assert_eq!(select(&page, "link[rel=alternate][type='application/ld+json']").len(), 1);
    // Without a public document there is nothing to point at.
    let bare = samples.iter().filter(|sample| sample.view == "SharePage").nth(8).unwrap();
    assert!(select(&Html::parse_document(&bare.html), "link[rel=alternate]").is_empty());
}

/// Every step is told in the reader's language; what went wrong also in the check's own words, marked as English.
#[test]
fn a_check_is_told_in_the_readers_language() {
    let samples = samples::all();
    let pages: Vec<_> = samples.iter().filter(|sample| sample.view == "SharePage").collect();
    let (english, german) = pages.split_at(pages.len() / 2);
    let steps = |sample: &Sample| words(&select(&Html::parse_document(&sample.html), "#check ol")[0]);
    for (pages, language) in [(english, Language::En), (german, Language::De)] {
        // Revoked: the signature is in order, the status is not.
        let text = steps(pages[3]);
        let proof = Texts::of(language).say("check-proof");
        assert!(
            text.contains(&proof) && !text.contains("ob.proof.value"),
            "no codes where all is well: {text}"
        );
        let revoked = Texts::of(language).say("check-bad-status-revoked");
        assert!(text.contains(&revoked) && text.contains("ob.status.revoked"), "{revoked}: {text}");
        let page = Html::parse_document(&pages[3].html);
        let codes: Vec<_> =
            select(&page, "#check li").iter().map(|step| step.attr("data-check").unwrap()).collect();
        assert!(codes.contains(&"ob.proof.value") && codes.contains(&"ob.status.revoked"), "{codes:?}");
        let marked: Vec<_> = select(&page, "#check ol [lang=en]").iter().map(words).collect();
        assert!(marked.iter().any(|text| text.contains("The issuer has revoked it")), "{marked:?}");
        let meaning = words(&select(&page, "#check > p")[0]);
        assert_eq!(meaning, Texts::of(language).say("check-revoked-means"));
    }
    // A step that only its own message can tell is marked in German.
    let page = Html::parse_document(&german[3].html);
    let unknown = select(&page, "#check li[data-check='ob.refresh'] p > span[lang=en]");
    assert_eq!(unknown.len(), 1);
}

#[tokio::test]
async fn assets_are_kept_by_their_hash() {
    let routes = assets::routes(Route::new());
    for asset in assets::all() {
        let path = asset.path();
        assert!(!asset.content().is_empty(), "{path} is empty");
        let ask = |path: &str| Request::builder().uri(path.parse().unwrap());
        let answer = routes.call(ask(&path).finish()).await.unwrap();
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
        let tag = answer.header("etag").unwrap().to_owned();
        let answer =
            routes.call(ask(&path).header("if-none-match", format!("W/{tag}")).finish()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
        let name = path.rsplit('/').next().unwrap();
        let old = routes.call(ask(&format!("/assets/0000/{name}")).finish()).await.unwrap();
        assert_eq!((old.status(), old.header("cache-control")), (StatusCode::OK, Some("no-cache")));
    }
    let missing = Request::builder().uri("/assets/0000/other.css".parse().unwrap()).finish();
    assert!(routes.call(missing).await.is_err_and(|error| error.status() == StatusCode::NOT_FOUND));
}

/// The colours of one scheme, by name.
fn colours(css: &str) -> BTreeMap<&str, [f64; 3]> {
    let lines =
        css.lines().filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": #"));
    lines
        .map(|(name, hex)| {
            let part = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            (name, [part(0), part(2), part(4)])
        })
        .collect()
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

/// WCAG 2.2 AA: 4.5 to 1 for words, 3 to 1 for signs and edges that carry meaning.
#[test]
fn colours_have_enough_contrast_in_both_schemes() {
    let css = String::from_utf8(assets::LAUREL_CSS.content().to_vec()).unwrap();
    let (light, rest) = css.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let dark = rest.split_once("/* Ground */").unwrap().0;
    for (scheme, colours) in [("light", colours(light)), ("dark", colours(dark))] {
        let contrast = |front: &str, back: &str| {
            let (a, b) = (luminance(colours[front]), luminance(colours[back]));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        let mut pairs = vec![("on-accent", "accent", 4.5), ("on-accent", "accent-deep", 4.5)];
        for front in ["ink", "soft", "accent", "accent-deep"] {
            pairs.extend([(front, "paper", 4.5), (front, "card", 4.5)]);
        }
        for state in ["good", "wait", "bad", "past"] {
            pairs.extend([(state, "paper", 4.5), (state, "card", 4.5)]);
        }
        pairs.extend([("good", "good-wash", 4.5), ("wait", "wait-wash", 4.5), ("bad", "bad-wash", 4.5)]);
        pairs.extend([("past", "past-wash", 4.5), ("ink", "past-wash", 4.5), ("accent", "good-wash", 4.5)]);
        pairs.extend([
            ("soft", "past-wash", 4.5),
            ("focus", "paper", 3.0),
            ("focus", "card", 3.0),
            ("edge", "card", 3.0),
        ]);
        for (front, back, least) in pairs {
            let contrast = contrast(front, back);
            assert!(contrast >= least, "{scheme}: {front} on {back} is {contrast:.2}, not {least}");
        }
    }
}

/// Writes every sample where `LAUREL_VIEW_DUMP` says, with the files they need, to look at them.
#[test]
fn samples_can_be_looked_at() {
    let Some(folder) = std::env::var_os("LAUREL_VIEW_DUMP") else { return };
    let folder = Path::new(&folder);
    for asset in assets::all() {
        let path = folder.join(asset.path().trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, asset.content()).unwrap();
    }
    fs::create_dir_all(folder.join("media")).unwrap();
    for (number, title) in
        ["Statistics Foundations", "Reproducible Research", "Peer Reviewer"].iter().enumerate()
    {
        let (title, issuer_name) = ((*title).to_owned(), "Northfield University".to_owned());
        let badge = DefaultBadge { seed: title.clone().into_bytes(), title, issuer_name };
        let picture = default_badge(&badge).unwrap();
        fs::write(folder.join(format!("media/badge-{number}.png")), picture.bytes).unwrap();
    }
    for sample in samples::all() {
        fs::write(folder.join(format!("{}-{:02}.html", sample.view, sample.number)), sample.html).unwrap();
    }
}
