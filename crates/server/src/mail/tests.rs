//! Letters by what they must hold; the SMTP side against a server that speaks the real protocol on loopback.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::words::LANGUAGES;
use super::*;
use crate::config::{MailIdentity, Security, Smtp, smtp_url};

fn identity() -> MailIdentity {
    MailIdentity {
        from: "no-reply@example.com".into(),
        name: "Contoso".into(),
        subject: None,
        logo: None,
        accent: None,
    }
}

fn code_letter(language: &str) -> Letter {
    let identity = identity();
    code(CodeLetter { to: "ann@example.com", code: "482915", minutes: 20, language, identity: &identity })
}

#[test]
fn a_code_letter_says_all_that_it_must_in_every_language() {
    for words in LANGUAGES {
        let letter = code_letter(words.tag);
        assert!(letter.subject.starts_with("482915 "), "{}", letter.subject);
        for part in [&letter.text, &letter.html] {
            for needed in ["482915", "20", "Contoso", words.code_not_you.split(':').next().unwrap()] {
                assert!(part.contains(needed), "{}: {needed} in {part}", words.tag);
            }
        }
        assert_eq!(letter.html.contains("dir=\"rtl\""), words.tag == "ar");
        assert!(letter.html.contains(&format!("lang=\"{}\"", words.tag)));
        assert!(letter.html.contains("font-size:32px") && !letter.html.contains("<table"));
        assert!(!letter.text.contains('{') && !letter.subject.contains('{'), "placeholders are filled");
    }
}

#[test]
fn languages_match_by_their_first_part_and_fall_back_to_english() {
    assert!(code_letter("de-AT").text.contains("gültig"));
    assert!(code_letter("pt-BR").text.contains("valid for 20 minutes"));
}

#[test]
fn a_tenants_own_subject_still_begins_with_the_code() {
    let identity = MailIdentity { subject: Some("for the shop".into()), ..identity() };
    let letter = code(CodeLetter { to: "a@b.c", code: "1", minutes: 1, language: "en", identity: &identity });
    assert_eq!(letter.subject, "1 for the shop");
}

#[test]
fn attack_066_a_chosen_name_is_escaped_cut_or_left_out() {
    let identity = identity();
    let notice = |name: &str| {
        let facts = NoticeLetter {
            to: "a@b.example",
            name: Some(name),
            when: "2026-11-24 06:00 UTC",
            language: "en",
            identity: &identity,
        };
        password_changed(facts)
    };
    let letter = notice("Zoë O'Hara & Sons");
    assert!(letter.text.contains("Hello Zoë O'Hara & Sons,"));
    assert!(letter.html.contains("&#38;") || letter.html.contains("&amp;"), "escaped");
    for hostile in [
        "<script>alert(1)</script>",
        "see https://evil.test",
        "www.evil.test",
        "mail@evil.test",
        "evil.test/x",
    ] {
        let letter = notice(hostile);
        assert!(!letter.text.contains("evil.test") && !letter.html.contains("<script"), "{hostile}");
        assert!(!letter.text.contains("Hello"), "{hostile}");
    }
    let letter = notice("Ann\r\nSubject: x\u{202e}gnp");
    assert!(letter.text.contains("Hello AnnSubject") || !letter.text.contains("Hello"), "{}", letter.text);
    assert!(!letter.text.contains('\u{202e}'));
    assert!(notice(&"x".repeat(10_000)).text.len() < 1500);
}

#[tokio::test]
async fn the_inbox_keeps_the_last_letters_and_can_fail() {
    let inbox = Inbox::default();
    let mailer = Mailer::Inbox(inbox.clone());
    inbox.fail_next(1);
    assert!(mailer.send(&code_letter("en"), Timestamp::UNIX_EPOCH).await.unwrap_err().is_passing());
    for _ in 0..201 {
        mailer.send(&code_letter("en"), Timestamp::UNIX_EPOCH).await.unwrap();
    }
    let kept = inbox.letters();
    assert_eq!((kept.len(), kept[0].number, kept[199].number), (200, 201, 2));
    assert_eq!(
        Mailer::Nowhere.send(&code_letter("en"), Timestamp::UNIX_EPOCH).await,
        Err(MailError::NotConfigured)
    );
}

/// How the server misbehaves.
#[derive(Clone, Copy, PartialEq)]
enum Temper {
    Good,
    /// Offers no STARTTLS.
    Stripped,
    /// Sends its banner after a minute.
    Slow,
    /// Closes each connection after accepting it.
    Drops,
    /// Refuses the recipient for good.
    Refuses,
    /// Answers 451 to the first letter, then accepts.
    Greylists,
    /// Knows no user.
    KnowsNobody,
    /// Takes the letter and says nothing to it.
    SlowEnd,
    /// Hangs up in the middle of the letter.
    Cuts,
    /// Begins a greeting that never ends.
    Babbles,
    /// Speaks another protocol.
    Foreign,
}

/// What protects a conversation; after STARTTLS there is no second banner.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Plain,
    Upgraded,
    Wrapped,
}

