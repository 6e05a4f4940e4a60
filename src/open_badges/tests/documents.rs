//! Sections A, B and C of the conformance cases: what stands in the documents.

use serde_json::{Value, json};

use super::*;
use crate::award::Shape;
use crate::proof::template::{Template, TemplateError};
use crate::{assertion, credential, did, profile};

fn without(value: &Value, names: &[&str]) -> Value {
    let mut value = value.clone();
    for name in names {
        value.as_object_mut().unwrap().remove(*name);
    }
    value
}

fn no_nulls_or_empty_arrays(value: &Value) {
    match value {
        Value::Null => panic!("a null"),
        Value::Array(items) => {
            assert!(!items.is_empty(), "an empty array");
            items.iter().for_each(no_nulls_or_empty_arrays);
        }
        Value::Object(members) => members.values().for_each(no_nulls_or_empty_arrays),
        _ => {}
    }
}

#[test]
fn the_worked_examples_come_out_of_the_typed_values() {
    let Some(example) = shared("worked-examples/ob2-profile.json") else { return };
    assert_eq!(profile::ob2(&issuer()), example);
    let example = shared("worked-examples/ob2-assertion.json").unwrap();
    assert_eq!(assertion::assertion(&achievement(), &award()), example);
    let example = shared("worked-examples/ob2-assertion-revoked.json").unwrap();
    let example = example.get("body").unwrap_or(&example);
    let revoked = assertion::revoked(&award().ob2_id, "Issued to the wrong account.");
    assert_eq!(&revoked, example);
    let mut example = shared("worked-examples/ob2-badgeclass.json").unwrap();
    // The example aligns its 2.0 form to the first target only.
    let ours = crate::achievement::badge_class(&achievement(), &issuer());
    assert_eq!(ours["alignment"][0], example["alignment"][0]);
    example["alignment"] = ours["alignment"].clone();
    assert_eq!(ours, example);
}

#[test]
fn the_worked_credential_comes_out_but_for_its_score() {
    let Some(mut example) = shared("worked-examples/ob3-credential-unsigned.json") else { return };
    // Grades are not signed (design.md §6.10), so there is no result in ours.
    example["credentialSubject"].as_object_mut().unwrap().remove("result");
    example["credentialSubject"]["achievement"].as_object_mut().unwrap().remove("resultDescription");
    // The issuer is not named a second time, or one of two equal statements could go unnoticed (§6.7).
    example["credentialSubject"]["achievement"].as_object_mut().unwrap().remove("creator");
    let ours = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    assert_eq!(ours, example);
    let example = shared("worked-examples/ob3-achievement.json").unwrap();
    let ours = crate::achievement::achievement(&achievement(), &issuer());
    for name in ["id", "type", "name", "description", "criteria", "image", "alignment", "related", "creator"]
    {
        assert_eq!(ours[name], example[name], "{name}");
    }
    let example = shared("worked-examples/ob3-profile.json").unwrap();
    let ours = profile::ob3(&issuer());
    for name in ["id", "type", "name", "url", "email", "description", "image"] {
        assert_eq!(ours[name], example[name], "{name}");
    }
}

/// OB008: the assertion has its members, no nulls and no empty arrays.
/// OB012: its times are whole seconds with `Z`.
#[test]
fn ob008_ob012_the_assertion_has_its_members() {
    let document = assertion::assertion(&achievement(), &award());
    no_nulls_or_empty_arrays(&document);
    assert_eq!(document["@context"], "https://w3id.org/openbadges/v2");
    assert_eq!(document["type"], "Assertion");
    assert_eq!(document["verification"], json!({"type": "HostedBadge"}));
    assert_eq!(document["recipient"]["hashed"], json!(true));
    assert_eq!(document["recipient"]["type"], "email");
    assert_eq!(document["issuedOn"], "2026-03-14T09:26:53Z", "cut to whole seconds, never rounded up");
    assert_eq!(document["expires"], "2029-03-14T09:26:53Z");
    assert_eq!(document["badge"], achievement().ob2_id);
    assert_eq!(document["image"]["id"], award().baked_image_url, "OB018");
}

