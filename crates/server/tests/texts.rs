//! `check`, `show`, `fmt` and `build` as an author calls them, on our own policies in a folder of their own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop and say so")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const SETTINGS: &str = r#"{ "Environments": [
    { "Name": "Development", "Tenant": "dev.onmicrosoft.com", "PolicySettings": {} },
    { "Name": "Production", "Production": true, "Tenant": "prod.onmicrosoft.com", "PolicySettings": {} } ] }"#;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// Our own policies, their tenant to be filled in, and an `appsettings.json` beside their folder.
    fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let policies = folder.path().join("policies");
        std::fs::create_dir(&policies).unwrap();
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
        for entry in std::fs::read_dir(own).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "xml") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.replace(&tenant(&text), "{Settings:Tenant}");
                std::fs::write(policies.join(path.file_name().unwrap()), text).unwrap();
            }
        }
        std::fs::write(folder.path().join("appsettings.json"), SETTINGS).unwrap();
        Desk { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap()
    }

    fn change(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(self.at(name), text.replace(from, to)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        told(self.command(arguments).output().unwrap())
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        told(child.wait_with_output().unwrap())
    }
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn tenant(text: &str) -> String {
    text.split("TenantId=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn check_takes_folders_files_patterns_and_standard_input() {
    let desk = Desk::new();
    for paths in [&["policies"][..], &["policies/**/*.xml"], &["policies/*.xml", "policies/Base.xml"]] {
        let (code, out, _) = desk.run(&[&["check"], paths].concat());
        assert_eq!(code, 0, "{paths:?}: {out}");
        let files = std::fs::read_dir(desk.at("policies")).unwrap().count();
        assert!(out.contains(&format!("{files} of {files} policies compiled; 0 errors")), "{paths:?}: {out}");
    }
    let (code, out, _) = desk.run_with(&["check", "-"], &desk.read("policies/Base.xml"));
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("1 of 1 policy compiled"), "{out}");
    let (code, out, _) = desk.run_with(&["check", "-"], "<TrustFrameworkPolicy>");
    assert_eq!(code, 1);
    assert!(out.contains("<stdin>:1:"), "{out}");
    assert_eq!(desk.run(&["check", "*.txt"]).0, 2);
}

#[test]
fn settings_fill_the_policies_and_diagnostics_point_at_the_authors_text() {
    let desk = Desk::new();
    let (code, out, notes) = desk.run(&["check", "policies"]);
    assert!(notes.contains("filled from `appsettings.json`, environment `Development`"), "{notes}");
    assert!(!out.contains("V0901") && code == 0, "{out}");
    let (_, shown, _) = desk.run(&["show", "B2C_1A_SignUpOrSignIn", "--environment", "production"]);
    assert!(shown.contains("TenantId=\"prod.onmicrosoft.com\""), "{shown}");
    desk.change("policies/Base.xml", "{Settings:Tenant}", "{Settings:Tenan}");
    let (_, out, _) = desk.run(&["check", "policies"]);
    assert!(out.contains("V0903") && out.contains("did you mean `Tenant`?"), "{out}");
    let (code, _, notes) = desk.run(&["check", "policies", "--environment", "Test"]);
    assert_eq!(code, 2);
    assert!(notes.contains("there is Development, Production"), "{notes}");
    std::fs::write(desk.at("appsettings.json"), "{ \"Environments\": 1").unwrap();
    let (code, _, notes) = desk.run(&["check", "policies"]);
    assert_eq!(code, 2);
    assert!(notes.contains("not JSON") && notes.contains("line 1 column"), "{notes}");
}

#[test]
fn show_prints_what_compiles_to_the_same_policy() {
    let desk = Desk::new();
    let (code, shown, _) = desk.run(&["show", "b2c_1a_signuporsignin"]);
    assert_eq!(code, 0);
    let (code, out, _) = desk.run_with(&["check", "-"], &shown);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("1 of 1 policy compiled; 0 errors"), "{out}");
    let (_, by_file, _) = desk.run(&["show", "policies/SignUpOrSignIn.xml"]);
    assert_eq!(by_file, shown);
    assert_eq!(desk.run_with(&["fmt", "-"], &shown).1, shown, "what is shown is laid out");
    let (code, part, _) =
        desk.run(&["show", "B2C_1A_SignUpOrSignIn", "--claim", "email", "--origins", "none"]);
    assert_eq!(code, 0);
    assert!(part.starts_with("<ClaimType Id=\"email\">"), "{part}");
    let (code, _, notes) = desk.run(&["show", "B2C_1A_SignUpOrSignIn", "--journey", "email"]);
    assert_eq!(code, 1);
    assert!(notes.contains("no user journey `email`; that is a claim type"), "{notes}");
    let (_, _, notes) = desk.run(&["show", "B2C_1A_SignUpOrSignn"]);
    assert!(notes.contains("did you mean `B2C_1A_SignUpOrSignIn`?"), "{notes}");
}

