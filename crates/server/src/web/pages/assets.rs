//! Files that pages load: our script, jQuery, and the built-in templates as plain HTML.
//!
//! In: a path below `static/`. Out: bytes, type and how long they may be kept. Our own files carry their hash in the
//! name and never change under it.

use std::sync::LazyLock;

use aws_lc_rs::digest;

use super::{Brand, Look, document};

/// A file of our own.
pub struct Asset {
    text: LazyLock<String>,
    path: LazyLock<String>,
}

/// The page script and the rules it goes by, without comments and indentation.
pub static PAGE_SCRIPT: Asset = Asset {
    text: LazyLock::new(|| {
        let parts = [include_str!("assets/checks.js"), include_str!("assets/page.js")];
        parts.map(stripped).concat()
    }),
    path: LazyLock::new(|| hashed("page", &PAGE_SCRIPT.text)),
};

/// The phone page's script.
pub static PHONE_SCRIPT: Asset = Asset {
    text: LazyLock::new(|| stripped(include_str!("assets/phone.js"))),
    path: LazyLock::new(|| hashed("phone", &PHONE_SCRIPT.text)),
};

/// The script of pages with a captcha.
pub static CAPTCHA_SCRIPT: Asset = Asset {
    text: LazyLock::new(|| stripped(include_str!("assets/captcha.js"))),
    path: LazyLock::new(|| hashed("captcha", &CAPTCHA_SCRIPT.text)),
};

/// jQuery 3.7.1, unmodified, under its MIT licence (assets/jquery-LICENSE.txt): `$` is part of the contract with
/// customers' scripts (user-interface 1.1), and loaded only where those may run.
pub static JQUERY: Asset = Asset {
    text: LazyLock::new(|| include_str!("assets/jquery-3.7.1.min.js").to_owned()),
    path: LazyLock::new(|| hashed("jquery", &JQUERY.text)),
};

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";
const FOR_A_WHILE: &str = "public, max-age=3600";

/// What is served under a static path.
#[derive(Clone, Debug)]
pub struct StaticFile {
    /// The bytes.
    pub body: String,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Cache-Control`.
    pub cache_control: &'static str,
}

impl Asset {
    /// Path below `static/`, with the hash of the content.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Bytes of the file.
    pub fn size(&self) -> usize {
        self.text.len()
    }
}

/// Whole-line comments and leading spaces go; no string or pattern of the script spans lines.
fn stripped(text: &str) -> String {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.filter(|line| !line.starts_with("/**")).flat_map(|line| [line, "\n"]).collect()
}

fn hashed(stem: &str, text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let hash: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("vestibule/{stem}.{hash}.js")
}

/// The file under a path below `static/`; query keys are not the path's (user-interface 2.1).
pub fn find(path: &str) -> Option<StaticFile> {
    if let Some(asset) =
        [&PAGE_SCRIPT, &PHONE_SCRIPT, &CAPTCHA_SCRIPT, &JQUERY].into_iter().find(|asset| asset.path() == path)
    {
        let body = asset.text.clone();
        return Some(StaticFile { body, content_type: JAVASCRIPT, cache_control: FOR_A_YEAR });
    }
    let (look, name) = Look::ALL.iter().find_map(|(look, folder)| {
        let start = path.get(..folder.len()).filter(|start| start.eq_ignore_ascii_case(folder))?;
        Some((*look, path.get(start.len()..)?))
    })?;
    // A handful of names, any case, as policies and customers write them (user-interface 2.6).
    let stem = name.strip_suffix(".cshtml").or_else(|| name.strip_suffix(".html"))?;
    let known = ["unified", "idpselector", "selfasserted", "updateprofile", "exception"];
    let stem = stem.to_ascii_lowercase();
    let is_known = known.contains(&stem.as_str()) || stem.starts_with("multifactor-1.");
    is_known.then(|| StaticFile {
        body: document::bare(look, &Brand::default()),
        content_type: "text/html; charset=utf-8",
        cache_control: FOR_A_WHILE,
    })
}
