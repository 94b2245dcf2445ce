//! The journey's context as claims, an older form of resolvers (technical-profiles 23).

use super::Metadata;

/// What an output claim of such a profile can be called by its partner name; any other has its DefaultValue.
pub const NAMES: &[&str] = &["IP-Address", "CorrelationId"];

/// Settings: there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JourneyContext;

/// Reads the settings (technical-profiles 23).
pub(super) fn read(_metadata: &Metadata<'_>) -> JourneyContext {
    JourneyContext
}
