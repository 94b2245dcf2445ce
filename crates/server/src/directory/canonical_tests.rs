use super::*;

fn one(twins: &[&str]) {
    let first = sign_in_name(twins[0]).unwrap();
    for twin in twins {
        assert_eq!(sign_in_name(twin).as_deref(), Some(first.as_str()), "{twin:?} is {:?}", twins[0]);
    }
}

fn refused(names: &[&str]) {
    for name in names {
        assert_eq!(sign_in_name(name), None, "{name:?}");
    }
}

#[test]
fn attack_059_one_canonical_form_decides_sameness() {
    one(&["a@x.test", "A@x.test", "a@X.test", "a@x.test ", "\ta@x.test"]);
    one(&["a@bücher.test", "a@xn--bcher-kva.test", "a@BÜCHER.test", "a@bu\u{308}cher.test"]);
    one(&["jo\u{e9}@x.test", "joe\u{301}@x.test", "JO\u{c9}@x.test"]);
    let different = [
        "i@x.test",
        "ı@x.test",
        "İ@x.test",
        "а@x.test",
        "a@x.test",
        "ß@x.test",
        "ss@x.test",
        "a+b@x.test",
        "ab@x.test",
        "a.b@x.test",
    ];
    let forms: std::collections::HashSet<_> = different.iter().map(|n| sign_in_name(n).unwrap()).collect();
    assert_eq!(forms.len(), different.len(), "no two people share a name: {forms:?}");
    assert_ne!(sign_in_name("a@x.test"), sign_in_name("\u{430}@x.test"), "Cyrillic a is another letter");
    refused(&[
        "a@x.test.",
        "\u{ff41}@x.test", // full-width a: NFKC twin of a@x.test
        "a\u{ff20}x.test", // full-width at sign
        "\u{212a}@x.test", // Kelvin sign: lower case k in many libraries
        "\u{fb01}@x.test", // ligature fi
        "a@\u{ff58}.test",
        "\"a b\"@x.test",
        "\"a\"@x.test",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@0x7f.1",
        "a@b@c",
        "a@b@c.test",
        "a@x.test\r\nBcc:v@y.test",
        "a\r\n@x.test",
        "a@x.test\0",
        "a(b)@x.test",
        "a@x%2etest",
        "@x.test",
        "a@",
        "a@test",
        ".a@x.test",
        "a..b@x.test",
        "a.@x.test",
        "a@x..test",
        "a@-x.test",
        "a@x-.test",
        "a b@x.test",
        "a@x .test",
        "a\u{200b}@x.test",
        "a\u{202e}@x.test",
        "<a@x.test>",
        "a,b@x.test",
        "\u{301}a@x.test",
        "",
        " ",
        "@",
    ]);
    let long = |local: usize, domain: usize| format!("{}@{}.test", "a".repeat(local), "b".repeat(domain));
    assert!(sign_in_name(&long(64, 60)).is_some());
    refused(&[&long(65, 60), &long(5, 64), &long(200, 115), &long(9_990, 5), &"a".repeat(10_000_000)]);
}

#[test]
fn user_names_are_mailbox_names_without_accents() {
    one(&["Alice", "alice", " ALICE "]);
    for good in ["a", "alice.b", "a_b-c+d", "0c7a6c1e-7b0e-4a33-9c61-a1b2c3d4e5f6", &"a".repeat(64)] {
        assert_eq!(user_name(good).as_deref(), Some(good));
    }
    for bad in ["", "a b", "é", "a@b", ".a", "a.", "a..b", "a\n", "ａ", "a\"", &"a".repeat(65)] {
        assert_eq!(user_name(bad), None, "{bad:?}");
    }
}

#[test]
fn phone_numbers_are_e164() {
    one(&["+14255550123", "+1 (425) 555-0123", "+1.425.555.0123"]);
    for bad in [
        "14255550123",
        "+0425555012",
        "+123456",
        "+1234567890123456",
        "+1٤255550123",
        "+1425555012x",
        "+",
        "++14255550123",
    ] {
        assert_eq!(phone(bad), None, "{bad:?}");
    }
}

/// The canonical form of a canonical form is itself, for names drawn from troublesome letters.
#[test]
fn canonical_forms_are_idempotent() {
    let letters: Vec<char> = "aAzZ09.-_+@ßẞİıſΣςσǅåÅüÜ\u{301}\u{308}дДאあ가".chars().collect();
    let mut seed = 1_u64;
    let mut canonical = 0;
    for _ in 0..200_000 {
        let mut name = String::new();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut bits = seed >> 8;
        for _ in 0..(3 + bits % 8) {
            bits = bits.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(3_037_000_493);
            name.push(letters[usize::try_from(bits >> 40).unwrap() % letters.len()]);
        }
        for name in [name.clone(), format!("{name}.test")] {
            if let Some(form) = sign_in_name(&name) {
                canonical += 1;
                assert_eq!(sign_in_name(&form).as_deref(), Some(form.as_str()), "{name:?}");
            }
        }
    }
    assert!(canonical > 1000, "only {canonical} names were valid: the test looks at nothing");
}
