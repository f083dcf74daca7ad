//! The form in which two spellings of one phrase meet.

/// Lower-case, without the accents of western European languages, every run of white space one blank.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut is_blank = true;
    for letter in text.chars() {
        if letter.is_whitespace() {
            if !is_blank {
                folded.push(' ');
            }
            is_blank = true;
        } else {
            push_plain(&mut folded, letter);
            is_blank = false;
        }
    }
    if is_blank {
        folded.pop();
    }
    folded
}

fn push_plain(folded: &mut String, letter: char) {
    match letter {
        '\u{0}'..='\u{7f}' => folded.push(letter.to_ascii_lowercase()),
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => folded.push('a'),
        'ç' | 'Ç' => folded.push('c'),
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => folded.push('e'),
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => folded.push('i'),
        'ñ' | 'Ñ' => folded.push('n'),
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' => folded.push('o'),
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => folded.push('u'),
        'œ' | 'Œ' => folded.push_str("oe"),
        '’' | '‘' | '´' => folded.push('\''),
        _ => folded.extend(letter.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn spellings_of_one_phrase_meet() {
        assert_eq!(fold("  Boîte du\r\n\tdestinataire  PLEINE. "), "boite du destinataire pleine.");
        assert_eq!(fold("L’adresse"), "l'adresse");
        assert_eq!(fold(" \n "), "");
    }
}
