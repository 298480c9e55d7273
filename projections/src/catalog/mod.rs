//! Which read models there are, in which tables, and how far each has come.
//!
//! The table `read_models` has one row per generation. The generation in state `live` is the one
//! that queries see, by a view that bears the read model's name. A checkpoint moves only from the
//! position and epoch that its writer believes in, so two writers can never mix.

mod ddl;

pub(crate) use ddl::{definitions, hidden};

use std::borrow::Cow;
use std::time::Duration;

use casebook_store::{Db, Dialect, Row, Step, Store, StoreError, Value, WriteBatch, WriteOutcome};

use crate::columns::Columns;
use crate::read_model::ReadModel;
use crate::views;

/// Rows that one write deletes on SQLite: with their entries in the indexes, little enough to keep
/// nobody waiting.
const DISCARD_ROWS_MAX: usize = 300;

/// Whether a generation is seen by queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Queries see it.
    Live,
    /// It is being built beside the live one.
    Building,
    /// It was replaced; its table is about to be dropped.
    Retired,
}

impl State {
    const ALL: [Self; 3] = [Self::Live, Self::Building, Self::Retired];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Building => "building",
            Self::Retired => "retired",
        }
    }
}

/// One generation of a read model, as the catalog knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Name of the read model.
    pub name: String,
    /// Version of row and fold that made it.
    pub version: u32,
    /// Number of the generation, rising within the read model.
    pub generation: u64,
    /// Its table.
    pub table: String,
    /// Whether queries see it.
    pub state: State,
    /// Position up to which the log is folded into it.
    pub position: u64,
    /// Rises with every new writer.
    pub epoch: u64,
    /// Why it stands still, without personal data.
    pub error: Option<String>,
}

const COLUMNS: &str =
    "name, version, generation, table_name, state, position, epoch, error FROM read_models";

/// Picks one generation whose writer believes in this epoch.
const MINE: &str = "name = $1 AND generation = $2 AND epoch = $3";

/// All generations of all read models, as the database knows them; needs no right to write.
///
/// # Errors
/// [`StoreError`] when the database cannot answer.
pub async fn generations(store: &Store) -> Result<Vec<Generation>, StoreError> {
    let catalog = Catalog::new(store.db().clone());
    if catalog.exists().await? { catalog.all().await } else { Ok(Vec::new()) }
}

/// The table `read_models`.
#[derive(Clone, Debug)]
pub(crate) struct Catalog {
    db: Db,
}

impl Catalog {
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Makes the table if it is missing.
    pub async fn ensure(&self) -> Result<(), StoreError> {
        let mut batch = WriteBatch::new().execute(ddl::CATALOG[self.index()], vec![]);
        if self.db.dialect() == Dialect::Postgres {
            batch = batch.execute(ddl::hidden("read_models"), vec![]);
        }
        self.db.write(batch).await.map(drop)
    }

    /// Whether the table is there; needs no right to write.
    pub async fn exists(&self) -> Result<bool, StoreError> {
        Ok(!self.db.query(ddl::CATALOG_EXISTS[self.index()], &[]).await?.is_empty())
    }

    /// All generations of a read model, the oldest first.
    pub async fn generations(&self, name: &str) -> Result<Vec<Generation>, StoreError> {
        let sql = format!("SELECT {COLUMNS} WHERE name = $1 ORDER BY generation");
        self.db.query(&sql, &[name.into()]).await?.iter().map(generation).collect()
    }

    /// All generations of all read models, by name.
    pub async fn all(&self) -> Result<Vec<Generation>, StoreError> {
        let sql = format!("SELECT {COLUMNS} ORDER BY name, generation");
        self.db.query(&sql, &[]).await?.iter().map(generation).collect()
    }

