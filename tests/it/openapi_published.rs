//! What was published stays: `openapi/published.yaml` is the document of the last release, and nothing of it
//! may go or become narrower, but for what `openapi/removed.md` names with a reason. Additions are fine.
//!
//! At a release: `PUBLISH=1 cargo test --test it openapi_published` makes the document the published one;
//! then empty the list of `removed.md`.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Value, json};

use super::support::api::{document, whole};

#[test]
fn nothing_published_is_gone() {
    let published = fs::read_to_string(file("published.yaml")).unwrap();
    let list = fs::read_to_string(file("removed.md")).unwrap();
    let allowed: BTreeSet<String> = allowed(&list).into_iter().collect();
    let found = gone(&serde_yaml::from_str(&published).unwrap(), &document());
    let unnamed: Vec<&String> = found.difference(&allowed).collect();
    assert!(
        unnamed.is_empty(),
        "integrators lose something that was published. Keep it, or name it in openapi/removed.md with the \
         reason:\n{unnamed:#?}"
    );
    let stale: Vec<&String> = allowed.difference(&found).collect();
    assert!(stale.is_empty(), "openapi/removed.md names what is not removed (any more): {stale:#?}");
    if std::env::vars().any(|(name, value)| name == "PUBLISH" && value == "1") {
        fs::write(file("published.yaml"), laurel::web::api::document()).unwrap();
    }
}

/// What a case does to the document.
type Change = fn(&mut Value);

#[test]
fn the_guard_sees_what_is_taken_away() {
    let before = document();
    assert!(gone(&before, &before).is_empty());
    let list = "/paths/~1awards/get";
    let operation = "/paths/~1awards/post";
    let given = "/components/schemas/AwardIn";
    let shown = "/components/schemas/AwardOut";
    let cases: &[(&str, &[&str], Change)] = &[
        ("/paths", &["POST /awards is gone"], |paths| {
            paths["/awards"].as_object_mut().unwrap().remove("post");
        }),
        (operation, &["POST /awards is called award_make, was award_create"], |operation| {
            operation["operationId"] = json!("award_make");
        }),
        (operation, &["POST /awards answers no 409 any more"], |operation| {
            operation["responses"].as_object_mut().unwrap().remove("409");
        }),
        (operation, &["POST /awards answers 201 no longer as application/json"], |operation| {
            operation["responses"]["201"]["content"] = json!({});
        }),
        (operation, &["POST /awards takes no body as application/json any more"], |operation| {
            operation["requestBody"]["content"] = json!({});
        }),
        (list, &["GET /awards: parameter limit (query) is gone"], |operation| {
            let parameters = operation["parameters"].as_array_mut().unwrap();
            parameters.retain(|parameter| parameter["name"] != "limit");
        }),
        (list, &["GET /awards: parameter limit (query) takes at most 100, was 200"], |operation| {
            let parameters = operation["parameters"].as_array_mut().unwrap();
            let limit = parameters.iter_mut().find(|parameter| parameter["name"] == "limit").unwrap();
            limit["schema"]["maximum"] = json!(100.0);
        }),
        (list, &["GET /awards: parameter cursor (query) is required now"], |operation| {
            let parameters = operation["parameters"].as_array_mut().unwrap();
            let cursor = parameters.iter_mut().find(|parameter| parameter["name"] == "cursor").unwrap();
            cursor["required"] = json!(true);
        }),
        (list, &["GET /awards: parameter since (query) is required now"], |operation| {
            let parameters = operation["parameters"].as_array_mut().unwrap();
            parameters.push(json!({ "name": "since", "in": "query", "required": true }));
        }),
        (given, &["POST /awards request: narrative is gone"], |schema| {
            schema["properties"].as_object_mut().unwrap().remove("narrative");
        }),
        (given, &["POST /awards request: reason is required now"], |schema| {
            schema["required"].as_array_mut().unwrap().push(json!("reason"));
        }),
        (given, &["POST /awards request: colour is required now"], |schema| {
            schema["properties"]["colour"] = json!({ "type": "string" });
            schema["required"].as_array_mut().unwrap().push(json!("colour"));
        }),
        (given, &["POST /awards request: narrative is integer now, was string"], |schema| {
            schema["properties"]["narrative"]["type"] = json!("integer");
        }),
        (given, &["POST /awards request: narrative takes uuid only"], |schema| {
            schema["properties"]["narrative"]["format"] = json!("uuid");
        }),
        (
            "/components/schemas/EventType",
            &["POST /events request: type takes no completed any more"],
            |schema| {
                schema["enum"] = json!(["scored", "begun"]);
            },
        ),
        (
            "/components/schemas/LaunchOut",
            &["GET /launches/{id} 200: outcome may be left out now"],
            |schema| {
                let required = schema["required"].as_array_mut().unwrap();
                required.retain(|name| name != "outcome");
            },
        ),
        (
            shown,
            &["GET /awards/{id} 200: share_url is gone", "GET /awards 200: items[].share_url is gone"],
            |schema| {
                schema["properties"].as_object_mut().unwrap().remove("share_url");
            },
        ),
        ("/paths/~1schemas~1rule.json/get", &["GET /schemas/rule.json needs a key now"], |operation| {
            operation["security"] = json!([{ "key": [] }]);
        }),
    ];
    for (pointer, expected, change) in cases {
        let mut after = before.clone();
        let place = after.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not in the document"));
        change(place);
        let found = gone(&before, &after);
        for expected in *expected {
            assert!(found.contains(*expected), "{expected}: {found:#?}");
        }
    }
}

