//! Passwords that are guessed first (attack 56; NIST SP 800-63B-4, 3.1.1.2).
//!
//! In: a password that is to be set, and what is known of its owner. Out: whether it is among the common ones, or only
//! repeats who the owner is. The check is the operator's to turn on; it compares whole passwords without regard to case.

use std::collections::HashSet;
use std::path::Path;

use super::rules::PasswordFault;

/// The bundled list; lines that begin with `#` are remarks.
const BUNDLED: &str = include_str!("../../assets/common-passwords.txt");
/// The largest list of the operator's own, in bytes.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// A name so short says nothing of whoever has it in his password.
const LEAST_NAME: usize = 4;

/// The passwords that are refused.
#[derive(Debug)]
pub struct CommonPasswords {
    /// In lower case.
    own: HashSet<Box<str>>,
    bundled: HashSet<&'static str>,
    /// Names of products and tenants, in lower case.
    products: Vec<String>,
}

impl CommonPasswords {
    /// The bundled list, with a file of further passwords (one a line) where one is named, and the names of what is
    /// signed in to. The error is a sentence.
    pub fn read(file: Option<&Path>, products: &[String]) -> Result<CommonPasswords, String> {
        let own = file.map(own).transpose()?.unwrap_or_default();
        let bundled = BUNDLED.lines().filter(|line| !line.starts_with('#')).collect();
        let products = products.iter().map(|name| plain(name)).collect();
        Ok(CommonPasswords { own, bundled, products })
    }

    /// Judges a password in its NFC form; `names` are the owner's addresses and names.
    pub(super) fn judge(&self, password: &str, names: &[String]) -> Result<(), PasswordFault> {
        let lower = password.to_lowercase();
        if self.bundled.contains(lower.as_str()) || self.own.contains(lower.as_str()) {
            return Err(PasswordFault::Common);
        }
        let plain = plain(&lower);
        let is = |name: &str| name.chars().count() >= LEAST_NAME && plain == *name;
        let products = self.products.iter().any(|name| is(name));
        let owner = names.iter().any(|name| {
            let local = name.split('@').next().unwrap_or_default();
            is(&self::plain(name)) || is(&self::plain(local))
        });
        if products || owner { Err(PasswordFault::Personal) } else { Ok(()) }
    }
}

fn own(path: &Path) -> Result<HashSet<Box<str>>, String> {
    let told = |cause: String| format!("{}: {cause}", path.display());
    let length = std::fs::metadata(path).map_err(|error| told(error.to_string()))?.len();
    if length > MOST_BYTES {
        return Err(told("it has more than 64 MiB".to_owned()));
    }
    let text = std::fs::read(path).map_err(|error| told(error.to_string()))?;
    // A list of what people use has bytes of every encoding in it.
    let text = String::from_utf8_lossy(&text);
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.to_lowercase().into())
        .collect())
}

/// What stays of a name when it is typed as a password: its letters and digits, in lower case. `Ada Lovelace`,
/// `ada.lovelace!` and `AdaLovelace` are one.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> CommonPasswords {
        CommonPasswords::read(None, &["Contoso".to_owned()]).unwrap()
    }

    #[test]
    fn attack_056_common_passwords_and_ones_own_name_are_refused_with_the_reason() {
        let names = ["ada.lovelace@example.test".to_owned(), "Ada Lovelace".to_owned(), "ad".to_owned()];
        for (password, expected) in [
            ("Password1", Err(PasswordFault::Common)),
            ("QWERTY123", Err(PasswordFault::Common)),
            ("passw0rd", Err(PasswordFault::Common)),
            ("Ada.Lovelace@example.test", Err(PasswordFault::Personal)),
            ("Ada.Lovelace", Err(PasswordFault::Personal)),
            ("adaLOVELACE!", Err(PasswordFault::Personal)),
            ("Contoso!", Err(PasswordFault::Personal)),
            ("Ad", Ok(())),
            ("Correct-Horse-9", Ok(())),
            ("Contoso-and-more-1", Ok(())),
            ("", Ok(())),
        ] {
            assert_eq!(list().judge(password, &names), expected, "{password}");
        }
    }

    #[test]
    fn the_bundled_list_is_whole_and_an_operators_own_is_added_to_it() {
        assert!(list().bundled.len() > 19_000);
        assert!(list().bundled.iter().all(|word| *word == word.to_lowercase() && !word.is_empty()));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("more.txt");
        std::fs::write(&file, b"Trustno1-Ever\r\n\n \xff\xfe\n").unwrap();
        let more = CommonPasswords::read(Some(&file), &[]).unwrap();
        assert_eq!(more.judge("TRUSTNO1-EVER", &[]), Err(PasswordFault::Common));
        assert_eq!(more.judge("Password1", &[]), Err(PasswordFault::Common));
        assert!(CommonPasswords::read(Some(&folder.path().join("none.txt")), &[]).is_err());
    }
}
