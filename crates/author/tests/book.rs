//! The chapters of docs/language, run. Every block of XML is completed to a policy over a small base
//! (`book/base.xml`) and compiled; what is to be reported stands in a comment on the line above, `<!-- error V0301 -->`
//! or `<!-- warning V0504 -->`, several separated by semicolons; nothing else may be reported. A block ` ```xml child `
//! is a policy whose base is that of the block before it. A block ` ```journey ` is played against the policies above it
//! in the chapter, `B2C_1A_Example` and `B2C_1A_Child`.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

use std::path::{Path, PathBuf};

use vestibule_author::rehearsal::{Coverage, blocks, rehearse_block};
use vestibule_engine::compile;
use vestibule_engine::diagnostic::Severity;
use vestibule_engine::source::Sources;

/// What every example may take for granted.
const BASE: &str = include_str!("book/base.xml");

/// One fenced block of a chapter.
struct Block {
    info: String,
    line: u32,
    text: String,
}

fn fenced(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (line, number) in text.lines().zip(1..) {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some("")) => found.extend(open.take()),
            (Some(block), _) => block.text = format!("{}{line}\n", block.text),
            (None, Some(info)) => {
                open = Some(Block { info: info.trim().to_owned(), line: number, text: String::new() });
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

fn policy(id: &str, base: &str, body: &str) -> String {
    format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"x.onmicrosoft.com\" PolicyId=\"{id}\" \
         PublicPolicyUri=\"http://x.onmicrosoft.com/{id}\">\
         <BasePolicy><TenantId>x.onmicrosoft.com</TenantId><PolicyId>{base}</PolicyId></BasePolicy>\n\
         {body}\n</TrustFrameworkPolicy>"
    )
}

/// Line and what is reported there, as comments announce it.
fn announced(text: &str) -> Vec<(u32, String)> {
    let mut all = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let comment = line.trim().strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        let parts = comment.into_iter().flat_map(|comment| comment.split(';')).map(str::trim);
        for part in parts.filter(|part| part.starts_with("error V") || part.starts_with("warning V")) {
            all.push((number + 1, part.to_owned()));
        }
    }
    all.sort();
    all
}

/// The policies of one place in a chapter.
#[derive(Default)]
struct Set {
    example: String,
    child: Option<String>,
}

impl Set {
    fn sources(&self) -> Sources {
        let mut sources = Sources::default();
        sources.add("base.xml", BASE.as_bytes());
        sources.add("example.xml", self.example.as_bytes());
        if let Some(child) = &self.child {
            sources.add("child.xml", child.as_bytes());
        }
        sources
    }

    /// What is reported otherwise than announced, about any of the files.
    fn check(&self) -> Result<(), String> {
        let sources = self.sources();
        let compiled = compile(&sources);
        let texts = [Some(BASE), Some(self.example.as_str()), self.child.as_deref()];
        for (source, text) in sources.iter().zip(texts.iter().flatten()) {
            let of_file = compiled.diagnostics.iter().filter(|one| one.span.source == source.id());
            let heavy = of_file.filter(|one| one.severity != Severity::Note);
            let mut reported: Vec<(u32, String)> = heavy
                .map(|one| {
                    let line = source.position(one.span.start).line;
                    (line, format!("{} {}", one.severity.name(), one.code.id))
                })
                .collect();
            reported.sort();
            let wanted = announced(text);
            if reported != wanted {
                let told = compiled.diagnostics.to_text(&sources, false);
                return Err(format!(
                    "{}: announced {wanted:?}, reported {reported:?}\n{told}",
                    source.name()
                ));
            }
        }
        Ok(())
    }
}

/// Runs one chapter; what went otherwise, and how many examples and journeys there were.
fn run(path: &Path) -> (Vec<String>, usize, usize) {
    let text = std::fs::read_to_string(path).expect("a chapter");
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (mut wrong, mut examples, mut journeys) = (Vec::new(), 0, 0);
    let mut set = Set::default();
    let scripts = blocks(&text);
    let mut scripts = scripts.into_iter();
    for block in fenced(&text) {
        let checked = match block.info.as_str() {
            "xml" => {
                set = Set { example: policy("B2C_1A_Example", "B2C_1A_Base", &block.text), child: None };
                examples += 1;
                set.check()
            }
            "xml child" => {
                set.child = Some(policy("B2C_1A_Child", "B2C_1A_Example", &block.text));
                examples += 1;
                set.check()
            }
            info if info == "journey" || info.starts_with("journey ") => {
                journeys += 1;
                let script = scripts.next().expect("the block is a journey");
                let policies = compile(&set.sources()).policies;
                let played = rehearse_block(script, &policies, &mut Coverage::default());
                played.failure.map_or(Ok(()), |failed| Err(format!("line {}: {}", failed.line, failed.why)))
            }
            _ => Ok(()),
        };
        if let Err(why) = checked {
            wrong.push(format!("{name}:{}: {why}", block.line));
        }
    }
    (wrong, examples, journeys)
}

fn chapters() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/language");
    let entries = std::fs::read_dir(folder).expect("docs/language exists");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut all: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    all.sort();
    all
}

#[test]
fn the_book_says_what_the_compiler_and_the_interpreter_do() {
    let (mut wrong, mut examples, mut journeys) = (Vec::new(), 0, 0);
    for path in chapters() {
        let (of_chapter, some, played) = run(&path);
        wrong.extend(of_chapter);
        examples += some;
        journeys += played;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(examples >= 60 && journeys >= 20, "the book holds {examples} examples and {journeys} journeys");
}

#[test]
fn every_chapter_is_in_the_table_of_contents() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/language");
    let contents = std::fs::read_to_string(folder.join("README.md")).expect("the table of contents");
    for path in chapters() {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(
            name == "README.md" || contents.contains(&format!("({name})")),
            "{name} is not in the contents"
        );
    }
}
