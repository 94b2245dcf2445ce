//! The outbound client against local servers; the operator's list is what lets it reach them at all.

use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const BOUNDS: Bounds = Bounds { time: Duration::from_secs(2), bytes: 1000 };

fn outbound(allow: &[&str]) -> Outbound {
    let allow = allow.iter().map(|host| (*host).to_owned()).collect();
    Outbound {
        allow,
        ca_file: None,
        connect_seconds: 1,
        template_seconds: 1,
        template_bytes: 1000,
        rest_seconds: 1,
        rest_tries: 1,
        insights_url: None,
    }
}

/// A server that answers each connection with these bytes; returns its port.
async fn answering(answer: &'static [u8], hold: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer).await;
                if hold {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            });
        }
    });
    port
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[tokio::test]
async fn an_answer_has_status_type_and_body() {
    let port =
        answering(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\nhello", false)
            .await;
    let http = Http::new(&outbound(&["localhost"]), &["127.0.0.1".to_owned()]).unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let answer = http.get(&url(&format!("http://{host}:{port}/")), BOUNDS).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"hello".as_slice()));
        assert_eq!(answer.content_type.as_deref(), Some("text/html"));
    }
}

#[tokio::test]
async fn attack_103_private_addresses_are_refused_in_every_spelling() {
    let port = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret", false).await;
    let http = Http::new(&outbound(&[]), &[]).unwrap();
    for host in [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "[fe80::1]",
        "[fd00::1]",
    ] {
        let refused = http.get(&url(&format!("http://{host}:{port}/")), BOUNDS).await;
        assert!(matches!(refused, Err(FetchError::Private(_))), "{host}: {refused:?}");
    }
    for odd in ["ftp://example.com/", "file:///etc/passwd", "http://user:pw@example.com/", "data:text/html,x"]
    {
        assert_eq!(http.get(&url(odd), BOUNDS).await.unwrap_err(), FetchError::Url, "{odd}");
    }
}

#[test]
fn attack_103_special_ranges_are_not_public() {
    for special in [
        "0.1.2.3",
        "10.1.1.1",
        "100.64.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.31.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "2001::1",
        "3fff:1::",
    ] {
        assert!(!is_public(special.parse().unwrap()), "{special}");
    }
    for public in [
        "1.1.1.1",
        "100.63.0.1",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "64:ff9b::101:101",
        "2002:101:101::",
        "2001:4860::8888",
        "3ffe::1",
    ] {
        assert!(is_public(public.parse().unwrap()), "{public}");
    }
}

#[tokio::test]
async fn attack_043_redirects_are_answers_and_size_and_time_are_bounded() {
    let http = Http::new(&outbound(&["127.0.0.1"]), &[]).unwrap();
    let at = |port: u16| url(&format!("http://127.0.0.1:{port}/"));
    let port =
        answering(b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n", false)
            .await;
    assert_eq!(http.get(&at(port), BOUNDS).await.unwrap().status, 302);
    let port = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 20000000\r\n\r\nx", true).await;
    assert_eq!(http.get(&at(port), BOUNDS).await.unwrap_err(), FetchError::Large);
    static LONG: [u8; 4000] = [b'x'; 4000];
    let chunked: Vec<u8> =
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfa0\r\n", LONG.as_slice()].concat();
    let port = answering(Box::leak(chunked.into_boxed_slice()), true).await;
    assert_eq!(
        http.get(&at(port), BOUNDS).await.unwrap_err(),
        FetchError::Large,
        "the length is counted, not believed"
    );
    let port = answering(b"", true).await;
    let (started, quick) = (Instant::now(), Bounds { time: Duration::from_millis(300), bytes: 1000 });
    assert_eq!(http.get(&at(port), quick).await.unwrap_err(), FetchError::Slow);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn an_operators_list_names_hosts_and_addresses_in_any_spelling() {
    let http = Http::new(&outbound(&["Intranet.example", "127.0.0.1", "::1"]), &[]).unwrap();
    for (address, listed) in [
        ("http://intranet.EXAMPLE/", true),
        ("http://2130706433/", true),
        ("http://[0:0:0:0:0:0:0:1]:8080/", true),
        ("http://other.example/", false),
        ("http://[::2]/", false),
        ("data:text/plain,x", false),
    ] {
        assert_eq!(http.lists(&url(address)), listed, "{address}");
    }
}

#[tokio::test]
async fn attack_104_untrusted_certificates_are_refused() {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let private = rustls::pki_types::PrivateKeyDer::Pkcs8(key.signing_key.serialize_der().into());
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![key.cert.der().clone()], private).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
                }
            });
        }
    });
    let strict = Http::new(&outbound(&["localhost", "127.0.0.1"]), &[]).unwrap();
    let refused = strict.get(&url(&format!("https://localhost:{port}/")), BOUNDS).await;
    assert!(matches!(refused, Err(FetchError::Unreachable(_))), "{refused:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, key.cert.pem()).unwrap();
    let trusting =
        Http::new(&Outbound { ca_file: Some(file), ..outbound(&["localhost", "127.0.0.1"]) }, &[]).unwrap();
    let answer = trusting.get(&url(&format!("https://localhost:{port}/")), BOUNDS).await.unwrap();
    assert_eq!(answer.body, b"ok");
    let wrong_host = trusting.get(&url(&format!("https://127.0.0.1:{port}/")), BOUNDS).await;
    assert!(matches!(wrong_host, Err(FetchError::Unreachable(_))), "{wrong_host:?}");
}
