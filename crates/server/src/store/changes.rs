//! Several writes that happen together or not at all.
//!
//! In: [`Change`]s. Out: whether they happened. PostgreSQL runs them as a transaction of so many statements. SQLite, whose
//! every statement is a way to a thread and back, gets the whole transaction as one text, in which a refused change is an
//! error that ends it.

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Executor};

use super::audit::{self, AuditRow};
use super::db::Store;
use super::error::StoreError;
use super::lockouts;
use super::records::{self, Kind, Record};

/// One change of several that happen together or not at all ([`Store::apply`]).
#[derive(Clone, Debug)]
pub enum Change {
    /// Writes the record, whether or not one is there.
    Put(Record),
    /// Writes the record; refused when one is there that has not been purged.
    Create(Record),
    /// Writes the record; refused when its version is not the stored one.
    Swap(Record),
    /// Removes the record; refused when it is not there at this version.
    Take(Record),
    /// Removes the record, whether or not it is there and whatever its version.
    Forget(Record),
    /// Removes all records of an owner and kind.
    DropOwner {
        /// The tenant.
        tenant: String,
        /// The owner.
        owner: String,
        /// The kind.
        kind: Kind,
    },
    /// Forgets the failures of an account in one scope, or in all where it is empty.
    ClearLockout {
        /// The tenant.
        tenant: String,
        /// The account.
        account: String,
        /// The scope.
        scope: String,
    },
    /// Adds an event to the audit log.
    Audit(AuditRow),
}

/// A value of a statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Number(i64),
}

/// A statement with its values in the order of their numbers.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value<'a>>,
    /// Whether it is refused when it touches no row.
    pub(super) must_touch: bool,
}

/// A table that takes no null: writing one into it ends the transaction. Made for each writing connection.
pub(super) const REFUSAL: &str = "CREATE TEMP TABLE IF NOT EXISTS refusal (reason TEXT NOT NULL)";
const REFUSED: &str = "INSERT INTO refusal SELECT NULL WHERE changes() = 0";

/// Changes that SQLite gets as one text: texts are kept once they are prepared, so they must be few and short.
const MOST_AT_ONCE: usize = 12;

impl Change {
    fn statement(&self) -> Statement<'_> {
        match self {
            Self::Put(record) => records::put(record),
            Self::Create(record) => records::create(record),
            Self::Swap(record) => records::swap(record),
            Self::Take(record) => records::take(record),
            Self::Forget(record) => records::forget(record),
            Self::DropOwner { tenant, owner, kind } => records::drop_owner(tenant, owner, *kind),
            Self::ClearLockout { tenant, account, scope } => lockouts::clear(tenant, account, scope),
            Self::Audit(row) => audit::insert(row),
        }
    }
}

impl Statement<'_> {
    /// Runs it; answers how many rows it touched.
    pub(super) async fn run<'e>(
        &self,
        executor: impl Executor<'e, Database = Any>,
    ) -> Result<u64, StoreError> {
        let bound = self.values.iter().fold(sqlx::query(self.sql), bind);
        Ok(bound.execute(executor).await?.rows_affected())
    }
}

impl Store {
    /// Does all changes in one transaction. `false`: one of them was refused, so none happened.
    ///
    /// # Errors
    /// As of any statement; nothing happened then either.
    pub async fn apply(&self, changes: &[Change]) -> Result<bool, StoreError> {
        let statements: Vec<Statement<'_>> = changes.iter().map(Change::statement).collect();
        match statements.as_slice() {
            [] => Ok(true),
            [one] => Ok(one.run(&mut *self.writer().await?).await? > 0 || !one.must_touch),
            all if self.is_sqlite() && all.len() <= MOST_AT_ONCE => self.at_once(all).await,
            all => self.one_by_one(all).await,
        }
    }

