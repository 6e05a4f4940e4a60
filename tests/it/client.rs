//! The guarded client against real sockets and odd addresses (`lti-1.3-tool.md` §6, case A32).

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use laurel::{
    client::{Client, ClientError, Looking, Lookup, Reach},
    config::{Secret, Settings, Sources},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A web server of few words: answers each request with what `answer` makes of it, then hangs up.
struct Web {
    port: u16,
    visits: Arc<AtomicUsize>,
}

impl Web {
    async fn new(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = visits.clone();
        let answer = Arc::new(answer);
        #[expect(clippy::disallowed_methods, reason = "a helper of a test, not of the program")]
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                tokio::spawn(async move { talk(stream, &*answer).await });
            }
        });
        Self { port, visits }
    }

    fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

async fn talk(mut stream: TcpStream, answer: &(dyn Fn(&str) -> String + Send + Sync)) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        seen.extend_from_slice(&buffer[..read]);
        if seen[0] == 0x16 {
            // A TLS greeting, which we do not speak.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            return;
        }
        let text = String::from_utf8_lossy(&seen).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok()
        });
        if body.len() < length.unwrap_or(0) {
            continue;
        }
        match answer(&text).as_str() {
            "hang" => tokio::time::sleep(Duration::from_secs(60)).await,
            "drip" => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
                while stream.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            "flood" => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await;
                while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
            }
            text => {
                let _ = stream.write_all(text.as_bytes()).await;
            }
        }
        return;
    }
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn redirect(status: u16, to: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

fn settings(sources: Sources) -> Settings {
    Settings::read(&sources).unwrap()
}

fn development() -> Client {
    Client::new(&settings(Sources::defaults().with("server.public_url", "http://localhost:8080"))).unwrap()
}

fn production() -> Sources {
    Sources::defaults().with("server.public_url", "https://badges.example.org")
}

/// Names and addresses of a test's own, counting how often it was asked.
#[derive(Default)]
struct Names {
    answers: Vec<IpAddr>,
    asked: Arc<AtomicUsize>,
}

impl Names {
    fn new(answers: &[&str]) -> Self {
        Self { answers: answers.iter().map(|text| text.parse().unwrap()).collect(), ..Self::default() }
    }
}

impl Lookup for Names {
    fn lookup(&self, _: String) -> Looking {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answers = self.answers.clone();
        Box::pin(async move { Ok(answers) })
    }
}

#[tokio::test]
async fn odd_addresses_are_refused_before_any_connection() {
    let client = Client::new(&settings(production())).unwrap();
    for (host, code) in [
        ("127.0.0.1", "lti.net.blocked_address"),
        ("127.1", "lti.net.blocked_address"),
        ("2130706433", "lti.net.blocked_address"),
        ("0x7f000001", "lti.net.blocked_address"),
        ("0x7f.0.0.1", "lti.net.blocked_address"),
        ("0177.0.0.1", "lti.net.blocked_address"),
        ("017700000001", "lti.net.blocked_address"),
        ("127.0.0.1.", "lti.net.blocked_address"),
        ("１２７.０.０.１", "lti.net.blocked_address"),
        ("0", "lti.net.blocked_address"),
        ("0.0.0.0", "lti.net.blocked_address"),
        ("10.0.0.1", "lti.net.blocked_address"),
        ("172.31.255.255", "lti.net.blocked_address"),
        ("192.168.1.1", "lti.net.blocked_address"),
        ("100.100.100.200", "lti.net.blocked_address"),
        ("169.254.169.254", "lti.net.blocked_address"),
        ("168.63.129.16", "lti.net.blocked_address"),
        ("192.0.0.192", "lti.net.blocked_address"),
        ("198.18.0.1", "lti.net.blocked_address"),
        ("224.0.0.1", "lti.net.blocked_address"),
        ("255.255.255.255", "lti.net.blocked_address"),
        ("[::]", "lti.net.blocked_address"),
        ("[::1]", "lti.net.blocked_address"),
        ("[::ffff:127.0.0.1]", "lti.net.blocked_address"),
        ("[::ffff:8.8.8.8]", "lti.net.blocked_address"),
        ("[::127.0.0.1]", "lti.net.blocked_address"),
        ("[64:ff9b::7f00:1]", "lti.net.blocked_address"),
        ("[64:ff9b:1::7f00:1]", "lti.net.blocked_address"),
        ("[2002:7f00:1::]", "lti.net.blocked_address"),
        ("[2001:0:4136:e378::1]", "lti.net.blocked_address"),
        ("[2001:db8::1]", "lti.net.blocked_address"),
        ("[fe80::1]", "lti.net.blocked_address"),
        ("[fec0::1]", "lti.net.blocked_address"),
        ("[fd00:ec2::254]", "lti.net.blocked_address"),
        ("[fc00::1]", "lti.net.blocked_address"),
        ("[ff02::1]", "lti.net.blocked_address"),
        ("256.1.1.1", "lti.net.address_refused"),
        ("user@lms.example.org", "lti.net.address_refused"),
        (":password@lms.example.org", "lti.net.address_refused"),
        ("lms.example.org:8443", "lti.net.address_refused"),
        ("lms.example.org:80", "lti.net.address_refused"),
        ("lms.example.org/#fragment", "lti.net.address_refused"),
        ("", "lti.net.address_refused"),
    ] {
        let error = client.get(&format!("https://{host}"), client.json("*/*")).await.expect_err(host);
        assert_eq!(error.code(), code, "{host}: {error}");
    }
    for address in [
        "http://lms.example.org",
        "ftp://lms.example.org",
        "file:///etc/passwd",
        "lms.example.org",
        "//x",
        "data:,x",
    ] {
        let error = client.get(address, client.json("*/*")).await.expect_err(address);
        assert_eq!(error.code(), "lti.net.address_refused", "{address}");
    }
    assert!(client.check("https://lms.example.org/jwks?x=1").is_ok());
    assert!(client.check("https://8.8.8.8/").is_ok());
}

#[test]
fn public_addresses_stay_public() {
    for address in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.169.0.1", "2606:4700::1111", "2a00:1450::1"]
    {
        assert_eq!(Reach::of(address.parse().unwrap()), Reach::Public, "{address}");
    }
}

#[tokio::test]
async fn a_name_that_points_inside_is_refused_without_a_connection() {
    let web = Web::new(|_| ok("{}")).await;
    let port = web.port.to_string();
    for inside in ["127.0.0.1", "::1", "169.254.169.254", "10.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"] {
        let names = Arc::new(Names::new(&[inside]));
        let sources = production().with("client.allowed_ports", port.as_str());
        let client = Client::with_lookup(&settings(sources), names).unwrap();
        let error = client
            .get(&format!("https://lms.example.org:{port}/jwks"), client.json("application/json"))
            .await
            .expect_err(inside);
        assert_eq!(error.code(), "lti.net.blocked_address", "{inside}: {error:?}");
    }
    assert_eq!(web.visits(), 0);
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_only_its_good_addresses_are_tried() {
    let web = Web::new(|_| ok("{}")).await;
    // 10.0.0.1 is dropped, loopback stays: one lookup for check and connection, so there is no second
    // answer to swap in between.
    let names = Names::new(&["10.0.0.1", "169.254.169.254", "127.0.0.1"]);
    let asked = names.asked.clone();
    let sources = Sources::defaults().with("server.public_url", "http://localhost:8080");
    let client = Client::with_lookup(&settings(sources), Arc::new(names)).unwrap();
    let answer =
        client.get(&format!("http://lms.localhost:{}/", web.port), client.json("*/*")).await.unwrap();
    assert_eq!((answer.status, web.visits(), asked.load(Ordering::SeqCst)), (200, 1, 1));
    // A name that merely resolves to loopback is no loopback name, not even in development.
    let error = client.get("https://lms.example.org/", client.json("*/*")).await.unwrap_err();
    assert_eq!(error.code(), "lti.net.blocked_address");
    let error =
        client.get(&format!("http://lms.example.org:{}/", web.port), client.json("*/*")).await.unwrap_err();
    assert_eq!(error.code(), "lti.net.address_refused");
}

#[tokio::test]
async fn an_operator_may_name_a_host_inside_but_never_metadata() {
    let web = Web::new(|_| ok("{}")).await;
    let port = web.port.to_string();
    let sources = || {
        production()
            .with("client.allowed_ports", port.as_str())
            .with("client.allowed_hosts", "LMS.campus.example")
    };
    let client = Client::with_lookup(&settings(sources()), Arc::new(Names::new(&["127.0.0.1"]))).unwrap();
    let error =
        client.get(&format!("https://lms.campus.example:{port}/"), client.json("*/*")).await.unwrap_err();
    assert_eq!(error.code(), "lti.net.tls", "it is reached, but speaks no TLS: {error:?}");
    assert_eq!(web.visits(), 1);
    let client =
        Client::with_lookup(&settings(sources()), Arc::new(Names::new(&["169.254.169.254"]))).unwrap();
    let error =
        client.get(&format!("https://lms.campus.example:{port}/"), client.json("*/*")).await.unwrap_err();
    assert_eq!(error.code(), "lti.net.blocked_address");
}

#[tokio::test]
async fn we_say_who_we_are_and_nothing_else() {
    let web = Web::new(|request| ok(&serde_json::Value::from(request).to_string())).await;
    let client = development();
    let token = Secret::from("t0ken");
    let options =
        client.json("application/vnd.ims.x+json").with_bearer(&token).with_header("if-none-match", "\"e\"");
    let answer = client.get(&web.at("/a?b=c"), options).await.unwrap();
    let seen: String = answer.json().unwrap();
    let mut lines: Vec<String> =
        seen.lines().filter(|line| !line.is_empty()).map(str::to_lowercase).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "accept: application/vnd.ims.x+json".to_owned(),
            "authorization: bearer t0ken".to_owned(),
            "get /a?b=c http/1.1".to_owned(),
            format!("host: 127.0.0.1:{}", web.port),
            "if-none-match: \"e\"".to_owned(),
            format!("user-agent: laurel/{}", env!("CARGO_PKG_VERSION")),
        ]
    );
    assert_eq!(answer.media_type().as_deref(), Some("application/json"));
}

