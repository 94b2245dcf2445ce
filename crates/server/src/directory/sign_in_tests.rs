//! Signing in (technical-profiles 6 and 24.3, attacks 49 to 60), on every database there is.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::super::harness::*;
use super::super::{DirectorySettings, Hasher, HasherSettings, LockoutSettings, Lookup, Mode, Write};
use super::*;

const AWAY: &str = "203.0.113.9";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn every_outcome() {
    for bench in benches().await {
        let user = bench.create("a@x.test").await;
        let lookup = Lookup::ObjectId(user.object_id.clone());
        let outcome = async |name: &str, password: &str| kind(&bench.sign_in(name, password).await);
        assert_eq!(outcome("A@X.test ", PASSWORD).await, "ok", "{}", bench.database);
        assert_eq!(outcome("a@x.test", "correct-horse-1").await, "wrong", "case counts");
        assert_eq!(outcome("a@x.test", &format!("{PASSWORD} ")).await, "wrong", "nothing is trimmed");
        assert_eq!(outcome("a@x.test", "").await, "wrong");
        assert_eq!(outcome("b@x.test", PASSWORD).await, "unknown");
        assert_eq!(outcome("no name@@", PASSWORD).await, "unknown");

        bench.set_password(&user, "Another-Horse-2").await;
        assert_eq!(outcome("a@x.test", PASSWORD).await, "old");
        assert_eq!(outcome("a@x.test", "Another-Horse-2").await, "ok");

        let write = async |writes: &[Write]| {
            bench.directory.write(TENANT, &lookup, writes, Mode::Update).await.unwrap();
        };
        write(&[Write::text("passwordProfile.forceChangePasswordNextLogin", "true")]).await;
        assert_eq!(outcome("a@x.test", "Another-Horse-2").await, "must change");
        write(&[Write::text("accountEnabled", "false")]).await;
        assert_eq!(outcome("a@x.test", "Another-Horse-2").await, "disabled");
        assert_eq!(
            outcome("a@x.test", "wrong").await,
            "wrong",
            "disabled shows after the right password only"
        );
    }
}

#[tokio::test]
async fn passwords_expire_after_ninety_days_unless_the_account_says_no() {
    for bench in benches().await {
        bench.create("never@x.test").await;
        let writes = [sign_up("some@x.test"), vec![Write::text("passwordPolicies", "None")]].concat();
        bench.directory.write(TENANT, &by_mail("some@x.test"), &writes, Mode::Create).await.unwrap();
        let day = SignedDuration::from_hours(24);
        bench.clock.advance(day * 90 - SignedDuration::from_secs(1));
        assert_eq!(kind(&bench.sign_in("some@x.test", PASSWORD).await), "ok");
        bench.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(kind(&bench.sign_in("some@x.test", PASSWORD).await), "must change", "{}", bench.database);
        assert_eq!(kind(&bench.sign_in("never@x.test", PASSWORD).await), "ok");
    }
}

/// attacks.md 49: the same steps run for an account and for none: one hash, the same count, the same
/// lock after the same number of tries.
#[tokio::test]
async fn attack_049_an_unknown_name_costs_and_counts_like_a_wrong_password() {
    for bench in benches().await {
        bench.create("a@x.test").await;
        for (name, expected) in
            [("a@x.test", "wrong"), ("nobody@x.test", "unknown"), ("not a name@@", "unknown")]
        {
            for number in 0..10 {
                let before = bench.directory.hasher().ran();
                assert_eq!(kind(&bench.sign_in(name, &format!("guess {number}")).await), expected, "{name}");
                assert_eq!(bench.directory.hasher().ran() - before, 1, "{} {name}", bench.database);
            }
            let before = bench.directory.hasher().ran();
            assert_eq!(kind(&bench.sign_in(name, "guess 11").await), "locked", "{} {name}", bench.database);
            assert_eq!(bench.directory.hasher().ran(), before, "a locked try hashes nothing");
            bench.clock.advance(SignedDuration::from_secs(60));
            assert_eq!(kind(&bench.sign_in(name, "guess 12").await), expected, "one try after the lock");
            assert_eq!(kind(&bench.sign_in(name, "guess 13").await), "locked", "and locked at once");
        }
    }
}

