//! `vestibule user import`: accounts of another system, one JSON object a line.
//!
//! In: a file. Out: users in the directory, and for each line that is not taken where and why. A line is taken whole or
//! not at all; the others are taken whatever became of it.

use std::io::{BufRead as _, Read as _};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value as Json};

use super::super::place::Installation;
use super::super::{Failure, Outcome};
use crate::audit::Activity;
use crate::directory::{Federated, Lookup, Newcomer, Refusal, Value, Write};

/// The longest line.
const MOST_LINE: u64 = 1024 * 1024;

/// Arguments of `user import`.
#[derive(Debug, Args)]
#[command(after_help = "A line is a JSON object of attributes by their directory names:
  {\"objectId\":\"6f1c…\",\"signInNames.emailAddress\":\"ann@example.com\",\"displayName\":\"Ann Lee\",
   \"passwordHash\":\"$2b$12$…\",\"accountEnabled\":true,\"extension_level\":7}
What Microsoft Graph exports as `identities` is understood too:
  {\"id\":\"6f1c…\",\"displayName\":\"Ann Lee\",\"identities\":[{\"signInType\":\"emailAddress\",
   \"issuer\":\"contoso.onmicrosoft.com\",\"issuerAssignedId\":\"ann@example.com\"}]}
`passwordHash`: argon2id, bcrypt, scrypt or PBKDF2 (PHC strings, and the forms of passlib, Django and ASP.NET Core
Identity); it is made anew at the first sign-in. Without it give `password`; a user who has neither gets a random one and
must use the policy's password reset.

Examples:
  vestibule user import --config vestibule.toml users.jsonl
  vestibule user import --data .vestibule users.jsonl --skip-existing    go on after a break")]
pub struct Import {
    /// File with one JSON object a line
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Users who are there already are passed over, not refused
    #[arg(long)]
    pub skip_existing: bool,
}

/// Runs it.
pub(super) async fn run(open: &Installation, import: &Import) -> Outcome {
    let shown = import.file.display();
    let file = std::fs::File::open(&import.file).map_err(|error| Failure(format!("{shown}: {error}")))?;
    let mut reader = std::io::BufReader::new(file);
    let (mut taken, mut there, mut refused) = (0_u64, 0_u64, 0_u64);
    for number in 1_u64.. {
        let mut line = Vec::new();
        let read = reader.by_ref().take(MOST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| Failure(format!("{shown}:{number}: {error}")))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match one(open, &line).await {
            Ok(object_id) => {
                open.record(Activity::AddUser, &object_id).await?;
                taken += 1;
            }
            Err(None) if import.skip_existing => there += 1,
            Err(why) => {
                let why = why.unwrap_or_else(|| "the user or one of its names exists already".to_owned());
                eprintln!("{shown}:{number}: {why}");
                refused += 1;
            }
        }
    }
    println!("{taken} users imported, {there} were there already, {refused} were refused");
    Ok(refused == 0)
}

/// Imports one line; the error is a sentence, or nothing where the user exists.
async fn one(open: &Installation, line: &[u8]) -> Result<String, Option<String>> {
    let newcomer = newcomer(line).map_err(Some)?;
    match open.directory.import(&open.tenant, &newcomer).await {
        Ok(user) => Ok(user.object_id),
        Err(Refusal::AlreadyExists) => Err(None),
        Err(refusal) => Err(Some(refusal.to_string())),
    }
}

/// A line as the directory takes it.
fn newcomer(line: &[u8]) -> Result<Newcomer, String> {
    let object: Map<String, Json> =
        serde_json::from_slice(line).map_err(|error| format!("the line is no JSON object: {error}"))?;
    let (mut object_id, mut hash, mut writes) = (None, None, Vec::new());
    for (name, value) in &object {
        match name.to_ascii_lowercase().as_str() {
            "objectid" | "id" => object_id = Some(id(value)?),
            "passwordhash" => hash = Some(text(name, value)?.to_owned()),
            "identities" => writes.extend(identities(value)?),
            _ if value.is_null() => {}
            _ => writes.push(Write::value(name, attribute(name, value)?)),
        }
    }
    let has = |name: &str| writes.iter().any(|write| write.name.eq_ignore_ascii_case(name));
    let lookup =
        lookup(&writes).ok_or("it has no name to sign in by: `signInNames.…` or `userIdentities`")?;
    if hash.is_none() && !has("password") && matches!(lookup, Lookup::SignInName { .. }) {
        // Nobody knows it; it opens the account to a reset and to nothing else.
        writes.push(Write::text("password", &format!("Aa1-{}", crate::chance::token(24))));
    }
    Ok(Newcomer { lookup, object_id, writes, hash })
}

fn text<'a>(name: &str, value: &'a Json) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| format!("`{name}` is no text"))
}

fn id(value: &Json) -> Result<String, String> {
    let id = text("objectId", value)?.to_ascii_lowercase();
    let is_uuid = uuid::Uuid::parse_str(&id).is_ok_and(|uuid| uuid.hyphenated().to_string() == id);
    if is_uuid { Ok(id) } else { Err(format!("`{id}` is no object id, which is a GUID")) }
}

