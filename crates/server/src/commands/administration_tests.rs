//! `user`, `app` and `key` against a data folder, as the binary runs them.

use std::path::Path;

use super::place::{Installation, Place, remember_tenant, wait_for};
use super::tests::parsed;
use super::*;
use crate::applications::{self, ClientKind};
use crate::directory::{Lookup, User};
use crate::keys::KeyState;
use crate::seal::MasterKey;
use crate::store::{AuditFilter, Store};
use crate::{audit, config, serving};

const TENANT: &str = "contoso.onmicrosoft.com";

/// A data folder as `dev` leaves it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    MasterKey::load_or_create(&folder.path().join("master.key")).unwrap();
    let url = format!("sqlite:{}", folder.path().join("vestibule.db").display());
    wait_for(async { Store::open(&url).await.map_err(Failure::from_error) }).unwrap();
    remember_tenant(folder.path(), TENANT).unwrap();
    std::fs::write(folder.path().join("pw"), "Correct-Horse-1\n").unwrap();
    folder
}

/// Runs a command line in which `DATA` stands for the folder.
fn run(folder: &Path, line: &str) -> Outcome {
    let folder = folder.to_str().unwrap();
    match parsed(&line.replace("DATA", folder)).unwrap_or_else(|error| panic!("{error}")) {
        Command::User(command) => user::run(command),
        Command::App(command) => app::run(command),
        Command::Key(command) => key::run(command),
        other => panic!("{other:?}"),
    }
}

/// Looks at the installation afterwards.
fn look<T>(folder: &Path, with: impl AsyncFnOnce(Installation) -> T) -> T {
    let place = Place { config: None, data: Some(folder.to_owned()) };
    wait_for(async { Ok(with(Installation::open(&place, None).await?).await) }).unwrap()
}

fn ann(folder: &Path) -> Option<User> {
    look(folder, async |open| {
        let lookup = Lookup::SignInName { sign_in_type: None, name: "ann@example.com".into() };
        open.directory.find(TENANT, &lookup).await.unwrap()
    })
}

#[test]
fn a_user_is_created_changed_and_deleted() {
    let folder = folder();
    let folder = folder.path();
    let create =
        "vestibule user create --data DATA --email ann@example.com --name Ann --password-file DATA/pw";
    assert!(run(folder, create).unwrap());
    let user = ann(folder).unwrap();
    assert_eq!((user.display_name(), user.enabled, user.has_password), ("Ann", true, true));
    assert!(run(folder, create).unwrap_err().0.contains("exists already"));
    assert!(run(folder, "vestibule user disable --data DATA ann@example.com").unwrap());
    assert!(!ann(folder).unwrap().enabled);
    assert!(run(folder, &format!("vestibule user enable --data DATA {}", user.object_id)).unwrap());
    assert!(ann(folder).unwrap().enabled);
    assert!(run(folder, "vestibule user force-change --data DATA ann@example.com").unwrap());
    assert!(ann(folder).unwrap().must_change_password);
    for action in ["unlock", "revoke", "show"] {
        assert!(run(folder, &format!("vestibule user {action} --data DATA ann@example.com")).unwrap());
    }
    assert!(ann(folder).unwrap().tokens_valid_from > user.tokens_valid_from);
    assert!(run(folder, "vestibule user list --data DATA").unwrap());
    assert!(run(folder, "vestibule user delete --data DATA ann@example.com --yes").unwrap());
    assert!(ann(folder).is_none());
    assert!(
        run(folder, "vestibule user show --data DATA ann@example.com").unwrap_err().0.contains("no user")
    );
    let log =
        look(folder, async |open| audit::read(&open.store, TENANT, &AuditFilter::default()).await.unwrap());
    let names: Vec<&str> = log.iter().map(|entry| entry.activity_display_name.as_str()).collect();
    for name in [
        "Add user",
        "Disable account",
        "Enable account",
        "Unlock account",
        "Revoke sign-in sessions",
        "Delete user",
    ] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}

/// Good lines are taken whatever becomes of the others; taken again they are there already (attack 57).
#[test]
fn users_of_another_system_are_imported_line_by_line() {
    let folder = folder();
    let folder = folder.path();
    let id = "6f1c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34";
    let good = format!(
        r#"{{"objectId":"{id}","signInNames.emailAddress":"ann@example.com","displayName":"Ann","accountEnabled":false,
            "passwordHash":"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}}"#
    )
    .replace('\n', "");
    let hostile = r#"{"signInNames.userName":"bob","displayName":"Bob","passwordHash":"$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}"#;
    std::fs::write(folder.join("users.jsonl"), format!("{hostile}\n\nnonsense\n{good}")).unwrap();
    assert!(!run(folder, "vestibule user import --data DATA DATA/users.jsonl").unwrap(), "two were refused");
    let user = ann(folder).unwrap();
    assert_eq!((user.object_id.as_str(), user.enabled, user.has_password), (id, false, true));
    assert_eq!(look(folder, async |open| open.directory.list(TENANT, "", 10).await.unwrap().len()), 1);
    std::fs::write(folder.join("again.jsonl"), &good).unwrap();
    assert!(!run(folder, "vestibule user import --data DATA DATA/again.jsonl").unwrap());
    assert!(run(folder, "vestibule user import --data DATA DATA/again.jsonl --skip-existing").unwrap());
    let missing = run(folder, "vestibule user import --data DATA DATA/none.jsonl").unwrap_err();
    assert!(missing.0.contains("none.jsonl"), "{}", missing.0);
}

