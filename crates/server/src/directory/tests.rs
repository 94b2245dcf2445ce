//! Writing and finding users (technical-profiles 3), on every database there is.

use super::harness::*;
use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn name_of(refusal: &Refusal) -> String {
    let shown = format!("{refusal:?}");
    shown.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_sign_up_makes_a_whole_user() {
    for bench in benches().await {
        let lookup = by_mail("Ann@X.test");
        let done =
            bench.directory.write(TENANT, &lookup, &sign_up("Ann@X.test"), Mode::Create).await.unwrap();
        assert!(done.created, "{}", bench.database);
        let user = bench.directory.find(TENANT, &by_mail("ann@x.test")).await.unwrap().unwrap();
        assert_eq!(user, done.user);
        assert_eq!(user.sign_in_name("emailaddress"), Some("Ann@X.test"), "as typed");
        assert_eq!(user.principal_name(), format!("{}@{TENANT}", user.object_id), "generated");
        assert_eq!(uuid::Uuid::parse_str(&user.object_id).unwrap().get_version_num(), 4);
        assert_eq!(user.tokens_valid_from, bench.clock.now(), "never absent");
        assert_eq!((user.enabled, user.has_password, user.must_change_password), (true, true, false));
        assert_eq!(user.display_name(), "Ann");
        for lookup in [
            Lookup::ObjectId(user.object_id.to_uppercase()),
            Lookup::PrincipalName(user.principal_name().to_uppercase()),
            Lookup::SignInName { sign_in_type: None, name: "ANN@x.test".to_owned() },
        ] {
            assert_eq!(
                bench.directory.find(TENANT, &lookup).await.unwrap(),
                Some(user.clone()),
                "{lookup:?}"
            );
        }
        for lookup in [
            Lookup::SignInName { sign_in_type: None, name: user.object_id.clone() },
            Lookup::SignInName { sign_in_type: Some("userName".into()), name: "ann@x.test".into() },
            Lookup::PrincipalName("ann@x.test".to_owned()),
            Lookup::ObjectId("ann@x.test".to_owned()),
        ] {
            assert_eq!(bench.directory.find(TENANT, &lookup).await.unwrap(), None, "{lookup:?}");
        }
        assert_eq!(bench.directory.find("fabrikam.onmicrosoft.com", &lookup).await.unwrap(), None);
    }
}

/// `OverwriteIfExists` false: what is stored stays, what is not is written (technical-profiles 1.2).
#[tokio::test]
async fn a_value_that_is_to_stay_is_not_overwritten() {
    for bench in benches().await {
        let user = bench.create("a@x.test").await;
        let by_id = Lookup::ObjectId(user.object_id.clone());
        let write =
            |city: &str| vec![Write::text("city", city).overwriting(false), Write::text("country", city)];
        for city in ["Bonn", "Kiel"] {
            bench.directory.write(TENANT, &by_id, &write(city), Mode::Update).await.unwrap();
        }
        let user = bench.directory.find(TENANT, &by_id).await.unwrap().unwrap();
        assert_eq!(
            (user.text("city"), user.text("country")),
            (Some("Bonn"), Some("Kiel")),
            "{}",
            bench.database
        );
    }
}

#[tokio::test]
async fn hit_and_miss_by_mode() {
    for bench in benches().await {
        let user = bench.create("a@x.test").await;
        let by_id = Lookup::ObjectId(user.object_id.clone());
        let absent_id = Lookup::ObjectId("00000000-0000-4000-8000-000000000000".to_owned());
        let rename = |address: &str| {
            vec![Write::text("signInNames.emailAddress", address), Write::text("city", "Bonn")]
        };
        for (lookup, mode, writes, expected) in [
            (by_mail("A@x.test"), Mode::Create, sign_up("A@x.test"), "AlreadyExists"),
            (by_mail("a@x.test"), Mode::Update, rename("a@x.test"), "updated"),
            (by_mail("a@x.test"), Mode::CreateOrUpdate, rename("a@x.test"), "updated"),
            (by_id.clone(), Mode::Update, vec![Write::text("city", "Bonn")], "updated"),
            (by_mail("b@x.test"), Mode::Update, rename("b@x.test"), "DoesNotExist"),
            (absent_id.clone(), Mode::CreateOrUpdate, sign_up("c@x.test"), "DoesNotExist"),
            (absent_id, Mode::Create, sign_up("c@x.test"), "DoesNotExist"),
            (by_mail("b@x.test"), Mode::CreateOrUpdate, sign_up("b@x.test"), "created"),
            // The key's own account is new, but one of the names is another's.
            (by_mail("d@x.test"), Mode::Create, sign_up("b@x.test"), "AlreadyExists"),
            (by_id, Mode::Update, rename("b@x.test"), "AlreadyExists"),
        ] {
            let done = bench.directory.write(TENANT, &lookup, &writes, mode).await;
            let given = match &done {
                Ok(done) => if done.created { "created" } else { "updated" }.to_owned(),
                Err(refusal) => name_of(refusal),
            };
            assert_eq!(given, expected, "{} {lookup:?} {mode:?}", bench.database);
        }
        assert_eq!(bench.directory.list(TENANT, "", 10).await.unwrap().len(), 2);
    }
}

/// attacks.md 33, through the directory: with password and all.
#[tokio::test(flavor = "multi_thread")]
async fn attack_033_twenty_sign_ups_at_once_make_one_account() {
    for bench in benches().await {
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let directory = bench.directory.clone();
                let address = if number % 2 == 0 { "a@x.test" } else { "A@X.TEST" };
                let mode = if number % 3 == 0 { Mode::CreateOrUpdate } else { Mode::Create };
                tokio::spawn(async move {
                    directory.write(TENANT, &by_mail(address), &sign_up(address), mode).await
                })
            })
            .collect();
        let mut created = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(done) => created += i32::from(done.created),
                Err(refusal) => assert_eq!(name_of(&refusal), "AlreadyExists", "{}", bench.database),
            }
        }
        assert_eq!(created, 1, "{}", bench.database);
        assert_eq!(bench.directory.list(TENANT, "", 100).await.unwrap().len(), 1);
        assert_eq!(kind(&bench.sign_in("a@x.test", PASSWORD).await), "ok");
    }
}

