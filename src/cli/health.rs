//! `laurel platform health`: how a platform is, as the server's operator sees it.

use serde_json::json;

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        platform_health::{self, Asked, Health},
    },
    error::{Error, Result},
    ids::PlatformId,
    store::platform as platforms,
};

/// Whoever stands at the command line acts for whom the platform belongs to.
pub async fn owner(app: &App, id: PlatformId) -> Result<Caller> {
    let row = platforms::unscoped_find(app.store.read(), id).await?;
    let row = row.ok_or_else(|| Error::not_found("platform"))?;
    Ok(match row.organization_id {
        Some(organization) => Caller::new(organization, Actor::CommandLine),
        None => Caller::server(Actor::CommandLine),
    })
}

/// Prints it.
pub async fn show(app: &App, id: PlatformId, as_json: bool) -> Result<()> {
    let caller = owner(app, id).await?;
    let health = platform_health::of(app, &caller, id).await?;
    if as_json {
        println!("{:#}", written(&health));
        return Ok(());
    }
    println!("{} ({})", health.platform.name, health.platform.id);
    match &health.launched_at {
        Some(at) => println!("  last good launch     {}", at.format("%Y-%m-%d %H:%M:%S UTC")),
        None => println!("  last good launch     none"),
    }
    if let Some(refused) = &health.refused {
        let at = refused.at.format("%Y-%m-%d %H:%M:%S UTC");
        println!("  last refused launch  {at}: {} ({})", refused.sentence, refused.code);
    }
    match &health.keys {
        Some(keys) => line("keys", keys),
        None => println!("  keys                 typed in, or never asked for"),
    }
    for asked in &health.services {
        line(&format!("{} for {}", asked.service, asked.deployment), asked);
    }
    println!("  scopes offered       {}", worded(&health.offered.to_string()));
    if !health.missing.is_empty() {
        println!("  scopes missing       {}", health.missing);
    }
    for pending in &health.pending {
        println!("  waits for a decision {pending}");
    }
    if health.troubles.is_empty() {
        println!("Nothing is known to be wrong. `laurel platform check {id}` asks the platform now.");
    }
    for trouble in &health.troubles {
        println!("WRONG    {trouble}");
    }
    Ok(())
}

fn line(what: &str, asked: &Asked) {
    let good =
        asked.succeeded_at.map_or("never".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string());
    println!("  {what:<20} last good {good}  {}", asked.brought.join(", "));
    if let Some(failed) = &asked.failed {
        let at = failed.at.format("%Y-%m-%d %H:%M:%S UTC");
        let words = failed.words.as_deref().unwrap_or_default();
        println!("  {:<20} last bad  {at}: {} ({}) {words}", "", failed.sentence, failed.code);
    }
}

fn worded(scopes: &str) -> &str {
    if scopes.is_empty() { "none yet" } else { scopes }
}

fn written(health: &Health) -> serde_json::Value {
    let asked = |asked: &Asked| {
        json!({
            "service": asked.service,
            "deployment": asked.deployment,
            "succeeded_at": asked.succeeded_at,
            "brought": asked.brought,
            "failing": asked.is_failing(),
            "failed": asked.failed.as_ref().map(|failed| json!({
                "at": failed.at, "code": failed.code, "sentence": failed.sentence,
                "status": failed.status, "words": failed.words,
            })),
        })
    };
    json!({
        "platform_id": health.platform.id,
        "name": health.platform.name,
        "well": health.troubles.is_empty(),
        "troubles": health.troubles,
        "keys": health.keys.as_ref().map(asked),
        "services": health.services.iter().map(asked).collect::<Vec<_>>(),
        "launched_at": health.launched_at,
        "refused": health.refused.as_ref().map(|refused| json!({
            "at": refused.at, "code": refused.code, "sentence": refused.sentence,
            "correlation_id": refused.correlation,
        })),
        "offered_scopes": health.offered.iter().collect::<Vec<_>>(),
        "missing_scopes": health.missing.iter().collect::<Vec<_>>(),
        "pending_deployments": health.pending,
    })
}
