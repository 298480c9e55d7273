//! The SQL face of read models: queries, batches, compare-and-set, bulk upserts.

use casebook_store::{
    Column, Dialect, Step, Store, StoreError, Upsert, Value, WriteBatch, WriteOutcome,
    count_statements,
};
use casebook_tests::inspect::check_log;
use casebook_tests::{TestDatabase, append, both_databases};

both_databases!(
    values_of_all_kinds_come_back,
    upsert_inserts_and_replaces,
    ten_thousand_rows_are_upserted,
    refused_expectation_changes_nothing,
    checkpoint_moves_by_compare_and_set,
    failing_statement_changes_nothing,
    keys_are_deleted_in_bulk,
    batches_do_not_stop_appends,
    statements_are_counted,
);

/// A store with the table `pets`, columns of every kind.
async fn with_table(database: &TestDatabase) -> Store {
    let sql = match database.dialect() {
        Dialect::Sqlite => {
            "CREATE TABLE pets (tenant TEXT NOT NULL, id INTEGER NOT NULL, name TEXT, weight REAL, \
             photo BLOB, PRIMARY KEY (tenant, id)) STRICT"
        }
        Dialect::Postgres => {
            "CREATE TABLE pets (tenant text NOT NULL, id bigint NOT NULL, name text, \
             weight double precision, photo bytea, PRIMARY KEY (tenant, id))"
        }
    };
    database.raw().await.execute(sql).await.expect("a table");
    database.open().await
}

fn pets(rows: Vec<Vec<Value>>) -> Upsert {
    let columns = vec![
        Column::text("tenant"),
        Column::int("id"),
        Column::text("name"),
        Column::real("weight"),
        Column::bytes("photo"),
    ];
    Upsert { table: "pets".into(), columns, key_columns: 2, rows }
}

fn pet(id: i64, name: &str) -> Vec<Value> {
    vec!["acme".into(), id.into(), name.into(), Value::Real(1.5), Value::Bytes(vec![0, 255])]
}

async fn write(store: &Store, batch: WriteBatch) -> WriteOutcome {
    store.db().write(batch).await.expect("a batch")
}

async fn all(store: &Store) -> Vec<Vec<Value>> {
    let sql = "SELECT tenant, id, name, weight, photo FROM pets ORDER BY tenant, id";
    let rows = store.db().query(sql, &[]).await.expect("rows");
    rows.into_iter().map(casebook_store::Row::into_values).collect()
}

async fn values_of_all_kinds_come_back(database: TestDatabase) {
    let store = with_table(&database).await;
    let rows = vec![
        vec!["acme".into(), i64::MIN.into(), Value::Null, Value::Null, Value::Null],
        vec![
            "acme".into(),
            i64::MAX.into(),
            "é\u{1F436}\"'\\{},NULL".into(),
            1e-300.into(),
            Value::Bytes((0..=255).collect()),
        ],
        vec![
            "big".into(),
            0.into(),
            "x".repeat(300_000).into(),
            f64::MAX.into(),
            Value::Bytes(vec![7; 300_000]),
        ],
        vec!["empty".into(), 1.into(), "".into(), Value::Real(-0.5), Value::Bytes(vec![])],
    ];
    assert_eq!(
        write(&store, WriteBatch::new().upsert(pets(rows.clone()))).await,
        WriteOutcome::Done
    );
    assert_eq!(all(&store).await, rows);
    let sql = "SELECT id FROM pets WHERE tenant = $1 AND id < $2 AND weight IS NULL";
    let found = store.db().query(sql, &["acme".into(), 0.into()]).await.expect("rows");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].int("id").expect("a number"), i64::MIN);
    let none = store.db().query("SELECT id FROM pets WHERE tenant = 'none'", &[]).await;
    assert!(none.expect("rows").is_empty());
}

async fn upsert_inserts_and_replaces(database: TestDatabase) {
    let store = with_table(&database).await;
    let mut other = pet(1, "Rex of another tenant");
    other[0] = "zoo".into();
    write(
        &store,
        WriteBatch::new().upsert(pets(vec![pet(1, "Rex"), pet(2, "Mia"), other.clone()])),
    )
    .await;
    let mut changed = pet(2, "Mia the second");
    changed[3] = Value::Null;
    changed[4] = Value::Null;
    write(&store, WriteBatch::new().upsert(pets(vec![changed.clone(), pet(3, "Bo")]))).await;
    assert_eq!(all(&store).await, [pet(1, "Rex"), changed, pet(3, "Bo"), other]);
    assert_eq!(write(&store, WriteBatch::new().upsert(pets(vec![]))).await, WriteOutcome::Done);
}

async fn ten_thousand_rows_are_upserted(database: TestDatabase) {
    let store = with_table(&database).await;
    let rows = |name: &str| (0..10_000).map(|id| pet(id, name)).collect::<Vec<_>>();
    for name in ["first", "second"] {
        write(&store, WriteBatch::new().upsert(pets(rows(name)))).await;
        let sql = "SELECT count(*) AS n, min(name) AS least, max(name) AS most FROM pets";
        let found = store.db().query(sql, &[]).await.expect("rows").remove(0);
        assert_eq!(found.int("n").expect("a count"), 10_000);
        assert_eq!(found.text("least").expect("a name"), name);
        assert_eq!(found.text("most").expect("a name"), name);
    }
}

