//! Launches bent on purpose: every way in which a platform, or somebody posing as one, may be wrong.
//!
//! A [`Bend`] changes one thing about a launch. [`crate::Lms::bend`] bends all launches from now on,
//! [`crate::browser::Browser::launch_bent`] one of them, [`crate::Lms::mint_bent`] a token made without HTTP.
//! Bends of one kind are applied in order; the last [`Bend::Signer`], [`Bend::Algorithm`] and
//! [`Bend::LoginMethod`] win.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::{fields, fields::Fields, tool::LoginMethod};

/// A named change of a `T`. The name is what `Debug` shows.
pub struct Change<T> {
    name: String,
    apply: Arc<dyn Fn(&mut T) + Send + Sync>,
}

impl<T> Change<T> {
    /// A change that does whatever `apply` does.
    pub fn new(name: impl Into<String>, apply: impl Fn(&mut T) + Send + Sync + 'static) -> Self {
        Self { name: name.into(), apply: Arc::new(apply) }
    }

    /// Makes the change.
    pub fn apply(&self, subject: &mut T) {
        (self.apply)(subject);
    }
}

impl Change<Value> {
    /// Sets a member of an object.
    pub fn set(name: &str, value: impl Into<Value>) -> Self {
        let (member, value) = (name.to_owned(), value.into());
        Self::new(format!("set {name}"), move |object: &mut Value| {
            if let Value::Object(members) = object {
                members.insert(member.clone(), value.clone());
            }
        })
    }

    /// Takes a member out of an object.
    #[must_use]
    pub fn drop(name: &str) -> Self {
        let member = name.to_owned();
        Self::new(format!("drop {name}"), move |object: &mut Value| {
            if let Value::Object(members) = object {
                members.shift_remove(&member);
            }
        })
    }

    /// Puts another value in the place of the whole.
    pub fn replace(value: impl Into<Value>) -> Self {
        let value = value.into();
        Self::new("replace", move |whole: &mut Value| whole.clone_from(&value))
    }
}

impl<T> Clone for Change<T> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), apply: self.apply.clone() }
    }
}

impl<T> fmt::Debug for Change<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Change").field(&self.name).finish()
    }
}

/// Who signs a token.
#[derive(Clone, Debug)]
pub enum Signer {
    /// The RSA key of this kid, which also stands in the header (case J27).
    Key(String),
    /// An unrelated RSA key; the header keeps the active kid (case J12).
    Stranger,
    /// The RSA-1024 key, with this kid in the header (case J30).
    Weak(String),
    /// The P-256 key of this kid, ES256.
    Elliptic(String),
    /// Nobody: `alg` is `none`, the signature empty (case J13).
    Nobody,
    /// HS256 with the public key's PEM text as the secret.
    PublicKeyAsSecret,
}

/// One thing that is wrong with a launch.
#[derive(Clone, Debug)]
pub enum Bend {
    /// Changes the fields of the login initiation.
    Login(Change<Fields>),
    /// Sends the login initiation this way.
    LoginMethod(LoginMethod),
    /// Changes the token's header.
    Header(Change<Value>),
    /// Changes the token's payload.
    Payload(Change<Value>),
    /// Changes the header's JSON text, for what a JSON value cannot hold (duplicate members).
    HeaderText(Change<String>),
    /// Changes the payload's JSON text.
    PayloadText(Change<String>),
    /// Somebody else signs.
    Signer(Signer),
    /// Another algorithm, rightly named in the header and rightly used (case J14: `RS512`).
    Algorithm(&'static str),
    /// Changes the whole compact token after signing.
    Token(Change<String>),
    /// Changes the fields posted to the tool's launch address.
    Answer(Change<Fields>),
}

impl Bend {
    /// Sets a field of the login initiation.
    #[must_use]
    pub fn set_login(name: &str, value: &str) -> Self {
        Self::Login(set_field(name, value))
    }

    /// Leaves a field of the login initiation out.
    #[must_use]
    pub fn drop_login(name: &str) -> Self {
        Self::Login(drop_field(name))
    }

    /// Adds a field to the login initiation, even if there is one of this name.
    #[must_use]
    pub fn add_login(name: &str, value: &str) -> Self {
        Self::Login(add_field(name, value))
    }

    /// Sets a claim.
    pub fn claim(name: &str, value: impl Into<Value>) -> Self {
        Self::Payload(Change::set(name, value))
    }

    /// Leaves a claim out.
    #[must_use]
    pub fn drop_claim(name: &str) -> Self {
        Self::Payload(Change::drop(name))
    }

    /// Sets a header member.
    pub fn header(name: &str, value: impl Into<Value>) -> Self {
        Self::Header(Change::set(name, value))
    }

    /// Leaves a header member out (`kid`: J01; `alg`: J15, still signed RS256).
    #[must_use]
    pub fn drop_header(name: &str) -> Self {
        Self::Header(Change::drop(name))
    }

    /// Repeats a top-level member of the payload with another value.
    pub fn repeat_claim(name: &str, value: impl Into<Value>) -> Self {
        Self::PayloadText(repeat_member(name, value.into()))
    }

