//! The shape of a credential: contexts, types, subject, achievement, evidence, issuer (open-badges.md §12, steps 1 and 2).

use serde_json::Value;

use super::{Checks, State, has_type, list, text};
use crate::contexts;

/// All checks of shape, in their order.
pub(super) fn check(document: &Value, checks: &mut Checks) {
    check_contexts(document, checks);
    checks.result("ob.type", "It says it is an Open Badge.", types(document));
    checks.result("ob.subject", "It names an achievement of a recipient.", subject(document));
    let achievement = document.get("credentialSubject").and_then(|subject| subject.get("achievement"));
    if let Some(achievement) = achievement {
        checks.result("ob.achievement", "The achievement is described.", described(achievement));
        checks.result("ob.criteria", "The criteria are there.", criteria(achievement));
    }
    if document.get("evidence").is_some() {
        checks.result(
            "ob.evidence",
            "The evidence has its form.",
            all_typed(document, "evidence", "Evidence"),
        );
    }
    checks.result("ob.issuer", "The issuer is described.", issuer(document));
    if document.get("proof").is_some_and(Value::is_object)
        || document.get("credentialStatus").is_some_and(Value::is_array)
    {
        checks.add(
            "ob.schema.strict",
            State::Warn,
            "Single values and arrays are mixed up, which the strict schema refuses.",
        );
    }
}

fn check_contexts(document: &Value, checks: &mut Checks) {
    let items = list(document, "@context");
    let unheld =
        items.iter().find(|item| item.as_str().is_none_or(|address| contexts::find(address).is_none()));
    if let Some(item) = unheld {
        let name = item.as_str().unwrap_or("written inside the badge");
        checks.fail("ob.context.unknown", format!("The context is not one we hold: {name}."));
    }
    let address = |place: usize| items.get(place).and_then(Value::as_str).unwrap_or_default();
    if !matches!(address(0), contexts::CREDENTIALS_V2 | contexts::CREDENTIALS_V1) {
        checks.fail("ob.context", "The first context is not that of Verifiable Credentials.");
    } else if !contexts::is_open_badges_v3(address(1)) {
        checks.fail("ob.context", "The second context is not that of Open Badges 3.0.");
    } else if address(0) == contexts::CREDENTIALS_V1 || address(1) != contexts::OPEN_BADGES_V3 {
        checks.add("ob.context", State::Warn, "The contexts are of an older version.");
    } else {
        checks.pass("ob.context", "The contexts are in their order.");
    }
}

fn types(document: &Value) -> Result<(), String> {
    if !has_type(document, "VerifiableCredential") {
        return Err("Its type lacks `VerifiableCredential`.".into());
    }
    if !has_type(document, "OpenBadgeCredential") && !has_type(document, "AchievementCredential") {
        return Err("Its type is neither `OpenBadgeCredential` nor `AchievementCredential`.".into());
    }
    Ok(())
}

fn subject(document: &Value) -> Result<(), String> {
    let Some(subject) = document.get("credentialSubject").filter(|subject| subject.is_object()) else {
        return Err("There is no single subject.".into());
    };
    if !has_type(subject, "AchievementSubject") {
        return Err("The subject's type lacks `AchievementSubject`.".into());
    }
    if text(subject, "id").is_none() && list(subject, "identifier").is_empty() {
        return Err("The subject has neither `id` nor `identifier`.".into());
    }
    all_typed(subject, "identifier", "IdentityObject")?;
    all_typed(subject, "result", "Result")?;
    all_typed(subject, "source", "Profile")?;
    match subject.get("achievement") {
        Some(Value::Object(_)) => Ok(()),
        _ => Err("The subject has no achievement.".into()),
    }
}

fn described(achievement: &Value) -> Result<(), String> {
    if !has_type(achievement, "Achievement") {
        return Err("The achievement's type lacks `Achievement`.".into());
    }
    for name in ["id", "name", "description"] {
        if text(achievement, name).is_none() {
            return Err(format!("The achievement has no `{name}`."));
        }
    }
    all_typed(achievement, "alignment", "Alignment")?;
    all_typed(achievement, "resultDescription", "ResultDescription")?;
    all_typed(achievement, "creator", "Profile")?;
    all_typed(achievement, "otherIdentifier", "IdentifierEntry")
}

fn criteria(achievement: &Value) -> Result<(), String> {
    let criteria = achievement.get("criteria").unwrap_or(&Value::Null);
    if text(criteria, "id").is_none() && text(criteria, "narrative").is_none() {
        return Err("The criteria have neither `id` nor `narrative`.".into());
    }
    Ok(())
}

fn issuer(document: &Value) -> Result<(), String> {
    let Some(issuer) = document.get("issuer").filter(|issuer| issuer.is_object()) else {
        return Err("The issuer is not described.".into());
    };
    if text(issuer, "id").is_none() {
        return Err("The issuer has no `id`.".into());
    }
    if !has_type(issuer, "Profile") {
        return Err("The issuer's type lacks `Profile`.".into());
    }
    all_typed(issuer, "otherIdentifier", "IdentifierEntry")?;
    all_typed(issuer, "parentOrg", "Profile")
}

/// Every member of a list has the type; an absent list is fine.
fn all_typed(value: &Value, name: &str, word: &str) -> Result<(), String> {
    match list(value, name).iter().find(|item| !has_type(item, word)) {
        Some(_) => Err(format!("A member of `{name}` lacks the type `{word}`.")),
        None => Ok(()),
    }
}
