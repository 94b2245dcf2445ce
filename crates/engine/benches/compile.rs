//! How long the LocalAccounts chain takes to compile, beside the time its XML takes to be parsed by roxmltree alone:
//! the floor that no compiler on it can go below. Without the corpus our own set stands in.

#![expect(clippy::expect_used, reason = "a benchmark without its input must stop and say so")]

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use vestibule_engine::source::Sources;
use vestibule_engine::{Purpose, Workspace, compile_one};

/// The chain of one sign-up and sign-in policy: names and bytes.
fn chain() -> (&'static str, Vec<(String, Vec<u8>)>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pack = root.join("../shared/corpus/starterpack/LocalAccounts");
    let (id, folder, files) = if pack.is_dir() {
        let files = [
            "TrustFrameworkBase.xml",
            "TrustFrameworkLocalization.xml",
            "TrustFrameworkExtensions.xml",
            "SignUpOrSignin.xml",
        ];
        ("B2C_1A_signup_signin", pack, files)
    } else {
        eprintln!("the corpus is not there; measuring our own policies");
        let files = ["Base.xml", "Localization.xml", "Extensions.xml", "SignUpOrSignIn.xml"];
        ("B2C_1A_SignUpOrSignIn", root.join("policies"), files)
    };
    let read = |name: &str| {
        let path: PathBuf = folder.join(name);
        (name.to_owned(), std::fs::read(path).expect("the file is there"))
    };
    (id, files.into_iter().map(read).collect())
}

fn benches(criterion: &mut Criterion) {
    let (id, files) = chain();
    let mut group = criterion.benchmark_group("LocalAccounts chain");
    group.bench_function("compile", |bench| {
        bench.iter(|| {
            let mut sources = Sources::default();
            for (name, bytes) in &files {
                sources.add(name, bytes);
            }
            let compiled = compile_one(id, &sources);
            assert_eq!(compiled.policies.len(), 1);
            compiled
        });
    });
    let texts: Vec<&str> = files
        .iter()
        .map(|(_, bytes)| std::str::from_utf8(bytes).expect("UTF-8").trim_start_matches('\u{feff}'))
        .collect();
    group.bench_function("roxmltree only", |bench| {
        bench.iter(|| {
            texts
                .iter()
                .map(|text| roxmltree::Document::parse(text).expect("XML").descendants().count())
                .sum::<usize>()
        });
    });
    group.bench_function("edit of the base, everything checked again", |bench| {
        let mut workspace = Workspace::new(Purpose::Check, None);
        for (name, bytes) in &files {
            workspace.put(name, bytes);
        }
        let (name, bytes) = files.first().expect("a base");
        let longer = [bytes.as_slice(), b" "].concat();
        let mut texts = [bytes, &longer].into_iter().cycle();
        bench.iter(|| {
            workspace.put(name, texts.next().expect("a cycle"));
            assert_eq!(workspace.compiled().policies.len(), files.len());
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