struct Fixture {
    port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<u32>>,
    ca: tempfile::NamedTempFile,
}

async fn server(temper: Temper, implicit_tls: bool) -> Fixture {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let private = rustls::pki_types::PrivateKeyDer::Pkcs8(key.signing_key.serialize_der().into());
    let tls = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private);
    let acceptor = TlsAcceptor::from(Arc::new(tls.unwrap()));
    let ca = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), key.cert.pem()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let fixture = Fixture {
        port: listener.local_addr().unwrap().port(),
        mails: Arc::default(),
        connections: Arc::default(),
        ca,
    };
    let (mails, connections) = (Arc::clone(&fixture.mails), Arc::clone(&fixture.connections));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *connections.lock().unwrap() += 1;
            let (acceptor, mails) = (acceptor.clone(), Arc::clone(&mails));
            tokio::spawn(async move {
                match temper {
                    Temper::Drops => drop(stream),
                    _ if implicit_tls => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            let _ = talk(BufReader::new(stream), temper, &mails, Stage::Wrapped).await;
                        }
                    }
                    _ => plain(stream, temper, &mails, acceptor).await,
                }
            });
        }
    });
    fixture
}

async fn plain(stream: TcpStream, temper: Temper, mails: &Mutex<Vec<String>>, acceptor: TlsAcceptor) {
    if temper == Temper::Slow {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    if let Ok(Some(stream)) = talk(BufReader::new(stream), temper, mails, Stage::Plain).await
        && let Ok(stream) = acceptor.accept(stream.into_inner()).await
    {
        let _ = talk(BufReader::new(stream), temper, mails, Stage::Upgraded).await;
    }
}

/// One SMTP conversation (RFC 5321); gives the stream back when the client asks for STARTTLS.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: BufReader<S>,
    temper: Temper,
    mails: &Mutex<Vec<String>>,
    stage: Stage,
) -> std::io::Result<Option<BufReader<S>>> {
    let secure = stage != Stage::Plain;
    if temper == Temper::Babbles {
        loop {
            stream.write_all(format!("220-{}\r\n", "x".repeat(900)).as_bytes()).await?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    if stage != Stage::Upgraded {
        let greeting: &[u8] = match temper {
            Temper::Foreign => b"HTTP/1.1 400 Bad Request\r\n\r\n",
            _ => b"220 localhost ESMTP\r\n",
        };
        stream.write_all(greeting).await?;
    }
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let answer: &[u8] =
            match line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" if secure => b"250-localhost\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
                "EHLO" if temper == Temper::Stripped => b"250-localhost\r\n250 8BITMIME\r\n",
                "EHLO" => b"250-localhost\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
                "STARTTLS" => {
                    stream.write_all(b"220 go\r\n").await?;
                    return Ok(Some(stream));
                }
                "AUTH" if temper == Temper::KnowsNobody => b"535 canary-user unknown\r\n",
                // user "u", password "p": base64 of NUL u NUL p
                "AUTH" if line.contains("AHUAcA==") => b"235 welcome\r\n",
                "AUTH" => b"535 no\r\n",
                "RCPT" if temper == Temper::Refuses => b"550 canary@example.com unknown\r\n",
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    let mut mail = String::new();
                    if temper == Temper::Cuts {
                        stream.read_line(&mut mail).await?;
                        return Ok(None);
                    }
                    while !mail.ends_with("\r\n.\r\n") {
                        stream.read_line(&mut mail).await?;
                    }
                    if temper == Temper::SlowEnd {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                    }
                    let first = mails.lock().unwrap().is_empty();
                    mails.lock().unwrap().push(mail);
                    if first && temper == Temper::Greylists { b"451 later\r\n" } else { b"250 kept\r\n" }
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await?;
                    return Ok(None);
                }
                _ => b"250 ok\r\n",
            };
        stream.write_all(answer).await?;
    }
}

fn post(fixture: &Fixture, scheme: &str, security: Option<Security>) -> Mailer {
    let smtp = smtp_url(&format!("{scheme}://u:p@localhost:{}", fixture.port)).unwrap();
    let security = security.unwrap_or(smtp.security);
    let smtp = Smtp { ca_file: Some(fixture.ca.path().to_owned()), seconds: 2, security, ..smtp };
    Mailer::Smtp(SmtpPost::new(&smtp).unwrap())
}

#[tokio::test]
async fn a_letter_arrives_over_starttls_with_login() {
    let fixture = server(Temper::Good, false).await;
    let mailer = post(&fixture, "smtp", Some(Security::StartTls));
    mailer.send(&code_letter("ar"), "2026-11-24T06:00:00Z".parse().unwrap()).await.unwrap();
    let mail = fixture.mails.lock().unwrap()[0].clone();
    for needed in [
        "To: ann@example.com",
        "no-reply@example.com",
        "Auto-Submitted: auto-generated",
        "Date: Tue, 24 Nov 2026 06:00:00",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "Subject: 482915 ",
    ] {
        assert!(mail.contains(needed), "{needed} in {mail}");
    }
}

