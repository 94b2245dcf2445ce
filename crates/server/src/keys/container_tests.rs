use super::*;
use crate::keys::import;
use crate::keys::{KeyUse, Material, NewKey};
use crate::store::KeyRow;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + hours * 3600).unwrap()
}

/// A container of secrets (quick to make) with given `nbf` and `exp` in hours, made at hour 0 unless
/// said otherwise.
fn container(keys: &[(Option<i64>, Option<i64>, i64)]) -> Container {
    let mut made = Vec::new();
    for (position, (not_before, expires, created)) in (1..).zip(keys) {
        let new = NewKey {
            key_use: KeyUse::Sig,
            material: Material::GenerateSecret,
            not_before: None,
            expires: None,
        };
        let private = import::make(&new).unwrap();
        let row = KeyRow {
            container: "B2C_1A_Test".to_owned(),
            position,
            kid: format!("k{position}"),
            key_type: "oct".to_owned(),
            key_use: "sig".to_owned(),
            not_before: not_before.map(at),
            expires: expires.map(at),
            created: at(*created),
            public: "{}".to_owned(),
            sealed: String::new(),
        };
        made.push(Arc::new(Key::read(&row, &private.bytes).unwrap()));
    }
    Container::new("B2C_1A_Test".to_owned(), made)
}

fn active(container: &Container, hour: i64) -> String {
    container.active(at(hour)).map_or_else(|error| format!("{error:?}"), |key| key.kid().to_owned())
}

fn published(container: &Container, hour: i64) -> Vec<String> {
    container.published(at(hour)).iter().map(|key| key.kid().to_owned()).collect()
}

/// protocols 13: the latest `nbf` that has passed; keys without come last; expired ones not at all.
#[test]
fn the_active_key() {
    for (keys, expected, what) in [
        (vec![(None, None, 0)], vec![(0, "k1"), (9999, "k1")], "a lone key without dates"),
        (vec![(Some(5), None, 0)], vec![(4, "OutOfTime"), (5, "k1")], "not valid yet"),
        (vec![(None, Some(5), 0)], vec![(4, "k1"), (5, "OutOfTime")], "expired without successor"),
        (vec![(Some(0), None, 0), (Some(5), None, 0)], vec![(4, "k1"), (5, "k2")], "roll-over"),
        (vec![(Some(5), None, 0), (Some(0), None, 0)], vec![(4, "k2"), (5, "k1")], "order does not matter"),
        (
            vec![(None, None, 0), (Some(5), Some(9), 0)],
            vec![(4, "k1"), (5, "k2"), (9, "k1")],
            "the safety net",
        ),
        (vec![(Some(0), None, 0), (None, None, 0)], vec![(1, "k1")], "keys without nbf come last"),
        (vec![(Some(2), None, 0), (Some(2), None, 0)], vec![(3, "k2")], "of equals the younger"),
        (vec![(Some(0), None, 0), (Some(1), None, 7)], vec![(6, "k1"), (7, "k2")], "none before it was made"),
        (vec![], vec![(0, "OutOfTime")], "an empty container"),
    ] {
        let container = container(&keys);
        for (hour, kid) in expected {
            assert_eq!(active(&container, hour), kid, "{what} at hour {hour}");
        }
    }
}

/// attacks.md 87: published before it signs, and until its last token is dead: a day and 5 minutes.
#[test]
fn a_key_is_published_before_it_signs_and_until_its_tokens_are_dead() {
    let two = container(&[(None, None, 0), (Some(48), None, 24)]);
    assert_eq!(published(&two, 24), ["k1", "k2"], "at once");
    assert_eq!(published(&two, 72), ["k1", "k2"], "24 h after the roll-over a token may live");
    assert_eq!(published(&two, 73), ["k2"], "25 h after it none");

    let expiring = container(&[(None, Some(10), 0)]);
    assert_eq!(published(&expiring, 34), ["k1"]);
    assert_eq!(published(&expiring, 35), Vec::<String>::new());

    let net = container(&[(None, None, 0), (Some(5), Some(500), 0)]);
    assert_eq!(published(&net, 300), ["k1", "k2"], "the net will sign again when the other has expired");

    let never = container(&[(Some(0), None, 0), (None, Some(3), 0), (Some(90), None, 0)]);
    assert_eq!(published(&never, 1), ["k1", "k3"], "a key that never signs is not published");
}

#[test]
fn the_state_of_a_key() {
    use KeyState::{Active, Gone, Retired, Waiting};
    let two = container(&[(None, None, 0), (Some(48), None, 24)]);
    for (hour, states) in [(24, [Active, Waiting]), (48, [Retired, Active]), (73, [Gone, Active])] {
        let given: Vec<KeyState> = two.keys().iter().map(|key| two.state(key, at(hour))).collect();
        assert_eq!(given, states, "hour {hour}");
    }
}
