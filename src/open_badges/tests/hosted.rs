//! Section F of the conformance cases: judging hosted Open Badges 2.0 assertions.

use serde_json::json;

use super::*;
use crate::verify::{self, Hosted, Report, State, Verdict};
use crate::{assertion, profile};

fn now() -> DateTime<Utc> {
    time("2026-06-01T12:00:00Z")
}

fn state(report: &Report, name: &str) -> Option<State> {
    report.check(name).map(|check| check.state)
}

fn hosted() -> Hosted {
    Hosted {
        url: award().ob2_id,
        status: 200,
        assertion: Some(assertion::assertion(&achievement(), &award())),
        badge: Some(crate::achievement::badge_class(&achievement(), &issuer())),
        issuer: Some(profile::ob2(&issuer())),
    }
}

#[test]
fn ob100_hosted_assertions_are_judged() {
    let judge = |hosted: &Hosted| verify::assertion(hosted, now(), None).verdict;
    let report = verify::assertion(&hosted(), now(), Some("W.Achieng@student.harbour.example"));
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    assert_eq!(state(&report, "ob2.recipient"), Some(State::Pass));
    let report = verify::assertion(&hosted(), now(), Some("someone@student.harbour.example"));
    assert_eq!(state(&report, "ob2.recipient"), Some(State::Fail));
    let late = time("2029-03-14T09:26:54Z");
    assert_eq!(verify::assertion(&hosted(), late, None).verdict, Verdict::Expired);
    let early = time("2026-03-14T09:26:52Z");
    assert_eq!(verify::assertion(&hosted(), early, None).verdict, Verdict::NotYetValid);
    assert_eq!(judge(&Hosted { badge: None, ..hosted() }), Verdict::Unknown);
    assert_eq!(judge(&Hosted { issuer: None, ..hosted() }), Verdict::Unknown);
    let unreached = Hosted { status: 0, assertion: None, ..hosted() };
    let report = verify::assertion(&unreached, now(), None);
    assert_eq!((report.verdict, state(&report, "ob2.fetch")), (Verdict::Unknown, Some(State::Unknown)));
    assert!(report.check("ob2.fetch").unwrap().message.contains("could not be reached"));
    let late_and_unreached = verify::assertion(&Hosted { issuer: None, ..hosted() }, late, None);
    assert_eq!(late_and_unreached.verdict, Verdict::Unknown, "whose word its end is, is not known");
    assert_eq!(judge(&Hosted { status: 503, assertion: None, ..hosted() }), Verdict::Unknown);
    assert_eq!(judge(&Hosted { status: 404, assertion: None, ..hosted() }), Verdict::Invalid);
}

#[test]
fn ob123_old_recipients_are_read() {
    let ask = |recipient: Value, who: &str| {
        let mut hosted = hosted();
        hosted.assertion.as_mut().unwrap()["recipient"] = recipient;
        state(&verify::assertion(&hosted, now(), Some(who)), "ob2.recipient")
    };
    // `printf 'a@b.exampleKosher' | md5sum`, in capitals
    let old = json!({"type": "email", "hashed": true, "salt": "Kosher", "identity": "md5$CCE977082F4B11015260B860535185BF"});
    assert_eq!(ask(old.clone(), "A@B.example"), Some(State::Pass));
    assert_eq!(ask(old, "b@b.example"), Some(State::Fail));
    let plain = json!({"type": "email", "hashed": false, "identity": "a@b.example"});
    assert_eq!(ask(plain, "a@b.example"), Some(State::Pass));
}

