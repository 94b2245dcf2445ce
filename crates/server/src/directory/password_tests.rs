use super::*;
use crate::directory::HasherSettings;
use std::time::Duration;

fn hasher(memory_kib: u32, passes: u32) -> Hasher {
    let settings = HasherSettings { memory_kib, passes, threads: 1, ..HasherSettings::default() };
    Hasher::start(settings).unwrap()
}

fn row(current: &str, previous: Option<&str>) -> PasswordRow {
    PasswordRow {
        current: Some(current.to_owned()),
        previous: previous.map(str::to_owned),
        changed: jiff::Timestamp::UNIX_EPOCH,
        must_change: false,
    }
}

async fn verdict(hasher: &Hasher, password: &str, row: Option<&PasswordRow>) -> Verdict {
    compare(hasher, Some(password), row).await.unwrap()
}

/// The hash of "password" with the salt "somesalt" by the reference implementation of argon2:
/// `echo -n "password" | argon2 somesalt -id -t 2 -m 16 -p 1` in the project's test.c, version 19.
#[tokio::test]
async fn a_hash_of_the_reference_implementation_is_understood() {
    let known = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let hasher = hasher(64, 1);
    assert_eq!(verdict(&hasher, "password", Some(&row(known, None))).await, Verdict::Right { rehash: false });
    assert_eq!(verdict(&hasher, "differentpassword", Some(&row(known, None))).await, Verdict::Wrong);
}

#[tokio::test]
async fn owasp_parameters_stand_in_the_hash() {
    let settings = HasherSettings::default();
    let hasher = Hasher::start(HasherSettings { threads: 1, ..settings }).unwrap();
    let phc = hash(&hasher, "secret", None).await.unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    let parts: Vec<&str> = phc.split('$').collect();
    assert_eq!((parts.len(), parts[4].len(), parts[5].len()), (6, 22, 43), "16 and 32 bytes: {phc}");
    assert!(imported(&phc).map(|_| ()).is_ok());
    assert_ne!(phc, hash(&hasher, "secret", None).await.unwrap(), "a fresh salt each time");
}

/// Unknown, without password, wrong, old, right, unreadable, too long: one run of the hash each.
#[tokio::test]
async fn attack_049_one_hash_whatever_the_account_is() {
    let hasher = hasher(64, 1);
    let old = hash(&hasher, "old-password", None).await.unwrap();
    let new = hash(&hasher, "new-password", Some(&old)).await.unwrap();
    assert_eq!(old.split('$').nth(4), new.split('$').nth(4), "the salt is kept");
    let account = row(&new, Some(&old));
    let empty = PasswordRow { current: None, ..account.clone() };
    let broken = row("$argon2id$v=19$broken", None);
    for (password, hashes, expected) in [
        (Some("new-password"), Some(&account), Verdict::Right { rehash: false }),
        (Some("old-password"), Some(&account), Verdict::Old),
        (Some("other"), Some(&account), Verdict::Wrong),
        (Some(""), Some(&account), Verdict::Wrong),
        (None, Some(&account), Verdict::Wrong),
        (Some("old-password"), Some(&empty), Verdict::Wrong),
        (Some("new-password"), Some(&broken), Verdict::Wrong),
        (Some(""), None, Verdict::Wrong),
        (Some("new-password"), None, Verdict::Wrong),
    ] {
        let before = hasher.ran();
        assert_eq!(compare(&hasher, password, hashes).await.unwrap(), expected, "{password:?}");
        assert_eq!(hasher.ran() - before, 1, "{password:?}");
    }
}

#[tokio::test]
async fn a_hash_is_made_anew_when_parameters_rose() {
    let weak = hasher(64, 1);
    let phc = hash(&weak, "secret", None).await.unwrap();
    for (memory, passes, rehash) in [(64, 1, false), (128, 1, true), (64, 2, true), (32, 1, false)] {
        let today = hasher(memory, passes);
        let given = verdict(&today, "secret", Some(&row(&phc, None))).await;
        assert_eq!(given, Verdict::Right { rehash }, "{memory} {passes}");
    }
    // With new parameters the salt of the old hash is not kept, and the old password not recognised.
    let strong = hasher(128, 1);
    let new = hash(&strong, "new-secret", Some(&phc)).await.unwrap();
    assert_ne!(phc.split('$').nth(4), new.split('$').nth(4));
    assert_eq!(verdict(&strong, "secret", Some(&row(&new, Some(&phc)))).await, Verdict::Wrong);
}

