//! Handshakes with real clients: the local authority is trusted for its names and for nothing else.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

use super::*;

/// The real time: rustls' verifier looks at it too.
#[expect(clippy::disallowed_methods, reason = "the verifier of the handshake uses the machine's clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn local(folder: &Path, names: &[&str]) -> Tls {
    Tls::LocalAuthority {
        folder: folder.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// Connects with a client that trusts `ca` only; the error is the client's.
async fn handshake(acceptor: TlsAcceptor, ca: &Path, name: &'static str) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let _ = acceptor.accept(stream).await;
    });
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let connected =
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), stream).await;
    connected.map(|_| ()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_local_authority_speaks_for_this_machine_and_the_names_given() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::new(&local(folder.path(), &["contoso.b2clogin.com"]), now()).unwrap();
    let ca = authority::certificate_path(folder.path());
    for name in ["localhost", "127.0.0.1", "::1", "contoso.b2clogin.com"] {
        handshake(certificates.acceptor().unwrap(), &ca, name)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert!(handshake(certificates.acceptor().unwrap(), &ca, "example.com").await.is_err());
}

#[tokio::test]
async fn the_authority_is_kept_and_made_anew_for_a_new_name_or_when_it_expires() {
    let folder = tempfile::tempdir().unwrap();
    let read = || std::fs::read_to_string(authority::certificate_path(folder.path())).unwrap();
    Certificates::new(&local(folder.path(), &[]), now()).unwrap();
    let first = read();
    Certificates::new(&local(folder.path(), &[]), now()).unwrap();
    assert_eq!(first, read(), "kept");
    Certificates::new(&local(folder.path(), &["a.example"]), now()).unwrap();
    let second = read();
    assert_ne!(first, second, "a new name needs a new constraint");
    Certificates::new(&local(folder.path(), &[]), now()).unwrap();
    assert_eq!(second, read(), "fewer names do not");
    let later = now() + jiff::SignedDuration::from_hours(10 * 365 * 24);
    Certificates::new(&local(folder.path(), &[]), later).unwrap();
    assert_ne!(second, read(), "expired");
}

#[cfg(unix)]
#[test]
fn attack_136_the_authoritys_key_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    Certificates::new(&local(folder.path(), &[]), now()).unwrap();
    let mode = std::fs::metadata(folder.path().join("ca.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(authority::trust(folder.path()).contains("NODE_EXTRA_CA_CERTS="));
}

#[tokio::test]
async fn files_are_reloaded_and_a_broken_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let write = || {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    };
    write();
    let tls = Tls::Files { certificate: certificate.clone(), key: key.clone() };
    let certificates = Certificates::new(&tls, now()).unwrap();
    let old = folder.path().join("old.pem");
    std::fs::copy(&certificate, &old).unwrap();
    write();
    assert!(
        handshake(certificates.acceptor().unwrap(), &certificate, "localhost").await.is_err(),
        "not reloaded yet"
    );
    certificates.reload().unwrap();
    handshake(certificates.acceptor().unwrap(), &certificate, "localhost").await.unwrap();
    std::fs::write(&key, "nonsense").unwrap();
    assert!(certificates.reload().unwrap_err().contains("private key in PEM"));
    handshake(certificates.acceptor().unwrap(), &certificate, "localhost").await.unwrap();
    assert_eq!(certificates.folders(), [folder.path()]);
}
