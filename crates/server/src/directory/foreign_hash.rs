//! Password hashes of other systems: bcrypt, scrypt, PBKDF2.
//!
//! In: a hash as another system keeps it. Out: the one form in which it is stored here, and for a sign-in what a password
//! must come to. Every parameter is bounded before any work (attack 57). A password that was right is hashed anew with
//! argon2id, so each of these is run once at most.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::password::HashRefused;

/// Doublings of bcrypt's rounds: 14 takes about a second.
const MOST_BCRYPT: u32 = 14;
const LEAST_BCRYPT: u32 = 4;
/// What bcrypt reads of a password, its final zero included.
const BCRYPT_LETTERS: usize = 72;
/// Memory of scrypt, 128 · N · r bytes.
const MOST_SCRYPT_BYTES: u64 = 64 * 1024 * 1024;
const MOST_SCRYPT_LANES: u32 = 4;
const MOST_ROUNDS: u32 = 2_000_000;
/// The least output that no guess hits by chance, and the most that anybody keeps.
const OUTPUT: std::ops::RangeInclusive<usize> = 16..=64;
const MOST_SALT: usize = 64;
/// The longest hash that is looked at.
const MOST_TEXT: usize = 512;

/// How a password is turned into the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `$2b$COST$…`
    Bcrypt(u32),
    /// `$scrypt$ln=…,r=…,p=…$…`
    Scrypt { log_n: u8, r: u32, p: u32, length: usize },
    /// `$pbkdf2-sha256$i=…$…`
    Pbkdf2 { digest: Digest, rounds: NonZeroU32, length: usize },
}

/// The digest of PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

/// A parsed hash.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ForeignHash {
    pub(super) scheme: Scheme,
    pub(super) salt: Vec<u8>,
    pub(super) output: Vec<u8>,
}

impl Digest {
    fn named(name: &str) -> Option<Digest> {
        match name {
            "sha1" | "pbkdf2" | "pbkdf2-sha1" | "pbkdf2_sha1" => Some(Digest::Sha1),
            "sha256" | "pbkdf2-sha256" | "pbkdf2_sha256" => Some(Digest::Sha256),
            "sha512" | "pbkdf2-sha512" | "pbkdf2_sha512" => Some(Digest::Sha512),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Digest::Sha1 => "sha1",
            Digest::Sha256 => "sha256",
            Digest::Sha512 => "sha512",
        }
    }

    fn algorithm(self) -> pbkdf2::Algorithm {
        match self {
            Digest::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

impl ForeignHash {
    /// Reads the form in which such a hash is stored, or another that is known.
    pub(super) fn read(text: &str) -> Result<ForeignHash, HashRefused> {
        if text.len() > MOST_TEXT {
            return Err(HashRefused::Form);
        }
        let head = text.split('$').nth(1).unwrap_or_default();
        let hash = match head {
            "2a" | "2b" | "2y" => bcrypt(text)?,
            "scrypt" => scrypt(text)?,
            name if Digest::named(name).is_some() => rounds_in_words(text)?,
            _ => of_frameworks(text)?,
        };
        let fits = OUTPUT.contains(&hash.output.len()) && (1..=MOST_SALT).contains(&hash.salt.len());
        if fits { Ok(hash) } else { Err(HashRefused::Form) }
    }

    /// The form in which it is stored.
    pub(super) fn text(&self) -> String {
        let encoded = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        let (salt, output) = (encoded(&self.salt), encoded(&self.output));
        match &self.scheme {
            Scheme::Bcrypt(cost) => {
                let radix = bcrypt_letters();
                format!("$2b${cost:02}${}{}", radix.encode(&self.salt), radix.encode(&self.output))
            }
            Scheme::Scrypt { log_n, r, p, .. } => format!("$scrypt$ln={log_n},r={r},p={p}${salt}${output}"),
            Scheme::Pbkdf2 { digest, rounds, .. } => {
                format!("$pbkdf2-{}$i={rounds}${salt}${output}", digest.name())
            }
        }
    }
}

impl Scheme {
    /// What a password comes to with a salt.
    pub(super) fn run(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Scheme::Bcrypt(cost) => {
                // The zero at the end is part of the password, which is cut at 72 bytes: so the systems did it.
                let mut key = Zeroizing::new(password.to_vec());
                key.push(0);
                key.truncate(BCRYPT_LETTERS);
                let made = bcrypt::bcrypt(*cost, salt.try_into().ok()?, &key);
                Some(Zeroizing::new(made.iter().copied().take(23).collect()))
            }
            Scheme::Scrypt { log_n, r, p, length } => {
                let params = scrypt::Params::new(*log_n, *r, *p).ok()?;
                let mut output = Zeroizing::new(vec![0; *length]);
                scrypt::scrypt(password, salt, &params, &mut output).ok()?;
                Some(output)
            }
            Scheme::Pbkdf2 { digest, rounds, length } => {
                let mut output = Zeroizing::new(vec![0; *length]);
                pbkdf2::derive(digest.algorithm(), *rounds, salt, password, &mut output);
                Some(output)
            }
        }
    }
}

/// bcrypt's own letters, whose last bits nobody looks at.
fn bcrypt_letters() -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::BCRYPT, config)
}

