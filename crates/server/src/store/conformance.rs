//! What every database must do alike. Each test runs on SQLite and, where there is one, PostgreSQL.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::testing::{Opened, sqlite, stores};
use super::*;

const TENANT: &str = "contoso.onmicrosoft.com";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn record(kind: Kind, secret: &str, owner: &str, expires: Timestamp) -> Record {
    Record {
        kind,
        key: KeyHash::of(secret),
        tenant: TENANT.to_owned(),
        owner: owner.to_owned(),
        version: 0,
        expires,
        body: r#"{"step":1}"#.to_owned(),
    }
}

#[tokio::test]
async fn a_record_is_read_back_as_written_until_it_expires() {
    for Opened { database, store, .. } in stores().await {
        let written = record(Kind::Journey, "s1", "owner", at(60));
        store.put(&written).await.unwrap();
        let read = store.get(TENANT, Kind::Journey, &KeyHash::of("s1"), at(59)).await.unwrap().unwrap();
        assert_eq!(read, Record { version: 1, ..written.clone() }, "{database}");
        for (tenant, kind, secret, now) in [
            (TENANT, Kind::Journey, "s1", at(60)),
            (TENANT, Kind::Journey, "S1", at(0)),
            (TENANT, Kind::Code, "s1", at(0)),
            ("fabrikam.onmicrosoft.com", Kind::Journey, "s1", at(0)),
        ] {
            let other = store.get(tenant, kind, &KeyHash::of(secret), now).await.unwrap();
            assert_eq!(other, None, "{database} {tenant} {kind:?} {secret} {now}");
        }
        assert_eq!(store.take(TENANT, Kind::Journey, &written.key, at(60)).await.unwrap(), None, "expired");
    }
}

#[tokio::test]
async fn swap_goes_through_only_on_the_version_that_was_read() {
    for Opened { database, store, .. } in stores().await {
        store.put(&record(Kind::Journey, "s", "", at(60))).await.unwrap();
        let first = store.get(TENANT, Kind::Journey, &KeyHash::of("s"), at(0)).await.unwrap().unwrap();
        let second = Record { body: "second".to_owned(), ..first.clone() };
        assert!(store.swap(&Record { body: "first".to_owned(), ..first }).await.unwrap(), "{database}");
        assert!(!store.swap(&second).await.unwrap(), "{database}: the version is older");
        let kept = store.get(TENANT, Kind::Journey, &KeyHash::of("s"), at(0)).await.unwrap().unwrap();
        assert_eq!((kept.body.as_str(), kept.version), ("first", 2), "{database}");
        assert!(!store.swap(&record(Kind::Journey, "absent", "", at(60))).await.unwrap());
    }
}

/// attacks.md 73: of twenty at one instant exactly one gets the code.
#[tokio::test(flavor = "multi_thread")]
async fn take_gives_a_record_to_exactly_one() {
    for Opened { database, store, .. } in stores().await {
        store.put(&record(Kind::Code, "code", "user", at(60))).await.unwrap();
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.take(TENANT, Kind::Code, &KeyHash::of("code"), at(0)).await })
            })
            .collect();
        let mut got = 0;
        for task in tasks {
            got += usize::from(task.await.unwrap().unwrap().is_some());
        }
        assert_eq!(got, 1, "{database}");
    }
}

