//! Section 9: deep linking, as far as it needs no pages.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::fixture::*;
use crate::{
    Launch, Message, Permission, Refusal, Roles, Switches,
    claims::*,
    deep_linking::{
        Asked, ContentItem, DocumentTarget, Frame, Html, ItemProblem, ItemType, LineItem, Link, Picture,
        Post, ResourceLink, Response, ResponseError, Reviewable, ScoreMaximum, Settings, Span, Window,
    },
    keys::ToolKey,
};

const RETURN: &str = "https://lms.campus.example/dl/return?course=77&sesskey=a%20b";
const INSTITUTION_ADMIN: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator";
const SYSTEM_ADMIN: &str = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator";

/// D01: as the certification suite sends it.
fn ask(payload: &mut Value) {
    payload[MESSAGE_TYPE] = "LtiDeepLinkingRequest".into();
    payload[ROLES] = json!([INSTRUCTOR]);
    without(payload, RESOURCE_LINK);
    without(payload, TARGET_LINK_URI);
    payload[DEEP_LINKING_SETTINGS] = json!({
        "deep_link_return_url": RETURN,
        "accept_types": ["link", "file", "html", "ltiResourceLink", "image"],
        "accept_presentation_document_targets": ["iframe", "window", "embed"],
        "accept_media_types": "image/:::asterisk:::,text/html",
        "accept_multiple": true,
        "auto_create": true,
        "title": "Badge", "text": "A badge",
        "data": "909708"
    });
}

fn asked(change: impl FnOnce(&mut Value)) -> Outcome {
    run(|case| {
        ask(&mut case.payload);
        change(&mut case.payload);
    })
}

fn with_settings(change: impl FnOnce(&mut Value)) -> Outcome {
    asked(|payload| change(&mut payload[DEEP_LINKING_SETTINGS]))
}

fn settings_of(outcome: Outcome) -> Settings {
    let Launch { message: Message::DeepLinking(settings), .. } = outcome.launch.unwrap() else {
        panic!("a deep linking request")
    };
    *settings
}

fn d01() -> Settings {
    settings_of(asked(|_| {}))
}

fn answer(settings: &Settings, response: Response, now: DateTime<Utc>) -> Result<Post, ResponseError> {
    let registration = p1();
    let asked = Asked { registration: &registration, deployment_id: "dep-9", settings };
    response.post(&asked, &tool(), &P1_B, [3; 16], now)
}

/// Header and claims of an answer, after its signature was checked with what our JWKS publishes.
fn opened(post: &Post, key: &ToolKey) -> (Value, Value) {
    let jwk = key.public_jwk();
    let text = |name: &str| jwk[name].as_str().unwrap();
    let decoding = DecodingKey::from_rsa_components(text("n"), text("e")).unwrap();
    let mut checks = Validation::new(Algorithm::RS256);
    checks.validate_exp = false;
    checks.validate_aud = false;
    checks.required_spec_claims.clear();
    let data = jsonwebtoken::decode::<Value>(&post.fields[0].1, &decoding, &checks).unwrap();
    (serde_json::to_value(&data.header).unwrap(), data.claims)
}

/// The claims of an answer to `settings`.
fn sent(settings: &Settings, response: Response) -> Value {
    opened(&answer(settings, response, t0()).unwrap(), &P1_B).1
}

fn item_of(settings: &Settings, item: ContentItem) -> Value {
    sent(settings, Response::picked(vec![item]))[CONTENT_ITEMS][0].clone()
}

const CONTENT_ITEMS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items";
const DATA: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/data";

fn badge() -> ResourceLink {
    ResourceLink {
        url: Some("https://badges.example/course/badge/17".into()),
        title: Some("Lab safety badge".into()),
        text: Some("Earned after both safety quizzes".into()),
        custom: BTreeMap::from([("badge".to_owned(), "17".to_owned())]),
        line_item: Some(LineItem {
            label: "Lab safety badge".into(),
            score_maximum: ScoreMaximum::HUNDRED,
            resource_id: Some("badge-17".into()),
            tag: Some("badge".into()),
            grades_released: None,
            submission_review: None,
        }),
        iframe: Some(Frame { src: None, width: 800, height: 600 }),
        ..ResourceLink::default()
    }
}

fn picked(link: ResourceLink) -> ContentItem {
    ContentItem::ResourceLink(Box::new(link))
}