#[tokio::test]
async fn forms_and_json_are_posted_as_they_are() {
    let web = Web::new(|request| ok(&serde_json::Value::from(request).to_string())).await;
    let client = development();
    let seen: String = client
        .post_form(
            &web.at("/token"),
            &[("grant_type", "client credentials"), ("x", "a&b=ü")],
            client.json("*/*"),
        )
        .await
        .unwrap()
        .json()
        .unwrap();
    assert!(seen.contains("content-type: application/x-www-form-urlencoded\r\n"), "{seen}");
    assert!(seen.ends_with("\r\n\r\ngrant_type=client+credentials&x=a%26b%3D%C3%BC"), "{seen}");
    let seen: String = client
        .post_json(&web.at("/x"), &serde_json::json!({"a": 1}), client.json("*/*"))
        .await
        .unwrap()
        .json()
        .unwrap();
    assert!(seen.contains("content-type: application/json\r\n") && seen.ends_with("{\"a\":1}"), "{seen}");
}

#[tokio::test]
async fn redirects_are_followed_only_on_request_and_only_at_home() {
    let other = Web::new(|_| ok("{}")).await;
    let elsewhere = other.at("/");
    let web = Web::new(move |request| match request.split(' ').nth(1).unwrap() {
        "/end" => ok("{\"end\":true}"),
        "/three" => redirect(301, "/two"),
        "/two" => redirect(302, "one"),
        "/one" => redirect(308, "/end"),
        "/four" => redirect(307, "/three"),
        "/away" => redirect(302, &elsewhere),
        "/metadata" => redirect(302, "http://169.254.169.254/latest"),
        "/file" => redirect(302, "file:///etc/passwd"),
        "/nowhere" => "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
        _ => redirect(302, "/loop"),
    })
    .await;
    let client = development();
    let follow = |path: &str| {
        let (client, url) = (client.clone(), web.at(path));
        async move { client.get(&url, client.json("*/*").with_redirects()).await }
    };
    let answer = follow("/three").await.unwrap();
    assert_eq!((answer.status, answer.url.path()), (200, "/end"));
    for (path, code) in [
        ("/four", "lti.net.redirect_refused"),
        ("/loop", "lti.net.redirect_refused"),
        ("/away", "lti.net.redirect_refused"),
        ("/nowhere", "lti.net.redirect_refused"),
        ("/metadata", "lti.net.address_refused"),
        ("/file", "lti.net.address_refused"),
    ] {
        assert_eq!(follow(path).await.expect_err(path).code(), code, "{path}");
    }
    assert_eq!(other.visits(), 0);

    // Not asked for, with a token, or with a POST: the redirect itself is the answer.
    let token = Secret::from("t");
    assert_eq!(client.get(&web.at("/one"), client.json("*/*")).await.unwrap().status, 308);
    let carrying = client.json("*/*").with_redirects().with_bearer(&token);
    assert_eq!(client.get(&web.at("/one"), carrying).await.unwrap().status, 308);
    let posting = client.json("*/*").with_redirects();
    assert_eq!(client.post_form(&web.at("/one"), &[], posting).await.unwrap().status, 308);
}

