//! Proofs: vectors bit for bit, what is refused, and that every change is seen (OB042, OB045–OB055).

use serde_json::{Value, json};

use super::*;
use crate::proof::eddsa_rdfc::{self, hash_data};
use crate::proof::{ProofError, Purpose, SigningKey, canonicalize};
use crate::text::sha256_hex;
use crate::{credential, did};

pub(super) fn controller() -> Value {
    did::document(DID, &[PUBLIC_KEY], &[])
}

fn signed() -> Value {
    let unsigned = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    eddsa_rdfc::sign(&unsigned, &example_key(), &method(), time("2026-03-14T09:26:54Z")).unwrap()
}

fn now() -> DateTime<Utc> {
    time("2026-06-01T12:00:00Z")
}

#[test]
fn ob045_the_proof_is_an_array_of_one() {
    let document = signed();
    let proofs = document["proof"].as_array().unwrap();
    assert_eq!(proofs.len(), 1);
    assert_eq!(proofs[0]["type"], "DataIntegrityProof");
    assert_eq!(proofs[0]["cryptosuite"], "eddsa-rdfc-2022");
    assert_eq!(proofs[0]["proofPurpose"], "assertionMethod");
    assert_eq!(proofs[0]["verificationMethod"], method());
    assert_eq!(proofs[0]["created"], "2026-03-14T09:26:54Z");
    assert!(proofs[0].get("@context").is_none());
    let proven = eddsa_rdfc::verify(&document, &controller(), now()).unwrap();
    assert_eq!(proven.verification_method, method());
}

#[test]
fn ob047_every_changed_member_is_noticed() {
    fn changed(value: &Value, changes: &mut Vec<Value>, rebuild: &dyn Fn(Value) -> Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in
                    members.iter().filter(|(name, _)| *name != "proof" && *name != "@context")
                {
                    let rebuild = |new: Value| {
                        let mut copy = members.clone();
                        copy.insert(name.clone(), new);
                        rebuild(Value::Object(copy))
                    };
                    changed(member, changes, &rebuild);
                    changes.push(clean(rebuild(Value::Null)));
                }
            }
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    let rebuild = |new: Value| {
                        let mut copy = items.clone();
                        copy[place] = new;
                        rebuild(Value::Array(copy))
                    };
                    changed(item, changes, &rebuild);
                }
                for place in 0..items.len() {
                    let mut copy = items.clone();
                    copy.remove(place);
                    changes.push(rebuild(Value::Array(copy)));
                }
            }
            Value::String(text) => changes.push(rebuild(Value::from(format!("{text}x")))),
            Value::Bool(flag) => changes.push(rebuild(Value::from(!flag))),
            other => panic!("{other}"),
        }
    }
    // A removed member is a null that is cleaned away.
    fn clean(value: Value) -> Value {
        match value {
            Value::Object(members) => members
                .into_iter()
                .filter(|(_, member)| !member.is_null())
                .map(|(name, member)| (name, clean(member)))
                .collect(),
            Value::Array(items) => items.into_iter().map(clean).collect(),
            other => other,
        }
    }
    let document = signed();
    let mut changes = Vec::new();
    changed(&document, &mut changes, &|value| value);
    assert!(changes.len() > 100, "{}", changes.len());
    for change in changes {
        assert_ne!(change, document);
        assert!(eddsa_rdfc::verify(&change, &controller(), now()).is_err(), "{change}");
    }
    for name in ["created", "verificationMethod", "proofValue", "cryptosuite", "type", "proofPurpose"] {
        let mut change = document.clone();
        let text = format!("{}1", change["proof"][0][name].as_str().unwrap());
        change["proof"][0][name] = text.into();
        assert!(eddsa_rdfc::verify(&change, &controller(), now()).is_err(), "{name}");
    }
    let mut change = document.clone();
    change["proof"][0]["created"] = "2026-03-14T09:26:55Z".into();
    assert!(matches!(eddsa_rdfc::verify(&change, &controller(), now()), Err(ProofError::Value(_))));
}

