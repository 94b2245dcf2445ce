//! The certificate authority of `dev --tls`, made on first start and kept in the data folder.
//!
//! It may speak for nothing but this machine: name constraints allow localhost, 127.0.0.0/8, ::1 and the
//! names given on the command line. The server's certificate is made anew at each start and lives 90 days;
//! its key is never written down. The authority's key is readable by its owner alone.

use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;

/// Hours that certificates are valid before they are made: other clocks may be slow.
const BEFORE: i64 = 24;
const LEAF_HOURS: i64 = 90 * 24;
const AUTHORITY_HOURS: i64 = 10 * 365 * 24;

/// A fresh certificate for this machine's names, signed by the authority in `folder`, which is made if it is
/// absent, expired, or does not know one of the names.
pub(super) fn leaf(folder: &Path, names: &[String], now: Timestamp) -> Result<CertifiedKey, String> {
    let told = |cause: String| {
        format!(
            "the local certificate authority in {}: {cause}; delete the folder to have it made anew",
            folder.display()
        )
    };
    let authority = match kept(folder, names, now) {
        Some(authority) => authority,
        None => make(folder, names, now).map_err(told)?,
    };
    let key = KeyPair::generate().map_err(|error| told(error.to_string()))?;
    let mut params = dated(now, LEAF_HOURS).map_err(told)?;
    params.distinguished_name = called("Vestibule development server");
    params.subject_alt_names = subject_names(names).map_err(told)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let issuer = Issuer::from_ca_cert_pem(&authority.certificate, authority.key)
        .map_err(|error| told(error.to_string()))?;
    let leaf = params.signed_by(&key, &issuer).map_err(|error| told(error.to_string()))?;
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    super::certified(vec![leaf.der().clone()], private).map_err(told)
}

/// Where the authority's certificate lies, for `trust` and for `NODE_EXTRA_CA_CERTS`.
#[must_use]
pub fn certificate_path(folder: &Path) -> PathBuf {
    folder.join("ca.pem")
}

/// How to make the usual programs trust the authority; printed by `dev --tls`.
#[must_use]
pub fn trust(folder: &Path) -> String {
    let path = certificate_path(folder);
    let path = std::path::absolute(&path).unwrap_or(path).display().to_string();
    format!(
        "Trust the local certificate authority once (it can speak for this machine's names only):
  Debian, Ubuntu   sudo cp {path} /usr/local/share/ca-certificates/vestibule-dev.crt && sudo update-ca-certificates
  Fedora           sudo trust anchor {path}
  macOS            sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {path}
  Windows          certutil -addstore -f Root {path}
  Chromium (Linux) certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n vestibule-dev -i {path}
  Firefox          Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import
  Node             NODE_EXTRA_CA_CERTS={path}
  Python requests  REQUESTS_CA_BUNDLE={path}"
    )
}

struct Authority {
    certificate: String,
    key: KeyPair,
}

/// The kept authority, if it may still speak for all names.
fn kept(folder: &Path, names: &[String], now: Timestamp) -> Option<Authority> {
    let about = fs::read_to_string(folder.join("about.txt")).ok()?;
    let mut lines = about.lines();
    let until: Timestamp = lines.next()?.parse().ok()?;
    let known: Vec<&str> = lines.collect();
    if until <= now || !names.iter().all(|name| known.contains(&name.as_str())) {
        return None;
    }
    let certificate = fs::read_to_string(certificate_path(folder)).ok()?;
    let key = KeyPair::from_pem(&fs::read_to_string(folder.join("ca.key")).ok()?).ok()?;
    Some(Authority { certificate, key })
}

fn make(folder: &Path, names: &[String], now: Timestamp) -> Result<Authority, String> {
    let key = KeyPair::generate().map_err(|error| error.to_string())?;
    let mut params = dated(now, AUTHORITY_HOURS)?;
    params.distinguished_name = called("Vestibule local development authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted(names), excluded_subtrees: Vec::new() });
    let certificate = params.self_signed(&key).map_err(|error| error.to_string())?.pem();
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    // The key first, readable by its owner only from its first byte on.
    write_private(&folder.join("ca.key"), &key.serialize_pem()).map_err(|error| error.to_string())?;
    fs::write(certificate_path(folder), &certificate).map_err(|error| error.to_string())?;
    let until = now + SignedDuration::from_hours(AUTHORITY_HOURS - LEAF_HOURS);
    let about = format!("{until}\n{}\n", names.join("\n"));
    fs::write(folder.join("about.txt"), about).map_err(|error| error.to_string())?;
    Ok(Authority { certificate, key })
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let _ = fs::remove_file(path); // an existing file would keep its mode
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn permitted(names: &[String]) -> Vec<GeneralSubtree> {
    let mut permitted = vec![
        GeneralSubtree::DnsName("localhost".to_owned()),
        GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
        GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(Ipv6Addr::LOCALHOST.octets(), 128)),
    ];
    for name in names {
        permitted.push(match name.parse::<IpAddr>() {
            Ok(address) => GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
                address,
                if address.is_ipv4() { 32 } else { 128 },
            )),
            Err(_) => GeneralSubtree::DnsName(name.clone()),
        });
    }
    permitted
}

fn subject_names(names: &[String]) -> Result<Vec<SanType>, String> {
    let mut subject = vec![
        dns("localhost")?,
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ];
    for name in names {
        subject.push(match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => dns(name)?,
        });
    }
    Ok(subject)
}

fn dns(name: &str) -> Result<SanType, String> {
    name.to_owned().try_into().map(SanType::DnsName).map_err(|_| format!("`{name}` is no host name"))
}

fn called(name: &str) -> DistinguishedName {
    let mut called = DistinguishedName::new();
    called.push(DnType::CommonName, name);
    called
}

/// Parameters valid from a day ago for so many hours.
fn dated(now: Timestamp, hours: i64) -> Result<CertificateParams, String> {
    let day = |at: Timestamp| {
        let date = at.to_zoned(TimeZone::UTC).date();
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        rcgen::date_time_ymd(i32::from(date.year()), month, day)
    };
    let mut params = CertificateParams::default();
    params.not_before = day(now - SignedDuration::from_hours(BEFORE));
    params.not_after = day(now + SignedDuration::from_hours(hours));
    Ok(params)
}
