//! URIs of files and their paths. In: one of the two. Out: the other, or nothing where there is none.
//!
//! Must not be known here: whether the file exists.

use std::path::{Path, PathBuf};

use lsp_types::Uri;

/// The path that a `file:` URI names. Windows drive letters lose the slash before them and become upper-case, as
/// editors spell them in several ways.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let slash = rest.find('/')?;
    let host = rest.get(..slash)?;
    let encoded = rest.get(slash..)?.split(['?', '#']).next()?;
    let path = decode(encoded)?;
    let (drive, colon) = (path.chars().nth(1), path.chars().nth(2));
    if let (Some(drive), Some(':')) = (drive.filter(char::is_ascii_alphabetic), colon) {
        return Some(PathBuf::from(format!("{}{}", drive.to_ascii_uppercase(), path.get(2..)?)));
    }
    match host {
        "" | "localhost" => Some(PathBuf::from(path)),
        host => Some(PathBuf::from(format!("//{host}{path}"))),
    }
}

/// The URI of a path; nothing for one that is no text.
pub(super) fn uri(path: &Path) -> Option<Uri> {
    let text = path.to_str()?.replace('\\', "/");
    let mut uri = String::from("file://");
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.parse().ok()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(text: &str) -> Option<String> {
        let uri: Uri = text.parse().ok()?;
        path(&uri).and_then(|path| path.to_str().map(str::to_owned))
    }

    #[test]
    fn a_path_survives_its_uri() {
        for one in ["/a/b.xml", "/mit Leerzeichen/ü%20#?.xml"] {
            let made = uri(Path::new(one)).and_then(|uri| path(&uri));
            assert_eq!(made.as_deref(), Some(Path::new(one)));
        }
    }

    #[test]
    fn editors_spell_windows_paths_in_several_ways() {
        for one in ["file:///c%3A/p/Base.xml", "file:///C:/p/Base.xml"] {
            assert_eq!(path_of(one).as_deref(), Some("C:/p/Base.xml"));
        }
        assert_eq!(
            uri(Path::new("C:\\p\\b.xml")).map(|uri| uri.as_str().to_owned()).as_deref(),
            Some("file:///C%3A/p/b.xml")
        );
    }

    #[test]
    fn what_is_no_file_has_no_path() {
        assert_eq!(path_of("untitled:Untitled-1"), None);
        assert_eq!(path_of("file:///a%ZZ"), None);
        assert_eq!(path_of("file:///a%FF"), None);
    }
}
