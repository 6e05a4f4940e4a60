//! What comes of a registration request: a tool, and the reply (lti-1.3-tool.md §20.4).

use serde_json::{Value, json};

use super::{
    TOOL_CONFIGURATION, Ticket,
    check::{self, Rejection},
};
use crate::{
    dice,
    keys::sha256_hex,
    lms::{Lms, lock},
    manners::{Activation, Manners, NamesShared, RegistrationManners, known_scopes},
    opening::put,
    services::Reply,
    tool::{MessageEntry, ToolRegistration},
};

/// A request at the registration endpoint, or at a tool's own address below it.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    /// `GET`, `POST` or `PUT`.
    pub method: &'a str,
    pub bearer: Option<&'a str>,
    /// The `client_id` of `registration_client_uri`.
    pub client: Option<&'a str>,
    /// The body, if it is JSON by type and shape.
    pub body: Option<&'a Value>,
}

/// What the bearer of a token may do.
enum Right {
    Create(Option<Ticket>),
    Change(Box<ToolRegistration>, Option<Ticket>),
}

impl Lms {
    /// Answers a request at the registration endpoint.
    pub(crate) fn answer_registration(&self, incoming: &Incoming<'_>) -> Reply {
        let manners = self.manners();
        match self.decide_registration(incoming, &manners) {
            Ok((status, body)) => Reply::json(status, "application/json", &body),
            Err(rejection) if manners.registration.html_errors => {
                let body = match rejection.status {
                    404 => "<!doctype html><title>Error</title><p>Not found".to_owned(),
                    _ => rejection.error,
                };
                Reply::new(rejection.status, "text/html; charset=utf-8", body.into_bytes())
            }
            Err(rejection) => {
                let body = json!({"error": rejection.error, "error_description": rejection.description});
                Reply::json(rejection.status, "application/json", &body)
            }
        }
    }

    fn decide_registration(
        &self,
        incoming: &Incoming<'_>,
        manners: &Manners,
    ) -> Result<(u16, Value), Rejection> {
        let right = self.right(incoming, &manners.registration)?;
        if incoming.method == "GET" {
            return match right {
                Right::Change(tool, _) => Ok((200, self.reply(&tool, manners))),
                Right::Create(_) => {
                    Err(Rejection::new(400, "invalid_request", "there is nothing to show yet"))
                }
            };
        }
        let request = incoming
            .body
            .ok_or_else(|| Rejection::new(400, "invalid_client_metadata", "the body must be JSON"))?;
        check::check(request, &manners.registration)?;
        let (earlier, ticket) = match right {
            Right::Create(ticket) => (None, ticket),
            Right::Change(tool, ticket) => (Some(*tool), ticket),
        };
        let tool = self.tool_of(request, manners, earlier.as_ref(), ticket.as_ref());
        let reply = self.reply(&tool, manners);
        self.register(tool.clone());
        // A failed attempt does not burn the token; success does.
        if let Some(ticket) = ticket {
            for other in lock(&self.messages.tickets).iter_mut().filter(|other| other.id == ticket.id) {
                other.used = true;
                other.client_id.clone_from(&tool.client_id);
            }
        }
        Ok((if earlier.is_some() { 200 } else { manners.registration.status }, reply))
    }

    /// Whose token it is, and what it is good for.
    fn right(&self, incoming: &Incoming<'_>, manners: &RegistrationManners) -> Result<Right, Rejection> {
        let refused = |words: &str| Rejection::new(401, words, "ask the administrator to begin again");
        if let Some(client_id) = incoming.client {
            // The token of `registration_client_uri` is the client's own, made from what only we know.
            let tool = self.registration(client_id).filter(|_| manners.manageable);
            let tool = tool.filter(|tool| incoming.bearer == Some(&self.management_token(&tool.client_id)));
            return tool
                .map(|tool| Right::Change(Box::new(tool), None))
                .ok_or_else(|| refused("invalid_token"));
        }
        let Some(bearer) = incoming.bearer else {
            return if manners.sends_token { Err(refused("missing_token")) } else { Ok(Right::Create(None)) };
        };
        let ticket = lock(&self.messages.tickets).iter().find(|ticket| ticket.token == bearer).cloned();
        let Some(ticket) = ticket else {
            let status = if manners.html_errors { 404 } else { 401 };
            return Err(Rejection::new(status, "invalid_token", "nobody gave this token out"));
        };
        if ticket.used {
            return Err(refused("token_already_used"));
        }
        if ticket.expires_at <= self.now() {
            return Err(refused("expired_token"));
        }
        if ticket.is_update {
            let tool = self.registration(&ticket.client_id).ok_or_else(|| refused("invalid_token"))?;
            return Ok(Right::Change(Box::new(tool), Some(ticket)));
        }
        if incoming.method == "PUT" {
            return Err(Rejection::new(405, "invalid_request", "there is nothing to update yet"));
        }
        Ok(Right::Create(Some(ticket)))
    }

    fn management_token(&self, client_id: &str) -> String {
        sha256_hex(format!("{}\n{client_id}", self.messages.secret).as_bytes())
    }

