//! From a policy to its root. In: a policy and the trees of all files. Out: the chain, root first, or the one diagnostic
//! that says why there is none (policy-language 1.3, 2.1; attacks 119).

use std::borrow::Borrow;

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::message::message;
use crate::placeholder::is_placeholder_tenant;
use crate::source::{Span, Spanned};
use crate::syntax::{BasePolicy, PolicyConstraints, TrustFrameworkPolicy, same_id};

/// How many bases a policy may have above it (policy-language 1.3).
const MAX_DEPTH: usize = 10;

/// The chain of a policy, root first: `leaf` and its bases, found among `trees` by policy id. An error if a base is
/// missing, has the id of another file, inherits in a circle, is of another tenant, or if there are more than ten; a note
/// if a file of the chain could not be read, which is an error of that file.
pub fn chain<'a>(
    leaf: &'a TrustFrameworkPolicy,
    trees: &'a [impl Borrow<TrustFrameworkPolicy>],
) -> Result<Vec<&'a TrustFrameworkPolicy>, Box<Diagnostic>> {
    readable(leaf, leaf.span)?;
    if let Some(id) = &leaf.policy_id {
        let others: Vec<_> = named(id, trees).filter(|tree| tree.span.source != leaf.span.source).collect();
        if !others.is_empty() {
            return Err(Box::new(ambiguous(id, id.span, &others)));
        }
    }
    let mut chain = vec![leaf];
    while let Some(base) = chain.last().and_then(|policy| policy.base_policy.as_ref()) {
        let next = find_base(base, &chain, trees)?;
        readable(next, base.span)?;
        chain.push(next);
        if chain.len() > MAX_DEPTH + 1 {
            let sentence = message!("the policy has more than {MAX_DEPTH} bases above it");
            let finding = Diagnostic::error(codes::CHAIN_TOO_LONG, leaf.span, sentence);
            return Err(Box::new(finding.help(format!("it inherits {}", arrows(&chain)))));
        }
    }
    chain.reverse();
    same_tenant(&chain)?;
    Ok(chain)
}

/// What is odd about a chain but keeps it from nothing: policies of one chain under different placeholder tenants.
pub fn remarks(chain: &[&TrustFrameworkPolicy]) -> Diagnostics {
    let mut remarks = Diagnostics::default();
    let mut said: Vec<&Spanned<String>> = Vec::new();
    for (written, other) in tenants(chain) {
        if !same_id(written, other) && (is_placeholder(written) || is_placeholder(other)) {
            let sentence =
                message!("the tenant is `{}` here and `{}` in another file", written.value, other.value);
            let finding = Diagnostic::warning(codes::PLACEHOLDER_TENANT, written.span, sentence);
            remarks.push(
                finding.also(other.span, "the other tenant").help("write the same tenant in all files"),
            );
            said.extend([written, other]);
        }
    }
    unfilled(chain, said, &mut remarks);
    chain.iter().filter_map(|policy| policy.policy_constraints.as_ref()).for_each(|one| {
        constraints(one, &mut remarks);
    });
    remarks
}

/// Undocumented: policies inherit within their tenant, whatever they say of it (policy-language 1.2).
fn constraints(one: &PolicyConstraints, remarks: &mut Diagnostics) {
    let sentence = message!("the element `PolicyConstraints` has no effect");
    let finding = Diagnostic::warning(codes::UNSUPPORTED_ELEMENT, one.span, sentence);
    let help = "a policy of the same tenant may inherit from this one, no other; requests are never routed elsewhere";
    remarks.push(finding.help(help));
}