#[tokio::test]
async fn several_changes_happen_together_or_not_at_all() {
    for Opened { database, store, .. } in stores().await {
        store.put(&record(Kind::Code, "code", "user", at(60))).await.unwrap();
        let code = store.get(TENANT, Kind::Code, &KeyHash::of("code"), at(0)).await.unwrap().unwrap();
        let token = record(Kind::RefreshToken, "token", "user", at(60));
        let spent = record(Kind::Spent, "jti", "", at(60));
        let changes = [Change::Take(code), Change::Put(token.clone()), Change::Create(spent)];
        assert!(store.apply(&changes).await.unwrap(), "{database}");
        let token_there = || store.get(TENANT, Kind::RefreshToken, &token.key, at(0));
        assert!(token_there().await.unwrap().is_some());

        let drop =
            Change::DropOwner { tenant: TENANT.into(), owner: "user".into(), kind: Kind::RefreshToken };
        let again = [drop.clone(), changes[2].clone()];
        assert!(!store.apply(&again).await.unwrap(), "{database}: `jti` is spent");
        assert!(token_there().await.unwrap().is_some(), "{database}: so nothing was dropped");
        assert!(store.apply(&[drop]).await.unwrap());
        assert!(token_there().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn an_owners_records_are_listed_and_dropped_by_kind() {
    for Opened { database, store, .. } in stores().await {
        for (kind, secret, owner) in [
            (Kind::RefreshToken, "a", "alice"),
            (Kind::RefreshToken, "b", "alice"),
            (Kind::BrowserSession, "c", "alice"),
            (Kind::RefreshToken, "d", "bob"),
        ] {
            store.put(&record(kind, secret, owner, at(60))).await.unwrap();
        }
        assert_eq!(store.owned(TENANT, "alice", Kind::RefreshToken, at(0)).await.unwrap().len(), 2);
        let dropped = store.drop_owner(TENANT, "alice", &[Kind::RefreshToken, Kind::Code]).await.unwrap();
        assert_eq!(dropped, 2, "{database}");
        assert_eq!(store.owned(TENANT, "alice", Kind::BrowserSession, at(0)).await.unwrap().len(), 1);
        assert_eq!(store.owned(TENANT, "bob", Kind::RefreshToken, at(0)).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn purging_removes_what_has_expired_and_nothing_else() {
    for Opened { database, store, .. } in stores().await {
        let old: Vec<Change> =
            (0..1201).map(|n| Change::Put(record(Kind::Journey, &format!("old {n}"), "", at(10)))).collect();
        store.apply(&old).await.unwrap();
        store.put(&record(Kind::Journey, "young", "", at(11))).await.unwrap();
        store.count(TENANT, "n", SignedDuration::from_secs(10), at(0)).await.unwrap();
        assert_eq!(store.purge(at(10)).await.unwrap(), 1201, "{database}: more than one step");
        assert!(store.get(TENANT, Kind::Journey, &KeyHash::of("young"), at(10)).await.unwrap().is_some());
        assert_eq!(store.counted(TENANT, "n", at(0)).await.unwrap(), 0, "{database}: gone, not just expired");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_counts_at_one_instant_are_fifty() {
    for Opened { database, store, .. } in stores().await {
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    store.count(TENANT, "codes a@x.test", SignedDuration::from_hours(1), at(0)).await
                })
            })
            .collect();
        let mut counts = Vec::new();
        for task in tasks {
            counts.push(task.await.unwrap().unwrap());
        }
        counts.sort_unstable();
        assert_eq!(counts, (1..=50).collect::<Vec<i64>>(), "{database}: nobody sees a number twice");
    }
}

#[tokio::test]
async fn a_count_begins_anew_when_its_window_has_ended() {
    for Opened { database, store, .. } in stores().await {
        let hour = SignedDuration::from_hours(1);
        for (second, expected) in [(0, 1), (10, 2), (3599, 3), (3600, 1), (3601, 2)] {
            assert_eq!(
                store.count(TENANT, "n", hour, at(second)).await.unwrap(),
                expected,
                "{database} {second}"
            );
        }
        assert_eq!(store.count(TENANT, "other", hour, at(0)).await.unwrap(), 1);
        assert_eq!(store.count("fabrikam", "n", hour, at(3601)).await.unwrap(), 1);
        assert_eq!(store.counted(TENANT, "n", at(7199)).await.unwrap(), 2);
        assert_eq!(store.counted(TENANT, "n", at(7200)).await.unwrap(), 0);
        store.forget_count(TENANT, "n").await.unwrap();
        assert_eq!(store.counted(TENANT, "n", at(3601)).await.unwrap(), 0);
    }
}

fn user(object_id: &str, name: &str) -> UserRow {
    UserRow {
        tenant: TENANT.to_owned(),
        object_id: object_id.to_owned(),
        principal: format!("{object_id}@{TENANT}"),
        version: 0,
        created: at(0),
        updated: at(1),
        tokens_valid_from: at(2),
        enabled: true,
        password: PasswordRow {
            current: Some("hash".into()),
            previous: None,
            changed: at(3),
            must_change: true,
        },
        body: r#"{"displayName":{"text":"Ä"}}"#.to_owned(),
        identities: vec![
            IdentityRow {
                sign_in_type: "emailAddress".to_owned(),
                issuer: String::new(),
                assigned: name.to_uppercase(),
                canonical: name.to_owned(),
            },
            IdentityRow {
                sign_in_type: "federated".to_owned(),
                issuer: "Github.com".to_owned(),
                assigned: object_id.to_owned(),
                canonical: object_id.to_owned(),
            },
        ],
        search: vec![SearchRow { name: "extension_id".to_owned(), value: "7".to_owned() }],
    }
}

async fn create(store: &Store, row: UserRow) -> Result<UserRow, StoreError> {
    let find = [UserFind::Local(row.identities[0].canonical.clone())];
    store
        .persist_user(TENANT, &find, |found| match found {
            [] => Ok(UserChange { row: row.clone(), drop: &[] }),
            _ => Err(StoreError::new(StoreErrorKind::AlreadyExists, "found")),
        })
        .await
}

#[tokio::test]
async fn a_user_is_found_by_each_of_its_names_and_by_no_other() {
    for Opened { database, store, .. } in stores().await {
        let one = create(&store, user("o1", "a@x.test")).await.unwrap();
        let two = create(&store, user("o2", "b@x.test")).await.unwrap();
        let expected = UserRow { version: 1, search: Vec::new(), ..one };
        let find = |find: UserFind| {
            let store = store.clone();
            async move { store.find_users(TENANT, &find).await.unwrap() }
        };
        let text = str::to_owned;
        for by in [
            UserFind::ObjectId(text("o1")),
            UserFind::Principal(format!("o1@{TENANT}")),
            UserFind::Local(text("a@x.test")),
            UserFind::SignIn(text("a@x.test")),
            UserFind::SignIn(format!("o1@{TENANT}")),
            UserFind::LocalOfType(text("EMAILaddress"), text("a@x.test")),
            UserFind::Federated(text("Github.com"), text("o1")),
        ] {
            assert_eq!(find(by.clone()).await, std::slice::from_ref(&expected), "{database} {by:?}");
        }
        for by in [
            UserFind::ObjectId(text("a@x.test")),
            UserFind::Local(text("o1")),
            UserFind::SignIn(text("o1")),
            UserFind::LocalOfType(text("userName"), text("a@x.test")),
            UserFind::Federated(text("github.com"), text("o1")),
            UserFind::Search(text("extension_id"), text("8")),
            UserFind::Search(text("extension_other"), text("7")),
        ] {
            assert_eq!(find(by.clone()).await, [], "{database} {by:?}");
        }
        let both = find(UserFind::Search(text("extension_id"), text("7"))).await;
        assert_eq!(both.iter().map(|row| &row.object_id).collect::<Vec<_>>(), [&text("o1"), &two.object_id]);
        assert_eq!(store.find_users("fabrikam", &UserFind::ObjectId(text("o1"))).await.unwrap(), []);
        assert_eq!(store.list_users(TENANT, "o1", 10).await.unwrap()[0].object_id, "o2");
        assert_eq!(store.list_users(TENANT, "", 1).await.unwrap().len(), 1);
    }
}

/// attacks.md 33: of twenty sign-ups for one address at one instant exactly one makes the account.
#[tokio::test(flavor = "multi_thread")]
async fn attack_033_one_address_twenty_times_at_once() {
    for Opened { database, store, .. } in stores().await {
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move { create(&store, user(&format!("o{number}"), "a@x.test")).await })
            })
            .collect();
        let mut made = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(row) => made.push(row.object_id),
                Err(error) => assert!(error.is_already_exists(), "{database}: {error}"),
            }
        }
        assert_eq!(made.len(), 1, "{database}");
        let users = store.list_users(TENANT, "", 100).await.unwrap();
        assert_eq!(users.len(), 1, "{database}: no half user stays");
        assert_eq!(users[0].object_id, made[0]);
        assert_eq!(users[0].identities.len(), 2, "{database}: with all its names");
    }
}

