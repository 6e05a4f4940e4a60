//! A certificate authority of a test's own, and servers that speak TLS with certificates of it.

use std::{path::PathBuf, sync::Arc};

use base64::Engine as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    },
};

/// An authority nobody else has heard of.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    folder: tempfile::TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut about = CertificateParams::new(Vec::<String>::new()).unwrap();
        about.distinguished_name.push(DnType::CommonName, "An authority of a test");
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        about.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = about.self_signed(&key).unwrap().der().clone();
        let authority =
            Self { issuer: Issuer::new(about, key), certificate, folder: tempfile::tempdir().unwrap() };
        std::fs::write(authority.file(), authority.pem()).unwrap();
        authority
    }

    /// The file for `client.authorities_file`.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The same as a setting's text.
    pub fn setting(&self) -> String {
        self.file().display().to_string()
    }

    /// A server whose certificate names `host` and is good now.
    pub fn server(&self, host: &str) -> TlsAcceptor {
        self.acceptor(host, 4000)
    }

    /// A server whose certificate ran out long ago.
    pub fn expired(&self, host: &str) -> TlsAcceptor {
        self.acceptor(host, 2021)
    }

    fn acceptor(&self, host: &str, until: i32) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut about = CertificateParams::new(vec![host.to_owned()]).unwrap();
        about.not_before = date_time_ymd(2020, 1, 1);
        about.not_after = date_time_ymd(until, 1, 1);
        let certificate = about.signed_by(&key, &self.issuer).unwrap().der().clone();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.into())
            .unwrap();
        TlsAcceptor::from(Arc::new(server))
    }

    fn pem(&self) -> String {
        let text = base64::engine::general_purpose::STANDARD.encode(&self.certificate);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }
}