/// OB013: no `expires` without expiry. OB035: nor a `validUntil`.
#[test]
fn ob013_ob035_without_expiry_there_is_no_member() {
    let award = Award { expires: None, narrative: None, evidence: vec![Evidence::default()], ..award() };
    let ob2 = assertion::assertion(&achievement(), &award);
    let ob3 = credential::unsigned(&issuer(), &achievement(), &award).unwrap();
    for (document, names) in
        [(&ob2, ["expires", "narrative", "evidence"]), (&ob3, ["validUntil", "narrative", "x"])]
    {
        for name in names {
            assert!(document.get(name).is_none(), "{name}");
        }
        no_nulls_or_empty_arrays(document);
    }
    assert_eq!(ob3["evidence"].as_array().unwrap().len(), 1, "the link to the 2.0 form is always there");
}

/// OB014: the `BadgeClass` has criteria and issuer. OB019: the narrative is unchanged.
/// OB020: an alignment stands as given.
#[test]
fn ob014_ob019_ob020_the_badge_class_keeps_the_texts() {
    let document = crate::achievement::badge_class(&achievement(), &issuer());
    no_nulls_or_empty_arrays(&document);
    assert_eq!(document["criteria"]["narrative"], achievement().criteria_narrative);
    assert_eq!(document["criteria"]["id"], achievement().criteria_url);
    assert_eq!(document["issuer"], issuer().ob2_id);
    let target = &document["alignment"][0];
    assert_eq!(target["targetName"], "navigate in coastal waters");
    assert_eq!(target["targetUrl"], "http://data.europa.eu/esco/skill/00000000-0000-4000-8000-000000000001");
    assert_eq!(target["targetFramework"], "ESCO");
    assert_eq!(target["targetCode"], "00000000-0000-4000-8000-000000000001");
}

/// OB015: a Profile has name, url and email. OB016: an issuer without them is refused.
#[test]
fn ob015_ob016_an_issuer_needs_name_address_and_mail() {
    issuer().check().unwrap();
    for (broken, field) in [
        (Issuer { name: "  ".into(), ..issuer() }, "issuer.name"),
        (Issuer { url: String::new(), ..issuer() }, "issuer.url"),
        (Issuer { url: "www.harbour.example".into(), ..issuer() }, "issuer.url"),
        (Issuer { email: String::new(), ..issuer() }, "issuer.email"),
        (Issuer { email: "https://www.harbour.example".into(), ..issuer() }, "issuer.email"),
        (Issuer { did: "https://www.harbour.example".into(), ..issuer() }, "issuer.did"),
    ] {
        assert_eq!(broken.check().unwrap_err().field, field);
    }
}

/// OB017: no `verification` where the origin has a port or one label; else it covers the assertion's id.
#[test]
fn ob017_the_scope_is_left_out_where_validators_could_not_read_it() {
    let scope = issuer().scope.unwrap();
    assert!(award().ob2_id.starts_with(scope.starts_with()));
    assert_eq!(profile::ob2(&issuer())["verification"]["allowedOrigins"], "badges.harbour.example");
    for prefix in [
        "http://localhost:8080/i/x/ob2/a/",
        "https://badges.harbour.example:8443/i/x/ob2/a/",
        "https://badges/i/x/ob2/a/",
        "http://127.0.0.1/i/x/ob2/a/",
        "https://badges.harbour.example:443/i/",
    ] {
        assert_eq!(VerificationScope::below(prefix), None, "{prefix}");
    }
    let bare = Issuer { scope: None, ..issuer() };
    assert!(profile::ob2(&bare).get("verification").is_none());
}

/// OB023: `id`, `revoked` and the reason, and neither recipient nor badge.
#[test]
fn ob023_a_revoked_assertion_says_nothing_more() {
    let document = assertion::revoked("https://a.example/1", "Wrong account");
    let names: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(names, ["@context", "type", "id", "revoked", "revocationReason"]);
    assert_eq!(document["revoked"], json!(true));
    assert!(assertion::revoked("https://a.example/1", "").get("revocationReason").is_none());
}

/// OB030: three contexts in their order. OB032: its types. OB033: the issuer is a Profile with its DID.
/// OB044: one `credentialSchema`.
#[test]
fn ob030_ob032_ob033_ob044_the_credential_has_its_envelope() {
    let document = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    no_nulls_or_empty_arrays(&document);
    let contexts = [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    ];
    assert_eq!(document["@context"], json!(contexts));
    assert_eq!(document["type"], json!(["VerifiableCredential", "OpenBadgeCredential"]));
    assert_eq!(document["issuer"]["id"], DID);
    assert_eq!(document["issuer"]["type"], json!(["Profile"]));
    assert_eq!(document["credentialSchema"].as_array().unwrap().len(), 1);
    assert_eq!(document["credentialSchema"][0]["type"], "1EdTechJsonSchemaValidator2019");
    assert_eq!(document["credentialSchema"][0]["id"], credential::SCHEMA);
}

