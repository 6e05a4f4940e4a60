//! Logs: to standard error, so that a command's own output stays clean, in one of two forms.
//!
//! What libraries tell below a warning is never written, whatever `logs.level` says: at `debug` an HTTP,
//! mail or database library prints headers, addresses and passwords (O02). A panic becomes a log line
//! without the words that were put into it at run time, for those may quote what a person sent.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic::PanicHookInfo,
};

use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, filter::filter_fn, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::config::{LogFormat, Logs};

/// Our packages: they are written by the house's rule. All else is a library.
const OURS: [&str; 6] = ["laurel", "lti", "criteria", "open_badges", "practice", "migration"];

/// Starts logging. A second call in one process changes nothing.
pub fn start_logs(logs: &Logs) {
    let filter = logs.level.parse().unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter).with(filter_fn(may_speak));
    let started = match logs.format {
        LogFormat::Json => {
            registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init()
        }
        LogFormat::Text => registry.with(fmt::layer().with_writer(std::io::stderr)).try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(told));
    }
}

/// Our own lines at every level, those of libraries from a warning on.
fn may_speak(line: &Metadata<'_>) -> bool {
    let package = line.target().split("::").next().unwrap_or_default();
    *line.level() <= Level::WARN || OURS.contains(&package)
}

/// A panic as one log line, with the way there if `RUST_BACKTRACE` is set.
fn told(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    // What stands in the source as it is says nothing of anybody; what was formatted may.
    let words = panic.payload().downcast_ref::<&'static str>().copied();
    let words = words.unwrap_or("not shown, for it may quote what somebody sent");
    let way = Backtrace::capture();
    let way = (way.status() == BacktraceStatus::Captured).then(|| way.to_string());
    tracing::error!(
        panic.place = place,
        panic.words = words,
        panic.way = way,
        "a panic: this is a defect of the program, please report it"
    );
}
