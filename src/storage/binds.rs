//! Many rows in one statement: the numbered places of their values.

/// The rows of a `VALUES`: each like `row`, in which every `?` becomes the next number, beginning with `$first`.
pub(crate) fn rows(row: &str, count: usize, first: usize) -> String {
    joined(row, count, first, ", ")
}

/// The same of any text, with something else between two of them.
pub(crate) fn joined(row: &str, count: usize, first: usize, between: &str) -> String {
    let mut number = first;
    let mut numbered = |row: &str| {
        let mut text = String::with_capacity(row.len() * 2);
        for character in row.chars() {
            if character == '?' {
                text.push('$');
                text.push_str(&number.to_string());
                number += 1;
            } else {
                text.push(character);
            }
        }
        text
    };
    (0..count).map(|_| numbered(row)).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_of_each_row_has_its_own_number() {
        assert_eq!(rows("(?, 7, ?)", 2, 3), "($3, 7, $4), ($5, 7, $6)");
        assert_eq!(rows("(?)", 0, 1), "");
        assert_eq!(joined("SELECT ?", 2, 1, " UNION ALL "), "SELECT $1 UNION ALL SELECT $2");
    }
}