#[test]
fn ob048_order_and_white_space_do_not_matter() {
    fn reversed(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                members.iter().rev().map(|(name, member)| (name.clone(), reversed(member))).collect()
            }
            // The order of contexts matters; of every other array in a credential it does not.
            Value::Array(items) => items.iter().map(reversed).collect(),
            other => other.clone(),
        }
    }
    let text = serde_json::to_string_pretty(&reversed(&signed())).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    eddsa_rdfc::verify(&document, &controller(), now()).unwrap();
}

#[test]
fn ob049_a_single_value_for_an_array_is_the_same_graph() {
    let mut document = signed();
    document["issuer"]["type"] = "Profile".into();
    eddsa_rdfc::verify(&document, &controller(), now()).unwrap();
}

#[test]
fn ob042_credits_canonicalize_as_the_standard_says() {
    let mut unsigned = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    for (credits, text) in [(json!(3), "\"3\""), (json!(3.0), "\"3\""), (json!(3.5), "\"3.5E0\"")] {
        unsigned["credentialSubject"]["achievement"]["creditsAvailable"] = credits;
        let canonical = canonicalize(&unsigned, Purpose::Sign).unwrap();
        let line = canonical.lines().find(|line| line.contains("creditsAvailable")).unwrap();
        assert!(line.contains(&format!(" {text}^^<https://www.w3.org/2001/XMLSchema#float>")), "{line}");
    }
}

/// Canonical texts, hashes and proof value of a vector, all the way.
fn reproduce(vector: &Value, unsigned: &str, options: &str, key: &SigningKey, names: [&str; 3]) {
    let [document_hash, proof_hash, proof_value] = names;
    let text = |name: &str| vector[name].as_str().unwrap();
    let canonical = canonicalize(&vector[unsigned], Purpose::Sign).unwrap();
    assert_eq!(canonical, text("canonicalDocument"));
    assert_eq!(sha256_hex(&[canonical.as_bytes()]), text(document_hash));
    let mut config = vector[options].clone();
    let created = time(config["created"].as_str().unwrap());
    let method = config["verificationMethod"].as_str().unwrap().to_owned();
    config["@context"] = vector[unsigned]["@context"].clone();
    let canonical = canonicalize(&config, Purpose::Sign).unwrap();
    assert_eq!(canonical, text("canonicalProofConfig"));
    assert_eq!(sha256_hex(&[canonical.as_bytes()]), text(proof_hash));
    let signed = eddsa_rdfc::sign(&vector[unsigned], key, &method, created).unwrap();
    assert_eq!(signed["proof"][0]["proofValue"], text(proof_value));
}

fn seed(bytes: &[u8]) -> SigningKey {
    SigningKey::from_seed(bytes.try_into().unwrap()).unwrap()
}

#[test]
fn ob050_the_implementation_guides_vector() {
    let Some(file) = shared("vectors/ob3-impl-guide-eddsa.json") else { return };
    let key = seed(&unhex(file["seedHex"].as_str().unwrap()));
    assert_eq!(key.public_multibase(), file["publicKeyMultibase"].as_str().unwrap());
    reproduce(&file, "unsigned", "proofConfig", &key, ["documentHashHex", "proofHashHex", "proofValue"]);
}