#[test]
fn a_bad_password_and_a_missing_file_are_told() {
    let folder = folder();
    std::fs::write(folder.path().join("short"), "x").unwrap();
    let create = "vestibule user create --data DATA --email a@b.example --password-file DATA/";
    assert!(run(folder.path(), &format!("{create}short")).unwrap_err().0.contains("password"));
    assert!(run(folder.path(), &format!("{create}none")).unwrap_err().0.contains("cannot be read"));
}

#[test]
fn an_application_gets_and_loses_secrets() {
    let folder = folder();
    let folder = folder.path();
    let id = "8f6c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34";
    let create = format!(
        "vestibule app create --data DATA --client-id {id} --name Shop --redirect-uri spa=https://shop.example/ --implicit"
    );
    let found = || look(folder, async |open| applications::find(&open.store, TENANT, id).await.unwrap());
    assert!(run(folder, &create).unwrap());
    let app = found().unwrap();
    assert!(app.kind == ClientKind::Public && app.implicit_id_token && app.require_pkce);
    assert_eq!(app.redirect_uris[0].uri, "https://shop.example/");
    assert!(run(folder, &create).unwrap_err().0.contains("registered already"));
    assert!(run(folder, &format!("vestibule app secret add --data DATA {id}")).unwrap());
    assert_eq!((found().unwrap().secrets.len(), found().unwrap().kind), (1, ClientKind::Confidential));
    assert!(run(folder, &format!("vestibule app secret remove --data DATA {id} 2")).is_err());
    assert!(run(folder, &format!("vestibule app secret remove --data DATA {id} 1")).unwrap());
    assert!(found().unwrap().secrets.is_empty());
    assert!(run(folder, &format!("vestibule app show --data DATA {id}")).unwrap());
    assert!(run(folder, "vestibule app list --data DATA").unwrap());
    assert!(run(folder, &format!("vestibule app delete --data DATA {id} --yes")).unwrap());
    assert!(found().is_none());
}

#[test]
fn an_application_is_changed_by_what_is_named() {
    let folder = folder();
    let folder = folder.path();
    let id = "8f6c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34";
    let api = "https://contoso.onmicrosoft.com/orders";
    let found =
        || look(folder, async |open| applications::find(&open.store, TENANT, id).await.unwrap().unwrap());
    let update = |more: &str| run(folder, &format!("vestibule app update --data DATA {id} {more}"));
    assert!(
        run(folder, &format!("vestibule app create --data DATA --client-id {id} --name Orders")).unwrap()
    );
    assert!(update("--scope read").unwrap_err().0.contains("--api-uri"), "whose scope?");
    assert!(update(&format!("--api-uri {api}/ --scope read --scope write --app-role Orders.Read")).unwrap());
    let resource = found().resource.unwrap();
    assert_eq!((resource.identifier_uri.as_str(), resource.scopes.len(), resource.roles.len()), (api, 2, 1));
    let more = format!(
        "--permission {api}/read --app-permission {api}/Orders.Read --redirect-uri spa=https://a.example/ \
         --password-grant --implicit-access-token --userinfo-token --id-token-algorithm es256 --disabled \
         --policy B2C_1A_a --object-id 0B7C1F52-22A4-4C5E-9A36-1F0E6F0B6A77 --name Other"
    );
    assert!(update(&more).unwrap());
    let app = found();
    assert!(app.password_grant && app.implicit_access_token && app.userinfo_token && app.disabled);
    assert!(!app.implicit_id_token && app.name == "Other" && app.redirect_uris.len() == 1);
    assert_eq!(app.id_token_algorithm, Some(config::SigningAlgorithm::Es256));
    assert_eq!((app.delegated_permissions.len(), app.application_permissions.len()), (1, 1));
    assert_eq!(app.principal(), "0b7c1f52-22a4-4c5e-9a36-1f0e6f0b6a77");
    let less = format!(
        "--disabled=false --password-grant=false --id-token-algorithm default --remove-scope write \
         --remove-app-role Orders.Read --remove-permission {api}/read --remove-policy b2c_1a_A \
         --remove-redirect-uri https://a.example/"
    );
    assert!(update(&less).unwrap());
    let app = found();
    assert!(!app.disabled && !app.password_grant && app.userinfo_token);
    assert!(app.redirect_uris.is_empty() && app.policies.is_empty() && app.delegated_permissions.is_empty());
    assert_eq!((app.application_permissions.len(), app.id_token_algorithm), (1, None));
    assert!(update("--remove-scope gone").unwrap_err().0.contains("no scope `gone`"));
    assert!(update("--permission nonsense").unwrap_err().0.contains("IDENTIFIER_URI/NAME"));

    let key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(folder.join("client.pem"), key.public_key_pem()).unwrap();
    std::fs::write(folder.join("private.pem"), key.serialize_pem()).unwrap();
    assert!(update("--key DATA/client.pem").unwrap());
    assert_eq!((found().keys.len(), found().kind), (1, ClientKind::Confidential));
    assert!(update("--key DATA/private.pem").unwrap_err().0.contains("private key"));
    let kid = found().keys[0].kid.clone();
    assert!(update(&format!("--remove-key {kid}")).unwrap());
    std::fs::write(folder.join("secret.txt"), "moved-from-the-cloud\n").unwrap();
    let add =
        format!("vestibule app secret add --data DATA {id} --file DATA/secret.txt --expires 2030-01-01");
    assert!(run(folder, &add).unwrap());
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    assert!(found().secret_matches("moved-from-the-cloud", at("2029-12-31T23:59:59Z")));
    assert!(!found().secret_matches("moved-from-the-cloud", at("2030-01-01T00:00:00Z")));
    assert!(update("--public").unwrap());
    assert!(found().kind == ClientKind::Public && found().secrets.is_empty() && found().keys.is_empty());
}

