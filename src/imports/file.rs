//! Reading the rows of a CSV file (RFC 4180): first column `address`, the others are fields.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use super::decode::Decoded;
use super::format::{Delimiter, Encoding, delimiter_of, encoding_of};
use crate::forms::name_of;

/// More columns than this is no list of readers.
const MOST_FIELDS: usize = 20;
/// A field is named with at most so many letters.
const LONGEST_NAME: usize = 60;
/// Longer values are cut off as unreadable, not as a text.
const LONGEST_VALUE: usize = 500;
/// The part of a file that shows what stands between its values.
const BEGINNING: u64 = 64 * 1024;
/// Rows that are shown before anything is done.
const SHOWN: usize = 5;

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The first column has another name.
    #[error("the first column must be called `address`, not `{0}`")]
    FirstColumn(String),
    /// A column has no name, one that is too long, or the name of another one.
    #[error("the column `{0}` cannot be named: each needs a name of its own, with letters or digits")]
    Column(String),
    /// More columns than a person has fields.
    #[error("there are more than {MOST_FIELDS} columns beside the address")]
    TooManyColumns,
    /// Nothing stands below the names of the columns.
    #[error("there is no row below the names of the columns")]
    NoRows,
    /// It is no CSV.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// One row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row(
    /// Its line in the file, from 1.
    pub u64,
    /// What stands in the first column.
    pub String,
    /// What stands in the others.
    pub Vec<String>,
);

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Its letters.
    pub encoding: Encoding,
    /// What stands between its values.
    pub delimiter: Delimiter,
}

/// What a file is, found before anything is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// How it is written.
    pub format: Format,
    /// The names of its columns behind the address.
    pub columns: Vec<String>,
    /// Its first rows.
    pub first: Vec<Row>,
    /// How many rows it has.
    pub rows: u64,
}

/// Reads a file through to its end and says what it is; an encoding or a delimiter that is given is not looked for.
///
/// # Errors
/// Why it cannot be read, with the line where it has one.
pub fn look(file: &mut File, encoding: Option<Encoding>, delimiter: Option<Delimiter>) -> Result<Look, FileError> {
    file.seek(SeekFrom::Start(0))?;
    let encoding = match encoding {
        Some(encoding) => encoding,
        None => encoding_of(&mut *file)?,
    };
    file.seek(SeekFrom::Start(0))?;
    let mut beginning = Vec::new();
    Decoded::new(&mut *file, encoding).take(BEGINNING).read_to_end(&mut beginning)?;
    let delimiter = delimiter.unwrap_or_else(|| delimiter_of(&String::from_utf8_lossy(&beginning)));
    let format = Format { encoding, delimiter };
    file.seek(SeekFrom::Start(0))?;
    let mut rows = rows(&mut *file, format)?;
    let columns = rows.columns().to_vec();
    let (mut first, mut count) = (Vec::new(), 0);
    for row in &mut rows {
        let row = row?;
        if first.len() < SHOWN {
            first.push(row);
        }
        count += 1;
    }
    if count == 0 {
        return Err(FileError::NoRows);
    }
    Ok(Look { format, columns, first, rows: count })
}

/// The rows of a file, one by one.
pub(super) struct Rows<R> {
    reader: csv::Reader<Decoded<R>>,
    record: csv::StringRecord,
    columns: Vec<String>,
}

/// Looks at the columns of a text and makes ready to read its rows.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn rows<R: Read>(source: R, format: Format) -> Result<Rows<R>, FileError> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(format.delimiter.byte())
        .from_reader(Decoded::new(source, format.encoding));
    let mut names = reader.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_lowercase());
    let first = names.next().unwrap_or_default();
    if first != "address" {
        return Err(FileError::FirstColumn(first.chars().take(60).collect()));
    }
    let mut columns: Vec<String> = Vec::new();
    for words in names {
        let name = name_of(&words);
        if name.is_empty() || name.len() > LONGEST_NAME || columns.contains(&name) {
            return Err(FileError::Column(words.chars().take(60).collect()));
        }
        columns.push(name);
    }
    if columns.len() > MOST_FIELDS {
        return Err(FileError::TooManyColumns);
    }
    Ok(Rows { reader, record: csv::StringRecord::new(), columns })
}

impl<R> Rows<R> {
    /// The names of the columns behind the address.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Err(error) => Some(Err(error.into())),
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line);
                let cut = |value: &str| value.chars().take(LONGEST_VALUE).collect::<String>();
                let others = self.record.iter().skip(1).take(self.columns.len()).map(cut).collect();
                Some(Ok(Row(line, cut(self.record.get(0).unwrap_or_default()), others)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const PLAIN: Format = Format { encoding: Encoding::Utf8, delimiter: Delimiter::Comma };

    fn refused(text: &str) -> FileError {
        rows(text.as_bytes(), PLAIN).err().expect("refused")
    }

    #[test]
    fn rows_come_with_their_line_their_address_and_their_fields() {
        let text =
            "\u{feff}Address,first_name\nanne@example.org,Anne\n\"no at\", \nzoe@example.org,\"Zoé, B.\",extra\n";
        let rows: Vec<Row> = rows(text.as_bytes(), PLAIN).unwrap().collect::<Result<_, _>>().unwrap();
        let row = |line, address: &str, name: &str| Row(line, address.to_owned(), vec![name.to_owned()]);
        let expected = [row(2, "anne@example.org", "Anne"), row(3, "no at", ""), row(4, "zoe@example.org", "Zoé, B.")];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_file_that_does_not_start_with_an_address_column_is_refused() {
        assert!(matches!(refused("email,name\n"), FileError::FirstColumn(name) if name == "email"));
        assert!(matches!(refused("address,town,\n"), FileError::Column(_)));
        assert!(matches!(refused("address,Prénom,prenom\n"), FileError::Column(name) if name == "prenom"));
        assert!(matches!(refused(""), FileError::FirstColumn(_)));
    }

    #[test]
    fn columns_are_named_after_the_words_above_them() {
        let found = rows("address,Prénom,Code postal,town\n".as_bytes(), PLAIN).unwrap();
        assert_eq!(found.columns(), ["prenom", "code_postal", "town"]);
    }

    #[test]
    fn a_look_finds_format_columns_first_rows_and_their_number() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"address;town\n").unwrap();
        for number in 0..10 {
            writeln!(file, "person{number}@example.org;Orl\u{e9}ans").unwrap();
        }
        file.write_all(b"last@example.org;Besan\xe7on\n").unwrap();
        let found = look(&mut file, None, None).unwrap();
        assert_eq!(found.format, Format { encoding: Encoding::Windows1252, delimiter: Delimiter::Semicolon });
        assert_eq!((found.rows, found.first.len(), found.columns), (11, 5, vec!["town".to_owned()]));
        let wrong = look(&mut file, None, Some(Delimiter::Comma));
        assert!(matches!(wrong, Err(FileError::FirstColumn(name)) if name == "address;town"));
        let mut empty = tempfile::tempfile().unwrap();
        empty.write_all(b"address\n").unwrap();
        assert!(matches!(look(&mut empty, None, None), Err(FileError::NoRows)));
    }
}