/// OB034: `validFrom` is `issuedOn`. OB035: `validUntil` is `expires`.
#[test]
fn ob034_ob035_both_versions_have_the_same_times() {
    let (ob2, ob3) = both();
    assert_eq!(ob2["issuedOn"], ob3["validFrom"]);
    assert_eq!(ob2["expires"], ob3["validUntil"]);
}

#[test]
fn ob036_the_recipient_is_hashed_and_the_same_in_both_versions() {
    let (ob2, ob3) = both();
    let subject = &ob3["credentialSubject"];
    assert!(subject.get("id").is_none());
    let identity = &subject["identifier"][0];
    assert_eq!(identity["identityType"], "emailAddress");
    assert_eq!(identity["hashed"], json!(true));
    assert_eq!(identity["identityHash"], ob2["recipient"]["identity"]);
    assert_eq!(identity["salt"], ob2["recipient"]["salt"]);
    for document in [&ob2, &ob3] {
        assert!(!document.to_string().contains("w.achieng"));
    }
}

#[test]
fn ob037_types_are_strings_just_where_the_schema_says() {
    let (_, document) = both();
    fn walk(value: &Value) {
        let Value::Object(members) = value else {
            value.as_array().into_iter().flatten().for_each(walk);
            return;
        };
        if let Some(kind) = members.get("type") {
            let strings = [
                "Image",
                "IdentityObject",
                "IdentifierEntry",
                "BitstringStatusListEntry",
                "1EdTechJsonSchemaValidator2019",
            ];
            match kind {
                Value::String(word) => assert!(strings.contains(&word.as_str()), "{word}"),
                Value::Array(words) => {
                    assert!(words.iter().all(|word| !strings.contains(&word.as_str().unwrap())), "{kind}");
                }
                other => panic!("{other}"),
            }
        }
        members.values().for_each(walk);
    }
    walk(&document);
}

#[test]
fn ob040_unknown_words_are_refused_or_extensions() {
    assert!(AchievementType::parse("Medal").unwrap_err().reason.contains("ext:Medal"));
    assert_eq!(AchievementType::parse("ext:Medal").unwrap().as_str(), "ext:Medal");
    assert!(AchievementType::parse("ext:").is_err());
    assert!(AchievementType::parse("ext:two words").is_err());
    assert!(AchievementType::parse("badge").is_err());
    assert!(serde_json::from_value::<AchievementType>(json!("Medal")).is_err());
    let mut broken = achievement();
    broken.alignments[0].target_type = some("Medal");
    assert_eq!(broken.check().unwrap_err().field, "achievement.alignments.target_type");
}

#[test]
fn ob041_alignments_are_carried_as_given() {
    let (_, document) = both();
    let alignments = &document["credentialSubject"]["achievement"]["alignment"];
    assert_eq!(alignments[0]["targetType"], "ext:ESCOSkill");
    assert_eq!(alignments[1]["targetType"], "CFItem");
    assert!(alignments[0]["targetUrl"].as_str().unwrap().starts_with("http://"));
}

#[test]
fn ob043_the_status_entry_is_one_object_with_its_own_id() {
    let (_, document) = both();
    let status = &document["credentialStatus"];
    assert_eq!(status["statusListIndex"], "40213");
    assert_eq!(status["statusPurpose"], "revocation");
    assert_ne!(status["id"], status["statusListCredential"]);
    assert_eq!(status["id"], format!("{ORIGIN}/status/1#40213"));
}

#[test]
fn awards_that_could_not_be_verified_are_refused() {
    for (broken, field) in [
        (Award { ob3_id: "credentials/1".into(), ..award() }, "award.ob3_id"),
        (Award { ob2_id: "https://a b".into(), ..award() }, "award.ob2_id"),
        (Award { expires: Some(time("2026-03-14T00:00:00Z")), ..award() }, "award.expires"),
        (Award { subject_id: some("learner-1"), ..award() }, "award.subject_id"),
        (
            Award { evidence: vec![Evidence { url: some("schema:name"), ..Evidence::default() }], ..award() },
            "award.evidence.url",
        ),
        (
            Award {
                status: Some(StatusEntry { list_url: format!("{ORIGIN}/status/1#0"), index: 0 }),
                ..award()
            },
            "award.status.list_url",
        ),
        (
            Award { recipient: Recipient { hash: "sha256$00".into(), salt: "00".into() }, ..award() },
            "award.recipient.hash",
        ),
    ] {
        let error = credential::unsigned(&issuer(), &achievement(), &broken).unwrap_err();
        assert_eq!(error.field, field);
    }
}

