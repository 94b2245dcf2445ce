//! What behaves otherwise than in the cloud, as far as it concerns these policies. In: what they reach. Out: [`Point`]s
//! that lead to docs/compatibility.md.
//!
//! A row names the row of that page which explains it; a test holds the two together.

use vestibule_engine::syntax::{UserInputType, same_id};

use super::look::{Look, note};
use super::{Point, Verdict};
use crate::feature::Feature;
use crate::set::setting;

/// What is looked for.
pub(super) struct Row {
    /// A stable name.
    pub(super) id: &'static str,
    /// Heading of docs/compatibility.md under which it stands.
    pub(super) heading: &'static str,
    /// First cell of its row there.
    pub(super) row: &'static str,
    verdict: Verdict,
    text: &'static str,
    /// Where it applies in a policy: nothing if it does not, an empty text for the policy as a whole.
    find: fn(&Look<'_>) -> Vec<String>,
}

const SAFER: &str = "Safer than the cloud, on purpose";
const SILENT: &str = "Where the language is silent";
const OURS: &str = "Where the product decides";

/// All rows.
pub(super) const ROWS: &[Row] = &[
    Row {
        id: "hash",
        heading: SILENT,
        row: "`Hash`",
        verdict: Verdict::Amber,
        text: "digests that the cloud's Hash made and your services or the directory keep cannot be matched: how the cloud \
               combines secret, salt and text is not public",
        find: |look| methods(look, &["Hash"]),
    },
    Row {
        id: "markup",
        heading: SAFER,
        row: "Markup",
        verdict: Verdict::Amber,
        text: "texts with HTML in them are shown as text, tags included; HTML belongs into the page template",
        find: markup,
    },
    Row {
        id: "scripts",
        heading: SAFER,
        row: "Scripts of templates",
        verdict: Verdict::Amber,
        text: "scripts in your templates run only with ScriptExecution Allow and a page version with `contract`",
        find: scripts,
    },
    Row {
        id: "templates",
        heading: OURS,
        row: "Page templates of customers",
        verdict: Verdict::Green,
        text: "your templates are put together with the form on the server; they need no CORS, but the server must reach them",
        find: |look| {
            let own = look
                .contents
                .iter()
                .filter(|one| one.load_uri.as_ref().is_some_and(|uri| !uri.starts_with('~')));
            own.map(|one| one.id.value.clone()).collect()
        },
    },
    Row {
        id: "seed",
        heading: SILENT,
        row: "`CreateRandomString` with a `seed`",
        verdict: Verdict::Amber,
        text: "the same seed gives the same number each time",
        find: |look| {
            let seeded = look
                .transformations
                .iter()
                .filter(|one| one.input_parameters.iter().any(|parameter| same_id(&parameter.id, "seed")));
            seeded.map(|one| one.id.value.clone()).collect()
        },
    },
    Row {
        id: "json-truth",
        heading: SILENT,
        row: "A JSON truth value as text (`GetClaimFromJson` and its kin)",
        verdict: Verdict::Amber,
        text: "a truth value taken from JSON as text reads `true` or `false`; compare it in these letters",
        find: |look| {
            methods(
                look,
                &[
                    "GetClaimFromJson",
                    "GetSingleItemFromJson",
                    "GetSingleValueFromJsonArray",
                    "GetClaimsFromJsonArray",
                    "GetClaimsFromJsonArrayV2",
                ],
            )
        },
    },
    Row {
        id: "telephone",
        heading: SILENT,
        row: "A telephone number typed into a page (`phoneNumber`)",
        verdict: Verdict::Green,
        text: "up to 15 digits after an optional `+`; spaces, hyphens, dots and parentheses are dropped",
        find: typed_telephones,
    },
    Row {
        id: "different-messages",
        heading: OURS,
        row: "Different messages for an unknown account and a wrong password",
        verdict: Verdict::Green,
        text: "shown as the policy words them; a setting makes them equal, so that nobody learns who has an account",
        find: |look| {
            let both = |profile: &&vestibule_engine::syntax::TechnicalProfile| {
                setting(profile, "UserMessageIfClaimsPrincipalDoesNotExist").is_some()
                    && setting(profile, "UserMessageIfInvalidPassword").is_some()
            };
            let checks = look.profiles.iter().filter(|(_, feature)| *feature == Feature::Password);
            checks.map(|(profile, _)| *profile).filter(both).map(|profile| profile.id.value.clone()).collect()
        },
    },
    Row {
        id: "userinfo-issuer",
        heading: SILENT,
        row: "`UserInfoAuthorization` without `issuer`",
        verdict: Verdict::Green,
        text: "accepts the tokens of the very policy",
        find: |look| {
            let checks = look.profiles.iter().filter(|(_, feature)| *feature == Feature::Bearer);
            let without = checks.filter(|(profile, _)| setting(profile, "issuer").is_none());
            without.map(|(profile, _)| profile.id.value.clone()).collect()
        },
    },
    Row {
        id: "framing",
        heading: SAFER,
        row: "Framing",
        verdict: Verdict::Green,
        text: "only the origins that JourneyFraming names may frame the pages",
        find: |look| {
            let behaviours = look
                .member
                .tree
                .relying_party
                .iter()
                .filter_map(|party| party.user_journey_behaviors.as_ref());
            let framing = behaviours
                .filter_map(|one| one.journey_framing.as_ref())
                .filter_map(|one| one.sources.as_ref());
            framing.map(|sources| sources.value.clone()).collect()
        },
    },
    Row {
        id: "pkce",
        heading: SAFER,
        row: "PKCE",
        verdict: Verdict::Green,
        text: "public applications need PKCE with S256; MSAL sends it; a setting of the application lifts the rule",
        find: everywhere,
    },
    Row {
        id: "redirect-uris",
        heading: SAFER,
        row: "Redirect URIs",
        verdict: Verdict::Green,
        text: "are compared letter by letter; register exactly what the applications send",
        find: everywhere,
    },
    Row {
        id: "sign-out",
        heading: SAFER,
        row: "Redirect after sign-out",
        verdict: Verdict::Green,
        text: "goes only to addresses that are registered; a setting gives the cloud's way",
        find: everywhere,
    },
    Row {
        id: "sessions",
        heading: SILENT,
        row: "A new password",
        verdict: Verdict::Green,
        text: "ends all sessions and refresh tokens of the user, but not those of the browser that set it",
        find: everywhere,
    },
];

/// The points that concern one of the policies.
pub(super) fn points(looks: &[Look<'_>]) -> Vec<Point> {
    let mut points = Vec::new();
    for row in ROWS {
        let mut point = Point {
            id: row.id,
            verdict: row.verdict,
            text: row.text,
            link: format!("docs/compatibility.md#{}", anchor(row.heading)),
            row: row.row,
            places: Vec::new(),
            policies: Vec::new(),
        };
        for look in looks {
            let found = (row.find)(look);
            if !found.is_empty() {
                note(&mut point.policies, look.member.id.clone());
            }
            found
                .into_iter()
                .filter(|place| !place.is_empty())
                .for_each(|place| note(&mut point.places, place));
        }
        if !point.policies.is_empty() {
            points.push(point);
        }
    }
    points.sort_by_key(|point| std::cmp::Reverse(point.verdict));
    points
}

/// A heading's anchor as Markdown renderers make it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|letter| letter.is_alphanumeric() || *letter == '-').collect()
}

fn everywhere(_: &Look<'_>) -> Vec<String> {
    vec![String::new()]
}

fn methods(look: &Look<'_>, names: &[&str]) -> Vec<String> {
    let wanted = |name: &str| names.iter().any(|one| same_id(one, name));
    let used = look
        .transformations
        .iter()
        .filter(|one| one.transformation_method.as_ref().is_some_and(|name| wanted(name)));
    used.map(|one| one.id.value.clone()).collect()
}

/// Whether a text has what looks like a tag of HTML.
fn has_markup(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| {
        let name = rest.trim_start_matches('/');
        name.starts_with(|letter: char| letter.is_ascii_alphabetic()) && rest.contains('>')
    })
}

