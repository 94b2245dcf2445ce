//! What a technical profile is, told from its tags alone, so that it can be told while they are being typed. In: an
//! element of a file. Out: the section of the table of settings that is about it.
//!
//! The compiler knows better what a profile is, once the policy is complete.

use vestibule_engine::syntax::fold;

use super::file::File;
use super::language::Sort;
use super::markup::NodeId;
use super::view::View;

/// How far includes are followed.
const MOST_INCLUDES: usize = 10;

/// What a profile says about itself, or takes over from those it includes.
#[derive(Debug, Default)]
struct Shape<'a> {
    protocol: Option<&'a str>,
    handler: Option<&'a str>,
    output: Option<&'a str>,
}

/// The section about what surrounds an element: the kind of its technical profile, `RelyingParty`, `ContentDefinition`;
/// empty if neither is around it or it is not known.
pub(super) fn section<'a>(view: View<'a>, file: &'a File, id: NodeId) -> &'a str {
    if file.around(id, "ContentDefinition").is_some() {
        return "ContentDefinition";
    }
    let Some(profile) = file.around(id, "TechnicalProfile") else { return "" };
    if file.around(profile, "RelyingParty").is_some() {
        return "RelyingParty";
    }
    let mut shape = Shape::default();
    let Some(name) = file.attribute(profile, "Id") else {
        return named(&shape);
    };
    fill(view, file, name, &mut shape, MOST_INCLUDES);
    named(&shape)
}

/// The section about a profile by id.
pub(super) fn of_profile<'a>(view: View<'a>, file: &File, id: &str) -> &'a str {
    let mut shape = Shape::default();
    fill(view, file, id, &mut shape, MOST_INCLUDES);
    named(&shape)
}

fn fill<'a>(view: View<'a>, file: &File, id: &str, shape: &mut Shape<'a>, depth: usize) {
    let mut included = None;
    for (file, mention) in view.declared(file, Sort::Profile, &fold(id)) {
        let child = |name| file.child(mention.node, name);
        if let Some(protocol) = child("Protocol") {
            shape.protocol = shape.protocol.or(file.attribute(protocol, "Name"));
            shape.handler = shape.handler.or(file.attribute(protocol, "Handler"));
        }
        let text = |id| file.node(id).map(|node| node.text(&file.text).0);
        shape.output = shape.output.or(child("OutputTokenFormat").and_then(text));
        let include = child("IncludeTechnicalProfile").and_then(|id| file.attribute(id, "ReferenceId"));
        included = included.or(include.map(|id| (file, id)));
    }
    if let Some((file, id)) = included.filter(|_| depth > 0) {
        fill(view, file, id, shape, depth - 1);
    }
}

fn named<'a>(shape: &Shape<'a>) -> &'a str {
    match (shape.protocol, shape.output) {
        (Some("Proprietary") | None, _) => class(shape.handler.unwrap_or_default()),
        (Some("None" | "OpenIdConnect"), Some("JWT")) => "JwtIssuer",
        (Some("None" | "SAML2"), Some("SAML2")) => "SamlIssuer",
        (Some("None"), Some("JSON" | "OAuth2Error")) => "JsonIssuer",
        (Some(protocol), _) => protocol,
    }
}

/// The last part of a handler's class.
pub(super) fn class(handler: &str) -> &str {
    handler.split(',').next().unwrap_or_default().trim().rsplit('.').next().unwrap_or_default()
}
