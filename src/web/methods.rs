//! One address, its methods: with `Allow` on 405, an answer to OPTIONS, and HEAD as GET without body.
//!
//! poem's own `RouteMethod` has none of these (design §9, "Poem's gaps are repaired in one place").

use poem::{
    Endpoint, EndpointExt as _, IntoResponse, Request, Response, Result,
    endpoint::BoxEndpoint,
    http::{HeaderValue, Method, StatusCode, header},
};

/// The methods of one address.
#[derive(Default)]
pub struct Methods {
    handlers: Vec<(Method, BoxEndpoint<'static, Response>)>,
    refusal: Option<fn() -> poem::Error>,
}

impl std::fmt::Debug for Methods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.handlers.iter().map(|(method, _)| method)).finish()
    }
}

/// An address that answers GET and HEAD.
pub fn get<E>(handler: E) -> Methods
where
    E: Endpoint + 'static,
    E::Output: IntoResponse,
{
    Methods::default().on(Method::GET, handler)
}

/// An address that answers POST.
pub fn post<E>(handler: E) -> Methods
where
    E: Endpoint + 'static,
    E::Output: IntoResponse,
{
    Methods::default().on(Method::POST, handler)
}

impl Methods {
    /// Answers `method` with `handler`.
    #[must_use]
    pub fn on<E>(mut self, method: Method, handler: E) -> Self
    where
        E: Endpoint + 'static,
        E::Output: IntoResponse,
    {
        self.handlers.push((method, handler.map_to_response().boxed()));
        self
    }

    /// Answers POST too.
    #[must_use]
    pub fn post<E>(self, handler: E) -> Self
    where
        E: Endpoint + 'static,
        E::Output: IntoResponse,
    {
        self.on(Method::POST, handler)
    }

    /// Answers other methods with this failure instead of the plain one.
    #[must_use]
    pub fn or_refuse(mut self, refusal: fn() -> poem::Error) -> Self {
        self.refusal = Some(refusal);
        self
    }

    fn allow(&self) -> HeaderValue {
        let mut names: Vec<&str> = Vec::new();
        for (method, _) in &self.handlers {
            names.push(method.as_str());
        }
        if names.contains(&"GET") {
            names.push("HEAD");
        }
        names.push("OPTIONS");
        HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
    }

    fn handler(&self, method: &Method) -> Option<&BoxEndpoint<'static, Response>> {
        self.handlers.iter().find(|(known, _)| known == method).map(|(_, handler)| handler)
    }
}

impl Endpoint for Methods {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let method = request.method().clone();
        if let Some(handler) = self.handler(&method) {
            return handler.call(request).await;
        }
        if method == Method::HEAD
            && let Some(handler) = self.handler(&Method::GET)
        {
            return without_body(handler.call(request).await?).await;
        }
        if method == Method::OPTIONS {
            let mut answer = Response::builder().status(StatusCode::NO_CONTENT).finish();
            answer.headers_mut().insert(header::ALLOW, self.allow());
            return Ok(answer);
        }
        let mut error =
            self.refusal.map_or_else(|| poem::error::MethodNotAllowedError.into(), |refuse| refuse());
        error.set_data(Allow(self.allow()));
        Err(error)
    }
}

/// The same answer as to GET, without its body but with its length.
///
/// # Errors
/// When the body cannot be produced.
pub async fn without_body(mut answer: Response) -> Result<Response> {
    let bytes = answer.take_body().into_bytes().await?;
    // Without a body but with a length: somebody took the body before us and said how long it was.
    if !bytes.is_empty() || !answer.headers().contains_key(header::CONTENT_LENGTH) {
        answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    }
    Ok(answer)
}

/// The `Allow` header of a 405, carried with the failure to [`super::layers`].
#[derive(Clone, Debug)]
pub struct Allow(pub HeaderValue);
