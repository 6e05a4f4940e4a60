//! An administrator's pages: the tools, and registering one by its address (moodle-platform.md §3.1, §3.5, §3.6).

use poem::{
    Body, Request, Response, handler,
    http::StatusCode,
    web::{Data, Path},
};

use super::{
    App, ask_who, form, frame, malformed, notice, page, query, scripted, see_other, segment, signed_in,
};
use crate::{
    course::UserId,
    fields,
    lms::Lms,
    pages::administration::{AgainPage, RegistrationPage, ToolCard, ToolsPage},
    tool::ToolRegistration,
};

/// The administrator who asks, or the page that says why not.
fn administrator(lms: &Lms, request: &Request) -> Result<UserId, Box<Response>> {
    let Some((_, user)) = signed_in(lms, request) else { return Err(Box::new(ask_who(request))) };
    if lms.world(|world| world.is_administrator(&user)) {
        return Ok(user);
    }
    let sentence = "Only an administrator may do this.";
    Err(Box::new(notice(lms, StatusCode::FORBIDDEN, sentence, "Sign in as somebody else.")))
}

#[handler]
pub(super) fn tools_page(Data(lms): Data<&App>, request: &Request) -> Response {
    let user = match administrator(lms, request) {
        Ok(user) => user,
        Err(response) => return *response,
    };
    let frame = frame(lms, "Tools", Some(&user));
    page(&ToolsPage {
        frame,
        tools: lms.tools().iter().map(card).collect(),
        is_log_muted: lms.is_log_muted(),
    })
}

/// Mutes the log store, or lets it speak.
#[handler]
pub(super) async fn switch_log(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    if let Err(response) = administrator(lms, request) {
        return *response;
    }
    let Ok(fields) = form(request, body).await else { return malformed(lms) };
    lms.mute_log(fields::first(&fields, "muted") == Some("yes"));
    see_other("/admin/tools")
}

#[handler]
pub(super) async fn begin_registration(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    if let Err(response) = administrator(lms, request) {
        return *response;
    }
    let Ok(fields) = form(request, body).await else { return malformed(lms) };
    let address = fields::first(&fields, "url").unwrap_or_default().trim();
    let known = fields::first(&fields, "client").and_then(|client| lms.registration(client));
    if !crate::registration::secure(address) {
        let sentence = "This is no address of a tool.";
        return notice(
            lms,
            StatusCode::BAD_REQUEST,
            sentence,
            "It begins with https:// and comes from the tool.",
        );
    }
    let asked = fields::first(&fields, "client").is_some();
    let same = lms.tools().into_iter().find(|tool| tool.document.is_some() && tool.is_at(address));
    if let Some(tool) = same.filter(|_| !asked) {
        // As Moodle does: a tool of this domain is there, so which of the two is meant?
        let frame = frame(lms, "Update or new?", None);
        let (name, client_id) = (tool.name, tool.client_id);
        return page(&AgainPage { frame, name, client_id, address: address.to_owned() });
    }
    let ticket = lms.new_ticket(address, known);
    see_other(&format!("/admin/registrations/{}", segment(&ticket.id)))
}

#[handler]
pub(super) fn registration_page(
    Data(lms): Data<&App>,
    request: &Request,
    Path(id): Path<String>,
) -> Response {
    let user = match administrator(lms, request) {
        Ok(user) => user,
        Err(response) => return *response,
    };
    let Some(ticket) = lms.ticket(&id) else {
        return notice(lms, StatusCode::NOT_FOUND, "There is no such registration.", &id);
    };
    let tool = lms.registration(&ticket.client_id).filter(|_| ticket.used);
    let closed = fields::first(&query(request), "closed").is_some();
    let frame = frame(lms, "Register a tool", Some(&user));
    scripted(&RegistrationPage {
        frame,
        address: lms.registration_address(&ticket),
        tool: tool.as_ref().map(card),
        is_update: ticket.is_update,
        closed,
        id,
    })
}

#[handler]
pub(super) fn activate(Data(lms): Data<&App>, request: &Request, Path(client): Path<String>) -> Response {
    if let Err(response) = administrator(lms, request) {
        return *response;
    }
    lms.activate(&client);
    see_other("/admin/tools")
}

#[handler]
pub(super) fn remove(Data(lms): Data<&App>, request: &Request, Path(client): Path<String>) -> Response {
    if let Err(response) = administrator(lms, request) {
        return *response;
    }
    lms.unregister(&client);
    see_other("/admin/tools")
}

fn card(tool: &ToolRegistration) -> ToolCard {
    ToolCard {
        name: tool.name.clone(),
        client_id: tool.client_id.clone(),
        deployment_id: tool.deployment_id.clone(),
        target: tool.target_link_uri.clone(),
        pending: tool.pending,
        shares_names: tool.share_names,
        adds_content: tool.deep_linking.is_some(),
        scopes: tool.scopes.iter().map(|scope| words(scope).to_owned()).collect(),
    }
}

/// What a scope allows, in words.
fn words(scope: &str) -> &str {
    let last = scope.rsplit('/').next().unwrap_or(scope);
    match last {
        "lineitem" => "make columns",
        "lineitem.readonly" => "read columns",
        "result.readonly" => "read grades",
        "score" => "post grades",
        "contextmembership.readonly" => "read who is in a course",
        "contextgroup.readonly" => "read groups",
        "noticehandlers" => "be told of copied courses",
        _ => last,
    }
}
