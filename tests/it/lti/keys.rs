//! Section 8: our own keys, a set for each platform.

use laurel::{
    domain::{platform, platform_key},
    store::platform as platforms,
    vault::Purpose,
};
use serde_json::{Value, json};

use crate::support::app::TestApp;

/// The key set as a platform reads it.
async fn published(app: &TestApp) -> Vec<Value> {
    let page = app.browser().get(app.tool.jwks_url.as_deref().unwrap()).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.header("content-type").unwrap().starts_with("application/json"));
    assert!(page.header("cache-control").unwrap().contains("max-age="));
    let set: Value = serde_json::from_slice(&page.body).unwrap();
    set["keys"].as_array().unwrap().clone()
}

fn kids(keys: &[Value]) -> Vec<String> {
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// K01: the JWKS is an object `keys`; every key has `kty`, `kid`, `alg` RS256, `use` sig, `n` and `e`, no
/// private members; it may be cached.
#[tokio::test]
async fn k01_our_key_set() {
    let app = TestApp::new().await;
    let keys = published(&app).await;
    assert_eq!(keys.len(), 1);
    for key in &keys {
        assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&json!("RSA"), &json!("RS256"), &json!("sig")));
        for member in ["kid", "n", "e"] {
            assert!(key[member].as_str().is_some_and(|text| !text.is_empty()), "{member}");
        }
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private} is private");
        }
    }
    let (_, _, other) = app.another_platform("client-def", "p3").await;
    let page = app.browser().get(&app.at(&format!("/lti/jwks/{}", other.id))).await.unwrap();
    let others: Value = serde_json::from_slice(&page.body).unwrap();
    assert_ne!(others["keys"][0]["n"], keys[0]["n"], "each platform has its own key");
    for unknown in ["/lti/jwks/x", &format!("/lti/jwks/{}", uuid::Uuid::nil())] {
        let page = app.browser().get(&app.at(unknown)).await.unwrap();
        assert_eq!(page.status, 404, "{unknown}");
    }
}

#[tokio::test]
async fn k02_k03_k04_rotation() {
    let app = TestApp::new().await;
    let (operator, id) = (app.operator(), app.platform.id);
    let mut seen = kids(&published(&app).await);
    for round in 0..3 {
        let old = platform_key::signing(&app.app, id).await.unwrap();
        assert_eq!(old.kid(), seen.last().unwrap());
        let new = platform_key::rotate(&app.app, &operator, id).await.unwrap().kid;
        assert!(!seen.contains(&new), "K03: a kid is never used again");
        assert!(platform_key::rotate(&app.app, &operator, id).await.is_err(), "one rotation at a time");

        let listed = kids(&published(&app).await);
        assert!(
            listed.contains(&new) && listed.contains(&old.kid().to_owned()),
            "K02: both during the overlap"
        );
        assert_eq!(platform_key::signing(&app.app, id).await.unwrap().kid(), old.kid(), "K02: not yet");
        check_signature(&app, old.kid()).await;

        app.advance(24 * 3600 + 1);
        assert_eq!(platform_key::signing(&app.app, id).await.unwrap().kid(), new, "K02: now");
        assert!(kids(&published(&app).await).contains(&old.kid().to_owned()), "K02: caches may hold it");
        check_signature(&app, &new).await;

        app.advance(24 * 3600);
        assert_eq!(
            kids(&published(&app).await),
            std::slice::from_ref(&new),
            "K02: the old one is gone, round {round}"
        );
        seen.push(new);
    }
}

/// K04: the platform verifies what we sign, by the listed key.
async fn check_signature(app: &TestApp, kid: &str) {
    let key = platform_key::signing(&app.app, app.platform.id).await.unwrap();
    let token = key.sign(&json!({"iss": "client-abc"})).unwrap();
    let header = practice_header(&token);
    assert_eq!((&header["alg"], &header["kid"]), (&json!("RS256"), &json!(kid)), "K04");
    let claims = app.lms.verify_tool_signature(app.tool.jwks_url.as_deref().unwrap(), &token).await.unwrap();
    assert_eq!(claims["iss"], "client-abc", "K04");
}

fn practice_header(token: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn k05_private_keys_are_sealed_at_rest() {
    let app = TestApp::new().await;
    let key = platform_key::signing(&app.app, app.platform.id).await.unwrap();
    let row = platforms::keys(app.app.store.read(), app.platform.id).await.unwrap().remove(0);
    let opened = app.app.vault.open(Purpose::PlatformKey, &row.sealed_private, row.id.0.as_bytes()).unwrap();
    assert_eq!(&opened[..], key.pkcs8(), "what is sealed is the key");
    let mut dump = row.sealed_private.clone();
    dump.extend(row.public_jwk.to_string().into_bytes());
    for file in ["laurel.db", "laurel.db-wal"] {
        let folder = app.database().folder().map(|folder| folder.join("data"));
        if let Some(bytes) = folder.and_then(|folder| std::fs::read(folder.join(file)).ok()) {
            dump.extend(bytes);
        }
    }
    // Behind the public half of PKCS#8 come the secret numbers.
    let pkcs8 = key.pkcs8();
    let secret = &pkcs8[pkcs8.len() - 600..];
    for window in secret.chunks_exact(16) {
        assert!(!dump.windows(16).any(|bytes| bytes == window), "K05: readable in the dump");
    }
    assert!(platform::find(&app.app, app.organization, app.platform.id).await.is_ok());
}
