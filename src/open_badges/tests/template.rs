//! The template signer makes the bytes of the full way, or refuses.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::*;
use crate::award::Shape;
use crate::proof::template::{Template, TemplateError};
use crate::{clean, credential};

/// Texts that break naive substitution and escaping.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("\\u0041".to_owned()),
        Just("\u{2028}\u{2029}".to_owned()),
        Just("\n\r\t\u{8}\u{c}".to_owned()),
        Just("\u{0}\u{1f}\u{7f}".to_owned()),
        Just("\u{fffe}\u{ffff}\u{feff}".to_owned()),
        Just("👩‍🎓🏴".to_owned()),
        Just("e\u{301}é".to_owned()),
        Just("_:c14n0 _:a _:z".to_owned()),
        Just("urn:laurel:slot:00001".to_owned()),
        Just("urn:laurel:undefined:x".to_owned()),
        Just("\" .\n<https://a.example> ".to_owned()),
        Just("<script>&amp;]]></script>".to_owned()),
        Just("@id".to_owned()),
        Just("https://a.example/1".to_owned()),
        "[a-z ]{0,12}",
        "\\PC{0,8}",
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        "https://[a-z]{1,8}\\.example/[a-zA-Z0-9_~.-]{0,12}(#[a-z]{1,4})?",
        "urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}",
        Just("https://a.example/ü?x=%20&y='".to_owned()),
    ]
}

/// The same address apart from others: things with one address are refused (`tests/documents.rs`).
fn apart(address: &str, n: usize) -> String {
    address.replacen("https://", &format!("https://n{n}."), 1)
}

fn evidence() -> impl Strategy<Value = Evidence> {
    (of(address()), of(text()), of(text()), of(text()), of(text()), of(text())).prop_map(
        |(url, name, description, narrative, genre, audience)| Evidence {
            url,
            name,
            description,
            narrative,
            genre,
            audience,
        },
    )
}

fn awards() -> impl Strategy<Value = Award> {
    let times = (0_i64..4_000_000_000, of(0_i64..1_000_000_000));
    let status = of((address(), any::<u32>()));
    (address(), address(), times, any::<[u8; 8]>(), of(address()), of(text()), vec(evidence(), 0..4), status)
        .prop_map(|(ob2_id, ob3_id, (from, length), salt, subject_id, narrative, mut evidence, status)| {
            Award {
                ob2_id: apart(&ob2_id, 1),
                ob3_id: apart(&ob3_id, 2),
                baked_image_url: "https://a.example/1.png".into(),
                issued_on: DateTime::from_timestamp(from, 999_999_999).unwrap(),
                expires: length.map(|length| DateTime::from_timestamp(from + 1 + length, 0).unwrap()),
                recipient: Recipient::new("a@b.example", &salt),
                subject_id: subject_id.map(|id| apart(&id, 3)),
                narrative,
                evidence: {
                    for (n, piece) in evidence.iter_mut().enumerate() {
                        piece.url = piece.url.as_deref().map(|url| apart(url, 4 + n));
                    }
                    evidence
                },
                status: status.map(|(url, index)| StatusEntry {
                    list_url: url.split('#').next().unwrap_or_default().to_owned(),
                    index,
                }),
            }
        })
}