#[test]
fn configured_applications_are_registered_as_the_file_says() {
    let one = config::Application {
        tenant: TENANT.into(),
        client_id: "8f6c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34".into(),
        name: "Shop".into(),
        redirects: vec![config::Redirect {
            kind: config::RedirectKind::Spa,
            uri: "https://shop.example/".into(),
        }],
        implicit_access_token: true,
        api: Some(config::Api {
            uri: "https://contoso.onmicrosoft.com/api".into(),
            scopes: vec!["read".into()],
            roles: Vec::new(),
        }),
        policies: vec!["B2C_1A_a".into()],
        lift_pkce: true,
        ..config::Application::default()
    };
    let public = serving::registered(&one).unwrap();
    assert!(public.kind == ClientKind::Public && !public.require_pkce && public.implicit_access_token);
    assert!(!public.implicit_id_token && public.may_use("b2c_1a_A") && !public.may_use("B2C_1A_b"));
    assert_eq!(public.resource.map(|api| api.scopes), Some(vec!["read".to_owned()]));
    // SHA-256 of "abc": FIPS 180-2, appendix B.1.
    let digest: [u8; 32] = [
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
        0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    ];
    let end = jiff::Timestamp::from_second(100).unwrap();
    let secrets = vec![(config::SecretDigest(digest), Some(end))];
    let confidential = serving::registered(&config::Application { secrets, ..one }).unwrap();
    assert!(confidential.kind == ClientKind::Confidential);
    assert!(confidential.secret_matches("abc", jiff::Timestamp::UNIX_EPOCH));
    assert!(!confidential.secret_matches("abc", end), "from its end on it opens nothing");
}

#[test]
fn keys_are_made_rotated_imported_and_set_aside() {
    let folder = folder();
    let folder = folder.path();
    let name = "B2C_1A_TokenSigningKeyContainer";
    assert!(run(folder, &format!("vestibule key create --data DATA {name}")).unwrap());
    assert!(
        run(folder, &format!("vestibule key create --data DATA {name}"))
            .unwrap_err()
            .0
            .contains("key rotate")
    );
    assert!(run(folder, &format!("vestibule key rotate --data DATA {name}")).unwrap());
    look(folder, async |open| {
        let container = open.keys.container(TENANT, name).await.unwrap();
        let states: Vec<KeyState> =
            container.keys().iter().map(|key| container.state(key, open.clock.now())).collect();
        assert_eq!(states, [KeyState::Active, KeyState::Waiting]);
    });
    std::fs::write(folder.join("secret.txt"), "rest-password").unwrap();
    assert!(run(folder, "vestibule key import --data DATA B2C_1A_Rest --file DATA/secret.txt").unwrap());
    look(folder, async |open| {
        assert_eq!(
            open.keys.active(TENANT, "B2C_1A_Rest").await.unwrap().secret().unwrap(),
            b"rest-password"
        );
    });
    assert!(run(folder, "vestibule key list --data DATA").unwrap());
    assert!(run(folder, &format!("vestibule key delete --data DATA {name} --yes")).unwrap());
    look(folder, async |open| assert!(open.keys.container(TENANT, name).await.is_err()));
}

#[test]
fn the_installation_and_the_tenant_must_be_known() {
    let empty = tempfile::tempdir().unwrap();
    assert!(run(empty.path(), "vestibule user list --data DATA").unwrap_err().0.contains("no database"));
    let folder = folder();
    assert!(run(folder.path(), "vestibule user list --data DATA --tenant CONTOSO.onmicrosoft.com").unwrap());
    let told = run(folder.path(), "vestibule user list --data DATA --tenant other.example").unwrap_err().0;
    assert!(told.contains("known: contoso.onmicrosoft.com"), "{told}");
}
