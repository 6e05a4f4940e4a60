//! Services that misbehave on purpose: fail, hang, break off, page without end, lie about pages, answer with too
//! much or with something else.

use std::time::Duration;

use serde_json::Value;

use super::{Reply, Service};
use crate::{
    bend::Change,
    fields,
    lms::{Lms, lock},
};

/// What goes wrong with an answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status with a short text.
    Status(u16),
    /// This status with `Retry-After`.
    Busy(u16, String),
    /// Status 403 with the words of Canvas for too many requests.
    Throttled,
    /// Nothing for so long, then the answer.
    Late(Duration),
    /// Nothing at all, while the connection stays open.
    Hang,
    /// The connection is closed without an answer.
    Drop,
    /// The connection is closed in the middle of the body.
    CutShort,
    /// An HTML page with status 200.
    Html,
    /// This body instead, status and content type as they were.
    Body(String),
    /// This content type instead.
    ContentType(String),
    /// The answer, followed by white space up to at least so many bytes, without a length.
    Padded(usize),
    /// The answer's JSON, changed (`drop("expires_in")`: T09; `set("token_type", "MAC")`: T16; `drop("id")`: A30).
    Change(Change<Value>),
    /// This header line besides.
    Header(String, String),
    /// There is always a next page, at a new address.
    EndlessPages,
    /// The next page is this page.
    SamePage,
    /// The next page lies at this origin (`https://evil.example`), path and query kept.
    NextElsewhere(String),
}

impl Fault {
    /// Whether the answer is thrown away, so that the work need not be done either.
    fn replaces(&self) -> bool {
        matches!(
            self,
            Self::Status(_) | Self::Busy(..) | Self::Throttled | Self::Hang | Self::Drop | Self::Html
        )
    }
}

/// A fault, where and how often.
#[derive(Clone, Debug)]
pub struct Misbehaviour {
    service: Option<Service>,
    method: Option<&'static str>,
    fault: Fault,
    skip: usize,
    times: Option<usize>,
    after_work: bool,
}

impl Misbehaviour {
    /// Every answer of this service.
    #[must_use]
    pub fn of(service: Service, fault: Fault) -> Self {
        Self { service: Some(service), method: None, fault, skip: 0, times: None, after_work: false }
    }

    /// Every answer of every service, tokens among them.
    #[must_use]
    pub fn of_all(fault: Fault) -> Self {
        Self { service: None, method: None, fault, skip: 0, times: None, after_work: false }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }

    /// The first so many requests go well.
    #[must_use]
    pub fn after(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// The work is done, and only the answer is spoiled: a score is stored, but the tool never learns it.
    #[must_use]
    pub fn after_work(mut self) -> Self {
        self.after_work = true;
        self
    }
}

/// What one request suffers.
#[derive(Debug, Default)]
pub(crate) struct Suffered(Vec<(Fault, bool)>);

impl Suffered {
    /// Whether the work is to be done.
    pub fn works(&self) -> bool {
        !self.0.iter().any(|(fault, after_work)| fault.replaces() && !after_work)
    }

    /// How long the answer waits; `None` for ever.
    pub fn wait(&self) -> Option<Duration> {
        self.0.iter().try_fold(Duration::ZERO, |sum, (fault, _)| match fault {
            Fault::Hang => None,
            Fault::Late(wait) => Some(sum + *wait),
            _ => Some(sum),
        })
    }

    /// Spoils an answer to a request for this address (with scheme and host).
    pub fn spoil(&self, reply: &mut Reply, address: &str) {
        for (fault, _) in &self.0 {
            match fault {
                Fault::Status(status) => *reply = Reply::text(*status, "out of order"),
                Fault::Busy(status, wait) => {
                    *reply = Reply::text(*status, "too busy");
                    reply.header("retry-after", wait.as_bytes());
                }
                Fault::Throttled => *reply = Reply::text(403, "403 Forbidden (Rate Limit Exceeded)\n"),
                Fault::Late(_) | Fault::Hang => {}
                Fault::Drop => reply.cut = Some(0),
                Fault::CutShort => reply.cut = Some((reply.body.len() / 2).max(1)),
                Fault::Html => *reply = Reply::html(200),
                Fault::Body(text) => reply.body = text.clone().into_bytes(),
                Fault::ContentType(kind) => reply.content_type = kind.clone(),
                Fault::Padded(size) => reply.padded = *size,
                Fault::Change(change) => {
                    if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
                        change.apply(&mut body);
                        reply.body = body.to_string().into_bytes();
                    }
                }
                Fault::Header(name, value) => reply.header(name, value.as_bytes()),
                Fault::EndlessPages => next_page(reply, &numbered(address)),
                Fault::SamePage => next_page(reply, address),
                Fault::NextElsewhere(origin) => {
                    let rest = address.splitn(4, '/').nth(3).unwrap_or_default();
                    next_page(reply, &format!("{}/{rest}", origin.trim_end_matches('/')));
                }
            }
        }
    }
}

fn next_page(reply: &mut Reply, address: &str) {
    reply.headers.retain(|(name, _)| name != "link");
    reply.header("link", format!("<{address}>; rel=\"next\"").as_bytes());
}

/// The address with `page` one higher: always new, and nothing else about it changes.
fn numbered(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut query = fields::parse(query.as_bytes());
    let page: usize = fields::first(&query, "page").and_then(|page| page.parse().ok()).unwrap_or(1);
    fields::set(&mut query, "page", &(page + 1).to_string());
    format!("{path}?{}", fields::encode(&query))
}

impl Lms {
    /// From now on services misbehave like this, besides what they do already.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) {
        lock(&self.services.faults).push(misbehaviour);
    }

    /// All services behave again.
    pub fn behave(&self) {
        lock(&self.services.faults).clear();
    }

    /// What this request suffers; counts it.
    pub(crate) fn suffer(&self, service: Service, method: &str) -> Suffered {
        let mut all = lock(&self.services.faults);
        let mut suffered = Vec::new();
        for one in all.iter_mut() {
            let meant = one.service.is_none_or(|wanted| wanted == service)
                && one.method.is_none_or(|wanted| wanted == method);
            if !meant || one.times == Some(0) {
                continue;
            }
            if one.skip > 0 {
                one.skip -= 1;
                continue;
            }
            one.times = one.times.map(|times| times - 1);
            suffered.push((one.fault.clone(), one.after_work));
        }
        Suffered(suffered)
    }
}