#[tokio::test]
async fn attack_057_hostile_hashes_are_refused_at_import_and_wrong_at_sign_in() {
    use HashRefused::{Form, TooCostly};
    let hasher = hasher(64, 1);
    let (salt, output) = ("c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");
    let good = format!("$argon2id$v=19$m=64,t=1,p=1${salt}${output}");
    assert_eq!(imported(&good).map(|_| ()), Ok(()));
    for (phc, reason) in [
        (format!("$argon2id$v=19$m=4294967295,t=1,p=1${salt}${output}"), TooCostly),
        (format!("$argon2id$v=19$m=262145,t=1,p=1${salt}${output}"), TooCostly),
        (format!("$argon2id$v=19$m=64,t=2147483648,p=1${salt}${output}"), TooCostly),
        (format!("$argon2id$v=19$m=64,t=17,p=1${salt}${output}"), TooCostly),
        (format!("$argon2id$v=19$m=131072,t=16,p=1${salt}${output}"), TooCostly),
        (format!("$argon2id$v=19$m=1024,t=1,p=17${salt}${output}"), TooCostly),
        (format!("$argon2id$v=19$m=4,t=1,p=1${salt}${output}"), Form),
        (format!("$argon2id$v=19$m=64,t=0,p=1${salt}${output}"), Form),
        (format!("$argon2id$v=19$m=64,t=1,p=0${salt}${output}"), Form),
        (format!("$argon2id$v=19$m=99999999999,t=1,p=1${salt}${output}"), Form),
        (format!("$argon2i$v=19$m=64,t=1,p=1${salt}${output}"), Form),
        (format!("$argon2id$v=16$m=64,t=1,p=1${salt}${output}"), Form),
        (format!("$argon2id$m=64,t=1,p=1${salt}${output}"), Form),
        (format!("$argon2id$v=19$m=64,t=1${salt}${output}"), Form),
        (format!("$argon2id$v=19$m=64,t=1,p=1${salt}"), Form),
        (format!("$argon2id$v=19$m=64,t=1,p=1${salt}$QUJDRA"), Form), // four bytes of output
        (format!("$argon2id$v=19$m=64,t=1,p=1$!!${output}"), Form),
        (
            "$scrypt$ln=40,r=8,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc".to_owned(),
            TooCostly,
        ),
        (
            "$pbkdf2-sha256$i=1000000000$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc".to_owned(),
            TooCostly,
        ),
        ("$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(), TooCostly),
        (good.split_at(good.len() / 2).0.to_owned(), Form),
        (String::new(), Form),
        ("x".repeat(1 << 20), Form),
    ] {
        let shown: String = phc.chars().take(60).collect();
        assert_eq!(imported(&phc).map(|_| ()), Err(reason), "{shown}");
        let before = hasher.ran();
        assert_eq!(verdict(&hasher, "password", Some(&row(&phc, None))).await, Verdict::Wrong, "{shown}");
        assert_eq!(hasher.ran() - before, 1, "{shown}: bounded by the dummy");
    }
}

/// An imported account signs in with the hash it brought, once; one run like any other.
#[tokio::test]
async fn attack_057_an_imported_hash_is_compared_in_one_run_and_then_made_anew() {
    let hasher = hasher(64, 1);
    let bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    let stored = imported(bcrypt).unwrap();
    let account = row(&stored, None);
    for (password, expected) in
        [("U*U", Verdict::Right { rehash: true }), ("U*V", Verdict::Wrong), ("", Verdict::Wrong)]
    {
        let before = hasher.ran();
        assert_eq!(verdict(&hasher, password, Some(&account)).await, expected, "{password}");
        assert_eq!(hasher.ran() - before, 1, "{password}");
    }
    assert_eq!(compare(&hasher, None, Some(&account)).await, Ok(Verdict::Wrong), "too long a password");
}

/// attacks.md 58: the queue is bounded; who does not get a turn in time is told so, unhashed.
#[tokio::test]
async fn attack_058_a_burst_is_queued_and_the_rest_is_busy() {
    let settings =
        HasherSettings { threads: 1, queue: 8, wait: Duration::from_secs(5), ..HasherSettings::default() };
    let hasher = Hasher::start(settings).unwrap();
    let tasks: Vec<_> = (0..300)
        .map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { compare(&hasher, Some("password"), None).await })
        })
        .collect();
    let (mut served, mut busy) = (0_u64, 0_u64);
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => served += 1,
            Err(Busy) => busy += 1,
        }
    }
    assert_eq!(served + busy, 300);
    assert!((8..=10).contains(&served), "the queue's eight, and what the thread took meanwhile: {served}");
    assert_eq!(hasher.ran(), served, "nothing was hashed in vain");
    assert_eq!(compare(&hasher, Some("password"), None).await, Ok(Verdict::Wrong), "free again");

    let impatient =
        HasherSettings { threads: 1, queue: 100, wait: Duration::ZERO, ..HasherSettings::default() };
    let hasher = Hasher::start(impatient).unwrap();
    assert_eq!(compare(&hasher, Some("password"), None).await, Err(Busy));
    assert_eq!(hasher.ran(), 0, "its time was over before its turn");
}

#[tokio::test]
async fn parameters_out_of_range_do_not_start() {
    for (memory_kib, passes, lanes) in [(4, 1, 1), (64, 0, 1), (64, 1, 0)] {
        let settings = HasherSettings { memory_kib, passes, lanes, ..HasherSettings::default() };
        assert!(Hasher::start(settings).is_err(), "{memory_kib} {passes} {lanes}");
    }
}
