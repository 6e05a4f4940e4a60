//! Other people's verifiers, as functions: `tests/interop` behind a process boundary; and Chromium, walked by the
//! scripts of `tests/browser`.
//! They run asynchronously, so that a judge may fetch from a server that lives on the test's own runtime. Requests
//! and reports are JSON as told in `tests/interop/node/judge.mjs` and `tests/interop/python/verify_*.py`; a whole
//! slice of requests is judged by one process. Where the judges are not installed, every function says so on stderr
//! and answers `None`, unless `LAUREL_JUDGES=required` (set by `tests/run`), which makes that a failure.
//! `../shared/ob-spec` is read where it exists.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// `@digitalbazaar/vc` on proof and status, ajv on the schema: `{credential, documents, checkStatus, schema,
/// contexts303, now}` → `{verified, error, statusOk, statusError, status, schemaErrors}`.
pub async fn digital_bazaar(requests: &[Value]) -> Option<Vec<Value>> {
    let installed = Path::new(ROOT).join("tests/interop/node/node_modules/.stamp");
    judge(&installed, OsStr::new("node"), "tests/interop/node/verify.mjs", requests).await
}

/// `verifier-core`, which `VerifierPlus` and the Learner Credential Wallet run: `{credential, documents}` →
/// `{steps: {valid_signature, expiration, revocation_status, registered_issuer}, errors, schema}`. It judges by the
/// machine's clock and without any leeway.
pub async fn verifier_core(requests: &[Value]) -> Option<Vec<Value>> {
    let installed = Path::new(ROOT).join("tests/interop/dcc/node_modules/.stamp");
    judge(&installed, OsStr::new("node"), "tests/interop/dcc/verify.mjs", requests).await
}

/// openbadgeslib, a second and independent judge of Open Badges 3.0: `{credential | {path}, documents, checkStatus}` →
/// `{valid, error, issuer}`.
pub async fn openbadgeslib(requests: &[Value]) -> Option<Vec<Value>> {
    let python = python("venv-ob3");
    judge(&python, python.as_os_str(), "tests/interop/python/verify_ob3.py", requests).await
}

/// The IMS Open Badges 2.0 validator: `{input: address | JSON | {path}, recipient: {type, identity}, documents, now}` →
/// `{valid, errors, warnings, tasks, error}`.
pub async fn ims_validator(requests: &[Value]) -> Option<Vec<Value>> {
    let python = python("venv");
    judge(&python, python.as_os_str(), "tests/interop/python/verify_ob2.py", requests).await
}

/// The Open Badges 2.0 text that openbadges-bakery finds in a picture; empty when it finds none.
pub async fn unbake(picture: &Path) -> Option<String> {
    let python = python("venv");
    is_installed(&python).then_some(())?;
    let done = run(
        Command::new(python)
            .arg(Path::new(ROOT).join("tests/interop/python/bakery.py"))
            .arg("extract")
            .arg(picture),
        Vec::new(),
    )
    .await;
    Some(String::from_utf8(done.stdout).unwrap())
}

/// What Chromium saw, walked by a script of `tests/browser` with these arguments.
pub async fn chromium(script: &str, arguments: &[&str]) -> Option<Value> {
    let folder = Path::new(ROOT).join("tests/browser");
    let needed = [folder.join("node_modules/playwright-core"), PathBuf::from("/usr/bin/chromium")];
    needed.iter().all(|program| is_installed(program)).then_some(())?;
    let done = run(Command::new("node").arg(folder.join(script)).args(arguments), Vec::new()).await;
    let told = String::from_utf8(done.stdout).unwrap();
    let seen: Value = serde_json::from_str(told.trim()).unwrap_or_else(|error| {
        panic!("{error}: {told}\n{}", String::from_utf8_lossy(&done.stderr));
    });
    assert_eq!(seen.get("error"), None, "{script} {arguments:?}: {seen:#}");
    Some(seen)
}

/// A file of the published specifications beside the project; a stranger's clone has none.
pub fn spec_file(path: &str) -> Option<PathBuf> {
    let file = Path::new(ROOT).parent()?.join("shared/ob-spec").join(path);
    let exists = file.exists();
    if !exists {
        skipped!("skipped: {} is not here", file.display());
    }
    exists.then_some(file)
}

fn python(venv: &str) -> PathBuf {
    Path::new(ROOT).join("tests/.cache").join(venv).join("bin/python")
}

fn is_installed(program: &Path) -> bool {
    let found = program.exists();
    if !found {
        let required = std::env::var_os("LAUREL_JUDGES").is_some_and(|value| value == "required");
        assert!(
            !required,
            "{} is missing: run tests/interop/install (Chromium: the system's)",
            program.display()
        );
        skipped!("skipped: there is no {} (tests/interop/install)", program.display());
    }
    found
}

