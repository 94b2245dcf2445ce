//! From a policy to the model of its picture. In: the merged tree. Out: [`Graph`].
//!
//! Must not be known here: coordinates, colours, escaping.

use std::collections::BTreeSet;

use vestibule_engine::syntax::{
    OrchestrationStep, OrchestrationStepType, SubJourneyType, TechnicalProfile, fold, same_id,
};

use super::{After, Button, Card, Flow, Graph, MOST_LINES, NoGraph, Step, Tone};
use crate::feature::Feature;
use crate::set::{Entry, Member, exchanges, setting};
use crate::words;

/// Heading of a card's own page.
const PAGE: &str = "Page";

/// The picture of a journey: the one named, else the one the relying party starts.
pub fn build(member: &Member, journey: Option<&str>) -> Result<Graph, NoGraph> {
    let entries = member.entries();
    let known = || member.tree.user_journeys.iter().map(|one| one.id.value.clone()).collect();
    let Some(wanted) = journey.or_else(|| entries.first().map(|(_, id)| id.as_str())) else {
        return Err(NoGraph::NothingStarts(known()));
    };
    let entry = entries.iter().find(|(_, id)| same_id(id, wanted)).map(|(entry, _)| *entry);
    let none = || NoGraph::NoJourney(wanted.to_owned(), known());
    let mut flows = vec![first_flow(member, wanted, entry).ok_or_else(none)?];
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut at = 0;
    while let Some(flow) = flows.get(at) {
        let next: Vec<String> = flow
            .steps
            .iter()
            .flat_map(|step| &step.cards)
            .filter_map(|card| card.flow.clone())
            .filter(|id| seen.insert(fold(id)))
            .collect();
        flows.extend(next.iter().filter_map(|id| sub_flow(member, id)));
        at += 1;
    }
    let others = entries.iter().filter(|(_, id)| !same_id(id, wanted));
    Ok(Graph {
        policy: member.id.clone(),
        started: entry.map_or_else(String::new, |entry| format!("Runs {}.", entry.words())),
        others: others.map(|(entry, id)| format!("{id} runs {}.", entry.words())).collect(),
        flows,
    })
}

fn first_flow(member: &Member, id: &str, entry: Option<Entry>) -> Option<Flow> {
    let Some(journey) = member.journey(id) else { return sub_flow(member, id) };
    let mut steps = Vec::new();
    if !journey.authorization_technical_profiles.is_empty() {
        let profiles = &journey.authorization_technical_profiles;
        let cards = profiles.iter().map(|profile| card(member, None, profile)).collect();
        steps.push(Step {
            order: 0,
            what: "Authorization",
            page: None,
            skipped: None,
            buttons: Vec::new(),
            cards,
            after: After::Next,
        });
    }
    steps.extend(step_list(member, &journey.orchestration_steps));
    let last = journey.orchestration_steps.last();
    let (end, claims) = end(member, last);
    let start = match entry {
        Some(Entry::SignIn) => "An application sends the browser",
        Some(Entry::Token) => "A refresh token is redeemed",
        Some(Entry::UserInfo) => "An application asks for user info",
        Some(Entry::ClientCredentials) => "An application signs in as itself",
        None => "Start",
    };
    Some(Flow { id: journey.id.value.clone(), sort: "Journey", start: start.to_owned(), steps, end, claims })
}

fn sub_flow(member: &Member, id: &str) -> Option<Flow> {
    let journey = member.sub_journey(id)?;
    let transfer = journey.kind.is_some_and(|kind| kind.value == SubJourneyType::Transfer);
    let steps = step_list(member, &journey.orchestration_steps);
    let last = journey.orchestration_steps.last();
    let sends = last.is_some_and(|step| kind_of(step) == Some(OrchestrationStepType::SendClaims));
    let (end, claims) = match (sends, transfer) {
        (true, _) => end(member, last),
        (false, true) => ("The journey's default issuer answers the application".to_owned(), Vec::new()),
        (false, false) => ("Back to the step that called it".to_owned(), Vec::new()),
    };
    let sort = if transfer { "Sub-journey, takes over" } else { "Sub-journey, called" };
    Some(Flow {
        id: journey.id.value.clone(),
        sort,
        start: "Called by a step".to_owned(),
        steps,
        end,
        claims,
    })
}