#[test]
fn the_guard_lets_additions_pass() {
    let before = document();
    let mut after = before.clone();
    after["paths"]["/news"] = json!({ "get": { "operationId": "news_list", "responses": {} } });
    after["paths"]["/awards"]["post"]["responses"]["418"] = json!({ "description": "" });
    after["paths"]["/awards"]["get"]["parameters"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "since", "in": "query", "required": false }));
    let schemas = &mut after["components"]["schemas"];
    schemas["AwardIn"]["properties"]["colour"] = json!({ "type": "string" });
    schemas["AwardOut"]["properties"]["colour"] = json!({ "type": "string" });
    schemas["AwardOut"]["required"].as_array_mut().unwrap().push(json!("colour"));
    schemas["AwardState"]["enum"].as_array_mut().unwrap().push(json!("lost"));
    schemas["AwardIn"]["required"].as_array_mut().unwrap().pop();
    assert_eq!(gone(&before, &after), BTreeSet::new());
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("openapi").join(name)
}

/// Lines "- `what`: why" of the list.
fn allowed(list: &str) -> Vec<String> {
    list.lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once('`'))
        .map(|(what, reason)| {
            assert!(
                reason.trim_start_matches(':').trim().len() > 10,
                "openapi/removed.md: why is {what} gone?"
            );
            what.to_owned()
        })
        .collect()
}

/// What `old` promises and `new` does not keep, in sentences.
fn gone(old: &Value, new: &Value) -> BTreeSet<String> {
    let mut guard = Guard { old, new, found: BTreeSet::new() };
    for (path, operations) in old["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{} {path}", method.to_uppercase());
            match new["paths"].get(path).and_then(|operations| operations.get(method)) {
                None => guard.say(format!("{name} is gone")),
                Some(now) => guard.operation(&name, operation, now),
            }
        }
    }
    guard.found
}

struct Guard<'a> {
    old: &'a Value,
    new: &'a Value,
    found: BTreeSet<String>,
}

/// Which way a value travels: what narrows a request frees an answer, and the other way round.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    In,
    Out,
}

