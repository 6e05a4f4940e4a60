//! The program as a process: killed at random moments, stopped politely. What was answered is kept, what
//! was mailed is not mailed as something else (design §6.2, issue 2 "Tests that must exist").

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use laurel::clock::Dice;
use mail_parser::MessageParser;
use practice::browser::Browser;
use tokio::time::sleep;

use crate::support::{
    process::{Scene, eventually, terminate},
    smtp_sink::{SmtpSink, Stage, Trouble},
};

const LAUNCHES: usize = 200;
const STRIKES: usize = 5;

/// Kill −9 at random moments during 200 launches loses no answered award and repeats no mail under
/// another `Message-ID`: the mail server hears every repeat.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_nothing_answered_is_lost() {
    let sink = SmtpSink::start().await;
    let scene = Scene::new(&[("mail.url", sink.url())]).await;
    strike(&scene, LAUNCHES, STRIKES).await;
    let mut by_receiver: HashMap<String, HashSet<String>> = HashMap::new();
    for mail in sink.received() {
        by_receiver.entry(mail.to.join(",")).or_default().insert(message_id(&mail.bytes));
    }
    assert_eq!(by_receiver.len(), LAUNCHES, "somebody has no mail");
    for (receiver, ids) in &by_receiver {
        assert_eq!(ids.len(), 1, "{receiver} has a repeat under another Message-ID: {ids:?}");
    }
    let ids: HashSet<&String> = by_receiver.values().flatten().collect();
    assert_eq!(ids.len(), LAUNCHES, "two awards share a Message-ID");
}

/// The same with mail written as files: one whole file per award, and no draft of a killed process stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_the_mail_folder_holds_one_file_per_award() {
    const SOME: usize = 60;
    let scene = Scene::new(&[]).await;
    let draft = scene.mail_folder().join(".00000000-0000-0000-0000-000000000001.eml.1.0.tmp");
    std::fs::create_dir_all(scene.mail_folder()).unwrap();
    std::fs::write(draft, "half a ma").unwrap();
    strike(&scene, SOME, 3).await;
    let files = scene.mail_files();
    assert_eq!(files.len(), SOME, "one file per award, no draft of a killed process");
    let (mut ids, mut receivers) = (HashSet::new(), HashSet::new());
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert!(mail.attachment_count() == 1, "{} is not whole", file.display());
        ids.insert(mail.message_id().unwrap().to_owned());
        receivers.insert(mail.to().unwrap().first().unwrap().address().unwrap().to_owned());
    }
    assert_eq!((ids.len(), receivers.len()), (SOME, SOME), "somebody has two mails");
}

/// So many launches, and so often a kill in between; in the end everything answered is there, once.
async fn strike(scene: &Scene, launches: usize, strikes: usize) {
    let answered = AtomicUsize::new(0);
    let mut server = scene.serve();
    let learners: Vec<usize> = (0..launches).collect();
    let browser = Browser::new();
    let classes = join_all(learners.chunks(launches / 4).map(|class| {
        let (answered, browser) = (&answered, &browser);
        async move {
            let mut ids = Vec::new();
            for learner in class {
                ids.push(scene.launch_until_answered(browser, *learner).await);
                answered.fetch_add(1, Ordering::SeqCst);
            }
            ids
        }
    }));
    let blows = async {
        for blow in 1..=strikes {
            while answered.load(Ordering::SeqCst) < blow * launches / (strikes + 1) {
                sleep(Duration::from_millis(2)).await;
            }
            // Somewhere within a launch, a job or the start.
            sleep(Duration::from_millis(u64::from(Dice::system().bytes::<1>()[0]))).await;
            server.kill().await.unwrap();
            server = scene.serve();
        }
    };
    let (classes, ()) = tokio::join!(classes, blows);
    scene.drain(&server).await;
    terminate(server).await;

    for id in classes.iter().flatten() {
        let is_there =
            format!("SELECT count(*) AS n FROM launch_record WHERE outcome = 'ok' AND id = '{id}'");
        let is_there = if scene.is_sqlite() { uuid_as_blob(&is_there, id) } else { is_there };
        assert_eq!(scene.number(&is_there).await, 1, "the answered launch {id} is lost");
    }
    let all = i64::try_from(launches).unwrap();
    assert_eq!(scene.number("SELECT count(*) AS n FROM award WHERE state = 'active'").await, all);
    assert_eq!(scene.number("SELECT count(DISTINCT learner_id) AS n FROM award").await, all);
    assert_eq!(scene.number("SELECT count(*) AS n FROM credential").await, 2 * all);
    let mails = "SELECT count(*) AS n FROM job WHERE kind = 'mail_award' AND state = 'done'";
    assert_eq!(scene.number(mails).await, all);
}

/// SIGTERM: what runs is finished and noted, what was only leased goes back, and the program exits 0.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_polite_stop_finishes_or_returns_its_jobs() {
    const MAILS: usize = 24;
    let sink = SmtpSink::start().await;
    let scene = Scene::new(&[("mail.url", sink.url())]).await;
    let server = scene.serve();
    let browser = Browser::new();
    // Four jobs run at once and hang, the others are leased and wait.
    for _ in 0..4 {
        sink.trouble(Stage::Body, Trouble::Hang);
    }
    for learner in 0..MAILS {
        scene.launch_until_answered(&browser, learner).await;
    }
    eventually("a mail on its way", async || !sink.received().is_empty()).await;
    terminate(server).await;

    assert_eq!(scene.number("SELECT count(*) AS n FROM job WHERE state = 'leased'").await, 0);
    assert_eq!(scene.number("SELECT count(*) AS n FROM job WHERE state = 'dead'").await, 0);
    let done =
        scene.number("SELECT count(*) AS n FROM job WHERE kind = 'mail_award' AND state = 'done'").await;
    let waiting =
        scene.number("SELECT count(*) AS n FROM job WHERE kind = 'mail_award' AND state = 'ready'").await;
    assert_eq!(done + waiting, i64::try_from(MAILS).unwrap());
    let returned = "SELECT count(*) AS n FROM job WHERE kind = 'mail_award' AND state = 'ready' \
                    AND attempts = 0 AND lease_owner IS NOT NULL";
    assert_eq!(scene.number(returned).await, 0, "a returned job still has an owner");

    // What went back is done by the next process; what hung is tried again when its time has come.
    let server = scene.serve();
    scene.drain(&server).await;
    terminate(server).await;
    let ids: HashSet<String> = sink.received().iter().map(|mail| message_id(&mail.bytes)).collect();
    assert_eq!(ids.len(), MAILS, "each award has one mail, repeats carry the same Message-ID");
    assert!(sink.lines().iter().any(|line| line == "QUIT"), "the mail server heard no goodbye");
}

/// `SQLite` keeps ids as 16 bytes.
fn uuid_as_blob(sql: &str, id: &str) -> String {
    sql.replace(&format!("'{id}'"), &format!("x'{}'", id.replace('-', "")))
}

fn message_id(mail: &[u8]) -> String {
    MessageParser::default().parse(mail).unwrap().message_id().unwrap().to_owned()
}