fn kind_of(step: &OrchestrationStep) -> Option<OrchestrationStepType> {
    step.kind.map(|kind| kind.value)
}

fn step_list(member: &Member, steps: &[OrchestrationStep]) -> Vec<Step> {
    let following = steps.iter().skip(1).map(Some).chain([None]);
    let mut drawn: Vec<Step> =
        steps.iter().zip(following).map(|(step, next)| one_step(member, step, next)).collect();
    let mut buttons: Vec<Button> = Vec::new();
    for step in &mut drawn {
        for card in step.cards.iter_mut().filter(|_| buttons.len() > 1) {
            let pressed =
                |button: &&Button| card.exchange.as_ref().is_some_and(|id| same_id(id, &button.target));
            card.button = buttons.iter().find(pressed).map(|button| button.caption.clone());
        }
        buttons.clone_from(&step.buttons);
    }
    drawn
}

fn one_step(member: &Member, step: &OrchestrationStep, next: Option<&OrchestrationStep>) -> Step {
    let mut cards: Vec<Card> =
        exchanges(step).map(|(exchange, profile)| card(member, Some(exchange), profile)).collect();
    let issuer = step.cpim_issuer_technical_profile_reference_id.iter();
    cards.extend(issuer.map(|profile| card(member, None, profile)));
    cards.extend(step.journey_list.iter().map(|id| sub_card(member, id)));
    let page = step.content_definition_reference_id.as_ref();
    if page.is_some() {
        // The step's own page shows the form; the form's is not used.
        cards.iter_mut().for_each(|card| card.details.retain(|(title, _)| title != PAGE));
    }
    Step {
        order: step.order.value,
        what: what(step, &cards),
        page: page.map(|id| page_words(member, id)),
        skipped: words::skipped(step.preconditions.as_ref()),
        buttons: buttons(member, step, next),
        cards,
        after: after(member, step),
    }
}

/// Whoever sends claims ends the journey; whoever hands it over does not get it back (policy-language 8).
fn after(member: &Member, step: &OrchestrationStep) -> After {
    let transfers = |id: &str| {
        let kind = member.sub_journey(id).and_then(|journey| journey.kind);
        kind.is_some_and(|kind| kind.value == SubJourneyType::Transfer)
    };
    match kind_of(step) {
        Some(OrchestrationStepType::SendClaims) => After::End,
        Some(OrchestrationStepType::InvokeSubJourney)
            if !step.journey_list.is_empty() && step.journey_list.iter().all(|id| transfers(id)) =>
        {
            After::HandedOver
        }
        _ => After::Next,
    }
}

/// What a step does; an exchange is told by what it runs.
fn what(step: &OrchestrationStep, cards: &[Card]) -> &'static str {
    let words = words::step(kind_of(step));
    if kind_of(step) != Some(OrchestrationStepType::ClaimsExchange) {
        return words;
    }
    match cards {
        [one] => match one.tone {
            Tone::Page => "Ask the person",
            Tone::Directory => "Use the directory",
            Tone::Provider => "Sign in elsewhere",
            Tone::Call => "Call a service",
            Tone::Rules => "Work on claims",
            Tone::Answer | Tone::Journey => words,
        },
        [_, _, ..] => "Go on as chosen",
        [] => words,
    }
}

