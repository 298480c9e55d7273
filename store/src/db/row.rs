//! One row of an answer, read by column with typed getters.

use std::sync::Arc;

use casebook_domain::Timestamp;

use super::Value;
use crate::StoreError;

/// One row of an answer. Getters name the column in their error.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

/// A column, by name or by index from 0.
pub trait ColumnRef {
    /// Index of the column among `columns`.
    fn find(&self, columns: &[String]) -> Option<usize>;
    /// The column as error texts name it.
    fn name(&self) -> String;
}

impl ColumnRef for usize {
    fn find(&self, columns: &[String]) -> Option<usize> {
        (*self < columns.len()).then_some(*self)
    }

    fn name(&self) -> String {
        format!("#{self}")
    }
}

impl ColumnRef for &str {
    fn find(&self, columns: &[String]) -> Option<usize> {
        columns.iter().position(|column| column == self)
    }

    fn name(&self) -> String {
        (*self).to_owned()
    }
}

impl Row {
    pub(crate) const fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// All values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The values themselves, in the order of the columns.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// The value of a column.
    ///
    /// # Errors
    /// [`StoreError::Column`] when there is no such column; the same for all getters below, which
    /// also fail on a value of another type and, without `opt_`, on null.
    pub fn value(&self, column: impl ColumnRef) -> Result<&Value, StoreError> {
        match column.find(&self.columns).and_then(|index| self.values.get(index)) {
            Some(value) => Ok(value),
            None => Err(problem(&column, "is not in the answer")),
        }
    }

    /// A whole number.
    pub fn int(&self, column: impl ColumnRef + Copy) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| null(&column))
    }

    /// A whole number or null.
    pub fn opt_int(&self, column: impl ColumnRef + Copy) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Int(value) => Ok(Some(*value)),
            _ => Err(problem(&column, "is not a whole number")),
        }
    }

    /// A whole number that is never negative, such as a position.
    pub fn uint(&self, column: impl ColumnRef + Copy) -> Result<u64, StoreError> {
        u64::try_from(self.int(column)?).map_err(|_| problem(&column, "is negative"))
    }

    /// A truth value, stored as 0 or 1.
    pub fn bool(&self, column: impl ColumnRef + Copy) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// An instant, stored as microseconds.
    pub fn timestamp(&self, column: impl ColumnRef + Copy) -> Result<Timestamp, StoreError> {
        self.int(column).map(Timestamp::from_micros)
    }

    /// An instant or null.
    pub fn opt_timestamp(
        &self,
        column: impl ColumnRef + Copy,
    ) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.opt_int(column)?.map(Timestamp::from_micros))
    }

    /// A floating-point number; whole numbers are taken as well.
    pub fn real(&self, column: impl ColumnRef + Copy) -> Result<f64, StoreError> {
        self.opt_real(column)?.ok_or_else(|| null(&column))
    }

    /// A floating-point number or null.
    pub fn opt_real(&self, column: impl ColumnRef + Copy) -> Result<Option<f64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Real(value) => Ok(Some(*value)),
            Value::Int(value) => Ok(Some(*value as f64)),
            _ => Err(problem(&column, "is not a number")),
        }
    }

    /// Text.
    pub fn text(&self, column: impl ColumnRef + Copy) -> Result<&str, StoreError> {
        self.opt_text(column)?.ok_or_else(|| null(&column))
    }

    /// Text or null.
    pub fn opt_text(&self, column: impl ColumnRef + Copy) -> Result<Option<&str>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(value) => Ok(Some(value)),
            _ => Err(problem(&column, "is not text")),
        }
    }

    /// Raw bytes.
    pub fn bytes(&self, column: impl ColumnRef + Copy) -> Result<&[u8], StoreError> {
        self.opt_bytes(column)?.ok_or_else(|| null(&column))
    }

    /// Raw bytes or null.
    pub fn opt_bytes(&self, column: impl ColumnRef + Copy) -> Result<Option<&[u8]>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Bytes(value) => Ok(Some(value)),
            _ => Err(problem(&column, "is not bytes")),
        }
    }
}

fn null(column: &impl ColumnRef) -> StoreError {
    problem(column, "is null")
}

fn problem(column: &impl ColumnRef, problem: &'static str) -> StoreError {
    StoreError::Column { column: column.name(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let columns = ["n", "x", "t", "b", "none"].map(String::from);
        let values = vec![
            Value::Int(-7),
            Value::Real(1.5),
            Value::Text("a".into()),
            Value::Bytes(vec![1]),
            Value::Null,
        ];
        Row::new(columns.into(), values)
    }

    #[test]
    fn getters_read_by_name_and_index() {
        let row = row();
        assert_eq!(row.int("n").expect("int"), -7);
        assert_eq!(row.int(0).expect("int"), -7);
        assert_eq!(row.real("n").expect("real"), -7.0);
        assert_eq!(row.real("x").expect("real"), 1.5);
        assert_eq!(row.text("t").expect("text"), "a");
        assert_eq!(row.bytes("b").expect("bytes"), [1]);
        assert_eq!(row.opt_text("none").expect("null"), None);
    }

    #[test]
    fn errors_name_the_column() {
        let row = row();
        let text = |result: Result<i64, StoreError>| result.expect_err("must fail").to_string();
        assert_eq!(text(row.int("none")), "column none: is null");
        assert_eq!(text(row.int("t")), "column t: is not a whole number");
        assert_eq!(text(row.int("missing")), "column missing: is not in the answer");
        assert_eq!(text(row.int(9)), "column #9: is not in the answer");
        assert!(row.uint("n").is_err());
    }
}
