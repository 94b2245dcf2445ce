//! Every diagnostic code: its number, which never changes its meaning, a short name, and what it means. One table feeds
//! the code, the reports and the documentation.
//!
//! Blocks: V00 file and XML, V01 shape of the schema, V02 inheritance, V03 names and references, V04 claims, types,
//! transformations, V05 technical profiles and metadata, V06 journeys and steps, V07 relying party, V08 content and
//! localization, V09 warnings about deployment values.

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    /// The number, e.g. `V0101`.
    pub id: &'static str,
    /// A short name, e.g. `unknown-element`.
    pub name: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
}

macro_rules! codes {
    ($($constant:ident $id:literal $name:literal $meaning:literal)*) => {
        $(
            #[doc = concat!($id, ": ", $meaning, ".")]
            pub const $constant: Code = Code { id: $id, name: $name, meaning: $meaning };
        )*
        /// All codes in the order of their numbers.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
    FILE_TOO_LARGE "V0001" "file-too-large" "a policy file is larger than 1 MiB"
    NOT_TEXT "V0002" "not-text" "bytes that are not text in the encoding of the file"
    UTF16_WITHOUT_MARK "V0003" "utf16-without-mark" "UTF-16 without a byte order mark"
    UNKNOWN_ENCODING "V0004" "unknown-encoding" "the XML declaration names an encoding that is not supported"
    NUL "V0005" "nul-character" "the file contains a NUL character"
    NOT_WELL_FORMED "V0006" "not-well-formed" "the XML is not well-formed"
    DOCUMENT_TYPE "V0007" "document-type" "the file contains a document type definition"
    TOO_DEEP "V0008" "too-deep" "elements are nested too deeply"
    TOO_MANY_NODES "V0009" "too-many-nodes" "the file has too many elements, texts or attributes"
    WRONG_ROOT "V0010" "wrong-root" "the root element is not TrustFrameworkPolicy"
    WRONG_NAMESPACE "V0011" "wrong-namespace" "the root element is not in the namespace of policies"

    UNKNOWN_ELEMENT "V0101" "unknown-element" "an element that the schema does not know at this place"
    UNKNOWN_ATTRIBUTE "V0102" "unknown-attribute" "an attribute that the schema does not know at this place"
    WRONG_ORDER "V0103" "wrong-order" "an element that stands after one which it must precede"
    MISSING_ELEMENT "V0104" "missing-element" "a required element is missing"
    MISSING_ATTRIBUTE "V0105" "missing-attribute" "a required attribute is missing"
    BAD_VALUE "V0106" "bad-value" "a value that the schema does not allow"
    UNEXPECTED_TEXT "V0107" "unexpected-text" "text where only elements may stand"
    REPEATED_ELEMENT "V0108" "repeated-element" "an element that may stand only once is given again"
    DUPLICATE_KEY "V0109" "duplicate-key" "two elements of one file have the same id"
    REPEATED_ITEM "V0110" "repeated-item" "two metadata items have the same key; the last one counts"

    BASE_MISSING "V0201" "base-missing" "the base policy is not among the files"
    BASE_CIRCLE "V0202" "base-circle" "a policy inherits from itself"
    CHAIN_TOO_LONG "V0203" "chain-too-long" "a policy has more than ten bases above it"
    DUPLICATE_POLICY "V0204" "duplicate-policy" "two files have the same policy id"
    OTHER_TENANT "V0205" "other-tenant" "a policy of another tenant"
    PLACEHOLDER_TENANT "V0206" "placeholder-tenant" "the tenant of the base policy differs from the policy's, one of them being a placeholder"
    BASE_UNREADABLE "V0207" "base-unreadable" "a policy is not checked because a file of its chain could not be read"

    DEPLOYMENT_VALUE "V0901" "deployment-value" "a tenant, GUID or key without the form it must have, perhaps a placeholder"
}
