//! The master key: where it comes from and that it is one.

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::document::{Section, Wrong, wrong};
use super::keys;

/// The key under which private keys and saved claims are sealed at rest.
#[derive(Clone)]
pub enum MasterKey {
    /// Given by the operator: 32 bytes, with older ones that may still open what they sealed.
    Given {
        /// Seals and opens.
        current: Zeroizing<[u8; 32]>,
        /// Only open; emptied by the operator after everything was sealed anew.
        previous: Vec<Zeroizing<[u8; 32]>>,
    },
    /// Made on first start and kept at this path with mode 0600 (`vestibule dev`).
    KeptAt(PathBuf),
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MasterKey::Given { previous, .. } => write!(f, "MasterKey::Given(and {} older)", previous.len()),
            MasterKey::KeptAt(path) => write!(f, "MasterKey::KeptAt({})", path.display()),
        }
    }
}

pub(super) fn read(root: &Section<'_>) -> Option<MasterKey> {
    let section = root.section("keys", keys::KEYS);
    let mut previous = Vec::new();
    for text in section.list("previous_master_keys") {
        match master_key(&text.value) {
            Ok(key) => previous.push(key),
            Err(wrong) => section.report_at(text.at, "previous_master_keys", wrong),
        }
    }
    section.required("master_key")?;
    let current = section.parsed("master_key", master_key)?;
    Some(MasterKey::Given { current, previous })
}

fn master_key(text: &str) -> Result<Zeroizing<[u8; 32]>, Wrong> {
    let refused = || {
        wrong(
            "is not a key of 32 bytes in base64",
            "make one with `openssl rand -base64 32`, keep a copy in a safe place, and name it as { file = \"…\" } or { env = \"…\" }",
        )
    };
    // Both alphabets, with or without padding.
    let plain = Zeroizing::new(text.trim().trim_end_matches('=').replace('+', "-").replace('/', "_"));
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(plain.as_bytes()).map_err(|_| refused())?);
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| refused())?;
    if key.iter().all(|byte| *byte == key[0]) {
        return Err(refused());
    }
    Ok(Zeroizing::new(key))
}
