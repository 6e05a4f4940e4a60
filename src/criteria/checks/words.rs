//! Rules and verdicts in words: exact sentences in both languages.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::*;

struct Titles;

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

struct FromOutside;

impl Names for FromOutside {
    fn this_course(&self) -> Option<Cow<'_, str>> {
        Some("Rust".into())
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

fn link() -> Value {
    json!({ "type": "launched", "link": id(11) })
}

fn course() -> Value {
    json!({ "type": "completed", "subject": { "course": "this" } })
}

fn quiz(threshold: &str) -> Value {
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
fn a_group_of_one_that_is_too_far_apart_says_so() {
    let node = json!({ "type": "any_of", "within": "P1D", "of": [
        { "type": "all_of", "of": [link(), course()] },
    ]});
    let done = signal(2, Kind::Completed { subject: Subject::Course }).at(-100);
    let rule = json_rule(node);
    let verdict = evaluate(&rule, &here(), &[launched(1, 11, &[]), done], hour(9));
    let explained = explain(&verdict, &rule, Language::English, &Titles);
    assert_eq!(explained.outcome, Outcome::NotMet);
    assert_eq!(
        explained.note.as_deref(),
        Some("All of it was done, but no more than 1 day may lie between the first and the last.")
    );
    assert!(explained.of.iter().all(|line| line.outcome == Outcome::Met));
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

fn notes(node: &Value, signals: &[Signal]) -> [String; 2] {
    let rule = json_rule(node.clone());
    let verdict = evaluate(&rule, &here(), signals, hour(9));
    [Language::English, Language::German]
        .map(|language| explain(&verdict, &rule, language, &Titles).note.unwrap_or_default())
}

#[test]
fn what_is_missing_and_what_to_do() {
    let subject = || Subject::Activity("quiz".into());
    let told = |state| signal(1, Kind::Score { subject: subject(), given: None, maximum: None, state });
    let parameter = json!({ "type": "launched", "custom": [{ "name": "track", "equals": "x" }] });
    let strong = json!({ "type": "launched", "link": id(11), "min_strength": "strong" });
    let role = json!({ "type": "role", "any_of": ["learner"] });
    let points =
        json!({ "type": "score", "subject": { "activity": "quiz" }, "unit": "points", "at_least": 9 });
    let member = json!({ "type": "member_of", "group": "g1" });
    let groups = signal(1, Kind::Member { of: Membership::Group, ids: vec![] });
    let holds = json!({ "type": "holds", "achievements": [id(21), id(22), id(23)], "n": 2 });
    let held = signal(1, Kind::Held { achievement: id(22), expires_at: None });
    let decided =
        signal(1, Kind::Approved { placement: id(5), by: "ada".into(), roles: vec![], approves: false });
    let straddling =
        Signal { not_before: Some(hour(-30)), ..signal(1, Kind::Completed { subject: Subject::Course }) };
    let cases: [(Value, Vec<Signal>, [&str; 2]); 21] = [
        (
            link(),
            vec![],
            [
                "Not opened yet. Please open “Week 1” in the course.",
                "Noch nicht geöffnet. Bitte „Week 1“ im Kurs öffnen.",
            ],
        ),
        (
            course(),
            vec![],
            ["No completion has been reported yet.", "Es wurde noch kein Abschluss gemeldet."],
        ),
        (quiz("80"), vec![], ["No score has been reported yet.", "Es wurde noch keine Bewertung gemeldet."]),
        (quiz("80"), vec![told(ScoreState::Missing)], ["Not graded yet.", "Noch nicht bewertet."]),
        (
            quiz("80"),
            vec![told(ScoreState::Excused)],
            ["Excused, so there is no score.", "Entschuldigt, daher gibt es keine Bewertung."],
        ),
        (
            quiz("80"),
            vec![told(ScoreState::Unreleased)],
            ["Graded, but not released yet.", "Bewertet, aber noch nicht freigegeben."],
        ),
        // Cut, not rounded: 79.996 % must not read as 80 %.
        (
            quiz("80"),
            vec![graded(1, "19.999", "25")],
            [
                "Current score: 79.99% (19.999 of 25 points).",
                "Aktueller Stand: 79,99\u{a0}% (19,999 von 25 Punkten).",
            ],
        ),
        (
            points,
            vec![graded(1, "7.50", "10")],
            ["Current score: 7.5 of 10 points.", "Aktueller Stand: 7,5 von 10 Punkten."],
        ),
        (
            parameter.clone(),
            vec![launched(1, 11, &[("track", "y")])],
            [
                "Opened, but “track” does not have the needed value.",
                "Geöffnet, aber „track“ hat nicht den nötigen Wert.",
            ],
        ),
        (
            parameter,
            vec![launched(1, 11, &[("track", "$X.y")])],
            [
                "Opened, but the learning platform did not say what “track” is. Please ask your instructor.",
                "Geöffnet, aber die Lernplattform hat „track“ nicht mitgeteilt. Bitte die Kursleitung fragen.",
            ],
        ),
        (
            strong,
            vec![launched(1, 11, &[])],
            [
                "Seen, but only with weak proof; at least strong proof is needed.",
                "Gesehen, aber nur schwach nachgewiesen; nötig ist mindestens ein starker Nachweis.",
            ],
        ),
        (role.clone(), vec![], ["The role is not known yet.", "Die Rolle ist noch nicht bekannt."]),
        (
            role,
            vec![roles(1, &["instructor"])],
            ["The learning platform lists another role.", "Die Lernplattform nennt eine andere Rolle."],
        ),
        (
            json!({ "type": "all_of", "of": [link(), course(), quiz("1")] }),
            vec![launched(1, 11, &[])],
            ["Still needed: two of these.", "Noch nötig: zwei davon."],
        ),
        (
            json!({ "type": "released", "link": id(11) }),
            vec![],
            [
                "Not open yet. Please do what the learning platform asks for before it opens “Week 1”.",
                "Noch nicht freigegeben. Bitte erst erledigen, was die Lernplattform für „Week 1“ verlangt.",
            ],
        ),
        (
            holds,
            vec![held],
            [
                "Still needed: one of the badges “Rust basics” and “Rust at work”.",
                "Noch nötig: eines der Badges „Rust basics“ und „Rust at work“.",
            ],
        ),
        (
            json!({ "type": "approved", "n": 2 }),
            vec![],
            ["Still needed: the approval of two people.", "Noch nötig: die Genehmigung von zwei Personen."],
        ),
        (
            json!({ "type": "approved" }),
            vec![decided],
            [
                "Declined by a person. Still needed: the approval of a person.",
                "Von einer Person abgelehnt. Noch nötig: die Genehmigung von einer Person.",
            ],
        ),
        (
            member.clone(),
            vec![],
            ["Who is in it is not known yet.", "Wer dazugehört, ist noch nicht bekannt."],
        ),
        (
            member,
            vec![groups],
            [
                "The learning platform does not list the learner there.",
                "Die Lernplattform führt die lernende Person dort nicht.",
            ],
        ),
        (
            json!({ "type": "during", "from": hour(-2), "of": [course()] }),
            vec![straddling],
            [
                "Read on 3 May 2026, but it may have happened at any time since 2 May 2026, so perhaps outside of the time that counts. A person must decide.",
                "Gelesen am 3. Mai 2026, kann aber jederzeit seit dem 2. Mai 2026 geschehen sein, also vielleicht außerhalb der Zeit, die zählt. Eine Person muss entscheiden.",
            ],
        ),
    ];
    for (node, signals, expected) in cases {
        assert_eq!(notes(&node, &signals), expected, "{node}");
    }
}

#[test]
fn what_is_met_and_by_what() {
    assert_eq!(
        notes(&link(), &[launched(1, 11, &[])]),
        ["Met on 3 May 2026, seen at launch.", "Erfüllt am 3. Mai 2026, beim Aufruf gesehen."]
    );
    let rule =
        json_rule(json!({ "type": "all_of", "of": [{ "type": "any_of", "of": [quiz("80")] }, course()] }));
    let verdict = evaluate(&rule, &here(), &[graded(1, "9", "10").at(20)], hour(30));
    let explained = explain(&verdict, &rule, Language::English, &Titles);
    assert_eq!(explained.outcome, Outcome::NotMet);
    assert_eq!(explained.of[0].path, "node.of[0].of[0]");
    assert_eq!(explained.of[0].text, "Score at least 80% in “Final quiz”");
    assert_eq!(explained.of[0].note.as_deref(), Some("Met on 4 May 2026, reported by “Registrar”."));
    assert_eq!(explained.of[1].text, "Complete the course");
}

#[test]
fn all_that_it_took_is_named() {
    let rule = json_rule(json!({ "type": "all_of", "of": [
        { "type": "holds", "achievements": [id(21), id(22)] }, { "type": "approved", "n": 2 },
    ]}));
    let held = |number: u128, hours: i64| {
        let kind = Kind::Held { achievement: id(number), expires_at: None };
        Signal { channel: Channel::Award, source: String::new(), ..signal(number, kind).at(hours) }
    };
    let approved = |number: u128, by: &str| {
        let kind = Kind::Approved { placement: id(5), by: by.into(), roles: vec![], approves: true };
        Signal { channel: Channel::Approval, ..signal(number, kind) }
    };
    let told = [held(21, 0), held(22, 24), approved(3, "ada"), approved(4, "bob")];
    let verdict = evaluate(&rule, &here(), &told, hour(30));
    assert_eq!(
        evidence_sentence(&verdict, &rule, Language::English, &Titles).unwrap(),
        "Met on 4 May 2026: held the badges “Rust basics” and “Rust in depth” (3 May 2026, by an award; 4 May 2026, \
         by an award); was approved by two people (3 May 2026, approved by a person). Strength of proof: strong."
    );
    assert_eq!(
        evidence_sentence(&verdict, &rule, Language::German, &Titles).unwrap(),
        "Erfüllt am 4. Mai 2026: die Badges „Rust basics“ und „Rust in depth“ besessen (3. Mai 2026, durch \
         Verleihung; 4. Mai 2026, durch Verleihung); von zwei Personen genehmigt (3. Mai 2026, von einer Person \
         genehmigt). Stärke des Nachweises: stark."
    );
    assert_eq!(
        explain(&verdict, &rule, Language::English, &Titles).of[0].note.as_deref(),
        Some("Met on 3 May 2026, by an award; 4 May 2026, by an award.")
    );
}

#[test]
fn signed_words_state_threshold_date_and_channel_but_never_the_grade() {
    let rule = json_rule(json!({ "type": "all_of", "of": [
        course(), quiz("80"), { "type": "any_of", "of": [link(), { "type": "role", "any_of": ["learner"] }] },
    ]}));
    let told = [
        Signal { channel: Channel::Record, ..signal(1, Kind::Completed { subject: Subject::Course }) },
        graded(2, "93", "100").at(24),
        roles(3, &["learner"]),
    ];
    let verdict = evaluate(&rule, &here(), &told, hour(30));
    let english = evidence_sentence(&verdict, &rule, Language::English, &FromOutside).unwrap();
    assert_eq!(
        english,
        "Met on 4 May 2026: completed the course “Rust” (3 May 2026, read from the learning platform's records); \
         scored at least 80% in “quiz” (4 May 2026, reported by “Registrar”); had the role of learner \
         (3 May 2026, seen at launch). Strength of proof: strong."
    );
    let german = evidence_sentence(&verdict, &rule, Language::German, &FromOutside).unwrap();
    assert_eq!(
        german,
        "Erfüllt am 4. Mai 2026: den Kurs „Rust“ abgeschlossen (3. Mai 2026, aus den Daten der Lernplattform \
         gelesen); mindestens 80\u{a0}% in „quiz“ erreicht (4. Mai 2026, gemeldet von „Registrar“); die Rolle \
         Lernende gehabt (3. Mai 2026, beim Aufruf gesehen). Stärke des Nachweises: stark."
    );
    assert!(!english.contains("93") && !german.contains("93"));
    let unmet = evaluate(&rule, &here(), &told[..1], hour(30));
    assert_eq!(evidence_sentence(&unmet, &rule, Language::English, &NoNames), None);
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
