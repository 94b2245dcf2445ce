//! The master key: 256 bits outside the database.
//!
//! In: a text or a file. Out: a key that seals the seal keys. In `dev` it is made on first start
//! beside the database, mode 0600; in `serve` the configuration names a file, an environment
//! variable or a value. docs/keys.md says what is lost with it.

use std::io::Write as _;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::{SealError, open_bytes, seal_bytes};
use crate::chance;

const BYTES: usize = 32;

/// The key that seals the seal keys. Never printed.
pub struct MasterKey(Zeroizing<[u8; BYTES]>);

/// Why there is no usable master key.
#[derive(Debug)]
pub enum MasterKeyError {
    /// The text is not 32 bytes in base64url (43 letters) or hexadecimal (64 letters).
    Form,
    /// The file cannot be read or written.
    File(std::io::Error),
    /// Others may read the file.
    Exposed,
}

impl std::fmt::Display for MasterKeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form => f.write_str("a master key is 32 random bytes in base64url or hexadecimal"),
            Self::File(error) => write!(f, "the master key's file: {error}"),
            Self::Exposed => f.write_str("the master key's file can be read by others: set its mode to 0600"),
        }
    }
}

impl std::error::Error for MasterKeyError {}

impl MasterKey {
    /// A key of the operator's own.
    #[must_use]
    pub fn of(bytes: [u8; BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        Self(Zeroizing::new(chance::bytes()))
    }

    /// Reads a key from its text: base64 in either alphabet with or without padding, or hexadecimal.
    ///
    /// # Errors
    /// `Form`.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let bytes = Zeroizing::new(if text.len() == 2 * BYTES {
            hexadecimal(text).ok_or(MasterKeyError::Form)?
        } else {
            let plain = Zeroizing::new(text.trim_end_matches('=').replace('+', "-").replace('/', "_"));
            URL_SAFE_NO_PAD.decode(plain.as_bytes()).map_err(|_| MasterKeyError::Form)?
        });
        let key: [u8; BYTES] = bytes.as_slice().try_into().map_err(|_| MasterKeyError::Form)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The key as text, for the file it lives in.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// Reads the key from a file that only its owner may read.
    ///
    /// # Errors
    /// `File`, `Exposed`, `Form`.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path).map_err(MasterKeyError::File)?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(MasterKeyError::Exposed);
            }
        }
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(MasterKeyError::File)?);
        Self::parse(&text)
    }

    /// Reads the key from a file, or makes one and the file with mode 0600 when there is none.
    ///
    /// # Errors
    /// `File`, `Exposed`, `Form`.
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        let key = Self::generate();
        match key.save_new(path) {
            Ok(()) => Ok(key),
            Err(MasterKeyError::File(error)) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Self::load(path)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes the key to a new file with mode 0600, on the disk before this returns.
    ///
    /// # Errors
    /// `File`, also when the file exists: a key is never overwritten.
    pub fn save_new(&self, path: &Path) -> Result<(), MasterKeyError> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(MasterKeyError::File)?;
        file.write_all(self.to_text().as_bytes()).map_err(MasterKeyError::File)?;
        file.write_all(b"\n").map_err(MasterKeyError::File)?;
        file.sync_all().map_err(MasterKeyError::File)
    }

    pub(super) fn twin(&self) -> Self {
        Self(self.0.clone())
    }

    pub(super) fn seal(&self, number: i64, key: &[u8]) -> Result<String, SealError> {
        seal_bytes(&self.aead()?, &context(number), key)
    }

    pub(super) fn unseal(&self, number: i64, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        open_bytes(&self.aead()?, &context(number), sealed).map_err(|_| SealError::WrongMasterKey)
    }

    fn aead(&self) -> Result<RandomizedNonceKey, SealError> {
        RandomizedNonceKey::new(&AES_256_GCM, self.0.as_slice()).map_err(|_| SealError::Refused)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(hidden)")
    }
}

fn context(number: i64) -> String {
    format!("vestibule master 1 {number}")
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|letter| letter.to_digit(16)).collect();
    digits?.chunks(2).map(|pair| u8::try_from(pair.first()? * 16 + pair.get(1)?).ok()).collect()
}
