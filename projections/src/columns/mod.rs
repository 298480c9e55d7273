//! Rows of read models as plain structs, and the one place where they become columns.
//!
//! [`row!`](crate::columns::row) declares a struct once; column list, values and reading follow
//! from it, so that a table, its writes and its reads cannot drift apart.

mod field;
mod json;

pub use field::Field;
pub(crate) use field::{from_serde_name, meaningless, serde_name, text_fields};
pub(crate) use json::{json_fields, json_value, read_json};

use casebook_domain::Personal;
use casebook_store::{Column, Kind, Row, StoreError, Value};

/// One column of a read model's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Name in the table; equal to the name of the field.
    pub name: &'static str,
    /// How the value is stored.
    pub kind: Kind,
    /// Whether it may be NULL.
    pub nullable: bool,
}

impl ColumnSpec {
    /// The column that holds a field of type `F` under `name`.
    pub const fn of<F: Field>(name: &'static str) -> Self {
        Self { name, kind: F::KIND, nullable: F::NULLABLE }
    }

    /// The column as an upsert names it.
    pub fn to_store(self) -> Column {
        Column { name: self.name.into(), kind: self.kind }
    }
}

/// A struct that is stored as one row of a table.
pub trait Columns: Sized {
    /// All columns, the key first, in the order of the fields.
    const COLUMNS: &'static [ColumnSpec];

    /// The values in the order of [`Self::COLUMNS`].
    fn values(&self) -> Vec<Value>;

    /// Reads a row that was selected with [`select_list`].
    ///
    /// # Errors
    /// [`StoreError::Column`] when a stored value is not of the field's type.
    fn from_row(row: &Row) -> Result<Self, StoreError>;
}

/// The columns of `R`, separated by commas, for a SELECT.
pub fn select_list<R: Columns>() -> String {
    let names: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
    names.join(", ")
}

/// A person's text, unless there is none or it has been erased.
pub(crate) fn known(text: Option<&Personal<String>>) -> Option<String> {
    text.and_then(Personal::get).cloned()
}

/// Declares a row: a plain struct whose fields are its columns. `Debug` shows only the key (the
/// first two fields), because the others may tell something about a person.
macro_rules! row {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(#[$tenant_meta:meta])* pub tenant: String,
            $(#[$key_meta:meta])* pub $key:ident: $key_type:ident,
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, serde::Serialize)]
        pub struct $name {
            $(#[$tenant_meta])* pub tenant: String,
            $(#[$key_meta])* pub $key: $key_type,
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $crate::columns::Columns for $name {
            const COLUMNS: &'static [$crate::columns::ColumnSpec] = &[
                $crate::columns::ColumnSpec::of::<String>("tenant"),
                $crate::columns::ColumnSpec::of::<$key_type>(stringify!($key)),
                $($crate::columns::ColumnSpec::of::<$type>(stringify!($field)),)*
            ];

            fn values(&self) -> Vec<casebook_store::Value> {
                use $crate::columns::Field;
                vec![self.tenant.value(), self.$key.value(), $(self.$field.value(),)*]
            }

            fn from_row(
                row: &casebook_store::Row,
            ) -> Result<Self, casebook_store::StoreError> {
                use $crate::columns::Field;
                Ok(Self {
                    tenant: String::read(row, "tenant")?,
                    $key: <$key_type>::read(row, stringify!($key))?,
                    $($field: <$type>::read(row, stringify!($field))?,)*
                })
            }
        }

        impl $crate::read_model::KeyedRow for $name {
            fn key(&self) -> $crate::read_model::RowKey {
                $crate::read_model::RowKey::new(&self.tenant, self.$key.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("tenant", &self.tenant)
                    .field(stringify!($key), &self.$key)
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use row;
