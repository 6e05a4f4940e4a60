//! Rules in words: exact sentences in both languages.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::*;

pub(super) struct Titles;

impl Names for Titles {
    fn link(&self, link: Uuid) -> Option<Cow<'_, str>> {
        (link == id(11)).then_some("Week 1".into())
    }

    fn course(&self, course: Uuid) -> Option<Cow<'_, str>> {
        (course == id(2)).then_some("Algebra".into())
    }

    fn group(&self, of: Membership, group: &str) -> Option<Cow<'_, str>> {
        (of == Membership::Group && group == "g1").then_some("Team red".into())
    }

    fn achievement(&self, achievement: Uuid) -> Option<Cow<'_, str>> {
        let known = [(21, "Rust basics"), (22, "Rust in depth"), (23, "Rust at work")];
        known.iter().find(|(number, _)| id(*number) == achievement).map(|(_, title)| (*title).into())
    }

    fn activity(&self, _: Option<Uuid>, activity: &str) -> Option<Cow<'_, str>> {
        (activity == "quiz").then_some("Final quiz".into())
    }
}

fn said(node: &Value) -> (String, String) {
    let rule = json_rule(node.clone());
    (sentence(&rule, Language::English, &Titles), sentence(&rule, Language::German, &Titles))
}

#[track_caller]
fn says(node: &Value, english: &str, german: &str) {
    assert_eq!(said(node), (english.to_owned(), german.to_owned()));
}

pub(super) fn link() -> Value {
    json!({ "type": "launched", "link": id(11) })
}

pub(super) fn course() -> Value {
    json!({ "type": "completed", "subject": { "course": "this" } })
}

pub(super) fn quiz(threshold: &str) -> Value {
    json!({ "type": "score", "subject": { "activity": "quiz" }, "unit": "percent", "at_least": threshold })
}

#[test]
fn leaves() {
    says(&link(), "The learner opens “Week 1”.", "Die lernende Person öffnet „Week 1“.");
    says(
        &json!({ "type": "launched" }),
        "The learner opens this badge from the course.",
        "Die lernende Person öffnet dieses Badge aus dem Kurs heraus.",
    );
    says(&course(), "The learner completes the course.", "Die lernende Person schließt den Kurs ab.");
    says(
        &json!({ "type": "completed", "subject": { "course": id(2) } }),
        "The learner completes the course “Algebra”.",
        "Die lernende Person schließt den Kurs „Algebra“ ab.",
    );
    says(
        &json!({ "type": "completed", "subject": { "course": id(2), "activity": "quiz" } }),
        "The learner completes “Final quiz” in the course “Algebra”.",
        "Die lernende Person schließt „Final quiz“ im Kurs „Algebra“ ab.",
    );
    says(
        &quiz("79.5"),
        "The learner scores at least 79.5% in “Final quiz”.",
        "Die lernende Person erreicht mindestens 79,5\u{a0}% in „Final quiz“.",
    );
    says(
        &json!({ "type": "score", "subject": { "course": "this" }, "unit": "points", "at_least": 1, "pick": "best" }),
        "The learner scores at least 1 point in the course (best attempt).",
        "Die lernende Person erreicht mindestens 1 Punkt im Kurs (bester Versuch).",
    );
    says(
        &json!({ "type": "score", "subject": { "activity": "essay" }, "unit": "points", "at_most": 3, "pick": "first" }),
        "The learner scores at most 3 points in “essay” (first attempt).",
        "Die lernende Person erreicht höchstens 3 Punkte in „essay“ (erster Versuch).",
    );
    says(
        &json!({ "type": "score", "subject": { "course": id(3) }, "unit": "percent", "between": { "from": 50, "to": 80 } }),
        "The learner scores between 50% and 80% in another course.",
        "Die lernende Person erreicht zwischen 50\u{a0}% und 80\u{a0}% in einem anderen Kurs.",
    );
    says(
        &json!({ "type": "role", "any_of": ["learner", "http://purl.imsglobal.org/vocab/lis/v2/membership#Member"] }),
        "The learner has the role of learner or “Member”.",
        "Die lernende Person hat die Rolle Lernende oder „Member“.",
    );
    says(
        &json!({ "type": "launched", "link": id(12), "custom": [
            { "name": "track", "one_of": ["advanced", "expert"] }, { "name": "unit", "at_least": "7.5" },
        ]}),
        "The learner opens a link of the course with “track” equal to “advanced” or “expert” and “unit” at least 7.5.",
        "Die lernende Person öffnet einen Link des Kurses mit „track“ gleich „advanced“ oder „expert“ und „unit“ mindestens 7,5.",
    );
}

