//! The JSON-LD contexts we hold, and the only way to read one.
//!
//! Contexts are published data: the files beside this one are embedded unmodified, pinned by SHA-256, and their notices are
//! in `licences/`. Nothing here ever fetches: an address that is not in the table is an error, so canonical hashes are the
//! same on every machine and on every day (open-badges.md §6).

/// First context of every credential we write (VC Data Model 2.0).
pub const CREDENTIALS_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// First context of credentials of VC Data Model 1.1: read, never written.
pub const CREDENTIALS_V1: &str = "https://www.w3.org/2018/credentials/v1";
/// Second context of every Open Badge 3.0 we write.
pub const OPEN_BADGES_V3: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
/// Third context, for the `1EdTech…` types.
pub const EXTENSIONS: &str = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json";
/// Context of Open Badges 2.0 documents; only ever named, so its text is not held.
pub const OPEN_BADGES_V2: &str = "https://w3id.org/openbadges/v2";
/// First context of a DID document.
pub const DID_V1: &str = "https://www.w3.org/ns/did/v1";
/// Second context of a DID document with Multikey methods.
pub const MULTIKEY_V1: &str = "https://w3id.org/security/multikey/v1";

/// A context we hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The address documents name it by.
    pub address: &'static str,
    /// The file it is embedded from.
    pub file: &'static str,
    /// SHA-256 of the file's bytes, lower-case hex.
    pub sha256: &'static str,
    /// The JSON text.
    pub text: &'static str,
}

macro_rules! contexts {
    ($($address:expr => $file:literal, $sha256:literal;)*) => {
        /// Every context we hold.
        pub const ALL: &[Context] =
            &[$(Context { address: $address, file: $file, sha256: $sha256, text: include_str!($file) }),*];
    };
}

contexts! {
    CREDENTIALS_V2 => "w3-credentials-v2.json", "8a9f494a89ecc51db093e90e84713e07e84d6d9204364a9b3c7868b21751236f";
    OPEN_BADGES_V3 => "ob-v3p0-context-3.0.3.json", "ef2fa9c7846dce233cc166b43639027278be4ee44f00bb1d45c75de2dd0cd761";
    EXTENSIONS => "ob-v3p0-extensions.json", "2d013f981d1f4516081a6a04e55468ba2b071d4153b794f19a79715c45a89a5e";
    CREDENTIALS_V1 => "w3-credentials-v1.json", "00d7dd6d3ad8b920e3e550dd3a3d9090bffcac84cdbf943da6924b3e0a5c8bb8";
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json" => "ob-v3p0-context-3.0.2.json", "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53";
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json" => "ob-v3p0-context-3.0.1.json", "af095468326d3449160509b26ca71576e6321d13c85b0369cfe3b654c9a48fba";
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json" => "ob-v3p0-context.json", "200cbcd7500e7a08d0ca2787f691bfdc0c3b44d9ff1fee2ecd4bbb12103688c8";
    "https://purl.imsglobal.org/spec/ob/v3p0/context/ob_v3p0.jsonld" => "ob-v3p0-context.json", "200cbcd7500e7a08d0ca2787f691bfdc0c3b44d9ff1fee2ecd4bbb12103688c8";
    "https://w3id.org/security/data-integrity/v2" => "w3-data-integrity-v2.json", "0f77743daf5b4e8fc067fc5ba5b21044283053aa717fc6b0219843bed3b00363";
    "https://w3id.org/security/data-integrity/v1" => "w3-data-integrity-v1.json", "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554";
    "https://w3id.org/security/suites/ed25519-2020/v1" => "w3id-ed25519-2020-v1.json", "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588";
    "https://www.w3.org/ns/credentials/status/v1" => "w3-credentials-status-v1.json", "fd08cbf28ddd829ab2f1978c48f43ab07a112c1c90245a0cfac7ba721c65170c";
    DID_V1 => "w3-did-v1.json", "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f";
    MULTIKEY_V1 => "w3-multikey-v1.json", "c5f3806f8286920573221938917988a18a4cc5a09e968d29649613c7a1c2b1f6";
}

/// The context at `address`, if we hold it.
#[must_use]
pub fn find(address: &str) -> Option<&'static Context> {
    #[cfg(test)]
    if let Some(context) = crate::tests::example_context(address) {
        return Some(context);
    }
    ALL.iter().find(|context| context.address == address)
}

/// Whether `address` names some version of the Open Badges 3.0 context that we hold.
#[must_use]
pub fn is_open_badges_v3(address: &str) -> bool {
    address.starts_with("https://purl.imsglobal.org/spec/ob/v3p0/context") && find(address).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shared;

    #[test]
    fn every_text_has_its_pinned_hash_and_is_json() {
        for context in ALL {
            assert_eq!(
                crate::text::sha256_hex(&[context.text.as_bytes()]),
                context.sha256,
                "{}",
                context.file
            );
            let value: serde_json::Value = serde_json::from_str(context.text).unwrap();
            assert!(value.get("@context").is_some(), "{}", context.file);
        }
    }

    #[test]
    fn the_texts_say_what_the_standards_say() {
        let Some(map) = shared("contexts/context-map.json") else { return };
        for context in ALL {
            let entry = &map["contexts"][context.address];
            let mut file = entry["file"].as_str().unwrap().to_owned();
            // Three texts of 3.0.3 are in use (open-badges.md §6); ours is the specification repository's.
            if file == "ob-v3p0-context-3.0.3-published.json" {
                file = "ob-v3p0-context-3.0.3.json".into();
            }
            let theirs = shared(&format!("contexts/{file}")).unwrap();
            let ours: serde_json::Value = serde_json::from_str(context.text).unwrap();
            assert_eq!(ours, theirs, "{}", context.address);
        }
    }

    #[test]
    fn an_unknown_address_is_not_held() {
        assert!(find("https://example.org/context.json").is_none());
        assert!(find("http://www.w3.org/ns/credentials/v2").is_none());
        assert!(is_open_badges_v3(OPEN_BADGES_V3));
        assert!(!is_open_badges_v3(EXTENSIONS));
    }

    /// The proof code finds lost words by giving undefined terms a telltale address; a context with its own `@vocab` or a
    /// nulled scope would hide them.
    #[test]
    fn no_context_hides_undefined_terms() {
        for context in ALL {
            let value: serde_json::Value = serde_json::from_str(context.text).unwrap();
            walk(&value["@context"], context.file);
        }
        fn walk(value: &serde_json::Value, file: &str) {
            match value {
                serde_json::Value::Object(members) => {
                    assert!(!members.contains_key("@vocab"), "{file}");
                    assert!(!members.contains_key("@import"), "{file}");
                    for (name, member) in members {
                        if name == "@context" && member.is_null() {
                            // Inside presentations, which the inventory refuses.
                            let id = "https://www.w3.org/2018/credentials#verifiableCredential";
                            assert_eq!(members["@id"], id, "{file}");
                        }
                        walk(member, file);
                    }
                }
                serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, file)),
                _ => {}
            }
        }
    }
}
