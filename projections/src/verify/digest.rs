//! What is kept of a row while it waits to be compared: a hash for each column.

use std::hash::{DefaultHasher, Hash, Hasher};

use casebook_store::Value;

/// Hashes of a row's values, in the order of its columns.
pub(super) fn digest(values: &[Value]) -> Box<[u64]> {
    values.iter().map(hash).collect()
}

fn hash(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value {
        Value::Null => 0_u8.hash(&mut hasher),
        Value::Int(number) => (1_u8, number).hash(&mut hasher),
        Value::Real(number) => (2_u8, number.to_bits()).hash(&mut hasher),
        Value::Text(text) => (3_u8, text).hash(&mut hasher),
        Value::Bytes(bytes) => (4_u8, bytes).hash(&mut hasher),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_values_are_told_apart() {
        let values = [Value::Null, Value::Int(0), Value::Real(0.0), "".into(), "0".into()];
        let hashes = digest(&values);
        for (index, one) in hashes.iter().enumerate() {
            assert!(!hashes[index + 1..].contains(one), "{:?}", values[index]);
        }
        assert_eq!(digest(&values), hashes);
    }
}
