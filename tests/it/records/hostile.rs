//! Platforms that fail, lie about pages, answer with too much or with something else: coded, stated, and nothing more
//! is believed than was read.

use laurel::{domain::records::Why, store::entity::record_source::RecordKind};
use practice::{Fault, Misbehaviour, Service, demo};

use super::School;

async fn ready(kind: RecordKind) -> School {
    let school = School::with_learners(kind).await;
    school.badge_for_completing().await;
    school.consents().await;
    school.finishes(demo::GRACE);
    school
}

fn service(kind: RecordKind) -> Service {
    match kind {
        RecordKind::Canvas => Service::CanvasRest,
        RecordKind::Moodle => Service::MoodleRest,
    }
}

#[tokio::test]
async fn every_fault_has_its_code_and_nothing_is_kept() {
    for kind in [RecordKind::Canvas, RecordKind::Moodle] {
        let school = ready(kind).await;
        let cases = [
            (Fault::Status(500), Why::Unavailable),
            (Fault::Html, Why::NotThere),
            (Fault::Body("[{\"id\":".to_owned()), Why::Unreadable),
            (Fault::Body("7".to_owned()), Why::Unreadable),
            (Fault::Padded(30 * 1024 * 1024), Why::TooLarge),
            (Fault::Drop, Why::Unavailable),
            (Fault::CutShort, Why::Unavailable),
            (Fault::Status(302), Why::NotThere),
        ];
        for (fault, why) in cases {
            let said = format!("{kind} {fault:?}");
            // `7` is no JSON that Canvas sends: another site.
            let why = if kind == RecordKind::Canvas && said.contains("\"7\"") { Why::NotThere } else { why };
            school.app.lms.misbehave(Misbehaviour::of(service(kind), fault));
            let reading = school.read().await;
            assert_eq!(reading.trouble.as_ref().map(|fault| fault.why), Some(why), "{said}: {reading:?}");
            assert!(!reading.is_complete, "{said}");
            assert!(school.readings().await.is_empty(), "{said}");
            school.app.lms.behave();
        }
        assert_eq!(school.read().await.new, 1, "{kind}: as soon as it behaves");
    }
}

#[tokio::test]
async fn pages_that_lead_astray_end_the_reading() {
    let school = ready(RecordKind::Canvas).await;
    school.app.lms.withdraw_record_tokens();
    school.consents().await;
    let elsewhere = Fault::NextElsewhere("http://localhost:9".to_owned());
    for (fault, most) in [(Fault::SamePage, 2), (elsewhere, 2), (Fault::EndlessPages, 1_001)] {
        let said = format!("{fault:?}");
        school.app.lms.misbehave(Misbehaviour::of(Service::CanvasRest, fault));
        let reading = school.read().await;
        assert_eq!(reading.trouble.as_ref().map(|fault| fault.why), Some(Why::Paging), "{said}");
        assert!(reading.requests <= most && !reading.is_complete, "{said}: {reading:?}");
        school.app.lms.behave();
    }
    assert_eq!(school.readings().await.len(), 1, "what was read before counts");
}

#[tokio::test]
async fn a_platform_that_asks_for_rest_gets_it() {
    for kind in [RecordKind::Canvas, RecordKind::Moodle] {
        let school = ready(kind).await;
        let busy = Fault::Busy(429, "120".to_owned());
        school.app.lms.misbehave(Misbehaviour::of(service(kind), busy).times(1));
        let reading = school.read().await;
        assert_eq!(reading.trouble.as_ref().map(|fault| fault.why), Some(Why::Busy));
        assert!(reading.trouble.unwrap().why.is_passing());
        let asked = school.app.lms.count_of(service(kind));
        school.app.advance(100);
        let again = school.read().await;
        assert_eq!((again.trouble.map(|fault| fault.why), again.requests), (Some(Why::Busy), 0));
        assert_eq!(school.app.lms.count_of(service(kind)), asked, "{kind} is left alone");
        school.app.advance(30);
        assert_eq!(school.read().await.new, 1);
    }
    let school = ready(RecordKind::Canvas).await;
    school.app.lms.misbehave(Misbehaviour::of(Service::CanvasRest, Fault::Throttled).times(1));
    let reading = school.read().await;
    assert_eq!(reading.trouble.map(|fault| fault.why), Some(Why::Busy), "403 with the words of a limit");
}

#[tokio::test]
async fn a_part_that_fails_leaves_what_was_read_before() {
    let school = ready(RecordKind::Moodle).await;
    // Site, people, and the first person; then the line breaks.
    school.app.lms.misbehave(Misbehaviour::of(Service::MoodleRest, Fault::Status(503)).after(3));
    let reading = school.read().await;
    assert_eq!((reading.looked_at, reading.is_complete), (Some(1), false));
    school.app.lms.behave();
    let reading = school.read().await;
    assert!(reading.is_complete);
    assert_eq!(school.readings().await.len(), 1);
}
