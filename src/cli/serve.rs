//! `laurel serve`: the server with its workers, until a signal; then a graceful end.

use std::{process::ExitCode, time::Duration};

use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use tokio::signal::unix::{SignalKind, signal};

use super::{said, start};
use crate::{
    app::App,
    config::{MailRoute, Settings},
    error::{Error, Result},
    telemetry::Figures,
    web,
};

/// How often the figures are tidied.
const UPKEEP: Duration = Duration::from_secs(5);

/// Serves until SIGINT or SIGTERM.
pub async fn run(settings: Settings) -> Result<ExitCode> {
    if let MailRoute::Folder(folder) = settings.mail_route().map_err(said)? {
        tracing::warn!(mail.folder = %folder.display(), "no mail.url is set: mail is written into a folder");
    }
    let app = start::app(settings).await?;
    match app.mailer.sweep().await {
        Ok(0) => {}
        Ok(drafts) => tracing::warn!(drafts, "mail that a process left half written was removed"),
        Err(error) => tracing::warn!(%error, "the mail folder could not be swept"),
    }
    let listener = TcpListener::bind(app.settings.server.listen);
    let acceptor = listener.into_acceptor().await.map_err(|error| {
        Error::new(
            crate::error::Kind::Conflict,
            "listen",
            format!("Cannot listen at {}: {error}", app.settings.server.listen),
        )
    })?;
    for address in acceptor.local_addr() {
        tracing::info!(%address, public_url = app.settings.server.public_url.as_str(), "serving");
    }
    work(&app);
    let ends = ended_by_signal();
    serve(&app, acceptor, ends).await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Starts the workers of the outbox, the sweeps of old rows and the upkeep of the figures.
pub fn work(app: &App) {
    let worker = crate::jobs::worker(app);
    let stop = app.stop.clone();
    app.spawn(async move { worker.run(stop).await });
    app.spawn(crate::jobs::retention::run(app.clone()));
    app.spawn(crate::jobs::outcomes::run(app.clone()));
    app.spawn(crate::jobs::read_roster::rounds(app.clone()));
    app.spawn(crate::jobs::claim_events::run(app.clone()));
    app.spawn(crate::jobs::health::rounds(app.clone()));
    app.spawn(crate::jobs::reconcile::rounds(app.clone()));
    let (figures, stop) = (Figures::start(), app.stop.clone());
    app.spawn(async move {
        // Measurements gather in memory until somebody sorts them in.
        while stop.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
            figures.upkeep();
        }
    });
}

/// Serves on `acceptor` until `ends`, then finishes what was begun, within the configured time.
pub async fn serve(
    app: &App,
    acceptor: impl poem::listener::Acceptor + 'static,
    ends: impl Future<Output = ()>,
) -> Result<()> {
    let limit = app.settings.server.shutdown();
    poem::Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(web::endpoint(app), ends, Some(limit))
        .await
        .map_err(Error::internal)?;
    if tokio::time::timeout(limit, app.shut_down()).await.is_err() {
        tracing::warn!("some work did not end in time; its leases run out by themselves");
    }
    app.store.close().await;
    Ok(())
}

/// Resolves at SIGINT or SIGTERM.
pub async fn ended_by_signal() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals cannot be heard");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
