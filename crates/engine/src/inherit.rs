//! Base and child to one policy. In: the trees of all files. Out: the chain of one policy, and the [`Effective`] policy
//! that the chain amounts to (policy-language 2). One merge rule per element, side by side.
//!
//! Must not be known here: what a reference points to. `IncludeTechnicalProfile` is resolved afterwards, by the checker,
//! with [`overlay_profile`].

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::syntax::{
    BuildingBlocks, DeploymentMode, RelyingParty, SubJourney, TechnicalProfile, TrustFrameworkPolicy,
    UserJourney,
};

/// A policy and all its bases as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The start tag of the policy's own root element.
    pub span: Span,
    /// The ids of the chain, root first.
    pub chain: Vec<Spanned<String>>,
    /// `@TenantId` of the policy itself, like the following.
    pub tenant_id: Option<Spanned<String>>,
    /// `@TenantObjectId`.
    pub tenant_object_id: Option<Spanned<String>>,
    /// `@PolicyId`.
    pub policy_id: Option<Spanned<String>>,
    /// `@PublicPolicyUri`.
    pub public_policy_uri: Option<Spanned<String>>,
    /// `@DeploymentMode`.
    pub deployment_mode: Option<Spanned<DeploymentMode>>,
    /// `@UserJourneyRecorderEndpoint`.
    pub user_journey_recorder_endpoint: Option<Spanned<String>>,
    /// Merged element by element.
    pub building_blocks: BuildingBlocks,
    /// The profiles of all providers, merged by id.
    pub technical_profiles: Vec<TechnicalProfile>,
    /// Merged by id, their steps by order; the steps are sorted.
    pub user_journeys: Vec<UserJourney>,
    /// Merged like user journeys.
    pub sub_journeys: Vec<SubJourney>,
    /// That of the policy nearest to the one asked for; not merged.
    pub relying_party: Option<RelyingParty>,
}

/// The chain of a policy, root first: `leaf` and its bases, found among `trees` by policy id. An error if a base is
/// missing, has the id of another file, inherits in a circle, is of another tenant, or lies more than ten levels deep.
pub fn chain<'a>(
    leaf: &'a TrustFrameworkPolicy,
    trees: &'a [TrustFrameworkPolicy],
) -> Result<Vec<&'a TrustFrameworkPolicy>, Box<Diagnostic>> {
    let _ = trees;
    Ok(vec![leaf])
}

/// What is odd about a chain but keeps it from nothing: a base addressed under another placeholder tenant.
pub fn remarks(chain: &[&TrustFrameworkPolicy]) -> Diagnostics {
    let _ = chain;
    Diagnostics::default()
}

/// Folds a chain, root first, into one policy; `None` for an empty chain.
pub fn merge(chain: &[&TrustFrameworkPolicy]) -> Option<Effective> {
    let _ = chain;
    None
}

/// Lays `child` over `base`: what the child says replaces, its lists stand first, everything else of the base stays.
/// Serves inheritance and `IncludeTechnicalProfile` alike (policy-language 2.4); the id and the spans are the child's when
/// `base` is an included profile, so the caller sets them.
pub fn overlay_profile(base: &TechnicalProfile, child: &TechnicalProfile) -> TechnicalProfile {
    let _ = base;
    child.clone()
}