async fn refused_expectation_changes_nothing(database: TestDatabase) {
    let store = with_table(&database).await;
    write(&store, WriteBatch::new().upsert(pets(vec![pet(1, "Rex")]))).await;
    let batch = WriteBatch::new()
        .upsert(pets(vec![pet(1, "changed"), pet(2, "new")]))
        .execute("DELETE FROM pets WHERE id = $1", vec![1.into()])
        .expect_rows("UPDATE pets SET name = $1 WHERE id = $2", vec!["x".into(), 99.into()], 1)
        .execute("DELETE FROM pets", vec![]);
    assert_eq!(write(&store, batch).await, WriteOutcome::Refused { step: 2 });
    assert_eq!(all(&store).await, [pet(1, "Rex")]);
    let batch = WriteBatch::new()
        .expect_rows("UPDATE pets SET name = $1 WHERE id < $2", vec!["y".into(), 99.into()], 1)
        .expect_rows("DELETE FROM pets WHERE id = 5", vec![], 0);
    assert_eq!(write(&store, batch).await, WriteOutcome::Done);
    assert_eq!(all(&store).await, [pet(1, "y")]);
}

async fn checkpoint_moves_by_compare_and_set(database: TestDatabase) {
    let store = with_table(&database).await;
    write(&store, WriteBatch::new().upsert(pets(vec![pet(0, "checkpoint")]))).await;
    let beside = match database.dialect() {
        Dialect::Sqlite => store.clone(),
        Dialect::Postgres => database.open_beside().await,
    };
    let mut runners = tokio::task::JoinSet::new();
    for runner in 0..4 {
        let db = if runner % 2 == 0 { store.db() } else { beside.db() }.clone();
        runners.spawn(async move {
            let mut won = 0;
            for step in 0..25 {
                let sql = "UPDATE pets SET weight = $2 WHERE id = 0 AND weight = $1";
                let from = if step == 0 { 1.5 } else { f64::from(step) + 100.0 };
                let to = f64::from(step) + 101.0;
                let batch = WriteBatch::new()
                    .execute("UPDATE pets SET name = name || 'x' WHERE id = 0", vec![])
                    .expect_rows(sql, vec![from.into(), to.into()], 1);
                if db.write(batch).await.expect("a batch") == WriteOutcome::Done {
                    won += 1;
                }
            }
            won
        });
    }
    let won: usize = runners.join_all().await.into_iter().sum();
    let row = all(&store).await.remove(0);
    assert_eq!(row[3], Value::Real(100.0 + won as f64), "each step was done by one runner");
    assert_eq!(row[2], Value::Text(format!("checkpoint{}", "x".repeat(won))));
}

async fn failing_statement_changes_nothing(database: TestDatabase) {
    let store = with_table(&database).await;
    for broken in ["INSERT INTO nowhere VALUES (1)", "UPDATE events SET payload = '{}'"] {
        store.log().append(append("ticket", broken, 0, 1).done()).await.expect("appended");
        let batch = WriteBatch::new().upsert(pets(vec![pet(1, "Rex")])).execute(broken, vec![]);
        let answer = store.db().write(batch).await;
        assert!(matches!(answer, Err(StoreError::Database(_))), "{answer:?}");
        assert_eq!(all(&store).await, [] as [Vec<Value>; 0]);
    }
    let ragged = WriteBatch::new().upsert(pets(vec![vec!["acme".into()]]));
    assert!(matches!(store.db().write(ragged).await, Err(StoreError::Invalid(_))));
    check_log(store.log()).await;
}

async fn keys_are_deleted_in_bulk(database: TestDatabase) {
    let store = with_table(&database).await;
    write(&store, WriteBatch::new().upsert(pets((0..100).map(|id| pet(id, "p")).collect()))).await;
    let mut other = pet(5, "other");
    other[0] = "zoo".into();
    write(&store, WriteBatch::new().upsert(pets(vec![other.clone()]))).await;
    let step = Step::DeleteKeys {
        table: "pets".into(),
        key_columns: vec![Column::text("tenant"), Column::int("id")],
        rows: (1..1_000).map(|id| vec!["acme".into(), id.into()]).collect(),
    };
    assert_eq!(
        write(&store, WriteBatch { steps: vec![step], ..WriteBatch::default() }).await,
        WriteOutcome::Done
    );
    assert_eq!(all(&store).await, [pet(0, "p"), other]);
}

async fn batches_do_not_stop_appends(database: TestDatabase) {
    let store = with_table(&database).await;
    let writer = store.clone();
    let batches = tokio::spawn(async move {
        for round in 0..40_i64 {
            let rows = (0..200).map(|id| pet(id, &round.to_string())).collect();
            write(&writer, WriteBatch::new().upsert(pets(rows))).await;
        }
    });
    let mut appended = 0;
    while !batches.is_finished() || appended < 50 {
        let id = appended.to_string();
        store.log().append(append("ticket", &id, 0, 1).done()).await.expect("appended");
        appended += 1;
    }
    batches.await.expect("no panic");
    assert_eq!(check_log(store.log()).await.len(), appended);
    assert_eq!(all(&store).await.len(), 200);
}

async fn statements_are_counted(database: TestDatabase) {
    let store = with_table(&database).await;
    let (_, count) = count_statements(async {
        for _ in 0..3 {
            store.db().query("SELECT 1 AS one", &[]).await.expect("a row");
        }
    })
    .await;
    assert_eq!(count, 3);
}