/// OB125: an id outside the issuer's scope fails. OB126: so does an address that answers with another id.
#[test]
fn ob125_ob126_scope_and_id_are_held_to() {
    let mut outside = hosted();
    outside.issuer.as_mut().unwrap()["verification"]["startsWith"] = format!("{ORIGIN}/ob2/other/").into();
    let report = verify::assertion(&outside, now(), None);
    assert_eq!((report.verdict, state(&report, "ob2.scope")), (Verdict::Invalid, Some(State::Fail)));

    let mut elsewhere = hosted();
    elsewhere.issuer.as_mut().unwrap().as_object_mut().unwrap().remove("verification");
    assert_eq!(verify::assertion(&elsewhere, now(), None).verdict, Verdict::Valid, "same host by default");
    for id in ["https://else.example/a/1", "https://badges.harbour.example:8443/a/1"] {
        elsewhere.url = id.into();
        elsewhere.assertion.as_mut().unwrap()["id"] = id.into();
        assert_eq!(
            state(&verify::assertion(&elsewhere, now(), None), "ob2.scope"),
            Some(State::Fail),
            "{id}"
        );
    }
    let mut swapped = hosted();
    swapped.url = format!("{ORIGIN}/ob2/a/another");
    let report = verify::assertion(&swapped, now(), None);
    assert_eq!((report.verdict, state(&report, "ob2.id")), (Verdict::Invalid, Some(State::Fail)));
}

#[test]
fn ob127_gone_or_marked_is_revoked() {
    let gone = Hosted { status: 410, assertion: None, ..hosted() };
    assert_eq!(verify::assertion(&gone, now(), None).verdict, Verdict::Revoked);
    let marked =
        Hosted { assertion: Some(assertion::revoked(&award().ob2_id, "Wrong account.")), ..hosted() };
    let report = verify::assertion(&marked, now(), None);
    assert_eq!(report.verdict, Verdict::Revoked);
    assert!(report.check("ob2.revoked").unwrap().message.contains("Wrong account."));
}

#[test]
fn ob128_the_validators_2_0_fixtures() {
    let Some(file) = shared("vectors/validator-ob20-fixtures.json") else { return };
    let asset = |url: &str| {
        let name = url.rsplit('/').next().unwrap();
        let mut document = file["files"][format!("assets/{name}")]["json"].clone();
        // Some of these name themselves without the file's ending, over which their validator only warns.
        document["id"] = url.into();
        document
    };
    let judge = |name: &str| {
        let body = file["files"][name]["json"].clone();
        assert!(body.is_object(), "{name}");
        let badge = asset(verify::badge_address(&body).unwrap());
        let issuer = verify::issuer_address(&badge).map(asset);
        let hosted = Hosted {
            url: body["id"].as_str().unwrap().into(),
            status: 200,
            assertion: Some(body),
            badge: Some(badge),
            issuer,
        };
        verify::assertion(&hosted, now(), None)
    };
    for (name, verdict, check) in [
        ("basic-assertion.json", Verdict::Valid, "ob2.fetch"),
        ("basic-assertion-expired.json", Verdict::Expired, "ob2.expired"),
        ("basic-assertion-expired-before-issued.json", Verdict::Expired, "ob2.expired"),
        ("basic-assertion-in-future.json", Verdict::NotYetValid, "ob2.future"),
        ("basic-assertion-invalid-type.json", Verdict::Invalid, "ob.type"),
        ("basic-assertion-invalid-context.json", Verdict::Invalid, "ob.context"),
        ("basic-assertion-with-allowed-origins.json", Verdict::Valid, "ob2.scope"),
        ("basic-assertion-with-allowed-origins-valid-starts-with.json", Verdict::Valid, "ob2.scope"),
        ("basic-assertion-with-allowed-origins-valid-multiple-starts-with.json", Verdict::Valid, "ob2.scope"),
        ("basic-assertion-with-allowed-origins-invalid-starts-with.json", Verdict::Invalid, "ob2.scope"),
        (
            "basic-assertion-with-allowed-origins-invalid-multiple-starts-with.json",
            Verdict::Invalid,
            "ob2.scope",
        ),
    ] {
        let report = judge(name);
        assert_eq!(report.verdict, verdict, "{name}: {report:#?}");
        let expected = if verdict == Verdict::Valid { State::Pass } else { State::Fail };
        assert_eq!(state(&report, check), Some(expected), "{name}: {report:#?}");
    }
}