/// The name under which nobody may exist yet.
fn lookup(writes: &[Write]) -> Option<Lookup> {
    let local = writes.iter().find_map(|write| {
        let (head, sign_in_type) = write.name.split_once('.')?;
        let Some(Value::Text(name)) = &write.value else { return None };
        let found = Lookup::SignInName { sign_in_type: Some(sign_in_type.to_owned()), name: name.clone() };
        head.eq_ignore_ascii_case("signInNames").then_some(found)
    });
    local.or_else(|| {
        writes.iter().find_map(|write| match &write.value {
            Some(Value::Identities(all)) => all.first().cloned().map(Lookup::Federated),
            _ => None,
        })
    })
}

fn attribute(name: &str, value: &Json) -> Result<Value, String> {
    let wrong = || format!("`{name}` has a value that no attribute has");
    match value {
        Json::String(text) => Ok(Value::Text(text.clone())),
        Json::Bool(flag) => Ok(Value::Bool(*flag)),
        Json::Number(number) => number.as_i64().map(Value::Int).ok_or_else(wrong),
        Json::Array(items) if items.iter().all(Json::is_string) => {
            Ok(Value::List(items.iter().filter_map(Json::as_str).map(str::to_owned).collect()))
        }
        Json::Array(items) => {
            let federated = |item: &Json| Federated::from_json(&item.to_string()).ok_or_else(wrong);
            items.iter().map(federated).collect::<Result<_, _>>().map(Value::Identities)
        }
        Json::Null | Json::Object(_) => Err(wrong()),
    }
}

/// Graph's `identities`: sign-in type, issuer and the id there, plain.
fn identities(value: &Json) -> Result<Vec<Write>, String> {
    let wrong = || "`identities` is no list of `signInType`, `issuer` and `issuerAssignedId`".to_owned();
    let (mut writes, mut federated) = (Vec::new(), Vec::new());
    for item in value.as_array().ok_or_else(wrong)? {
        let member = |name: &str| item.get(name).and_then(Json::as_str).ok_or_else(wrong);
        let (kind, id) = (member("signInType")?, member("issuerAssignedId")?);
        match kind.to_ascii_lowercase().as_str() {
            "federated" => {
                federated.push(Federated { issuer: member("issuer")?.to_owned(), user_id: id.to_owned() });
            }
            // Every user has one; it is given when the user is made.
            "userprincipalname" => {}
            _ => writes.push(Write::text(&format!("signInNames.{kind}"), id)),
        }
    }
    if !federated.is_empty() {
        writes.push(Write::value("userIdentities", Value::Identities(federated)));
    }
    Ok(writes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_attributes_or_as_graph_exports_it() {
        let plain = newcomer(br#"{"objectId":"6F1C2A0E-4B3D-4E7A-9A51-0D2B7C9E1F34","signInNames.emailAddress":"ann@example.com","displayName":"Ann","passwordHash":"$2b$12$x","accountEnabled":false,"otherMails":["a@b.test"],"city":null}"#).unwrap();
        assert_eq!(plain.object_id.as_deref(), Some("6f1c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34"));
        assert_eq!(plain.hash.as_deref(), Some("$2b$12$x"));
        let by_name = |kind: &str, name: &str| Lookup::SignInName {
            sign_in_type: Some(kind.to_owned()),
            name: name.to_owned(),
        };
        assert_eq!(plain.lookup, by_name("emailAddress", "ann@example.com"));
        assert!(plain.writes.contains(&Write::value("accountEnabled", Value::Bool(false))));
        assert!(!plain.writes.iter().any(|write| write.name == "city" || write.name == "password"));

        let graph = newcomer(br#"{"id":"6f1c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34","displayName":"Ann","identities":[
            {"signInType":"userName","issuer":"contoso.onmicrosoft.com","issuerAssignedId":"ann"},
            {"signInType":"federated","issuer":"google.com","issuerAssignedId":"77"},
            {"signInType":"userPrincipalName","issuer":"contoso.onmicrosoft.com","issuerAssignedId":"x@y.test"}]}"#)
        .unwrap();
        assert_eq!(graph.lookup, by_name("userName", "ann"));
        let google = Federated { issuer: "google.com".to_owned(), user_id: "77".to_owned() };
        assert!(
            graph.writes.contains(&Write::value("userIdentities", Value::Identities(vec![google.clone()])))
        );
        assert!(graph.writes.iter().any(|write| write.name == "password"), "a random one");
        let social = newcomer(br#"{"displayName":"Ann","identities":[{"signInType":"federated","issuer":"google.com","issuerAssignedId":"77"}]}"#).unwrap();
        assert_eq!(
            (social.lookup, social.writes.iter().any(|write| write.name == "password")),
            (Lookup::Federated(google), false)
        );
    }

    #[test]
    fn a_line_that_is_none_is_told() {
        for (line, why) in [
            ("x", "the line is no JSON object"),
            ("[]", "the line is no JSON object"),
            ("{}", "it has no name to sign in by"),
            (r#"{"objectId":"7","signInNames.userName":"a"}"#, "`7` is no object id"),
            (r#"{"signInNames.userName":"a","city":{"x":1}}"#, "`city` has a value"),
            (r#"{"signInNames.userName":"a","city":1.5}"#, "`city` has a value"),
            (r#"{"identities":[{"signInType":"userName"}]}"#, "`identities` is no list"),
        ] {
            let told = newcomer(line.as_bytes()).map(|_| ()).unwrap_err();
            assert!(told.starts_with(why), "{line}: {told}");
        }
    }
}
