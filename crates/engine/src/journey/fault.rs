//! Expected failures: what the user or the application is told, with its AADB2C code (policy-language 13,
//! protocols 11).

use std::fmt;

use crate::claims::Unsupported;

/// A journey that cannot go on, or a request that cannot be answered, told to the application.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fault {
    /// The code.
    pub code: FaultCode,
    /// The sentence behind the code, without correlation id and time.
    pub text: String,
}

/// A code of the cloud's list, or a policy's own.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FaultCode {
    /// Five digits: 90091 is `AADB2C90091`.
    Aadb2c(u32),
    /// The errorCode of an OAuth2Error profile: `AAD_Custom_<code>`.
    Custom(String),
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultCode::Aadb2c(number) => write!(f, "AADB2C{number}"),
            FaultCode::Custom(code) => write!(f, "AAD_Custom_{code}"),
        }
    }
}

/// Codes with a fixed sentence. Sentences that applications are known to look for stand as documented
/// (protocols 11); the others are ours.
const SENTENCES: &[(u32, &str)] = &[
    (90001, "A user with the specified ID already exists. Please choose a different one."),
    (90021, "The technical profile of this step does not exist in the policy."),
    (
        90037,
        "An error occurred while processing the request. Please contact the administrator of the site you are trying to access.",
    ),
    (90040, "The user journey ended without a step that sends claims."),
    (
        90046,
        "We are having trouble loading the state of your sign-in. Please start again from your application.",
    ),
    (90051, "No suitable claims provider was found."),
    (90053, "A user with the specified credential could not be found."),
    (90054, "The specified credential is invalid."),
    (90077, "User does not have an existing session and request prompt parameter has a value of 'None'."),
    (90085, "The service has encountered an internal error. Please sign in again."),
    (90091, "The user has cancelled entering self-asserted information."),
    (90111, "Your account has been locked. Contact your support person to unlock it, then try again."),
    (90114, "Your account is temporarily locked to prevent unauthorized use. Try again later."),
    (90118, "The user has forgotten their password."),
    (90128, "The account associated with this grant no longer exists. Please re-authenticate and try again."),
    (90129, "The provided grant has been revoked. Please re-authenticate and try again."),
    (90145, "No unverified phone numbers have been found and policy disallows a user entered number."),
    (90151, "User has exceeded the maximum number for retries for multi-factor authentication."),
    (90157, "User has exceeded the maximum number for retries for a self-asserted step."),
    (90158, "The self-asserted input could not be validated."),
    (90159, "The verification of the self-asserted input failed."),
    (90161, "The self-asserted response could not be sent."),
    (
        90272,
        "The id_token_hint parameter has not been specified in the request. Please provide token and try again.",
    ),
    (90225, "The username or password provided in the request are invalid."),
    (90244, "There are too many requests at this moment. Please wait for some time and try again."),
];

impl Fault {
    /// A fault with the fixed sentence of its code.
    pub fn of(code: u32) -> Fault {
        let text = SENTENCES
            .iter()
            .find(|(known, _)| *known == code)
            .map_or("An error occurred while processing the request.", |(_, sentence)| sentence);
        Fault::with(code, text)
    }

    /// A profile was reached that compiled only because its mistake was let pass.
    pub fn unusable(profile: &str) -> Fault {
        let text = format!("The technical profile '{profile}' has a mistake in the policy and cannot run.");
        Fault::with(90037, text)
    }

    /// A claim resolver was reached that does not exist (policy-language 11).
    pub fn unsupported(found: &Unsupported) -> Fault {
        Fault::with(found.code(), format!("The claim resolver '{}' is not supported.", found.resolver))
    }

    /// A fault with a sentence of its own.
    pub fn with(code: u32, text: impl Into<String>) -> Fault {
        Fault { code: FaultCode::Aadb2c(code), text: text.into() }
    }

    /// The policy's own error (technical-profiles 19).
    pub fn custom(code: impl Into<String>, text: impl Into<String>) -> Fault {
        Fault { code: FaultCode::Custom(code.into()), text: text.into() }
    }

    /// The number, where it is one of the cloud's.
    pub fn number(&self) -> Option<u32> {
        match self.code {
            FaultCode::Aadb2c(number) => Some(number),
            FaultCode::Custom(_) => None,
        }
    }
}
