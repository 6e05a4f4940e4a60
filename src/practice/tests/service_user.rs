//! A tool that calls services: a second practice LMS holds its keys, a plain HTTP client does the rest. What it sends
//! is spelled out here, from lti-1.3-tool.md §16–§18, so that the platform's part is judged by the specification.

use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use url::Url;

use crate::{
    Activity, Opening, Options, Practice, Profile, ToolRegistration, claims, demo, fields,
    services::TYPE_SCORE,
    wire::{Answer, Wire, WireError},
};

pub(super) const CLIENT: &str = "client-abc";
pub(super) const LINK: &str = "badge-17";

pub(super) struct ServiceUser {
    pub lms: Practice,
    pub keys: Practice,
    pub tool: ToolRegistration,
    wire: Wire,
}

impl ServiceUser {
    pub(super) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(super) async fn of(profile: Profile) -> Self {
        Self::with(Options { profile, ..Options::default() }).await
    }

    pub(super) async fn with(options: Options) -> Self {
        let lms = Practice::start(Options { seed_demo: true, ..options }).await.unwrap();
        let keys =
            Practice::start(Options { key_name: "tool".to_owned(), ..Options::default() }).await.unwrap();
        let mut tool = ToolRegistration::new(CLIENT, "http://t/l", "http://t/r", "http://t/");
        tool.deployment_id = lms.invent_deployment_id();
        tool = tool.with_services(&keys.jwks_url());
        lms.register(tool.clone());
        let link = Activity::tool(LINK, "Your badge", CLIENT).after(demo::LESSON);
        lms.add_activity(demo::COURSE, link.custom("badge", "17").custom("Who-Is", "$Person.name.full"));
        Self { lms, keys, tool, wire: Wire::default() }
    }

    pub(super) fn assertion(&self) -> Value {
        let now = self.lms.now().timestamp();
        json!({"iss": CLIENT, "sub": CLIENT, "aud": self.lms.token_audience(), "iat": now - 5, "exp": now + 295,
               "jti": crate::dice::token(), claims::DEPLOYMENT_ID: self.tool.deployment_id})
    }

    /// Asks for a token with this assertion; returns the whole answer.
    pub(super) async fn ask(&self, assertion: &Value, scope: &str) -> Answer {
        let body = fields::encode(&fields::owned(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &self.keys.mint(assertion)),
            ("scope", scope),
        ]));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let url = Url::parse(&self.lms.token_endpoint()).unwrap();
        self.wire.send(Method::POST, &url, headers, Some(body.into_bytes())).await.unwrap()
    }

    pub(super) async fn token(&self, scope: &str) -> String {
        let answer = self.ask(&self.assertion(), scope).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        json_of(&answer)["access_token"].as_str().unwrap().to_owned()
    }

    pub(super) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(HeaderName, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, WireError> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect();
        let body = body.map(|body| body.to_string().into_bytes());
        self.wire.send(method, &Url::parse(url).unwrap(), headers, body).await
    }

    /// Gets this with a token for this scope.
    pub(super) async fn get(&self, url: &str, kind: &str, scope: &str) -> Answer {
        let token = format!("Bearer {}", self.token(scope).await);
        self.send(Method::GET, url, &[(AUTHORIZATION, &token), (ACCEPT, kind)], None).await.unwrap()
    }

    /// Sends this with a token for this scope.
    pub(super) async fn put(
        &self,
        method: Method,
        url: &str,
        kind: &str,
        scope: &str,
        body: &Value,
    ) -> Answer {
        let token = format!("Bearer {}", self.token(scope).await);
        let headers = [(AUTHORIZATION, token.as_str()), (CONTENT_TYPE, kind), (ACCEPT, kind)];
        self.send(method, url, &headers, Some(body)).await.unwrap()
    }

    /// The claims of a launch of the link, as this person.
    pub(super) async fn launch(&self, user: &str) -> Value {
        self.lms.complete(demo::LESSON, user);
        let session = self.lms.sign_in(user.into());
        let login = self
            .lms
            .begin_launch(&session, &user.into(), Opening::Activity(LINK.into()), "iframe", Vec::new())
            .unwrap();
        let mut request = fields::owned(&[
            ("scope", "openid"),
            ("response_type", "id_token"),
            ("response_mode", "form_post"),
            ("prompt", "none"),
            ("client_id", CLIENT),
            ("redirect_uri", "http://t/r"),
            ("state", "s"),
            ("nonce", "n"),
        ]);
        for name in ["login_hint", "lti_message_hint"] {
            fields::set(&mut request, name, fields::first(&login.fields, name).unwrap());
        }
        let answer = self.lms.authorize("GET", &request, Some((&session, &user.into())));
        let crate::platform::AuthAnswer::Post { fields: sent, .. } = answer else { panic!("{answer:?}") };
        super::part(fields::first(&sent, "id_token").unwrap(), 1)
    }

    /// Posts a score of so much of 100 at this time of 2031-02-03.
    pub(super) async fn score(&self, item: &str, user: &str, given: f64, time: &str) -> Answer {
        self.post_score(item, &score(&self.lms.subject(user), given, time)).await
    }

    pub(super) async fn post_score(&self, item: &str, score: &Value) -> Answer {
        let url = below(item, "scores");
        self.put(Method::POST, &url, TYPE_SCORE, crate::services::SCOPE_SCORE, score).await
    }
}

pub(super) fn score(subject: &str, given: f64, time: &str) -> Value {
    json!({"userId": subject, "timestamp": format!("2031-02-03T{time}Z"), "activityProgress": "Completed",
           "gradingProgress": "FullyGraded", "scoreGiven": given, "scoreMaximum": 100, "comment": "Well done"})
}

/// The address below a line item: before the query (case A08).
pub(super) fn below(item: &str, what: &str) -> String {
    let (path, query) = item.split_once('?').map_or((item, None), |(path, query)| (path, Some(query)));
    query.map_or_else(|| format!("{path}/{what}"), |query| format!("{path}/{what}?{query}"))
}

pub(super) fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&answer.body)))
}

/// The next page's address from a straight `Link` header.
pub(super) fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?;
    let (address, rest) = link.strip_prefix('<')?.split_once('>')?;
    rest.contains("next").then(|| address.to_owned())
}
