//! docs/transformations.md, printed from the table of methods.

use std::fmt::Write as _;

use super::{ALIASES, FAMILIES, Function, MESSAGES, Often, Slot};

const INTRODUCTION: &str = "# Claims transformations

Every `TransformationMethod` that Vestibule runs, with the names and data types it expects. Names compare in any case.
`?` stands behind what may be left out, `…` behind what may be declared any number of times under any name. A parameter
that is true or false may be given as `boolean` or as `string`.

An input claim may have no value when the transformation runs. Methods that compare, copy, format, choose or add to a
collection go on without it, as their sentences say; the others end the journey with an error. No method works on more
than a mebibyte of text.

This page is printed by `cargo run -p vestibule-engine --example transformations`; a test keeps the two equal.
";

/// The whole page.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (family, functions) in FAMILIES {
        let _ = write!(page, "\n## {family}\n");
        for function in *functions {
            entry(function, &mut page);
        }
    }
    page.push_str("\n## Other names\n\n");
    for (alias, method) in ALIASES {
        let _ = writeln!(page, "- `{alias}` is `{method}`.");
    }
    page.push_str(
        "\n## Messages\n\nWhat an assertion says where neither the page's localized strings nor the metadata of a technical \
         profile have a text under its key:\n\n| key | text |\n| --- | --- |\n",
    );
    for (key, text) in MESSAGES {
        let _ = writeln!(page, "| `{key}` | {text} |");
    }
    page
}

fn entry(function: &Function, page: &mut String) {
    let _ = write!(page, "\n### {}\n\n{}\n\n", function.name, function.about);
    let parts = [
        ("Input claims", function.inputs),
        ("Input parameters", function.parameters),
        ("Output claims", function.outputs),
    ];
    for (title, slots) in parts {
        if !slots.is_empty() {
            let _ = writeln!(page, "- {title}: {}", slots.iter().map(slot).collect::<Vec<_>>().join(", "));
        }
    }
}

fn slot(slot: &Slot) -> String {
    let mark = match slot.often {
        Often::Once => "",
        Often::Maybe => "?",
        Often::Many => "…",
    };
    let types: Vec<&str> = slot.types.iter().map(|kind| kind.name()).collect();
    let types = if types.is_empty() { "any type".to_owned() } else { types.join(" or ") };
    format!("`{}`{mark} ({types})", slot.name)
}
