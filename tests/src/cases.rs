//! One case, two databases.

/// Makes two tests of each case, `<case>::sqlite` and `<case>::postgres`.
///
/// A case is an `async fn(TestDatabase)`; it is given an empty, migrated database.
#[macro_export]
macro_rules! both_databases {
    ($($case:ident),+ $(,)?) => { $(
        mod $case {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                $crate::wait::bounded(super::$case($crate::TestDatabase::sqlite().await)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn postgres() {
                $crate::wait::bounded(super::$case($crate::TestDatabase::postgres().await)).await;
            }
        }
    )+ };
}

/// Makes one test of each case, on PostgreSQL, where SQLite has nothing that corresponds.
#[macro_export]
macro_rules! postgres_only {
    ($($case:ident),+ $(,)?) => { $(
        mod $case {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn postgres() {
                $crate::wait::bounded(super::$case($crate::TestDatabase::postgres().await)).await;
            }
        }
    )+ };
}

/// Makes one test of each case, on SQLite, where PostgreSQL has nothing that corresponds.
#[macro_export]
macro_rules! sqlite_only {
    ($($case:ident),+ $(,)?) => { $(
        mod $case {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                $crate::wait::bounded(super::$case($crate::TestDatabase::sqlite().await)).await;
            }
        }
    )+ };
}
