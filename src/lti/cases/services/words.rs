//! O02, G12: what platforms say when they say no, as one line that may be shown and logged.

use proptest::prelude::*;

use super::answer;
use crate::services::{Failure, Next, token};

/// What a failure quotes of a body.
fn quoted(body: &str) -> Option<String> {
    token::read(&answer(400, body), &["x"].iter().collect(), super::now()).unwrap_err().words
}

#[test]
fn the_telling_part_of_every_kind_of_body() {
    for (body, words) in [
        (r#"{"error":"invalid_client","error_description":"No key"}"#, "invalid_client: No key"),
        (r#"{"message":"Nope"}"#, "Nope"),
        (r#"{"errors":{"type":"unprocessable_entity","message":"User not found"}}"#, "User not found"),
        (r#"{"errors":[{"message":"one"},{"message":"two"}]}"#, "one"),
        (r#"{"error":"same","message":"same"}"#, "same"),
        (r#""just text""#, "just text"),
        ("missing_domain", "missing_domain"),
        ("  several\r\n  lines\tof text ", "several lines of text"),
        ("<!DOCTYPE html><html><head><title> Error 404 </title></head><body>x</body></html>", "Error 404"),
        ("<p>Incorrect <b>score</b> received</p>", "Incorrect score received"),
        ("<style>p { color: red }</style><script>alert(1)</script>Hi &amp; bye", "Hi & bye"),
        ("a < b and <i>c</i>", "a < b and c"),
        (r#"{"error":"<script>x</script>denied"}"#, "denied"),
    ] {
        assert_eq!(quoted(body).as_deref(), Some(words), "{body}");
    }
    for nothing in ["", "   ", "{}", "[]", "null", "17", r#"{"error":{}}"#, "<br>"] {
        assert_eq!(quoted(nothing), None, "{nothing}");
    }
}

#[test]
fn o02_people_and_tokens_are_left_out() {
    let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJzdWIiOiJ1In0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    let words = quoted(&format!("user ada@campus.example has <{token}> and {token}")).unwrap();
    assert!(!words.contains('@') && !words.contains("eyJ"), "{words}");
    assert!(words.starts_with("user …"));
    let failure = Failure::about(crate::Refusal::AgsRejected, Next::Stop, "x");
    assert_eq!(failure.to_string(), "lti.ags.rejected: The platform refused the score. \"x\"");
}

proptest! {
    #[test]
    fn a_quotation_is_one_short_line(body in "\\PC{0,4000}") {
        if let Some(words) = quoted(&body) {
            prop_assert!(words.chars().count() <= 301);
            prop_assert!(!words.contains(char::is_control));
            prop_assert!(!words.is_empty());
        }
    }

    #[test]
    fn any_bytes_can_be_quoted(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let answer = crate::services::Answer::new(400, [], &body);
        let failure = token::read(&answer, &["x"].iter().collect(), super::now()).unwrap_err();
        prop_assert!(failure.words.unwrap_or_default().chars().count() <= 301);
    }
}