#[test]
fn d01_a_request_needs_no_link_and_no_target() {
    let launch = asked(|_| {}).launch.unwrap();
    assert_eq!(launch.link(), None);
    assert_eq!(launch.target.path_and_query(), "/course/pick", "the tool's own picker");
    assert_eq!((launch.permission, launch.subject.as_deref()), (Permission::Teach, Some("u-5f2e")));
    let Message::DeepLinking(settings) = launch.message else { panic!("a deep linking request") };
    assert_eq!(settings.return_url, RETURN);
    assert_eq!(settings.accept_types.len(), 5);
    assert!(settings.accept_multiple && settings.auto_create);
    assert_eq!((settings.accept_line_item, settings.takes_line_item()), (None, true));
    assert_eq!(settings.data.as_deref(), Some("909708"));
    assert_eq!((settings.title.as_deref(), settings.text.as_deref()), (Some("Badge"), Some("A badge")));
    let targeted = asked(|payload| payload[TARGET_LINK_URI] = "https://badges.example/course?x=1".into());
    assert_eq!(targeted.launch.unwrap().target.path_and_query(), "/course?x=1");
    let foreign = asked(|payload| payload[TARGET_LINK_URI] = "https://evil.example/".into());
    assert_eq!(foreign.code(), "lti.msg.target_link_uri_not_allowed");
}

#[test]
fn d01_the_user_may_be_left_out() {
    let launch = asked(|payload| without(payload, "sub")).launch.unwrap();
    assert_eq!((launch.subject, launch.permission), (None, Permission::None));
    assert_eq!(launch.person, Person::default());
    assert_eq!(asked(|payload| payload["sub"] = "".into()).code(), "lti.msg.user_missing");
}

#[test]
fn d02_the_answer_is_one_field_to_the_return_address() {
    let post = answer(&d01(), Response::picked(vec![picked(badge())]), t0()).unwrap();
    assert_eq!(post.action, RETURN, "with its query");
    assert_eq!(post.fields[0].0, "JWT");
    assert_eq!(post.origin, "https://lms.campus.example", "D21: what form-action must let through");
    assert!(!format!("{post:?}").contains(&post.fields[0].1), "O02");
}

#[test]
fn d03_the_answer_says_who_for_whom_and_when() {
    let post = answer(&d01(), Response::picked(vec![picked(badge())]), t0()).unwrap();
    let (header, claims) = opened(&post, &P1_B);
    assert_eq!((&header["alg"], &header["kid"]), (&json!("RS256"), &json!(P1_B.kid())));
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!("client-abc"), &json!("https://lms.campus.example"))
    );
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(1_900_000_000), &json!(1_900_000_300)));
    assert_eq!(claims["nonce"], base64([3; 16]));
    assert_eq!(claims[MESSAGE_TYPE], "LtiDeepLinkingResponse");
    assert_eq!(claims[VERSION], "1.3.0");
    assert_eq!(claims[DEPLOYMENT_ID], "dep-9");
    assert_eq!(claims[DATA], "909708");
    assert!(claims[CONTENT_ITEMS].is_array());
    assert_eq!(claims.as_object().unwrap().len(), 10, "no sub, no azp, nothing else: {claims}");
}

#[test]
fn d04_an_item_is_what_the_standard_shows() {
    let link = ResourceLink {
        available: Some(Span { start: Some(Utc.with_ymd_and_hms(2031, 2, 1, 8, 0, 0).unwrap()), end: None }),
        submission: Some(Span {
            start: None,
            end: Some(Utc.with_ymd_and_hms(2031, 6, 30, 22, 0, 0).unwrap()),
        }),
        ..badge()
    };
    // §15.3's example, word for word; D19: dates with zone.
    let expected = json!({
        "type": "ltiResourceLink", "url": "https://badges.example/course/badge/17", "title": "Lab safety badge",
        "text": "Earned after both safety quizzes", "custom": {"badge": "17"},
        "lineItem": {"label": "Lab safety badge", "scoreMaximum": 100, "resourceId": "badge-17", "tag": "badge"},
        "available": {"startDateTime": "2031-02-01T08:00:00Z"},
        "submission": {"endDateTime": "2031-06-30T22:00:00Z"},
        "iframe": {"width": 800, "height": 600}
    });
    assert_eq!(item_of(&d01(), picked(link)), expected);
}

#[test]
fn d06_cancelling_sends_an_empty_list() {
    let claims = sent(&d01(), Response::cancelled());
    assert_eq!(claims[CONTENT_ITEMS], json!([]));
    assert_eq!(claims[DATA], "909708");
}