/// attacks.md 51: from one address, from 200, and 50 at one instant: ten passwords are compared.
#[tokio::test(flavor = "multi_thread")]
async fn attack_051_no_burst_gets_more_tries_than_a_sequence() {
    for bench in benches().await {
        bench.create("burst@x.test").await;
        let before = bench.directory.hasher().ran();
        let tasks: Vec<_> = (0..50)
            .map(|number| {
                let directory = bench.directory.clone();
                tokio::spawn(async move {
                    let password = format!("guess {number}");
                    let address = ip(&format!("198.51.{number}.1"));
                    let attempt = Attempt {
                        tenant: TENANT,
                        name: "burst@x.test",
                        password: &password,
                        address,
                        device: None,
                    };
                    directory.sign_in(&attempt).await.unwrap()
                })
            })
            .collect();
        let mut outcomes = std::collections::BTreeMap::new();
        for task in tasks {
            *outcomes.entry(kind(&task.await.unwrap())).or_insert(0) += 1;
        }
        assert_eq!(outcomes, [("locked", 40), ("wrong", 10)].into(), "{}", bench.database);
        assert_eq!(bench.directory.hasher().ran() - before, 10, "{}", bench.database);
        for number in 0..200 {
            let outcome =
                bench.sign_in_from("burst@x.test", PASSWORD, ip(&format!("10.0.{number}.1")), None).await;
            assert_eq!(kind(&outcome), "locked", "another address is no way out");
        }
    }
}

