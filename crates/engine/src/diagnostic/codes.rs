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
    SAME_ID_OTHER_CASE "V0112" "same-id-other-case" "two elements of one file have ids that differ by case alone; the first one counts"

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
    CLAIMS_FROM_ELSEWHERE "V0315" "claims-from-elsewhere" "claims included from a technical profile of another file"

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

    STEP_NEVER_RUNS "V1101" "step-never-runs" "a step that its preconditions always skip"
    CLAIM_NEVER_SET "V1102" "claim-never-set" "a precondition on a claim that no step before sets"
    IMPOSSIBLE_LITERAL "V1103" "impossible-literal" "a comparison with a value that the claim can never have"
    UNREACHABLE_STEP "V1104" "unreachable-step" "a step behind the end of every way through the journey"
    TOKEN_CLAIM_ABSENT "V1105" "token-claim-absent" "a claim of the token that may be absent"
    IDLE_PRECONDITION "V1106" "idle-precondition" "a precondition that never skips its step"
    EQUALS_ABSENT "V1107" "equals-absent" "a comparison that does not skip the step while the claim is absent"
    SUBJECT_ABSENT "V1108" "subject-absent" "a subject of the token that may be absent"
    LOST_ON_REFRESH "V1109" "lost-on-refresh" "a claim of the token that is absent once the token was refreshed"
    BOOLEAN_LITERAL "V1110" "boolean-literal" "a boolean in a spelling that the cloud may not take"

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

    ANY_ISSUER "V1212" "any-issuer" "tokens of every tenant of an identity provider are believed"
    UNSIGNED "V1214" "unsigned" "a signature or an issuer that is not checked, or not made"
    FRONT_CHANNEL "V1215" "front-channel" "tokens of an identity provider that come through the browser"
    LINKED_BY_ADDRESS "V1216" "linked-by-address" "an account is linked to an identity because of an address it names"

    SHORT_PASSWORD "V1231" "short-password" "passwords shorter than any that is advised"
    SHORT_ALONE "V1232" "short-only-password" "passwords that are short for an only factor"
    PASSWORD_CAP "V1233" "password-cap" "long passwords are refused"
    PASSWORD_KINDS "V1234" "password-kinds" "a password must mix kinds of characters"

    EXPLOSIVE_PATTERN "V1241" "explosive-pattern" "a regular expression that a text can keep busy for ever"
    UNANCHORED_PATTERN "V1242" "unanchored-pattern" "a pattern that may be found anywhere in the text"

    OLD_PAGE "V1251" "old-page" "a page that is not of the newest version"
    PAGE_WITHOUT_CONTRACT "V1252" "page-without-contract" "a page of the old form, without page layout"
    PAGE_TOO_OLD "V1253" "page-too-old" "something that the version of the page does not know"
    SETTING_WITHOUT_EFFECT "V1254" "setting-without-effect" "a setting that this kind of page does not know"
    HALF_KEPT "V1255" "half-kept" "keep me signed in, set at one of the two places that it needs"
    EXTRA_FIELD "V1256" "extra-field" "a field for which the combined page has no place"
    PAGE_NEVER_SHOWN "V1257" "page-never-shown" "a page with nothing to ask, whose validation profiles never run"
    SINGLE_PROVIDER "V1258" "single-provider" "a choice of one provider, which is not shown"

    HIDDEN_OUTPUT "V1301" "hidden-output" "an output claim that display claims hide, so that nothing gives it a value"
    VERIFIED_EMAIL_HIDDEN "V1302" "verified-email-hidden" "an address that is not verified because of display claims"
    DEFAULT_HIDES_FIELD "V1303" "default-hides-field" "a field that is not shown because it has a default"
    VALIDATION_HIDES_FIELD "V1304" "validation-hides-field" "a field that is not shown because a validation profile outputs it"
    REQUIRED_PARAGRAPH "V1305" "required-paragraph" "a paragraph that must be filled in"
    EMPTY_TEXT "V1306" "empty-text" "a paragraph or read-only field that nothing fills"
    NOT_COMPARED "V1307" "not-compared" "a repeated password that the page does not compare"
    UNDECLARED_ADDRESS "V1308" "undeclared-address" "the address of the user is kept in a claim type that is not declared"
    NOT_CLEARABLE "V1309" "not-clearable" "a field that users cannot empty"
    FORGOTTEN_IS_AN_ERROR "V1310" "forgotten-is-an-error" "a forgotten password is an error for the application"
    EMPTY_LIST "V1321" "empty-list" "an empty list, which clears nothing"
    RESTRICTION_REPLACES "V1322" "restriction-replaces" "a restriction that replaces the base's without saying so"
    ALWAYS_NOTHING "V1323" "always-nothing" "AlwaysUseDefaultValue without a DefaultValue"
    RESOLVER_AS_FALLBACK "V1324" "resolver-as-fallback" "a resolver that counts only while the claim is absent"
    DATE_AS_TEXT "V1325" "date-as-text" "a date claim filled by a resolver whose text is no date"
    PASSWORD_GONE "V1326" "password-gone" "a password used after its page, when it is gone"
    STRAY_SPACE "V1327" "stray-space" "white space around a metadata key"
    MESSAGE_NOT_SHOWN "V1328" "message-not-shown" "a text for an error that the page's own replaces"
    NO_CLASS "V1329" "no-class" "a character set written like a regular expression"
    EMPTY_DEFAULT "V1330" "empty-default" "a claim of the token that only an empty default stands for"
    UNLISTED_OUTPUT "V1331" "unlisted-output" "a claim of the token that only a transformation outputs"
    DATE_AS_NUMBER "V1332" "date-as-number" "a date that the token holds as a number"
    SKIPPED_IN_SESSION "V1341" "skipped-in-session" "a call that a signed-in session skips"
    SESSION_KEEPS_NOTHING "V1342" "session-keeps-nothing" "a session that keeps no claim of the identity provider"
    INCLUDE_IN_SSO "V1343" "include-in-sso" "IncludeInSso where it does not keep the session from skipping"
    NAMES_REMOVED "V1344" "names-removed" "a write that removes the other sign-in names of a user"
    DEFAULT_WITHOUT_USER "V1345" "default-without-user" "a claim that is set even if no user was found"
    NO_REFRESH_JOURNEY "V1346" "no-refresh-journey" "tokens are refreshed without looking at the user again"
}
