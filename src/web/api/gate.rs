//! What every request of the API passes: its key, its rate, its size, its `Idempotency-Key`; and what
//! poem leaves out: `Allow`, OPTIONS, HEAD. No resource is named here.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use poem::{
    Endpoint, IntoEndpoint, IntoResponse as _, Request, Response, Result,
    endpoint::BoxEndpoint,
    error::{MethodNotAllowedError, NotFoundError},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};
use serde_json::Value;

use crate::{
    app::App,
    config::Rate,
    domain::{api_key, artwork::sha256_hex, once::Once},
    error::{Error, Kind},
    ids::ApiKeyId,
    store::{api_key as keys, entity::api_key::Model as Key},
    web::{layers::Carried, methods::Allow, who::Client},
};

type Limiter =
    RateLimiter<ApiKeyId, DefaultKeyedStateStore<ApiKeyId>, DefaultClock, StateInformationMiddleware>;
type Running = Arc<Mutex<HashSet<(ApiKeyId, String)>>>;

/// The API behind its gate.
pub struct Gate {
    inner: BoxEndpoint<'static, Response>,
    app: App,
    /// Path templates, cut into segments, with the methods they answer.
    doors: Vec<(Vec<String>, Vec<Method>)>,
    limiter: Option<(Limiter, Rate)>,
    running: Running,
}

impl Gate {
    /// Puts the gate before `inner`, whose document is `document`.
    pub fn new<I>(app: &App, document: &str, inner: I) -> Self
    where
        I: IntoEndpoint,
        I::Endpoint: 'static,
    {
        let limiter = app.settings.limits.api().map(|rate| {
            let quota = Quota::per_minute(rate.per_minute).allow_burst(rate.burst);
            (RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>(), rate)
        });
        Self {
            inner: Box::new(poem::endpoint::ToDynEndpoint(poem::EndpointExt::map_to_response(
                inner.into_endpoint(),
            ))),
            app: app.clone(),
            doors: doors_of(document),
            limiter,
            running: Running::default(),
        }
    }

    async fn answer(&self, mut request: Request, key: Option<Arc<Key>>) -> Result<Response> {
        let allowed = self.allowed(request.uri().path());
        match allowed {
            None => return Err(NotFoundError.into()),
            Some(allowed) if request.method() == Method::OPTIONS => {
                return Ok(Response::builder()
                    .status(StatusCode::NO_CONTENT)
                    .header(header::ALLOW, allow(&allowed))
                    .finish());
            }
            Some(allowed) if *request.method() == Method::HEAD && allowed.contains(&Method::GET) => {
                request.set_method(Method::GET);
            }
            Some(allowed) if !allowed.contains(request.method()) => {
                let mut error: poem::Error = MethodNotAllowedError.into();
                error.set_data(Allow(allow(&allowed)));
                return Err(error);
            }
            Some(_) => {}
        }
        let Some(key) = key else { return self.inner.call(request).await };
        let body = request.take_body().into_bytes_limit(self.largest(request.uri().path())).await?;
        let once = once_of(&request, &key, &body)?;
        // Until the answer is there, a second request with the same promise is turned away.
        let _guard = once.as_ref().map(|once| Guard::enter(&self.running, once)).transpose()?;
        request.set_body(body);
        request.extensions_mut().insert(Client { key, once });
        self.inner.call(request).await
    }

    /// Pictures may be larger than JSON.
    fn largest(&self, path: &str) -> usize {
        let limits = &self.app.settings.limits;
        if path == "/artwork" { limits.upload_bytes } else { limits.api_body_bytes }
    }