#[test]
fn awards_approvals_and_memberships() {
    says(
        &json!({ "type": "released", "link": id(11) }),
        "The learner meets the learning platform's conditions for “Week 1”.",
        "Die lernende Person erfüllt die Bedingungen der Lernplattform für „Week 1“.",
    );
    says(
        &json!({ "type": "holds", "achievements": [id(21)] }),
        "The learner holds the badge “Rust basics”.",
        "Die lernende Person besitzt das Badge „Rust basics“.",
    );
    says(
        &json!({ "type": "holds", "achievements": [id(21), id(22)] }),
        "The learner holds the badges “Rust basics” and “Rust in depth”.",
        "Die lernende Person besitzt die Badges „Rust basics“ und „Rust in depth“.",
    );
    says(
        &json!({ "type": "holds", "achievements": [id(21), id(22), id(23)], "n": 1 }),
        "The learner holds one of the badges “Rust basics”, “Rust in depth” and “Rust at work”.",
        "Die lernende Person besitzt eines der Badges „Rust basics“, „Rust in depth“ und „Rust at work“.",
    );
    says(
        &json!({ "type": "approved" }),
        "The learner is approved by a person.",
        "Die lernende Person wird von einer Person genehmigt.",
    );
    says(
        &json!({ "type": "approved", "roles": ["instructor", "mentor"], "n": 2 }),
        "The learner is approved by two people with the role of instructor or mentor.",
        "Die lernende Person wird von zwei Personen mit der Rolle Lehrende oder Mentoring genehmigt.",
    );
    says(
        &json!({ "type": "member_of", "group": "g1" }),
        "The learner is in the group “Team red”.",
        "Die lernende Person gehört zur Gruppe „Team red“.",
    );
    says(
        &json!({ "type": "member_of", "section": "A" }),
        "The learner is in the section “A”.",
        "Die lernende Person gehört zum Kursabschnitt „A“.",
    );
}

#[test]
fn periods_and_durations() {
    says(
        &json!({
            "type": "during", "from": "2026-09-01T00:00", "to": "2027-03-01T12:30", "zone": "Europe/Berlin",
            "within": "P30D", "of": [link(), course()],
        }),
        "The learner opens “Week 1” and completes the course. Only what happens from 1 September 2026, 00:00 until before 1 March 2027, 12:30 (Europe/Berlin) counts. No more than 30 days may lie between the first and the last of it.",
        "Die lernende Person öffnet „Week 1“ und schließt den Kurs ab. Es zählt nur, was ab dem 1. September 2026, 00:00 Uhr und vor dem 1. März 2027, 12:30 Uhr (Europe/Berlin) geschieht. Zwischen dem Ersten und dem Letzten davon dürfen höchstens 30 Tage liegen.",
    );
    says(
        &json!({ "type": "all_of", "of": [
            quiz("80"),
            { "type": "during", "from": "2026-09-01T00:00:00Z", "of": [course()], "min_strength": "strong" },
            { "type": "any_of", "within": "P1DT12H", "of": [link(), quiz("60")] },
        ]}),
        "The learner scores at least 80% in “Final quiz”, completes the course (from 1 September 2026, 00:00 (UTC); at least strong proof) and meets at least one of these two conditions (opens “Week 1”; scores at least 60% in “Final quiz”) (within 1 day and 12 hours).",
        "Die lernende Person erreicht mindestens 80\u{a0}% in „Final quiz“, schließt den Kurs ab (ab dem 1. September 2026, 00:00 Uhr (UTC); mindestens starker Nachweis) und erfüllt mindestens eine dieser zwei Bedingungen (öffnet „Week 1“; erreicht mindestens 60\u{a0}% in „Final quiz“) (innerhalb von 1 Tag und 12 Stunden).",
    );
    let node = json!({ "type": "during", "to": "2026-10-25T02:30", "zone": "Europe/Berlin", "of": [link(), course()] });
    let rule = json_rule(node);
    assert_eq!(
        outline(&rule, Language::English, &Titles).text,
        "All of these (before 25 October 2026, 02:30 (Europe/Berlin))"
    );
    assert_eq!(
        outline(&rule, Language::German, &Titles).text,
        "Alles davon (vor dem 25. Oktober 2026, 02:30 Uhr (Europe/Berlin))"
    );
}

