//! Every diagnostic code: its number, which never changes its meaning, a short name, and what it means. One table feeds
//! the code, the reports and the documentation. Each code has a page, `docs/diagnostics/CODE.md`: its text is compiled in
//! from there, so that a code without a page does not build.
//!
//! Blocks: V00 file and XML, V01 shape of the schema, V02 inheritance, V03 names and references, V04 claims, types,
//! transformations, V05 technical profiles and metadata, V06 journeys and steps, V07 relying party, V08 content and
//! localization, V09 warnings about deployment values, V10–V13 lints (`crate::lint`).

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

impl Code {
    /// The code of that number or short name, in any case: `v0101`, `101`, `unknown-element`.
    pub fn find(wanted: &str) -> Option<Self> {
        let wanted = wanted.trim();
        let number = wanted.strip_prefix(['V', 'v']).unwrap_or(wanted).parse::<u32>().ok();
        let is_meant = |code: &&Self| {
            let own = code.id.strip_prefix('V').and_then(|digits| digits.parse::<u32>().ok());
            (number.is_some() && own == number) || code.name.eq_ignore_ascii_case(wanted)
        };
        ALL.iter().find(is_meant).copied()
    }

    /// What it means, why it matters, a wrong and a right example, what to do: Markdown.
    pub fn page(self) -> &'static str {
        let at = ALL.iter().position(|code| code.id == self.id);
        at.and_then(|at| PAGES.get(at)).copied().unwrap_or_default()
    }
}

