//! People of the log test, and everything of theirs and ours that no log line may hold.

use std::collections::BTreeSet;

use base64::Engine as _;
use practice::Bend;

use crate::support::attempt::Tried;

/// Somebody whose every word must stay out of the log.
pub struct Person {
    pub sub: &'static str,
    pub given: &'static str,
    pub family: &'static str,
    pub email: &'static str,
}

pub const OTTILIE: Person = Person {
    sub: "sub-ottilie-71c0",
    given: "Ottilie",
    family: "Świętosławska",
    email: "ottilie.swieto@people.example",
};
pub const BALTHASAR: Person = Person {
    sub: "sub-balthasar-09aa",
    given: "Balthasar",
    family: "Grüneweger",
    email: "balthasar.g@people.example",
};
pub const CONSTANZA: Person = Person {
    sub: "sub-constanza-b4d1",
    given: "Constanza",
    family: "O'Hanrahan",
    email: "constanza@people.example",
};

impl Person {
    /// A launch as this person.
    pub fn bends(&self) -> Vec<Bend> {
        vec![
            Bend::claim("sub", self.sub),
            Bend::claim("given_name", self.given),
            Bend::claim("family_name", self.family),
            Bend::claim("name", format!("{} {}", self.given, self.family)),
            Bend::claim("email", self.email),
        ]
    }
}

/// What must not be in the log.
#[derive(Default)]
pub struct Secrets(pub BTreeSet<String>);

impl Secrets {
    pub fn add(&mut self, secret: impl Into<String>) {
        let secret = secret.into();
        // Shorter ones would be found by chance.
        if secret.chars().count() >= 6 {
            self.0.insert(secret);
        }
    }

    pub fn add_person(&mut self, person: &Person) {
        for text in [person.sub, person.given, person.family, person.email] {
            self.add(text);
        }
        self.add(base64::engine::general_purpose::STANDARD.encode(person.email));
        self.add(person.email.replace('@', "%40"));
    }

    /// All that a launch carried.
    pub fn add_launch(&mut self, tried: &Tried) {
        self.add(&tried.handshake.nonce);
        for (name, value) in &tried.fields {
            if name == "id_token" || name == "state" {
                value.split('.').for_each(|part| self.add(part));
            }
        }
        let cookies = tried.handshake.page.hop.set_cookies.iter().chain(&tried.page.hop.set_cookies);
        for line in cookies {
            self.add(line.split(';').next().unwrap().split_once('=').unwrap().1);
        }
    }
}