fn bcrypt(text: &str) -> Result<ForeignHash, HashRefused> {
    let mut parts = text.split('$').skip(2);
    let (Some(cost), Some(rest), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(HashRefused::Form);
    };
    let cost: u32 = cost.parse().map_err(|_| HashRefused::Form)?;
    let (salt, output) = rest.split_at_checked(22).ok_or(HashRefused::Form)?;
    let bytes = |text| bcrypt_letters().decode(text).map_err(|_| HashRefused::Form);
    let (salt, output) = (bytes(salt)?, bytes(output)?);
    if salt.len() != 16 || output.len() != 23 || cost < LEAST_BCRYPT {
        return Err(HashRefused::Form);
    }
    if cost > MOST_BCRYPT {
        return Err(HashRefused::TooCostly);
    }
    Ok(ForeignHash { scheme: Scheme::Bcrypt(cost), salt, output })
}

/// `$NAME$PARAMETERS$SALT$OUTPUT`, as PHC strings have it; in passlib's base64 a dot stands for the plus.
struct Parts<'a> {
    name: &'a str,
    parameters: &'a str,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Parts<'a>, HashRefused> {
        let parts: Vec<&str> = text.split('$').collect();
        let ["", name, parameters, salt, output] = parts.as_slice() else { return Err(HashRefused::Form) };
        let bytes =
            |text: &str| STANDARD_NO_PAD.decode(text.replace('.', "+")).map_err(|_| HashRefused::Form);
        Ok(Parts { name, parameters, salt: bytes(salt)?, output: bytes(output)? })
    }

    /// A parameter by its name, such as `i` in `i=600000,l=32`.
    fn number(&self, name: &str) -> Result<u32, HashRefused> {
        let mut all = self.parameters.split(',').filter_map(|pair| pair.split_once('='));
        let found = all.find(|(known, _)| *known == name).and_then(|(_, value)| value.parse().ok());
        found.ok_or(HashRefused::Form)
    }
}

fn scrypt(text: &str) -> Result<ForeignHash, HashRefused> {
    let parts = Parts::of(text)?;
    let (log_n, r, p) = (parts.number("ln")?, parts.number("r")?, parts.number("p")?);
    if log_n == 0 || r == 0 || p == 0 {
        return Err(HashRefused::Form);
    }
    let bytes = 1_u64.checked_shl(log_n).and_then(|n| n.checked_mul(128 * u64::from(r)));
    if log_n > 32 || p > MOST_SCRYPT_LANES || bytes.is_none_or(|bytes| bytes > MOST_SCRYPT_BYTES) {
        return Err(HashRefused::TooCostly);
    }
    let log_n = u8::try_from(log_n).map_err(|_| HashRefused::TooCostly)?;
    let scheme = Scheme::Scrypt { log_n, r, p, length: parts.output.len() };
    Ok(ForeignHash { scheme, salt: parts.salt, output: parts.output })
}

