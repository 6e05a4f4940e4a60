//! Mail: its form, what cannot be smuggled into it, and every way it can fail to leave.

use std::{sync::Arc, time::Duration};

use chrono::{TimeZone as _, Utc};
use laurel::{
    config::{Settings, Sources},
    ids::JobId,
    mail::{
        AddressError, AwardMail, EmailAddress, MailError, Mailer, MessageId, ProbeMail, file_name, one_line,
    },
    texts::Language,
};
use mail_parser::{MessageParser, MimeHeaders as _};

use crate::support::smtp_sink::{SmtpSink, Stage, Trouble};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n--=_laurel\r\n.\r\n..\r\nnot really a picture\x00\xff";

fn sources() -> Sources {
    Sources::defaults().with("server.public_url", "http://localhost:8080").with("mail.timeout_seconds", "1")
}

fn mailer(sources: &Sources) -> Mailer {
    Mailer::new(&Settings::load(sources).unwrap()).unwrap()
}

fn over(sink: &SmtpSink) -> Mailer {
    mailer(&sources().with("mail.url", sink.url()))
}

fn job(number: u128) -> MessageId {
    MessageId::of_job(JobId(uuid::Uuid::from_u128(number)), "badges.example.org")
}

fn award(number: u128) -> AwardMail<'static> {
    AwardMail {
        id: job(number),
        date: Utc.with_ymd_and_hms(2026, 11, 23, 10, 30, 0).unwrap(),
        to: EmailAddress::parse("ada@example.org").unwrap(),
        recipient_name: Some("Ada Lovelace"),
        language: Language::En,
        achievement_name: "First Program",
        issuer_name: "Example University",
        reply_to: None,
        course_title: Some("Analytical Engines"),
        awarded_at: Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap(),
        claim_url: "https://badges.example.org/claim/AAAAAAAAAAAAAAAAAAAAAA",
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
            let message = sample.message().unwrap();
            let shown = format!("Subject: {}\n\n{}\n{}", message.subject, message.text, message.html);
            assert!(!shown.contains("mail-award"), "a text is missing: {shown}");
            let page = scraper::Html::parse_document(&message.html);
            assert!(page.errors.is_empty(), "{:?}", page.errors);
            insta::assert_snapshot!(format!("award_mail_{language}_{number}"), shown);
        }
    }
}

