//! The guarded client over real TLS, with certificates of a test's own authority (`lti-1.3-tool.md` §6).

use std::{net::IpAddr, sync::Arc};

use laurel::{
    client::{Client, ClientError, Looking, Lookup},
    config::{Settings, Sources},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::support::tls::Authority;

/// A web server that answers `{"keys":[]}` to whoever got through the handshake; its port.
async fn web(with: TlsAcceptor) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    #[expect(clippy::disallowed_methods, reason = "a helper of a test, not of the program")]
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = with.accept(stream).await else { continue };
            let mut seen = Vec::new();
            let mut buffer = [0; 1024];
            while !seen.ends_with(b"\r\n\r\n") {
                let Ok(read @ 1..) = stream.read(&mut buffer).await else { break };
                seen.extend_from_slice(&buffer[..read]);
            }
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\
                          connection: close\r\n\r\n{\"keys\":[]}";
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    port
}

/// Every name is this machine.
struct Here;

impl Lookup for Here {
    fn lookup(&self, _: String) -> Looking {
        Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
    }
}

/// A production server whose operator has named an LMS inside the own network, and its authority.
fn client(authority: Option<&Authority>, port: u16) -> Client {
    let mut sources = Sources::defaults()
        .with("server.public_url", "https://badges.example.org")
        .with("client.allowed_hosts", "lms.campus.example")
        .with("client.allowed_ports", port.to_string());
    if let Some(authority) = authority {
        sources = sources.with("client.authorities_file", authority.setting());
    }
    Client::with_lookup(&Settings::read(&sources).unwrap(), Arc::new(Here)).unwrap()
}

async fn fetch(client: &Client, port: u16) -> Result<serde_json::Value, ClientError> {
    let url = format!("https://lms.campus.example:{port}/jwks?token=hunter2");
    client.get(&url, client.json("application/json")).await?.json()
}

#[tokio::test]
async fn an_in_house_authority_is_believed_when_the_operator_names_it() {
    let authority = Authority::new();
    let port = web(authority.server("lms.campus.example")).await;
    let keys = fetch(&client(Some(&authority), port), port).await.unwrap();
    assert_eq!(keys, serde_json::json!({ "keys": [] }));
    // Not otherwise, and not because some other authority is named.
    for other in [None, Some(&Authority::new())] {
        let error = fetch(&client(other, port), port).await.unwrap_err();
        assert_eq!(error.code(), "lti.net.tls", "{error:?}");
    }
}

#[tokio::test]
async fn a_certificate_of_another_name_or_out_of_date_is_refused() {
    let authority = Authority::new();
    for (about, acceptor) in [
        ("another name", authority.server("lms.example.org")),
        ("the parent's name", authority.server("campus.example")),
        ("out of date", authority.expired("lms.campus.example")),
    ] {
        let port = web(acceptor).await;
        let error = fetch(&client(Some(&authority), port), port).await.expect_err(about);
        assert_eq!(error.code(), "lti.net.tls", "{about}: {error:?}");
        assert!(error.is_transient(), "{about}: an operator can mend it");
        assert!(!format!("{error:?} {error}").contains("hunter2"), "{about}: {error:?}");
    }
}

#[test]
fn a_broken_authorities_file_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authorities.pem");
    for broken in [None, Some(""), Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")] {
        if let Some(text) = broken {
            std::fs::write(&file, text).unwrap();
        }
        let sources = Sources::defaults()
            .with("server.public_url", "http://localhost:8080")
            .with("client.authorities_file", file.to_str().unwrap());
        let error = Client::new(&Settings::read(&sources).unwrap()).map(drop).expect_err("must be refused");
        assert!(error.to_string().contains("client.authorities_file"), "{error}");
    }
}