fn achievements() -> impl Strategy<Value = Achievement> {
    // What a person sets up is refused with disputed characters, so it comes cleaned.
    let text = || text().prop_map(|text| clean(&text).into_owned());
    let alignment =
        (text(), address(), of(text()), of(text())).prop_map(|(name, target_url, code, framework)| {
            Alignment {
                target_name: format!("x{name}"),
                target_url,
                target_code: code,
                target_framework: framework,
                ..Alignment::default()
            }
        });
    (text(), text(), text(), vec(text(), 0..4), vec(alignment, 0..3), any::<bool>()).prop_map(
        |(name, description, criteria_narrative, mut tags, alignments, repeat)| {
            if repeat {
                tags.extend(tags.clone());
            }
            Achievement {
                name: format!("x{name}"),
                description: format!("x{description}"),
                criteria_narrative,
                tags,
                alignments,
                ..achievement()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ob055_the_template_makes_the_bytes_of_the_full_way(
        achievement in achievements(),
        one in awards(),
        created in 0_i64..4_000_000_000,
    ) {
        let key = example_key();
        let created = DateTime::from_timestamp(created, 5).unwrap();
        let full = credential::sign(&issuer(), &achievement, &one, &key, &method(), created);
        let template = Template::new(&issuer(), &achievement, &Shape::of(&one), &method());
        match (full, template) {
            (Ok(full), Ok(template)) => match template.sign(&one, &key, created) {
                Ok(fast) => {
                    prop_assert_eq!(&fast.json, &full.json);
                    let document = serde_json::from_str(&fast.json).unwrap();
                    crate::proof::eddsa_rdfc::verify(&document, &proofs::controller(), created).unwrap();
                }
                // Doubt is allowed, wrong bytes are not.
                Err(TemplateError::Doubt(_)) => {}
                Err(other) => prop_assert!(false, "{other}"),
            },
            (Ok(_), Err(TemplateError::Doubt(_))) => {}
            (Err(full), Err(TemplateError::Build(template))) => prop_assert_eq!(full.code(), template.code()),
            (full, template) => prop_assert!(false, "{full:?} {template:?}"),
        }
    }

    #[test]
    fn one_template_serves_many_awards(awards in vec(awards(), 3..6)) {
        let key = example_key();
        for award in awards {
            // The worked award's shape with this award's texts.
            let award = Award {
                narrative: Some(format!("x{}", award.narrative.unwrap_or_default())),
                expires: Some(award.issued_on + chrono::Duration::days(1)),
                evidence: Vec::new(),
                subject_id: None,
                status: Some(StatusEntry { list_url: "https://a.example/status/1".into(), index: 7 }),
                ..award
            };
            let template = template_of(&award);
            let created = time("2026-03-14T09:26:54Z");
            let full = credential::sign(&issuer(), &achievement(), &award, &key, &method(), created).unwrap();
            prop_assert_eq!(template.sign(&award, &key, created).unwrap(), full);
        }
    }
}

/// One template for all cases of a property, built once.
fn template_of(award: &Award) -> &'static Template {
    static TEMPLATE: std::sync::OnceLock<Template> = std::sync::OnceLock::new();
    let template = TEMPLATE
        .get_or_init(|| Template::new(&issuer(), &achievement(), &Shape::of(award), &method()).unwrap());
    assert_eq!(*template.shape(), Shape::of(award));
    template
}

#[test]
fn the_worked_award_takes_the_fast_way() {
    let (key, created) = (example_key(), time("2026-03-14T09:26:54Z"));
    let template = Template::new(&issuer(), &achievement(), &Shape::of(&award()), &method()).unwrap();
    let fast = template.sign(&award(), &key, created).unwrap();
    assert_eq!(
        fast,
        credential::sign(&issuer(), &achievement(), &award(), &key, &method(), created).unwrap()
    );
    assert_eq!(fast.id, award().ob3_id);
    fn is_shared<T: Send + Sync>(_: &T) {}
    is_shared(&template);
}

#[test]
fn another_shape_or_key_is_refused() {
    let template = Template::new(&issuer(), &achievement(), &Shape::of(&award()), &method()).unwrap();
    let created = time("2026-03-14T09:26:54Z");
    for other in [
        Award { narrative: None, ..award() },
        Award { narrative: some(""), ..award() },
        Award { expires: None, ..award() },
        Award { status: None, ..award() },
        Award { subject_id: some("did:key:z6Mk"), ..award() },
        Award { evidence: Vec::new(), ..award() },
        Award { evidence: vec![Evidence { name: some("x"), ..Evidence::default() }], ..award() },
    ] {
        assert_eq!(template.sign(&other, &example_key(), created), Err(TemplateError::Shape));
    }
    let stranger = SigningKey::from_seed(&[9; 32]).unwrap();
    assert!(matches!(template.sign(&award(), &stranger, created), Err(TemplateError::Build(_))));
    let broken = Award { ob3_id: "credentials/1".into(), ..award() };
    assert!(matches!(template.sign(&broken, &example_key(), created), Err(TemplateError::Field(_))));
}

#[test]
fn where_nodes_look_alike_the_full_way_is_taken() {
    let created = time("2026-03-14T09:26:54Z");
    let twice = Evidence { name: some("the same"), ..Evidence::default() };
    let award = Award { evidence: vec![twice.clone(), twice], ..award() };
    // The template is built (sentinels differ), the award is refused (its texts do not).
    let template = Template::new(&issuer(), &achievement(), &Shape::of(&award), &method()).unwrap();
    let error = template.sign(&award, &example_key(), created).unwrap_err();
    assert_eq!(error, TemplateError::Doubt("two blank nodes alike"));
    credential::sign(&issuer(), &achievement(), &award, &example_key(), &method(), created).unwrap();

    let mut doubled = achievement();
    doubled.alignments = vec![doubled.alignments[0].clone(), doubled.alignments[0].clone()];
    let error = Template::new(&issuer(), &doubled, &Shape::of(&award), &method()).unwrap_err();
    assert_eq!(error, TemplateError::Doubt("two blank nodes alike"));
}

#[test]
fn an_achievement_that_says_a_sentinel_goes_the_full_way() {
    for name in ["urn:laurel:slot:00001", "see urn:laurel:slot:00001 there", "urn:laurel:slot:99999"] {
        let achievement = Achievement { name: name.into(), ..achievement() };
        let result = Template::new(&issuer(), &achievement, &Shape::of(&award()), &method());
        assert!(matches!(result, Err(TemplateError::Doubt(_))), "{name}: {result:?}");
    }
    // In an award the same words are words.
    let award = Award { narrative: some("urn:laurel:slot:00001"), ..award() };
    let created = time("2026-03-14T09:26:54Z");
    let template = Template::new(&issuer(), &achievement(), &Shape::of(&award), &method()).unwrap();
    assert_eq!(
        template.sign(&award, &example_key(), created).unwrap(),
        credential::sign(&issuer(), &achievement(), &award, &example_key(), &method(), created).unwrap()
    );
}
