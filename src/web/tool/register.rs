//! `GET|POST /lti/register`: Dynamic Registration (lti-1.3-tool §20). A platform opens the address of an
//! invitation in a frame, a pop-up or a tab.
//!
//! GET changes nothing and fetches nothing, so whoever looks ahead (a prefetch, a scanner) does no harm: it says
//! who asks whom, and its form goes on by itself, or by a button. POST does everything. There are no cookies:
//! the form holds what the address held, and a token that ties it to our own page.

use lti::{Refusal, dynamic::Initiation, quirks::Family, services::scope};
use poem::{
    Body, Request, Response, Result, handler,
    http::{HeaderValue, StatusCode, header},
    web::Data,
};
use url::form_urlencoded;

use super::{origin_of, origins, read_body, refused};
use crate::{
    app::App,
    domain::{
        platform,
        registration::{self, Agreed, Asked, Outcome, Registration, Stopped},
    },
    error::Error,
    telemetry::CorrelationId,
    web::{
        answer::{Framing, html, no_store},
        csrf, language,
        views::{
            assets,
            register::{Grant, Question, RegisterAsk, RegisterBegin, RegisterDone},
        },
    },
};

#[handler]
pub async fn open(app: Data<&App>, request: &Request) -> Result<Response> {
    let brought = Brought::read(request.uri().query().unwrap_or_default().as_bytes())
        .map_err(|refusal| refused(refusal, None))?;
    let initiation = brought.initiation(&app).map_err(|refusal| refused(refusal, None))?;
    let looked = registration::look(&app, &brought.invite).await;
    let (_, organization) = looked.map_err(|stopped| stop(stopped, &initiation))?;
    let page = RegisterBegin {
        language: language::of_reader(&app, request, None),
        host: initiation.host().to_owned(),
        organization: organization.name,
        fields: brought.fields(&app),
    };
    Ok(shown(page.html(), framers(&initiation)))
}

#[handler]
pub async fn go(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let body = read_body(body, app.settings.limits.lti_body_bytes).await;
    let body = body.ok_or_else(|| refused(Refusal::DrMissingParameter("invite"), None))?;
    let brought = Brought::read(&body).map_err(|refusal| refused(refusal, None))?;
    let initiation = brought.initiation(&app).map_err(|refusal| refused(refusal, None))?;
    csrf::check(&app, request, &brought.subject(), &brought.csrf)?;
    let asked = Asked {
        ticket: brought.invite.clone(),
        initiation: initiation.clone(),
        agreed: agreed(&brought.agreed),
        logo_url: app.settings.server.public_url.at(&assets::LAUREL_SVG.path()),
        correlation: correlation.to_string(),
    };
    let language = language::of_reader(&app, request, None);
    match registration::register(&app, asked).await.map_err(|stopped| stop(stopped, &initiation))? {
        Outcome::Registered(registered) => {
            let entry = platform::entry(&app, registered.platform.id).await?;
            let mut around = framers(&initiation);
            for origin in origins(&entry) {
                if !around.contains(&origin) {
                    around.push(origin);
                }
            }
            Ok(shown(done(language, &initiation, &registered).html(), around))
        }
        Outcome::Ask { what, platform, organization } => {
            let question = match what {
                Agreed::Update(_) => Question::Update,
                Agreed::Second => Question::Second,
            };
            let mut fields = brought.fields(&app);
            fields.push(("agreed".to_owned(), told(what)));
            let page = RegisterAsk {
                language,
                question,
                host: initiation.host().to_owned(),
                platform: platform.name,
                organization: organization.name,
                fields,
            };
            Ok(shown(page.html(), framers(&initiation)))
        }
    }
}

/// What stands in the address, and then in the form.
#[derive(Default)]
struct Brought {
    invite: String,
    openid_configuration: Option<String>,
    registration_token: Option<String>,
    agreed: String,
    csrf: String,
}

