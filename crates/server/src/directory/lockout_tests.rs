use super::*;

fn fresh() -> LockoutRow {
    LockoutRow {
        known: true,
        tries: 0,
        failures: 0,
        locks: 0,
        locked_until: Timestamp::UNIX_EPOCH,
        recent: String::new(),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// A wrong password that was never tried before.
fn miss(row: &mut LockoutRow, now: Timestamp) -> bool {
    let settings = LockoutSettings::default();
    let ticket = begin(row, &settings, now);
    let print = row.tries.to_string();
    ticket.inspect(|ticket| fail(row, *ticket, &print)).is_some()
}

#[test]
fn attack_051_the_tenth_failure_locks_and_locks_grow() {
    let mut row = fresh();
    for number in 1..=10 {
        assert!(miss(&mut row, at(0)), "try {number} is looked at");
    }
    assert!(!miss(&mut row, at(0)));
    assert!(!miss(&mut row, at(59)));
    assert_eq!((row.failures, row.tries, row.locks), (10, 12, 1));

    // After each lock one more failure locks at once; lengths by the table of 24.3.
    let mut now = at(60);
    let minutes =
        [(2, 1), (10, 1), (11, 5), (20, 5), (21, 15), (31, 30), (41, 60), (51, 120), (61, 300), (91, 300)];
    for lock in 2..=91 {
        assert!(miss(&mut row, now), "lock {lock}: one try");
        assert!(!miss(&mut row, now), "lock {lock}: and no second");
        let length = row.locked_until.duration_since(now);
        if let Some((_, expected)) = minutes.iter().find(|(number, _)| *number == lock) {
            assert_eq!(length, SignedDuration::from_mins(*expected), "lock {lock}");
        }
        let last = row.locked_until - SignedDuration::from_millis(1);
        assert!(!miss(&mut row, last));
        now = row.locked_until;
    }
    // A hundred in a row: no time unlocks any more.
    assert_eq!(row.failures, 100);
    assert!(!miss(&mut row, now + SignedDuration::from_hours(24 * 365)));
}

#[test]
fn tries_at_one_instant_get_no_more_than_tries_in_sequence() {
    let settings = LockoutSettings::default();
    let mut row = fresh();
    let tickets: Vec<_> = (0..50).filter_map(|_| begin(&mut row, &settings, at(0))).collect();
    assert_eq!(tickets.len(), 10, "all begun before the first has ended");
    for (number, ticket) in tickets.into_iter().enumerate() {
        fail(&mut row, ticket, &number.to_string());
    }
    assert_eq!((row.failures, row.tries, row.locked_until), (10, 50, at(60)));
}

#[test]
fn the_same_wrong_password_counts_once_while_it_is_remembered() {
    let settings = LockoutSettings::default();
    let mut row = fresh();
    for _ in 0..1000 {
        let ticket = begin(&mut row, &settings, at(0)).unwrap();
        fail(&mut row, ticket, "same");
    }
    assert_eq!((row.failures, row.locks), (1, 0));
    // At the brink it still does not lock, and the account is free again.
    for number in 0..8 {
        let ticket = begin(&mut row, &settings, at(0)).unwrap();
        fail(&mut row, ticket, &number.to_string());
    }
    let ticket = begin(&mut row, &settings, at(0)).unwrap();
    assert_eq!(row.locked_until, at(60), "locked in advance");
    fail(&mut row, ticket, "same");
    assert_eq!((row.failures, row.locks), (9, 0));
    assert!(begin(&mut row, &settings, at(0)).is_some(), "given back");
    // Only the last ten are remembered.
    assert_eq!(row.recent.split(' ').count(), 9);
}

#[test]
fn settings_set_threshold_length_and_limit() {
    let settings = LockoutSettings {
        threshold: 3,
        duration: SignedDuration::from_hours(4),
        longest: SignedDuration::from_hours(6),
        reset_after: 5,
        familiar: SignedDuration::ZERO,
    };
    let mut row = fresh();
    for _ in 0..3 {
        assert!(begin(&mut row, &settings, at(0)).is_some());
    }
    assert_eq!(row.locked_until, at(4 * 3600));
    row.locks = 10;
    assert!(begin(&mut row, &settings, at(4 * 3600)).is_some());
    assert_eq!(row.locked_until, at((4 + 6) * 3600), "20 h are cut to the longest");
    row.locked_until = at(0);
    assert!(begin(&mut row, &settings, at(0)).is_some());
    row.locked_until = at(0);
    assert!(begin(&mut row, &settings, at(0)).is_none(), "five in a row");
}