    /// Repeats a member of the header with another value.
    pub fn repeat_header(name: &str, value: impl Into<Value>) -> Self {
        Self::HeaderText(repeat_member(name, value.into()))
    }

    /// `alg` `none` and an empty signature.
    #[must_use]
    pub fn unsigned() -> Self {
        Self::Signer(Signer::Nobody)
    }

    /// One bit of the signature flipped (case J10).
    #[must_use]
    pub fn flipped_signature() -> Self {
        Self::Token(Change::new("flip a bit of the signature", |token: &mut String| {
            edit_part(token, 2, |signature| {
                if let Some(byte) = signature.get_mut(7) {
                    *byte ^= 0b0000_0100;
                }
            });
        }))
    }

    /// The payload changed after signing, the old signature kept (case J11).
    #[must_use]
    pub fn claim_after_signing(name: &str, value: impl Into<Value>) -> Self {
        let change = Change::set(name, value);
        Self::Token(Change::new(format!("set {name} after signing"), move |token: &mut String| {
            edit_part(token, 1, |payload| {
                if let Ok(mut claims) = serde_json::from_slice::<Value>(payload) {
                    change.apply(&mut claims);
                    *payload = claims.to_string().into_bytes();
                }
            });
        }))
    }

    /// Five parts, as an encrypted token has (case J25).
    #[must_use]
    pub fn five_parts() -> Self {
        Self::Token(Change::new("five parts", |token: &mut String| token.push_str(".QUJD.REVG")))
    }

    /// Base64 padding behind a part of the token: 0 header, 1 payload, 2 signature (case J23).
    #[must_use]
    pub fn padded(part: usize) -> Self {
        Self::Token(Change::new(format!("pad part {part}"), move |token: &mut String| {
            let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
            if let Some(text) = parts.get_mut(part) {
                text.push('=');
            }
            *token = parts.join(".");
        }))
    }

    /// Another token altogether, for example `abc` (case J23).
    #[must_use]
    pub fn token(text: &str) -> Self {
        let text = text.to_owned();
        Self::Token(Change::new("replace", move |token: &mut String| token.clone_from(&text)))
    }

    /// A rightly signed token of at least so many bytes, by an unknown claim (case J26: above 262,144).
    #[must_use]
    pub fn oversized(bytes: usize) -> Self {
        Self::claim("padding", "x".repeat(bytes))
    }

    /// The platform refuses: `error` and, if not empty, `error_description` instead of the token (case S11).
    #[must_use]
    pub fn error_answer(error: &str, description: &str) -> Self {
        let (error, description) = (error.to_owned(), description.to_owned());
        Self::Answer(Change::new(format!("error={error}"), move |answer: &mut Fields| {
            fields::drop(answer, "id_token");
            fields::set(answer, "error", &error);
            if !description.is_empty() {
                fields::set(answer, "error_description", &description);
            }
        }))
    }

    /// The platform knows of nobody who is signed in.
    #[must_use]
    pub fn login_required() -> Self {
        Self::error_answer("login_required", "Nobody is signed in")
    }

    /// Sets a field of the answer to the tool (another `state`: S03; unknown fields: S18).
    #[must_use]
    pub fn set_answer(name: &str, value: &str) -> Self {
        Self::Answer(set_field(name, value))
    }

    /// Leaves a field of the answer out (`state`: S02; `id_token`: S13).
    #[must_use]
    pub fn drop_answer(name: &str) -> Self {
        Self::Answer(drop_field(name))
    }

    /// Adds a field to the answer, even if there is one of this name.
    #[must_use]
    pub fn add_answer(name: &str, value: &str) -> Self {
        Self::Answer(add_field(name, value))
    }
}

fn set_field(name: &str, value: &str) -> Change<Fields> {
    let (field, value) = (name.to_owned(), value.to_owned());
    Change::new(format!("set {name}"), move |all: &mut Fields| fields::set(all, &field, &value))
}

fn drop_field(name: &str) -> Change<Fields> {
    let field = name.to_owned();
    Change::new(format!("drop {name}"), move |all: &mut Fields| fields::drop(all, &field))
}

fn add_field(name: &str, value: &str) -> Change<Fields> {
    let field = (name.to_owned(), value.to_owned());
    Change::new(format!("add {name}"), move |all: &mut Fields| all.push(field.clone()))
}

/// Writes `"name":value` behind the opening brace of an object's text.
fn repeat_member(name: &str, value: Value) -> Change<String> {
    let member = format!("{}:{value}", Value::from(name));
    Change::new(format!("repeat {name}"), move |text: &mut String| {
        if let Some(rest) = text.strip_prefix('{') {
            let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
            *text = format!("{{{member}{comma}{rest}");
        }
    })
}

/// Decodes one part of a compact token, changes its bytes, encodes it again.
fn edit_part(token: &mut String, part: usize, edit: impl FnOnce(&mut Vec<u8>)) {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    if let Some(text) = parts.get_mut(part)
        && let Ok(mut bytes) = URL_SAFE_NO_PAD.decode(text.as_bytes())
    {
        edit(&mut bytes);
        *text = URL_SAFE_NO_PAD.encode(bytes);
    }
    *token = parts.join(".");
}
