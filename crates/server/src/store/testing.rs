//! Stores for tests: a fresh SQLite file, and a fresh PostgreSQL schema where
//! `VESTIBULE_TEST_POSTGRES` names a server (`./test` starts one).

use super::Store;

/// A store that ends with its test.
pub(crate) struct Opened {
    pub(crate) database: &'static str,
    pub(crate) store: Store,
    pub(crate) url: String,
    _folder: Option<tempfile::TempDir>,
}

/// A store on every database there is.
pub(crate) async fn stores() -> Vec<Opened> {
    let mut all = vec![sqlite().await];
    match postgres_server() {
        Some(server) => all.push(postgres(&server).await),
        None => eprintln!("SKIPPED on PostgreSQL: set VESTIBULE_TEST_POSTGRES to a server's address"),
    }
    all
}

/// A store in a fresh SQLite file.
pub(crate) async fn sqlite() -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test ?#%.db").display());
    let store = Store::open(&url).await.unwrap();
    Opened { database: "SQLite", store, url, _folder: Some(folder) }
}

#[expect(clippy::disallowed_methods, reason = "tests are set up by ./test, not by a configuration")]
fn postgres_server() -> Option<String> {
    std::env::var("VESTIBULE_TEST_POSTGRES").ok()
}

/// A store in a schema of its own, so that tests do not see each other's rows.
async fn postgres(server: &str) -> Opened {
    sqlx::any::install_default_drivers();
    let schema = format!("t{}", crate::chance::uuid().replace('-', ""));
    let setup = sqlx::AnyPool::connect(server).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&setup).await.unwrap();
    setup.close().await;
    let joint = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{joint}options[search_path]={schema}");
    let store = Store::open(&url).await.unwrap();
    Opened { database: "PostgreSQL", store, url, _folder: None }
}
