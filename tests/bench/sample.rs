//! The award that the badge benches sign and bake: some 4 kB of JSON.

use chrono::{DateTime, TimeDelta, Utc};
use open_badges::{
    Achievement, AchievementType, Alignment, Award, Evidence, Image, Issuer, Recipient, SigningKey,
    StatusEntry, did,
};

pub struct Sample {
    pub issuer: Issuer,
    pub achievement: Achievement,
    pub award: Award,
    pub key: SigningKey,
    pub method: String,
    pub time: DateTime<Utc>,
}

impl Sample {
    pub fn new() -> Self {
        let origin = "https://badges.harbour.example/i/hian";
        let at = |path: &str| format!("{origin}{path}");
        let text = |text: &str| Some(text.to_owned());
        let time = DateTime::from_timestamp(1_773_480_413, 0).unwrap();
        let key = SigningKey::from_seed(&[3; 32]).unwrap();
        let issuer = Issuer {
            did: "did:web:badges.harbour.example:i:hian".into(),
            ob2_id: at("/ob2"),
            name: "Harbour Institute of Applied Navigation".into(),
            url: "https://www.harbour.example".into(),
            email: "badges@harbour.example".into(),
            description: text("A nautical college that issues badges for practical seamanship."),
            image: Some(Image { url: at("/logo.png"), caption: text("A lighthouse over two waves") }),
            scope: None,
        };
        let alignment = |name: &str, kind: &str| Alignment {
            target_name: name.into(),
            target_url: format!("https://frameworks.example/{kind}"),
            target_framework: text("Harbour Navigation Competencies"),
            target_code: text(kind),
            target_type: text(kind),
            ..Alignment::default()
        };
        let achievement = Achievement {
            ob3_id: at("/achievements/coastal-pilotage-1"),
            ob2_id: at("/ob2/b/coastal-pilotage-1"),
            criteria_url: at("/b/coastal-pilotage-1"),
            name: "Coastal Pilotage I".into(),
            description: "Plans and keeps a safe coastal passage by visual and radar fixes.".into(),
            criteria_narrative:
                "To earn this badge a learner must:\n\n* plan a coastal passage of at least 20 miles\n* \
                                 hold a fix for one hour\n* score 70 % or more in the quiz"
                    .into(),
            achievement_type: AchievementType::parse("Badge").unwrap(),
            image: Image { url: at("/badge.png"), caption: text("A compass rose on a blue shield") },
            tags: vec!["navigation".into(), "pilotage".into()],
            alignments: vec![
                alignment("navigate in coastal waters", "CTDL"),
                alignment("fix position", "CFItem"),
            ],
            version: "1".into(),
            language: "en".into(),
        };
        let award = Award {
            ob2_id: at("/ob2/a/0f6b1c3e"),
            ob3_id: at("/credentials/5c0e8a52-3a3b-4a7c-9a86-0d6f9f6f2b10"),
            baked_image_url: at("/a/0f6b1c3e.png"),
            issued_on: time,
            expires: Some(time + TimeDelta::days(1_000)),
            recipient: Recipient::new("w.achieng@student.harbour.example", &[7; 8]),
            subject_id: None,
            narrative: text("Passage from Kilindini to Shimoni, logged with hourly fixes."),
            evidence: vec![Evidence {
                url: Some(at("/a/0f6b1c3e/evidence/1")),
                name: text("Passage log"),
                narrative: text("Hourly fixes, each checked by the instructor."),
                genre: text("Logbook"),
                audience: text("Examiners"),
                ..Evidence::default()
            }],
            status: Some(StatusEntry { list_url: at("/status/1"), index: 0 }),
        };
        let method = did::verification_method(&issuer.did, key.public_multibase());
        Self { issuer, achievement, award, key, method, time }
    }
}