#[test]
fn fmt_lays_out_once_and_tells_beforehand() {
    let desk = Desk::new();
    desk.run(&["fmt", "policies"]);
    desk.change("policies/Base.xml", "<BuildingBlocks>", "<BuildingBlocks >");
    let before = desk.read("policies/Base.xml");
    let (code, out, _) = desk.run(&["fmt", "--check", "policies"]);
    assert_eq!(code, 1);
    assert!(out.contains("-  <BuildingBlocks >\n+  <BuildingBlocks>"), "{out}");
    assert_eq!(desk.read("policies/Base.xml"), before, "--check writes nothing");
    let (code, out, _) = desk.run(&["fmt", "policies"]);
    assert_eq!((code, out.as_str()), (0, "policies/Base.xml\n"));
    assert_eq!(desk.run(&["fmt", "--check", "policies"]).0, 0);
    std::fs::write(desk.at("policies/Broken.xml"), "<a>\n <b>").unwrap();
    let (code, _, notes) = desk.run(&["fmt", "policies"]);
    assert_eq!(code, 1);
    assert!(notes.contains("V0006") && notes.contains("1 cannot be parsed"), "{notes}");
    assert_eq!(desk.read("policies/Broken.xml"), "<a>\n <b>");
    let left: Vec<_> =
        std::fs::read_dir(desk.at("policies")).unwrap().map(|one| one.unwrap().path()).collect();
    assert!(left.iter().all(|path| path.extension().is_some_and(|end| end == "xml")), "{left:?}");
}

#[test]
fn build_writes_every_environment_or_nothing() {
    let desk = Desk::new();
    let (code, out, notes) = desk.run(&["build"]);
    assert_eq!(code, 0, "{notes}");
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(desk.read("Environments/Production/Base.xml").contains("TenantId=\"prod.onmicrosoft.com\""));
    // What was built is not checked again with what it was built from.
    assert_eq!(desk.run(&["check", "."]).0, 0);
    desk.change("policies/Base.xml", "{Settings:Tenant}", "{Settings:Nowhere}");
    let (code, _, notes) = desk.run(&["build", "policies", "--environment", "production", "-o", "out"]);
    assert_eq!(code, 1);
    assert!(notes.contains("V0903") && notes.contains("policies/Base.xml:"), "{notes}");
    assert!(notes.contains("nothing was written") && !desk.at("out").exists(), "{notes}");
    std::fs::remove_file(desk.at("appsettings.json")).unwrap();
    assert!(desk.run(&["build"]).2.contains("no appsettings.json"));
}

#[test]
fn a_watch_checks_again_after_changes_deletions_and_renames() {
    let desk = Desk::new();
    let mut command = desk.command(&["check", "policies", "--watch"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (tell, said) = std::sync::mpsc::channel();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reader = std::thread::spawn(move || lines.map_while(Result::ok).all(|line| tell.send(line).is_ok()));
    // The next summary that says so; others may stand before it.
    let wait_for = |wanted: &str| {
        let mut seen = Vec::new();
        while !seen.last().is_some_and(|line: &String| line.contains(wanted) && line.contains("waiting")) {
            seen.push(
                said.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("{wanted}: {seen:#?}")),
            );
        }
        seen
    };
    wait_for("good;");
    desk.change("policies/Base.xml", "<BuildingBlocks>", "<BuildingBlocks");
    let seen = wait_for("not good yet;");
    assert!(seen.iter().any(|line| line.contains("V0006")), "{seen:#?}");
    desk.change("policies/Base.xml", "<BuildingBlocks", "<BuildingBlocks>");
    wait_for(" good;");
    std::fs::rename(desk.at("policies/Base.xml"), desk.at("policies/base.bak")).unwrap();
    let seen = wait_for("not good yet;");
    assert!(seen.iter().any(|line| line.contains("V0201")), "{seen:#?}");
    std::fs::rename(desk.at("policies/base.bak"), desk.at("policies/Base.xml")).unwrap();
    wait_for(" good;");
    std::fs::rename(desk.at("policies"), desk.at("elsewhere")).unwrap();
    let gone = |line: &String| line.contains("a folder is gone");
    // Kept open: the child goes on writing to it.
    let mut notes = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    notes.find(gone).unwrap();
    std::fs::rename(desk.at("elsewhere"), desk.at("policies")).unwrap();
    wait_for(" good;");
    // The settings lie above the folder that is watched.
    desk.change("appsettings.json", "\"dev.", "\"test.");
    wait_for(" good;");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(said);
    reader.join().unwrap();
}
