//! The form in which two spellings of one phrase meet.

/// Lower-case, without the accents of the Latin alphabet, every run of white space one blank.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(&mut folded, text);
    folded
}

/// The same, at the end of a text that is there already, as its next words.
pub(super) fn fold_into(folded: &mut String, text: &str) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    if !folded.is_empty() {
        folded.push(' ');
    }
    if !text.is_ascii() {
        push_words(folded, text, |folded, word| word.chars().for_each(|letter| push_plain(folded, letter)));
        return;
    }
    let start = folded.len();
    if has_single_blanks(text) {
        folded.push_str(text);
    } else {
        push_words(folded, text, String::push_str);
    }
    if let Some(added) = folded.get_mut(start..) {
        added.make_ascii_lowercase();
    }
}

/// Every run of white space one blank, none at the ends.
pub(super) fn on_one_line(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() && has_single_blanks(text) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    push_words(&mut line, text, String::push_str);
    line
}

/// Whether one blank parts the words of an ASCII text, and nothing else does. Written so that it takes many bytes at once.
fn has_single_blanks(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_other = bytes.iter().fold(false, |found, byte| found | matches!(byte, 9..=13));
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    !is_other && !pairs.fold(false, |found, (one, next)| found | (*one == b' ' && *next == b' '))
}

fn push_words(folded: &mut String, text: &str, push: impl Fn(&mut String, &str)) {
    for (number, word) in text.split_whitespace().enumerate() {
        if number > 0 {
            folded.push(' ');
        }
        push(folded, word);
    }
}

fn push_plain(folded: &mut String, letter: char) {
    match letter {
        '\u{0}'..='\u{7f}' => folded.push(letter.to_ascii_lowercase()),
        'à'..='å' | 'À'..='Å' | 'ā' | 'Ā' | 'ă' | 'Ă' | 'ą' | 'Ą' => folded.push('a'),
        'ç' | 'Ç' | 'ć' | 'Ć' | 'č' | 'Č' => folded.push('c'),
        'ď' | 'Ď' | 'đ' | 'Đ' => folded.push('d'),
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'Ē' | 'ę' | 'Ę' | 'ě' | 'Ě' | 'ė' | 'Ė' => folded.push('e'),
        'ğ' | 'Ğ' => folded.push('g'),
        'ì'..='ï' | 'Ì'..='Ï' | 'ī' | 'Ī' | 'ı' | 'İ' => folded.push('i'),
        'ł' | 'Ł' | 'ľ' | 'Ľ' => folded.push('l'),
        'ñ' | 'Ñ' | 'ń' | 'Ń' | 'ň' | 'Ň' => folded.push('n'),
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' | 'ő' | 'Ő' | 'ō' | 'Ō' => folded.push('o'),
        'ř' | 'Ř' => folded.push('r'),
        'ś' | 'Ś' | 'ş' | 'Ş' | 'ș' | 'Ș' | 'š' | 'Š' => folded.push('s'),
        'ţ' | 'Ţ' | 'ț' | 'Ț' | 'ť' | 'Ť' => folded.push('t'),
        'ù'..='ü' | 'Ù'..='Ü' | 'ů' | 'Ů' | 'ű' | 'Ű' | 'ū' | 'Ū' => folded.push('u'),
        'ý' | 'Ý' | 'ÿ' => folded.push('y'),
        'ź' | 'Ź' | 'ż' | 'Ż' | 'ž' | 'Ž' => folded.push('z'),
        'ß' => folded.push_str("ss"),
        'æ' | 'Æ' => folded.push_str("ae"),
        'œ' | 'Œ' => folded.push_str("oe"),
        'ά' | 'Ά' => folded.push('α'),
        'έ' | 'Έ' => folded.push('ε'),
        'ή' | 'Ή' => folded.push('η'),
        'ί' | 'Ί' | 'ϊ' | 'ΐ' => folded.push('ι'),
        'ό' | 'Ό' => folded.push('ο'),
        'ύ' | 'Ύ' | 'ϋ' | 'ΰ' => folded.push('υ'),
        'ώ' | 'Ώ' => folded.push('ω'),
        // Vietnamese: letter and tone in one.
        'Ạ'..='ặ' => folded.push('a'),
        'Ẹ'..='ệ' => folded.push('e'),
        'Ỉ'..='ị' | 'ĩ' | 'Ĩ' => folded.push('i'),
        'Ọ'..='ợ' | 'ơ' | 'Ơ' => folded.push('o'),
        'Ụ'..='ự' | 'ư' | 'Ư' | 'ũ' | 'Ũ' => folded.push('u'),
        'Ỳ'..='ỹ' => folded.push('y'),
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
        assert_eq!(fold("Αυτόματη απάντηση"), "αυτοματη απαντηση");
        assert_eq!(fold("Trả lời tự động"), "tra loi tu dong");
        assert_eq!(fold("Öğrenci, Łódź, große Řeč"), "ogrenci, lodz, grosse rec");
        assert_eq!(fold(" \n "), "");
    }
}
