//! Public documents over HTTP against poem answering bare JSON of the same size (design §11: at least half
//! of its rate). One connection kept alive, one request after the other. `cargo bench --bench public`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot start should say so")]

use std::{cell::RefCell, net::SocketAddr};

use criterion::{Criterion, criterion_group, criterion_main};
use laurel::{
    domain::award,
    store::{PageQuery, award as awards, entity::credential::CredentialKind},
};
use poem::{
    EndpointExt as _, Route, get, handler,
    listener::TcpAcceptor,
    web::{Data, Json},
};
use serde_json::Value;
use support::app::TestApp;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../it/support"]
mod support {
    pub mod app;
    pub mod attempt;
    pub mod database;
}

#[handler]
fn bare(document: Data<&Value>) -> Json<Value> {
    Json(document.0.clone())
}

fn public(bench: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let test = runtime.block_on(async {
        let unlimited = |sources: laurel::config::Sources| sources.with("limits.public_per_minute", "0");
        let test = TestApp::with(unlimited).await;
        test.badge_for_opening("Bench").await;
        test.run_jobs().await;
        test.launch(&[]).await.assert_ok("the launch");
        test
    });
    let (assertion, credential, document) = runtime.block_on(documents(&test));
    let laurel: SocketAddr = test.base.replace("http://localhost", "127.0.0.1").parse().unwrap();
    let poem = runtime.block_on(serve_bare(&test, document));
    let mut group = bench.benchmark_group("public");
    for (name, server, path) in [
        ("poem_bare_json", poem, "/".to_owned()),
        ("assertion", laurel, format!("/i/campus/ob2/a/{assertion}")),
        ("credential", laurel, format!("/i/campus/credentials/{credential}")),
        ("status_list", laurel, "/i/campus/status/1".to_owned()),
    ] {
        let line = RefCell::new(runtime.block_on(Line::to(server, &path)));
        group.bench_function(name, |b| b.iter(|| runtime.block_on(line.borrow_mut().ask())));
    }
    group.finish();
    runtime.block_on(test.stop());
}

/// The ids of both published documents of the one award, and the assertion itself.
async fn documents(test: &TestApp) -> (String, String, Value) {
    let db = test.app.store.read();
    let page =
        awards::list(db, test.organization, awards::Filter::default(), PageQuery::default()).await.unwrap();
    let award = page.items.into_iter().next().expect("an award");
    let token = award::holder::claim_token(&test.app, &award).unwrap();
    award::holder::set_published(&test.app, &token, true).await.unwrap();
    let published = award::published(&test.app, award).await.unwrap();
    let assertion = published.newest_document(CredentialKind::Ob2).unwrap();
    let credential = published.newest_document(CredentialKind::Ob3).unwrap();
    let document = serde_json::from_str(&assertion.document).unwrap();
    (assertion.id.to_string(), credential.id.to_string(), document)
}

/// poem with nothing around it.
async fn serve_bare(test: &TestApp, document: Value) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap());
    let stop = test.app.stop.clone();
    test.app.spawn(async move {
        let route = Route::new().at("/", get(bare)).data(document);
        server.run_with_graceful_shutdown(route, stop.cancelled_owned(), None).await.unwrap();
    });
    address
}

/// A connection that asks the same thing again and again, with as little of a client as can be.
struct Line {
    stream: BufReader<TcpStream>,
    request: String,
}

impl Line {
    async fn to(server: SocketAddr, path: &str) -> Self {
        let stream = TcpStream::connect(server).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n");
        Self { stream: BufReader::new(stream), request }
    }

    /// Asks once; the answer's length.
    async fn ask(&mut self) -> usize {
        self.stream.get_mut().write_all(self.request.as_bytes()).await.unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).await.unwrap();
        assert!(line.contains(" 200 "), "{line}");
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line).await.unwrap();
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        length
    }
}

criterion_group!(benches, public);
criterion_main!(benches);