#[tokio::test]
async fn a_letter_arrives_over_implicit_tls() {
    let fixture = server(Temper::Good, true).await;
    post(&fixture, "smtps", None).send(&code_letter("en"), Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(fixture.mails.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn attack_066_no_header_comes_from_outside() {
    let fixture = server(Temper::Good, true).await;
    let mailer = post(&fixture, "smtps", None);
    let mut letter = code_letter("en");
    letter.subject = "1\r\nBcc: victim@evil.test\r\n\r\nbody".into();
    letter.sender.name = "Con\"toso\r\nX-Evil: 1".into();
    mailer.send(&letter, Timestamp::UNIX_EPOCH).await.unwrap();
    let mail = fixture.mails.lock().unwrap()[0].clone();
    let header = mail.split("\r\n\r\n").next().unwrap();
    assert!(header.lines().all(|line| !line.starts_with("Bcc") && !line.starts_with("X-Evil")), "{header}");
    for address in ["a@b.c\r\nBcc: d@e.f", "a@b.c, d@e.f", "a", "<a@b.c>\nX: y", "a@b.c>\r\nRCPT TO:<d@e.f"] {
        letter.to = address.to_owned();
        assert_eq!(mailer.send(&letter, Timestamp::UNIX_EPOCH).await, Err(MailError::Address), "{address}");
    }
}

#[tokio::test]
async fn attack_117_every_failure_is_told_bounded_and_can_be_tried_again() {
    let stripped = server(Temper::Stripped, false).await;
    let error = post(&stripped, "smtp", Some(Security::StartTls))
        .send(&code_letter("en"), Timestamp::UNIX_EPOCH)
        .await;
    assert!(matches!(error, Err(MailError::Unreachable(_))), "{error:?}");
    assert!(stripped.mails.lock().unwrap().is_empty(), "nothing travels in plain text");

    let slow = server(Temper::Slow, false).await;
    let started = Instant::now();
    let error = post(&slow, "smtp", None).send(&code_letter("en"), Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert!(error.is_passing() && started.elapsed() < Duration::from_secs(4), "{error}");

    let drops = server(Temper::Drops, false).await;
    let error = post(&drops, "smtp", None).send(&code_letter("en"), Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert!((1..=3).contains(&*drops.connections.lock().unwrap()), "bounded tries");

    let refuses = server(Temper::Refuses, true).await;
    let error =
        post(&refuses, "smtps", None).send(&code_letter("en"), Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert_eq!(error, MailError::Refused("550".into()));
    assert!(!error.to_string().contains("canary"));

    let nobody = smtp_url("smtp://127.0.0.1:1").unwrap();
    let nobody = Mailer::Smtp(SmtpPost::new(&nobody).unwrap());
    assert!(nobody.send(&code_letter("en"), Timestamp::UNIX_EPOCH).await.unwrap_err().is_passing());
}

/// A login that is refused, a server that goes silent, hangs up in the middle, talks without end or speaks another
/// protocol: told in time, without a word of the server's in it.
#[tokio::test]
async fn attack_117_a_broken_or_hostile_mail_server_is_told_in_time() {
    for (what, temper, tls, passing) in [
        ("refuses the login", Temper::KnowsNobody, true, false),
        ("is silent after the letter", Temper::SlowEnd, true, true),
        ("hangs up in the letter", Temper::Cuts, true, true),
        ("greets without end", Temper::Babbles, true, true),
        ("greets without end before TLS", Temper::Babbles, false, true),
        ("is a web server", Temper::Foreign, true, true),
        ("is a web server without TLS", Temper::Foreign, false, true),
    ] {
        let fixture = server(temper, tls).await;
        let (scheme, security) = if tls { ("smtps", None) } else { ("smtp", Some(Security::StartTls)) };
        let started = Instant::now();
        let sent = post(&fixture, scheme, security).send(&code_letter("en"), Timestamp::UNIX_EPOCH).await;
        let error = sent.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(4), "{what}: {:?}", started.elapsed());
        assert_eq!(error.is_passing(), passing, "{what}: {error}");
        assert!(!error.to_string().contains("canary"), "{what}: {error}");
        assert!(fixture.mails.lock().unwrap().is_empty(), "{what}");
        assert!(*fixture.connections.lock().unwrap() <= 3, "{what}: bounded tries");
    }
}

#[tokio::test]
async fn attack_117_a_passing_refusal_is_tried_again_by_itself() {
    let fixture = server(Temper::Greylists, true).await;
    post(&fixture, "smtps", None).send(&code_letter("en"), Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(fixture.mails.lock().unwrap().len(), 2, "once refused, once kept");
}

#[tokio::test]
async fn an_untrusted_mail_server_gets_nothing() {
    let fixture = server(Temper::Good, true).await;
    let smtp = smtp_url(&format!("smtps://u:p@localhost:{}", fixture.port)).unwrap();
    let mailer = Mailer::Smtp(SmtpPost::new(&smtp).unwrap());
    let error = mailer.send(&code_letter("en"), Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert!(fixture.mails.lock().unwrap().is_empty());
}