#[tokio::test]
async fn what_a_new_user_must_have() {
    let federated = text(r#"{"issuer":"github.com","issuerUserId":"Nzc="}"#);
    let github = Lookup::from_partner("alternativeSecurityId", &federated).unwrap();
    let phone = Lookup::SignInName { sign_in_type: Some("phoneNumber".into()), name: "+14255550123".into() };
    let user_name = Lookup::SignInName { sign_in_type: Some("userName".into()), name: "ann".into() };
    let name = Write::text("displayName", "x");
    let password = Write::text("password", PASSWORD);
    for bench in benches().await {
        for (lookup, writes, expected) in [
            (by_mail("a@x.test"), vec![password.clone()], "Missing(\"displayName\")"),
            (by_mail("a@x.test"), vec![name.clone()], "Missing(\"password\")"),
            (user_name.clone(), vec![name.clone()], "Missing(\"password\")"),
            (user_name.clone(), vec![name.clone(), password.clone()], "ok"), // the key is not persisted: 3.3
            (phone.clone(), vec![name.clone()], "ok"),
            (
                github.clone(),
                vec![name.clone(), Write::value("alternativeSecurityId", federated.clone())],
                "ok",
            ),
            (
                Lookup::Attribute { name: "extension_id".into(), value: text("7") },
                vec![name.clone(), Write::text("extension_id", "7")],
                "Missing(\"signInNames\")",
            ),
            (
                Lookup::PrincipalName(format!("load1@{TENANT}")),
                vec![
                    name.clone(),
                    password.clone(),
                    Write::text("userPrincipalName", &format!("load1@{TENANT}")),
                ],
                "ok",
            ),
        ] {
            let done = bench.directory.write(TENANT, &lookup, &writes, Mode::CreateOrUpdate).await;
            let given = done.as_ref().map_or_else(|refusal| format!("{refusal:?}"), |_| "ok".to_owned());
            assert_eq!(given, expected, "{} {lookup:?}", bench.database);
        }
        let user = bench.directory.find(TENANT, &github).await.unwrap().unwrap();
        assert_eq!(user.federated().count(), 1, "once, though key and claim name it");
        assert_eq!(kind(&bench.sign_in(&format!("load1@{TENANT}"), PASSWORD).await), "ok", "by UPN");
    }
}

/// technical-profiles 3.4: naming only one local type removes the other local types.
#[tokio::test]
async fn naming_one_sign_in_type_replaces_the_local_names() {
    for bench in benches().await {
        let user = bench.create("a@x.test").await;
        let lookup = Lookup::ObjectId(user.object_id.clone());
        let github = Write::text("alternativeSecurityId", r#"{"issuer":"github.com","issuerUserId":"Nzc="}"#);
        let live = Value::Identities(vec![Federated { issuer: "live.com".into(), user_id: "1".into() }]);
        for (writes, expected) in [
            (vec![github.clone()], "emailAddress=a@x.test federated=77"),
            (vec![github], "emailAddress=a@x.test federated=77"),
            (vec![Write::text("city", "Bonn")], "emailAddress=a@x.test federated=77"),
            (
                vec![
                    Write::text("signInNames.emailAddress", "a@x.test"),
                    Write::text("signInNames.userName", "ann"),
                ],
                "federated=77 emailAddress=a@x.test userName=ann",
            ),
            (vec![Write::text("signInNames.emailAddress", "b@x.test")], "federated=77 emailAddress=b@x.test"),
            (vec![Write::value("userIdentities", live)], "emailAddress=b@x.test federated=1"),
            (vec![Write::clear("userIdentities")], "emailAddress=b@x.test"),
            (vec![Write::clear("signInNames.userName")], "emailAddress=b@x.test"),
        ] {
            let done = bench.directory.write(TENANT, &lookup, &writes, Mode::Update).await.unwrap();
            let names: Vec<String> = done
                .user
                .identities
                .iter()
                .map(|one| format!("{}={}", one.sign_in_type, one.assigned))
                .collect();
            assert_eq!(names.join(" "), expected, "{} {writes:?}", bench.database);
        }
        bench.create("a@x.test").await; // the name that was given up is free
    }
}

#[tokio::test]
async fn what_is_not_taken_changes_nothing() {
    for bench in benches().await {
        let user = bench.create("a@x.test").await;
        let lookup = Lookup::ObjectId(user.object_id.clone());
        let eleven: Vec<Federated> =
            (0..11).map(|n| Federated { issuer: "i".into(), user_id: n.to_string() }).collect();
        let many: Vec<Write> = (0..101).map(|n| Write::text(&format!("extension_{n}"), "x")).collect();
        for (writes, expected) in [
            (vec![Write::text("nonsense", "x")], "Unknown"),
            (vec![Write::text("refreshTokensValidFromDateTime", "x")], "ReadOnly"),
            (vec![Write::text("userPrincipalName", "other@x.test")], "ReadOnly"),
            (vec![Write::clear("displayName")], "Required"),
            (vec![Write::text("signInNames.emailAddress", "a@b@c")], "Name"),
            (vec![Write::text("signInNames.userName", "a@x.test")], "Name"),
            (vec![Write::text("signInNames.phoneNumber", "0123")], "Name"),
            (vec![Write::text("signInNames.federated", "x")], "Name"),
            (vec![Write::text("alternativeSecurityId", "{}")], "Value"),
            (vec![Write::value("userIdentities", Value::Identities(eleven))], "TooMany"),
            (many, "TooMany"),
            (vec![Write::text("accountEnabled", "perhaps")], "Type"),
            (vec![Write::text("password", "short1A")], "TooShort"),
            (vec![Write::text("password", " Password1")], "OuterSpace"),
        ] {
            let with_city = [vec![Write::text("city", "Bonn")], writes.clone()].concat();
            let refusal = bench.directory.write(TENANT, &lookup, &with_city, Mode::Update).await.unwrap_err();
            assert!(format!("{refusal:?}").contains(expected), "{expected}: {refusal:?}");
        }
        let same = [
            Write::text("objectId", "other"),
            Write::text("createdDateTime", "x"),
            Write::text("userType", "x"),
        ];
        bench.directory.write(TENANT, &lookup, &same, Mode::Update).await.unwrap(); // ignored, 24.1
        assert_eq!(bench.directory.find(TENANT, &lookup).await.unwrap(), Some(user), "{}", bench.database);
    }
}

#[tokio::test]
async fn lookups_by_attribute_and_by_any_identity() {
    for bench in benches().await {
        let ann = bench.create("a@x.test").await;
        let bob = bench.create("b@x.test").await;
        for (user, issuer) in [(&ann, "live.com"), (&bob, "github.com")] {
            let writes = [
                Write::value(
                    "userIdentities",
                    Value::Identities(vec![Federated { issuer: issuer.into(), user_id: "1".into() }]),
                ),
                Write::text("extension_Team", "red"),
                Write::text("extension_Badge", &user.object_id),
                Write::text("strongAuthenticationEmailAddress", &format!("Backup-{issuer}@x.test")),
            ];
            let lookup = Lookup::ObjectId(user.object_id.clone());
            bench.directory.write(TENANT, &lookup, &writes, Mode::Update).await.unwrap();
        }
        let one = |issuer: &str| Federated { issuer: issuer.into(), user_id: "1".into() };
        let attribute = |name: &str, value: &str| Lookup::Attribute { name: name.into(), value: text(value) };
        let nobody = one("nobody.com");
        for (lookup, expected) in [
            (Lookup::AnyFederated(vec![nobody.clone(), one("github.com")]), "b"),
            (Lookup::AnyFederated(vec![one("live.com"), one("github.com")]), "NotUnique"),
            (Lookup::AnyFederated(vec![nobody]), "none"),
            (Lookup::Federated(one("LIVE.com")), "none"), // federated ids compare exactly: 24.2
            (attribute("EXTENSION_badge", &bob.object_id), "b"),
            (attribute("extension_team", "red"), "NotUnique"),
            (attribute("extension_team", "Red"), "none"),
            (attribute("strongAuthenticationEmailAddress", "backup-live.com@X.test"), "a"),
        ] {
            let given = match bench.directory.find(TENANT, &lookup).await {
                Ok(Some(user)) => if user.object_id == ann.object_id { "a" } else { "b" }.to_owned(),
                Ok(None) => "none".to_owned(),
                Err(refusal) => name_of(&refusal),
            };
            assert_eq!(given, expected, "{} {lookup:?}", bench.database);
        }
    }
}

/// attacks.md 67 and 77: with the password end the grants given under it; the duty to change it too.
#[tokio::test]
async fn a_new_password_ends_what_was_granted_under_the_old() {
    use crate::store::{KeyHash, Record};
    for bench in benches().await {
        let user = bench.create("a@x.test").await;
        let token = Record {
            kind: Kind::RefreshToken,
            key: KeyHash::of("token"),
            tenant: TENANT.to_owned(),
            owner: user.object_id.clone(),
            version: 0,
            expires: jiff::Timestamp::MAX,
            body: "{}".to_owned(),
        };
        let session = Record { kind: Kind::BrowserSession, key: KeyHash::of("session"), ..token.clone() };
        let store = &bench.opened.store;
        let alive = async |record: &Record| {
            store.get(TENANT, record.kind, &record.key, bench.clock.now()).await.unwrap().is_some()
        };
        for record in [&token, &session] {
            store.put(record).await.unwrap();
        }
        let lookup = Lookup::ObjectId(user.object_id.clone());
        let force = [Write::value("passwordProfile.forceChangePasswordNextLogin", Value::Bool(true))];
        let forced = bench.directory.write(TENANT, &lookup, &force, Mode::Update).await.unwrap().user;
        assert!(forced.must_change_password && alive(&token).await, "{}", bench.database);

        bench.clock.advance(SignedDuration::from_secs(60));
        bench.set_password(&user, "Another-Horse-2").await;
        let changed = bench.directory.find(TENANT, &lookup).await.unwrap().unwrap();
        assert_eq!((changed.tokens_valid_from, changed.must_change_password), (bench.clock.now(), false));
        assert!(!alive(&token).await && !alive(&session).await, "{}", bench.database);
        store.put(&session).await.unwrap();

        bench.clock.advance(SignedDuration::from_secs(60));
        let revoked = bench.directory.revoke(TENANT, &user.object_id).await.unwrap();
        assert_eq!(revoked.tokens_valid_from, bench.clock.now());
        assert!(!alive(&session).await, "{}", bench.database);
        assert_eq!(kind(&bench.sign_in("a@x.test", "Another-Horse-2").await), "ok");

        assert!(bench.directory.delete(TENANT, &lookup).await.unwrap());
        assert!(!bench.directory.delete(TENANT, &lookup).await.unwrap());
        assert_eq!(
            name_of(&bench.directory.revoke(TENANT, &user.object_id).await.unwrap_err()),
            "DoesNotExist"
        );
        assert_eq!(kind(&bench.sign_in("a@x.test", "Another-Horse-2").await), "unknown");
    }
}

#[tokio::test]
async fn weak_passwords_only_where_the_account_allows_them() {
    for bench in benches().await {
        let weak = |policies: &str| {
            [
                sign_up("a@x.test"),
                vec![Write::text("password", "abcd"), Write::text("passwordPolicies", policies)],
            ]
            .concat()
        };
        let lookup = by_mail("a@x.test");
        let strong =
            bench.directory.write(TENANT, &lookup, &weak("DisablePasswordExpiration"), Mode::Create).await;
        assert_eq!(format!("{:?}", strong.unwrap_err()), "Password(TooShort(8))");
        let policies = weak("DisablePasswordExpiration,DisableStrongPassword");
        bench.directory.write(TENANT, &lookup, &policies, Mode::Create).await.unwrap();
        let password = [Write::text("password", "efgh")];
        bench.directory.write(TENANT, &lookup, &password, Mode::Update).await.unwrap(); // the account's own policy
        let both = [Write::text("password", "ijkl"), Write::text("passwordPolicies", "None")];
        assert!(bench.directory.write(TENANT, &lookup, &both, Mode::Update).await.is_err());
        assert_eq!(kind(&bench.sign_in("a@x.test", "efgh").await), "ok");
    }
}

/// What stands in the database of a user is no password, and no list of names that were tried.
#[tokio::test]
async fn no_secret_stands_in_the_open() {
    for bench in benches().await {
        if bench.database != "SQLite" {
            continue; // its file can be read whole
        }
        bench.create("a@x.test").await;
        bench.sign_in("a@x.test", "Canary-Wrong-1").await;
        bench.sign_in("canary-nobody@x.test", "Canary-Wrong-2").await;
        bench.opened.store.close().await;
        let path = bench.opened.url.strip_prefix("sqlite:").unwrap();
        let folder = std::path::Path::new(path).parent().unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            // SQLite removes its log when the last connection closes, which may be between listing and reading.
            let Ok(bytes) = std::fs::read(entry.unwrap().path()) else { continue };
            let whole = String::from_utf8_lossy(&bytes).to_lowercase();
            assert!(!whole.contains("canary") && !whole.contains("correct-horse"));
        }
    }
}

/// Accounts of another system keep their ids and sign in with the passwords they had.
#[tokio::test]
async fn an_imported_account_signs_in_and_its_hash_is_made_anew() {
    // "my password" by ASP.NET Core Identity's own tests.
    let hash = "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==";
    let id = "6f1c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34";
    for bench in benches().await {
        let newcomer = |id: Option<&str>, address: &str, hash: &str| Newcomer {
            lookup: by_mail(address),
            object_id: id.map(str::to_owned),
            writes: vec![
                Write::text("signInNames.emailAddress", address),
                Write::text("displayName", "Ann"),
                Write::text("passwordPolicies", "DisablePasswordExpiration"),
            ],
            hash: Some(hash.to_owned()),
        };
        let user = bench.directory.import(TENANT, &newcomer(Some(id), "a@x.test", hash)).await.unwrap();
        assert_eq!((user.object_id.as_str(), user.has_password), (id, true), "{}", bench.database);
        for (address, given) in [("a@x.test", None), ("b@x.test", Some(id))] {
            let again = bench.directory.import(TENANT, &newcomer(given, address, hash)).await;
            assert_eq!(name_of(&again.unwrap_err()), "AlreadyExists", "{}", bench.database);
        }
        let costly = "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let refused = bench.directory.import(TENANT, &newcomer(None, "c@x.test", costly)).await;
        assert_eq!(name_of(&refused.unwrap_err()), "Hash", "attack 57");
        assert_eq!(kind(&bench.sign_in("a@x.test", "My password").await), "wrong");
        assert_eq!(kind(&bench.sign_in("a@x.test", "my password").await), "ok");
        let find = Lookup::ObjectId(id.to_owned()).finds();
        let row = bench.opened.store.find_users(TENANT, &find[0]).await.unwrap().remove(0);
        assert!(row.password.current.unwrap().starts_with("$argon2id$"), "{}", bench.database);
        assert_eq!(kind(&bench.sign_in("a@x.test", "my password").await), "ok");
    }
}

#[tokio::test]
async fn attack_056_common_passwords_are_refused_where_the_operator_wants_it() {
    let common = CommonPasswords::read(None, &["Contoso".to_owned()]).unwrap();
    let settings = DirectorySettings { common: Some(Arc::new(common)), ..DirectorySettings::default() };
    for bench in benches_with(settings).await {
        for (password, expected) in [
            ("Passw0rd", "Password(Common)"),
            ("Ann.Lee-1@x.test", "Password(Personal)"),
            ("Ann Lee, Contoso 1", "ok"),
            ("Contoso!", "Password(Personal)"),
        ] {
            let mut writes = sign_up("ann.lee-1@x.test");
            writes.push(Write::text("password", password));
            let done = bench
                .directory
                .write(TENANT, &by_mail("ann.lee-1@x.test"), &writes, Mode::CreateOrUpdate)
                .await;
            let given = done.map_or_else(|refusal| format!("{refusal:?}"), |_| "ok".to_owned());
            assert_eq!(given, expected, "{password}");
        }
        // Who has an account changes to one that repeats its name: its name is known.
        let user = bench.directory.find(TENANT, &by_mail("ann.lee-1@x.test")).await.unwrap().unwrap();
        let writes = [Write::text("password", "ANN.lee-1")];
        let done =
            bench.directory.write(TENANT, &Lookup::ObjectId(user.object_id), &writes, Mode::Update).await;
        assert_eq!(format!("{:?}", done.unwrap_err()), "Password(Personal)");
    }
    for bench in benches().await {
        let writes = [sign_up("a@x.test").as_slice(), &[Write::text("password", "Passw0rd")]].concat();
        assert!(bench.directory.write(TENANT, &by_mail("a@x.test"), &writes, Mode::Create).await.is_ok());
    }
}
