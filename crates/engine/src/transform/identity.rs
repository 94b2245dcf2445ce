//! Methods on social identities (claims-transformations 9): two families of one shape, on alternativeSecurityId texts
//! and on userIdentity claims. User ids are base64 of their UTF-8 bytes; issuers compare in any case.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::ordinal::equal;
use super::{Arguments, DataType, Defect, Failure, Function, Results, TEXT, TEXTS, Value, once};
use crate::claims::Identity;

const ALTERNATIVES: DataType = DataType::AlternativeSecurityIdCollection;
const IDENTITIES: DataType = DataType::UserIdentityCollection;

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "CreateAlternativeSecurityId",
        about: "An alternative security id, as JSON text, from a provider and the user's id there.",
        inputs: &[once("key", TEXT), once("identityProvider", TEXT)],
        parameters: &[],
        outputs: &[once("alternativeSecurityId", TEXT)],
        run: |arguments| {
            let identity = create(arguments, "identityProvider", "key")?;
            Ok(Results::text("alternativeSecurityId", Value::Identity(identity).text()))
        },
    },
    Function {
        name: "AddItemToAlternativeSecurityIdCollection",
        about: "The collection with the id at its end, unless it holds it already.",
        inputs: &[once("item", TEXT), once("collection", &[ALTERNATIVES])],
        parameters: &[],
        outputs: &[once("collection", &[ALTERNATIVES])],
        run: |arguments| add(arguments, ALTERNATIVES),
    },
    Function {
        name: "GetIdentityProvidersFromAlternativeSecurityIdCollectionTransformation",
        about: "The providers of a collection, each once.",
        inputs: &[once("alternativeSecurityIdCollection", &[ALTERNATIVES])],
        parameters: &[],
        outputs: &[once("identityProvidersCollection", TEXTS)],
        run: |arguments| issuers(arguments, "alternativeSecurityIdCollection", "identityProvidersCollection"),
    },
    Function {
        name: "RemoveAlternativeSecurityIdByIdentityProvider",
        about: "The collection without the ids of a provider.",
        inputs: &[once("identityProvider", TEXT), once("collection", &[ALTERNATIVES])],
        parameters: &[],
        outputs: &[once("collection", &[ALTERNATIVES])],
        run: |arguments| remove(arguments, "identityProvider", ALTERNATIVES),
    },
    Function {
        name: "CreateUserIdentity",
        about: "A user identity from an issuer and the user's id there.",
        inputs: &[once("issuerUserId", TEXT), once("issuer", TEXT)],
        parameters: &[],
        outputs: &[once("userIdentity", &[DataType::UserIdentity])],
        run: |arguments| {
            let identity = create(arguments, "issuer", "issuerUserId")?;
            Ok(Results::one("userIdentity", Value::Identity(identity)))
        },
    },
    Function {
        name: "AddItemToUserIdentityCollection",
        about: "The collection with the identity at its end, unless it holds it already.",
        inputs: &[once("item", &[DataType::UserIdentity]), once("collection", &[IDENTITIES])],
        parameters: &[],
        outputs: &[once("collection", &[IDENTITIES])],
        run: |arguments| add(arguments, IDENTITIES),
    },
    Function {
        name: "GetIssuersFromUserIdentityCollectionTransformation",
        about: "The issuers of a collection, each once.",
        inputs: &[once("userIdentityCollection", &[IDENTITIES])],
        parameters: &[],
        outputs: &[once("issuersCollection", TEXTS)],
        run: |arguments| issuers(arguments, "userIdentityCollection", "issuersCollection"),
    },
    Function {
        name: "RemoveUserIdentityFromCollectionByIssuer",
        about: "The collection without the identities of an issuer.",
        inputs: &[once("issuer", TEXT), once("collection", &[IDENTITIES])],
        parameters: &[],
        outputs: &[once("collection", &[IDENTITIES])],
        run: |arguments| remove(arguments, "issuer", IDENTITIES),
    },
];

fn create(arguments: &Arguments<'_>, issuer: &str, id: &str) -> Result<Identity, Failure> {
    let issuer_user_id = STANDARD.encode(arguments.required_text(id)?.as_bytes());
    Ok(Identity { issuer: arguments.required_text(issuer)?.into_owned(), issuer_user_id })
}

fn add(arguments: &Arguments<'_>, kind: DataType) -> Result<Results, Failure> {
    let collection = arguments.input("collection");
    let Some(item) = arguments.input("item") else {
        return Ok(collection.map_or_else(Results::none, |same| Results::one("collection", same.clone())));
    };
    let item = identity(item)?;
    let mut all = collection.map_or_else(|| Ok(Vec::new()), identities)?;
    if !all.contains(&item) {
        all.push(item);
    }
    Ok(Results::one("collection", collected(all, kind)))
}

fn issuers(arguments: &Arguments<'_>, from: &str, to: &'static str) -> Result<Results, Failure> {
    let Some(collection) = arguments.input(from) else { return Ok(Results::clear(to)) };
    let mut names: Vec<String> = Vec::new();
    for one in identities(collection)? {
        if !names.contains(&one.issuer) {
            names.push(one.issuer);
        }
    }
    Ok(Results::one(to, Value::Strings(names)))
}

fn remove(arguments: &Arguments<'_>, issuer: &str, kind: DataType) -> Result<Results, Failure> {
    let issuer = arguments.required_text(issuer)?;
    let Some(collection) = arguments.input("collection") else { return Ok(Results::clear("collection")) };
    let mut all = identities(collection)?;
    all.retain(|one| !equal(&one.issuer, &issuer, true));
    Ok(Results::one("collection", collected(all, kind)))
}

/// One identity of either family, from a claim or a JSON text.
fn identity(value: &Value) -> Result<Identity, Failure> {
    match value {
        Value::Identity(identity) => Ok(identity.clone()),
        Value::Structure(_, json) => from_json(json),
        other => from_json(&serde_json::from_str(&other.text()).map_err(|_| Defect::JsonInvalid)?),
    }
}

fn identities(value: &Value) -> Result<Vec<Identity>, Failure> {
    match value {
        Value::Identities(all) => Ok(all.clone()),
        Value::Structure(_, Json::Array(items)) => items.iter().map(from_json).collect(),
        other => identity(other).map(|one| vec![one]),
    }
}

/// Both written forms: `issuer` and `issuerUserId`, and the directory's `identityProvider` and `key`.
fn from_json(json: &Json) -> Result<Identity, Failure> {
    let member = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| json.get(name)).and_then(Json::as_str);
        found.map(str::to_owned).ok_or(Failure::Data(Defect::JsonInvalid))
    };
    Ok(Identity {
        issuer: member(["issuer", "identityProvider"])?,
        issuer_user_id: member(["issuerUserId", "key"])?,
    })
}

fn collected(all: Vec<Identity>, kind: DataType) -> Value {
    match kind {
        DataType::UserIdentityCollection => Value::Identities(all),
        kind => Value::Structure(kind, Value::Identities(all).json()),
    }
}
