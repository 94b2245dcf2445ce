//! Rename, quick fixes, formatting, folding, selecting, and tags that change together.

use serde_json::{Value, json};

use crate::client::{Client, own, starter};

/// The edits of an answer as `File:line text`, sorted.
fn edits(client: &Client, answer: &Value) -> Vec<String> {
    let changes = answer["changes"].as_object().expect("changes");
    let of = |(uri, list): (&String, &Value)| {
        let shown = |edit: &Value| client.shown(&json!(uri), &edit["range"]);
        list.as_array().unwrap().iter().map(shown).collect::<Vec<_>>()
    };
    let mut all: Vec<String> = changes.iter().flat_map(of).collect();
    all.sort();
    all
}

fn rename(client: &mut Client, name: &str, place: &str, new: &str) -> Result<Value, String> {
    let mut params = client.at(name, place);
    params["newName"] = json!(new);
    client.ask("textDocument/rename", params).map_err(|refused| refused.message)
}

#[test]
fn a_profile_is_renamed_in_every_file_that_names_it() {
    let Some(pack) = starter() else { return };
    let mut client = Client::new(pack);
    let place = "<TechnicalProfile Id=\"login|-NonInteractive\">";
    let answer = rename(&mut client, "TrustFrameworkExtensions.xml", place, "Sign-In").unwrap();
    assert_eq!(
        edits(&client, &answer),
        [
            "TrustFrameworkBase.xml:446 login-NonInteractive",
            "TrustFrameworkBase.xml:717 login-NonInteractive",
            "TrustFrameworkExtensions.xml:25 login-NonInteractive",
        ]
    );
    let new: Vec<&Value> =
        answer["changes"].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap()).collect();
    assert!(new.iter().all(|edit| edit["newText"] == "Sign-In"));
    assert!(client.leave());
}

#[test]
fn after_a_rename_the_policies_compile_as_before() {
    let mut client = Client::new(own());
    let files = [
        "Base.xml",
        "Localization.xml",
        "Extensions.xml",
        "SignUpOrSignIn.xml",
        "PasswordReset.xml",
        "ProfileEdit.xml",
    ];
    files.iter().for_each(|name| client.open(name));
    let before: Vec<Vec<String>> = files.iter().map(|name| client.errors(name)).collect();
    let places = [
        ("SignUpOrSignIn.xml", "ClaimTypeReferenceId=\"ema|il\"", "mail.address"),
        ("Base.xml", "<TechnicalProfile Id=\"SM-|AAD\">", "SM-Directory"),
        ("Base.xml", "<UserJourney Id=\"Sign|UpOrSignIn\">", "Enter"),
        ("Base.xml", "\"SignUpTarget\">SignUp|WithLogonEmailExchange", "SignUp"),
        ("Base.xml", "<ContentDefinition Id=\"api.local|accountsignup\">", "page.signup"),
        ("Extensions.xml", "PolicyId=\"B2C_1A_|Extensions\"\n", "B2C_1A_Middle"),
    ];
    for (name, place, new) in places {
        let answer = rename(&mut client, name, place, new).unwrap_or_else(|why| panic!("{new}: {why}"));
        for (uri, list) in answer["changes"].as_object().unwrap() {
            let name = uri.rsplit('/').next().unwrap().to_owned();
            let mut text = client.text(&name);
            // From the last to the first, so that places stay right.
            let mut list = list.as_array().unwrap().clone();
            list.sort_by_key(|edit| {
                (edit["range"]["start"]["line"].as_u64(), edit["range"]["start"]["character"].as_u64())
            });
            for edit in list.iter().rev() {
                let old = client.covered(&text, &edit["range"]).to_owned();
                let start = client.start(&text, &edit["range"]);
                text.replace_range(start..start + old.len(), new);
            }
            client.open_as(&name, &text);
        }
        let after: Vec<Vec<String>> = files.iter().map(|name| client.errors(name)).collect();
        assert_eq!(after, before, "{new}");
    }
    assert!(client.leave());
}

