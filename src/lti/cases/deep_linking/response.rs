//! Section 9: the answer, from cancelling to its last claim.

use chrono::Duration;
use serde_json::{Value, json};

use super::{
    CONTENT_ITEMS, DATA, RETURN, answer, ask, asked, badge, d01, opened, picked, sent, settings_of,
    with_settings,
};
use crate::{
    Refusal,
    cases::fixture::*,
    claims::*,
    deep_linking::{ItemType, Response, ResponseError, Settings},
};

/// D02: what was picked goes back by a form post with the field `JWT`, to the return address with its query intact.
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

/// D06: cancelling answers with an empty list.
#[test]
fn d06_cancelling_sends_an_empty_list() {
    let claims = sent(&d01(), Response::cancelled());
    assert_eq!(claims[CONTENT_ITEMS], json!([]));
    assert_eq!(claims[DATA], "909708");
}

/// D07: two items where one is accepted are refused with 400 `lti.dl.too_many_items`.
#[test]
fn d07_one_item_unless_more_are_accepted() {
    let one = settings_of(with_settings(|settings| settings["accept_multiple"] = false.into()));
    let silent = settings_of(with_settings(|settings| without(settings, "accept_multiple")));
    let two = || Response::picked(vec![picked(badge()), picked(badge())]);
    for settings in [one, silent] {
        let refused = answer(&settings, two(), t0()).unwrap_err();
        assert_eq!(refused, ResponseError::Refused(Refusal::DlTooManyItems));
        assert_eq!(Refusal::DlTooManyItems.status(), 400);
        assert!(answer(&settings, Response::picked(vec![picked(badge())]), t0()).is_ok());
    }
    assert_eq!(sent(&d01(), two())[CONTENT_ITEMS].as_array().unwrap().len(), 2);
}

/// D08: where only files are accepted there is `lti.dl.no_acceptable_type`, and cancelling works.
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

/// D11: a request without `data` is answered without the data claim.
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

/// D12: a learner is refused with a way back.
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

/// D16: an answer given after an hour is signed then, with valid times.
#[test]
fn d16_an_answer_is_dated_when_it_is_sent() {
    let later = t0() + Duration::hours(1);
    let (_, claims) = opened(&answer(&d01(), Response::cancelled(), later).unwrap(), &P1_B);
    assert_eq!(claims["iat"], later.timestamp());
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!(lifetime > 0 && lifetime <= 600, "D03");
}

/// D20: a return address on another host than the issuer's is accepted.
#[test]
fn d20_the_return_host_need_not_be_the_issuers() {
    let outcome =
        with_settings(|settings| settings["deep_link_return_url"] = "https://x.cdn.example/r".into());
    assert_eq!(
        answer(&settings_of(outcome), Response::cancelled(), t0()).unwrap().origin,
        "https://x.cdn.example"
    );
}
