//! Mail: its form, what cannot be smuggled into it, and mail as files. `mail_smtp.rs` and `mail_tls.rs` send it.

use chrono::{TimeZone as _, Utc};
use laurel::{
    config::{Settings, Sources},
    ids::JobId,
    mail::{
        AddressError, AwardMail, BadgeMail, EmailAddress, MailError, Mailer, Message, MessageId, ProbeMail,
        ReminderMail, file_name, one_line,
    },
    texts::Language,
};
use mail_parser::{MessageParser, MimeHeaders as _};

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n--=_laurel\r\n.\r\n..\r\nnot really a picture\x00\xff";

pub fn sources() -> Sources {
    Sources::defaults().with("server.public_url", "http://localhost:8080").with("mail.timeout_seconds", "1")
}

pub fn mailer(sources: &Sources) -> Mailer {
    Mailer::new(&Settings::load(sources).unwrap()).unwrap()
}

fn job(number: u128) -> MessageId {
    MessageId::of_job(JobId(uuid::Uuid::from_u128(number)), "badges.example.org")
}

pub fn award(number: u128) -> AwardMail<'static> {
    AwardMail {
        badge: BadgeMail {
            id: job(number),
            date: Utc.with_ymd_and_hms(2026, 11, 23, 10, 30, 0).unwrap(),
            to: EmailAddress::parse("ada@example.org").unwrap(),
            recipient_name: Some("Ada Lovelace"),
            language: Language::En,
            achievement_name: "First Program",
            issuer_name: "Example University",
            reply_to: None,
            claim_url: "https://badges.example.org/claim/AAAAAAAAAAAAAAAAAAAAAA",
        },
        course_title: Some("Analytical Engines"),
        awarded_at: Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap(),
        png: PNG.to_vec(),
    }
}

/// The bytes of one mail, by way of memory.
async fn bytes(mail: AwardMail<'_>) -> Vec<u8> {
    let (mailer, memory) = Mailer::in_memory(&Settings::load(&sources()).unwrap()).unwrap();
    mailer.send(&mail.message().unwrap()).await.unwrap();
    memory.delivered().remove(0).bytes
}

/// Header names in order, unfolded from the head of the mail.
fn head(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).expect("a mail is ASCII");
    assert!(text.is_ascii());
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn an_award_mail_has_text_html_the_picture_and_one_link() {
    let bytes = bytes(award(1)).await;
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some("You earned the badge “First Program”"));
    let to = mail.to().unwrap().first().unwrap();
    assert_eq!((to.name(), to.address()), (Some("Ada Lovelace"), Some("ada@example.org")));
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Example University"), Some("badges@localhost")));
    assert_eq!(mail.message_id(), Some("00000000-0000-0000-0000-000000000001@badges.example.org"));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-23T10:30:00Z");
    let head = head(&bytes);
    for line in ["Auto-Submitted: auto-generated", "Content-Language: en", "MIME-Version: 1.0"] {
        assert!(head.iter().any(|header| header == line), "{line}: {head:#?}");
    }

    // mixed { alternative { text, html }, image/png }
    let types: Vec<String> = mail
        .parts
        .iter()
        .map(|part| {
            let kind = part.content_type().unwrap();
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
        })
        .collect();
    assert_eq!(types, ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "image/png"]);
    let file = mail.attachment(0).unwrap();
    assert_eq!((file.attachment_name(), file.contents()), (Some("first-program.png"), PNG));

    let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    for body in [&text, &html] {
        assert!(body.contains("https://badges.example.org/claim/AAAAAAAAAAAAAAAAAAAAAA"), "{body}");
        for word in ["Ada Lovelace", "Analytical Engines", "Example University", "23 November 2026"] {
            assert!(body.contains(word), "{word}: {body}");
        }
    }
    // Nothing is loaded from anywhere, nothing counts readers.
    for banned in ["<img", "<script", "<link", "url(", "@import", "http://"] {
        assert!(!html.contains(banned), "{banned}: {html}");
    }
    assert_eq!(html.matches("https://").count(), 2, "the link, and its address in words: {html}");
}

#[tokio::test]
async fn the_same_mail_is_the_same_bytes() {
    assert_eq!(bytes(award(1)).await, bytes(award(1)).await);
    assert_ne!(bytes(award(1)).await, bytes(award(2)).await);
}

