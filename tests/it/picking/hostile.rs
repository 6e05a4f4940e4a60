//! Pickers in hostile hands, side by side, and in browsers without cookies.

use practice::{browser::jar::CookieRules, demo, fields};

use super::{Picking, items, token};
use crate::support::attempt::refused;

/// Several pickers stand side by side, each with its own session.
#[tokio::test]
async fn pickers_stand_side_by_side() {
    let picking = Picking::new().await;
    let (one, two) = (picking.achievement("One").await, picking.achievement("Two").await);
    let (first, second) = (picking.picker().await, picking.picker().await);
    let (first, second) = (picking.choose(&first, &[one]).await, picking.choose(&second, &[two]).await);
    let second = picking.send(&second, "place", &[]).await;
    let first = picking.send(&first, "place", &[]).await;
    assert_eq!((&items(&first)[0]["title"], &items(&second)[0]["title"]), (&"One".into(), &"Two".into()));
    assert_ne!(token(&first), token(&second));
    for leave in [&first, &second] {
        assert!(picking.deliver(leave).await.contains("Added to the course."));
    }
}

/// A form without the session's cookie, of another session, or without our mark is refused.
#[tokio::test]
async fn forms_of_others_are_refused() {
    let picking = Picking::new().await;
    let version = picking.achievement("One").await;
    let (mine, other) = (picking.picker().await, picking.picker().await);
    let mut form = mine.forms().remove(0);
    form.set("choose", &version.to_string());
    form.set("do", "settle");
    let stranger = picking.app.browser();
    refused("a stranger", &stranger.submit(&mine, &form).await.unwrap(), 401, "session.unknown");
    let mut guessed = form.clone();
    guessed.set("session", "guessed");
    refused("a guess", &stranger.submit(&mine, &guessed).await.unwrap(), 401, "session.unknown");
    let mut mixed = form.clone();
    mixed.set("launch", fields::first(&other.forms()[0].fields, "launch").unwrap());
    refused("another's mark", &picking.browser.submit(&mine, &mixed).await.unwrap(), 403, "csrf.invalid");
    let mut bare = form.clone();
    bare.set("csrf", "");
    refused("no mark", &picking.browser.submit(&mine, &bare).await.unwrap(), 403, "csrf.invalid");
    // A learner's session is no picker.
    picking
        .lms
        .add_activity(demo::COURSE, practice::Activity::tool("plain", "Plain", crate::support::app::CLIENT));
    let learner = picking.app.browser();
    let launch = learner.launch(&picking.lms, demo::GRACE, "plain").await.unwrap();
    let page =
        learner.get(&picking.at(&format!("/course/pick?launch={}", launch.launch_id().unwrap()))).await;
    refused("a learner's launch", &page.unwrap(), 404, "not_found");
    // A teacher who has become a learner by now (R06).
    let mut bends = vec![practice::Bend::claim("sub", demo::ADA)];
    bends
        .push(practice::Bend::claim(practice::claims::ROLES, serde_json::json!([practice::course::LEARNER])));
    picking.app.browser().launch_bent(&picking.lms, demo::ADA, "plain", &bends).await.unwrap();
    let page = picking.browser.submit(&mine, &form).await.unwrap();
    refused("no longer a teacher", &page, 403, "pick.not_permitted");
}

/// Forms that are too large, too long or none are refused before anything is read.
#[tokio::test]
async fn oversized_forms_are_refused() {
    let picking = Picking::new().await;
    picking.achievement("One").await;
    let picker = picking.picker().await;
    let mut large = picker.forms().remove(0);
    large.set("q", &"x".repeat(200_000));
    refused("large", &picking.browser.submit(&picker, &large).await.unwrap(), 422, "body.too_large");
    let mut long = picker.forms().remove(0);
    for number in 0..3_000 {
        long.fields.push((format!("f{number}"), String::new()));
    }
    refused("long", &picking.browser.submit(&picker, &long).await.unwrap(), 422, "body.too_large");
    let mut many = picker.forms().remove(0);
    for number in 0..1_000 {
        many.fields.push(("choose".to_owned(), uuid::Uuid::from_u128(number).to_string()));
    }
    many.set("do", "place");
    refused("many", &picking.browser.submit(&picker, &many).await.unwrap(), 404, "not_found");
    let mut odd = picker.forms().remove(0);
    odd.set("page", "99999999999999999999");
    odd.set("do", "page-0");
    odd.set("q", "%_'\"<script>");
    let page = picking.browser.submit(&picker, &odd).await.unwrap();
    assert!(page.status == 200 && !page.contains("<script>"), "{}", page.text());
}

/// A browser that keeps no cookies picks with the secret in the form.
#[tokio::test]
async fn a_browser_without_cookies_picks_too() {
    let picking = Picking::new().await;
    let version = picking.achievement("One").await;
    picking.lms.set_manners(|manners| manners.storage.target = Some("_parent".to_owned()));
    let blocked = picking.app.browser_that(|options| practice::browser::BrowserOptions {
        cookies: CookieRules { block_third_party: true, ports_are_sites: true, ..options.cookies },
        ..options
    });
    let picking = Picking { browser: blocked, ..picking };
    let picker = picking.picker().await;
    let of_us = |picking: &Picking| {
        picking.browser.cookies().iter().filter(|cookie| cookie.name.contains("l_")).count()
    };
    assert_eq!(of_us(&picking), 0, "no cookie of ours is kept");
    let secret = fields::first(&picker.forms()[0].fields, "session").expect("the secret").to_owned();
    assert!(!picker.url.as_str().contains(&secret), "never in an address");
    let settle = picking.choose(&picker, &[version]).await;
    assert_eq!(settle.status, 200, "{}", settle.text());
    let leave = picking.send(&settle, "place", &[]).await;
    assert_eq!(items(&leave).len(), 1);
    assert!(!leave.contains(&secret));
}