async fn judge(installed: &Path, program: &OsStr, script: &str, requests: &[Value]) -> Option<Vec<Value>> {
    is_installed(installed).then_some(())?;
    let input = serde_json::to_vec(requests).unwrap();
    let done = run(Command::new(program).arg(Path::new(ROOT).join(script)), input).await;
    assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
    let reports: Vec<Value> = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(reports.len(), requests.len(), "{script} answers each request");
    Some(reports)
}

async fn run(command: &mut Command, input: Vec<u8>) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // beside the reading, so that neither side waits for a full pipe; a judge that ends early closes its end
    let (_, done) = futures_util::future::join(
        async move {
            let written = stdin.write_all(&input).await;
            drop(stdin);
            written
        },
        child.wait_with_output(),
    )
    .await;
    done.unwrap()
}

/// The worked examples, with what their addresses answer.
fn worked_example(name: &str) -> Option<Value> {
    let file = spec_file(&format!("worked-examples/{name}.json"))?;
    Some(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap())
}

fn worked_documents() -> Option<Value> {
    Some(json!({
        "https://badges.harbour.example/i/hian/did.json": worked_example("ob3-did-document")?,
        "https://badges.harbour.example/i/hian/status/1": worked_example("statuslist-credential")?,
        "https://badges.harbour.example/i/hian/ob2/a/0f6b1c3e": worked_example("ob2-assertion")?,
        "https://badges.harbour.example/i/hian/ob2/b/coastal-pilotage-1": worked_example("ob2-badgeclass")?,
        "https://badges.harbour.example/i/hian/ob2": worked_example("ob2-profile")?,
        "https://badges.harbour.example/media/hian/a/0f6b1c3e.png": {"body": "x", "content_type": "image/png"},
        "https://badges.harbour.example/media/hian/b/coastal-pilotage-1.png": {"body": "x", "content_type": "image/png"},
        "https://badges.harbour.example/media/hian/logo.png": {"body": "x", "content_type": "image/png"},
    }))
}

#[tokio::test]
async fn two_judges_of_open_badges_3_tell_good_from_bad() {
    let (Some(good), Some(documents)) = (worked_example("ob3-credential"), worked_documents()) else {
        return;
    };
    let strict = spec_file("ob_v3p0_achievementcredential_schema.json").unwrap();
    let mut bad = good.clone();
    bad["name"] = json!("Coastal Pilotage II");
    let requests: Vec<Value> = [good, bad]
        .iter()
        .map(|it| json!({"credential": it, "documents": documents, "checkStatus": true, "schema": strict}))
        .collect();
    if let Some(reports) = digital_bazaar(&requests).await {
        assert_eq!(
            (&reports[0]["verified"], &reports[1]["verified"]),
            (&json!(true), &json!(false)),
            "{reports:?}"
        );
        assert_eq!((&reports[0]["statusOk"], &reports[0]["schemaErrors"]), (&json!(true), &json!([])));
    }
    if let Some(reports) = openbadgeslib(&requests).await {
        assert_eq!(
            (&reports[0]["valid"], &reports[1]["valid"]),
            (&json!(true), &json!(false)),
            "{reports:?}"
        );
    }
    let revoked = worked_example("ob3-credential-revoked").unwrap();
    let requests: Vec<Value> = [&requests[0]["credential"], &requests[1]["credential"], &revoked]
        .iter()
        .map(|it| json!({"credential": it, "documents": documents}))
        .collect();
    if let Some(reports) = verifier_core(&requests).await {
        let step = |at: usize, name: &str| reports[at]["steps"][name].clone();
        assert_eq!(step(0, "valid_signature"), json!(true), "{reports:?}");
        assert_eq!(reports[1]["errors"], json!(["invalid_signature: The signature is not valid."]));
        assert_eq!(
            (step(2, "valid_signature"), step(2, "revocation_status")),
            (json!(true), json!(false)),
            "{reports:?}"
        );
    }
}

#[tokio::test]
async fn the_judge_of_open_badges_2_tells_good_from_bad() {
    let (Some(assertion), Some(documents)) = (worked_example("ob2-assertion"), worked_documents()) else {
        return;
    };
    let requests: Vec<Value> = ["w.achieng@student.harbour.example", "somebody@else.example"]
        .iter()
        .map(|identity| {
            let recipient = json!({"type": "email", "identity": identity});
            json!({"input": assertion["id"], "recipient": recipient, "documents": documents})
        })
        .collect();
    if let Some(reports) = ims_validator(&requests).await {
        assert_eq!(
            (&reports[0]["valid"], &reports[1]["valid"]),
            (&json!(true), &json!(false)),
            "{reports:?}"
        );
    }
}

#[tokio::test]
async fn the_bakery_finds_no_badge_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("plain.png");
    std::fs::write(&picture, b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82").unwrap();
    if let Some(text) = unbake(&picture).await {
        assert_eq!(text, "");
    }
}