#[tokio::test]
async fn samples_read_well_in_every_language() {
    for language in Language::ALL {
        for (number, sample) in AwardMail::samples(language).into_iter().enumerate() {
            let shown = shown(&sample.message().unwrap());
            insta::assert_snapshot!(format!("award_mail_{language}_{number}"), shown);
        }
        let reminders = ReminderMail::samples(language);
        assert_eq!(reminders.len(), 2);
        for sample in reminders {
            let (name, link) = (sample.badge.achievement_name, sample.badge.claim_url);
            let message = sample.message().unwrap();
            let shown = shown(&message);
            assert!(message.subject.contains(name) && message.text.contains(name), "{shown}");
            assert!(message.text.contains("23") && message.text.contains("2026"), "the day: {shown}");
            assert!(message.text.contains(link) && message.html.contains(link), "{shown}");
            assert!(!message.html.contains("<Mut>") && message.attachment.is_none(), "{shown}");
        }
    }
}

/// Subject, text and HTML, with no text missing and no page that is not well written.
fn shown(message: &Message) -> String {
    let shown = format!("Subject: {}\n\n{}\n{}", message.subject, message.text, message.html);
    assert!(!shown.contains("mail-award") && !shown.contains("mail-reminder"), "a text is missing: {shown}");
    let page = scraper::Html::parse_document(&message.html);
    assert!(page.errors.is_empty(), "{:?}", page.errors);
    shown
}

#[tokio::test]
async fn foreign_words_stay_words() {
    let hostile = "Eve\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>\u{202e}\0\u{2028}\"; x=\"";
    let mut mail = award(1);
    mail.badge.recipient_name = Some(hostile);
    mail.badge.achievement_name = hostile;
    mail.badge.issuer_name = hostile;
    mail.course_title = Some(hostile);
    let plain = head(&bytes(award(1)).await);
    let bytes = bytes(mail).await;
    let names = |head: &[String]| -> Vec<String> {
        head.iter().map(|line| line.split(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&head(&bytes)), names(&plain), "no header came in");
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert!(mail.bcc().is_none());
    assert_eq!(mail.to().unwrap().iter().count(), 1);
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("ada@example.org"));
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("badges@localhost"));
    assert_eq!(
        mail.attachment(0).unwrap().attachment_name(),
        Some("eve-bcc-victim-example-org-script-alert-1-script-x.png")
    );
    let html = mail.body_html(0).unwrap();
    assert!(!html.contains("<script") && html.contains("&#60;script&#62;"), "{html}");
    let subject = mail.subject().unwrap();
    assert!(!subject.chars().any(|c| c.is_control() || c == '\u{202e}'), "{subject:?}");
}

#[tokio::test]
async fn names_of_all_scripts_arrive() {
    for name in ["Łukasz Żółć", "王小明", "О'Брайен, \"Міра\" <m>", "Dr. Ada (Prof.), PhD", "محمد", "🏆"]
    {
        let mut mail = award(1);
        mail.badge.recipient_name = Some(name);
        mail.badge.achievement_name = name;
        let bytes = bytes(mail).await;
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(parsed.to().unwrap().first().unwrap().name(), Some(name));
        assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("ada@example.org"));
        assert!(parsed.subject().unwrap().contains(name));
    }
}

#[test]
fn only_plain_addresses_are_addresses() {
    for (text, error) in [
        ("", AddressError::Empty),
        (" \r\n", AddressError::Empty),
        ("ada", AddressError::Shape),
        ("@example.org", AddressError::Shape),
        ("ada@", AddressError::Shape),
        ("a@b@example.org", AddressError::Shape),
        (".a@example.org", AddressError::Shape),
        ("a..b@example.org", AddressError::Shape),
        ("a@example.org\r\nBcc: b@example.org", AddressError::Characters),
        ("a@example.org,b@example.org", AddressError::Characters),
        ("a@example.org>", AddressError::Characters),
        ("Ada <a@example.org>", AddressError::Characters),
        ("\"a b\"@example.org", AddressError::Characters),
        ("a\u{0}@example.org", AddressError::Characters),
        ("a\u{202e}@example.org", AddressError::Characters),
        ("a@[127.0.0.1]", AddressError::Characters),
        ("a@127.0.0.1", AddressError::Domain),
        ("a@2130706433", AddressError::Domain),
        ("a@intranet", AddressError::Domain),
        ("a@example..org", AddressError::Domain),
        ("a@-example.org", AddressError::Domain),
        ("a@exa_mple.org", AddressError::Domain),
    ] {
        assert_eq!(EmailAddress::parse(text), Err(error), "{text:?}");
    }
    let long = format!("{}@example.org", "a".repeat(65));
    assert_eq!(EmailAddress::parse(&long), Err(AddressError::TooLong));
    for (text, plain, domain) in [
        (" Ada.Lovelace+x@Example.ORG\n", "Ada.Lovelace+x@example.org", "example.org"),
        ("a@münchen.example", "a@münchen.example", "xn--mnchen-3ya.example"),
        ("o'neil@example.org", "o'neil@example.org", "example.org"),
        // NFD comes out as NFC.
        ("rene\u{301}@example.org", "ren\u{e9}@example.org", "example.org"),
        ("learner@localhost", "learner@localhost", "localhost"),
    ] {
        let address = EmailAddress::parse(text).unwrap();
        assert_eq!((address.as_str(), address.ascii_domain()), (plain, domain));
        assert_eq!(format!("{address:?}"), "***@***");
    }
}

