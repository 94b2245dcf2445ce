//! The rules that the compiler does not know, over the text of the crates: who may import whom, which crate may be
//! named where, how long a file may be, how things may be called, how many traits there may be.
//! In: the sources as text. Out: one list of everything that breaks a rule. It runs no code of them.
//!
//! The table of imports is the one of ARCHITECTURE.md; change both together.

#![expect(clippy::expect_used, reason = "a test that cannot read the sources must stop and say so")]

use std::fs;
use std::path::{Path, PathBuf};

/// A module and the modules of its own crate that it may name. `*` stands for all.
type Row = (&'static str, &'static [&'static str]);

const ENGINE: &[Row] = &[
    ("lib", &["*"]),
    ("message", &["source"]),
    ("settings", &[]),
    ("source", &["settings"]),
    ("placeholder", &[]),
    ("regex", &["message"]),
    ("dialling", &[]),
    // The product's own words; a page's language is a policy's word.
    ("text", &["policy"]),
    ("diagnostic", &["source", "message"]),
    ("syntax", &["source", "message", "diagnostic", "placeholder", "settings"]),
    ("inherit", &["source", "syntax", "diagnostic", "message", "placeholder"]),
    ("claims", &["message", "regex"]),
    ("transform", &["claims", "message", "regex"]),
    ("kind", &["claims", "message", "source", "diagnostic", "placeholder", "regex"]),
    ("policy", &["claims", "kind", "transform", "regex"]),
    (
        "check",
        &[
            "source",
            "message",
            "diagnostic",
            "placeholder",
            "syntax",
            "inherit",
            "claims",
            "transform",
            "kind",
            "policy",
            "regex",
        ],
    ),
    ("lint", &["source", "message", "diagnostic", "syntax", "inherit", "check", "claims"]),
    ("journey", &["policy", "kind", "claims", "transform", "message", "regex", "text", "dialling"]),
    // The whole compiler over files that change: it calls the root's own functions.
    ("workspace", &["source", "syntax", "diagnostic", "lint", "check"]),
];

/// The author's tools: none imports another but where it says so.
const AUTHOR: &[Row] = &[
    ("lib", &["*"]),
    // A folder's policies as the tools see them, and parts of them in words.
    ("set", &[]),
    ("feature", &["set"]),
    ("words", &[]),
    ("graph", &["set", "feature", "words"]),
    ("rehearsal", &[]),
    // Diagnostics for other programs than a terminal.
    ("report", &[]),
    // Texts: their layout, and the merged policy as one.
    ("encoding", &[]),
    ("formatting", &["encoding"]),
    ("show", &["formatting"]),
    ("build", &["encoding"]),
    ("diff", &["set", "feature", "words"]),
    // An editor formats as the command does.
    ("lsp", &["formatting"]),
    ("analyze", &["set", "feature", "diff"]),
];

const GROUND: &[&str] = &["clock", "chance", "config", "store", "seal"];
const SERVER: &[Row] = &[
    ("lib", &["*"]),
    ("main", &["*"]),
    ("clock", &[]),
    ("chance", &[]),
    ("config", &[]),
    ("store", &["clock", "chance"]),
    ("seal", &["clock", "chance", "config", "store"]),
    ("keys", GROUND),
    ("directory", GROUND),
    ("mail", GROUND),
    ("http", GROUND),
    ("audit", GROUND),
    ("applications", GROUND),
    ("limits", &["config", "clock"]),
    ("telemetry", &["config"]),
    // Other issuers' tokens; rules of risk.
    ("issuers", &["http"]),
    ("recorder", &[]),
    // Events of policies, sent beside everything else.
    ("events", &["http"]),
    ("sms", &["config", "http", "mail"]),
    // Calls that wait for their pound key.
    ("calls", &["chance", "error", "store"]),
    ("risk", &[]),
    ("listen", &["config"]),
    ("tls", &["config", "clock", "chance"]),
    ("watch", &[]),
    ("environments", &[]),
    ("tokens", &["clock", "chance", "config", "error", "store", "seal", "keys"]),
    ("sessions", &["clock", "chance", "config", "error", "store", "seal", "tokens"]),
    ("policies", &["clock", "chance", "config", "store", "seal", "watch", "environments"]),
    // What can fail on our own side.
    ("error", &["store", "seal", "keys"]),
    // The struct of parts; it holds the locks of running journeys.
    (
        "app",
        &[
            "clock",
            "chance",
            "config",
            "store",
            "seal",
            "keys",
            "directory",
            "mail",
            "events",
            "http",
            "issuers",
            "recorder",
            "risk",
            "sms",
            "tokens",
            "sessions",
            "applications",
            "policies",
            "audit",
            "limits",
            "error",
            "journeys",
        ],
    ),
    (
        "providers",
        &[
            "app",
            "calls",
            "clock",
            "chance",
            "config",
            "store",
            "seal",
            "keys",
            "directory",
            "mail",
            "events",
            "http",
            "issuers",
            "recorder",
            "risk",
            "sms",
            "tokens",
            "sessions",
            "backchannel",
            "policies",
            "audit",
            "limits",
            "error",
        ],
    ),
    // Applications told of ended sessions by requests of ours.
    ("backchannel", &["app", "applications", "chance", "error", "http", "sessions", "tokens"]),
    ("world", &["app", "providers", "clock", "chance", "policies", "recorder", "error"]),
    ("journeys", &["app", "world", "clock", "chance", "store", "policies", "error", "audit"]),
    // Nobody imports web but serving and the commands.
    (
        "web",
        &[
            "app",
            "calls",
            "sms",
            "journeys",
            "world",
            "clock",
            "chance",
            "config",
            "store",
            "seal",
            "keys",
            "directory",
            "mail",
            "http",
            "tokens",
            "sessions",
            "backchannel",
            "applications",
            "policies",
            "audit",
            "limits",
            "error",
            "recorder",
            "telemetry",
            "listen",
        ],
    ),
    // From a configuration to a running server: builds every part.
    ("serving", &["*"]),
    ("commands", &["*"]),
];

/// A crate and the only places that may name it, as beginnings of paths under `crates/`.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("roxmltree", &["engine/src/syntax/xml", "engine/src/transform/xml"]),
    ("rlibphonenumber", &["engine/src/dialling", "engine/src/transform/phone"]),
    ("fancy_regex", &["engine/src/regex"]),
    ("regex_syntax", &["engine/src/regex"]),
    ("ariadne", &["engine/src/diagnostic"]),
    ("sqlx", &["server/src/store"]),
    ("axum", &["server/src/web"]),
    ("reqwest", &["server/src/http"]),
    ("lettre", &["server/src/mail", "server/src/config/tenant"]),
    ("argon2", &["server/src/directory"]),
    ("password_hash", &["server/src/directory"]),
    ("lol_html", &["server/src/web/pages"]),
    ("qrcodegen", &["server/src/web/pages"]),
    ("totp_rs", &["server/src/providers/mfa"]),
    ("askama", &["server/src/web", "server/src/mail"]),
    ("notify", &["server/src/watch"]),
    ("lsp_server", &["author/src/lsp"]),
    ("lsp_types", &["author/src/lsp"]),
    ("clap", &["server/src/commands", "server/src/main"]),
];

/// Words that say nothing about what a thing is.
const EMPTY_WORDS: &[&str] = &["Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Misc"];

const MOST_LINES: usize = 600;
/// Files that were longer when the rule came, and the number of lines they may have. A number here may only fall.
const RATCHET: &[(&str, usize)] = &[];
const MOST_TRAITS: usize = 9;

/// One source file: its path under `crates/`, its crate's table, its module path, its text.
struct File {
    path: String,
    table: &'static [Row],
    module: Vec<String>,
    text: String,
}

#[test]
fn imports_keep_to_the_table() {
    let mut wrong = Vec::new();
    for file in sources() {
        let top = file.module.first().map_or("lib", String::as_str);
        let Some((_, allowed)) = file.table.iter().find(|(name, _)| *name == top) else {
            wrong.push(format!("{}: module `{top}` has no row in the table of imports", file.path));
            continue;
        };
        for named in named_modules(&file) {
            let known = file.table.iter().any(|(name, _)| *name == named);
            let fine = named == top || allowed.contains(&"*") || allowed.contains(&named.as_str());
            if known && !fine {
                wrong.push(format!("{}: `{top}` may not import `{named}`", file.path));
            }
        }
    }
    none(wrong);
}

#[test]
fn crates_are_named_only_where_they_belong() {
    let mut wrong = Vec::new();
    for file in sources() {
        for (name, places) in ONLY_IN {
            let inside = places.iter().any(|place| file.path.starts_with(place));
            if !inside && code(&file.text).any(|line| names_crate(line, name)) {
                wrong.push(format!("{}: names `{name}`, which belongs to {}", file.path, places.join(", ")));
            }
        }
    }
    none(wrong);
}

#[test]
fn files_are_short_and_open_with_a_head() {
    let mut wrong = Vec::new();
    for file in sources() {
        let lines = code(&file.text).filter(|line| !line.trim().is_empty()).count();
        let most =
            RATCHET.iter().find(|(path, _)| *path == file.path).map_or(MOST_LINES, |(_, lines)| *lines);
        if lines > most {
            wrong.push(format!("{}: {lines} lines of code, {most} are allowed", file.path));
        }
        if !file.text.starts_with("//!") {
            wrong.push(format!(
                "{}: says nowhere what comes in, what goes out, what it must not know",
                file.path
            ));
        }
    }
    none(wrong);
}

#[test]
fn names_say_what_a_thing_is() {
    let mut wrong = Vec::new();
    for file in sources() {
        let stem =
            Path::new(&file.path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        if EMPTY_WORDS.iter().any(|word| stem.split('_').any(|part| part.eq_ignore_ascii_case(word))) {
            wrong.push(format!("{}: the file's name says nothing", file.path));
        }
        for name in code(&file.text).filter_map(declared_type) {
            if EMPTY_WORDS.iter().any(|word| name.ends_with(word)) {
                wrong.push(format!("{}: `{name}` says nothing", file.path));
            }
        }
    }
    none(wrong);
}

#[test]
fn every_file_belongs_to_a_module() {
    let files = sources();
    let mut wrong = Vec::new();
    for file in &files {
        let (Some(name), parents) = (file.module.last(), file.module.len().saturating_sub(1)) else {
            continue;
        };
        if file.module.len() == 1 && name == "main" {
            continue;
        }
        let declared = files.iter().any(|other| {
            other.table.as_ptr() == file.table.as_ptr()
                && other.module.as_slice() == file.module.get(..parents).unwrap_or_default()
                && other.text.lines().any(|line| line.trim_end().ends_with(&format!("mod {name};")))
        });
        if !declared {
            wrong.push(format!("{}: no module declares it", file.path));
        }
    }
    none(wrong);
}

#[test]
fn traits_are_few() {
    let traits: Vec<String> = sources()
        .iter()
        .flat_map(|file| {
            code(&file.text)
                .map(str::trim_start)
                .filter(|line| {
                    ["trait ", "pub trait ", "pub(crate) trait ", "pub(super) trait "]
                        .iter()
                        .any(|start| line.starts_with(start))
                })
                .map(|line| format!("{}: {line}", file.path))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        traits.len() <= MOST_TRAITS,
        "traits stand only at real seams, at most {MOST_TRAITS}:\n{}",
        traits.join("\n")
    );
}

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} broken rules:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every source file of the crates that is not a test.
fn sources() -> Vec<File> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for (name, table) in [("engine", ENGINE), ("author", AUTHOR), ("server", SERVER)] {
        let root = crates.join(name).join("src");
        for path in rust_files(&root) {
            let inside = path.strip_prefix(&root).expect("below the root");
            let module = module_path(inside);
            if module.last().is_some_and(|last| last == "tests" || last.ends_with("_tests"))
                || module.iter().any(|part| part == "tests")
            {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a readable source file");
            files.push(File { path: format!("{name}/src/{}", inside.display()), table, module, text });
        }
    }
    assert!(files.len() > 30, "the sources are not where they were");
    files
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `web/oidc/token.rs` → web, oidc, token; `web/mod.rs` → web; `lib.rs` → nothing.
fn module_path(inside: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        inside.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod" || (last == "lib" && parts.len() == 1)) {
        parts.pop();
    }
    parts
}

/// The lines that are neither comments nor part of an inline test module at the end of the file.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let mut tests = false;
    text.lines().filter(move |line| {
        tests |= line.trim_start().starts_with("#[cfg(test)]")
            && !line.contains("use ")
            && !text_after(text, line).starts_with("mod tests;");
        !tests && !line.trim_start().starts_with("//")
    })
}

/// What follows a line, so that `#[cfg(test)] mod tests;` in the middle of a file does not hide the rest of it.
fn text_after<'a>(text: &'a str, line: &str) -> &'a str {
    text.split_once(line).map_or("", |(_, after)| after).trim_start()
}

