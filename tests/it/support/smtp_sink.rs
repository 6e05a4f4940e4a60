//! A mail server that keeps what it gets and misbehaves on order: refuses with any code, hangs or
//! hangs up at any stage, wants a password, speaks TLS from the start or after STARTTLS, or offers what it
//! cannot do.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

/// A connection, encrypted or not.
trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}
type Wire = BufReader<Box<dyn Line>>;

/// How a sink encrypts.
#[derive(Clone)]
enum Encryption {
    None,
    FromTheStart(TlsAcceptor),
    OnRequest(TlsAcceptor),
}

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
    /// Those of them that anybody on the way could read.
    readable: Vec<String>,
    troubles: VecDeque<(Stage, Trouble)>,
    password: Option<(String, String)>,
    offers: Vec<&'static str>,
    hang_up: Arc<Notify>,
}

/// The server; it lives as long as the test's runtime.
#[derive(Clone)]
pub struct SmtpSink {
    port: u16,
    encryption: Encryption,
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for SmtpSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpSink").field("port", &self.port).finish_non_exhaustive()
    }
}

impl SmtpSink {
    /// Starts one on a free port of this machine.
    pub async fn start() -> Self {
        Self::started(Encryption::None).await
    }

    /// One that speaks TLS from the first byte (`smtps`).
    pub async fn encrypted(with: TlsAcceptor) -> Self {
        Self::started(Encryption::FromTheStart(with)).await
    }

    /// One that offers STARTTLS and can do it.
    pub async fn with_starttls(with: TlsAcceptor) -> Self {
        let sink = Self::started(Encryption::OnRequest(with)).await;
        sink.offer("STARTTLS");
        sink
    }

    async fn started(encryption: Encryption) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self {
            port: listener.local_addr().unwrap().port(),
            encryption,
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

    /// Its port on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Orders trouble for the next time a conversation comes to this stage.
    pub fn trouble(&self, stage: Stage, trouble: Trouble) {
        self.state().troubles.push_back((stage, trouble));
    }

    /// Takes mail only after this sign-in.
    pub fn require(&self, user: &str, password: &str) {
        self.require_by("AUTH PLAIN LOGIN", user, password);
    }

    /// Takes mail only after this sign-in, made in one of the ways of this offer.
    pub fn require_by(&self, offer: &'static str, user: &str, password: &str) {
        let mut state = self.state();
        state.password = Some((user.to_owned(), password.to_owned()));
        state.offers.push(offer);
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

    /// Every command line that came unencrypted.
    pub fn readable(&self) -> Vec<String> {
        self.state().readable.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The usual answer, or the trouble ordered for this stage. `None` ends the conversation.
    async fn answer(&self, stream: &mut Wire, stage: Stage, usual: &str) -> Option<bool> {
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
        let mut is_encrypted = false;
        let line: Box<dyn Line> = match &self.encryption {
            Encryption::FromTheStart(with) => {
                is_encrypted = true;
                Box::new(with.accept(stream).await.ok()?)
            }
            Encryption::None | Encryption::OnRequest(_) => Box::new(stream),
        };
        let mut stream: Wire = BufReader::new(line);
        self.answer(&mut stream, Stage::Greeting, "220 sink").await?;
        let mut is_signed_in = self.state().password.is_none();
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let line = read_line(&mut stream).await?;
            self.state().lines.push(line.clone());
            if !is_encrypted {
                self.state().readable.push(line.clone());
            }
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
                "STARTTLS" => match &self.encryption {
                    Encryption::OnRequest(with) if !is_encrypted => {
                        say(&mut stream, "220 2.0.0 go on").await?;
                        let open = stream.into_inner();
                        stream = BufReader::new(Box::new(with.accept(open).await.ok()?));
                        is_encrypted = true;
                    }
                    _ => say(&mut stream, "454 4.7.0 not now").await?,
                },
                "QUIT" => return say(&mut stream, "221 bye").await,
                _ => say(&mut stream, "500 5.5.1 what?").await?,
            }
        }
    }

    /// AUTH PLAIN, with the words in the same line or asked for, or AUTH LOGIN, one word after the other.
    async fn sign_in(&self, stream: &mut Wire, line: &str) -> Option<bool> {
        let mut words = line.split(' ').skip(1);
        let given = if words.next()?.eq_ignore_ascii_case("LOGIN") {
            say(stream, "334 VXNlcm5hbWU6").await?;
            let user = plain(&read_line(stream).await?)?;
            say(stream, "334 UGFzc3dvcmQ6").await?;
            (user, plain(&read_line(stream).await?)?)
        } else {
            let text = match words.next() {
                Some(text) => plain(text)?,
                None => {
                    say(stream, "334 ").await?;
                    plain(&read_line(stream).await?)?
                }
            };
            let mut parts = text.split('\0').skip(1);
            (parts.next()?.to_owned(), parts.next()?.to_owned())
        };
        Some(self.state().password.as_ref() == Some(&given))
    }
}

fn plain(base64: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(base64).ok()?;
    String::from_utf8(bytes).ok()
}

async fn say(stream: &mut Wire, line: &str) -> Option<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.get_mut().flush().await.ok()
}

async fn read_line(stream: &mut Wire) -> Option<String> {
    let mut line = String::new();
    match stream.read_line(&mut line).await {
        Ok(1..) => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
        _ => None,
    }
}

/// Everything up to the line with a single dot, with doubled dots undone.
async fn read_body(stream: &mut Wire) -> Option<Vec<u8>> {
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