fn rounds_of(
    digest: Digest,
    rounds: u32,
    (salt, output): (Vec<u8>, Vec<u8>),
) -> Result<ForeignHash, HashRefused> {
    let rounds = NonZeroU32::new(rounds).ok_or(HashRefused::Form)?;
    if rounds.get() > MOST_ROUNDS {
        return Err(HashRefused::TooCostly);
    }
    let scheme = Scheme::Pbkdf2 { digest, rounds, length: output.len() };
    Ok(ForeignHash { scheme, salt, output })
}

/// `$pbkdf2-sha256$i=600000$SALT$OUTPUT`, and `$pbkdf2-sha256$29000$SALT$OUTPUT` of passlib.
fn rounds_in_words(text: &str) -> Result<ForeignHash, HashRefused> {
    let parts = Parts::of(text)?;
    let digest = Digest::named(parts.name).ok_or(HashRefused::Form)?;
    let rounds = parts.parameters.parse().or_else(|_| parts.number("i"))?;
    rounds_of(digest, rounds, (parts.salt, parts.output))
}

/// `pbkdf2_sha256$260000$SALT$OUTPUT` (Django), and the base64 of ASP.NET Core Identity, versions 2 and 3.
fn of_frameworks(text: &str) -> Result<ForeignHash, HashRefused> {
    if let [name, rounds, salt, output] = text.split('$').collect::<Vec<_>>().as_slice() {
        let digest = Digest::named(name).ok_or(HashRefused::Form)?;
        let rounds = rounds.parse().map_err(|_| HashRefused::Form)?;
        let output = STANDARD.decode(output).map_err(|_| HashRefused::Form)?;
        return rounds_of(digest, rounds, (salt.as_bytes().to_vec(), output));
    }
    let bytes = STANDARD.decode(text).map_err(|_| HashRefused::Form)?;
    match bytes.split_first() {
        Some((0, rest)) if rest.len() == 48 => {
            let (salt, output) = rest.split_at(16);
            rounds_of(Digest::Sha1, 1_000, (salt.to_vec(), output.to_vec()))
        }
        Some((1, rest)) => identity_three(rest),
        _ => Err(HashRefused::Form),
    }
}

