//! Opaque texts that lead to a record: codes and refresh tokens. They look like the cloud's encrypted ones (five
//! parts, the first of which is a JSON header: protocols 3) and are nothing but random, so there is nothing to forge.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::chance;

const HEADER: &[u8] = br#"{"kid":"vestibule","ver":"1.0","zip":"Deflate","ser":"1.0"}"#;

/// A new handle: 256 random bits in its second part and as many in its fourth.
pub(super) fn new() -> String {
    let header = URL_SAFE_NO_PAD.encode(HEADER);
    let parts = [chance::token(32), chance::token(12), chance::token(32), chance::token(16)];
    format!("{header}.{}", parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_has_the_clouds_shape_and_letters() {
        let handle = new();
        let parts: Vec<&str> = handle.split('.').collect();
        assert_eq!(parts.len(), 5);
        let header: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
        for name in ["kid", "ver", "zip", "ser"] {
            assert!(header[name].is_string(), "{name}");
        }
        assert!(handle.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)));
        assert_ne!(new(), new());
    }
}
