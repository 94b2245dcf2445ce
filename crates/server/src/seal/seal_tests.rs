use super::*;

async fn sealer(master: MasterKey) -> (tempfile::TempDir, Store, Sealer) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("s.db").display())).await.unwrap();
    let sealer = Sealer::open(store.clone(), master, at(0)).await.unwrap();
    (folder, store, sealer)
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + hours * 3600).unwrap()
}

fn twin(master: &MasterKey) -> MasterKey {
    master.twin()
}

#[tokio::test]
async fn only_the_same_text_for_the_same_purpose_opens() {
    let (_folder, _, sealer) = sealer(MasterKey::generate()).await;
    let sealed = sealer.seal("journey", b"claims", at(0)).unwrap();
    assert_eq!(sealer.unseal("journey", &sealed).unwrap().as_slice(), b"claims");
    assert_ne!(sealed, sealer.seal("journey", b"claims", at(0)).unwrap(), "a fresh nonce each time");
    assert!(matches!(sealer.unseal("cookie", &sealed), Err(SealError::Refused)));
    let other_key = sealed.replacen("1.", "2.", 1);
    for bad in ["", ".", "1", "1.", "x.AAAA", "-1.AAAA", "1.AAAA", "1.!!", &other_key, &format!("{sealed}A")]
    {
        assert!(matches!(sealer.unseal("journey", bad), Err(SealError::Refused)), "{bad}");
    }
}

/// Every single flipped bit of a sealed text is noticed.
#[tokio::test]
async fn every_flipped_bit_is_noticed() {
    let (_folder, _, sealer) = sealer(MasterKey::generate()).await;
    let sealed = sealer.seal("p", b"secret", at(0)).unwrap();
    let (number, body) = sealed.split_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(body).unwrap();
    assert_eq!(bytes.len(), 12 + 6 + 16, "nonce, plain, tag");
    for bit in 0..bytes.len() * 8 {
        let mut bent = bytes.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        let text = format!("{number}.{}", URL_SAFE_NO_PAD.encode(bent));
        assert!(sealer.unseal("p", &text).is_err(), "bit {bit}");
    }
}

#[tokio::test]
async fn a_monthly_key_takes_over_after_its_lead_and_the_old_one_still_opens() {
    let (_folder, store, sealer) = sealer(MasterKey::generate()).await;
    let old = sealer.seal("p", b"x", at(0)).unwrap();
    let month = 24 * 30;
    sealer.renew(at(month - 1)).await.unwrap();
    assert_eq!(store.seal_keys().await.unwrap().len(), 1, "too young");
    sealer.renew(at(month)).await.unwrap();
    sealer.renew(at(month)).await.unwrap();
    assert_eq!(store.seal_keys().await.unwrap().len(), 2, "once");
    assert!(sealer.seal("p", b"x", at(month)).unwrap().starts_with("1."), "not before its lead is over");
    let new = sealer.seal("p", b"x", at(month + 1)).unwrap();
    assert!(new.starts_with("2."));
    for sealed in [old, new] {
        assert_eq!(sealer.unseal("p", &sealed).unwrap().as_slice(), b"x");
    }
}

#[tokio::test]
async fn a_new_master_key_opens_everything_and_the_old_one_nothing() {
    let master = MasterKey::generate();
    let (_folder, store, sealer) = sealer(twin(&master)).await;
    let sealed = sealer.seal("p", b"x", at(0)).unwrap();
    let new = MasterKey::generate();
    sealer.rotate_master(twin(&new)).await.unwrap();
    assert_eq!(sealer.unseal("p", &sealed).unwrap().as_slice(), b"x");

    let reopened = Sealer::open(store.clone(), new, at(1)).await.unwrap();
    assert_eq!(reopened.unseal("p", &sealed).unwrap().as_slice(), b"x");
    for wrong in [master, MasterKey::generate()] {
        assert!(matches!(Sealer::open(store.clone(), wrong, at(1)).await, Err(SealError::WrongMasterKey)));
    }
}

