//! The store on SQLite: records put, read and swapped, and a user found in a directory of a thousand and, where
//! `VESTIBULE_BENCH_MILLION` is set (building it takes a while), of a million users.

use std::path::Path;

use criterion::Criterion;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;
use vestibule::store::{KeyHash, Kind, Record, Store, UserFind};

use crate::site::{self, Site, TENANT};

/// Copies the first user; `load.mjs` fills its directory with the same.
const FILL: &str = include_str!("../../../../bench/fill.sql");

pub(crate) fn benches(criterion: &mut Criterion) {
    let runtime = site::runtime();
    records(criterion, &runtime);
    users(criterion, &runtime, 1_000);
    if std::env::var_os("VESTIBULE_BENCH_MILLION").is_some() {
        users(criterion, &runtime, 1_000_000);
    }
}

fn records(criterion: &mut Criterion, runtime: &Runtime) {
    let folder = tempfile::tempdir().unwrap();
    let store = runtime.block_on(open(folder.path()));
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let mut record = Record {
        kind: Kind::Journey,
        key: KeyHash::of("one"),
        tenant: TENANT.to_owned(),
        owner: String::new(),
        version: 0,
        expires: now + SignedDuration::from_hours(1),
        body: "x".repeat(3_000),
    };
    runtime.block_on(store.put(&record)).unwrap();
    let mut group = criterion.benchmark_group("store");
    group.bench_function("put a record", |bencher| {
        bencher.iter(|| runtime.block_on(store.put(&record)).unwrap());
    });
    group.bench_function("get a record", |bencher| {
        bencher.iter(|| runtime.block_on(store.get(TENANT, Kind::Journey, &record.key, now)).unwrap());
    });
    record.version =
        runtime.block_on(store.get(TENANT, Kind::Journey, &record.key, now)).unwrap().unwrap().version;
    group.bench_function("swap a record", |bencher| {
        bencher.iter(|| {
            assert!(runtime.block_on(store.swap(&record)).unwrap());
            record.version += 1;
        });
    });
    group.finish();
}

fn users(criterion: &mut Criterion, runtime: &Runtime, count: u32) {
    let site = runtime.block_on(Site::new(site::CHEAPEST));
    runtime.block_on(site.user("template"));
    runtime.block_on(fill(&site, count));
    let mut number = 0;
    criterion.bench_function(&format!("store/find one of {count} users"), |bencher| {
        bencher.iter(|| {
            number = (number + 7_919) % count;
            let find = UserFind::SignIn(format!("user{}@example.com", number + 1));
            let found = runtime.block_on(site.app.store.find_users(TENANT, &find)).unwrap();
            assert_eq!(found.len(), 1);
        });
    });
}

async fn open(folder: &Path) -> Store {
    Store::open(&format!("sqlite:{}", folder.join("bench.db").display())).await.unwrap()
}

async fn fill(site: &Site, count: u32) {
    use secrecy::ExposeSecret as _;
    let url = site.app.config.database.url.expose_secret();
    let pool = sqlx::SqlitePool::connect(url).await.unwrap();
    let sql = FILL.replace(":count", &count.to_string());
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    pool.close().await;
}