#[test]
fn bad_names_and_clashes_are_refused() {
    let mut client = Client::new(own());
    let place = "<ClaimType Id=\"ema|il\">";
    let taken = client.line_of("Base.xml", "<ClaimType Id=\"newPassword\">");
    for (new, why) in [
        ("", "an id has 1 to 200 letters"),
        ("a b", "` ` cannot stand in the id of a claim type"),
        ("a\"b", "`\"` cannot stand in the id of a claim type"),
        ("a{b", "`{` cannot stand in the id of a claim type"),
        ("NEWPASSWORD", &format!("there is a claim type `NEWPASSWORD` already: {taken}")),
    ] {
        assert_eq!(rename(&mut client, "Base.xml", place, new).unwrap_err(), why);
    }
    assert!(rename(&mut client, "Base.xml", place, "EMail").is_ok(), "another case is no clash");
    assert!(rename(&mut client, "Base.xml", "<DisplayName>Last |name</DisplayName>", "x").is_err());
    // A claim that is declared nowhere cannot be renamed.
    client.open("SignUpOrSignIn.xml");
    client.edit("SignUpOrSignIn.xml", "\"givenName\"", "\"nobody\"");
    let at = client.at("SignUpOrSignIn.xml", "\"no|body\"");
    assert_eq!(
        client.ask("textDocument/prepareRename", at).unwrap_err().message,
        "the claim type `nobody` is declared nowhere"
    );
    let at = client.at("SignUpOrSignIn.xml", "\"sur|name\"");
    let ready = client.ask("textDocument/prepareRename", at).unwrap();
    assert_eq!(ready["placeholder"], "surname");
    assert_eq!(client.covered(&client.text("SignUpOrSignIn.xml"), &ready["range"]), "surname");
    let at = client.at("SignUpOrSignIn.xml", "<Output|Claims>");
    assert_eq!(client.ask("textDocument/prepareRename", at).unwrap(), Value::Null);
    assert!(client.leave());
}

/// Fixes at a place: title, and what the line is with it.
fn fixes(client: &mut Client, name: &str, place: &str) -> Vec<(String, String)> {
    let at = client.at(name, place);
    let params = json!({
        "textDocument": at["textDocument"],
        "range": { "start": at["position"], "end": at["position"] },
        "context": { "diagnostics": [] },
    });
    let answer = client.ask("textDocument/codeAction", params).unwrap();
    let text = client.text(name);
    let uri = client.uri(name);
    let fixed = |one: &Value| {
        let mut text = text.clone();
        for edit in one["edit"]["changes"][&uri].as_array().unwrap().iter().rev() {
            let start = client.start(&text, &edit["range"]);
            let end = start + client.covered(&text, &edit["range"]).len();
            text.replace_range(start..end, edit["newText"].as_str().unwrap());
        }
        (one["title"].as_str().unwrap().to_owned(), text)
    };
    answer.as_array().unwrap().iter().map(fixed).collect()
}

#[test]
fn what_was_meant_is_one_step_away() {
    let mut client = Client::new(own());
    client.open("SignUpOrSignIn.xml");
    let good = client.text("SignUpOrSignIn.xml");
    // Both tags of an element.
    client.open_as("SignUpOrSignIn.xml", &good.replace("UserJourneyBehaviors>", "UserJourneyBehavior>"));
    let found = fixes(&mut client, "SignUpOrSignIn.xml", "<User|JourneyBehavior>");
    assert_eq!(found, [("Change to `UserJourneyBehaviors`".to_owned(), good.clone())]);
    client.open("SignUpOrSignIn.xml");
    for (old, new, place, title) in [
        ("\"givenName\"", "\"givenNam\"", "\"giv|enNam\"", "Change to `givenName`"),
        ("<Protocol Name", "<Protocl Name", "<Proto|cl Name", "Change to `Protocol`"),
        ("KeepAliveInDays", "KeepAliveDays", "Keep|AliveDays", "Change to `KeepAliveInDays`"),
    ] {
        client.edit("SignUpOrSignIn.xml", old, new);
        let found = fixes(&mut client, "SignUpOrSignIn.xml", place);
        assert_eq!(found, [(title.to_owned(), good.clone())]);
        client.edit("SignUpOrSignIn.xml", new, old);
    }
    assert!(client.leave());
}

#[test]
fn what_is_missing_can_be_added() {
    let mut client = Client::new(own());
    client.open("Base.xml");
    client.edit(
        "Base.xml",
        "<Item Key=\"ContentDefinitionReferenceId\">api.localaccountsignup</Item>\n            ",
        "",
    );
    let found = fixes(&mut client, "Base.xml", "<Technical|Profile Id=\"LocalAccountSignUpWithLogonEmail\">");
    let wanted = "Add the metadata item `ContentDefinitionReferenceId`";
    let (_, text) = found
        .iter()
        .find(|(title, _)| title == wanted)
        .unwrap_or_else(|| panic!("{:?}", client.raw("Base.xml")));
    assert!(text.contains(
        "Create</Item>\n            <Item Key=\"ContentDefinitionReferenceId\"></Item>\n          </Metadata>"
    ));
    client.open("SignUpOrSignIn.xml");
    client.edit("SignUpOrSignIn.xml", " Scope=\"Tenant\"", "");
    let found = fixes(&mut client, "SignUpOrSignIn.xml", "<Single|SignOn");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "Add the attribute `Scope`");
    assert!(found[0].1.contains("<SingleSignOn Scope=\"\" KeepAliveInDays=\"7\" />"));
    client.edit("SignUpOrSignIn.xml", "\n    <TenantId>vestibule.onmicrosoft.com</TenantId>", "");
    let found = fixes(&mut client, "SignUpOrSignIn.xml", "<Policy|Id>B2C_1A_Extensions");
    let (_, text) = found.iter().find(|(title, _)| title == "Add the element `TenantId`").unwrap();
    assert!(text.contains("<BasePolicy>\n    <TenantId></TenantId>\n    <PolicyId>"), "{text}");
    assert!(client.leave());
}