impl Guard<'_> {
    fn say(&mut self, what: String) {
        self.found.insert(what);
    }

    fn operation(&mut self, name: &str, old: &Value, new: &Value) {
        let (was, is) =
            (old["operationId"].as_str().unwrap(), new["operationId"].as_str().unwrap_or("nothing"));
        if was != is {
            self.say(format!("{name} is called {is}, was {was}"));
        }
        if list(&old["security"]).is_empty() && !list(&new["security"]).is_empty() {
            self.say(format!("{name} needs a key now"));
        }
        self.parameters(name, list(&old["parameters"]), list(&new["parameters"]));
        let (was, is) = (&old["requestBody"], &new["requestBody"]);
        if was.is_null() && is["required"] == true {
            self.say(format!("{name} needs a body now"));
        }
        for (kind, content) in fields(&was["content"]) {
            match is["content"].get(kind) {
                None => self.say(format!("{name} takes no body as {kind} any more")),
                Some(now) => {
                    self.schema(&format!("{name} request"), "", &content["schema"], &now["schema"], Way::In);
                }
            }
        }
        for (status, answer) in fields(&old["responses"]) {
            let Some(now) = new["responses"].get(status) else {
                self.say(format!("{name} answers no {status} any more"));
                continue;
            };
            for (kind, content) in fields(&answer["content"]) {
                match now["content"].get(kind) {
                    None => self.say(format!("{name} answers {status} no longer as {kind}")),
                    Some(now) => {
                        self.schema(
                            &format!("{name} {status}"),
                            "",
                            &content["schema"],
                            &now["schema"],
                            Way::Out,
                        );
                    }
                }
            }
        }
    }

    fn parameters(&mut self, name: &str, old: &[Value], new: &[Value]) {
        let same = |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
        let called = |parameter: &Value| {
            let part = |name: &str| parameter[name].as_str().unwrap_or_default().to_owned();
            format!("{name}: parameter {} ({})", part("name"), part("in"))
        };
        for parameter in new.iter().filter(|parameter| parameter["required"] == true) {
            if !old.iter().any(|known| same(known, parameter) && known["required"] == true) {
                self.say(format!("{} is required now", called(parameter)));
            }
        }
        for parameter in old {
            let what = called(parameter);
            match new.iter().find(|now| same(now, parameter)) {
                None => self.say(format!("{what} is gone")),
                Some(now) => self.schema(&what, "", &parameter["schema"], &now["schema"], Way::In),
            }
        }
    }

    /// `name` is the request or answer, `at` the place in it. Our schemas hold no circles.
    fn schema(&mut self, name: &str, at: &str, old: &Value, new: &Value, way: Way) {
        let (old, new) = (whole(self.old, old), whole(self.new, new));
        let place = if at.is_empty() { name.to_owned() } else { format!("{name}: {at}") };
        let words = |schema: &Value, key: &str| schema[key].as_str().map(str::to_owned);
        match (words(&old, "type"), words(&new, "type")) {
            (Some(was), Some(is)) if was != is => self.say(format!("{place} is {is} now, was {was}")),
            (None, Some(is)) if way == Way::In => self.say(format!("{place} takes {is} only")),
            (Some(was), None) if way == Way::Out => self.say(format!("{place} may be anything, was {was}")),
            _ => {}
        }
        match (words(&old, "format"), words(&new, "format")) {
            (Some(was), Some(is)) if was != is => self.say(format!("{place} is {is}, was {was}")),
            (None, Some(is)) if way == Way::In => self.say(format!("{place} takes {is} only")),
            (Some(was), None) if way == Way::Out => self.say(format!("{place} is no {was} any more")),
            _ => {}
        }
        if way == Way::In {
            self.range(&place, &old, &new);
        }
        let (was, is) = (fields(&old["properties"]), fields(&new["properties"]));
        let needs =
            |schema: &Value, field: &str| list(&schema["required"]).iter().any(|known| known == field);
        let path = |field: &str| if at.is_empty() { field.to_owned() } else { format!("{at}.{field}") };
        for (field, schema) in &was {
            match new["properties"].get(field.as_str()) {
                None => self.say(format!("{name}: {} is gone", path(field))),
                Some(now) => self.schema(name, &path(field), schema, now, way),
            }
        }
        for (field, _) in is.iter().filter(|_| way == Way::In) {
            if needs(&new, field) && !needs(&old, field) {
                self.say(format!("{name}: {} is required now", path(field)));
            }
        }
        for (field, _) in was.iter().filter(|(field, _)| way == Way::Out && needs(&old, field)) {
            if new["properties"].get(field.as_str()).is_some() && !needs(&new, field) {
                self.say(format!("{name}: {} may be left out now", path(field)));
            }
        }
        if !old["items"].is_null() {
            self.schema(name, &format!("{at}[]"), &old["items"], &new["items"], way);
        }
    }

    /// Values that were taken and are not any more.
    fn range(&mut self, place: &str, old: &Value, new: &Value) {
        let known = list(&new["enum"]);
        if !known.is_empty() && list(&old["enum"]).is_empty() {
            self.say(format!("{place} takes some words only"));
        }
        for word in list(&old["enum"]).iter().filter(|word| !known.is_empty() && !known.contains(word)) {
            self.say(format!("{place} takes no {} any more", word.as_str().unwrap_or_default()));
        }
        let told = |bound: Option<f64>| bound.map_or("any".to_owned(), |bound| bound.to_string());
        let (was, is) = (old["maximum"].as_f64(), new["maximum"].as_f64());
        if is.is_some_and(|is| was.is_none_or(|was| is < was)) {
            self.say(format!("{place} takes at most {}, was {}", told(is), told(was)));
        }
        let (was, is) = (old["minimum"].as_f64(), new["minimum"].as_f64());
        if is.is_some_and(|is| was.is_none_or(|was| is > was)) {
            self.say(format!("{place} takes at least {}, was {}", told(is), told(was)));
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn fields(value: &Value) -> Vec<(&String, &Value)> {
    value.as_object().into_iter().flatten().collect()
}
