//! Verdicts in words: exact sentences in both languages.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{
    words::{Titles, course, link, quiz},
    *,
};

struct FromOutside;

impl Names for FromOutside {
    fn this_course(&self) -> Option<Cow<'_, str>> {
        Some("Rust".into())
    }
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
