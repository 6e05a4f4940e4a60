//! Our cookies: names and attributes (design §10, lti-1.3-tool §9.1).
//!
//! Over https they are `__Host-…; Secure; HttpOnly; SameSite=None; Partitioned`, because a launch is a
//! cross-site POST inside a frame. On a development server over http, plain names and `SameSite=Lax`.

use poem::{
    Request, Response,
    http::{HeaderValue, header},
};

use crate::app::App;

/// Name of the cookie that binds a login to its browser.
#[must_use]
pub fn binding_name(app: &App, login_key: &str) -> String {
    format!("{}lti_{login_key}", prefix(app))
}

/// Name of a launch's session cookie.
#[must_use]
pub fn session_name(app: &App, launch: impl std::fmt::Display) -> String {
    format!("{}l_{launch}", prefix(app))
}

/// Name of the cookie that shows whether this browser keeps cookies here. It holds nothing.
#[must_use]
pub fn probe_name(app: &App) -> String {
    format!("{}lti_kept", prefix(app))
}

/// Sets a cookie for `max_age` seconds.
pub fn set(app: &App, answer: &mut Response, name: &str, value: &str, max_age: u64) {
    write(app, answer, name, value, "HttpOnly; ", max_age);
}

/// Sets a cookie that scripts may read: never a secret.
pub fn set_readable(app: &App, answer: &mut Response, name: &str, value: &str, max_age: u64) {
    write(app, answer, name, value, "", max_age);
}

fn write(app: &App, answer: &mut Response, name: &str, value: &str, hidden: &str, max_age: u64) {
    let (secure, site) = if app.settings.server.public_url.is_https() {
        ("Secure; ", "SameSite=None; Partitioned")
    } else {
        ("", "SameSite=Lax")
    };
    let text = format!("{name}={value}; Path=/; {secure}{hidden}{site}; Max-Age={max_age}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Gives a launch its session.
pub fn set_session(app: &App, answer: &mut Response, launch: impl std::fmt::Display, secret: &str) {
    let lifetime = u64::from(app.settings.lti.session_minutes) * 60;
    set(app, answer, &session_name(app, launch), secret, lifetime);
}

/// Deletes a cookie.
pub fn delete(app: &App, answer: &mut Response, name: &str) {
    set(app, answer, name, "", 0);
}

/// The value of a cookie the browser sent.
#[must_use]
pub fn find(request: &Request, name: &str) -> Option<String> {
    let sent = request.headers().get_all(header::COOKIE);
    sent.iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(sent, _)| *sent == name)
        .map(|(_, value)| value.to_owned())
}

fn prefix(app: &App) -> &'static str {
    if app.settings.server.public_url.is_https() { "__Host-" } else { "" }
}
