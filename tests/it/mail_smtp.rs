//! Mail to a mail server: pooled connections, and every way in which it can fail to leave.

use std::{sync::Arc, time::Duration};

use laurel::mail::{EmailAddress, MailError, Mailer};
use mail_parser::MessageParser;

use crate::{
    mail::{PNG, award, mailer, sources},
    support::smtp_sink::{SmtpSink, Stage, Trouble},
};

fn over(sink: &SmtpSink) -> Mailer {
    mailer(&sources().with("mail.url", sink.url()))
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
    mail.badge.to = EmailAddress::parse("møller@münchen.example").unwrap();
    let message = mail.message().unwrap();
    assert!(mailer.send(&message).await.unwrap_err().is_permanent());
    let mut mail = award(2);
    mail.badge.to = EmailAddress::parse("moller@münchen.example").unwrap();
    mailer.send(&mail.message().unwrap()).await.unwrap();
    assert_eq!(sink.received()[0].to, ["moller@xn--mnchen-3ya.example"]);
}
