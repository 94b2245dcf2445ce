//! Events of Application Insights profiles (technical-profiles 22).
//!
//! In: an event's name and properties. Out: nothing; a journey neither waits for it nor fails by it. Every event is a
//! line of the log; where the operator gives an endpoint, it is sent there too in the service's own form: with
//! `DeveloperMode` at once, else a few together.

use serde_json::{Map, Value as Json, json};
use vestibule_engine::journey::world::Sent;
use vestibule_engine::kind::Insights;

use super::Context;

/// Longest name or value the service takes.
const MOST_TEXT: usize = 8_192;

/// Reports an event.
pub fn run(context: Context<'_>, settings: &Insights, inputs: &[Sent]) {
    let Some(name) = super::text(inputs, "eventName").filter(|_| !settings.disabled) else { return };
    let name: String = name.chars().take(512).collect();
    let properties = properties(inputs);
    let journey = context.journey;
    tracing::info!(
        target: "vestibule::events",
        event = %name,
        properties = %Json::Object(properties.clone()),
        correlation = %journey.correlation,
        policy = %journey.policy,
        "policy event"
    );
    if let Some(key) = &settings.instrumentation_key {
        let time = context.app.clock.now().to_string();
        let event = envelope(key, &name, properties, (&time, &journey.correlation));
        context.app.events.send(event, settings.developer_mode);
    }
}

/// Input claims with a partner name `{property:NAME}`.
fn properties(inputs: &[Sent]) -> Map<String, Json> {
    let property = |sent: &Sent| {
        let name = sent.partner.strip_prefix('{')?.strip_suffix('}')?;
        let (word, name) = name.split_once(':')?;
        let text: String = sent.value.text().chars().take(MOST_TEXT).collect();
        word.eq_ignore_ascii_case("property").then(|| (name.trim().to_owned(), Json::String(text)))
    };
    inputs.iter().filter_map(property).collect()
}

/// The service's own form of an event.
fn envelope(key: &str, name: &str, properties: Map<String, Json>, (time, correlation): (&str, &str)) -> Json {
    let data =
        json!({ "baseType": "EventData", "baseData": { "ver": 2, "name": name, "properties": properties } });
    json!({
        "name": format!("Microsoft.ApplicationInsights.{}.Event", key.replace('-', "")),
        "time": time,
        "iKey": key,
        "tags": { "ai.operation.id": correlation, "ai.cloud.role": "vestibule" },
        "data": data,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vestibule_engine::claims::Value;

    use super::*;

    #[test]
    fn an_event_has_the_properties_its_partner_names_say() {
        let sent = |partner: &str, text: &str| Sent {
            partner: partner.to_owned(),
            claim: Arc::from("c"),
            value: Value::text_of(text),
        };
        let inputs = [sent("eventName", "SignUp"), sent("{property:Policy}", "B2C_1A_X"), sent("other", "x")];
        let properties = properties(&inputs);
        assert_eq!(Json::Object(properties.clone()), json!({ "Policy": "B2C_1A_X" }));
        let body = envelope(
            "00000000-0000-0000-0000-000000000001",
            "SignUp",
            properties,
            ("2026-11-24T09:30:00Z", "c"),
        );
        assert_eq!(body["name"], "Microsoft.ApplicationInsights.00000000000000000000000000000001.Event");
        assert_eq!(body["data"]["baseData"]["name"], "SignUp");
        assert_eq!(body["data"]["baseData"]["properties"]["Policy"], "B2C_1A_X");
    }
}
