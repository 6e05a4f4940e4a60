//! `laurel reconcile COURSE | --all`: asks the running servers to reconcile; the legs are jobs of theirs.

use std::process::ExitCode;

use clap::Args;

use super::start;
use crate::{
    config::Settings,
    domain::{
        access::{Actor, Caller},
        reconcile::{self, schedule},
    },
    error::{Error, Result},
    ids::CourseId,
    store::{course as courses, entity::reconcile_run::ReconcileCause},
    texts::Language,
};

#[derive(Debug, Args)]
pub struct Reconcile {
    /// The course's id.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    course: Option<CourseId>,
    /// Every course of every organization in which a badge is live, as many at a time as `reconcile.at_once` says.
    #[arg(long)]
    all: bool,
    /// Read nothing: evaluate everybody again on what is stored.
    #[arg(long, conflicts_with = "all")]
    replay: bool,
}

/// Asks, and says what the course's last reconcile came to.
pub async fn run(command: &Reconcile, settings: Settings) -> Result<ExitCode> {
    let app = start::app(settings).await?;
    let Some(id) = command.course else {
        if app.settings.reconcile.active_hours == 0 {
            eprintln!("No server reconciles by itself (reconcile.active_hours is 0). Name a course.");
            app.shut_down().await;
            return Ok(ExitCode::FAILURE);
        }
        let all = schedule::make_all_due(&app, &Caller::server(Actor::CommandLine)).await?;
        println!(
            "{} courses are due; a running server reconciles those in which a badge is live, {} at a time.",
            all.courses, app.settings.reconcile.at_once
        );
        if all.begun > 0 {
            println!("{} more came a moment ago; their reconciles are asked for.", all.begun);
        }
        app.shut_down().await;
        return Ok(ExitCode::SUCCESS);
    };
    let course = courses::unscoped_find(app.store.read(), id).await?;
    let course = course.ok_or_else(|| Error::not_found("course"))?;
    let caller = Caller::new(course.organization_id, Actor::CommandLine);
    if let Some(last) = reconcile::newest(&app, course.organization_id, id).await?
        && let (Some(said), Some(at)) = (reconcile::statement_of(&last)?, last.ended_at)
    {
        println!("{}  {}", at.format("%Y-%m-%d %H:%M:%S UTC"), said.sentence(Language::En));
    }
    let cause = if command.replay { ReconcileCause::Replay } else { ReconcileCause::Asked };
    let asked = reconcile::ask(&app, &caller, id, cause).await?;
    let joined =
        if asked.is_joined { "is under way already" } else { "is asked for; a running server does it" };
    println!("Reconcile {} {joined}.", asked.run.id);
    app.shut_down().await;
    Ok(ExitCode::SUCCESS)
}