#[tokio::test]
async fn long_and_slow_answers_are_cut() {
    let web = Web::new(|request| match request.split(' ').nth(1).unwrap() {
        "/exact" => ok(&"x".repeat(100)),
        "/long" => ok(&"x".repeat(101)),
        "/bomb" => "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned(),
        path => path[1..].to_owned(),
    })
    .await;
    let client = development();
    let get = |path: &str| {
        let (client, url) = (client.clone(), web.at(path));
        async move {
            let options = client.json("*/*").at_most(100).within(Duration::from_millis(400));
            client.get(&url, options).await.map(|answer| answer.body.len()).map_err(|error| error.code())
        }
    };
    assert_eq!(get("/exact").await, Ok(100));
    assert_eq!(get("/long").await, Err("lti.net.too_large"));
    assert_eq!(get("/bomb").await, Err("lti.net.too_large"));
    assert_eq!(get("/flood").await, Err("lti.net.too_large"));
    assert_eq!(get("/hang").await, Err("lti.net.timeout"));
    let options = client.json("*/*").within(Duration::from_millis(400));
    let error = client.get(&web.at("/drip"), options).await.unwrap_err();
    assert_eq!(error.code(), "lti.net.timeout");
}

#[tokio::test]
async fn failures_have_codes_and_tell_no_secrets() {
    let web = Web::new(|_| "not http at all\r\n\r\n".to_owned()).await;
    let client = development();
    let error = client.get(&web.at("/?token=hunter2"), client.json("*/*")).await.unwrap_err();
    assert_eq!(error.code(), "lti.net.unreachable");
    assert!(error.is_transient() && !format!("{error:?}").contains("hunter2"), "{error:?}");

    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = client.get(&format!("http://{gone}/?token=hunter2"), client.json("*/*")).await.unwrap_err();
    assert_eq!(error.code(), "lti.net.unreachable");
    assert!(!format!("{error:?} {error}").contains("hunter2"));

    let web = Web::new(|_| ok("<html>")).await;
    let answer = client.get(&web.at("/"), client.json("*/*")).await.unwrap();
    assert!(matches!(answer.json::<serde_json::Value>(), Err(ClientError::Answer(_))));
}