/// attacks.md 132: no lost update, however many write at once.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_one_user_at_one_instant_all_count() {
    for Opened { database, store, .. } in stores().await {
        create(&store, UserRow { body: "0".to_owned(), ..user("o1", "a@x.test") }).await.unwrap();
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let find = [UserFind::ObjectId("o1".to_owned())];
                    store
                        .persist_user(TENANT, &find, |found| {
                            let number: i64 = found[0].body.parse().unwrap();
                            let row = UserRow { body: (number + 1).to_string(), ..found[0].clone() };
                            Ok::<_, StoreError>(UserChange { row, drop: &[] })
                        })
                        .await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let row = &store.find_users(TENANT, &UserFind::ObjectId("o1".to_owned())).await.unwrap()[0];
        assert_eq!((row.body.as_str(), row.version), ("8", 9), "{database}");
    }
}

/// A command line beside the running server: both read first and write later on one database.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_write_at_once_wait_for_each_other() {
    for Opened { database, store, url, .. } in stores().await {
        let beside = Store::open(&url).await.unwrap();
        let mut tasks = Vec::new();
        for number in 0..60 {
            let store = if number % 2 == 0 { store.clone() } else { beside.clone() };
            let row = user(&format!("o{number}"), &format!("a{number}@x.test"));
            tasks.push(tokio::spawn(async move { create(&store, row).await }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(store.list_users(TENANT, "", 100).await.unwrap().len(), 60, "{database}");
    }
}

/// Two users who claim the same names in opposite order do not wait for each other for ever.
#[tokio::test(flavor = "multi_thread")]
async fn names_claimed_crosswise_go_to_one_of_two() {
    for Opened { database, store, .. } in stores().await {
        for round in 0..20 {
            let names = [format!("a{round}@x.test"), format!("b{round}@x.test")];
            let claim = |object_id: &str, order: [usize; 2]| {
                let store = store.clone();
                let mut row = user(object_id, "");
                row.identities = order
                    .map(|index| IdentityRow { canonical: names[index].clone(), ..row.identities[0].clone() })
                    .into();
                tokio::spawn(async move { create(&store, row).await })
            };
            let (one, two) = (claim(&format!("o{round}"), [0, 1]), claim(&format!("p{round}"), [1, 0]));
            let outcomes = [one.await.unwrap(), two.await.unwrap()];
            let taken = |outcome: &Result<UserRow, StoreError>| {
                outcome.as_ref().is_err_and(StoreError::is_already_exists)
            };
            assert_eq!(
                outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
                1,
                "{database} {outcomes:?}"
            );
            assert_eq!(
                outcomes.iter().filter(|outcome| taken(outcome)).count(),
                1,
                "{database} {outcomes:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing() {
    for Opened { database, store, .. } in stores().await {
        create(&store, user("o1", "a@x.test")).await.unwrap();
        store.put(&record(Kind::RefreshToken, "t", "o1", at(60))).await.unwrap();
        let key = LockoutKey { tenant: TENANT, account: "o1", scope: "unfamiliar" };
        store.change_lockout(key, true, at(0), |row| row.failures = 3).await.unwrap();
        assert!(store.delete_user(TENANT, "o1").await.unwrap(), "{database}");
        assert!(!store.delete_user(TENANT, "o1").await.unwrap(), "{database}");
        assert!(store.owned(TENANT, "o1", Kind::RefreshToken, at(0)).await.unwrap().is_empty());
        for table in ["users", "identities", "user_search", "lockouts"] {
            let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table} WHERE tenant = '{TENANT}'"));
            let row = sqlx::query(sql).fetch_one(&mut *store.reader().await.unwrap()).await.unwrap();
            assert_eq!(row.get::<i64, _>(0), 0, "{database} {table}");
        }
        create(&store, user("o1", "a@x.test")).await.unwrap(); // every name is free again
    }
}

#[tokio::test]
async fn a_rehash_never_undoes_a_password_change() {
    for Opened { database, store, .. } in stores().await {
        create(&store, user("o1", "a@x.test")).await.unwrap();
        store.replace_hash(TENANT, "o1", "hash", "stronger").await.unwrap();
        store.replace_hash(TENANT, "o1", "hash", "late").await.unwrap();
        let row = &store.find_users(TENANT, &UserFind::ObjectId("o1".to_owned())).await.unwrap()[0];
        assert_eq!(row.password.current.as_deref(), Some("stronger"), "{database}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_changes_of_one_lockout_row_are_fifty() {
    for Opened { database, store, .. } in stores().await {
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let key = LockoutKey { tenant: TENANT, account: "a", scope: "unfamiliar" };
                    store.change_lockout(key, false, at(0), |row| row.failures += 1).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let key = LockoutKey { tenant: TENANT, account: "a", scope: "unfamiliar" };
        let failures = store.change_lockout(key, false, at(0), |row| row.failures).await.unwrap();
        assert_eq!(failures, 50, "{database}");
        store.purge(at(24 * 3600 - 1)).await.unwrap();
        assert_eq!(store.change_lockout(key, false, at(0), |row| row.failures).await.unwrap(), 50);
        store.purge(at(24 * 3600)).await.unwrap();
        let fresh = store.change_lockout(key, true, at(0), |row| (row.failures, row.tries)).await.unwrap();
        assert_eq!(fresh, (0, 0), "{database}: names without account are forgotten after a day");
        store.purge(at(24 * 3600 * 365)).await.unwrap();
        store.change_lockout(key, true, at(0), |row| row.failures = 4).await.unwrap();
        store.purge(at(24 * 3600 * 365)).await.unwrap();
        let kept = store.change_lockout(key, true, at(0), |row| row.failures).await.unwrap();
        assert_eq!(kept, 4, "{database}: accounts are not");
        store.clear_lockout(LockoutKey { scope: "", ..key }).await.unwrap();
        assert_eq!(store.change_lockout(key, true, at(0), |row| row.failures).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn keys_applications_and_audit_read_back_as_written() {
    for Opened { database, store, .. } in stores().await {
        let key = KeyRow {
            container: "B2C_1A_Signing".to_owned(),
            position: 1,
            kid: "k".to_owned(),
            key_type: "RSA".to_owned(),
            key_use: "sig".to_owned(),
            not_before: None,
            expires: Some(at(9)),
            created: at(0),
            public: "{}".to_owned(),
            sealed: "1.x".to_owned(),
        };
        let before = store.key_generation().await.unwrap();
        store.add_policy_key(TENANT, &key).await.unwrap();
        assert!(store.add_policy_key(TENANT, &key).await.unwrap_err().is_already_exists(), "{database}");
        assert_eq!(
            store.key_generation().await.unwrap(),
            before + 1,
            "{database}: a refused one does not count"
        );
        assert_eq!(
            store.policy_keys(TENANT, "b2c_1a_SIGNING").await.unwrap(),
            std::slice::from_ref(&key),
            "{database}"
        );
        assert!(store.set_aside_policy_keys(TENANT, "B2C_1A_signing").await.unwrap());
        assert!(!store.set_aside_policy_keys(TENANT, "B2C_1A_signing").await.unwrap());
        assert_eq!(store.policy_key_containers(TENANT).await.unwrap(), ["B2C_1A_Signing.bak"]);
        store.add_policy_key(TENANT, &KeyRow { kid: "k2".to_owned(), ..key }).await.unwrap();
        assert!(store.set_aside_policy_keys(TENANT, "B2C_1A_signing").await.unwrap());
        assert_eq!(store.policy_keys(TENANT, "B2C_1A_Signing.bak").await.unwrap()[0].kid, "k2", "{database}");

        let seal = SealKeyRow { id: 1, active_from: at(0), sealed: "s".to_owned() };
        assert!(store.add_seal_key(&seal).await.unwrap());
        assert!(!store.add_seal_key(&seal).await.unwrap(), "{database}");
        let stale = SealKeyRow { sealed: "other".to_owned(), ..seal.clone() };
        assert!(!store.reseal(&[(seal.clone(), "new".into()), (stale, "new".into())]).await.unwrap());
        assert_eq!(store.seal_keys().await.unwrap(), std::slice::from_ref(&seal), "{database}: all or none");
        assert!(store.reseal(&[(seal, "new".into())]).await.unwrap());

        let app =
            ApplicationRow { tenant: TENANT.to_owned(), client_id: "c".to_owned(), body: "1".to_owned() };
        store.put_application(&app, at(0)).await.unwrap();
        let app = ApplicationRow { body: "2".to_owned(), ..app };
        store.put_application(&app, at(1)).await.unwrap();
        assert_eq!(store.applications(TENANT).await.unwrap(), std::slice::from_ref(&app), "{database}");
        assert_eq!(store.application("fabrikam", "c").await.unwrap(), None);
        assert!(store.delete_application(TENANT, "c").await.unwrap());
        assert_eq!(store.application(TENANT, "c").await.unwrap(), None);

        audit_reads_back(&store, database).await;
    }
}

async fn audit_reads_back(store: &Store, database: &str) {
    let event = |id: &str, target: &str, second| AuditRow {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        at: at(second),
        category: "Directory".to_owned(),
        activity: "Add user".to_owned(),
        result: "success".to_owned(),
        target: target.to_owned(),
        body: "{}".to_owned(),
    };
    let rows = [event("1", "a", 1), event("2", "b", 2), event("3", "a", 3)];
    store.add_audit(&rows[..1]).await.unwrap();
    store.add_audit(&rows[1..]).await.unwrap();
    let ids = |rows: Vec<AuditRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    let all = store.audit(TENANT, &AuditFilter::default()).await.unwrap();
    assert_eq!(ids(all), ["3", "2", "1"], "{database}");
    let filter = AuditFilter { target: Some("a".into()), before: Some(at(3)), limit: 5 };
    assert_eq!(ids(store.audit(TENANT, &filter).await.unwrap()), ["1"], "{database}");
    assert_eq!(store.purge_audit(at(3)).await.unwrap(), 2, "{database}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    for Opened { database, store, url, .. } in stores().await {
        sqlx::query("UPDATE schema_version SET version = 999")
            .execute(&mut *store.writer().await.unwrap())
            .await
            .unwrap();
        let Err(error) = Store::open(&url).await else { panic!("{database}: opened") };
        assert_eq!(error.kind, StoreErrorKind::NewerSchema, "{database}");
        assert!(error.to_string().contains("999"), "{error}");
        let row = sqlx::query("SELECT version FROM schema_version")
            .fetch_one(&mut *store.reader().await.unwrap())
            .await
            .unwrap();
        assert_eq!(row.get::<i64, _>(0), 999, "{database}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_and_again_find_one_schema() {
    for Opened { database, store, url, .. } in stores().await {
        store.put(&record(Kind::Journey, "s", "", at(60))).await.unwrap();
        let tables = "DROP TABLE schema_version; DROP TABLE records; DROP TABLE counters; DROP TABLE lockouts; \
             DROP TABLE users; DROP TABLE identities; DROP TABLE user_search; DROP TABLE applications; \
             DROP TABLE policy_keys; DROP TABLE seal_keys; DROP TABLE generations; DROP TABLE audit";
        sqlx::raw_sql(tables).execute(&mut *store.writer().await.unwrap()).await.unwrap();
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { Store::open(&url).await })
            })
            .collect();
        for task in tasks {
            let opened = task.await.unwrap().unwrap();
            opened.put(&record(Kind::Journey, "s", "", at(60))).await.unwrap();
        }
        Store::open(&url).await.unwrap();
        assert!(
            store.get(TENANT, Kind::Journey, &KeyHash::of("s"), at(0)).await.unwrap().is_some(),
            "{database}"
        );
    }
}

#[tokio::test]
async fn bad_addresses_are_told() {
    for url in ["", "mysql://x", "sqlite:", "sqlite::memory:", "/tmp/x.db"] {
        let Err(error) = Store::open(url).await else { panic!("{url} opened") };
        assert_eq!(error.kind, StoreErrorKind::Address, "{url}");
    }
    let Err(error) = Store::open("sqlite:/nonexistent/folder/x.db").await else { panic!("opened") };
    assert!(error.is_unavailable(), "{error}");
    let Err(error) = Store::open("postgres://127.0.0.1:1/x").await else { panic!("opened") };
    assert!(error.is_unavailable(), "{error}");
}

/// attacks.md 142: reads go on, writes fail as `Unavailable`, and all is well again afterwards.
#[tokio::test]
async fn attack_142_a_full_or_read_only_database_is_unavailable() {
    let opened = sqlite().await;
    let store = &opened.store;
    store.put(&record(Kind::Journey, "s", "", at(60))).await.unwrap();
    // The second record is larger, as it could fit into the pages that the first one leaves free.
    for (break_it, mend_it, letters, what) in [
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF", 1 << 20, "read-only"),
        ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", 1 << 22, "full"),
    ] {
        sqlx::raw_sql(break_it).execute(&mut *store.writer().await.unwrap()).await.unwrap();
        let big = Record { body: "x".repeat(letters), ..record(Kind::Journey, "big", "", at(60)) };
        let error = store.put(&big).await.unwrap_err();
        assert!(error.is_unavailable(), "{what}: {error}");
        assert!(store.apply(&[Change::Put(big.clone())]).await.unwrap_err().is_unavailable(), "{what}");
        let read = store.get(TENANT, Kind::Journey, &KeyHash::of("s"), at(0)).await.unwrap();
        assert!(read.is_some(), "{what}: reads go on");
        store.ping().await.unwrap();
        sqlx::raw_sql(mend_it).execute(&mut *store.writer().await.unwrap()).await.unwrap();
        store.put(&big).await.unwrap();
        store.ping_write().await.unwrap();
        store.take(TENANT, Kind::Journey, &KeyHash::of("big"), at(0)).await.unwrap().unwrap();
    }
    store.close().await;
    assert!(store.ping().await.unwrap_err().is_unavailable());
    assert!(store.ping_write().await.unwrap_err().is_unavailable());
}

#[cfg(unix)]
#[tokio::test]
async fn the_database_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("x.db").display())).await.unwrap();
    store.put(&record(Kind::Journey, "s", "", at(60))).await.unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        files += 1;
    }
    assert_eq!(files, 3, "the database, its log and its index");
}