/// Digest, rounds and length of the salt as big-endian words, the salt, the output.
fn identity_three(bytes: &[u8]) -> Result<ForeignHash, HashRefused> {
    let word = |bytes: &[u8; 4]| u32::from_be_bytes(*bytes);
    let (head, rest) = bytes.split_first_chunk::<12>().ok_or(HashRefused::Form)?;
    let words: Vec<u32> = head.as_chunks::<4>().0.iter().map(word).collect();
    let [digest, rounds, length] = words.as_slice() else { return Err(HashRefused::Form) };
    let digest = match digest {
        0 => Digest::Sha1,
        1 => Digest::Sha256,
        2 => Digest::Sha512,
        _ => return Err(HashRefused::Form),
    };
    let length = usize::try_from(*length).map_err(|_| HashRefused::Form)?;
    let (salt, output) = rest.split_at_checked(length).ok_or(HashRefused::Form)?;
    rounds_of(digest, *rounds, (salt.to_vec(), output.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(password: &str, text: &str) -> bool {
        let hash = ForeignHash::read(text).unwrap_or_else(|_| panic!("{text}"));
        let output = hash.scheme.run(password.as_bytes(), &hash.salt).unwrap();
        output.as_slice() == hash.output.as_slice()
    }

    /// Test vectors of crypt_blowfish, RFC 7914, RFC 6070, and of ASP.NET Core Identity's own tests.
    #[test]
    fn hashes_of_other_systems_are_understood() {
        let phc = |name: &str, salt: &[u8], output: &str| {
            let bytes: Vec<u8> = (0..output.len() / 2)
                .map(|at| u8::from_str_radix(output.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
                .collect();
            format!("${name}${}${}", STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(bytes))
        };
        let scrypt = phc(
            "scrypt$ln=14,r=8,p=1",
            b"SodiumChloride",
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
        );
        let six = phc("pbkdf2-sha1$i=4096", b"salt", "4b007901b765489abead49d926f721d065a429c1");
        for (password, text) in [
            ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
            ("pleaseletmein", scrypt.as_str()),
            ("password", &six),
            ("my password", "AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M"),
            (
                "my password",
                "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==",
            ),
            ("my password", "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg=="),
        ] {
            assert!(is(password, text), "{text}");
            assert!(!is(&format!("{password}x"), text), "{text}");
            // What is stored says the same.
            let stored = ForeignHash::read(text).unwrap().text();
            assert_eq!(ForeignHash::read(&stored), ForeignHash::read(text), "{stored}");
        }
    }

    /// PBKDF2 in the words of Django and passlib is the same as in a PHC string.
    #[test]
    fn forms_of_one_hash_are_one() {
        let output = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn+/8";
        let one = ForeignHash::read(&format!("$pbkdf2-sha256$i=29000$c2FsdA${output}")).unwrap();
        let dotted = output.replace('+', ".");
        for text in
            [format!("$pbkdf2-sha256$29000$c2FsdA${dotted}"), format!("pbkdf2_sha256$29000$salt${output}=")]
        {
            assert_eq!(ForeignHash::read(&text).as_ref(), Ok(&one), "{text}");
        }
    }

    #[test]
    fn attack_057_hostile_parameters_of_other_schemes_are_refused_before_any_work() {
        use HashRefused::{Form, TooCostly};
        let output = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        for (text, reason) in [
            (format!("$scrypt$ln=40,r=8,p=1$c29tZXNhbHQ${output}"), TooCostly),
            (format!("$scrypt$ln=17,r=8,p=1$c29tZXNhbHQ${output}"), TooCostly),
            (format!("$scrypt$ln=14,r=4294967295,p=1$c29tZXNhbHQ${output}"), TooCostly),
            (format!("$scrypt$ln=14,r=8,p=99$c29tZXNhbHQ${output}"), TooCostly),
            (format!("$scrypt$ln=0,r=8,p=1$c29tZXNhbHQ${output}"), Form),
            (format!("$scrypt$ln=14,r=8$c29tZXNhbHQ${output}"), Form),
            (format!("$pbkdf2-sha256$i=1000000000$c29tZXNhbHQ${output}"), TooCostly),
            (format!("$pbkdf2-sha256$i=0$c29tZXNhbHQ${output}"), Form),
            (format!("$pbkdf2-sha256$1000000000$c29tZXNhbHQ${output}"), TooCostly),
            (format!("$pbkdf2-md5$i=1000$c29tZXNhbHQ${output}"), Form),
            ("$pbkdf2-sha256$i=1000$c29tZXNhbHQ$QUJDRA".to_owned(), Form),
            ("$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(), TooCostly),
            ("$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(), Form),
            ("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe".to_owned(), Form),
            ("$2b$05$!CCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(), Form),
            ("$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(), Form),
            (
                "AQAAAAF/////AAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="
                    .to_owned(),
                TooCostly,
            ),
            (
                "AQAAAAEAACcQ/////wABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="
                    .to_owned(),
                Form,
            ),
            ("AgAA".to_owned(), Form),
            (String::new(), Form),
            ("x".repeat(1 << 20), Form),
        ] {
            let shown: String = text.chars().take(60).collect();
            assert_eq!(ForeignHash::read(&text), Err(reason), "{shown}");
        }
    }
}