/// Selections that lead to the next step, and the links of the forms on the page that do.
fn buttons(member: &Member, step: &OrchestrationStep, next: Option<&OrchestrationStep>) -> Vec<Button> {
    let mut buttons: Vec<Button> = Vec::new();
    let selections = step.claims_provider_selections.iter().flat_map(|all| &all.selections);
    for target in selections.filter_map(|one| one.target_claims_exchange_id.as_ref()) {
        let profile = next.and_then(|next| exchanges(next).find(|(id, _)| same_id(id, target)));
        let profile = profile.and_then(|(_, profile)| member.profile(profile));
        let caption = profile.and_then(caption).unwrap_or_else(|| target.value.clone());
        buttons.push(Button { caption, target: target.value.clone() });
    }
    let combined = kind_of(step) == Some(OrchestrationStepType::CombinedSignInAndSignUp);
    for (_, form) in exchanges(step).filter(|_| combined) {
        let Some(form) = member.profile(form) else { continue };
        let links = [
            ("SignUpTarget", "Sign up now"),
            ("setting.forgotPasswordLinkOverride", "Forgot your password?"),
        ];
        for (key, caption) in links {
            let Some(targets) = setting(form, key) else { continue };
            for target in targets.split([',', ' ']).filter(|target| !target.is_empty()) {
                let known = buttons.iter_mut().find(|button| same_id(&button.target, target));
                match known {
                    Some(button) => caption.clone_into(&mut button.caption),
                    None => buttons.push(Button { caption: caption.to_owned(), target: target.to_owned() }),
                }
            }
        }
    }
    buttons
}

fn caption(profile: &TechnicalProfile) -> Option<String> {
    let own = profile.display_name.as_ref().map(|name| name.value.clone());
    let given = profile.provider.display_name.as_ref().map(|name| name.value.clone());
    own.or(given).filter(|name| !name.is_empty())
}

/// A content definition with what its DataUri says it is.
fn page_words(member: &Member, id: &str) -> String {
    let all = &member.tree.building_blocks.content_definitions;
    let Some(content) = all.iter().find(|one| same_id(&one.id, id)) else {
        return format!("{id} (not declared)");
    };
    let program =
        content.data_uri.as_ref().and_then(|uri| uri.rsplit_once("elements:").or(uri.rsplit_once("page:")));
    match program {
        Some((_, name)) => {
            format!("{}, {}", content.id.value, name.replace("contract:", "").replace(':', " "))
        }
        None => content.id.value.clone(),
    }
}

fn sub_card(member: &Member, id: &str) -> Card {
    let journey = member.sub_journey(id);
    let transfer =
        journey.is_some_and(|one| one.kind.is_some_and(|kind| kind.value == SubJourneyType::Transfer));
    Card {
        exchange: None,
        button: None,
        id: journey.map_or_else(|| id.to_owned(), |one| one.id.value.clone()),
        kind: if transfer { "sub-journey that takes over" } else { "sub-journey that returns" }.to_owned(),
        tone: Tone::Journey,
        warning: journey.is_none().then_some("not declared"),
        flow: journey.map(|one| one.id.value.clone()),
        details: Vec::new(),
    }
}

fn card(member: &Member, exchange: Option<&str>, id: &str) -> Card {
    let exchange = exchange.map(str::to_owned);
    let Some(profile) = member.profile(id) else {
        let (id, kind) = (id.to_owned(), "technical profile".to_owned());
        let (tone, warning, details) = (Tone::Rules, Some("not declared"), Vec::new());
        return Card { exchange, button: None, id, kind, tone, warning, flow: None, details };
    };
    let feature = Feature::of(member, profile);
    Card {
        exchange,
        button: None,
        id: profile.id.value.clone(),
        kind: feature.words().to_owned(),
        tone: tone(feature),
        warning: member.is_not_run(profile).then_some("not run by this version"),
        flow: None,
        details: details(member, profile, feature),
    }
}

fn tone(feature: Feature) -> Tone {
    match feature {
        Feature::Page | Feature::Phone => Tone::Page,
        Feature::DirectoryRead | Feature::DirectoryWrite | Feature::DirectoryDelete => Tone::Directory,
        one if one.is_provider() => Tone::Provider,
        one if one.is_issuer() => Tone::Answer,
        Feature::Transformations | Feature::Setup | Feature::Context | Feature::Inert => Tone::Rules,
        Feature::Session | Feature::Unknown => Tone::Rules,
        _ => Tone::Call,
    }
}

