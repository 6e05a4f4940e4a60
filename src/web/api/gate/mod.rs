//! What every request of the API passes: its key, its rate, its size, its parameters and the shape of its
//! body, its `Idempotency-Key`; and what poem leaves out: `Allow`, OPTIONS, HEAD. No resource is named here:
//! what fits is read from the document.

mod doors;
mod json;
mod promise;
pub(in crate::web) mod rates;
mod shape;

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt as _, IntoEndpoint, IntoResponse as _, Request, Response, Result,
    endpoint::BoxEndpoint,
    error::{MethodNotAllowedError, NotFoundError},
    http::{HeaderValue, Method, StatusCode, header},
};

use self::{
    doors::{Door, Doors, Operation},
    promise::Running,
    rates::Rates,
};
use crate::{
    app::App,
    domain::api_key,
    error::chain,
    store::entity::api_key::Model as Key,
    web::{layers::Carried, methods::Allow, who::Client},
};

/// JSON has no charset parameter (RFC 8259 §11): what the document says is what is sent.
pub const JSON: &str = "application/json";

/// The API behind its gate.
pub struct Gate {
    inner: BoxEndpoint<'static, Response>,
    app: App,
    doors: Doors,
    rates: Option<Rates>,
    running: Running,
}

impl Gate {
    /// Puts the gate before `inner`, whose document is `document`.
    pub fn new<I>(app: &App, document: &str, inner: I) -> Self
    where
        I: IntoEndpoint,
        I::Endpoint: 'static,
    {
        Self {
            inner: inner.into_endpoint().map_to_response().boxed(),
            app: app.clone(),
            doors: Doors::of(document),
            rates: app.settings.limits.api().map(Rates::new),
            running: Running::default(),
        }
    }

    async fn answer(&self, mut request: Request, key: Option<Arc<Key>>) -> Result<Response> {
        let path = request.uri().path().to_owned();
        let Some(door) = self.doors.find(&path) else { return Err(NotFoundError.into()) };
        if request.method() == Method::OPTIONS {
            let answer = Response::builder().status(StatusCode::NO_CONTENT);
            return Ok(answer.header(header::ALLOW, allow(door)).finish());
        }
        if request.method() == Method::HEAD && door.operation(&Method::GET).is_some() {
            request.set_method(Method::GET);
        }
        let Some(operation) = door.operation(request.method()) else {
            let mut error: poem::Error = MethodNotAllowedError.into();
            error.set_data(Allow(allow(door)));
            return Err(error);
        };
        if key.is_some() || operation.is_open {
            self.doors.check_parameters(door, operation, &path, request.uri().query())?;
        }
        let answer = match key {
            // Who needs a key and has none is refused by the operation itself.
            None => self.inner.call(request).await?,
            Some(key) => self.answer_client(request, operation, key).await?,
        };
        Ok(plainly_typed(answer))
    }

    async fn answer_client(
        &self,
        mut request: Request,
        operation: &Operation,
        key: Arc<Key>,
    ) -> Result<Response> {
        if operation.is_streamed() {
            return self.pass_on(request, operation, key).await;
        }
        let limits = &self.app.settings.limits;
        let largest = if operation.takes_files() { limits.upload_bytes } else { limits.api_body_bytes };
        let body = request.take_body().into_bytes_limit(largest).await?;
        if let Some(kind) = self.doors.check_body(operation, request.content_type(), &body)? {
            let kind = HeaderValue::from_str(kind).unwrap_or(HeaderValue::from_static(JSON));
            request.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        let once = promise::of(&request, &key, &body)?;
        request.set_body(body);
        request.extensions_mut().insert(Client { key, once: once.clone() });
        let Some(once) = once else { return self.inner.call(request).await };
        // Until the answer is there, a second request with the same promise is turned away.
        let _held = self.running.enter(&once)?;
        if let Some(kept) = promise::kept(&self.app, &once).await? {
            return Ok(kept);
        }
        let answer = self.inner.call(request).await?;
        promise::keep(&self.app, &once, answer).await
    }

    /// A list of any length is read by the operation itself, as it arrives; so its promise is kept there, too.
    async fn pass_on(&self, mut request: Request, operation: &Operation, key: Arc<Key>) -> Result<Response> {
        let kind = self.doors.check_kind(operation, request.content_type())?;
        let kind = HeaderValue::from_str(kind).unwrap_or(HeaderValue::from_static(JSON));
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
        let once = promise::of(&request, &key, &[])?;
        request.extensions_mut().insert(Client { key, once: once.clone() });
        let _held = once.as_ref().map(|once| self.running.enter(once)).transpose()?;
        self.inner.call(request).await
    }

    async fn key_of(&self, request: &Request) -> Result<Option<Arc<Key>>> {
        let Some(sent) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
        let secret = sent.to_str().ok().and_then(|sent| sent.split_once(' '));
        let secret = match secret {
            Some((kind, secret)) if kind.eq_ignore_ascii_case("bearer") => secret.trim(),
            _ => "",
        };
        let key = Arc::new(api_key::authenticate(&self.app, secret).await?);
        self.note_use(&key);
        Ok(Some(key))
    }

    /// Writes down, at most once a minute and without letting the answer wait, that a key is in use.
    fn note_use(&self, key: &Arc<Key>) {
        let now = self.app.clock.now();
        if key.last_used_at.is_some_and(|at| now - at < chrono::Duration::minutes(1)) {
            return;
        }
        let (app, id) = (self.app.clone(), key.id);
        self.app.spawn(async move {
            if let Err(error) = api_key::note_use(&app, id, now).await {
                tracing::warn!(error = %chain(&error), "the use of a key could not be noted");
            }
        });
    }
}

impl Endpoint for Gate {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let key = self.key_of(&request).await?;
        let (Some(rates), Some(known)) = (self.rates.as_ref(), key.as_ref()) else {
            return self.answer(request, key).await;
        };
        let headers = rates.count(known.id.0)?;
        match self.answer(request, key).await {
            Ok(mut answer) => {
                answer.headers_mut().extend(headers);
                Ok(answer)
            }
            Err(mut error) => {
                error.set_data(Carried(headers));
                Err(error)
            }
        }
    }
}

fn plainly_typed(answer: Response) -> Response {
    let is_json = answer.content_type().is_some_and(|kind| kind.starts_with("application/json"));
    if is_json { answer.with_content_type(JSON).into_response() } else { answer }
}

fn allow(door: &Door) -> HeaderValue {
    let mut names: Vec<&str> = door.methods().map(Method::as_str).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}