/// OB051: the W3C's `alumni` vector end to end; `employment` from its canonical text on, for its context is not held.
#[test]
fn ob051_the_w3c_vectors() {
    let Some(file) = shared("vectors/w3c-eddsa.json") else { return };
    let secret = file["keyPair"]["privateKeyMultibase"].as_str().unwrap();
    let secret = bs58::decode(&secret[1..]).into_vec().unwrap();
    let key = seed(&secret[2..]);
    assert_eq!(key.public_multibase(), file["keyPair"]["publicKeyMultibase"].as_str().unwrap());
    let names = ["documentHashHex", "proofHashHex", "signatureBase58btc"];
    let alumni = &file["eddsa-rdfc-2022/alumni"];
    reproduce(alumni, "unsigned", "proofConfig", &key, names);
    let controller = did::key_document(&format!("did:key:{}", key.public_multibase())).unwrap();
    // The issuer of the vector is an https address; its proof holds, its key is nobody's we know.
    let error = eddsa_rdfc::verify(&alumni["signed"], &controller, now()).unwrap_err();
    assert_eq!(error.code(), "ob.proof.controller");
    // The employment document's context is not held: from the canonical text on.
    let employment = &file["eddsa-rdfc-2022/employment"];
    let text = |name: &str| employment[name].as_str().unwrap();
    let data = hash_data(text("canonicalProofConfig"), text("canonicalDocument"));
    assert_eq!(crate::text::hex(&data), text("combinedHashHex"));
    let signature = key.sign(&data);
    assert_eq!(crate::text::hex(&signature), text("signatureHex"));
    let error = canonicalize(&employment["unsigned"], Purpose::Sign).unwrap_err();
    assert!(matches!(error, ProofError::UnknownContext(_)));
}

#[test]
fn ob052_the_worked_proofs_come_out_bit_for_bit() {
    for name in ["ob3-credential-minimal-proof-steps", "ob3-credential-proof-steps"] {
        let Some(file) = shared(&format!("worked-examples/{name}.json")) else { return };
        let names = ["documentHashHex", "proofHashHex", "proofValue"];
        reproduce(&file, "unsecuredDocument", "proofOptions", &example_key(), names);
    }
    for name in ["minimal", "wallet-bound"] {
        let signed = shared(&format!("worked-examples/ob3-credential-{name}.json")).unwrap();
        let mut unsigned = signed.clone();
        unsigned.as_object_mut().unwrap().shift_remove("proof");
        let created = time(signed["proof"][0]["created"].as_str().unwrap());
        let ours = eddsa_rdfc::sign(&unsigned, &example_key(), &method(), created).unwrap();
        assert_eq!(ours, signed, "{name}");
    }
}

#[test]
fn ob053_an_undefined_member_is_refused() {
    let unsigned = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    let sign = |document: &Value| eddsa_rdfc::sign(document, &example_key(), &method(), now());
    for (pointer, name) in
        [("", "foo"), ("/credentialSubject", "foo"), ("/issuer", "alsoKnownAs"), ("", "@graph")]
    {
        for value in [json!("x"), json!({"x": "y"}), json!(1), json!(null), json!([])] {
            let mut document = unsigned.clone();
            document.pointer_mut(pointer).unwrap()[name] = value.clone();
            let error = sign(&document).unwrap_err();
            assert_eq!(error.code(), "ob.jsonld.loss", "{pointer}/{name}: {value}: {error}");
        }
    }
    sign(&unsigned).unwrap();
}

#[test]
fn ob054_a_relative_type_or_address_is_refused() {
    let unsigned = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    let sign = |document: &Value| eddsa_rdfc::sign(document, &example_key(), &method(), now());
    let mut document = unsigned.clone();
    document["@context"].as_array_mut().unwrap().pop();
    assert_eq!(sign(&document).unwrap_err().code(), "ob.jsonld.loss");
    document.as_object_mut().unwrap().shift_remove("credentialSchema");
    sign(&document).unwrap();
    document["credentialStatus"]["type"] = "1EdTechRevocationList".into();
    assert_eq!(sign(&document).unwrap_err(), ProofError::Loss("1EdTechRevocationList".into()));

    for (pointer, value) in [
        ("/id", "credentials/1"),
        ("/id", "https://a example/1"),
        ("/credentialSubject/achievement/id", "#1"),
        ("/credentialStatus/statusListCredential", "status/1"),
        ("/issuer/image/id", "logo.png"),
        ("/credentialSubject/achievement/type/0", "Trophy"),
        ("/type/1", "_:b0"),
        ("/evidence/0/id", "_:b0"),
    ] {
        let mut document = unsigned.clone();
        *document.pointer_mut(pointer).unwrap() = value.into();
        let error = sign(&document).unwrap_err();
        assert_eq!(error.code(), "ob.jsonld.loss", "{pointer} = {value}: {error}");
    }
}