fn details(member: &Member, profile: &TechnicalProfile, feature: Feature) -> Vec<(String, Vec<String>)> {
    let mut details = Vec::new();
    if let Some(page) = setting(profile, "ContentDefinitionReferenceId") {
        details.push((PAGE.to_owned(), vec![page_words(member, page)]));
    }
    if feature == Feature::Transformations {
        let all = profile.input_claims_transformations.iter().chain(&profile.output_claims_transformations);
        details.push(("Runs".to_owned(), all.map(|id| id.value.clone()).collect()));
    }
    if feature == Feature::Rest {
        details.extend(setting(profile, "ServiceUrl").map(|url| ("Calls".to_owned(), vec![url.to_owned()])));
    }
    let validations = profile.validation_technical_profiles.iter();
    let lines = validations
        .map(|one| called(member, &one.reference_id, words::skipped(one.preconditions.as_ref())))
        .collect();
    details.push(("Validates with".to_owned(), lines));
    details.extend(controls(member, profile));
    details.retain(|(_, lines)| !lines.is_empty());
    for (_, lines) in &mut details {
        shorten(lines);
    }
    details
}

/// "login-NonInteractive: password check, skipped if …"
fn called(member: &Member, id: &str, skipped: Option<String>) -> String {
    let kind = match member.profile(id) {
        Some(profile) => Feature::of(member, profile).words(),
        None => "not declared",
    };
    let skipped = skipped.map_or_else(String::new, |words| format!(", {words}"));
    format!("{id}: {kind}{skipped}")
}

fn controls(member: &Member, profile: &TechnicalProfile) -> Vec<(String, Vec<String>)> {
    let shown = profile.display_claims.iter().filter_map(|one| one.display_control_reference_id.as_ref());
    let known = shown.take(MOST_LINES).filter_map(|id| {
        member.tree.building_blocks.display_controls.iter().find(|one| same_id(&one.id, id))
    });
    known
        .map(|control| {
            let actions = control.actions.iter().flat_map(|action| {
                action.technical_profiles.iter().map(|one| {
                    let skipped = words::skipped(one.preconditions.as_ref());
                    let called = called(member, &one.technical_profile_reference_id, skipped);
                    format!("{} → {called}", action.id.value)
                })
            });
            (format!("Control {}", control.id.value), actions.collect())
        })
        .collect()
}

fn shorten(lines: &mut Vec<String>) {
    if lines.len() > MOST_LINES {
        let rest = lines.len() - MOST_LINES + 1;
        lines.truncate(MOST_LINES - 1);
        lines.push(format!("and {rest} more"));
    }
}

/// Where the journey ends, and what the token says.
fn end(member: &Member, last: Option<&OrchestrationStep>) -> (String, Vec<String>) {
    let issuer = last.and_then(|step| step.cpim_issuer_technical_profile_reference_id.as_ref());
    let Some(profile) = issuer.and_then(|id| member.profile(id)) else {
        return ("The journey ends".to_owned(), Vec::new());
    };
    let feature = Feature::of(member, profile);
    let end = match feature {
        Feature::ErrorIssuer => "The application gets an error",
        Feature::JsonIssuer => "The application gets a JSON document",
        Feature::SamlIssuer => "The application gets a SAML response",
        _ => "The application gets its tokens",
    };
    let party = member.tree.relying_party.iter().flat_map(|party| &party.technical_profiles);
    let claims = party.flat_map(|profile| &profile.output_claims).map(|claim| {
        claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id).value.clone()
    });
    let claims = if feature == Feature::JwtIssuer || feature == Feature::SamlIssuer {
        claims.collect()
    } else {
        Vec::new()
    };
    (end.to_owned(), claims)
}