/// The modules of its own crate that a file names, by `crate::` and by `super::` that climbs to the crate's root.
fn named_modules(file: &File) -> Vec<String> {
    let text: String = code(&file.text).collect::<Vec<_>>().join("\n");
    let mut named = Vec::new();
    for after in text.split("crate::").skip(1) {
        named.extend(first_names(after));
    }
    let climb = "super::".repeat(file.module.len());
    if !climb.is_empty() {
        for after in text.split(&climb).skip(1) {
            named.extend(first_names(after));
        }
    }
    named
}

/// `a::b` → a; `{a::b, c::{d, e}}` → a, c.
fn first_names(after: &str) -> Vec<String> {
    let Some(group) = after.strip_prefix('{') else { return vec![identifier(after)] };
    let mut depth = 0_i32;
    let mut item = String::new();
    let mut names = Vec::new();
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(identifier(item.trim())),
            _ => {}
        }
        if letter == ',' && depth == 0 { item.clear() } else { item.push(letter) }
    }
    names.push(identifier(item.trim()));
    names
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// `use sqlx::…`, `sqlx::query(…)`, but not `my_sqlx::…` or a word in a text.
fn names_crate(line: &str, name: &str) -> bool {
    line.split(&format!("{name}::")).collect::<Vec<_>>().split_last().is_some_and(|(_, before)| {
        before.iter().any(|text| {
            !text.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':')
        })
    })
}

/// The name that a line declares a type, trait or module by.
fn declared_type(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub"));
    let kind = words.next()?;
    ["struct", "enum", "trait", "type"].contains(&kind).then(|| identifier(words.next().unwrap_or_default()))
}
