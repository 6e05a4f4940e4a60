//! Mail kept in memory. For tests: what was sent can be read, and failures can be ordered.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Accepted, EmailAddress, MailError, Message, MessageId};

/// The mails of one test. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    delivered: Vec<Delivered>,
    failures: VecDeque<MailError>,
}

/// One mail that left.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Its id.
    pub id: MessageId,
    /// To whom.
    pub to: EmailAddress,
    /// The whole mail.
    pub bytes: Vec<u8>,
}

impl Memory {
    /// All mails so far, oldest first.
    #[must_use]
    pub fn delivered(&self) -> Vec<Delivered> {
        self.state().delivered.clone()
    }

    /// Lets the next mail fail.
    pub fn fail_next(&self, error: MailError) {
        self.state().failures.push_back(error);
    }

    pub(super) fn keep(&self, message: &Message, bytes: Vec<u8>) -> Result<Accepted, MailError> {
        let mut state = self.state();
        if let Some(error) = state.failures.pop_front() {
            return Err(error);
        }
        state.delivered.push(Delivered { id: message.id.clone(), to: message.to.clone(), bytes });
        Ok(Accepted { detail: "memory".to_owned() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
