//! Every request to a service and to the token endpoint, kept for tests to look at.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Service;
use crate::{
    fields::{self, Fields},
    lms::{Lms, lock},
};

/// So many are remembered.
const REMEMBERED: usize = 65_536;

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct ServiceRequest {
    /// When it arrived, by the clock of the LMS.
    pub at: DateTime<Utc>,
    /// What it was for.
    pub service: Service,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path and the query, as sent.
    pub target: String,
    /// All header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The status of the answer; `None` while there is none.
    pub status: Option<u16>,
    /// Where the answer is filled in.
    pub(crate) ticket: u64,
}

impl ServiceRequest {
    /// The first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The parameters of the query, in order.
    #[must_use]
    pub fn query(&self) -> Fields {
        let query = self.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
        fields::parse(query.as_bytes())
    }

    /// The body as a form.
    #[must_use]
    pub fn form(&self) -> Fields {
        fields::parse(&self.body)
    }

    /// Whether it says that the body is a form.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.header("content-type").is_some_and(fields::is_form)
    }

    /// The body as JSON, `null` when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Lms {
    /// The requests to services and to the token endpoint, oldest first; at most the last 65,536.
    #[must_use]
    pub fn service_requests(&self) -> Vec<ServiceRequest> {
        lock(&self.services.seen).iter().cloned().collect()
    }

    /// The requests to one service, oldest first.
    #[must_use]
    pub fn requests_to(&self, service: Service) -> Vec<ServiceRequest> {
        lock(&self.services.seen).iter().filter(|request| request.service == service).cloned().collect()
    }

    /// How often one service was asked, whatever it answered.
    #[must_use]
    pub fn count_of(&self, service: Service) -> usize {
        lock(&self.services.seen).iter().filter(|request| request.service == service).count()
    }

    /// Forgets the requests so far.
    pub fn forget_service_requests(&self) {
        lock(&self.services.seen).clear();
    }

    /// Keeps a request; returns where its answer belongs.
    pub(crate) fn keep_request(&self, mut request: ServiceRequest) -> u64 {
        let mut seen = lock(&self.services.seen);
        if seen.len() >= REMEMBERED {
            seen.pop_front();
        }
        let ticket = seen.back().map_or(0, |last| last.ticket + 1);
        request.ticket = ticket;
        seen.push_back(request);
        ticket
    }

    pub(crate) fn keep_status(&self, ticket: u64, status: u16) {
        let mut seen = lock(&self.services.seen);
        if let Some(request) = seen.iter_mut().rev().find(|request| request.ticket == ticket) {
            request.status = Some(status);
        }
    }
}
