//! Methods on claims of any type (claims-transformations 5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Arguments, BOOLEAN, DataType, Defect, Failure, Function, Results, TEXT, Value, maybe, once};

const COPIED: &[DataType] = &[DataType::String, DataType::Int];

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "CopyClaim",
        about: "Copies a claim; without a value the other claim stays as it was.",
        inputs: &[once("inputClaim", COPIED)],
        parameters: &[],
        outputs: &[once("outputClaim", COPIED)],
        run: copy,
    },
    Function {
        name: "CopyClaimIfPredicateMatch",
        about: "Copies a claim if its value satisfies the PredicateValidation of the output claim.",
        inputs: &[once("inputClaim", TEXT)],
        parameters: &[],
        outputs: &[once("outputClaim", TEXT)],
        run: copy_if_admitted,
    },
    Function {
        name: "DoesClaimExist",
        about: "Whether the claim has a value; an empty text is one, an empty collection is none.",
        inputs: &[once("inputClaim", &[])],
        parameters: &[],
        outputs: &[once("outputClaim", BOOLEAN)],
        run: exists,
    },
    Function {
        name: "NullClaim",
        about: "Takes the claim's value away.",
        inputs: &[],
        parameters: &[],
        outputs: &[once("claim_to_null", &[])],
        run: |_| Ok(Results::clear("claim_to_null")),
    },
    Function {
        name: "Hash",
        about: "A keyed digest of a text and a salt; randomizerSecret names the policy key. Digests made by the cloud \
                service cannot be matched.",
        inputs: &[once("plaintext", TEXT), maybe("salt", TEXT)],
        parameters: &[once("randomizerSecret", TEXT)],
        outputs: &[once("hash", TEXT)],
        run: hash,
    },
];

fn copy(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let copied = arguments.input("inputClaim");
    Ok(copied.map_or_else(Results::none, |value| Results::one("outputClaim", value.clone())))
}

fn copy_if_admitted(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let around = &arguments.around;
    let admitted = |text: &str| around.declared.admits(text, around.today());
    match arguments.text("inputClaim") {
        Some(text) if admitted(&text) => Ok(Results::text("outputClaim", text)),
        _ => Ok(Results::none()),
    }
}

fn exists(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let exists = match arguments.input("inputClaim") {
        None => false,
        Some(Value::Strings(items)) => !items.is_empty(),
        Some(Value::Identities(items)) => !items.is_empty(),
        Some(Value::Structure(_, serde_json::Value::Array(items))) => !items.is_empty(),
        Some(_) => true,
    };
    Ok(Results::one("outputClaim", Value::Boolean(exists)))
}

/// base64(HMAC-SHA256(secret, length of the salt as 32 bits big-endian ‖ salt ‖ plaintext)), texts in UTF-8. How the
/// cloud combines the three is not public; the length keeps salt and text apart (claims-transformations 5).
fn hash(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let plaintext = arguments.required_text("plaintext")?;
    let salt = arguments.text("salt").unwrap_or_default();
    let secret = arguments.around.declared.secret.as_deref().ok_or(Defect::PolicyKeyNotFound)?;
    let length = u32::try_from(salt.len()).map_err(|_| Defect::OutOfRange)?;
    let mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| Defect::PolicyKeyNotFound)?;
    let mac = mac.chain_update(length.to_be_bytes()).chain_update(salt.as_bytes());
    let digest = mac.chain_update(plaintext.as_bytes()).finalize().into_bytes();
    Ok(Results::text("hash", STANDARD.encode(digest)))
}