#[tokio::test]
async fn a_previous_master_key_is_changed_to_the_present_one_at_start() {
    let old = MasterKey::generate();
    let (_folder, store, sealer) = sealer(twin(&old)).await;
    let sealed = sealer.seal("p", b"x", at(0)).unwrap();
    let new = MasterKey::generate();
    let previous = || vec![MasterKey::generate(), twin(&old)];
    for _ in 0..2 {
        let changed = Sealer::open_or_change(store.clone(), twin(&new), previous(), at(1)).await.unwrap();
        assert_eq!(changed.unseal("p", &sealed).unwrap().as_slice(), b"x");
    }
    Sealer::open(store.clone(), new, at(1)).await.unwrap();
    for (master, previous) in [(twin(&old), vec![]), (MasterKey::generate(), vec![twin(&old)])] {
        let refused = Sealer::open_or_change(store.clone(), master, previous, at(1)).await;
        assert!(matches!(refused, Err(SealError::WrongMasterKey)));
    }
}

/// A server that runs while the master key is changed beside it goes on, and spoils nothing.
#[tokio::test]
async fn a_running_server_outlives_a_change_of_the_master_key_elsewhere() {
    let old = MasterKey::generate();
    let (_folder, store, running) = sealer(twin(&old)).await;
    let new = MasterKey::generate();
    let changed = Sealer::open_or_change(store.clone(), twin(&new), vec![old], at(0)).await.unwrap();
    let month = 24 * 30;
    running.renew(at(month)).await.unwrap();
    assert_eq!(store.seal_keys().await.unwrap().len(), 1, "it adds no key that the others cannot open");
    changed.renew(at(month)).await.unwrap();
    assert_eq!(store.seal_keys().await.unwrap().len(), 2);
    running.refresh().await.unwrap();
    let sealed = running.seal("p", b"x", at(month + 2)).unwrap();
    assert_eq!(changed.unseal("p", &sealed).unwrap().as_slice(), b"x");
    Sealer::open(store, new, at(month)).await.unwrap();
}

#[tokio::test]
async fn what_stands_in_the_database_is_sealed() {
    let (folder, store, sealer) = sealer(MasterKey::generate()).await;
    let canary = "canary-4711-canary";
    let sealed = sealer.seal("p", canary.as_bytes(), at(0)).unwrap();
    assert!(!sealed.contains(canary));
    store.close().await;
    let mut read = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        // SQLite removes its write-ahead log when the last connection closes, which may be between listing and reading.
        let Ok(bytes) = std::fs::read(entry.unwrap().path()) else { continue };
        read += bytes.len();
        assert!(!bytes.windows(canary.len()).any(|w| w == canary.as_bytes()));
    }
    assert!(read > 0, "the database itself was read");
}

#[tokio::test]
async fn fingerprints_are_equal_for_equal_data_and_purpose_only() {
    let (_folder, _, one) = sealer(MasterKey::generate()).await;
    let (_folder2, _, other) = sealer(MasterKey::generate()).await;
    let print = one.fingerprint("a", b"bc", at(0));
    assert_eq!(print, one.fingerprint("a", b"bc", at(5)));
    assert_eq!(print.len(), 22, "128 bits");
    assert_ne!(print, one.fingerprint("ab", b"c", at(0)));
    assert_ne!(print, one.fingerprint("a", b"bd", at(0)));
    assert_ne!(print, other.fingerprint("a", b"bc", at(0)));
}

#[test]
fn a_master_key_is_32_bytes_in_either_spelling() {
    let hex = "00ff".repeat(16);
    let key = MasterKey::parse(&hex).unwrap();
    assert_eq!(key.to_text().as_str(), MasterKey::parse(&hex.to_uppercase()).unwrap().to_text().as_str());
    let text = key.to_text();
    assert_eq!(text.len(), 43);
    assert_eq!(
        MasterKey::parse(&format!(" {}=\n", text.as_str())).unwrap().to_text().as_str(),
        text.as_str()
    );
    for bad in ["", "short", &"0".repeat(63), &"g".repeat(64), &"A".repeat(44), &"ä".repeat(32)] {
        assert!(matches!(MasterKey::parse(bad), Err(MasterKeyError::Form)), "{bad}");
    }
    assert_eq!(format!("{key:?}"), "MasterKey(hidden)");
}

#[cfg(unix)]
#[test]
fn the_master_keys_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let made = MasterKey::load_or_create(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(MasterKey::load_or_create(&path).unwrap().to_text(), made.to_text(), "kept");
    assert!(MasterKey::generate().save_new(&path).is_err(), "never overwritten");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::Exposed)));
}