    /// Generations that nobody will use: replaced ones, and half-built ones that have not grown for
    /// `idle`. Those of the process itself are among them when `idle` is zero.
    pub async fn abandoned(
        &self,
        name: &str,
        idle: Duration,
    ) -> Result<Vec<Generation>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} WHERE name = $1 AND (state = 'retired' OR \
             (state = 'building' AND updated_at <= {} - $2::bigint)) ORDER BY generation",
            self.now()
        );
        let idle = i64::try_from(idle.as_micros()).unwrap_or(i64::MAX);
        self.db.query(&sql, &[name.into(), idle.into()]).await?.iter().map(generation).collect()
    }

    /// The generation that queries see.
    pub async fn live(&self, name: &str) -> Result<Option<Generation>, StoreError> {
        let all = self.generations(name).await?;
        Ok(all.into_iter().find(|generation| generation.state == State::Live))
    }

    /// Makes the next generation; `None` when another process was faster.
    pub async fn create<M: ReadModel>(
        &self,
        state: State,
        with_indexes: bool,
    ) -> Result<Option<Generation>, StoreError> {
        let last = self.generations(M::NAME).await?.last().map_or(0, |last| last.generation);
        let made = Generation {
            name: M::NAME.to_owned(),
            version: M::VERSION,
            generation: last + 1,
            table: format!("{}_{}_{}", M::NAME, M::VERSION, last + 1),
            state,
            position: 0,
            epoch: 1,
            error: None,
        };
        let insert = format!(
            "INSERT INTO read_models (name, version, generation, table_name, state, position, \
             epoch, updated_at, error) VALUES ($1, $2, $3, $4, $5, 0, 1, {}, NULL) \
             ON CONFLICT (name, generation) DO NOTHING",
            self.now()
        );
        let params = vec![
            Value::from(&made.name),
            made.version.into(),
            made.generation.into(),
            Value::from(&made.table),
            state.name().into(),
        ];
        let mut batch = WriteBatch::new().expect_rows(insert, params, 1);
        for sql in ddl::create_table::<M::Row>(self.db.dialect(), &made.table) {
            batch = batch.execute(sql, vec![]);
        }
        if with_indexes {
            batch.steps.extend(self.index_steps::<M>(&made));
        }
        if state == State::Live {
            batch.steps.extend(self.view_steps::<M::Row>(&made, None));
        }
        let outcome = self.db.write(batch).await?;
        Ok((outcome == WriteOutcome::Done).then_some(made))
    }

    /// Builds the indexes of a generation that was made without.
    pub async fn create_indexes<M: ReadModel>(&self, of: &Generation) -> Result<(), StoreError> {
        for step in self.index_steps::<M>(of) {
            self.touch(of).await?;
            let mut batch = WriteBatch::new();
            if self.db.dialect() == Dialect::Postgres {
                // It takes as long as the table is large; nobody else knows of the table yet.
                batch = batch.execute("SET LOCAL statement_timeout = 0", vec![]);
            }
            batch.steps.push(step);
            self.db.write(batch).await?;
        }
        Ok(())
    }

    fn index_steps<M: ReadModel>(&self, of: &Generation) -> Vec<Step> {
        M::INDEXES.iter().map(|index| execute(ddl::create_index(&of.table, index))).collect()
    }

    fn view_steps<R: Columns>(&self, of: &Generation, replaced: Option<&Generation>) -> Vec<Step> {
        let same_columns = replaced.is_some_and(|old| old.version == of.version);
        let statements = ddl::view::<R>(self.db.dialect(), &of.name, &of.table, same_columns);
        statements.into_iter().map(execute).collect()
    }

    /// Becomes the one writer of a generation: earlier writers are refused from now on. `None`
    /// when another process was faster.
    pub async fn claim(&self, of: &Generation) -> Result<Option<Generation>, StoreError> {
        let sql = format!(
            "UPDATE read_models SET epoch = epoch + 1, error = NULL, updated_at = {} WHERE {MINE} \
             AND position = $4",
            self.now()
        );
        let mut params = mine(of);
        params.push(of.position.into());
        let outcome = self.db.write(WriteBatch::new().expect_rows(sql, params, 1)).await?;
        let claimed = Generation { epoch: of.epoch + 1, error: None, ..of.clone() };
        Ok((outcome == WriteOutcome::Done).then_some(claimed))
    }

    /// The step that moves a checkpoint; it refuses its batch when another writer took over.
    pub fn checkpoint(&self, of: &Generation, to: u64) -> Step {
        let sql = format!(
            "UPDATE read_models SET position = $5, updated_at = {} WHERE {MINE} AND position = $4",
            self.now()
        );
        let mut params = mine(of);
        params.extend([of.position.into(), to.into()]);
        Step::Expect { sql: Cow::Owned(sql), params, rows: 1 }
    }

    /// Lets queries and SQL views see `next` instead of `live`, in one transaction; false when
    /// another writer took over one of them.
    pub async fn switch<M: ReadModel>(
        &self,
        live: &Generation,
        next: &Generation,
    ) -> Result<bool, StoreError> {
        let mut batch = WriteBatch::new();
        for (of, state) in [(live, State::Retired), (next, State::Live)] {
            let sql = format!(
                "UPDATE read_models SET state = $4, updated_at = {} WHERE {MINE}",
                self.now()
            );
            let mut params = mine(of);
            params.push(state.name().into());
            batch = batch.expect_rows(sql, params, 1);
        }
        batch.steps.extend(views::step(self.db.dialect()));
        batch.steps.extend(self.view_steps::<M::Row>(next, Some(live)));
        Ok(self.db.write(batch).await? == WriteOutcome::Done)
    }

    /// Drops the table of a generation that nobody sees; false while somebody still does. On
    /// SQLite the rows go in slices first, because dropping a large table would hold the writer.
    pub async fn discard(&self, of: &Generation, slice_rows: usize) -> Result<bool, StoreError> {
        if self.db.dialect() == Dialect::Postgres {
            let sql = ddl::discard(&of.name, of.generation, &of.table);
            self.db.write(WriteBatch::new().execute(sql, vec![])).await?;
            let left = self.generations(&of.name).await?;
            return Ok(left.iter().all(|left| left.generation != of.generation));
        }
        let slice_rows = slice_rows.min(DISCARD_ROWS_MAX);
        let delete = format!(
            "DELETE FROM {0} WHERE rowid IN (SELECT rowid FROM {0} LIMIT {slice_rows})",
            of.table
        );
        let any = format!("SELECT 1 FROM {} LIMIT 1", of.table);
        while !self.db.query(&any, &[]).await?.is_empty() {
            self.db.write(WriteBatch::new().execute(delete.clone(), vec![])).await?;
        }
        let forget = "DELETE FROM read_models WHERE name = $1 AND generation = $2";
        let key = vec![Value::from(&of.name), of.generation.into()];
        let batch = WriteBatch::new()
            .execute(format!("DROP TABLE IF EXISTS {}", of.table), vec![])
            .execute(forget, key);
        self.db.write(batch).await?;
        Ok(true)
    }

    /// Shows that somebody works on a generation, though it has not grown.
    pub async fn touch(&self, of: &Generation) -> Result<(), StoreError> {
        let sql = format!("UPDATE read_models SET updated_at = {} WHERE {MINE}", self.now());
        self.db.write(WriteBatch::new().execute(sql, mine(of))).await.map(drop)
    }

    /// Notes why a generation stands still.
    pub async fn note_error(&self, of: &Generation, error: &str) -> Result<(), StoreError> {
        let sql =
            format!("UPDATE read_models SET error = $4, updated_at = {} WHERE {MINE}", self.now());
        let mut params = mine(of);
        params.push(error.into());
        self.db.write(WriteBatch::new().execute(sql, params)).await.map(drop)
    }

    const fn index(&self) -> usize {
        match self.db.dialect() {
            Dialect::Sqlite => 0,
            Dialect::Postgres => 1,
        }
    }

    /// The database's clock, in microseconds; for the operator's eye only.
    const fn now(&self) -> &'static str {
        ["CAST(unixepoch('subsec') * 1000000 AS INTEGER)", ddl::POSTGRES_NOW][self.index()]
    }
}

fn execute(sql: String) -> Step {
    Step::Execute { sql: Cow::Owned(sql), params: vec![] }
}

fn mine(of: &Generation) -> Vec<Value> {
    vec![Value::from(&of.name), of.generation.into(), of.epoch.into()]
}

fn generation(row: &Row) -> Result<Generation, StoreError> {
    let state = row.text("state")?;
    let unknown = StoreError::Column { column: "state".into(), problem: "is not a known state" };
    Ok(Generation {
        name: row.text("name")?.to_owned(),
        version: u32::try_from(row.uint("version")?).unwrap_or(u32::MAX),
        generation: row.uint("generation")?,
        table: row.text("table_name")?.to_owned(),
        state: State::ALL.into_iter().find(|known| known.name() == state).ok_or(unknown)?,
        position: row.uint("position")?,
        epoch: row.uint("epoch")?,
        error: row.opt_text("error")?.map(str::to_owned),
    })
}
