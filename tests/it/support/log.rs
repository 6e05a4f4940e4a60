//! What the program logs in one test: everything said in the test's own thread. One subscriber serves all tests of
//! the process; taking turns with subscribers of their own, tests that run side by side lose lines.

use std::{cell::RefCell, io, sync::Once};

use tracing::Metadata;
use tracing_subscriber::{
    Layer as _, Registry,
    filter::dynamic_filter_fn,
    fmt,
    layer::{Context, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

thread_local! {
    static HEARD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Hears this thread from now on, at every level, libraries too. For tests on one thread (`#[tokio::test]`).
pub struct Log(());

impl Log {
    pub fn start() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            let lines = fmt::layer().with_ansi(false).with_writer(|| Ear);
            tracing_subscriber::registry().with(lines.with_filter(dynamic_filter_fn(is_heard))).init();
        });
        HEARD.set(Some(Vec::new()));
        Self(())
    }

    /// All that was said so far.
    pub fn bytes(&self) -> Vec<u8> {
        HEARD.with_borrow(|heard| heard.clone().unwrap_or_default())
    }

    /// The same as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        HEARD.set(None);
    }
}

fn is_heard(_: &Metadata<'_>, _: &Context<'_, Registry>) -> bool {
    HEARD.with_borrow(Option::is_some)
}

struct Ear;

impl io::Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        HEARD.with_borrow_mut(|heard| heard.iter_mut().for_each(|heard| heard.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
