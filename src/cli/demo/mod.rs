//! `laurel demo`: the main job, visibly, on one machine: SQLite, a practice LMS, mail as files.
//!
//! It first plays three completions through real HTTP, one by a launch ([`play`]), one by an event ([`event`]) and one that
//! nobody tells ([`rescue`]), and prints each step, then serves for clicking through. Nothing here is special to the demo
//! but the people and the course.

mod event;
mod play;
mod rescue;
mod scene;
mod teacher;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use poem::listener::{Acceptor as _, Listener as _, TcpListener};

use super::{said, serve, start};
use crate::{
    config::{Settings, Sources},
    error::{Error, Kind, Result},
    telemetry::{self, Figures},
};

/// Marks a folder that an earlier demo made, so that it may be emptied.
const MARKER: &str = ".laurel-demo";

#[derive(Debug, Args)]
pub struct Demo {
    /// Folder for database, key and mail; emptied at each start.
    #[arg(long, default_value = "demo")]
    folder: PathBuf,
    /// Port of Laurel; the practice LMS takes the next one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// End after the play; the exit code is 0 only if everything verified.
    #[arg(long)]
    once: bool,
}

/// Runs the demo.
pub async fn run(demo: &Demo) -> Result<ExitCode> {
    prepare_folder(&demo.folder)?;
    let settings = settings(demo)?;
    telemetry::start_logs(&settings.logs);
    drop(Figures::start());
    let acceptor = TcpListener::bind(settings.server.listen)
        .into_acceptor()
        .await
        .map_err(|error| taken(demo.port, &error))?;
    drop(acceptor.local_addr());
    let app = start::app(settings).await?;
    serve::work(&app);
    let (finish, finished) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::task::spawn_blocking({
        let app = app.clone();
        let handle = tokio::runtime::Handle::current();
        move || {
            handle.block_on(serve::serve(&app, acceptor, async {
                // A dropped sender means the same: stop.
                let _ended = finished.await;
            }))
        }
    });
    // The stage holds the practice LMS, which must live as long as people click.
    let outcome = tell(demo, &app).await;
    if outcome.is_ok() && !demo.once {
        serve::ended_by_signal().await;
    }
    drop(finish);
    server.await.map_err(Error::internal)??;
    outcome?.lms.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Sets the scene, plays, and says what there is to click.
async fn tell(demo: &Demo, app: &crate::app::App) -> Result<scene::Stage> {
    let lms_port = demo.port.checked_add(1).unwrap_or(0);
    let stage = scene::set(app, lms_port).await?;
    println!("The LMS's administrator pasted an invitation, and Laurel registered itself:");
    println!("     {}/admin/tools  client id {}", stage.lms.base_url(), stage.client_id);
    let mails = demo.folder.join("mail");
    play::play(app, &stage, &mails).await?;
    event::play(app, &stage, &mails).await?;
    rescue::play(app, &stage, &mails).await?;
    println!();
    println!("Click through it yourself:");
    println!(
        "  learner   {}  sign in as Grace, Emmy, Mary or Alan, open the course, do the lesson, open the badge",
        stage.lms.base_url()
    );
    println!(
        "  teacher   {}  sign in as Ada: open the same activity (rules, counts, people), or add a badge to the course",
        stage.lms.base_url()
    );
    println!(
        "  admin     {}/admin/tools  sign in as Charles Babbage and paste this address: Laurel registers itself",
        stage.lms.base_url()
    );
    println!("            {}", stage.invitation);
    println!("  operator  {}/docs  the API; paste this key under Authorize:", stage.public_url);
    println!("            {}", stage.api_key);
    println!("  mail      {}", demo.folder.join("mail").display());
    println!("demo ready: Laurel at {}, practice LMS at {}", stage.public_url, stage.lms.base_url());
    if !demo.once {
        println!("Stop with Ctrl-C.");
    }
    Ok(stage)
}

fn settings(demo: &Demo) -> Result<Settings> {
    let folder = demo.folder.display().to_string();
    let sources = Sources::defaults()
        .with("server.public_url", format!("http://localhost:{}", demo.port))
        .with("server.listen", format!("127.0.0.1:{}", demo.port))
        .with("server.data_folder", folder.clone())
        .with("mail.folder", format!("{folder}/mail"))
        .with("logs.format", "text")
        .with("logs.level", "warn");
    Settings::load(&sources).map_err(said)
}

/// An empty folder of ours: a new one, or one that an earlier demo made.
fn prepare_folder(folder: &Path) -> Result<()> {
    let marker = folder.join(MARKER);
    if folder.exists() {
        let is_empty = std::fs::read_dir(folder).map_err(said)?.next().is_none();
        if !is_empty && !marker.exists() {
            return Err(Error::new(
                Kind::Conflict,
                "demo.folder",
                format!(
                    "{} is not a folder of an earlier demo. Name another one with --folder.",
                    folder.display()
                ),
            ));
        }
        std::fs::remove_dir_all(folder).map_err(said)?;
    }
    std::fs::create_dir_all(folder).map_err(said)?;
    std::fs::write(marker, "Made by `laurel demo`, which empties this folder at each start.\n").map_err(said)
}

fn taken(port: u16, error: &std::io::Error) -> Error {
    Error::new(
        Kind::Conflict,
        "demo.port",
        format!(
            "Port {port} cannot be used ({error}). Name another one with --port; the next one is needed too."
        ),
    )
}
