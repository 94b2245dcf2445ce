//! What compiles but is likely not what its author wants: unused things, steps that never run, insecure settings, and
//! whatever the cloud is known to do differently from what the XML seems to say.
//!
//! In: the policies of a set, merged, once they compiled, and the levels wished. Out: diagnostics. One table of lints,
//! one file a family. An author allows a finding by a comment (`comment`), whoever runs the lints by its level
//! (`level`). A policy is judged as the relying party uses it: what nothing uses is called unused and nothing else.
//! Must not be known here: running journeys, files, configurations.

mod comment;
mod flow;
mod found;
mod journey;
mod level;
mod page;
mod password;
mod pattern;
mod provider;
mod rest;
mod secret;
mod setting;
mod sort;
mod subject;
mod trap;
mod unused;
mod used;

use crate::diagnostic::{Code, Diagnostic, codes};
use crate::inherit::Effective;
use crate::syntax::{TrustFrameworkPolicy, same_id};

use comment::Allows;
use found::Found;
use journey::Journeys;
pub use level::{Level, Levels};
use subject::Subject;
use unused::Usage;

/// A pass over one policy, which may look for several things at once.
type Pass = fn(&Subject<'_>, &mut Found);

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Lint {
    /// Its code and name.
    pub code: Code,
    /// Its family, a word by which all of them are allowed or denied together.
    pub family: &'static str,
    /// Its level where nobody wishes another.
    pub level: Level,
    /// How many findings in one file are summed up: what follows their number; none: they are never.
    sum: Option<&'static str>,
    /// What finds it; none where the pass of a neighbouring row does.
    pass: Option<Pass>,
}

const fn note(family: &'static str, code: Code) -> Lint {
    Lint { code, family, level: Level::Note, sum: None, pass: None }
}

const fn warn(family: &'static str, code: Code) -> Lint {
    Lint { code, family, level: Level::Warn, sum: None, pass: None }
}

/// A lint that only whoever asks for it gets.
const fn off(family: &'static str, code: Code) -> Lint {
    Lint { code, family, level: Level::Allow, sum: None, pass: None }
}

impl Lint {
    const fn sum(self, sum: &'static str) -> Lint {
        Lint { sum: Some(sum), ..self }
    }

    const fn by(self, pass: Pass) -> Lint {
        Lint { pass: Some(pass), ..self }
    }
}

/// Every lint, in the order of the codes.
pub const LINTS: &[Lint] = &[
    note("comments", codes::IDLE_ALLOW),
    warn("comments", codes::UNKNOWN_ALLOW),
    note("unused", codes::UNUSED_CLAIM).sum("claim types of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_PROFILE)
        .sum("technical profiles of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_JOURNEY).sum("user journeys of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_SUB_JOURNEY)
        .sum("sub-journeys of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_CONTENT)
        .sum("content definitions of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_TRANSFORMATION)
        .sum("claims transformations of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_PREDICATE).sum("predicates of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_VALIDATION)
        .sum("predicate validations of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_CONTROL)
        .sum("display controls of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_RESOURCES)
        .sum("localized resources of this file are used by no policy of the set"),
    note("unused", codes::UNUSED_CLIENT)
        .sum("client definitions of this file are used by no policy of the set"),
    warn("journeys", codes::STEP_NEVER_RUNS),
    warn("journeys", codes::CLAIM_NEVER_SET),
    warn("journeys", codes::IMPOSSIBLE_LITERAL),
    warn("journeys", codes::UNREACHABLE_STEP),
    note("journeys", codes::TOKEN_CLAIM_ABSENT).sum("claims of this file may be absent from the token"),
    note("journeys", codes::IDLE_PRECONDITION),
    warn("journeys", codes::EQUALS_ABSENT),
    warn("journeys", codes::SUBJECT_ABSENT),
    note("journeys", codes::LOST_ON_REFRESH)
        .sum("claims of this file are absent from every token that was refreshed"),
    note("journeys", codes::BOOLEAN_LITERAL),
    warn("security", codes::REST_WITHOUT_AUTHENTICATION).by(rest::check),
    note("security", codes::INSECURE_IN_PRODUCTION),
    note("security", codes::DEBUG_MODE),
    warn("security", codes::PLAIN_HTTP).by(setting::check),
    warn("security", codes::DEVELOPMENT_MODE),
    note("security", codes::SCRIPT_FROM_ELSEWHERE),
    warn("security", codes::TEMPLATE_FROM_REQUEST),
    warn("security", codes::OPEN_FRAMING),
    note("security", codes::LONG_LIFETIME),
    warn("security", codes::UNVERIFIED_EMAIL),
    warn("security", codes::PLAIN_SECRET).by(secret::check),
    warn("security", codes::ANY_ISSUER).by(provider::check),
    warn("security", codes::UNSIGNED),
    note("security", codes::FRONT_CHANNEL),
    warn("security", codes::LINKED_BY_ADDRESS),
    warn("passwords", codes::SHORT_PASSWORD).by(password::check),
    note("passwords", codes::SHORT_ALONE),
    note("passwords", codes::PASSWORD_CAP),
    note("passwords", codes::PASSWORD_KINDS),
    warn("patterns", codes::EXPLOSIVE_PATTERN).by(pattern::check),
    note("patterns", codes::UNANCHORED_PATTERN),
    note("pages", codes::OLD_PAGE).sum("pages of this file are not of the newest version").by(page::check),
    note("pages", codes::PAGE_WITHOUT_CONTRACT)
        .sum("pages of this file are of the old form, without page layout"),
    warn("pages", codes::PAGE_TOO_OLD),
    warn("pages", codes::SETTING_WITHOUT_EFFECT),
    note("pages", codes::HALF_KEPT),
    warn("pages", codes::EXTRA_FIELD),
    warn("pages", codes::PAGE_NEVER_SHOWN),
    note("pages", codes::SINGLE_PROVIDER),
    warn("traps", codes::HIDDEN_OUTPUT).by(trap::field),
    warn("traps", codes::VERIFIED_EMAIL_HIDDEN),
    warn("traps", codes::DEFAULT_HIDES_FIELD),
    note("traps", codes::VALIDATION_HIDES_FIELD),
    warn("traps", codes::REQUIRED_PARAGRAPH),
    note("traps", codes::EMPTY_TEXT),
    warn("traps", codes::NOT_COMPARED),
    note("traps", codes::UNDECLARED_ADDRESS)
        .sum("pages of this file keep the address of the user in a claim type that is not declared"),
    off("traps", codes::NOT_CLEARABLE),
    off("traps", codes::FORGOTTEN_IS_AN_ERROR),
    warn("traps", codes::EMPTY_LIST).by(trap::chain),
    note("traps", codes::RESTRICTION_REPLACES),
    note("traps", codes::ALWAYS_NOTHING).by(trap::claim),
    note("traps", codes::RESOLVER_AS_FALLBACK),
    warn("traps", codes::DATE_AS_TEXT),
    warn("traps", codes::PASSWORD_GONE),
    note("traps", codes::STRAY_SPACE),
    note("traps", codes::MESSAGE_NOT_SHOWN),
    warn("traps", codes::NO_CLASS),
    warn("traps", codes::EMPTY_DEFAULT),
    note("traps", codes::UNLISTED_OUTPUT),
    off("traps", codes::DATE_AS_NUMBER),
    warn("traps", codes::SKIPPED_IN_SESSION).by(trap::session),
    note("traps", codes::SESSION_KEEPS_NOTHING),
    note("traps", codes::INCLUDE_IN_SSO),
    note("traps", codes::NAMES_REMOVED),
    off("traps", codes::DEFAULT_WITHOUT_USER),
    off("traps", codes::NO_REFRESH_JOURNEY),
];

/// The lints over one set of policies, one policy after the other.
pub(crate) struct Run {
    found: Found,
    usage: Usage,
    journeys: Journeys,
    complete: bool,
}

impl Run {
    /// Before the first policy.
    pub(crate) fn start() -> Self {
        Self {
            found: Found::default(),
            usage: Usage::default(),
            journeys: Journeys::default(),
            complete: true,
        }
    }

    /// Looks at a policy that compiled: one with a relying party, or one that no other inherits from.
    pub(crate) fn policy(
        &mut self,
        chain: &[&TrustFrameworkPolicy],
        tree: &Effective,
        trees: &[&TrustFrameworkPolicy],
    ) {
        if tree.relying_party.is_none() && is_base(tree, trees) {
            return;
        }
        let subject = Subject::new(chain, tree);
        self.usage.add(&subject);
        self.journeys.add(&subject, &mut self.found);
        for pass in LINTS.iter().filter_map(|lint| lint.pass) {
            pass(&subject, &mut self.found);
        }
    }

    /// Notes that a policy did not compile or was left out: what it uses is not known, and neither is what would be found
    /// in it.
    pub(crate) fn incomplete(&mut self) {
        self.complete = false;
    }

    /// Everything found in the whole set.
    pub(crate) fn finish(mut self, trees: &[&TrustFrameworkPolicy], levels: &Levels) -> Vec<Diagnostic> {
        self.journeys.report(&mut self.found);
        if self.complete {
            self.usage.report(&mut self.found);
        }
        let mut said = Found::default();
        let allows = Allows::read(trees, &mut said);
        let mut judged = self.found.judge(levels, &allows);
        if self.complete {
            allows.idle(&mut said);
        }
        judged.extend(said.judge(levels, &Allows::default()));
        judged
    }
}

fn is_base(tree: &Effective, trees: &[&TrustFrameworkPolicy]) -> bool {
    let Some(own) = &tree.policy_id else { return false };
    let bases = trees.iter().filter_map(|other| other.base_policy.as_ref()?.policy_id.as_ref());
    bases.into_iter().any(|base| same_id(base, own))
}