#[test]
fn d07_one_item_unless_more_are_accepted() {
    let one = settings_of(with_settings(|settings| settings["accept_multiple"] = false.into()));
    let silent = settings_of(with_settings(|settings| without(settings, "accept_multiple")));
    let two = || Response::picked(vec![picked(badge()), picked(badge())]);
    for settings in [one, silent] {
        let refused = answer(&settings, two(), t0()).unwrap_err();
        assert_eq!(refused, ResponseError::Refused(Refusal::DlTooManyItems));
        assert!(answer(&settings, Response::picked(vec![picked(badge())]), t0()).is_ok());
    }
    assert_eq!(sent(&d01(), two())[CONTENT_ITEMS].as_array().unwrap().len(), 2);
}

#[test]
fn d08_only_accepted_types_are_offered_and_sent() {
    let offers = [ItemType::ResourceLink, ItemType::Link];
    assert_eq!(d01().choose(&offers), Ok(ItemType::ResourceLink));
    let files = settings_of(with_settings(|settings| settings["accept_types"] = json!(["file"])));
    let refusal = files.choose(&offers).unwrap_err();
    assert_eq!((refusal.code(), refusal.status()), ("lti.dl.no_acceptable_type", 200));
    assert_eq!(sent(&files, Response::cancelled())[CONTENT_ITEMS], json!([]), "cancel works");
    let forced = answer(&files, Response::picked(vec![picked(badge())]), t0()).unwrap_err();
    assert_eq!(forced, ResponseError::Refused(Refusal::DlNoAcceptableType));
    let unknown = settings_of(with_settings(|settings| {
        settings["accept_types"] = json!(["ltiAssetProcessor", "LTIResourceLink", "link"]);
    }));
    assert_eq!(unknown.choose(&offers), Ok(ItemType::Link));
    let none = settings_of(with_settings(|settings| settings["accept_types"] = json!([])));
    assert!(none.choose(&ItemType::ALL).is_err());
}

#[test]
fn d09_settings_are_needed() {
    for missing in [Value::Null, json!([])] {
        let outcome = asked(|payload| payload[DEEP_LINKING_SETTINGS] = missing);
        assert_eq!(outcome.launch.unwrap_err(), Refusal::DlSettingsMissing);
    }
    assert_eq!(asked(|payload| without(payload, DEEP_LINKING_SETTINGS)).code(), "lti.dl.settings_missing");
    assert_eq!(with_settings(|settings| without(settings, "accept_types")).code(), "lti.dl.settings_missing");
    for wrong in [json!("x"), json!(5), json!([1])] {
        let outcome = asked(|payload| payload[DEEP_LINKING_SETTINGS] = wrong);
        assert_eq!((outcome.code(), outcome.detail()), ("lti.msg.claim_type", Some(DEEP_LINKING_SETTINGS)));
    }
    for (member, wrong) in [
        ("accept_types", json!({"link": true})),
        ("accept_types", json!([1])),
        ("deep_link_return_url", json!(["https://lms.campus.example"])),
        ("data", json!({"x": 1})),
    ] {
        let outcome = with_settings(|settings| settings[member] = wrong);
        assert_eq!(outcome.code(), "lti.msg.claim_type", "{member}");
    }
    // The claim does not concern other messages.
    assert_eq!(code_with(|payload| payload[DEEP_LINKING_SETTINGS] = json!("x")), "OK");
}

#[test]
fn d10_the_return_address_is_absolute_https() {
    for (url, code) in [
        (json!(null), "lti.dl.settings_missing"),
        (json!(""), "lti.dl.settings_missing"),
        (json!("http://lms.campus.example/dl"), "lti.dl.return_url_invalid"),
        (json!("http://localhost/dl"), "lti.dl.return_url_invalid"),
        (json!("/dl/return"), "lti.dl.return_url_invalid"),
        (json!("//lms.campus.example/dl"), "lti.dl.return_url_invalid"),
        (json!("https:lms.campus.example"), "lti.dl.return_url_invalid"),
        (json!("https://"), "lti.dl.return_url_invalid"),
        (json!("javascript:alert(1)"), "lti.dl.return_url_invalid"),
        (json!("data:text/html,x"), "lti.dl.return_url_invalid"),
        (json!("https://user:pw@lms.campus.example/dl"), "lti.dl.return_url_invalid"),
        (json!("https://lms.campus.example/dl\r\nX: y"), "lti.dl.return_url_invalid"),
        (json!(format!("https://lms.campus.example/{}", "a".repeat(9000))), "lti.dl.return_url_invalid"),
    ] {
        let outcome = with_settings(|settings| settings["deep_link_return_url"] = url.clone());
        assert_eq!(outcome.code(), code, "{url}");
    }
    assert_eq!(
        with_settings(|settings| without(settings, "deep_link_return_url")).code(),
        "lti.dl.settings_missing"
    );
    let local = run(|case| {
        ask(&mut case.payload);
        case.tool.allow_loopback_http = true;
        case.payload[DEEP_LINKING_SETTINGS]["deep_link_return_url"] = "http://localhost:8088/dl".into();
    });
    assert_eq!(local.code(), "OK", "development");
}

