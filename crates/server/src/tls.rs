//! TLS of the listener: certificates from files (read anew when they change) or from the local authority.
//!
//! In: the `[server]` part of the configuration. Out: an acceptor for `listen`, and a handle that reloads.
//! rustls with aws-lc-rs, TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1. Not known here: connections, requests.

pub mod authority;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::config::Tls;

/// The certificate in force. Shared by all handshakes; `reload` swaps it.
pub struct Certificates {
    current: RwLock<Arc<CertifiedKey>>,
    files: Option<(PathBuf, PathBuf)>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Certificates {
    /// Takes the certificate of the configuration. The error is a sentence with a remedy.
    pub fn new(config: &Tls, now: Timestamp) -> Result<Arc<Certificates>, String> {
        let (current, files) = match config {
            Tls::Files { certificate, key } => {
                (load(certificate, key)?, Some((certificate.clone(), key.clone())))
            }
            Tls::LocalAuthority { folder, names } => (authority::leaf(folder, names, now)?, None),
        };
        Ok(Arc::new(Certificates { current: RwLock::new(Arc::new(current)), files }))
    }

    /// An acceptor that asks for the certificate in force at each handshake.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        let mut config = config.with_no_client_auth().with_cert_resolver(Arc::<Certificates>::clone(self));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files anew; on an error the certificate in force stays.
    pub fn reload(&self) -> Result<(), String> {
        let Some((certificate, key)) = &self.files else { return Ok(()) };
        let fresh = Arc::new(load(certificate, key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The folders whose changes should lead to `reload`.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        let Some((certificate, key)) = &self.files else { return Vec::new() };
        let mut folders: Vec<PathBuf> =
            [certificate, key].into_iter().filter_map(|file| file.parent().map(Path::to_owned)).collect();
        folders.dedup();
        folders
    }
}

fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey, String> {
    let told = |path: &Path, cause: String, remedy: &str| format!("{}: {cause}; {remedy}", path.display());
    let chain_remedy = "write the certificate chain in PEM, the server's own first";
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| told(certificate, error.to_string(), chain_remedy))?;
    if chain.is_empty() {
        return Err(told(certificate, "holds no certificate".to_owned(), chain_remedy));
    }
    let key_remedy = "write the certificate's private key in PEM, without a passphrase";
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| told(key, error.to_string(), key_remedy))?;
    certified(chain, private).map_err(|cause| told(key, cause, key_remedy))
}

fn certified(
    chain: Vec<CertificateDer<'static>>,
    private: PrivateKeyDer<'static>,
) -> Result<CertifiedKey, String> {
    let certified = CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider());
    certified.map_err(|error| error.to_string())
}
