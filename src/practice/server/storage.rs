//! The page's part of platform storage (lti-1.3-tool.md §9.2): the script that answers a tool's window messages,
//! and the frames it needs. The protocol itself is in `pages/storage.js`.

use std::collections::BTreeSet;

use poem::{Response, handler, http::header, web::Data};
use url::Url;

use super::{App, page, page_under, scripted};
use crate::{
    lms::Lms,
    manners::StorageAnswer,
    pages::{
        CourseCard, Frame, Tool,
        storage::{Panel, StorageFrame},
    },
};

/// The page with a tool in it; it runs the script only where this LMS has storage.
pub(super) fn page_with_tool(lms: &Lms, frame: Frame, course: CourseCard, opens: String) -> Response {
    match panel(lms) {
        None => page(&Tool { frame, course, opens, storage: None }),
        storage => scripted(&Tool { frame, course, opens, storage }),
    }
}

/// What a page with a tool in it needs; `None` when this LMS has no storage.
fn panel(lms: &Lms) -> Option<Panel> {
    let manners = lms.manners().storage;
    let target = manners.target?;
    let mut origins = BTreeSet::new();
    for tool in lms.tools() {
        let addresses = [&tool.login_url, &tool.target_link_uri].into_iter().chain(&tool.redirect_uris);
        origins
            .extend(addresses.filter_map(|url| Some(Url::parse(url).ok()?.origin().ascii_serialization())));
    }
    let (answer, delay) = match &manners.answer {
        StorageAnswer::Right => ("right", 0),
        StorageAnswer::Never => ("never", 0),
        StorageAnswer::Late(wait) => ("right", u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        StorageAnswer::WrongValue => ("wrong", 0),
        StorageAnswer::Forgets => ("forgets", 0),
        StorageAnswer::Error(_) => ("error", 0),
        StorageAnswer::OtherOrigin => ("elsewhere", 0),
        StorageAnswer::WrongId => ("wrong-id", 0),
    };
    let code = match &manners.answer {
        StorageAnswer::Error(code) => code.clone(),
        _ => String::new(),
    };
    Some(Panel {
        frame: Some(target).filter(|target| target != "_parent"),
        answer,
        delay,
        code,
        old_subjects: manners.old_subjects,
        no_capabilities: manners.no_capabilities,
        origins: origins.into_iter().collect::<Vec<_>>().join(" "),
        elsewhere: (manners.answer == StorageAnswer::OtherOrigin).then(|| elsewhere(lms)),
    })
}

/// This LMS under another host name, which makes it another origin.
fn elsewhere(lms: &Lms) -> String {
    let port = lms.address().port();
    let other = if lms.base_url().contains("//127.0.0.1") { "localhost" } else { "127.0.0.1" };
    format!("http://{other}:{port}/storage-echo")
}

/// The named frame that Canvas and Blackboard answer from.
#[handler]
pub(super) fn storage_frame(Data(lms): Data<&App>) -> Response {
    framed(&StorageFrame { panel: panel(lms), echo: false }, "'self'")
}

/// Posts what it is told to a sibling frame, from its own origin.
#[handler]
pub(super) fn storage_echo() -> Response {
    framed(&StorageFrame { panel: None, echo: true }, "http: https:")
}

fn framed(template: &StorageFrame, ancestors: &str) -> Response {
    let policy =
        format!("default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors {ancestors}");
    page_under(&policy, template)
}

#[handler]
pub(super) fn storage_script() -> Response {
    script(include_str!("../pages/storage.js"))
}

#[handler]
pub(super) fn registration_script() -> Response {
    script(include_str!("../pages/registration.js"))
}

fn script(text: &'static str) -> Response {
    Response::builder()
        .content_type("text/javascript; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-cache")
        .body(text)
}