#[tokio::test]
async fn foreign_words_stay_words() {
    let hostile = "Eve\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>\u{202e}\0\u{2028}\"; x=\"";
    let mut mail = award(1);
    mail.recipient_name = Some(hostile);
    mail.achievement_name = hostile;
    mail.issuer_name = hostile;
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
        mail.recipient_name = Some(name);
        mail.achievement_name = name;
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
async fn a_mail_server_gets_the_mail_over_pooled_connections() {
    let sink = SmtpSink::start().await;
    let mailer = over(&sink);
    for number in 1..=3 {
        let accepted = mailer.send(&award(number).message().unwrap()).await.unwrap();
        assert_eq!(accepted.detail, "250");
    }
    let received = sink.received();
    assert_eq!((received.len(), sink.connections()), (3, 1));
    assert_eq!(
        (received[0].from.as_str(), received[0].to.as_slice()),
        ("badges@localhost", ["ada@example.org".to_owned()].as_slice())
    );
    let mail = MessageParser::default().parse(&received[0].bytes).unwrap();
    assert_eq!(mail.attachment(0).unwrap().contents(), PNG);
    assert!(sink.lines()[0].starts_with("EHLO localhost"), "our machine's name stays ours");
    mailer.close().await;
    assert_eq!(sink.lines().last().map(String::as_str), Some("QUIT"));
}

#[tokio::test]
async fn many_mails_at_once_keep_to_the_pool() {
    let sink = SmtpSink::start().await;
    let mailer = Arc::new(mailer(&sources().with("mail.url", sink.url()).with("mail.pool", "2")));
    let messages: Vec<_> = (0..20).map(|number| award(number).message().unwrap()).collect();
    let results = futures_util::future::join_all(messages.iter().map(|message| mailer.send(message))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(sink.received().len(), 20);
    assert!(sink.connections() <= 2, "{} connections", sink.connections());
}

#[tokio::test]
async fn answers_of_the_server_decide_whether_to_try_again() {
    use Stage::{Body, Data, Greeting, Hello, MailFrom, RcptTo};
    let sink = SmtpSink::start().await;
    for (stage, line, expected) in [
        (Greeting, "421 4.3.2 closing", MailError::Transient("SMTP 421 4.3.2".into())),
        (Greeting, "554 5.3.2 no", MailError::Permanent("SMTP 554 5.3.2".into())),
        (Hello, "450 busy", MailError::Transient("SMTP 450".into())),
        (MailFrom, "451 4.7.1 greylisted for ada@example.org", MailError::Transient("SMTP 451 4.7.1".into())),
        (RcptTo, "450 4.2.0 later", MailError::Transient("SMTP 450 4.2.0".into())),
        (RcptTo, "550 5.1.1 <ada@example.org> unknown", MailError::Permanent("SMTP 550 5.1.1".into())),
        (Data, "452 4.3.1 full", MailError::Transient("SMTP 452 4.3.1".into())),
        (Body, "554 5.6.0 spam, ada@example.org", MailError::Permanent("SMTP 554 5.6.0".into())),
        (Body, "421 ada@example.org slow down", MailError::Transient("SMTP 421".into())),
    ] {
        sink.trouble(stage, Trouble::Answer(line));
        let error = over(&sink).send(&award(1).message().unwrap()).await.expect_err(line);
        // HELO is tried after EHLO by some; whatever is said, it is sorted by its code.
        assert_eq!(error, expected, "{stage:?} {line}");
        assert!(!error.to_string().contains("ada"), "{error}");
    }
    assert!(sink.received().is_empty());
    over(&sink).send(&award(1).message().unwrap()).await.unwrap();
    assert_eq!(sink.received().len(), 1);
}

#[tokio::test]
async fn a_server_that_hangs_or_drops_costs_one_try_and_its_connection() {
    for stage in [Stage::Greeting, Stage::Hello, Stage::MailFrom, Stage::RcptTo, Stage::Data, Stage::Body] {
        for trouble in [Trouble::Hang, Trouble::Drop] {
            let sink = SmtpSink::start().await;
            let mailer = over(&sink);
            sink.trouble(stage, trouble.clone());
            let message = award(1).message().unwrap();
            let started = tokio::time::Instant::now();
            let error = mailer.send(&message).await.expect_err("must fail");
            assert!(!error.is_permanent(), "{stage:?} {trouble:?}: {error}");
            assert!(started.elapsed() < Duration::from_secs(5), "{stage:?} {trouble:?}");
            // The next try works at once, on a connection of its own, and says the same.
            mailer.send(&message).await.unwrap();
            assert_eq!(sink.connections(), 2, "{stage:?} {trouble:?}");
            let received = sink.received();
            // A lost answer after the whole mail means two copies: both with one id, byte for byte.
            assert_eq!(received.len(), if stage == Stage::Body { 2 } else { 1 }, "{stage:?}");
            assert!(received.iter().all(|mail| mail.bytes == received[0].bytes));
        }
    }
}

#[tokio::test]
async fn a_connection_that_died_while_idle_is_not_used() {
    let sink = SmtpSink::start().await;
    let mailer = over(&sink);
    mailer.send(&award(1).message().unwrap()).await.unwrap();
    sink.hang_up();
    tokio::time::sleep(Duration::from_millis(50)).await;
    mailer.send(&award(2).message().unwrap()).await.unwrap();
    assert_eq!((sink.received().len(), sink.connections()), (2, 2));
}

#[tokio::test]
async fn nobody_there_is_transient() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mailer = mailer(&sources().with("mail.url", format!("smtp://{gone}")));
    let error = mailer.send(&award(1).message().unwrap()).await.unwrap_err();
    assert_eq!(error, MailError::Transient("no connection to the mail server".into()));
    assert!(mailer.check().await.is_err());
}

#[tokio::test]
async fn signing_in_works_and_a_wrong_password_is_the_operators_matter() {
    let sink = SmtpSink::start().await;
    sink.require("badges", "p@ss:word");
    let mailer = |url: String| mailer(&sources().with("mail.url", url));
    let good = mailer(sink.url_with("badges", "p%40ss%3Aword"));
    good.check().await.unwrap();
    good.send(&award(1).message().unwrap()).await.unwrap();
    assert_eq!(sink.received().len(), 1);
    for bad in [sink.url_with("badges", "wrong"), sink.url()] {
        let error = mailer(bad).send(&award(1).message().unwrap()).await.unwrap_err();
        assert!(!error.is_permanent() && !error.to_string().contains("wrong"), "{error}");
    }
    assert_eq!(sink.received().len(), 1);
}

#[tokio::test]
async fn without_the_encryption_asked_for_nothing_is_said() {
    let sink = SmtpSink::start().await;
    let mailer = mailer(&sources().with("mail.url", format!("{}?tls=required", sink.url_with("u", "p"))));
    // Not offered, then offered and refused.
    for _ in 0..2 {
        let error = mailer.send(&award(1).message().unwrap()).await.unwrap_err();
        assert!(!error.is_permanent(), "{error}");
        sink.offer("STARTTLS");
    }
    assert!(sink.received().is_empty());
    let told = |verb: &str| sink.lines().iter().any(|line| line.starts_with(verb));
    assert!(!told("AUTH") && !told("MAIL") && told("STARTTLS"), "{:?}", sink.lines());
}

#[tokio::test]
async fn an_international_address_needs_a_server_that_takes_it() {
    let sink = SmtpSink::start().await;
    let mailer = over(&sink);
    let mut mail = award(1);
    mail.to = EmailAddress::parse("møller@münchen.example").unwrap();
    let message = mail.message().unwrap();
    assert!(mailer.send(&message).await.unwrap_err().is_permanent());
    let mut mail = award(2);
    mail.to = EmailAddress::parse("moller@münchen.example").unwrap();
    mailer.send(&mail.message().unwrap()).await.unwrap();
    assert_eq!(sink.received()[0].to, ["moller@xn--mnchen-3ya.example"]);
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