#[test]
fn d11_data_comes_back_byte_for_byte_or_not_at_all() {
    let none = settings_of(with_settings(|settings| without(settings, "data")));
    assert!(sent(&none, Response::cancelled()).get(DATA).is_none());
    for data in ["", " ", "csrf=ab12;course=77", "\u{0}\t\"\\/é€𝄞\u{2028}", "\u{feff}x"] {
        let settings = settings_of(with_settings(|settings| settings["data"] = data.into()));
        // Also after the application has kept it.
        let kept: Settings = serde_json::from_str(&serde_json::to_string(&settings).unwrap()).unwrap();
        assert_eq!(kept, settings);
        assert_eq!(sent(&kept, Response::cancelled())[DATA], data, "{data:?}");
    }
}

#[test]
fn d12_who_may_pick() {
    let content = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper";
    let grader = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader";
    for (roles, code) in [
        (json!([LEARNER]), "lti.dl.not_permitted"),
        (json!([]), "lti.dl.not_permitted"),
        (json!([""]), "lti.dl.not_permitted"),
        (json!([grader]), "lti.dl.not_permitted"),
        (json!(["Mentor"]), "lti.dl.not_permitted"),
        (json!([INSTITUTION_ADMIN, LEARNER]), "lti.dl.not_permitted"),
        (
            json!(["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"]),
            "lti.dl.not_permitted",
        ),
        (json!([INSTRUCTOR]), "OK"),
        (json!([INSTRUCTOR, LEARNER]), "OK"),
        (json!([content]), "OK"),
        (json!(["Administrator"]), "OK"),
        (json!([INSTITUTION_ADMIN]), "OK"),
        (json!([SYSTEM_ADMIN]), "OK"),
    ] {
        let outcome = asked(|payload| payload[ROLES] = roles.clone());
        assert_eq!(outcome.code(), code, "{roles}");
    }
    assert_eq!(Refusal::DlNotPermitted.status(), 403);
    assert!(!Roles::parse([LEARNER]).may_pick(&Switches { admins_may_teach: true, ..Switches::default() }));
}

#[test]
fn d12_who_may_not_pick_still_gets_a_way_back() {
    let refused = asked(|payload| payload[ROLES] = json!([LEARNER]));
    assert_eq!(refused.code(), "lti.dl.not_permitted");
    let settings = refused.way_back.unwrap();
    assert_eq!(settings, d01());
    let broken = with_settings(|settings| settings["deep_link_return_url"] = "javascript:x".into());
    assert_eq!((broken.code(), broken.way_back), ("lti.dl.return_url_invalid", None));
    assert_eq!(run(|_| {}).way_back, None);
    let forged = run(|case| {
        ask(&mut case.payload);
        case.signer = &P3_A;
    });
    assert_eq!(
        (forged.code(), forged.way_back),
        ("lti.jwt.signature_invalid", None),
        "never of a stranger's"
    );
    let claims = sent(&settings, Response::failed("Learners cannot place badges.", "lti.dl.not_permitted"));
    assert_eq!(claims[CONTENT_ITEMS], json!([]));
    let word = |name: &str| claims[format!("https://purl.imsglobal.org/spec/lti-dl/claim/{name}")].clone();
    assert_eq!(word("errormsg"), "Learners cannot place badges.");
    assert_eq!(word("errorlog"), "lti.dl.not_permitted");
    assert_eq!((word("msg"), word("log")), (Value::Null, Value::Null));
    let good = sent(&d01(), Response::picked(vec![picked(badge())]).saying("One badge placed."));
    assert_eq!(good["https://purl.imsglobal.org/spec/lti-dl/claim/msg"], "One badge placed.");
    assert_eq!(good.get("https://purl.imsglobal.org/spec/lti-dl/claim/errormsg"), None);
}