impl Brought {
    /// Reads a query or a form; what has a meaning may come once. Everything else is the platform's.
    fn read(pairs: &[u8]) -> Result<Self, Refusal> {
        let mut brought = Self::default();
        for (name, value) in form_urlencoded::parse(pairs).take(200) {
            let slot = match name.as_ref() {
                "invite" => (&mut brought.invite, "invite"),
                "agreed" => (&mut brought.agreed, "agreed"),
                "csrf" => (&mut brought.csrf, "csrf"),
                "openid_configuration" => {
                    let slot = brought.openid_configuration.get_or_insert_default();
                    (slot, "openid_configuration")
                }
                "registration_token" => {
                    let slot = brought.registration_token.get_or_insert_default();
                    (slot, "registration_token")
                }
                _ => continue,
            };
            if !slot.0.is_empty() {
                return Err(Refusal::DrMissingParameter(slot.1));
            }
            *slot.0 = value.into_owned();
        }
        Ok(brought)
    }

    fn initiation(&self, app: &App) -> Result<Initiation, Refusal> {
        let (configuration, token) =
            (self.openid_configuration.as_deref(), self.registration_token.as_deref());
        Initiation::parse(configuration, token, app.tool.allow_loopback_http)
    }

    /// What a form is about: who registers by what.
    fn subject(&self) -> String {
        format!("register\n{}\n{}", self.invite, self.openid_configuration.as_deref().unwrap_or_default())
    }

    /// The hidden fields of the form that goes on.
    fn fields(&self, app: &App) -> Vec<(String, String)> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut fields =
            vec![field("csrf", &csrf::token(app, &self.subject())), field("invite", &self.invite)];
        for (name, value) in [
            ("openid_configuration", &self.openid_configuration),
            ("registration_token", &self.registration_token),
        ] {
            fields.extend(value.iter().map(|value| field(name, value)));
        }
        fields
    }
}

fn told(agreed: Agreed) -> String {
    match agreed {
        Agreed::Update(platform) => format!("update {platform}"),
        Agreed::Second => "second".to_owned(),
    }
}

fn agreed(told: &str) -> Option<Agreed> {
    match told.split_once(' ') {
        Some(("update", platform)) => platform.parse().ok().map(Agreed::Update),
        None if told == "second" => Some(Agreed::Second),
        _ => None,
    }
}

fn done(
    language: crate::texts::Language,
    initiation: &Initiation,
    registered: &Registration,
) -> RegisterDone {
    let platform = &registered.platform;
    let family = Family::named(&platform.family);
    RegisterDone {
        language,
        product: family.map(|family| family.title.to_owned()),
        family: platform.family.clone(),
        host: initiation.host().to_owned(),
        organization: registered.organization.name.clone(),
        client_id: platform.client_id.clone(),
        deployment_id: registered.deployment_id.clone(),
        grants: GRANTS
            .into_iter()
            .map(|(grant, scopes)| (grant, scopes.iter().any(|scope| registered.scopes.contains(scope))))
            .collect(),
        awaits_activation: registered.awaits_activation,
        is_update: registered.is_update,
    }
}

/// What an administrator understands of scopes.
const GRANTS: [(Grant, &[&str]); 4] = [
    (Grant::Columns, &[scope::LINEITEM, scope::LINEITEM_READONLY]),
    (Grant::Scores, &[scope::SCORE]),
    (Grant::Results, &[scope::RESULT_READONLY]),
    (Grant::Roster, &[scope::MEMBERSHIP_READONLY]),
];

/// Who may show our pages: whoever serves the configuration, since it is they who opened them.
fn framers(initiation: &Initiation) -> Vec<String> {
    origin_of(initiation.configuration_url()).into_iter().collect()
}

fn stop(stopped: Stopped, initiation: &Initiation) -> poem::Error {
    let mut error = match stopped {
        Stopped::Refused(failure) => refused(failure.refusal, None),
        Stopped::Failed(error) => Error::into(error),
    };
    error.set_data(Framing(framers(initiation)));
    error
}

/// A page of the registration: it may run our script, and only the platform may show it.
fn shown(page: String, around: Vec<String>) -> Response {
    let mut answer = html(StatusCode::OK, page);
    no_store(&mut answer);
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'self' {}",
        around.join(" ")
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}
