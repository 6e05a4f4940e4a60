//! Mail over real TLS, both ways, with certificates of a test's own authority: what proves the server lets
//! mail and password through, anything less lets nothing through (issue 2, item 8).

use laurel::{
    config::{Settings, Sources},
    ids::JobId,
    mail::{EmailAddress, MailError, Mailer, Message, MessageId, ProbeMail},
    texts::Language,
};

use crate::support::{smtp_sink::SmtpSink, tls::Authority};

const USER: &str = "badges@campus.example";
const PASSWORD: &str = "s3cr:t/w@rd";

fn sources() -> Sources {
    Sources::defaults().with("server.public_url", "http://localhost:8080").with("mail.timeout_seconds", "5")
}

fn mailer(sources: &Sources) -> Mailer {
    Mailer::new(&Settings::load(sources).unwrap()).unwrap()
}

/// A mailer that believes `authority` and speaks to `address`.
fn over(authority: &Authority, address: String) -> Mailer {
    mailer(&sources().with("mail.url", address).with("client.authorities_file", authority.setting()))
}

fn smtps(sink: &SmtpSink) -> String {
    format!("smtps://badges%40campus.example:s3cr%3At%2Fw%40rd@localhost:{}", sink.port())
}

fn starttls(sink: &SmtpSink) -> String {
    format!("smtp://badges%40campus.example:s3cr%3At%2Fw%40rd@localhost:{}?tls=required", sink.port())
}

fn message() -> Message {
    ProbeMail {
        id: MessageId::of_job(JobId(uuid::Uuid::from_u128(7)), "badges.example.org"),
        date: chrono::DateTime::UNIX_EPOCH,
        to: EmailAddress::parse("ada@example.org").unwrap(),
        language: Language::En,
        host: "badges.example.org",
    }
    .message()
}

/// Nothing that matters was said, to nobody, and the try may be made again once an operator has mended it.
#[track_caller]
fn refused(sink: &SmtpSink, outcome: Result<laurel::mail::Accepted, MailError>, about: &str) {
    let error = outcome.expect_err(about);
    assert!(!error.is_permanent(), "{about}: {error}");
    assert!(!error.to_string().contains("s3cr"), "{about}: {error}");
    assert!(sink.received().is_empty(), "{about}: mail went out");
    let said = |verb: &str| sink.lines().iter().any(|line| line.starts_with(verb));
    assert!(!said("AUTH") && !said("MAIL") && !said("RCPT"), "{about}: {:?}", sink.lines());
}

#[tokio::test]
async fn a_proven_server_gets_mail_and_password_encrypted() {
    let authority = Authority::new();
    for offer in ["AUTH PLAIN", "AUTH LOGIN", "AUTH PLAIN LOGIN", "AUTH CRAM-MD5 PLAIN"] {
        let implicit = SmtpSink::encrypted(authority.server("localhost")).await;
        let upgraded = SmtpSink::with_starttls(authority.server("localhost")).await;
        for (sink, address) in [(&implicit, smtps(&implicit)), (&upgraded, starttls(&upgraded))] {
            sink.require_by(offer, USER, PASSWORD);
            let mailer = over(&authority, address);
            let checked = mailer.check().await.unwrap();
            assert!(checked.detail.ends_with(", encrypted"), "{offer}: {}", checked.detail);
            mailer.send(&message()).await.unwrap();
            assert_eq!((sink.received().len(), sink.connections()), (1, 1), "{offer}");
            mailer.close().await;
            let readable = sink.readable();
            assert!(
                readable.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"),
                "{offer}: readable on the way: {readable:?}"
            );
        }
        assert!(implicit.readable().is_empty(), "{offer}");
    }
}

#[tokio::test]
async fn a_certificate_that_does_not_prove_the_server_ends_the_conversation() {
    let authority = Authority::new();
    let stranger = Authority::new();
    for (about, acceptor) in [
        ("another name", authority.server("mail.example.org")),
        ("an unknown authority", stranger.server("localhost")),
        ("out of date", authority.expired("localhost")),
    ] {
        let implicit = SmtpSink::encrypted(acceptor.clone()).await;
        let upgraded = SmtpSink::with_starttls(acceptor).await;
        for (sink, address) in [(&implicit, smtps(&implicit)), (&upgraded, starttls(&upgraded))] {
            let mailer = over(&authority, address);
            let outcome = mailer.send(&message()).await;
            let words = outcome.as_ref().map_err(ToString::to_string).expect_err(about);
            assert!(words.contains("no secure connection"), "{about}: {words}");
            refused(sink, outcome, about);
            assert!(mailer.check().await.is_err(), "{about}");
        }
    }
    // Without the file an in-house authority is nobody's.
    let sink = SmtpSink::encrypted(authority.server("localhost")).await;
    let outcome = mailer(&sources().with("mail.url", smtps(&sink))).send(&message()).await;
    refused(&sink, outcome, "no authorities file");
}

#[tokio::test]
async fn without_the_encryption_demanded_not_a_word() {
    let authority = Authority::new();
    // STARTTLS not offered (or cut out on the way); plain SMTP where TLS was to begin at once.
    let plain = SmtpSink::start().await;
    refused(&plain, over(&authority, starttls(&plain)).send(&message()).await, "not offered");
    let plain = SmtpSink::start().await;
    refused(&plain, over(&authority, smtps(&plain)).send(&message()).await, "smtps at a plain port");
    assert!(plain.lines().iter().all(|line| !line.contains("EHLO")), "{:?}", plain.lines());
    // TLS from the first byte where STARTTLS was expected.
    let implicit = SmtpSink::encrypted(authority.server("localhost")).await;
    refused(&implicit, over(&authority, starttls(&implicit)).send(&message()).await, "TLS at once");
}

/// The usual mail server on one's own machine: offers STARTTLS, with a certificate it made itself.
#[tokio::test]
async fn a_server_on_this_machine_is_encrypted_when_it_can_and_used_when_it_cannot() {
    let homemade = Authority::new();
    let able = SmtpSink::with_starttls(homemade.server("debian")).await;
    able.require(USER, PASSWORD);
    let address = |sink: &SmtpSink| {
        format!("smtp://badges%40campus.example:s3cr%3At%2Fw%40rd@127.0.0.1:{}", sink.port())
    };
    let mailer = |sink: &SmtpSink| mailer(&sources().with("mail.url", address(sink)));
    mailer(&able).send(&message()).await.unwrap();
    assert_eq!(able.received().len(), 1);
    assert!(able.readable().iter().all(|line| !line.starts_with("AUTH")), "{:?}", able.readable());
    let unable = SmtpSink::start().await;
    unable.require(USER, PASSWORD);
    mailer(&unable).send(&message()).await.unwrap();
    assert_eq!(unable.received().len(), 1);
}

#[tokio::test]
async fn a_broken_authorities_file_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authorities.pem");
    let with = |url: &str| {
        let sources = sources().with("mail.url", url).with("client.authorities_file", file.to_str().unwrap());
        Mailer::new(&Settings::load(&sources).unwrap()).map(drop)
    };
    for broken in [None, Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), Some("")] {
        if let Some(text) = broken {
            std::fs::write(&file, text).unwrap();
        }
        let error = with("smtps://mail.example.org").expect_err("must be refused");
        assert!(error.is_permanent() && error.to_string().contains("client.authorities_file"), "{error}");
    }
}
