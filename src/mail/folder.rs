//! Mail as files: one `.eml` per job, whole or not there. A repeat overwrites its own file.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use super::{Accepted, MailError, MessageId};

/// What the hidden name of a mail that is still being written ends in.
const DRAFT: &str = ".tmp";

/// A folder of `.eml` files.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn write(&self, id: &MessageId, bytes: Vec<u8>) -> Result<Accepted, MailError> {
        let folder = self.path.clone();
        let name = format!("{}.eml", id.job());
        let path = folder.join(&name);
        on_disk(move || whole(&folder, &name, &bytes)).await?;
        Ok(Accepted { detail: path.display().to_string() })
    }

    /// Removes all drafts. A live process whose draft goes fails to rename it, and the job tries again.
    pub(super) async fn sweep(&self) -> Result<usize, MailError> {
        let folder = self.path.clone();
        on_disk(move || {
            let entries = match fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
                entries => entries?,
            };
            let mut drafts = 0;
            for entry in entries {
                let entry = entry?;
                if is_draft(&entry.file_name().to_string_lossy()) {
                    fs::remove_file(entry.path())?;
                    drafts += 1;
                }
            }
            Ok(drafts)
        })
        .await
    }

    pub(super) async fn check(&self) -> Result<Accepted, MailError> {
        let folder = self.path.clone();
        on_disk(move || {
            whole(&folder, ".check", b"")?;
            fs::remove_file(folder.join(".check"))
        })
        .await?;
        Ok(Accepted { detail: self.path.display().to_string() })
    }
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, MailError> {
    let failed = |why: String| MailError::Transient(format!("the mail folder cannot be written: {why}"));
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.kind().to_string()))
}

/// Writes beside, makes it durable, and renames: a reader sees the old file or the new one.
fn whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(folder)?;
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let draft = folder.join(format!(".{name}.{}.{number}{DRAFT}", std::process::id()));
    let written = write_durably(&draft, bytes).and_then(|()| fs::rename(&draft, folder.join(name)));
    if let Err(error) = written {
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    sync_folder(folder)
}

fn is_draft(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(DRAFT)
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    // A claim link is as good as a key.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