    async fn one_by_one(&self, statements: &[Statement<'_>]) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        for statement in statements {
            if statement.run(&mut *transaction).await? == 0 && statement.must_touch {
                transaction.rollback().await?;
                return Ok(false);
            }
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn at_once(&self, statements: &[Statement<'_>]) -> Result<bool, StoreError> {
        let text = AssertSqlSafe(whole(statements));
        let values = statements.iter().flat_map(|statement| &statement.values);
        let mut open = self.unbegun().await?;
        let outcome = values.fold(sqlx::query(text), bind).execute(&mut *open).await;
        match outcome {
            Ok(_) => {
                open.has_ended();
                Ok(true)
            }
            Err(error) => {
                open.give_up().await;
                let refused = error.as_database_error().is_some_and(|cause| {
                    cause.kind() == sqlx::error::ErrorKind::NotNullViolation
                        && cause.message().contains("refusal.")
                });
                if refused { Ok(false) } else { Err(error.into()) }
            }
        }
    }
}

/// The statements as one transaction, their values numbered through.
fn whole(statements: &[Statement<'_>]) -> String {
    let mut text = "BEGIN IMMEDIATE".to_owned();
    let mut before = 0;
    for statement in statements {
        text.push_str("; ");
        let mut parts = statement.sql.split('$');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
            let number = part.strip_suffix(rest).and_then(|digits| digits.parse::<usize>().ok()).unwrap_or(0);
            text.push_str(&format!("${}{rest}", before + number));
        }
        if statement.must_touch {
            text.push_str("; ");
            text.push_str(REFUSED);
        }
        before += statement.values.len();
    }
    text.push_str("; COMMIT");
    text
}

fn bind<'q>(query: Query<'q, Any, AnyArguments>, value: &Value<'_>) -> Query<'q, Any, AnyArguments> {
    match value {
        Value::Text(text) => query.bind((*text).to_owned()),
        Value::Number(number) => query.bind(*number),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::testing::stores;
    use super::super::{AuditFilter, KeyHash, LockoutKey};
    use super::*;

    const TENANT: &str = "t";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn record(kind: Kind, secret: &str) -> Record {
        let (tenant, owner) = (TENANT.to_owned(), "alice".to_owned());
        let (key, body) = (KeyHash::of(secret), "{}".to_owned());
        Record { kind, key, tenant, owner, version: 0, expires: at(60), body }
    }

    fn event(id: &str) -> Change {
        let text = |text: &str| text.to_owned();
        Change::Audit(AuditRow {
            id: text(id),
            tenant: text(TENANT),
            at: at(1),
            category: text("Authentication"),
            activity: text("Sign out"),
            result: text("success"),
            target: text("alice"),
            body: text("{}"),
        })
    }

    #[tokio::test]
    async fn records_failures_and_events_change_together_or_not_at_all() {
        for opened in stores().await {
            let (store, database) = (&opened.store, opened.database);
            let key = LockoutKey { tenant: TENANT, account: "alice", scope: "familiar" };
            assert!(store.count_try(key, true, (10, at(0))).await.unwrap());
            let journey = record(Kind::Journey, "j");
            store.put(&journey).await.unwrap();
            let clear = || Change::ClearLockout {
                tenant: TENANT.into(),
                account: "alice".into(),
                scope: "familiar".into(),
            };
            let stale = Change::Swap(Record { version: 7, ..journey.clone() });
            let code = record(Kind::Code, "c");
            let refused = [Change::Put(code.clone()), clear(), event("1"), stale, event("2")];
            assert!(!store.apply(&refused).await.unwrap(), "{database}");
            let events = || async { store.audit(TENANT, &AuditFilter::default()).await.unwrap().len() };
            let failures = || store.change_lockout(key, true, at(0), |row| row.failures);
            assert_eq!((events().await, failures().await.unwrap()), (0, 1), "{database}");
            assert!(store.get(TENANT, Kind::Code, &code.key, at(0)).await.unwrap().is_none());

            let fits = Change::Swap(Record { version: 1, ..journey.clone() });
            let gone = Change::Forget(record(Kind::BrowserSession, "never there"));
            assert!(
                store.apply(&[Change::Put(code.clone()), clear(), event("1"), fits, gone]).await.unwrap()
            );
            assert_eq!((events().await, failures().await.unwrap()), (1, 0), "{database}");
            assert!(store.get(TENANT, Kind::Code, &code.key, at(0)).await.unwrap().is_some());
            assert!(store.apply(&[]).await.unwrap());
            // A failure that is no refusal stays one: the event's id is taken.
            assert!(store.apply(&[Change::Forget(code.clone()), event("1")]).await.is_err(), "{database}");
            assert!(store.get(TENANT, Kind::Code, &code.key, at(0)).await.unwrap().is_some());
        }
    }

    #[tokio::test]
    async fn a_try_is_counted_by_one_statement_until_it_could_lock() {
        for opened in stores().await {
            let (store, database) = (&opened.store, opened.database);
            let key = LockoutKey { tenant: TENANT, account: "bob", scope: "unfamiliar" };
            let counted: Vec<bool> =
                [store.count_try(key, true, (3, at(0))).await, store.count_try(key, true, (3, at(0))).await]
                    .map(Result::unwrap)
                    .to_vec();
            assert_eq!(counted, [true, true]);
            assert!(
                !store.count_try(key, true, (3, at(0))).await.unwrap(),
                "{database}: the third could lock"
            );
            let row = store.change_lockout(key, true, at(0), |row| row.clone()).await.unwrap();
            assert_eq!((row.tries, row.failures, row.known), (2, 2, true), "{database}: it changed nothing");
            store.change_lockout(key, true, at(0), |row| row.locked_until = at(50)).await.unwrap();
            assert!(!store.count_try(key, true, (9, at(49))).await.unwrap(), "{database}: locked");
            assert!(store.count_try(key, true, (9, at(50))).await.unwrap(), "{database}: not any more");
        }
    }

    #[tokio::test]
    async fn of_two_records_the_first_that_is_there_is_named() {
        for opened in stores().await {
            let (one, other) = (record(Kind::KnownDevice, "d"), record(Kind::FamiliarAddress, "a"));
            let both = ((one.kind, &one.key), (other.kind, &other.key));
            let named = |now| opened.store.either(TENANT, both, at(now));
            assert_eq!(named(0).await.unwrap(), None, "{}", opened.database);
            opened.store.put(&other).await.unwrap();
            assert_eq!(named(0).await.unwrap(), Some(Kind::FamiliarAddress));
            opened.store.put(&one).await.unwrap();
            assert_eq!(named(0).await.unwrap(), Some(Kind::KnownDevice));
            assert_eq!(named(60).await.unwrap(), None, "expired");
        }
    }

    #[test]
    fn statements_become_one_text_with_their_values_numbered_through() {
        let statement =
            |sql, must_touch| Statement { sql, values: vec![Value::Text("a"), Value::Number(1)], must_touch };
        let text =
            whole(&[statement("A $1 B ($2, $1)", true), statement("C $2", false), statement("D $1", true)]);
        let refused = REFUSED;
        assert_eq!(
            text,
            format!("BEGIN IMMEDIATE; A $1 B ($2, $1); {refused}; C $4; D $5; {refused}; COMMIT")
        );
    }
}