fn find_base<'a>(
    base: &BasePolicy,
    chain: &[&TrustFrameworkPolicy],
    trees: &'a [impl Borrow<TrustFrameworkPolicy>],
) -> Result<&'a TrustFrameworkPolicy, Box<Diagnostic>> {
    // That the id is missing was said when the file was read.
    let Some(wanted) = &base.policy_id else { return Err(Box::new(unusable(base.span))) };
    let found: Vec<_> = named(wanted, trees).collect();
    match found.as_slice() {
        [] => {
            let ids = trees.iter().map(Borrow::borrow).filter_map(|tree| tree.policy_id.as_ref());
            let known = ids.map(|id| id.value.as_str());
            let sentence = message!("there is no policy `{}` to inherit from", wanted.value);
            let finding =
                Diagnostic::error(codes::BASE_MISSING, wanted.span, sentence).label("in none of the files");
            let prefixed =
                known.clone().find(|id| strip_prefix(id).is_some_and(|rest| same_id(rest, wanted)));
            let finding = match prefixed {
                Some(id) => finding.help(format!("the id of the policy is `{id}`")),
                None => finding.did_you_mean(wanted, known),
            };
            let finding = match finding.help.is_empty() {
                true => finding.help("check all files of the chain together, for instance their folder"),
                false => finding,
            };
            Err(Box::new(needed_by(finding, chain)))
        }
        [one] if chain.iter().any(|policy| policy.span.source == one.span.source) => {
            Err(Box::new(circle(wanted, chain)))
        }
        [one] => Ok(one),
        several => Err(Box::new(ambiguous(wanted, wanted.span, several))),
    }
}

/// A policy id without the prefix that the cloud puts before all of them.
fn strip_prefix(id: &str) -> Option<&str> {
    let (prefix, rest) = id.split_at_checked("B2C_1A_".len())?;
    prefix.eq_ignore_ascii_case("B2C_1A_").then_some(rest)
}

/// Shows each link of a chain that leads to the place of the finding, and the whole of it in words.
fn needed_by(finding: Diagnostic, chain: &[&TrustFrameworkPolicy]) -> Diagnostic {
    let [_, .., _] = chain else { return finding };
    let links = chain.iter().take(chain.len() - 1).filter_map(|policy| {
        let base = policy.base_policy.as_ref()?.policy_id.as_ref()?;
        Some((base.span, format!("`{}` inherits from it", policy.policy_id.as_ref()?.value)))
    });
    links.fold(finding, |finding, (span, text)| finding.also(span, text))
}

fn named<'a>(
    id: &Spanned<String>,
    trees: &'a [impl Borrow<TrustFrameworkPolicy>],
) -> impl Iterator<Item = &'a TrustFrameworkPolicy> {
    let has_id = |tree: &&TrustFrameworkPolicy| tree.policy_id.as_ref().is_some_and(|own| same_id(own, id));
    trees.iter().map(Borrow::borrow).filter(has_id)
}

fn readable(tree: &TrustFrameworkPolicy, place: Span) -> Result<(), Box<Diagnostic>> {
    if tree.readable { Ok(()) } else { Err(Box::new(unusable(place))) }
}

fn unusable(place: Span) -> Diagnostic {
    let sentence = message!("the policy is not checked, because a file of its chain could not be read");
    Diagnostic::note(codes::BASE_UNREADABLE, place, sentence)
}

fn ambiguous(id: &str, place: Span, policies: &[&TrustFrameworkPolicy]) -> Diagnostic {
    let sentence = message!("more than one file has the policy id `{id}`");
    let finding = Diagnostic::error(codes::DUPLICATE_POLICY, place, sentence);
    let ids = policies.iter().filter_map(|policy| policy.policy_id.as_ref());
    ids.filter(|other| other.span != place)
        .fold(finding, |finding, other| finding.also(other.span, "this file has it too"))
}

