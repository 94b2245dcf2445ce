//! Rate limits under a clock of our own, and client addresses behind proxies.

use governor::clock::FakeRelativeClock;

use super::*;
use crate::config::{self, Config, DevArguments, SecretDigest};

fn limits() -> Limits {
    let arguments = DevArguments {
        policies: "p".into(),
        environment: None,
        listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
        data: "d".into(),
        tls: false,
        names: Vec::new(),
        client_id: None,
        redirect_uris: Vec::new(),
        smtp: None,
        trace_file: None,
        rate_limits: true,
        lenient: false,
    };
    Config::dev(&arguments, "t.example", SecretDigest([0; 32])).unwrap().limits
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn attack_053_spraying_from_one_address_and_one_network_is_throttled() {
    let clock = FakeRelativeClock::default();
    let limits = RateLimits::with_clock(&limits(), &clock);
    let client = ip("192.0.2.1");
    for _ in 0..30 {
        limits.check(Act::SignIn, client).unwrap();
    }
    let Throttled { seconds } = limits.check(Act::SignIn, client).unwrap_err();
    assert!((1..=3).contains(&seconds), "30 a minute is one in two seconds: {seconds}");
    limits.check(Act::Page, client).unwrap();
    limits.check(Act::SignIn, ip("198.51.100.1")).unwrap();
    for host in 2..=4 {
        for _ in 0..30 {
            limits.check(Act::SignIn, ip(&format!("192.0.2.{host}"))).unwrap();
        }
    }
    assert!(limits.check(Act::SignIn, ip("192.0.2.5")).is_err(), "120 of the /24 are used up");
    clock.advance(Duration::from_secs(60));
    limits.check(Act::SignIn, client).unwrap();
}

#[test]
fn attack_053_an_ipv6_client_is_its_64() {
    let limits = RateLimits::with_clock(&limits(), &FakeRelativeClock::default());
    for host in 0..30 {
        limits.check(Act::SignIn, ip(&format!("2001:db8::{host:x}"))).unwrap();
    }
    assert!(limits.check(Act::SignIn, ip("2001:db8::ffff")).is_err());
    limits.check(Act::SignIn, ip("2001:db8:0:1::1")).unwrap();
    let mapped = RateLimits::with_clock(&self::limits(), &FakeRelativeClock::default());
    for _ in 0..30 {
        mapped.check(Act::SignIn, ip("::ffff:192.0.2.1")).unwrap();
    }
    assert!(mapped.check(Act::SignIn, ip("192.0.2.1")).is_err(), "the same client in two spellings");
}

#[test]
fn attack_063_codes_are_limited_per_mailbox_and_per_client() {
    let limits = RateLimits::with_clock(&limits(), &FakeRelativeClock::default());
    for host in 0..10 {
        limits.check_code(ip(&format!("192.0.{host}.1")), "Ann@example.com").unwrap();
    }
    let mailbox = limits.check_code(ip("198.51.100.9"), "ann@EXAMPLE.com").unwrap_err();
    for number in 0..19 {
        limits.check_code(ip("198.51.100.9"), &format!("{number}@example.com")).unwrap();
    }
    let client = limits.check_code(ip("198.51.100.9"), "fresh@example.com").unwrap_err();
    assert!(mailbox.seconds > 60 && client.seconds > 60, "an hour's budget: {mailbox:?} {client:?}");
}

#[test]
fn limits_can_be_off() {
    let off = Limits { enabled: false, ..limits() };
    let limits = RateLimits::with_clock(&off, &FakeRelativeClock::default());
    assert!((0..1000).all(|_| limits.check(Act::SignIn, ip("192.0.2.1")).is_ok()));
}

#[test]
fn memory_is_bounded_by_pruning_and_counting_coarser() {
    let clock = FakeRelativeClock::default();
    let limits = RateLimits::with_clock(&limits(), &clock);
    let many = u32::try_from(MOST_KEYS).unwrap() + 3 * PRUNE_EVERY;
    for number in 0..many {
        let _ = limits.check(Act::Page, IpAddr::from((0x0100_0000 + number).to_be_bytes()));
    }
    let kept = limits.pages.limiter.len();
    assert!(kept <= MOST_KEYS + 2 * PRUNE_EVERY as usize, "{kept}");
    clock.advance(Duration::from_secs(120));
    for _ in 0..PRUNE_EVERY {
        let _ = limits.check(Act::Page, ip("192.0.2.1"));
    }
    assert!(limits.pages.limiter.len() < 10, "forgotten keys are dropped");
}

#[test]
fn attack_054_forwarding_headers_count_only_from_trusted_proxies() {
    let trusted = config::networks(&["10.0.0.0/8", "fd00::/8"]);
    let found = |peer: &str, headers: &[&str]| {
        client_address(ip(peer), headers.iter().copied(), &trusted).to_string()
    };
    assert_eq!(found("192.0.2.1", &["203.0.113.9"]), "192.0.2.1", "a stranger's header is ignored");
    assert_eq!(found("10.0.0.1", &[]), "10.0.0.1");
    assert_eq!(found("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
    assert_eq!(found("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
    assert_eq!(
        found("10.0.0.1", &["1.2.3.4, 203.0.113.9"]),
        "203.0.113.9",
        "what the client wrote itself is left of it"
    );
    assert_eq!(found("10.0.0.1", &["1.2.3.4, 203.0.113.9, 10.0.0.7"]), "203.0.113.9", "two proxies");
    assert_eq!(found("10.0.0.1", &["1.2.3.4", "203.0.113.9"]), "203.0.113.9", "repeated headers");
    assert_eq!(found("10.0.0.1", &["203.0.113.9:5123"]), "203.0.113.9");
    assert_eq!(found("fd00::1", &["[2001:db8::9]:443"]), "2001:db8::9");
    for malformed in
        ["", "unknown", "evil", "fe80::1%eth0", "1.2.3.4 5.6.7.8", "0x7f000001", "203.0.113.9;x", "\u{0}"]
    {
        assert_eq!(found("10.0.0.1", &[malformed]), "10.0.0.1", "{malformed}");
        assert_eq!(found("10.0.0.1", &[&format!("9.9.9.9, {malformed}")]), "10.0.0.1", "{malformed}");
    }
    let long = "10.0.0.2,".repeat(11_000) + "10.0.0.3";
    assert_eq!(found("10.0.0.1", &[&long]), "10.0.0.2", "100 kB are not walked through");
}
