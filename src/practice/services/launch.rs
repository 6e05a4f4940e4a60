//! What services and quirks do to launches: the claims of the services, and the whole payload in the words of the
//! product (lti-1.3-tool.md §17.1, §18, §25).

use serde_json::{Map, Value, json};

use super::{
    Quirks, SCOPE_GROUPS, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READONLY, SCOPE_MEMBERS, SCOPE_RESULT,
    SCOPE_SCORE, line_items::segment, quirks::CustomKeys, roles,
};
use crate::{
    claims::{AGS_ENDPOINT, CONTEXT, CUSTOM, GROUPS, LIS, NRPS, RESOURCE_LINK, ROLES, TOOL_PLATFORM},
    course::{ActivityId, CourseId, User},
    lms::{Lms, lock},
    tool::ToolRegistration,
};

const GRADES: [&str; 4] = [SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READONLY, SCOPE_RESULT, SCOPE_SCORE];

impl Lms {
    /// The scopes that a tool gets at most.
    pub(crate) fn grantable(&self, tool: &ToolRegistration, quirks: &Quirks) -> Vec<String> {
        let mut scopes: Vec<String> = tool
            .scopes
            .iter()
            .map(|scope| match scope.as_str() {
                SCOPE_LINE_ITEM if quirks.read_only_items => SCOPE_LINE_ITEM_READONLY.to_owned(),
                _ => scope.clone(),
            })
            .collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }

    /// The claims of the services that this tool may use in this course, at this link if there is one.
    pub(crate) fn service_claims(
        &self,
        tool: &ToolRegistration,
        course: &CourseId,
        link: Option<&ActivityId>,
    ) -> Map<String, Value> {
        let quirks = lock(&self.services.quirks).clone();
        let scopes = self.grantable(tool, &quirks);
        let mut claims = Map::new();
        let grades: Vec<&String> = scopes.iter().filter(|scope| GRADES.contains(&scope.as_str())).collect();
        if quirks.offers_grades && !grades.is_empty() {
            let mut endpoint =
                json!({"scope": grades, "lineitems": self.line_items_url(course, tool, &quirks)});
            let gradebook = lock(&self.services.gradebook);
            let coupled = link.and_then(|link| gradebook.coupled(&tool.client_id, link));
            let coupled = coupled.map(|item| self.line_item_url(item, tool, &quirks));
            if let (Value::Object(endpoint), Some(url)) =
                (&mut endpoint, coupled.or_else(|| quirks.blank_line_item.then(String::new)))
            {
                endpoint.insert("lineitem".to_owned(), url.into());
            }
            claims.insert(AGS_ENDPOINT.to_owned(), endpoint);
        }
        if quirks.offers_members && scopes.iter().any(|scope| scope == SCOPE_MEMBERS) {
            let versions = if quirks.flat_roles { json!(["1.0", "2.0"]) } else { json!(["2.0"]) };
            let url = self.members_url(course, tool, &quirks);
            claims.insert(
                NRPS.to_owned(),
                json!({"context_memberships_url": url, "service_versions": versions}),
            );
        }
        if quirks.offers_groups && scopes.iter().any(|scope| scope == SCOPE_GROUPS) {
            let at = |what: &str| self.service_url(&format!("gs/{}/{what}", segment(course)), tool, &quirks);
            claims.insert(
                GROUPS.to_owned(),
                json!({"scope": [SCOPE_GROUPS], "context_groups_url": at("groups"),
                       "context_group_sets_url": at("sets"), "service_versions": ["1.0"]}),
            );
        }
        claims
    }

    pub(crate) fn members_url(&self, course: &CourseId, tool: &ToolRegistration, quirks: &Quirks) -> String {
        self.service_url(&format!("nrps/{}/members", segment(course)), tool, quirks)
    }
}

/// Puts a payload into the words of the product. To be called last, on the payload of any message.
pub(crate) fn dress(lms: &Lms, claims: &mut Value, tool: &ToolRegistration, user: &User) {
    let quirks = lock(&lms.services.quirks).clone();
    let Value::Object(claims) = claims else { return };
    claims.insert("sub".to_owned(), lms.shaped(&user.id, quirks.subjects).into());
    if quirks.not_before
        && let Some(issued) = claims.get("iat").cloned()
    {
        claims.insert("nbf".to_owned(), issued);
    }
    if !tells_names(tool, &quirks) {
        for name in ["name", "given_name", "family_name", "email"] {
            claims.shift_remove(name);
        }
    }
    if quirks.blank_email && claims.contains_key("name") {
        claims.entry("email").or_insert_with(|| "".into());
    }
    if quirks.username_claim && claims.contains_key("name") {
        claims.insert("preferred_username".to_owned(), user.id.as_str().into());
    }
    if let Some(Value::Array(told)) = claims.get_mut(ROLES) {
        let before = told.iter().filter_map(|role| role.as_str().map(str::to_owned)).collect();
        *told = roles::in_launch(&quirks, before).into_iter().map(Value::from).collect();
    }
    if let Some(Value::Object(custom)) = claims.get_mut(CUSTOM) {
        spell_keys(custom, quirks.custom_keys);
    }
    if let Some(Value::Object(context)) = claims.get_mut(CONTEXT) {
        context.insert("type".to_owned(), json!([quirks.context_type]));
    }
    if let Some(Value::Object(platform)) = claims.get_mut(TOOL_PLATFORM) {
        platform.insert("product_family_code".to_owned(), quirks.product_family.into());
    }
    if let Some(Value::Object(link)) = claims.get_mut(RESOURCE_LINK)
        && quirks.blank_texts
    {
        link.entry("description").or_insert_with(|| "".into());
    }
    match &user.sourced_id {
        Some(number) => {
            claims.insert(LIS.to_owned(), json!({"person_sourcedid": number}));
        }
        None if quirks.blank_texts => {
            claims.insert(LIS.to_owned(), json!({"person_sourcedid": "", "course_section_sourcedid": ""}));
        }
        None => {}
    }
    for (name, value) in &quirks.vendor_claims {
        claims.insert((*name).to_owned(), value.clone());
    }
}

/// Whether this tool learns names and addresses. Where a product tells none by default, a tool that registered itself
/// has asked for what it gets.
pub(super) fn tells_names(tool: &ToolRegistration, quirks: &Quirks) -> bool {
    tool.share_names && (quirks.tells_names || tool.document.is_some())
}

/// Spells custom keys as the product does.
pub(super) fn spell_keys(custom: &mut Map<String, Value>, keys: CustomKeys) {
    match keys {
        CustomKeys::AsGiven => {}
        CustomKeys::Lower => {
            *custom =
                std::mem::take(custom).into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
        }
        CustomKeys::Both => {
            let plain = |key: &str| -> String {
                key.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
            };
            let again: Vec<_> = custom.iter().map(|(key, value)| (plain(key), value.clone())).collect();
            for (key, value) in again {
                custom.entry(key).or_insert(value);
            }
        }
    }
}