    fn allowed(&self, path: &str) -> Option<Vec<Method>> {
        let asked: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let fits = |template: &[String]| {
            template.len() == asked.len()
                && template.iter().zip(&asked).all(|(known, asked)| known.starts_with('{') || known == asked)
        };
        // A literal address goes before a template that would take it too.
        let mut found: Vec<_> = self.doors.iter().filter(|(template, _)| fits(template)).collect();
        found.sort_by_key(|(template, _)| template.iter().filter(|part| part.starts_with('{')).count());
        found.first().map(|(_, methods)| methods.clone())
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

    /// Writes down, at most once a minute and after the answer, that a key is in use.
    fn note_use(&self, key: &Arc<Key>) {
        let now = self.app.clock.now();
        if key.last_used_at.is_some_and(|at| now - at < chrono::Duration::minutes(1)) {
            return;
        }
        let (app, id) = (self.app.clone(), key.id);
        self.app.spawn(async move {
            let noted = async {
                let tx = app.store.write().await?;
                keys::touch(&tx, id, now).await?;
                tx.commit().await
            };
            if let Err(error) = noted.await {
                tracing::warn!(%error, "the use of a key could not be noted");
            }
        });
    }
}

impl Endpoint for Gate {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let key = self.key_of(&request).await?;
        let Some((limiter, rate)) = self.limiter.as_ref() else { return self.answer(request, key).await };
        let Some(key) = key else { return self.answer(request, None).await };
        let headers = match limiter.check_key(&key.id) {
            Ok(state) => rate_headers(*rate, state.remaining_burst_capacity()),
            Err(not_until) => {
                return Err(too_many(*rate, not_until.wait_time_from(limiter.clock().now())));
            }
        };
        if limiter.len() > KEYS_KEPT {
            limiter.retain_recent();
        }
        match self.answer(request, Some(key)).await {
            Ok(answer) => {
                let mut answer = answer.into_response();
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

/// How many keys' rates are remembered before quiet ones are dropped.
const KEYS_KEPT: usize = 10_000;

fn too_many(rate: Rate, wait: Duration) -> poem::Error {
    let mut headers = rate_headers(rate, 0);
    headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    let mut error: poem::Error = Error::new(
        Kind::TooMany,
        "too_many_requests",
        "Too many requests with this key. Wait as long as Retry-After says.",
    )
    .into();
    error.set_data(Carried(headers));
    error
}

fn rate_headers(rate: Rate, remaining: u32) -> HeaderMap {
    let burst = rate.burst.get();
    let missing = u64::from(burst.saturating_sub(remaining));
    let reset = (missing * 60).div_ceil(u64::from(rate.per_minute.get()));
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("ratelimit-limit"), HeaderValue::from(burst));
    headers.insert(HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(remaining));
    headers.insert(HeaderName::from_static("ratelimit-reset"), HeaderValue::from(reset));
    headers
}

/// The promise of a POST with an `Idempotency-Key`.
fn once_of(request: &Request, key: &Key, body: &[u8]) -> Result<Option<Once>> {
    if request.method() != Method::POST {
        return Ok(None);
    }
    let Some(sent) = request.headers().get("idempotency-key") else { return Ok(None) };
    let sent = sent.to_str().unwrap_or_default();
    if sent.is_empty() || sent.len() > 255 || !sent.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(
            "idempotency.invalid",
            "Idempotency-Key",
            "An Idempotency-Key has 1 to 255 visible ASCII characters.",
        )
        .into());
    }
    let mut hashed = format!("{} {}\n", request.method(), request.original_uri().path()).into_bytes();
    hashed.extend_from_slice(body);
    Ok(Some(Once { owner: key.id, key: sent.to_owned(), request_hash: sha256_hex(&hashed) }))
}

/// A promise that is being kept right now, in this process.
struct Guard {
    running: Running,
    name: (ApiKeyId, String),
}

impl Guard {
    fn enter(running: &Running, once: &Once) -> Result<Self> {
        let name = (once.owner, once.key.clone());
        let entered = running.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        if entered {
            return Ok(Self { running: Arc::clone(running), name });
        }
        Err(Error::conflict(
            "idempotency.in_flight",
            "A request with this Idempotency-Key is still running. Ask again in a moment.",
        )
        .into())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

fn allow(methods: &[Method]) -> HeaderValue {
    let mut names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}

fn doors_of(document: &str) -> Vec<(Vec<String>, Vec<Method>)> {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let paths = document.get("paths").and_then(Value::as_object);
    paths
        .into_iter()
        .flatten()
        .map(|(path, operations)| {
            let segments = path.trim_start_matches('/').split('/').map(str::to_owned).collect();
            let methods = operations.as_object().into_iter().flatten();
            let methods = methods.filter_map(|(name, _)| name.to_ascii_uppercase().parse().ok()).collect();
            (segments, methods)
        })
        .collect()
}