/// Fifty tries at one instant count as fifty where the threshold lets them all through.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_failures_at_one_instant_are_fifty() {
    let lockout = LockoutSettings { threshold: 1000, reset_after: 1000, ..LockoutSettings::default() };
    for bench in benches_with(DirectorySettings { lockout, ..DirectorySettings::default() }).await {
        let user = bench.create("a@x.test").await;
        let tasks: Vec<_> = (0..50)
            .map(|number| {
                let directory = bench.directory.clone();
                tokio::spawn(async move {
                    let password = format!("guess {number}");
                    let attempt = Attempt {
                        tenant: TENANT,
                        name: "a@x.test",
                        password: &password,
                        address: HOME,
                        device: None,
                    };
                    directory.sign_in(&attempt).await.unwrap()
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(kind(&task.await.unwrap()), "wrong");
        }
        let key = LockoutKey { tenant: TENANT, account: &user.object_id, scope: "unfamiliar" };
        let failures = bench
            .opened
            .store
            .change_lockout(key, true, bench.clock.now(), |row| row.failures)
            .await
            .unwrap();
        assert_eq!(failures, 50, "{}", bench.database);
    }
}

/// Right passwords at one instant are all right: counting in advance locks nobody out.
#[tokio::test(flavor = "multi_thread")]
async fn many_right_sign_ins_of_one_account_at_once_all_pass() {
    for bench in benches().await {
        bench.create("a@x.test").await;
        let tasks: Vec<_> = (0..60)
            .map(|_| {
                let directory = bench.directory.clone();
                tokio::spawn(async move {
                    let attempt = Attempt {
                        tenant: TENANT,
                        name: "a@x.test",
                        password: PASSWORD,
                        address: HOME,
                        device: None,
                    };
                    directory.sign_in(&attempt).await.unwrap()
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(kind(&task.await.unwrap()), "ok", "{}", bench.database);
        }
        assert_eq!(bench.directory.gate.waiting_accounts(), 0);
    }
}

/// attacks.md 52: the right password during lockout answers as a wrong one; a browser that signed in
/// before, and an address that did, are not locked out by an attacker elsewhere.
#[tokio::test]
async fn attack_052_lockout_is_no_oracle_and_no_weapon() {
    for bench in benches().await {
        bench.create("a@x.test").await;
        let first = bench.sign_in_from("a@x.test", PASSWORD, HOME, Some("device-secret")).await;
        assert_eq!(kind(&first), "ok");
        for number in 0..20 {
            bench.sign_in_from("a@x.test", &format!("guess {number}"), ip(AWAY), None).await;
        }
        for password in [PASSWORD, "guess x"] {
            let outcome = bench.sign_in_from("a@x.test", password, ip(AWAY), None).await;
            assert_eq!(kind(&outcome), "locked", "{}", bench.database);
            let outcome = bench.sign_in_from("a@x.test", password, ip(AWAY), Some("forged")).await;
            assert_eq!(kind(&outcome), "locked", "an invented device is none");
        }
        let known = bench.sign_in_from("a@x.test", PASSWORD, ip("198.51.100.1"), Some("device-secret")).await;
        assert_eq!(kind(&known), "ok", "{}: the known browser, wherever it is", bench.database);
        let familiar = bench.sign_in_from("a@x.test", PASSWORD, ip("192.0.2.200"), None).await;
        assert_eq!(kind(&familiar), "ok", "{}: the familiar network", bench.database);
        let other = bench.sign_in_from("b@x.test", PASSWORD, ip(AWAY), Some("device-secret")).await;
        assert_eq!(kind(&other), "unknown", "a device is known for one account");

        // A known device has its own limit: a stolen one is no way around.
        for number in 0..11 {
            bench
                .sign_in_from("a@x.test", &format!("stolen {number}"), ip(AWAY), Some("device-secret"))
                .await;
        }
        let stolen = bench.sign_in_from("a@x.test", PASSWORD, ip(AWAY), Some("device-secret")).await;
        assert_eq!(kind(&stolen), "locked", "{}", bench.database);
    }
}

#[tokio::test]
async fn a_lock_survives_a_restart_and_ends_with_a_reset() {
    for bench in benches().await {
        let user = bench.create("a@x.test").await;
        for number in 0..10 {
            bench.sign_in("a@x.test", &format!("guess {number}")).await;
        }
        let again = Directory::new(
            bench.opened.store.clone(),
            bench.sealer.clone(),
            bench.clock.clone(),
            Hasher::start(quick()).unwrap(),
            DirectorySettings::default(),
        );
        let attempt =
            Attempt { tenant: TENANT, name: "a@x.test", password: PASSWORD, address: HOME, device: None };
        assert_eq!(kind(&again.sign_in(&attempt).await.unwrap()), "locked", "{}", bench.database);
        again.unlock(TENANT, &user.object_id).await.unwrap();
        assert_eq!(kind(&again.sign_in(&attempt).await.unwrap()), "ok", "by an administrator");
        for number in 0..10 {
            bench.sign_in_from("a@x.test", &format!("guess {number}"), ip(AWAY), None).await;
        }
        bench.set_password(&user, "Another-Horse-2").await;
        let outcome = bench.sign_in_from("a@x.test", "Another-Horse-2", ip(AWAY), None).await;
        assert_eq!(kind(&outcome), "ok", "{}: by a password reset", bench.database);
    }
}

#[tokio::test]
async fn the_same_wrong_password_counts_once_and_a_success_forgets() {
    for bench in benches().await {
        bench.create("a@x.test").await;
        for typed in ["Wrong-Horse-1", "Wrong-Horse-1 ", "wRONG-hORSE-1"].into_iter().cycle().take(30) {
            assert_eq!(kind(&bench.sign_in("a@x.test", typed).await), "wrong", "{}", bench.database);
        }
        for number in 0..8 {
            assert_eq!(kind(&bench.sign_in("a@x.test", &format!("guess {number}")).await), "wrong");
        }
        assert_eq!(
            kind(&bench.sign_in("a@x.test", PASSWORD).await),
            "ok",
            "{}: nine failures",
            bench.database
        );
        for number in 10..19 {
            assert_eq!(kind(&bench.sign_in("a@x.test", &format!("guess {number}")).await), "wrong");
        }
        assert_eq!(kind(&bench.sign_in("a@x.test", PASSWORD).await), "ok", "{}: nine again", bench.database);
    }
}

#[tokio::test]
async fn a_hash_is_made_anew_at_sign_in_when_parameters_rose() {
    for bench in benches().await {
        let user = bench.create("a@x.test").await;
        let strong = Hasher::start(HasherSettings { memory_kib: 128, ..quick() }).unwrap();
        let upgraded = Directory::new(
            bench.opened.store.clone(),
            bench.sealer.clone(),
            bench.clock.clone(),
            strong.clone(),
            DirectorySettings::default(),
        );
        let stored = async || {
            let find = UserFind::ObjectId(user.object_id.clone());
            bench.opened.store.find_users(TENANT, &find).await.unwrap()[0].password.current.clone().unwrap()
        };
        assert!(stored().await.contains("m=64,"));
        let attempt =
            Attempt { tenant: TENANT, name: "a@x.test", password: PASSWORD, address: HOME, device: None };
        assert_eq!(kind(&upgraded.sign_in(&attempt).await.unwrap()), "ok");
        assert_eq!(strong.ran(), 2, "{}: compared and made anew", bench.database);
        assert!(stored().await.contains("m=128,"), "{}", bench.database);
        assert_eq!(kind(&upgraded.sign_in(&attempt).await.unwrap()), "ok");
        assert_eq!(strong.ran(), 3, "{}: once", bench.database);
    }
}

#[tokio::test]
async fn attack_055_hostile_passwords_are_wrong_and_never_cut() {
    for bench in benches().await {
        let long = format!("Aa1{}", "x".repeat(253));
        let writes = [sign_up("a@x.test"), vec![Write::text("password", &long)]].concat();
        bench.directory.write(TENANT, &by_mail("a@x.test"), &writes, Mode::Create).await.unwrap();
        assert_eq!(kind(&bench.sign_in("a@x.test", &long).await), "ok", "{}", bench.database);
        let megabyte = "x".repeat(1 << 20);
        for password in [
            long.split_at(72).0,
            long.split_at(255).0,
            &format!("{long}x"),
            megabyte.as_str(),
            "\0",
            "   ",
            "",
        ] {
            let before = bench.directory.hasher().ran();
            assert_eq!(kind(&bench.sign_in("a@x.test", password).await), "wrong");
            assert_eq!(bench.directory.hasher().ran() - before, 1, "one hash, not of 1 MB");
        }
        // One word in two Unicode forms is one password.
        let user = bench.create("b@x.test").await;
        bench.set_password(&user, "Caf\u{e9}-Horse-1").await;
        assert_eq!(kind(&bench.sign_in("b@x.test", "Cafe\u{301}-Horse-1").await), "ok");
    }
}

/// attacks.md 58: without room the answer is busy, and the try does not count.
#[tokio::test]
async fn attack_058_a_busy_server_counts_no_failures() {
    for bench in benches().await {
        bench.create("a@x.test").await;
        let settings = HasherSettings { wait: Duration::ZERO, threads: 1, ..quick() };
        let busy = Directory::new(
            bench.opened.store.clone(),
            bench.sealer.clone(),
            bench.clock.clone(),
            Hasher::start(settings).unwrap(),
            DirectorySettings::default(),
        );
        for number in 0..30 {
            let password = format!("guess {number}");
            let attempt = Attempt {
                tenant: TENANT,
                name: "a@x.test",
                password: &password,
                address: HOME,
                device: None,
            };
            assert_eq!(kind(&busy.sign_in(&attempt).await.unwrap()), "busy", "{}", bench.database);
        }
        assert_eq!(kind(&bench.sign_in("a@x.test", PASSWORD).await), "ok", "{}", bench.database);
    }
}

/// attacks.md 59: twins of an address reach the one account, look-alikes reach nobody's.
#[tokio::test]
async fn attack_059_two_people_never_share_an_account() {
    for bench in benches().await {
        bench.create("kim@bücher.test").await;
        for twin in ["KIM@bücher.test", "kim@xn--bcher-kva.test", " kim@BÜCHER.test"] {
            assert_eq!(kind(&bench.sign_in(twin, PASSWORD).await), "ok", "{} {twin}", bench.database);
            let again =
                bench.directory.write(TENANT, &by_mail(twin), &sign_up(twin.trim()), Mode::Create).await;
            assert!(matches!(again, Err(super::super::Refusal::AlreadyExists)), "{twin}");
        }
        for other in [
            "\u{212a}im@bücher.test",
            "ｋim@bücher.test",
            "kım@bücher.test",
            "k\u{456}m@bücher.test",
            "kim＠bücher.test",
        ] {
            assert_eq!(kind(&bench.sign_in(other, PASSWORD).await), "unknown", "{} {other}", bench.database);
        }
    }
}

/// attacks.md 60: a sign-in name in the form of another identifier finds nobody.
#[tokio::test]
async fn attack_060_a_name_finds_only_by_its_own_kind() {
    for bench in benches().await {
        let victim = bench.create("a@x.test").await;
        let lookup = Lookup::ObjectId(victim.object_id.clone());
        let phone = [Write::text("strongAuthenticationPhoneNumber", "+14255550123")];
        bench.directory.write(TENANT, &lookup, &phone, Mode::Update).await.unwrap();
        for name in [victim.object_id.as_str(), "+14255550123", "Ann", ""] {
            assert_eq!(kind(&bench.sign_in(name, PASSWORD).await), "unknown", "{} {name}", bench.database);
        }
        assert_eq!(
            kind(&bench.sign_in(victim.principal_name(), PASSWORD).await),
            "ok",
            "the principal name is one"
        );
        // A user name that looks like the victim's id is its owner's.
        let by_name =
            |name: &str| Lookup::SignInName { sign_in_type: Some("userName".into()), name: name.into() };
        let writes = [
            Write::text("displayName", "Eve"),
            Write::text("password", "Evil-Horse-66"),
            Write::text("signInNames.userName", &victim.object_id),
        ];
        let eve = bench
            .directory
            .write(TENANT, &by_name(&victim.object_id), &writes, Mode::Create)
            .await
            .unwrap()
            .user;
        assert_ne!(eve.object_id, victim.object_id);
        assert_eq!(kind(&bench.sign_in(&victim.object_id, PASSWORD).await), "wrong");
        assert!(matches!(bench.sign_in(&victim.object_id, "Evil-Horse-66").await,
            SignIn::Ok { user, .. } if user.object_id == eve.object_id));
    }
}

/// The future may move between threads, as a handler's must.
#[test]
fn a_sign_in_can_be_awaited_in_a_handler() {
    fn sendable<T: Send>(_: &T) {}
    fn check(directory: &Directory, attempt: &Attempt<'_>) {
        sendable(&directory.sign_in(attempt));
        sendable(&directory.write(TENANT, &by_mail("a@x.test"), &[], Mode::Create));
        sendable(&directory.delete(TENANT, &by_mail("a@x.test")));
        sendable(&directory.revoke(TENANT, ""));
    }
    let _compiles = check;
}