macro_rules! codes {
    ($($constant:ident $id:literal $name:literal $meaning:literal)*) => {
        $(
            #[doc = concat!($id, ": ", $meaning, ".")]
            pub const $constant: Code = Code { id: $id, name: $name, meaning: $meaning };
        )*
        /// All codes in the order of their numbers.
        pub const ALL: &[Code] = &[$($constant),*];
        /// Their pages in the same order.
        const PAGES: &[&str] =
            &[$(include_str!(concat!("../../../../docs/diagnostics/", $id, ".md"))),*];
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
    EITHER_OR "V0111" "either-or" "two elements of which only one may be given"

    BASE_MISSING "V0201" "base-missing" "the base policy is not among the files"
    BASE_CIRCLE "V0202" "base-circle" "a policy inherits from itself"
    CHAIN_TOO_LONG "V0203" "chain-too-long" "a policy has more than ten bases above it"
    DUPLICATE_POLICY "V0204" "duplicate-policy" "two files have the same policy id"
    OTHER_TENANT "V0205" "other-tenant" "a policy of another tenant"
    PLACEHOLDER_TENANT "V0206" "placeholder-tenant" "the tenant of the base policy differs from the policy's, one of them being a placeholder"
    BASE_UNREADABLE "V0207" "base-unreadable" "a policy is not checked because a file of its chain could not be read"

    UNKNOWN_CLAIM_TYPE "V0301" "unknown-claim-type" "a reference to a claim type that does not exist"
    UNKNOWN_TRANSFORMATION "V0302" "unknown-transformation" "a reference to a claims transformation that does not exist"
    UNKNOWN_PROFILE "V0303" "unknown-profile" "a reference to a technical profile that does not exist"
    UNKNOWN_CONTENT "V0304" "unknown-content" "a reference to a content definition that does not exist"
    UNKNOWN_JOURNEY "V0305" "unknown-journey" "a reference to a user journey that does not exist"
    UNKNOWN_SUB_JOURNEY "V0306" "unknown-sub-journey" "a reference to a sub-journey that does not exist"
    UNKNOWN_CONTROL "V0307" "unknown-control" "a reference to a display control that does not exist"
    UNKNOWN_PREDICATE "V0308" "unknown-predicate" "a reference to a predicate that does not exist"
    UNKNOWN_VALIDATION "V0309" "unknown-validation" "a reference to a predicate validation or input validation that does not exist"
    UNKNOWN_RESOURCES "V0310" "unknown-resources" "a reference to localized resources that do not exist"
    UNKNOWN_EXCHANGE "V0311" "unknown-exchange" "a claims exchange that is not where it is looked for"
    UNKNOWN_CLIENT "V0312" "unknown-client" "a reference to a client definition that does not exist"
    INCLUDE_CIRCLE "V0313" "include-circle" "technical profiles that include each other"
    INCLUDE_TOO_DEEP "V0314" "include-too-deep" "technical profiles that include each other too deeply, or grow too large by it"

    BAD_PATTERN "V0401" "bad-pattern" "a regular expression that cannot be used"
    UNKNOWN_PREDICATE_METHOD "V0402" "unknown-predicate-method" "a predicate method that does not exist"
    BAD_PREDICATE_PARAMETER "V0403" "bad-predicate-parameter" "a predicate without a needed parameter, or with a bad one"
    BAD_ENUMERATION "V0404" "bad-enumeration" "an enumeration that cannot be chosen from"
    UNKNOWN_METHOD "V0405" "unknown-method" "a transformation method that does not exist"
    SIGNATURE "V0406" "signature" "claims or parameters that a transformation method does not expect, or lacks"
    SIGNATURE_TYPE "V0407" "signature-type" "a claim or parameter of a data type that a transformation method does not take"
    BAD_PARAMETER "V0408" "bad-parameter" "a parameter's value that is not of its data type"
    BAD_DEFAULT "V0410" "bad-default" "a default value that is not of the claim's data type"
    UNKNOWN_RESOLVER "V0411" "unknown-resolver" "a claim resolver of a known group with an unknown name"
    RESOLVER_NOT_EXPANDED "V0412" "resolver-not-expanded" "a claim resolver where it stays plain text"
    INPUT_TYPE "V0413" "input-type" "an input type that does not fit the claim's data type"

    NO_PROTOCOL "V0501" "no-protocol" "a technical profile without a protocol, own or included"
    UNKNOWN_HANDLER "V0502" "unknown-handler" "a protocol handler that does not exist"
    UNSUPPORTED_PROTOCOL "V0503" "unsupported-protocol" "a protocol or token format that is not supported"
    UNKNOWN_SETTING "V0504" "unknown-setting" "a metadata key that means nothing at this place"
    BAD_SETTING "V0505" "bad-setting" "a metadata value that its key does not allow"
    MISSING_SETTING "V0506" "missing-setting" "a metadata key that is needed"
    MISSING_KEY "V0507" "missing-key" "a cryptographic key that is needed"
    NO_DISPLAY_NAME "V0508" "no-display-name" "a technical profile whose button would have no text"
    NO_SOURCE "V0509" "no-source" "an output claim of a page that nothing can give a value to"
    UNKNOWN_ATTRIBUTE_NAME "V0510" "unknown-directory-attribute" "an attribute that the directory does not have, or not for this use"
    INTERACTIVE_VALIDATION "V0511" "interactive-validation" "a profile with a page or a redirect where only calls can be made"
    UNSUPPORTED_ELEMENT "V0512" "unsupported-element" "an element that is known but has no meaning here"
    NO_SESSION_PROVIDER "V0513" "no-session-provider" "session management by a profile that is no session provider"
    MISSING_INPUT "V0514" "missing-input" "a claim that this kind of profile needs"
    NOT_RUN "V0515" "not-run" "a technical profile that this version checks but does not run"
    INSECURE_CALL "V0520" "insecure-call" "a service called without authentication in a policy for production"
    UNFILLED_PLACEHOLDER "V0521" "unfilled-placeholder" "a placeholder in an address that no input claim fills in"
    WEAK_SIGNATURE "V0522" "weak-signature" "XML signed with SHA-1"
    IDLE_SETTING "V0523" "idle-setting" "a setting that has no effect beside the others"
    EXTENSION_NAME "V0524" "extension-name" "a directory attribute of the policy's own whose name does not have the form it must have"
    WRONG_KIND "V0525" "wrong-kind" "a technical profile that cannot do what it is named for"
    NO_OUTPUT "V0526" "no-output" "a profile of transformations without an output claim"

    STEP_ORDER "V0601" "step-order" "steps that are not numbered from 1 without gaps"
    TWO_EXCHANGES "V0602" "two-exchanges" "a step with several exchanges and no selection before it"
    AFTER_SELECTION "V0603" "after-selection" "a step behind a selection that is no claims exchange"
    NO_SEND_CLAIMS "V0604" "no-send-claims" "a journey that never sends claims"
    NO_ISSUER "V0605" "no-issuer" "a step that names no issuer, or a profile that cannot be one"
    SEVERAL_SEND_CLAIMS "V0606" "several-send-claims" "a journey that sends claims more than once"
    AFTER_SEND_CLAIMS "V0607" "after-send-claims" "a step behind the one that sends the claims"
    UNSUPPORTED_STEP "V0609" "unsupported-step" "a step of a type that only the schema knows"
    INCOMPLETE_STEP "V0610" "incomplete-step" "a step without what its type needs"
    SUB_JOURNEY_CIRCLE "V0611" "sub-journey-circle" "sub-journeys that call each other in a circle"
    SUB_JOURNEY_DEPTH "V0612" "sub-journey-depth" "sub-journeys nested too deeply"
    CALL_SENDS_CLAIMS "V0613" "call-sends-claims" "a sub-journey of type Call that sends claims"
    TRANSFER "V0614" "transfer" "a sub-journey of type Transfer that sends no claims, or a caller without a default issuer"
    BAD_PRECONDITION "V0615" "bad-precondition" "a precondition that cannot be evaluated"
    NEVER_INPUT "V0616" "never-input" "a required input claim that nothing before the step yields"
    SAME_EXCHANGE "V0619" "same-exchange" "two exchanges of one journey with the same id"
    NOT_INTERACTIVE "V0620" "not-interactive" "a page or a redirect in a journey that may not show any"

    NO_PARTY_PROFILE "V0701" "no-party-profile" "a relying party without a technical profile"
    NO_PARTY_JOURNEY "V0702" "no-party-journey" "a relying party without a user journey"
    NEVER_OUTPUT "V0703" "never-output" "an output claim of the relying party that the journey never yields"
    NO_SUBJECT "V0704" "no-subject" "a subject that is no output claim"
    PROTOCOL_CLAIM "V0705" "protocol-claim" "an output claim with a name that the protocol fills"
    CLAIM_FROM_PAGE "V0706" "claim-from-page" "an identity claim that a page field feeds"
    OUT_OF_RANGE "V0707" "out-of-range" "a number outside its documented range"
    UNKNOWN_ENDPOINT "V0708" "unknown-endpoint" "an endpoint that does not exist"
    PARTY_PROTOCOL "V0709" "party-protocol" "a relying party of a protocol that cannot be served"

    NO_DATA_URI "V0801" "no-data-uri" "a content definition without DataUri"
    BAD_DATA_URI "V0802" "bad-data-uri" "a DataUri that names no page"
    NO_LOAD_URI "V0804" "no-load-uri" "a content definition without LoadUri, or with one that cannot be loaded"
    UNKNOWN_ELEMENT_TYPE "V0805" "unknown-element-type" "a localized text for a kind of element that does not exist"
    UNKNOWN_LOCALIZED "V0806" "unknown-localized" "a localized text for something that does not exist"
    REPEATED_TEXT "V0820" "repeated-text" "two localized texts for one string of one element"

    DEPLOYMENT_VALUE "V0901" "deployment-value" "a tenant, an id, a key or a mode of the whole policy that is still a placeholder"
    PLACEHOLDER "V0902" "placeholder" "a setting, an address or a default value that is still a placeholder or empty"
    UNSET "V0903" "unset" "a setting that the chosen environment of appsettings.json does not have"

    IDLE_ALLOW "V1001" "idle-allow" "a comment that allows a lint which finds nothing there"
    UNKNOWN_ALLOW "V1002" "unknown-allow" "a comment to the tools that cannot be understood"

    UNUSED_CLAIM "V1011" "unused-claim-type" "a claim type that no policy of the set uses"
    UNUSED_PROFILE "V1012" "unused-technical-profile" "a technical profile that no policy of the set uses"
    UNUSED_JOURNEY "V1013" "unused-user-journey" "a user journey that no policy of the set uses"
    UNUSED_SUB_JOURNEY "V1014" "unused-sub-journey" "a sub-journey that no policy of the set uses"
    UNUSED_CONTENT "V1015" "unused-content-definition" "a content definition that no policy of the set uses"
    UNUSED_TRANSFORMATION "V1016" "unused-claims-transformation" "a claims transformation that no policy of the set uses"
    UNUSED_PREDICATE "V1017" "unused-predicate" "a predicate that no policy of the set uses"
    UNUSED_VALIDATION "V1018" "unused-predicate-validation" "a predicate validation that no policy of the set uses"
    UNUSED_CONTROL "V1019" "unused-display-control" "a display control that no policy of the set uses"
    UNUSED_RESOURCES "V1020" "unused-localized-resources" "localized resources that no policy of the set uses"
    UNUSED_CLIENT "V1021" "unused-client-definition" "a client definition that no policy of the set uses"

    REST_WITHOUT_AUTHENTICATION "V1201" "rest-without-authentication" "a REST call whose sender the service cannot know"
    INSECURE_IN_PRODUCTION "V1202" "insecure-in-production" "a setting that allows calls without authentication in production"
    DEBUG_MODE "V1203" "debug-mode" "a setting that tells more than users and logs should see"
    PLAIN_HTTP "V1204" "plain-http" "an address without encryption"
    DEVELOPMENT_MODE "V1205" "development-mode" "a deployment mode or recorder that production must not have"
    SCRIPT_FROM_ELSEWHERE "V1206" "script-from-elsewhere" "scripts of templates from another host run on the sign-in pages"
    TEMPLATE_FROM_REQUEST "V1207" "template-from-request" "a page whose host the request decides"
    OPEN_FRAMING "V1208" "open-framing" "any site may put the sign-in page into a frame"
    LONG_LIFETIME "V1209" "long-lifetime" "tokens that live longer than is advised"
    UNVERIFIED_EMAIL "V1210" "unverified-email" "a page that takes e-mail addresses without proof"
    PLAIN_SECRET "V1211" "plain-secret" "a secret written into the policy"
}
