//! Reading the rows of a CSV file (RFC 4180): first column `address`, the others are fields.

use std::io::Read;

use crate::forms::Attributes;
use crate::mail::{AddressError, EmailAddress};

/// More columns than this is no list of readers.
const MOST_FIELDS: usize = 20;
/// Longer values are cut off as unreadable, not as a text.
const LONGEST_VALUE: usize = 500;

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The first column has another name.
    #[error("the first column must be called `address`, not `{0}`")]
    FirstColumn(String),
    /// A column has no usable name.
    #[error("a column may be named with letters, digits and _, not `{0}`")]
    Column(String),
    /// More columns than a person has fields.
    #[error("there are more than {MOST_FIELDS} columns beside the address")]
    TooManyColumns,
    /// It is no CSV.
    #[error("{0}")]
    Csv(#[from] csv::Error),
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: u64,
    /// What stands in the first column.
    pub address: Result<EmailAddress, AddressError>,
    /// What stands in the others, empty ones left out.
    pub attributes: Attributes,
}

/// A reader whose columns have been looked at.
pub type Opened<R> = (csv::Reader<R>, Vec<String>);

/// Looks at the columns of a file.
///
/// # Errors
/// Why it cannot be read.
pub fn open<R: Read>(source: R) -> Result<Opened<R>, FileError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(source);
    let mut names = reader.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_lowercase());
    let first = names.next().unwrap_or_default();
    if first != "address" {
        return Err(FileError::FirstColumn(first));
    }
    let fields: Vec<String> = names.collect();
    if fields.len() > MOST_FIELDS {
        return Err(FileError::TooManyColumns);
    }
    match fields.iter().find(|name| !is_field_name(name)) {
        Some(bad) => Err(FileError::Column(bad.clone())),
        None => Ok((reader, fields)),
    }
}

/// The rows of an opened file, one by one.
pub fn rows<R: Read>((reader, fields): &mut Opened<R>) -> impl Iterator<Item = Result<Row, FileError>> {
    reader.records().map(|record| {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let given = fields.iter().zip(record.iter().skip(1));
        let attributes = given
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.clone(), value.chars().take(LONGEST_VALUE).collect()))
            .collect();
        Ok(Row { line, address: EmailAddress::parse(record.get(0).unwrap_or_default()), attributes })
    })
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 60 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_with_their_line_their_address_and_their_fields() {
        let text =
            "\u{feff}Address,first_name\nanne@example.org,Anne\n\"no at\", \nzoe@example.org,\"Zoé, B.\",extra\n";
        let mut opened = open(text.as_bytes()).unwrap();
        let rows: Vec<Row> = rows(&mut opened).collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[0].line, rows[0].attributes["first_name"].as_str()), (2, "Anne"));
        assert_eq!(rows[1].address, Err(AddressError::NoAt));
        assert_eq!(rows[1].attributes.len(), 0);
        assert_eq!(rows[2].attributes["first_name"], "Zoé, B.");
    }

    #[test]
    fn a_file_that_does_not_start_with_an_address_column_is_refused() {
        assert!(matches!(open(&b"email,name\n"[..]), Err(FileError::FirstColumn(name)) if name == "email"));
        assert!(matches!(open(&b"address,first name\n"[..]), Err(FileError::Column(_))));
        assert!(matches!(open(&b""[..]), Err(FileError::FirstColumn(_))));
    }
}