#[test]
fn lines_and_file_names_are_harmless() {
    assert_eq!(one_line(" a\r\n\tb\u{2029}c\u{0}d ", 80), "a b c d");
    assert_eq!(one_line("abcdef", 4), "abc…");
    for (name, file) in [
        ("First Program", "first-program.png"),
        ("Größe & Übung!", "groesse-uebung.png"),
        ("École №1", "ecole-no1.png"),
        ("../../etc/passwd\0", "etc-passwd.png"),
        ("王", "badge.png"),
        ("", "badge.png"),
    ] {
        assert_eq!(file_name(name, "png"), file);
    }
    assert!(file_name(&"x".repeat(500), "png").len() <= 64);
}

#[tokio::test]
async fn a_folder_holds_one_whole_file_per_job() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/mail");
    let mailer = mailer(&sources().with("mail.folder", path.to_str().unwrap()));
    mailer.check().await.unwrap();
    let (one, two) = (award(1).message().unwrap(), award(2).message().unwrap());
    let accepted = mailer.send(&one).await.unwrap();
    for _ in 0..3 {
        mailer.send(&one).await.unwrap();
        mailer.send(&two).await.unwrap();
    }
    let mut names: Vec<String> =
        path.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(
        names,
        ["00000000-0000-0000-0000-000000000001.eml", "00000000-0000-0000-0000-000000000002.eml"]
    );
    let file = std::fs::read(&accepted.detail).unwrap();
    assert_eq!(file, bytes(award(1)).await);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&accepted.detail).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // A folder that cannot be: transient, for an operator can mend it.
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let mailer = self::mailer(&sources().with("mail.folder", blocked.to_str().unwrap()));
    assert!(matches!(mailer.send(&one).await, Err(MailError::Transient(_))));
    assert!(mailer.check().await.is_err());
}

#[tokio::test]
async fn what_a_killed_process_left_half_written_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail");
    let mailer = mailer(&sources().with("mail.folder", path.to_str().unwrap()));
    assert_eq!(mailer.sweep().await, Ok(0), "there is no folder yet");
    mailer.send(&award(1).message().unwrap()).await.unwrap();
    let drafts = [
        ".00000000-0000-0000-0000-000000000002.eml.1.0.tmp",
        ".00000000-0000-0000-0000-000000000001.eml.77.3.tmp",
    ];
    for name in drafts.into_iter().chain([".keep", "notes.tmp"]) {
        std::fs::write(path.join(name), "half a mail").unwrap();
    }
    assert_eq!(mailer.sweep().await, Ok(2));
    assert_eq!(mailer.sweep().await, Ok(0));
    let mut names: Vec<String> =
        path.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, [".keep", "00000000-0000-0000-0000-000000000001.eml", "notes.tmp"]);
}

#[tokio::test]
async fn memory_fails_on_order_and_a_probe_is_a_mail() {
    let (mailer, memory) = Mailer::in_memory(&Settings::load(&sources()).unwrap()).unwrap();
    memory.fail_next(MailError::Permanent("SMTP 550".into()));
    let probe = |language| ProbeMail {
        id: mailer.message_id(JobId(uuid::Uuid::from_u128(9))),
        date: Utc.with_ymd_and_hms(2026, 11, 23, 0, 0, 0).unwrap(),
        to: EmailAddress::parse("op@example.org").unwrap(),
        language,
        host: "badges.example.org",
    };
    assert!(mailer.send(&probe(Language::En).message()).await.is_err());
    mailer.send(&probe(Language::De).message()).await.unwrap();
    let delivered = memory.delivered();
    let mail = MessageParser::default().parse(&delivered[0].bytes).unwrap();
    assert_eq!(mail.subject(), Some("Probemail von badges.example.org"));
    assert_eq!(mail.message_id(), Some("00000000-0000-0000-0000-000000000009@localhost"));
}