    /// The tool that a request describes.
    fn tool_of(
        &self,
        request: &Value,
        manners: &Manners,
        earlier: Option<&ToolRegistration>,
        ticket: Option<&Ticket>,
    ) -> ToolRegistration {
        let switches = &manners.registration;
        let text = |object: &Value, name: &str| {
            object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let lti = request.get(TOOL_CONFIGURATION).unwrap_or(&Value::Null);
        let domain = text(lti, "domain");
        let target = lti.get("target_link_uri").and_then(Value::as_str);
        let target = target.map_or_else(|| format!("https://{domain}"), str::to_owned);
        let client_id = match (earlier, ticket) {
            (Some(tool), _) => tool.client_id.clone(),
            (None, Some(ticket)) => ticket.client_id.clone(),
            (None, None) => self.new_ticket("", None).client_id,
        };
        let mut tool = ToolRegistration::new(&client_id, &text(request, "initiate_login_uri"), "", &target);
        let redirects = request.get("redirect_uris").and_then(Value::as_array);
        tool.redirect_uris =
            redirects.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        tool.name = text(request, "client_name");
        tool.jwks_url = Some(text(request, "jwks_uri"));
        tool.login_method = self.quirks(|quirks| quirks.login_method).unwrap_or_default();
        tool.deployment_id =
            earlier.map_or_else(|| self.invent_deployment_id(), |tool| tool.deployment_id.clone());
        let granted = |scope: &&str| {
            switches.grants.as_ref().map_or_else(
                || known_scopes().any(|known| known == *scope),
                |granted| granted.iter().any(|known| known == scope),
            )
        };
        let asked = text(request, "scope");
        tool.scopes = asked.split_ascii_whitespace().filter(granted).map(str::to_owned).collect();
        let claims = lti.get("claims").and_then(Value::as_array);
        tool.share_names = match switches.names {
            NamesShared::Always => true,
            NamesShared::AsAsked => {
                claims.is_some_and(|claims| claims.iter().any(|claim| claim == "name" || claim == "email"))
            }
            NamesShared::PrivacyLevel => {
                let level = text(lti, "https://canvas.instructure.com/lti/privacy_level");
                !level.is_empty() && level != "anonymous"
            }
        };
        tool.pending = earlier.map_or(switches.activation != Activation::AtOnce, |tool| tool.pending);
        tool.domain = Some(domain);
        tool.custom = pairs(lti.get("custom_parameters"));
        for message in lti.get("messages").and_then(Value::as_array).into_iter().flatten() {
            let own = text(message, "target_link_uri");
            let label = text(message, "label");
            let entry = MessageEntry {
                target_link_uri: if own.is_empty() { target.clone() } else { own },
                label: if label.is_empty() { format!("Add from {}", tool.name) } else { label },
                custom: pairs(message.get("custom_parameters")),
            };
            match text(message, "type").as_str() {
                "LtiDeepLinkingRequest" => tool.deep_linking = Some(entry),
                "LtiSubmissionReviewRequest" => tool.review = Some(entry),
                _ => {}
            }
        }
        tool.document = Some(request.clone());
        tool
    }

    /// The request again, with what the platform made of it.
    fn reply(&self, tool: &ToolRegistration, manners: &Manners) -> Value {
        let mut reply = tool.document.clone().unwrap_or_else(|| json!({TOOL_CONFIGURATION: {}}));
        put(&mut reply, "client_id", manners.told_id(&tool.client_id));
        let manners = &manners.registration;
        let mut scopes = tool.scopes.clone();
        if manners.exaggerates_scopes && scopes.iter().any(|scope| scope.contains("/lti-ags/")) {
            let all = known_scopes().filter(|scope| scope.contains("/lti-ags/"));
            scopes.extend(all.map(str::to_owned));
            scopes.sort();
            scopes.dedup();
        }
        put(&mut reply, "scope", scopes.join(" ").into());
        if let Some(lti) = reply.get_mut(TOOL_CONFIGURATION)
            && manners.tells_deployment
        {
            put(lti, "deployment_id", tool.deployment_id.as_str().into());
            put(lti, "version", "1.3.0".into());
        }
        if manners.manageable {
            let uri = format!("{}/{}", self.registration_endpoint(), tool.client_id);
            put(&mut reply, "registration_client_uri", uri.into());
            put(&mut reply, "registration_access_token", self.management_token(&tool.client_id).into());
        }
        if let Some((key, secret)) = &manners.upgrades {
            let nonce = dice::token();
            let sign = sha256_hex(format!("{key}{secret}{nonce}").as_bytes());
            put(&mut reply, "oauth_consumer", json!({"key": key, "nonce": nonce, "sign": sign}));
        }
        for change in &manners.reply_changes {
            change.apply(&mut reply);
        }
        reply
    }
}

/// An object of texts as pairs.
fn pairs(object: Option<&Value>) -> Vec<(String, String)> {
    let members = object.and_then(Value::as_object);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
}
