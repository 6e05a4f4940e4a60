//! What the LMS remembers about messages that are no plain launches: registrations under way, deep-linking
//! requests and their answers, notice handlers. Rules are with the nouns ([`crate::registration`],
//! [`crate::deep_linking`], [`crate::notices`]); here is only the memory, and the access to [`Manners`].

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    course::{CourseId, UserId},
    deep_linking::{Request, SeenResponse},
    dice,
    legacy::Legacy,
    lms::{Lms, lock},
    manners::{CustomManners, Manners},
    notices::{HandlerKey, SeenDelivery},
    opening::Opening,
    registration::{SeenRegistration, Ticket},
};

/// The memory behind messages.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub manners: Mutex<Manners>,
    pub openings: Mutex<HashMap<String, Opening>>,
    pub tickets: Mutex<Vec<Ticket>>,
    pub registrations: Mutex<Vec<SeenRegistration>>,
    pub requests: Mutex<HashMap<String, Request>>,
    pub responses: Mutex<Vec<SeenResponse>>,
    pub legacy: Mutex<HashMap<String, Legacy>>,
    pub handlers: Mutex<BTreeMap<HandlerKey, String>>,
    pub deliveries: Mutex<Vec<SeenDelivery>>,
    /// What tokens of this LMS's own are made from.
    pub secret: String,
    counter: AtomicU64,
}

impl Messages {
    pub(crate) fn new(manners: Manners) -> Self {
        Self { manners: Mutex::new(manners), secret: dice::token(), ..Self::default() }
    }

    /// 1, 2, 3, …: ids that repeat in every LMS, as real ones do.
    pub(crate) fn next(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl Lms {
    /// How this LMS behaves.
    #[must_use]
    pub fn manners(&self) -> Manners {
        lock(&self.messages.manners).clone()
    }

    /// The part of the manners that every roster member with a message asks for.
    pub(crate) fn custom_manners(&self) -> CustomManners {
        lock(&self.messages.manners).custom.clone()
    }

    /// A number that was not used before, for ids.
    pub(crate) fn next_number(&self) -> u64 {
        self.messages.next()
    }

    /// Sets who is enrolled in a course, and as what.
    pub(crate) fn set_roles(&self, course: &CourseId, roles: BTreeMap<UserId, Vec<String>>) {
        self.world(|world| {
            if let Some(mut course) = world.course(course.as_str()).cloned() {
                course.roles = roles;
                world.update_course(course);
            }
        });
    }

    /// Changes how this LMS behaves from now on.
    pub fn set_manners(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut lock(&self.messages.manners));
    }
}
