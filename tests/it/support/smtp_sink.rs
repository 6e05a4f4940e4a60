//! A mail server that keeps what it gets and misbehaves on order: refuses with any code, hangs or
//! hangs up at any stage, wants a password, offers (but cannot do) STARTTLS.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// A point in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Greeting,
    Hello,
    MailFrom,
    RcptTo,
    Data,
    /// After the whole mail has come, and, unless refused, has been kept: the answer is what fails.
    Body,
}

/// What goes wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Answers with this line, such as `451 4.3.0 try later`.
    Answer(&'static str),
    /// Says nothing any more.
    Hang,
    /// Closes the connection.
    Drop,
}

/// One mail that came.
#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Received>,
    connections: usize,
    lines: Vec<String>,
    troubles: VecDeque<(Stage, Trouble)>,
    password: Option<(String, String)>,
    offers: Vec<&'static str>,
    hang_up: Arc<Notify>,
}

/// The server; it lives as long as the test's runtime.
#[derive(Clone, Debug)]
pub struct SmtpSink {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl SmtpSink {
    /// Starts one on a free port of this machine.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::new(Mutex::new(State { offers: vec!["8BITMIME"], ..State::default() })),
        };
        let server = sink.clone();
        #[expect(clippy::disallowed_methods, reason = "a helper of tests, not of the program")]
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                server.state().connections += 1;
                let server = server.clone();
                let hang_up = server.state().hang_up.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = server.converse(stream) => {}
                        () = hang_up.notified() => {}
                    }
                });
            }
        });
        sink
    }

    /// The address for `mail.url`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The address with a user and a password.
    pub fn url_with(&self, user: &str, password: &str) -> String {
        format!("smtp://{user}:{password}@127.0.0.1:{}", self.port)
    }

    /// Orders trouble for the next time a conversation comes to this stage.
    pub fn trouble(&self, stage: Stage, trouble: Trouble) {
        self.state().troubles.push_back((stage, trouble));
    }

    /// Takes mail only after this sign-in.
    pub fn require(&self, user: &str, password: &str) {
        let mut state = self.state();
        state.password = Some((user.to_owned(), password.to_owned()));
        state.offers.push("AUTH PLAIN LOGIN");
    }

    /// Announces a further extension, whether or not the sink can do it.
    pub fn offer(&self, extension: &'static str) {
        self.state().offers.push(extension);
    }

    /// Closes every open connection.
    pub fn hang_up(&self) {
        self.state().hang_up.notify_waiters();
    }

    /// All mails so far.
    pub fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    /// Every command line so far.
    pub fn lines(&self) -> Vec<String> {
        self.state().lines.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The usual answer, or the trouble ordered for this stage. `None` ends the conversation.
    async fn answer(&self, stream: &mut BufReader<TcpStream>, stage: Stage, usual: &str) -> Option<bool> {
        let trouble = {
            let mut state = self.state();
            let is_now = state.troubles.front().is_some_and(|(at, _)| *at == stage);
            if is_now { state.troubles.pop_front() } else { None }
        };
        match trouble {
            None => say(stream, usual).await.map(|()| true),
            Some((_, Trouble::Answer(line))) => say(stream, line).await.map(|()| false),
            Some((_, Trouble::Hang)) => {
                tokio::time::sleep(std::time::Duration::from_secs(600)).await;
                None
            }
            Some((_, Trouble::Drop)) => None,
        }
    }

    async fn converse(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        self.answer(&mut stream, Stage::Greeting, "220 sink").await?;
        let mut is_signed_in = self.state().password.is_none();
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let line = read_line(&mut stream).await?;
            self.state().lines.push(line.clone());
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" | "HELO" => {
                    let offers = self.state().offers.clone();
                    let text: String = offers.iter().map(|offer| format!("250-{offer}\r\n")).collect();
                    self.answer(&mut stream, Stage::Hello, &format!("250-sink\r\n{text}250 OK")).await?;
                }
                "AUTH" => {
                    is_signed_in = self.sign_in(&mut stream, &line).await?;
                    let answer = if is_signed_in { "235 2.7.0 ok" } else { "535 5.7.8 wrong password" };
                    say(&mut stream, answer).await?;
                }
                "MAIL" if !is_signed_in => say(&mut stream, "530 5.7.0 sign in first").await?,
                "MAIL" => {
                    if self.answer(&mut stream, Stage::MailFrom, "250 2.1.0 ok").await? {
                        from = address(&line);
                        to.clear();
                    }
                }
                "RCPT" => {
                    if self.answer(&mut stream, Stage::RcptTo, "250 2.1.5 ok").await? {
                        to.push(address(&line));
                    }
                }
                "DATA" => {
                    if self.answer(&mut stream, Stage::Data, "354 go on").await? {
                        let bytes = read_body(&mut stream).await?;
                        let is_refused =
                            matches!(self.state().troubles.front(), Some((Stage::Body, Trouble::Answer(_))));
                        if !is_refused {
                            let mail = Received { from: from.clone(), to: to.clone(), bytes };
                            self.state().received.push(mail);
                        }
                        self.answer(&mut stream, Stage::Body, "250 2.0.0 kept").await?;
                    }
                }
                "RSET" | "NOOP" => say(&mut stream, "250 ok").await?,
                "STARTTLS" => say(&mut stream, "454 4.7.0 not now").await?,
                "QUIT" => return say(&mut stream, "221 bye").await,
                _ => say(&mut stream, "500 5.5.1 what?").await?,
            }
        }
    }

    /// AUTH PLAIN, with the words in the same line or asked for.
    async fn sign_in(&self, stream: &mut BufReader<TcpStream>, line: &str) -> Option<bool> {
        use base64::Engine as _;
        let words = match line.split(' ').nth(2) {
            Some(words) => words.to_owned(),
            None => {
                say(stream, "334 ").await?;
                read_line(stream).await?
            }
        };
        let words = base64::engine::general_purpose::STANDARD.decode(words).ok()?;
        let text = String::from_utf8(words).ok()?;
        let mut parts = text.split('\0').skip(1);
        let given = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(self.state().password.as_ref() == Some(&given))
    }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> Option<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.ok()
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    match stream.read_line(&mut line).await {
        Ok(1..) => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
        _ => None,
    }
}

/// Everything up to the line with a single dot, with doubled dots undone.
async fn read_body(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).await.ok().filter(|read| *read > 0)?;
        if line == b".\r\n" {
            return Some(body);
        }
        body.extend_from_slice(line.strip_prefix(b".").filter(|_| line.starts_with(b"..")).unwrap_or(&line));
    }
}

fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}
