//! Application Insights: an event in the middle of a journey, which it neither stops nor delays (technical-profiles 22).

use super::{Metadata, Shape, needs_inputs};
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::placeholder::is_placeholder;

/// Settings of a telemetry event. Its input claim with partner name `eventName` names it; those with
/// `{property:NAME}` are its properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insights {
    /// InstrumentationKey; a self-hosted server can do without.
    pub instrumentation_key: Option<String>,
    /// DeveloperMode: sent at once.
    pub developer_mode: bool,
    /// DisableTelemetry.
    pub disabled: bool,
}

/// Reads the settings (technical-profiles 22).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Insights> {
    needs_inputs(shape, metadata, &["eventName"]);
    let key = metadata.text("InstrumentationKey");
    if let Some(text) = key.filter(|text| !is_guid(text) && !is_placeholder(text)) {
        let message = message!("`{}` is no instrumentation key, which is a GUID", *text);
        metadata.wrong(Diagnostic::warning(codes::DEPLOYMENT_VALUE, text.span, message));
    }
    Some(Insights {
        instrumentation_key: key.map(|text| text.value.to_owned()),
        developer_mode: metadata.flag("DeveloperMode", false),
        disabled: metadata.flag("DisableTelemetry", false),
    })
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}