fn markup(look: &Look<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let blocks = &look.member.tree.building_blocks;
    for claim in blocks.claims_schema.iter().filter(|claim| look.has_claim(&claim.id)) {
        let texts = [&claim.display_name, &claim.user_help_text];
        if texts.into_iter().flatten().any(|text| has_markup(text)) {
            note(&mut found, format!("claim type {}", claim.id.value));
        }
    }
    for content in &look.contents {
        let references = content.localized_resources_references.iter().flat_map(|all| &all.references);
        for id in references.filter_map(|one| one.localized_resources_reference_id.as_ref()) {
            let all = blocks.localization.iter().flat_map(|all| &all.localized_resources);
            let named = all.filter(|one| one.id.as_ref().is_some_and(|own| same_id(own, id)));
            for string in named.flat_map(|one| &one.localized_strings).filter(|one| has_markup(&one.value)) {
                note(&mut found, format!("{} of {}", string.string_id.value, id.value));
            }
        }
    }
    found
}

fn scripts(look: &Look<'_>) -> Vec<String> {
    let party = look.member.tree.relying_party.as_ref();
    let execution = party.and_then(|party| party.user_journey_behaviors.as_ref()?.script_execution);
    if execution.is_none_or(|one| one.value.name() != "Allow") {
        return Vec::new();
    }
    let old = look.contents.iter().filter(|one| {
        one.data_uri.as_ref().is_some_and(|uri| !uri.contains(":contract:"))
            && one.load_uri.as_ref().is_some_and(|uri| !uri.starts_with('~'))
    });
    old.map(|one| one.id.value.clone()).collect()
}

fn typed_telephones(look: &Look<'_>) -> Vec<String> {
    let claims = look.member.tree.building_blocks.claims_schema.iter();
    let typed = claims.filter(|claim| {
        claim.data_type.is_some_and(|kind| kind.value.name() == "phoneNumber")
            && claim.user_input_type.is_some_and(|input| input.value == UserInputType::TextBox)
            && look.has_claim(&claim.id)
    });
    typed.map(|claim| claim.id.value.clone()).collect()
}
