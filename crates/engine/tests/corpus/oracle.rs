//! The official schema as `xmllint` reads it. In: files. Out: the lines of the elements in which each breaks the schema.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The schema, prepared once, in a folder for throwaway files.
pub(crate) struct Oracle {
    schema: PathBuf,
    folder: PathBuf,
}

/// What the schema says of one text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The text is no XML at all.
    pub(crate) malformed: bool,
    /// Lines on which the start tags of faulty elements end, and the sentences.
    pub(crate) faults: Vec<(u32, String)>,
}

impl Oracle {
    /// None, which is said, where the schema or xmllint is not there. `name` keeps tests that run at once apart.
    pub(crate) fn new(corpus: &Path, name: &str) -> Option<Oracle> {
        if Command::new("xmllint").arg("--version").output().is_err() {
            eprintln!("SKIPPED: there is no xmllint to compare with");
            return None;
        }
        let official = corpus.join("starterpack/TrustFrameworkPolicy_0.3.0.0.xsd");
        let text = std::fs::read_to_string(official).expect("the schema is in the corpus");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schema-{name}"));
        std::fs::create_dir_all(&folder).expect("a folder for throwaway files");
        let schema = folder.join("schema.xsd");
        std::fs::write(&schema, usable(&text)).expect("a throwaway file");
        Some(Oracle { schema, folder })
    }

    /// One verdict for each text, in order.
    pub(crate) fn judge(&self, texts: &[String]) -> Vec<Verdict> {
        let path = |index: usize| self.folder.join(format!("{index}.xml"));
        let mut found: BTreeMap<String, Verdict> = BTreeMap::new();
        for (index, text) in texts.iter().enumerate() {
            std::fs::write(path(index), text).expect("a throwaway file");
        }
        let all: Vec<PathBuf> = (0..texts.len()).map(path).collect();
        for some in all.chunks(200) {
            let mut command = Command::new("xmllint");
            command.args(["--noout", "--nonet", "--schema"]).arg(&self.schema).args(some);
            let output = command.output().expect("xmllint runs");
            // 5: the schema itself is not understood; 3 and 4 are about the files.
            assert_ne!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
            for line in String::from_utf8_lossy(&output.stderr).lines() {
                read(line, &mut found);
            }
        }
        let name = |index: usize| path(index).display().to_string();
        (0..texts.len()).map(|index| found.remove(&name(index)).unwrap_or_default()).collect()
    }
}

/// `FILE:LINE: element NAME: Schemas validity error : SENTENCE` or `FILE:LINE: parser error : SENTENCE`.
fn read(line: &str, found: &mut BTreeMap<String, Verdict>) {
    let mut parts = line.splitn(3, ':');
    let (Some(file), Some(number), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return };
    let Ok(number) = number.parse::<u32>() else { return };
    let verdict = found.entry(file.to_owned()).or_default();
    if let Some((_, sentence)) = rest.split_once("Schemas validity error : ") {
        verdict.faults.push((number, sentence.replace(NAMESPACE, "")));
    } else if rest.contains("parser error") || rest.contains("namespace error") {
        verdict.malformed = true;
    }
}

const NAMESPACE: &str = "{http://schemas.microsoft.com/online/cpim/schemas/2013/06}";

/// Some patterns of the schema are .NET's, in which `^` and `$` are anchors; a strict reader takes them for letters
/// (policy-language 1).
fn usable(schema: &str) -> String {
    let urn = r"urn:[a-z0-9][a-z0-9\-]{0,31}:[a-z0-9()+,/\-.:=@;$_!*'%?#]+";
    let lines = schema.lines().map(|line| match line.split_once("pattern value=\"^urn:") {
        // The class names `/` twice, once with an escape that does not exist there.
        Some((before, _)) => format!("{before}pattern value=\"{urn}\" />"),
        None => line.replace("pattern value=\"^", "pattern value=\"").replace("$\" />", "\" />"),
    });
    lines.collect::<Vec<_>>().join("\n")
}