#[test]
fn groups() {
    says(
        &json!({ "type": "all_of", "of": [link(), course(), quiz("80")] }),
        "The learner opens “Week 1”, completes the course and scores at least 80% in “Final quiz”.",
        "Die lernende Person öffnet „Week 1“, schließt den Kurs ab und erreicht mindestens 80\u{a0}% in „Final quiz“.",
    );
    says(
        &json!({ "type": "any_of", "min_strength": "strong", "of": [link(), course()] }),
        "The learner opens “Week 1” or completes the course. Only proof that is at least strong counts.",
        "Die lernende Person öffnet „Week 1“ oder schließt den Kurs ab. Es zählen nur mindestens starke Nachweise.",
    );
    says(
        &json!({ "type": "at_least", "n": 2, "of": [link(), course(), quiz("80")] }),
        "The learner meets at least two of these three conditions: opens “Week 1”; completes the course; scores at least 80% in “Final quiz”.",
        "Die lernende Person erfüllt mindestens zwei dieser drei Bedingungen: öffnet „Week 1“; schließt den Kurs ab; erreicht mindestens 80\u{a0}% in „Final quiz“.",
    );
    says(
        &json!({ "type": "all_of", "of": [
            { "type": "completed", "subject": { "course": "this" }, "min_strength": "attested" },
            { "type": "any_of", "min_strength": "medium", "of": [
                quiz("80"),
                { "type": "all_of", "of": [link(), quiz("60")] },
            ]},
        ]}),
        "The learner completes the course (attested by a person) and meets at least one of these two conditions (scores at least 80% in “Final quiz”; meets both of these conditions (opens “Week 1”; scores at least 60% in “Final quiz”)) (at least medium proof).",
        "Die lernende Person schließt den Kurs ab (von einer Person bestätigt) und erfüllt mindestens eine dieser zwei Bedingungen (erreicht mindestens 80\u{a0}% in „Final quiz“; erfüllt beide Bedingungen (öffnet „Week 1“; erreicht mindestens 60\u{a0}% in „Final quiz“)) (mindestens mittlerer Nachweis).",
    );
    // A group of one is its member.
    says(
        &json!({ "type": "at_least", "n": 1, "min_strength": "strong", "of": [course()] }),
        "The learner completes the course. Only proof that is at least strong counts.",
        "Die lernende Person schließt den Kurs ab. Es zählen nur mindestens starke Nachweise.",
    );
}

#[test]
fn outlines() {
    let node = json!({ "type": "all_of", "of": [
        { "type": "any_of", "of": [course()] },
        { "type": "at_least", "n": 2, "of": [link(), quiz("80"), json!({ "type": "role", "any_of": ["learner"] })] },
        { "type": "any_of", "min_strength": "strong", "of": [quiz("60"), link()] },
    ]});
    let flat = |language| {
        let mut lines = Vec::new();
        let mut rest = vec![(0, outline(&json_rule(node.clone()), language, &Titles))];
        while let Some((depth, line)) = rest.pop() {
            lines.push(format!("{}{} [{}]", "  ".repeat(depth), line.text, line.path));
            rest.extend(line.of.into_iter().rev().map(|line| (depth + 1, line)));
        }
        lines
    };
    assert_eq!(
        flat(Language::English),
        [
            "All of these [node]",
            "  Complete the course [node.of[0].of[0]]",
            "  At least two of these three [node.of[1]]",
            "    Open “Week 1” [node.of[1].of[0]]",
            "    Score at least 80% in “Final quiz” [node.of[1].of[1]]",
            "    Have the role of learner [node.of[1].of[2]]",
            "  At least one of these (at least strong proof) [node.of[2]]",
            "    Score at least 60% in “Final quiz” [node.of[2].of[0]]",
            "    Open “Week 1” [node.of[2].of[1]]",
        ]
    );
    assert_eq!(
        flat(Language::German),
        [
            "Alles davon [node]",
            "  Den Kurs abschließen [node.of[0].of[0]]",
            "  Mindestens zwei von diesen drei [node.of[1]]",
            "    „Week 1“ öffnen [node.of[1].of[0]]",
            "    Mindestens 80\u{a0}% in „Final quiz“ erreichen [node.of[1].of[1]]",
            "    Die Rolle Lernende haben [node.of[1].of[2]]",
            "  Mindestens eines davon (mindestens starker Nachweis) [node.of[2]]",
            "    Mindestens 60\u{a0}% in „Final quiz“ erreichen [node.of[2].of[0]]",
            "    „Week 1“ öffnen [node.of[2].of[1]]",
        ]
    );
}

#[test]
fn titles_of_strangers_stay_on_their_line() {
    struct Hostile;
    impl Names for Hostile {
        fn link(&self, _: Uuid) -> Option<Cow<'_, str>> {
            Some("Week 1\r\nBcc: everybody\u{202e}\u{200b} end".into())
        }
    }
    let text = sentence(&json_rule(link()), Language::English, &Hostile);
    assert_eq!(text, "The learner opens “Week 1 Bcc: everybody end”.");
}

#[test]
fn languages_by_tag() {
    assert_eq!(
        ["de", "de-AT", "DE_ch", "en-GB", "fr", ""].map(Language::of_tag).map(Language::tag),
        ["de", "de", "de", "en", "en", "en"]
    );
}
