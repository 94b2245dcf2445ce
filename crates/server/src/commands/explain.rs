//! `vestibule explain`: what a diagnostic code means, with a wrong and a right example. The text is the code's page of
//! docs/diagnostics.

use clap::Args;
use vestibule_engine::diagnostic::{Code, codes, did_you_mean};

use super::reporting::print;
use super::{Failure, Outcome};

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(
    long_about = "Explains a diagnostic code: what it means, why it matters, a wrong and a right example, what to do.
Without a code, lists all of them.",
    after_help = "Examples:
  vestibule explain V0301
  vestibule explain unknown-claim-type
  vestibule explain                          all codes, one a line"
)]
pub struct ExplainCommand {
    /// A code or its short name
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Prints the page.
pub fn run(command: &ExplainCommand) -> Outcome {
    let Some(wanted) = &command.code else {
        for code in codes::ALL {
            println!("{}  {:<30} {}", code.id, code.name, code.meaning);
        }
        return Ok(true);
    };
    let Some(code) = Code::find(wanted) else {
        let names = codes::ALL.iter().flat_map(|code| [code.id, code.name]);
        let near =
            did_you_mean(wanted, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Failure(format!("there is no diagnostic `{wanted}`{near}")));
    };
    print(code.page());
    Ok(true)
}