/// A circle is the same wherever one enters it: it is told from its first file on, with every link.
fn circle(wanted: &Spanned<String>, chain: &[&TrustFrameworkPolicy]) -> Diagnostic {
    let is_start =
        |policy: &&TrustFrameworkPolicy| policy.policy_id.as_ref().is_some_and(|id| same_id(id, wanted));
    let mut circle: Vec<_> = chain.iter().copied().skip_while(|policy| !is_start(policy)).collect();
    let first = circle.iter().enumerate().min_by_key(|(_, policy)| policy.span).map_or(0, |(at, _)| at);
    circle.rotate_left(first);
    let ids = circle.iter().chain(circle.first()).filter_map(|policy| policy.policy_id.as_ref());
    let ids: Vec<&str> = ids.map(|id| id.as_str()).collect();
    let sentence = message!("the policies inherit in a circle: `{}`", ids.join("` → `"));
    let links: Vec<Span> = circle
        .iter()
        .filter_map(|policy| Some(policy.base_policy.as_ref()?.policy_id.as_ref()?.span))
        .collect();
    let place = links.last().copied().unwrap_or(wanted.span);
    let finding = Diagnostic::error(codes::BASE_CIRCLE, place, sentence).label("closes the circle");
    let finding = finding.help("one of them has to be the root: take its BasePolicy out");
    links.iter().filter(|link| **link != place).fold(finding, |all, link| all.also(*link, "goes on here"))
}

/// The ids of a chain in words, long ones cut.
fn arrows(chain: &[&TrustFrameworkPolicy]) -> String {
    let ids = chain.iter().filter_map(|policy| policy.policy_id.as_ref());
    ids.map(|id| format!("`{}`", id.value)).collect::<Vec<_>>().join(" → ")
}

fn same_tenant(chain: &[&TrustFrameworkPolicy]) -> Result<(), Box<Diagnostic>> {
    for (written, other) in tenants(chain) {
        if !same_id(written, other) && !is_placeholder(written) && !is_placeholder(other) {
            let sentence = message!("`{}` is another tenant than `{}`", written.value, other.value);
            let finding = Diagnostic::error(codes::OTHER_TENANT, written.span, sentence);
            return Err(Box::new(
                finding.also(other.span, "the other tenant").help("a chain has one tenant"),
            ));
        }
    }
    Ok(())
}

/// The tenant that each policy names as its base's, or else its own, beside the tenant which that base names as its own.
fn tenants<'a>(
    chain: &'a [&'a TrustFrameworkPolicy],
) -> impl Iterator<Item = (&'a Spanned<String>, &'a Spanned<String>)> {
    chain.windows(2).filter_map(|pair| {
        let [base, policy] = pair else { return None };
        let other = base.tenant_id.as_ref()?;
        let named = policy.base_policy.as_ref().and_then(|base| base.tenant_id.as_ref());
        let differs = |written: &&Spanned<String>| !same_id(written, other);
        let written = named.filter(differs).or(policy.tenant_id.as_ref())?;
        Some((written, other))
    })
}

/// Whether a tenant was written to be replaced, or has a form that no tenant has.
fn is_placeholder(tenant: &str) -> bool {
    let possible = tenant.chars().all(|one| one.is_ascii_alphanumeric() || one == '.');
    !possible || is_placeholder_tenant(tenant)
}

/// The placeholders among the attributes of the root elements; the name of a tenant is said once, where it stands first.
fn unfilled<'a>(
    chain: &[&'a TrustFrameworkPolicy],
    mut said: Vec<&'a Spanned<String>>,
    remarks: &mut Diagnostics,
) {
    let own = chain.iter().filter_map(|policy| policy.tenant_id.as_ref());
    let bases = chain.iter().filter_map(|policy| policy.base_policy.as_ref()?.tenant_id.as_ref());
    for name in own.chain(bases).filter(|name| is_placeholder_tenant(name)) {
        if said.iter().any(|earlier| same_id(earlier, name)) {
            continue;
        }
        said.push(name);
        let sentence = message!("the tenant `{}` is a placeholder", name.value);
        let finding = Diagnostic::warning(codes::DEPLOYMENT_VALUE, name.span, sentence);
        remarks.push(finding.help("write your tenant's name in its place, in every file"));
    }
    for id in chain.iter().filter_map(|policy| policy.tenant_object_id.as_ref()) {
        if is_placeholder_tenant(id) {
            let sentence = message!("the tenant's id `{}` is a placeholder", id.value);
            remarks.push(Diagnostic::warning(codes::DEPLOYMENT_VALUE, id.span, sentence));
        }
    }
}