#[test]
fn contexts_are_held_or_refused() {
    let mut document = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    for context in [
        json!("https://example.org/more.json"),
        json!({"foo": "https://example.org/foo"}),
        json!({"@vocab": "urn:x:"}),
    ] {
        let held = document["@context"].clone();
        document["@context"].as_array_mut().unwrap().push(context);
        let error = eddsa_rdfc::sign(&document, &example_key(), &method(), now()).unwrap_err();
        assert_eq!(error.code(), "ob.context.unknown");
        document["@context"] = held;
    }
    document["issuer"]["@context"] = json!({"foo": "https://example.org/foo"});
    assert_eq!(canonicalize(&document, Purpose::Verify).unwrap_err().code(), "ob.context.unknown");
}

#[test]
fn others_may_write_empty_members_where_a_context_defines_them() {
    let mut document = signed();
    document["credentialSubject"]["achievement"]["inLanguage"] = json!(null);
    document["endorsement"] = json!([]);
    eddsa_rdfc::verify(&document, &controller(), now()).unwrap();
    document["foo"] = json!([]);
    assert_eq!(eddsa_rdfc::verify(&document, &controller(), now()).unwrap_err().code(), "ob.jsonld.loss");
}

#[test]
fn poisoned_graphs_are_refused_quickly() {
    let base = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    let mut deep = json!({"type": ["Profile"], "id": "https://a.example/1"});
    for _ in 0..40 {
        deep = json!({"type": ["Profile"], "id": "https://a.example/1", "parentOrg": deep});
    }
    let mut document = base.clone();
    document["issuer"] = deep;
    assert_eq!(canonicalize(&document, Purpose::Verify).unwrap_err().code(), "ob.input.size");

    let mut document = base.clone();
    document["evidence"] = (0..1_100).map(|i| json!({"type": ["Evidence"], "name": i.to_string()})).collect();
    assert_eq!(canonicalize(&document, Purpose::Verify).unwrap_err().code(), "ob.input.size");

    // A chain of blank nodes that all look alike.
    let mut chain = json!({"type": ["Profile"]});
    for _ in 0..15 {
        chain = json!({"type": ["Profile"], "parentOrg": chain});
    }
    let mut document = base.clone();
    document["issuer"]["parentOrg"] = chain;
    let error = canonicalize(&document, Purpose::Verify).unwrap_err();
    assert_eq!(error.code(), "ob.input.size", "{error}");

    // Equal evidence side by side is harmless.
    let mut document = base;
    document["evidence"] = (0..30).map(|_| json!({"type": ["Evidence"], "name": "the same"})).collect();
    canonicalize(&document, Purpose::Verify).unwrap();
}

#[test]
fn ob113_malformed_proofs_fail_by_name() {
    let document = signed();
    let short = format!("z{}", bs58::encode([1; 63]).into_string());
    let value = document["proof"][0]["proofValue"].as_str().unwrap().to_owned();
    for (name, new, code) in [
        ("proofPurpose", json!("authentication"), "ob.proof.purpose"),
        ("cryptosuite", json!("ecdsa-sd-2023"), "ob.proof.suite"),
        ("type", json!("RsaSignature2018"), "ob.proof.suite"),
        ("proofValue", json!(value[1..]), "ob.proof.value"),
        ("proofValue", json!(short), "ob.proof.value"),
        ("proofValue", json!(null), "ob.proof.value"),
        ("created", json!("yesterday"), "ob.proof.created"),
        ("created", json!("2026-06-01T12:03:00Z"), "ob.proof.created"),
        ("expires", json!("2026-06-01T11:59:59Z"), "ob.proof.created"),
        ("verificationMethod", json!("did:web:other.example#z6Mk"), "ob.proof.controller"),
        ("foo", json!("x"), "ob.jsonld.loss"),
    ] {
        let mut document = document.clone();
        document["proof"][0][name] = new;
        assert_eq!(eddsa_rdfc::verify(&document, &controller(), now()).unwrap_err().code(), code, "{name}");
    }
    let mut document = document;
    document.as_object_mut().unwrap().remove("proof");
    assert_eq!(eddsa_rdfc::verify(&document, &controller(), now()), Err(ProofError::Missing));
}