#[test]
fn d13_no_roles_claim_means_an_author() {
    let silent = asked(|payload| without(payload, ROLES)).launch.unwrap();
    assert_eq!((silent.permission, silent.roles.known().len()), (Permission::None, 0));
    let strict = run(|case| {
        ask(&mut case.payload);
        without(&mut case.payload, ROLES);
        case.registration.switches.dl_requires_role = true;
    });
    assert_eq!(strict.code(), "lti.dl.not_permitted");
    let anonymous = asked(|payload| {
        without(payload, ROLES);
        without(payload, "sub");
    });
    assert_eq!(anonymous.code(), "OK");
}

#[test]
fn d14_moodles_shapes_are_read() {
    let outcome = with_settings(|settings| {
        settings["accept_multiple"] = "true".into();
        settings["auto_create"] = "False".into();
        settings["accept_lineitem"] = "false".into();
        settings["accept_media_types"] = json!(["image/png", "text/html"]);
        settings["accept_types"] = "ltiResourceLink, link".into();
        settings["accept_presentation_document_targets"] = json!(["frame", "iframe", "window", "hologram"]);
    });
    assert!(outcome.progress.warnings().iter().all(|warning| warning.code != "claim_ignored"));
    let settings = settings_of(outcome);
    assert!(settings.accept_multiple && !settings.auto_create);
    assert_eq!(settings.accept_line_item, Some(false));
    assert_eq!(settings.accept_media_types, ["image/png", "text/html"]);
    assert_eq!(settings.accept_types, [ItemType::ResourceLink, ItemType::Link]);
    assert_eq!(
        settings.accept_targets,
        [DocumentTarget::Iframe, DocumentTarget::Frame, DocumentTarget::Window]
    );
    let odd = with_settings(|settings| {
        settings["accept_multiple"] = 1.into();
        settings["accept_media_types"] = json!({});
        without(settings, "accept_presentation_document_targets");
    });
    assert!(odd.has_warning("claim_ignored"));
    let odd = settings_of(odd);
    assert!(!odd.accept_multiple && odd.accept_targets.is_empty());
}

#[test]
fn d15_a_resource_link_is_ignored() {
    for link in [json!({"id": "rl-1"}), json!({}), json!("x"), json!(5)] {
        let launch = asked(|payload| payload[RESOURCE_LINK] = link).launch.unwrap();
        assert_eq!(launch.link(), None);
    }
}

#[test]
fn d16_an_answer_is_dated_when_it_is_sent() {
    let later = t0() + Duration::hours(1);
    let (_, claims) = opened(&answer(&d01(), Response::cancelled(), later).unwrap(), &P1_B);
    assert_eq!(claims["iat"], later.timestamp());
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!(lifetime > 0 && lifetime <= 600, "D03");
}

#[test]
fn d18_line_items_are_left_out_where_they_are_not_wanted() {
    let refused = settings_of(with_settings(|settings| settings["accept_lineitem"] = false.into()));
    assert_eq!(item_of(&refused, picked(badge())).get("lineItem"), None);
    let wanted = settings_of(with_settings(|settings| settings["accept_lineitem"] = true.into()));
    assert_eq!(item_of(&wanted, picked(badge()))["lineItem"]["scoreMaximum"], 100);
}

#[test]
fn d04_a_score_maximum_is_whole_and_within_1_and_100() {
    assert_eq!(
        [0, 1, 100, 101, 500, u32::MAX].map(|n| ScoreMaximum::new(n).is_some()),
        [false, true, true, false, false, false]
    );
    assert_eq!(ScoreMaximum::new(7).unwrap().get(), 7);
    assert_eq!(json!(ScoreMaximum::new(7)).to_string(), "7");
}

#[test]
fn d20_the_return_host_need_not_be_the_issuers() {
    let outcome =
        with_settings(|settings| settings["deep_link_return_url"] = "https://x.cdn.example/r".into());
    assert_eq!(
        answer(&settings_of(outcome), Response::cancelled(), t0()).unwrap().origin,
        "https://x.cdn.example"
    );
}

