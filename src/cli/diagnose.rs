//! `laurel platform check`: asks a platform now and says what to change, here or over there.

use std::process::ExitCode;

use lti::diagnosis::Level;
use serde_json::json;

use super::health;
use crate::{
    app::App,
    domain::{platform_check, platform_health},
    error::Result,
    ids::PlatformId,
};

/// Checks, prints, and says by the exit code whether all is well.
pub async fn run(app: &App, id: PlatformId, as_json: bool) -> Result<ExitCode> {
    let caller = health::owner(app, id).await?;
    let checked = platform_check::run(app, &caller, id).await?;
    // Otherwise the server's own health would not hear of it.
    platform_health::write_down(app, true).await?;
    let is_well = checked.is_well();
    if as_json {
        let all = json!({
            "platform_id": id,
            "checked_at": checked.at,
            "deployment_id": checked.deployment,
            "well": is_well,
            "findings": checked.findings,
        });
        println!("{all:#}");
    } else {
        println!("{} ({id}), asked at {}", checked.platform.name, checked.at.format("%Y-%m-%d %H:%M:%S UTC"));
        for finding in &checked.findings {
            let mark = match finding.level {
                Level::Well => "ok      ",
                Level::Mind => "mind    ",
                Level::Wrong => "WRONG   ",
            };
            println!("{mark} {}: {}", finding.part.as_str(), finding.sentence);
            if let Some(advice) = &finding.advice {
                println!("         → {advice}");
            }
        }
        println!("{}", if is_well { "Nothing is wrong." } else { "Something is wrong: see above." });
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
