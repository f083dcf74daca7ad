//! The tables as `src/storage/schema.rs` writes them down.

use std::collections::BTreeMap;

/// Name and type of every column, in order, by table.
pub(super) type Tables = BTreeMap<String, Vec<(String, String)>>;

/// Reads the `table!` blocks: a line with a brace opens a table, a line with an arrow is a column.
pub(super) fn tables() -> Tables {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/storage/schema.rs")).unwrap();
    let mut tables = Tables::new();
    let mut current = String::new();
    for line in text.lines().map(str::trim) {
        if let Some((column, kind)) = line.split_once(" -> ") {
            let column = (column.to_owned(), kind.trim_end_matches(',').to_owned());
            tables.get_mut(&current).unwrap().push(column);
        } else if line.ends_with(") {") {
            current = line.split(' ').next().unwrap().to_owned();
            tables.insert(current.clone(), Vec::new());
        }
    }
    tables
}