#[test]
fn presentation_is_sent_for_accepted_targets_only() {
    let full = || {
        picked(ResourceLink {
            window: Some(Window { target_name: Some("badge".into()), width: Some(800), ..Window::default() }),
            iframe: Some(Frame { src: Some("https://badges.example/x".into()), width: 1, height: 2 }),
            ..badge()
        })
    };
    let with = |targets: Value| {
        settings_of(with_settings(|settings| settings["accept_presentation_document_targets"] = targets))
    };
    let both = item_of(&with(json!(["frame", "window"])), full());
    assert_eq!(both["window"], json!({"targetName": "badge", "width": 800}));
    assert_eq!(
        both["iframe"],
        json!({"width": 1, "height": 2}),
        "a launched frame has no address of its own"
    );
    let none = item_of(&with(json!(["embed"])), full());
    assert_eq!((none.get("window"), none.get("iframe")), (None, None));
    // Open edX wants all three members.
    let link = Link {
        url: "https://badges.example/share/1".into(),
        iframe: Some(Frame { src: None, width: 3, height: 4 }),
        ..Link::default()
    };
    assert_eq!(
        item_of(&d01(), ContentItem::Link(Box::new(link))),
        json!({"type": "link", "url": "https://badges.example/share/1",
            "iframe": {"src": "https://badges.example/share/1", "width": 3, "height": 4}})
    );
    let html = ContentItem::Html(Html { html: "<b>x</b>".into(), title: None });
    assert_eq!(item_of(&d01(), html), json!({"type": "html", "html": "<b>x</b>"}));
}

#[test]
fn d22_what_is_not_ours_or_not_https_is_not_sent() {
    let problem = |link: ResourceLink| {
        answer(&d01(), Response::picked(vec![picked(badge()), picked(link)]), t0()).unwrap_err()
    };
    for url in [
        "https://evil.example/course",
        "https://badges.example/admin",
        "http://badges.example/course",
        "/course",
    ] {
        let link = ResourceLink { url: Some(url.into()), ..badge() };
        assert_eq!(problem(link), ResponseError::Item(1, ItemProblem::NotOurs), "{url}");
    }
    let icon = Some(Picture { url: "http://badges.example/x.png".into(), ..Picture::default() });
    assert_eq!(problem(ResourceLink { icon, ..badge() }), ResponseError::Item(1, ItemProblem::BadAddress));
    let mut line_item = badge().line_item.unwrap();
    line_item.tag = Some("t".repeat(257));
    let long = ResourceLink { line_item: Some(line_item.clone()), ..badge() };
    assert_eq!(problem(long), ResponseError::Item(1, ItemProblem::BadLineItem));
    line_item.tag = Some("t".repeat(256));
    line_item.submission_review =
        Some(Reviewable { url: Some("https://evil.example/".into()), ..Reviewable::default() });
    let foreign = ResourceLink { line_item: Some(line_item), ..badge() };
    assert_eq!(problem(foreign), ResponseError::Item(1, ItemProblem::NotOurs));
    let backwards = Some(Span { start: Some(t0()), end: Some(t0() - Duration::seconds(1)) });
    assert_eq!(
        problem(ResourceLink { available: backwards, ..badge() }),
        ResponseError::Item(1, ItemProblem::BadSpan)
    );
    // No address at all: the registered target link.
    assert_eq!(item_of(&d01(), picked(ResourceLink { url: None, ..badge() })).get("url"), None);
}

#[test]
fn a_title_has_255_characters_at_most() {
    let long = ResourceLink { title: Some("é".repeat(300)), ..badge() };
    assert_eq!(item_of(&d01(), picked(long))["title"], "é".repeat(255));
    let fits = ResourceLink { title: Some("é".repeat(255)), ..badge() };
    assert_eq!(item_of(&d01(), picked(fits))["title"], "é".repeat(255));
}

#[test]
fn x01_a_line_item_announces_its_review() {
    let mut line_item = badge().line_item.unwrap();
    line_item.submission_review = Some(Reviewable {
        reviewable_status: vec!["Submitted".into(), "Completed".into()],
        label: Some("Review evidence".into()),
        url: Some("https://badges.example/course/review".into()),
        custom: BTreeMap::from([("view".to_owned(), "evidence".to_owned())]),
    });
    let item = item_of(&d01(), picked(ResourceLink { line_item: Some(line_item), ..badge() }));
    assert_eq!(
        item["lineItem"]["submissionReview"],
        json!({"reviewableStatus": ["Submitted", "Completed"], "label": "Review evidence",
            "url": "https://badges.example/course/review", "custom": {"view": "evidence"}})
    );
}