#[test]
fn ob114_one_good_proof_of_two_is_enough() {
    let mut document = signed();
    let mut stranger = document["proof"][0].clone();
    stranger["verificationMethod"] = "did:key:z6Mkp33ooPpYzm4mZxME5sBGqfpmTjqNCnqYvvhzED6wZzt3#z6Mk".into();
    let own = document["proof"][0].take();
    document["proof"] = json!([stranger, own]);
    eddsa_rdfc::verify(&document, &controller(), now()).unwrap();
    // As one object, the way some libraries write it.
    document["proof"] = document["proof"][1].take();
    eddsa_rdfc::verify(&document, &controller(), now()).unwrap();
}

#[test]
fn ob069_another_issuers_key_does_not_sign_for_us() {
    let other = SigningKey::from_seed(&[9; 32]).unwrap();
    let unsigned = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    let theirs = "did:web:badges.harbour.example:i:other";
    let forged = eddsa_rdfc::sign(
        &unsigned,
        &other,
        &did::verification_method(theirs, other.public_multibase()),
        now(),
    );
    let theirs = did::document(theirs, &[other.public_multibase()], &[]);
    let forged = forged.unwrap();
    for controller in [controller(), theirs] {
        let error = eddsa_rdfc::verify(&forged, &controller, now()).unwrap_err();
        assert_eq!(error.code(), "ob.proof.controller");
    }
    // With our own method's name on it, it is refused before it is made.
    let error = eddsa_rdfc::sign(&unsigned, &other, &method(), now()).unwrap_err();
    assert!(matches!(error, ProofError::Options(_)));
}

#[test]
fn ob055_characters_that_verifiers_dispute_are_left_out_or_refused() {
    let disputed = "\0\u{8}\u{b}\u{c}\u{1f}\u{7f}\u{fffe}\u{ffff}";
    let plain = "\t\n\r \"\\ \u{80}\u{2028}\u{feff} e\u{301} 👩‍🎓";
    assert_eq!(crate::clean(&format!("{disputed}{plain}{disputed}")), plain);
    // An award is never lost over one; both of its documents say the same.
    let award = Award { narrative: Some(format!("a{disputed}{plain}")), ..award() };
    let signed =
        credential::sign(&issuer(), &achievement(), &award, &example_key(), &method(), now()).unwrap();
    let signed: Value = serde_json::from_str(&signed.json).unwrap();
    assert_eq!(signed["credentialSubject"]["narrative"], format!("a{plain}"));
    let hosted = crate::assertion::assertion(&achievement(), &award);
    assert_eq!(hosted["narrative"], signed["credentialSubject"]["narrative"]);
    let silent = Award { narrative: some(disputed), ..award };
    assert!(crate::assertion::assertion(&achievement(), &silent).get("narrative").is_none());
    // What a person sets up is refused with the field's name, and nothing else is signed with one.
    for c in disputed.chars() {
        let broken = Achievement { criteria_narrative: format!("a{c}"), ..achievement() };
        assert_eq!(broken.check().unwrap_err().field, "achievement.criteria_narrative");
        let broken = Issuer { name: format!("a{c}"), ..issuer() };
        assert_eq!(broken.check().unwrap_err().field, "issuer.name");
        let mut document = credential::unsigned(&issuer(), &achievement(), &silent).unwrap();
        document["name"] = format!("a{c}").into();
        let error = eddsa_rdfc::sign(&document, &example_key(), &method(), now()).unwrap_err();
        assert!(matches!(error, ProofError::Field(_)), "{error}");
    }
}