#[test]
fn ob047_what_has_one_address_is_described_once() {
    let piece = |url: &str| Evidence { url: some(url), name: some("Log"), ..Evidence::default() };
    let log = "https://lms.example/log/1";
    for (broken, field) in [
        (
            Award { evidence: vec![piece(log), piece("https://lms.example/log/2"), piece(log)], ..award() },
            "award.evidence.url",
        ),
        (Award { evidence: vec![piece(&achievement().ob3_id)], ..award() }, "award.evidence.url"),
        (Award { evidence: vec![piece(&achievement().criteria_url)], ..award() }, "award.evidence.url"),
        (Award { evidence: vec![piece(&award().ob2_id)], ..award() }, "award.evidence.url"),
        (Award { subject_id: some(DID), ..award() }, "award.subject_id"),
        (Award { ob3_id: award().ob2_id, ..award() }, "award.ob2_id"),
    ] {
        let error = credential::unsigned(&issuer(), &achievement(), &broken).unwrap_err();
        assert_eq!(error.field, field, "{error}");
        if let Ok(template) = Template::new(&issuer(), &achievement(), &Shape::of(&broken), &method()) {
            let fast = template.sign(&broken, &example_key(), time("2026-03-14T09:26:54Z"));
            assert_eq!(fast, Err(TemplateError::Field(error)), "the fast way refuses the same");
        }
    }
    let check = |evidence: &[Evidence]| credential::check_evidence(&issuer(), &achievement(), evidence);
    check(&[piece(log), Evidence::default(), Evidence::default()]).unwrap();
    assert_eq!(check(&[piece(log), piece(log)]).unwrap_err().field, "award.evidence.url");
    assert!(check(&[piece(&achievement().image.url)]).unwrap_err().reason.contains("already"));
    // The same keyword twice is one keyword.
    let tags = ["a", "b", "a"].map(str::to_owned).into();
    let document = credential::unsigned(&issuer(), &Achievement { tags, ..achievement() }, &award()).unwrap();
    assert_eq!(document["credentialSubject"]["achievement"]["tag"], json!(["a", "b"]));
}

#[test]
fn ob056_a_wallet_copy_differs_in_subject_id_and_status_only() {
    let bound =
        Award { subject_id: some("did:key:z6Mkp33ooPpYzm4mZxME5sBGqfpmTjqNCnqYvvhzED6wZzt3"), ..award() };
    let copy = credential::unsigned(&issuer(), &achievement(), &bound).unwrap();
    let (_, first) = both();
    assert_eq!(copy["credentialSubject"]["id"], bound.subject_id.unwrap());
    assert_eq!(without(&copy["credentialSubject"], &["id"]), first["credentialSubject"]);
}

#[test]
fn ob069_two_issuers_of_one_origin_have_different_names() {
    let base = url::Url::parse("https://badges.harbour.example").unwrap();
    assert_eq!(did::web(&base, &["i", "hian"]).unwrap(), DID);
    assert_ne!(did::web(&base, &["i", "other"]).unwrap(), DID);
}

fn both() -> (Value, Value) {
    (
        assertion::assertion(&achievement(), &award()),
        credential::unsigned(&issuer(), &achievement(), &award()).unwrap(),
    )
}

/// `VerifierPlus` cuts a badge out of its picture by counting braces, also in texts (verifiers.md §2).
#[test]
fn a_lone_brace_in_a_text_is_escaped_in_the_json() {
    let odd = "if (x) { \"}}\" \\u007b \u{1f600}{";
    let achievement =
        Achievement { name: format!("{odd}a"), criteria_narrative: odd.into(), ..achievement() };
    let award = Award { narrative: some(odd), ..award() };
    let (key, created) = (example_key(), time("2026-03-14T09:26:54Z"));
    let full = credential::sign(&issuer(), &achievement, &award, &key, &method(), created).unwrap();
    let template = Template::new(&issuer(), &achievement, &Shape::of(&award), &method()).unwrap();
    assert_eq!(template.sign(&award, &key, created).unwrap(), full, "both ways");
    let mut depth = 0;
    let end = full.json.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    assert_eq!(end, Some(full.json.len() - 1), "braces alone find the end");
    let document: Value = serde_json::from_str(&full.json).unwrap();
    assert_eq!(document["credentialSubject"]["narrative"], odd, "and the text is the same");
}