#[test]
fn formatting_changes_what_fmt_changes() {
    let mut client = Client::new(own());
    client.open("Extensions.xml");
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let params =
        |client: &Client| json!({ "textDocument": client.document("Extensions.xml"), "options": options });
    // Laid out once; then there is nothing to do.
    let mut text = client.text("Extensions.xml");
    let lay_out = |client: &mut Client, text: &mut String| -> usize {
        let asked = params(client);
        let edits = client.ask("textDocument/formatting", asked).unwrap();
        for edit in edits.as_array().unwrap() {
            let start = client.start(text, &edit["range"]);
            let end = start + client.covered(text, &edit["range"]).len();
            text.replace_range(start..end, edit["newText"].as_str().unwrap());
        }
        client.open_as("Extensions.xml", text);
        edits.as_array().unwrap().len()
    };
    lay_out(&mut client, &mut text);
    assert_eq!(lay_out(&mut client, &mut text), 0);
    let good = text.clone();
    text = text
        .replace("    <ClaimsProvider>", "  <ClaimsProvider>")
        .replace("<OutputClaims>\n", "<OutputClaims>");
    client.open_as("Extensions.xml", &text);
    assert_eq!(lay_out(&mut client, &mut text), 1);
    assert_eq!(text, good);
    client.open_as("Extensions.xml", "<TrustFrameworkPolicy");
    let asked = params(&client);
    assert!(client.ask("textDocument/formatting", asked).is_err());
    assert!(client.leave());
}

#[test]
fn elements_and_comments_fold() {
    let mut client = Client::new(own());
    let answer = client
        .ask("textDocument/foldingRange", json!({ "textDocument": client.document("Extensions.xml") }))
        .unwrap();
    let text = client.text("Extensions.xml");
    let lines: Vec<&str> = text.lines().collect();
    let first = |one: &Value| lines[usize::try_from(one["startLine"].as_u64().unwrap()).unwrap()].trim();
    let starts: Vec<&str> = answer.as_array().unwrap().iter().map(first).collect();
    assert!(starts.contains(&"<BasePolicy>") && starts.contains(&"<ClaimsProviders>"));
    assert!(!starts.iter().any(|line| line.starts_with("<TenantId>")));
    let root = answer.as_array().unwrap().iter().map(|one| one["endLine"].as_u64().unwrap()).max().unwrap();
    assert_eq!(lines[usize::try_from(root).unwrap()], "</TrustFrameworkPolicy>");
    assert!(client.leave());
}

#[test]
fn a_selection_grows_outwards() {
    let mut client = Client::new(own());
    let at = client.at("SignUpOrSignIn.xml", "ReferenceId=\"Sign|UpOrSignIn\"");
    let params = json!({ "textDocument": at["textDocument"], "positions": [at["position"]] });
    let answer = client.ask("textDocument/selectionRange", params).unwrap();
    let text = client.text("SignUpOrSignIn.xml");
    let mut steps = Vec::new();
    let mut one = &answer[0];
    while !one.is_null() {
        steps.push(client.covered(&text, &one["range"]).to_owned());
        one = &one["parent"];
    }
    assert_eq!(steps[0], "SignUpOrSignIn");
    assert_eq!(steps[1], "<DefaultUserJourney ReferenceId=\"SignUpOrSignIn\" />");
    assert!(
        steps[2].trim().starts_with("<DefaultUserJourney")
            && steps[2].trim().ends_with("</TechnicalProfile>")
    );
    assert!(steps[3].starts_with("<RelyingParty>") && steps[3].ends_with("</RelyingParty>"));
    assert_eq!(steps.last().unwrap(), &text);
    assert!(client.leave());
}

#[test]
fn the_two_tags_of_an_element_change_together() {
    let mut client = Client::new(own());
    let at = client.at("SignUpOrSignIn.xml", "</Relying|Party>");
    let answer = client.ask("textDocument/linkedEditingRange", at).unwrap();
    let lines: Vec<u64> = answer["ranges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["start"]["line"].as_u64().unwrap() + 1)
        .collect();
    let text = client.text("SignUpOrSignIn.xml");
    let line = |piece: &str| text.lines().position(|line| line.trim() == piece).unwrap() as u64 + 1;
    assert_eq!(lines, [line("<RelyingParty>"), line("</RelyingParty>")]);
    let at = client.at("SignUpOrSignIn.xml", "<Protocol Na|me");
    assert_eq!(client.ask("textDocument/linkedEditingRange", at).unwrap(), Value::Null);
    assert!(client.leave());
}
